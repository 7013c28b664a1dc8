//! Ways that are shorter than CPython's functions, for objects whose memory is known: this is compiled for one version of
//! CPython, where an extension has to call a general function.
//!
//! What is not dealt with here goes to the ordinary function.

#[cfg(not(Py_3_14))]
use std::ffi::c_char;

use crate::ffi::{self, PyObject};
use hpy_abi::{HPy, HPyContext};

use crate::engine::{digit, small_int};
use crate::generated::calls;
use crate::handle::object;

/// Puts these functions in the place of the ordinary ones.
pub(crate) fn install(context: &mut HPyContext) {
    context.ctx_Long_AsInt32_t = ctx_Long_AsInt32_t;
    context.ctx_Long_AsInt64_t = ctx_Long_AsInt64_t;
    context.ctx_Long_AsSsize_t = ctx_Long_AsSsize_t;
    #[cfg(Py_3_11)]
    if new_ints::are_known() {
        context.ctx_Long_FromInt32_t = new_ints::ctx_Long_FromInt32_t;
        context.ctx_Long_FromInt64_t = new_ints::ctx_Long_FromInt64_t;
        context.ctx_Long_FromSsize_t = new_ints::ctx_Long_FromSsize_t;
    }
    context.ctx_Float_AsDouble = ctx_Float_AsDouble;
    context.ctx_Length = ctx_Length;
    #[cfg(not(Py_3_14))]
    {
        context.ctx_Unicode_AsUTF8AndSize = ctx_Unicode_AsUTF8AndSize;
    }
}

macro_rules! ints {
    ($($name:ident: $result:ty = $ordinary:path;)*) => {$(
        unsafe extern "C" fn $name(ctx: *mut HPyContext, h: HPy) -> $result {
            /// Apart, so that the way of most ints keeps nothing in registers for it.
            #[inline(never)]
            unsafe extern "C" fn other(ctx: *mut HPyContext, h: HPy) -> $result {
                // SAFETY: the contract of context functions, see `crate::forward`.
                unsafe {
                    if !h.is_null()
                        && ffi::PyLong_Check(object(h)) != 0
                        && let Some(value) = small_int(object(h))
                    {
                        return value as $result;
                    }
                    $ordinary(ctx, h)
                }
            }
            // SAFETY: the contract of context functions, see `crate::forward`.
            unsafe {
                if !h.is_null()
                    && ffi::PyLong_Check(object(h)) != 0
                    && let Some(value) = digit(object(h))
                {
                    // A digit is less than all of these can hold.
                    return value as $result;
                }
                other(ctx, h)
            }
        }
    )*};
}

ints! {
    ctx_Long_AsInt32_t: i32 = crate::long::ctx_Long_AsInt32_t;
    ctx_Long_AsInt64_t: i64 = calls::ctx_Long_AsInt64_t;
    ctx_Long_AsSsize_t: isize = calls::ctx_Long_AsSsize_t;
}

/// The ints that there always are stand in an array from CPython 3.11 on, the same for all interpreters.
#[cfg(Py_3_11)]
mod new_ints {
    use std::ptr::null_mut;
    use std::sync::atomic::{AtomicPtr, Ordering};

    use super::*;
    use crate::handle::handle;

    const LEAST: isize = -5;
    const COUNT: usize = 5 + 257;
    /// The size of an `int` with one digit: the size field and the digit, aligned.
    const SIZE: isize = size_of::<PyObject>() as isize + 16;

    /// The address of 0.
    static ZERO: AtomicPtr<PyObject> = AtomicPtr::new(null_mut());

    /// Whether the array is as it should be.
    pub(super) fn are_known() -> bool {
        // SAFETY: contexts are made inside an interpreter; the references to the ints are given back.
        unsafe {
            let int = |value: isize| {
                let object = ffi::PyLong_FromSsize_t(value);
                ffi::Py_XDECREF(object);
                object
            };
            let zero = int(0);
            let is_there = |index| {
                let value = LEAST + index as isize;
                std::ptr::eq(int(value), zero.wrapping_byte_offset(value * SIZE))
            };
            if !(0..COUNT).all(is_there) {
                ffi::PyErr_Clear();
                return false;
            }
            ZERO.store(zero, Ordering::Relaxed);
            true
        }
    }

    /// A new `int` of one digit; null if there is no memory for it.
    #[cfg(not(any(Py_3_13, py_sys_config = "Py_REF_DEBUG", py_sys_config = "Py_TRACE_REFS")))]
    #[inline(always)]
    unsafe fn of_one_digit(value: i64) -> *mut PyObject {
        // SAFETY: the caller is inside an interpreter; the memory is that of the new object, whose type is static, so that
        // it is not referred to. The value is not 0.
        unsafe {
            let object = ffi::PyObject_Malloc(SIZE as usize).cast::<PyObject>();
            if object.is_null() {
                return object;
            }
            object.cast::<isize>().write(1);
            (&raw mut (*object).ob_type).write(&raw mut ffi::PyLong_Type);
            let size = object.add(1).cast::<isize>();
            #[cfg(Py_3_12)]
            size.write(if value < 0 { 1 << 3 | 2 } else { 1 << 3 });
            #[cfg(not(Py_3_12))]
            size.write(if value < 0 { -1 } else { 1 });
            size.add(1).cast::<u32>().write(value.unsigned_abs() as u32);
            object
        }
    }

    macro_rules! ints {
        ($($name:ident: $ty:ty = $ordinary:path;)*) => {$(
            pub(super) unsafe extern "C" fn $name(ctx: *mut HPyContext, value: $ty) -> HPy {
                // SAFETY: the contract of context functions, see `crate::forward`; what is in the array is an object.
                unsafe {
                    if (value as isize).wrapping_sub(LEAST).cast_unsigned() < COUNT {
                        let object = ZERO.load(Ordering::Relaxed).byte_offset(value as isize * SIZE);
                        ffi::Py_INCREF(object);
                        return handle(object);
                    }
                    #[cfg(not(any(Py_3_13, py_sys_config = "Py_REF_DEBUG", py_sys_config = "Py_TRACE_REFS")))]
                    if (value as i64).wrapping_add((1 << 30) - 1).cast_unsigned() < (1 << 31) - 1 {
                        let object = of_one_digit(value as i64);
                        if !object.is_null() {
                            return handle(object);
                        }
                    }
                    $ordinary(ctx, value)
                }
            }
        )*};
    }

    ints! {
        ctx_Long_FromInt32_t: i32 = crate::long::ctx_Long_FromInt32_t;
        ctx_Long_FromInt64_t: i64 = calls::ctx_Long_FromInt64_t;
        ctx_Long_FromSsize_t: isize = calls::ctx_Long_FromSsize_t;
    }
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

/// The text of a `str` of ASCII and its length, which CPython told without a call up to 3.13. It stands in the object, with
/// a NUL at its end.
///
/// # Safety
/// The object is a `str`.
#[cfg(not(Py_3_14))]
#[inline(always)]
pub(crate) unsafe fn ascii(text: *mut PyObject) -> Option<(*const c_char, isize)> {
    // SAFETY: by contract.
    unsafe {
        let ascii = text.cast_const().cast::<ffi::PyASCIIObject>();
        (ffi::PyUnicode_IS_COMPACT_ASCII(text) != 0).then(|| (ascii.add(1).cast(), (*ascii).length))
    }
}

#[cfg(not(Py_3_14))]
unsafe extern "C" fn ctx_Unicode_AsUTF8AndSize(
    ctx: *mut HPyContext,
    h: HPy,
    size: *mut isize,
) -> *const c_char {
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe {
        if !h.is_null()
            && ffi::PyUnicode_Check(object(h)) != 0
            && let Some((text, length)) = ascii(object(h))
        {
            if !size.is_null() {
                *size = length;
            }
            return text;
        }
        calls::ctx_Unicode_AsUTF8AndSize(ctx, h, size)
    }
}
