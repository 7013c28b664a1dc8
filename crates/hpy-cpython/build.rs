//! Gives this crate the `cfg(Py_3_*)` of the CPython that it is built for.

fn main() {
    pyo3_build_config::use_pyo3_cfgs();
}
