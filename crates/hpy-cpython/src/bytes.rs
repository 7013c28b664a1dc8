//! Byte strings.

use std::ffi::c_char;

use crate::ffi::{PyBytes_Check, PyBytes_FromStringAndSize, PyExc_ValueError};
use hpy_abi::{HPy, HPyContext};

use crate::engine::PyBytes_Join;
use crate::forward::{fail, null_argument, wrong_type};
use crate::generated::calls::null;
use crate::handle::{handle, object};

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

pub(crate) unsafe extern "C" fn ctx_Bytes_Join(_: *mut HPyContext, separator: HPy, iterable: HPy) -> HPy {
    if separator.is_null() || iterable.is_null() {
        return null_argument(null::ctx_Bytes_Join);
    }
    // SAFETY: as above.
    unsafe {
        // Not all versions of CPython look at it.
        if PyBytes_Check(object(separator)) == 0 {
            return wrong_type(c"bytes", object(separator));
        }
        handle(PyBytes_Join(object(separator), object(iterable)))
    }
}
