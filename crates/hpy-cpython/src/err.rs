//! Exceptions, warnings, the fatal error.

use std::ffi::{c_char, c_int};

use crate::ffi::{Py_EnterRecursiveCall, PyErr_Occurred, PyErr_WriteUnraisable, PyUnicode_Check};
use hpy_abi::{HPy, HPyContext};

use crate::engine::_Py_FatalErrorFunc;
use crate::forward::null_argument;
use crate::generated::calls::null;
use crate::handle::object;

pub(crate) unsafe extern "C" fn ctx_Err_Occurred(_: *mut HPyContext) -> c_int {
    // SAFETY: the contract of context functions, see `crate::forward`.
    c_int::from(unsafe { !PyErr_Occurred().is_null() })
}

/// Does not return. The report begins with `Fatal Python error: ctx_FatalError: `.
pub(crate) unsafe extern "C" fn ctx_FatalError(_: *mut HPyContext, message: *const c_char) {
    // SAFETY: as above; the message may be null.
    unsafe { _Py_FatalErrorFunc(c"ctx_FatalError".as_ptr(), message) }
}

/// CPython returns any number but 0.
pub(crate) unsafe extern "C" fn ctx_EnterRecursiveCall(_: *mut HPyContext, place: *const c_char) -> c_int {
    if place.is_null() {
        return null_argument(null::ctx_EnterRecursiveCall);
    }
    // SAFETY: the contract of context functions, see `crate::forward`.
    if unsafe { Py_EnterRecursiveCall(place) } == 0 { 0 } else { -1 }
}

pub(crate) unsafe extern "C" fn ctx_Err_WriteUnraisableMessage(_: *mut HPyContext, message: HPy) {
    let message = object(message);
    // SAFETY: the contract of context functions, see `crate::forward`; the format is as the argument.
    unsafe {
        if message.is_null() || PyUnicode_Check(message) == 0 {
            return PyErr_WriteUnraisable(std::ptr::null_mut());
        }
        #[cfg(Py_3_13)]
        crate::engine::PyErr_FormatUnraisable(c"%U".as_ptr(), message);
        #[cfg(not(Py_3_13))]
        crate::engine::_PyErr_WriteUnraisableMsg(text_of_unraisable(message), std::ptr::null_mut());
    }
}

/// A message without what CPython puts before it. Null if it has no UTF-8.
///
/// # Safety
///
/// A `str`; the thread is attached.
#[cfg(not(Py_3_13))]
unsafe fn text_of_unraisable(message: *mut crate::ffi::PyObject) -> *const c_char {
    let prefix = c"Exception ignored ";
    let mut text = std::ptr::null();
    // SAFETY: by contract; the text lives as long as the string. A failure leaves the exception that is set as it was.
    unsafe {
        crate::boundary::keep_exception(|| {
            text = crate::ffi::PyUnicode_AsUTF8AndSize(message, std::ptr::null_mut());
            if text.is_null() {
                crate::ffi::PyErr_Clear();
            }
        });
        let size = prefix.count_bytes();
        let begins_so =
            !text.is_null() && std::ffi::CStr::from_ptr(text).to_bytes().starts_with(prefix.to_bytes());
        if begins_so { text.add(size) } else { text }
    }
}
