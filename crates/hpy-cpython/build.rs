//! What this crate knows about its build: the `cfg(Py_3_*)` of the CPython that it is built for, and `cfg(thunks)`
//! and, on Windows, `cfg(python_dll)`.

use std::env;

fn main() {
    pyo3_build_config::use_pyo3_cfgs();
    println!("cargo:rustc-check-cfg=cfg(thunks)");
    println!("cargo:rerun-if-env-changed=HPY_THUNKS");
    println!("cargo:rustc-check-cfg=cfg(python_dll, values(any()))");
    if target("OS") == "windows"
        && let Some(name) = pyo3_build_config::get().lib_name()
    {
        println!("cargo:rustc-cfg=python_dll=\"{name}\"");
    }
    if has_thunks() {
        println!("cargo:rustc-cfg=thunks");
    }
}

/// Whether `src/thunks/` has the machine. Any other does without thunks, and so does this one with `HPY_THUNKS=none`,
/// which tests build with.
fn has_thunks() -> bool {
    let has_machine = match &*target("ARCH") {
        "x86_64" => true,
        "aarch64" => target("OS") != "windows",
        _ => false,
    };
    has_machine && target("POINTER_WIDTH") == "64" && env::var("HPY_THUNKS").as_deref() != Ok("none")
}

/// What is known of the machine to build for: `ARCH`, `OS` and so on.
fn target(key: &str) -> String {
    env::var(format!("CARGO_CFG_TARGET_{key}")).unwrap_or_default()
}
