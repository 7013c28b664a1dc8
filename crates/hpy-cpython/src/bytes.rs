//! Byte strings.

use std::ffi::c_char;

use hpy_abi::{HPy, HPyContext};
use pyo3_ffi::{PyBytes_FromStringAndSize, PyExc_ValueError};

use crate::forward::fail;
use crate::handle::handle;

/// CPython gives uninitialised bytes for null; nobody could fill them here.
pub(crate) unsafe extern "C" fn ctx_Bytes_FromStringAndSize(
    _: *mut HPyContext,
    bytes: *const c_char,
    len: isize,
) -> HPy {
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe {
        if bytes.is_null() {
            return fail(PyExc_ValueError, c"NULL char * passed to HPyBytes_FromStringAndSize");
        }
        handle(PyBytes_FromStringAndSize(bytes, len))
    }
}
