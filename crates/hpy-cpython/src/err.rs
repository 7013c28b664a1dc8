//! Exceptions, warnings, the fatal error.

use std::ffi::{c_char, c_int};

use hpy_abi::HPyContext;
use pyo3_ffi::PyErr_Occurred;

use crate::engine::_Py_FatalErrorFunc;

pub(crate) unsafe extern "C" fn ctx_Err_Occurred(_: *mut HPyContext) -> c_int {
    // SAFETY: the contract of context functions, see `crate::forward`.
    c_int::from(unsafe { !PyErr_Occurred().is_null() })
}

/// Does not return. The report begins with `Fatal Python error: ctx_FatalError: `.
pub(crate) unsafe extern "C" fn ctx_FatalError(_: *mut HPyContext, message: *const c_char) {
    // SAFETY: as above; the message may be null.
    unsafe { _Py_FatalErrorFunc(c"ctx_FatalError".as_ptr(), message) }
}
