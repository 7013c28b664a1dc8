//! The extension module `hpy.universal`: a shell over `hpy-load`, which opens extensions, `hpy-cpython`, which runs them,
//! and `hpy-layers`.
//!
//! Here is only what CPython's importer looks for; the Python functions are in [`load`].

mod clinic;
mod debug;
mod entry;
mod load;
mod module;
mod object;
mod stack;
mod stub;
mod trace;

use pyo3_ffi::{PyModuleDef_Init, PyObject};

/// Called by CPython's importer, once in each interpreter.
///
/// # Safety
/// The caller holds the interpreter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn PyInit_universal() -> *mut PyObject {
    // SAFETY: a static definition, which CPython alone writes to.
    unsafe { PyModuleDef_Init(load::DEFINITION.0.get()) }
}
