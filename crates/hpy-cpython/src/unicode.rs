//! Text.

use std::ffi::{CStr, c_char};

use hpy_abi::{HPy, HPyContext, wchar_t};
use pyo3_ffi::{
    PyObject, PyUnicode_AsASCIIString, PyUnicode_AsLatin1String, PyUnicode_AsUTF8AndSize,
    PyUnicode_AsUTF8String, PyUnicode_Check, PyUnicode_DecodeASCII, PyUnicode_DecodeFSDefault,
    PyUnicode_DecodeFSDefaultAndSize, PyUnicode_DecodeLatin1, PyUnicode_EncodeFSDefault,
    PyUnicode_FromEncodedObject, PyUnicode_FromString, PyUnicode_FromWideChar, PyUnicode_ReadChar,
    PyUnicode_Substring,
};

use crate::forward::{forward, null_argument, predicates, wrong_type};
use crate::handle::{handle, object};

predicates! {
    ctx_Unicode_Check = PyUnicode_Check;
}

forward! {
    ctx_Unicode_FromString = PyUnicode_FromString(utf8: *const c_char) -> HPy;
    ctx_Unicode_AsASCIIString = PyUnicode_AsASCIIString(h: HPy) -> HPy;
    ctx_Unicode_AsLatin1String = PyUnicode_AsLatin1String(h: HPy) -> HPy;
    ctx_Unicode_AsUTF8String = PyUnicode_AsUTF8String(h: HPy) -> HPy;
    ctx_Unicode_AsUTF8AndSize = PyUnicode_AsUTF8AndSize(h: HPy, size: Option<*mut isize>) -> *const c_char;
    ctx_Unicode_DecodeFSDefault = PyUnicode_DecodeFSDefault(v: *const c_char) -> HPy;
    ctx_Unicode_EncodeFSDefault = PyUnicode_EncodeFSDefault(h: HPy) -> HPy;
    ctx_Unicode_ReadChar = PyUnicode_ReadChar(h: HPy, index: isize) -> u32;
    ctx_Unicode_FromEncodedObject = PyUnicode_FromEncodedObject(
        obj: HPy, encoding: Option<*const c_char>, errors: Option<*const c_char>,
    ) -> HPy;
}

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
    // SAFETY: as above.
    unsafe {
        decode(c"ctx_Unicode_DecodeFSDefaultAndSize", v, size, |data| {
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
    // SAFETY: as above.
    unsafe {
        decode(c"ctx_Unicode_DecodeASCII", ascii, size, |data| PyUnicode_DecodeASCII(data, size, errors))
    }
}

pub(crate) unsafe extern "C" fn ctx_Unicode_DecodeLatin1(
    _: *mut HPyContext,
    latin1: *const c_char,
    size: isize,
    errors: *const c_char,
) -> HPy {
    // SAFETY: as above.
    unsafe {
        decode(c"ctx_Unicode_DecodeLatin1", latin1, size, |data| PyUnicode_DecodeLatin1(data, size, errors))
    }
}

/// Decodes with `decoder`; no data at all is the empty text, as long as its size is 0.
///
/// # Safety
///
/// The contract of context functions.
#[inline(always)]
unsafe fn decode(
    function: &'static CStr,
    data: *const c_char,
    size: isize,
    decoder: impl FnOnce(*const c_char) -> *mut PyObject,
) -> HPy {
    if !data.is_null() {
        handle(decoder(data))
    } else if size == 0 {
        handle(decoder(c"".as_ptr()))
    } else {
        null_argument(function)
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
        return null_argument(c"ctx_Unicode_Substring");
    }
    let text = object(str_);
    // SAFETY: as above.
    unsafe {
        if PyUnicode_Check(text) == 0 {
            return wrong_type(c"str", text);
        }
        handle(PyUnicode_Substring(text, start, end))
    }
}
