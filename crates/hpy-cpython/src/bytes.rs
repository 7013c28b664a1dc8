//! Byte strings.

use std::ffi::c_char;

use hpy_abi::{HPy, HPyContext};
use pyo3_ffi::{
    Py_SIZE, PyBytes_AS_STRING, PyBytes_AsString, PyBytes_Check, PyBytes_FromString,
    PyBytes_FromStringAndSize, PyBytes_Size, PyExc_ValueError,
};

use crate::forward::{fail, forward, predicates};
use crate::handle::handle;

predicates! {
    ctx_Bytes_Check = PyBytes_Check;
}

forward! {
    ctx_Bytes_Size = PyBytes_Size(h: HPy) -> isize;
    ctx_Bytes_GET_SIZE = Py_SIZE(h: HPy) -> isize;
    ctx_Bytes_AsString = PyBytes_AsString(h: HPy) -> *const c_char;
    ctx_Bytes_AS_STRING = PyBytes_AS_STRING(h: HPy) -> *const c_char;
    ctx_Bytes_FromString = PyBytes_FromString(bytes: *const c_char) -> HPy;
}

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
