//! Text.

use std::ffi::c_char;

use crate::ffi::{
    Py_INCREF, PyObject, PyUnicode_Check, PyUnicode_DecodeASCII, PyUnicode_DecodeFSDefaultAndSize,
    PyUnicode_DecodeLatin1, PyUnicode_FromWideChar, PyUnicode_InternInPlace, PyUnicode_Substring,
};
use hpy_abi::{HPy, HPyContext, wchar_t};

use crate::forward::{Null, null_argument, wrong_type};
use crate::generated::calls::null;
use crate::handle::{handle, object};

pub(crate) unsafe extern "C" fn ctx_Unicode_FromWideChar(
    _: *mut HPyContext,
    w: *const wchar_t,
    size: isize,
) -> HPy {
    // SAFETY: the contract of context functions, see `crate::forward`; CPython tests for null.
    handle(unsafe { PyUnicode_FromWideChar(w.cast(), size) })
}

pub(crate) unsafe extern "C" fn ctx_Unicode_DecodeFSDefaultAndSize(
    _: *mut HPyContext,
    v: *const c_char,
    size: isize,
) -> HPy {
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe {
        decode(null::ctx_Unicode_DecodeFSDefaultAndSize, v, size, |data| {
            PyUnicode_DecodeFSDefaultAndSize(data, size)
        })
    }
}

pub(crate) unsafe extern "C" fn ctx_Unicode_DecodeASCII(
    _: *mut HPyContext,
    ascii: *const c_char,
    size: isize,
    errors: *const c_char,
) -> HPy {
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe {
        decode(null::ctx_Unicode_DecodeASCII, ascii, size, |data| PyUnicode_DecodeASCII(data, size, errors))
    }
}

pub(crate) unsafe extern "C" fn ctx_Unicode_DecodeLatin1(
    _: *mut HPyContext,
    latin1: *const c_char,
    size: isize,
    errors: *const c_char,
) -> HPy {
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe {
        decode(null::ctx_Unicode_DecodeLatin1, latin1, size, |data| {
            PyUnicode_DecodeLatin1(data, size, errors)
        })
    }
}

/// Decodes with `decoder`; no data at all is the empty text, as long as its size is 0.
///
/// # Safety
///
/// The contract of context functions.
#[inline(always)]
unsafe fn decode(
    null: Null<HPy>,
    data: *const c_char,
    size: isize,
    decoder: impl FnOnce(*const c_char) -> *mut PyObject,
) -> HPy {
    if !data.is_null() {
        handle(decoder(data))
    } else if size == 0 {
        handle(decoder(c"".as_ptr()))
    } else {
        null_argument(null)
    }
}

/// CPython does not look at the type here.
pub(crate) unsafe extern "C" fn ctx_Unicode_Substring(
    _: *mut HPyContext,
    str_: HPy,
    start: isize,
    end: isize,
) -> HPy {
    if str_.is_null() {
        return null_argument(null::ctx_Unicode_Substring);
    }
    let text = object(str_);
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe {
        if PyUnicode_Check(text) == 0 {
            return wrong_type(c"str", text);
        }
        handle(PyUnicode_Substring(text, start, end))
    }
}

pub(crate) unsafe extern "C" fn ctx_Unicode_Intern(_: *mut HPyContext, h: HPy) -> HPy {
    if h.is_null() {
        return null_argument(null::ctx_Unicode_Intern);
    }
    let mut text = object(h);
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe {
        if PyUnicode_Check(text) == 0 {
            return wrong_type(c"str", text);
        }
        // CPython exchanges one reference for another.
        Py_INCREF(text);
        PyUnicode_InternInPlace(&raw mut text);
    }
    handle(text)
}
