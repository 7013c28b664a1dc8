//! Ways that are shorter than CPython's functions, for objects whose memory is known: this is compiled for one version of
//! CPython, where an extension has to call a general function.
//!
//! What is not dealt with here goes to the ordinary function, as does everything where ints have digits of 15 bits.

use std::ffi::c_char;

use hpy_abi::{HPy, HPyContext};
use pyo3_ffi::{self as ffi, PyObject};

use crate::generated::calls;
use crate::handle::object;

/// Puts these functions in the place of the ordinary ones.
pub(crate) fn install(context: &mut HPyContext) {
    // SAFETY: a static type.
    let digit = unsafe { (*&raw const ffi::PyLong_Type).tp_itemsize };
    if digit == size_of::<u32>() as isize {
        context.ctx_Long_AsInt32_t = ctx_Long_AsInt32_t;
        context.ctx_Long_AsInt64_t = ctx_Long_AsInt64_t;
        context.ctx_Long_AsSsize_t = ctx_Long_AsSsize_t;
    }
    context.ctx_Float_AsDouble = ctx_Float_AsDouble;
    context.ctx_Length = ctx_Length;
    context.ctx_Unicode_AsUTF8AndSize = ctx_Unicode_AsUTF8AndSize;
}

/// The value of an `int` with at most one digit, or of an instance of a subclass; nothing for other objects.
///
/// # Safety
/// An object, and digits have 30 bits.
#[inline(always)]
unsafe fn one_digit(object: *mut PyObject) -> Option<i64> {
    // SAFETY: by contract; after the head of the object there are its size and its digits, of which one is there unless
    // the value is 0.
    unsafe {
        if ffi::PyLong_Check(object) == 0 {
            return None;
        }
        let size = object.add(1).cast::<isize>();
        let digit = || i64::from(size.add(1).cast::<u32>().read());
        #[cfg(Py_3_12)]
        {
            // The number of digits is above three bits, of which the lower two are 1 minus the sign.
            let tag = size.cast::<usize>().read();
            if tag >= 2 << 3 {
                return None;
            }
            Some((1 - (tag & 3) as i64) * digit())
        }
        #[cfg(not(Py_3_12))]
        match size.read() {
            1 => Some(digit()),
            0 => Some(0),
            -1 => Some(-digit()),
            _ => None,
        }
    }
}

macro_rules! ints {
    ($($name:ident: $result:ty = $ordinary:path;)*) => {$(
        unsafe extern "C" fn $name(ctx: *mut HPyContext, h: HPy) -> $result {
            // SAFETY: the contract of context functions, see `crate::forward`.
            unsafe {
                if !h.is_null()
                    && let Some(value) = one_digit(object(h))
                {
                    // A digit is less than all of these can hold.
                    return value as $result;
                }
                $ordinary(ctx, h)
            }
        }
    )*};
}

ints! {
    ctx_Long_AsInt32_t: i32 = crate::long::ctx_Long_AsInt32_t;
    ctx_Long_AsInt64_t: i64 = calls::ctx_Long_AsInt64_t;
    ctx_Long_AsSsize_t: isize = calls::ctx_Long_AsSsize_t;
}

unsafe extern "C" fn ctx_Float_AsDouble(ctx: *mut HPyContext, h: HPy) -> f64 {
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe {
        if !h.is_null() && ffi::PyFloat_CheckExact(object(h)) != 0 {
            return ffi::PyFloat_AS_DOUBLE(object(h));
        }
        calls::ctx_Float_AsDouble(ctx, h)
    }
}

unsafe extern "C" fn ctx_Length(ctx: *mut HPyContext, h: HPy) -> isize {
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe {
        // Other threads may change lists where there is no GIL.
        if cfg!(not(Py_GIL_DISABLED)) && !h.is_null() && ffi::PyList_CheckExact(object(h)) != 0 {
            return ffi::Py_SIZE(object(h));
        }
        if !h.is_null() && ffi::PyTuple_CheckExact(object(h)) != 0 {
            return ffi::Py_SIZE(object(h));
        }
        calls::ctx_Length(ctx, h)
    }
}

/// The text of a `str` of ASCII stands in the object, with a NUL at its end.
unsafe extern "C" fn ctx_Unicode_AsUTF8AndSize(
    ctx: *mut HPyContext,
    h: HPy,
    size: *mut isize,
) -> *const c_char {
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe {
        if !h.is_null() && ffi::PyUnicode_Check(object(h)) != 0 {
            let text = object(h).cast::<ffi::PyASCIIObject>();
            if ffi::PyUnicode_IS_COMPACT_ASCII(object(h)) != 0 {
                if !size.is_null() {
                    *size = (*text).length;
                }
                return text.add(1).cast();
            }
        }
        calls::ctx_Unicode_AsUTF8AndSize(ctx, h, size)
    }
}
