//! Text.

mod export;

use std::ffi::{c_char, c_int, c_void};

use crate::ffi::{
    PyExc_ValueError, PyObject, PyUnicode_AsWideChar, PyUnicode_Check, PyUnicode_Decode,
    PyUnicode_DecodeASCII, PyUnicode_DecodeFSDefaultAndSize, PyUnicode_DecodeLatin1, PyUnicode_DecodeUTF8,
    PyUnicode_FindChar, PyUnicode_FromKindAndData, PyUnicode_FromWideChar, PyUnicode_InternInPlace,
    PyUnicode_Substring,
};
use hpy_abi::{HPy, HPy_UCS4, HPyContext, HPyUnicode_FORMAT_UCS4, wchar_t};

pub use export::ctx_Unicode_Export;

use crate::forward::{Null, fail, negative_size, null_argument, wrong_type};
use crate::generated::calls::null;
use crate::handle::{handle, object};
use crate::owned::new_reference;

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

pub(crate) unsafe extern "C" fn ctx_Unicode_DecodeUTF8(
    _: *mut HPyContext,
    utf8: *const c_char,
    size: isize,
    errors: *const c_char,
) -> HPy {
    if size < 0 {
        return negative_size(null::ctx_Unicode_DecodeUTF8);
    }
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe {
        decode(null::ctx_Unicode_DecodeUTF8, utf8, size, |data| PyUnicode_DecodeUTF8(data, size, errors))
    }
}

pub(crate) unsafe extern "C" fn ctx_Unicode_Decode(
    _: *mut HPyContext,
    bytes: *const c_char,
    size: isize,
    encoding: *const c_char,
    errors: *const c_char,
) -> HPy {
    if size < 0 {
        return negative_size(null::ctx_Unicode_Decode);
    }
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe {
        decode(null::ctx_Unicode_Decode, bytes, size, |data| PyUnicode_Decode(data, size, encoding, errors))
    }
}

/// CPython does not look at the code points.
pub(crate) unsafe extern "C" fn ctx_Unicode_FromKindAndData(
    _: *mut HPyContext,
    kind: c_int,
    data: *const c_void,
    size: isize,
) -> HPy {
    let Ok(count) = usize::try_from(size) else { return negative_size(null::ctx_Unicode_FromKindAndData) };
    if data.is_null() && count > 0 {
        return null_argument(null::ctx_Unicode_FromKindAndData);
    }
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe {
        if kind == HPyUnicode_FORMAT_UCS4 && count > 0 && largest(data.cast(), count) > MAX_CODE_POINT {
            return fail(PyExc_ValueError, NO_CODE_POINT);
        }
        handle(PyUnicode_FromKindAndData(kind, data, size))
    }
}

/// The largest code point.
pub(crate) const MAX_CODE_POINT: HPy_UCS4 = 0x10_ffff;

/// What is raised for a number that is larger.
pub(crate) const NO_CODE_POINT: &std::ffi::CStr = c"code point not in range(0x110000)";

/// The largest of some numbers.
///
/// # Safety
///
/// As many as said.
pub(crate) unsafe fn largest(ucs4: *const HPy_UCS4, count: usize) -> HPy_UCS4 {
    // SAFETY: by contract.
    let numbers = unsafe { std::slice::from_raw_parts(ucs4, count) };
    numbers.iter().fold(0, |largest, &number| largest.max(number))
}

/// Gives the object of a handle that is a `str`; returns with an exception if it is none.
macro_rules! text {
    ($h:expr, $function:ident) => {{
        if $h.is_null() {
            return null_argument(null::$function);
        }
        let text = object($h);
        if PyUnicode_Check(text) == 0 {
            wrong_type::<()>(c"str", text);
            return null::$function.value;
        }
        text
    }};
}

pub(crate) unsafe extern "C" fn ctx_Unicode_AsWideChar(
    _: *mut HPyContext,
    h: HPy,
    w: *mut wchar_t,
    size: isize,
) -> isize {
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe {
        let text = text!(h, ctx_Unicode_AsWideChar);
        if size < 0 {
            return negative_size(null::ctx_Unicode_AsWideChar);
        }
        PyUnicode_AsWideChar(text, w.cast(), size)
    }
}

pub(crate) unsafe extern "C" fn ctx_Unicode_FindChar(
    _: *mut HPyContext,
    str_: HPy,
    ch: HPy_UCS4,
    start: isize,
    end: isize,
    direction: c_int,
) -> isize {
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe { PyUnicode_FindChar(text!(str_, ctx_Unicode_FindChar), ch, start, end, direction) }
}

pub(crate) unsafe extern "C" fn ctx_Unicode_Equal(_: *mut HPyContext, a: HPy, b: HPy) -> c_int {
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe {
        let (a, b) = (text!(a, ctx_Unicode_Equal), text!(b, ctx_Unicode_Equal));
        #[cfg(Py_3_14)]
        return crate::ffi::PyUnicode_Equal(a, b);
        #[cfg(not(Py_3_14))]
        {
            let equal = crate::ffi::PyUnicode_RichCompare(a, b, crate::ffi::Py_EQ);
            if equal.is_null() {
                return -1;
            }
            crate::ffi::Py_DECREF(equal);
            c_int::from(equal == crate::ffi::Py_True())
        }
    }
}

pub(crate) unsafe extern "C" fn ctx_Unicode_EqualToUTF8AndSize(
    _: *mut HPyContext,
    h: HPy,
    utf8: *const c_char,
    size: isize,
) -> c_int {
    if utf8.is_null() {
        return null_argument(null::ctx_Unicode_EqualToUTF8AndSize);
    }
    // SAFETY: the contract of context functions, see `crate::forward`; without a size, the text ends with a NUL.
    unsafe {
        let text = text!(h, ctx_Unicode_EqualToUTF8AndSize);
        let size = if size < 0 { std::ffi::CStr::from_ptr(utf8).count_bytes().cast_signed() } else { size };
        #[cfg(Py_3_13)]
        return crate::ffi::PyUnicode_EqualToUTF8AndSize(text, utf8, size);
        #[cfg(not(Py_3_13))]
        {
            let mut own_size = 0;
            let own = crate::ffi::PyUnicode_AsUTF8AndSize(text, &raw mut own_size);
            if own.is_null() {
                // Lone surrogates are no UTF-8.
                if crate::ffi::PyErr_ExceptionMatches(crate::ffi::PyExc_UnicodeEncodeError) == 0 {
                    return -1;
                }
                crate::ffi::PyErr_Clear();
                return 0;
            }
            let bytes =
                |start: *const c_char| std::slice::from_raw_parts(start.cast::<u8>(), size.cast_unsigned());
            c_int::from(own_size == size && bytes(own) == bytes(utf8))
        }
    }
}

/// CPython does not look at the type here.
pub(crate) unsafe extern "C" fn ctx_Unicode_Substring(
    _: *mut HPyContext,
    str_: HPy,
    start: isize,
    end: isize,
) -> HPy {
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe { handle(PyUnicode_Substring(text!(str_, ctx_Unicode_Substring), start, end)) }
}

pub(crate) unsafe extern "C" fn ctx_Unicode_Intern(_: *mut HPyContext, h: HPy) -> HPy {
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe {
        // CPython exchanges one reference for another.
        let mut text = new_reference(text!(h, ctx_Unicode_Intern));
        PyUnicode_InternInPlace(&raw mut text);
        handle(text)
    }
}
