//! Import.

use std::ffi::c_char;

use hpy_abi::HPy;
use pyo3_ffi::PyImport_ImportModule;

use crate::forward::forward;

forward! {
    ctx_Import_ImportModule = PyImport_ImportModule(utf8_name: *const c_char) -> HPy;
}
