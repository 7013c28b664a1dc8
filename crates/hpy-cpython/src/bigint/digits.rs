//! The digits of large integers (PEP 757) on CPython, which has functions for them from 3.14 on.

use std::ffi::{c_int, c_void};
use std::ptr::{null, null_mut};

use crate::ffi::{self, PyObject};
use hpy_abi::{HPy, HPyContext, HPyLongExport, HPyLongLayout, HPyLongWriter};

use crate::forward::{fail, null_argument, wrong_type};
use crate::generated::calls::null as nulls;
use crate::handle::{handle, object};

// Every `ctx_*` function here has the contract of context functions, see `crate::forward`.

/// How CPython has an `int`.
#[repr(C)]
struct Int {
    base: PyObject,
    /// From 3.12 on the number of digits above three bits, of which the lowest two tell the sign; before, the number of digits,
    /// negative for a negative `int`.
    tag: isize,
    digits: [Digit; 0],
}

/// CPython has digits of 15 bits before 3.12 where pointers have 32.
const IS_SMALL: bool = cfg!(all(not(Py_3_12), not(target_pointer_width = "64")));
#[cfg(any(Py_3_12, target_pointer_width = "64"))]
type Digit = u32;
#[cfg(not(any(Py_3_12, target_pointer_width = "64")))]
type Digit = u16;

static LAYOUT: HPyLongLayout = HPyLongLayout {
    bits_per_digit: if IS_SMALL { 15 } else { 30 },
    digit_size: size_of::<Digit>() as u8,
    digits_order: -1,
    digit_endianness: if cfg!(target_endian = "little") { -1 } else { 1 },
};

/// `PyLong_GetNativeLayout` of 3.14.
///
/// # Safety
/// The contract of context functions.
pub unsafe extern "C" fn ctx_Long_GetNativeLayout(_: *mut HPyContext) -> *const HPyLongLayout {
    &raw const LAYOUT
}

impl Int {
    /// Whether it is negative, and the digits.
    ///
    /// # Safety
    /// An `int` that lives as long as the result.
    unsafe fn parts<'a>(this: *const Self) -> (bool, &'a [Digit]) {
        // SAFETY: by contract.
        unsafe {
            let tag = (*this).tag;
            let (negative, count) = if cfg!(Py_3_12) {
                (tag & 3 == 2, tag.cast_unsigned() >> 3)
            } else {
                (tag < 0, tag.unsigned_abs())
            };
            (negative, std::slice::from_raw_parts((&raw const (*this).digits).cast(), count))
        }
    }
}

/// `PyLong_Export` of 3.14.
///
/// # Safety
/// The contract of context functions.
pub unsafe extern "C" fn ctx_Long_Export(_: *mut HPyContext, h: HPy, exported: *mut HPyLongExport) -> c_int {
    if exported.is_null() {
        return null_argument(nulls::ctx_Long_Export);
    }
    let mut result =
        HPyLongExport { value: 0, negative: 0, ndigits: 0, digits: null(), _reserved: HPy::NULL };
    // SAFETY: by contract; for an `int` `PyLong_AsLongLongAndOverflow` raises nothing.
    unsafe {
        let status = if h.is_null() {
            null_argument(nulls::ctx_Long_Export)
        } else if ffi::PyLong_Check(object(h)) == 0 {
            wrong_type(c"an int", object(h))
        } else {
            let int = object(h);
            let mut overflow = 0;
            result.value = ffi::PyLong_AsLongLongAndOverflow(int, &raw mut overflow);
            if overflow != 0 {
                ffi::Py_INCREF(int);
                let (negative, digits) = Int::parts(int.cast());
                result = HPyLongExport {
                    value: 0,
                    negative: negative.into(),
                    ndigits: digits.len().cast_signed(),
                    digits: digits.as_ptr().cast(),
                    _reserved: handle(int),
                };
            }
            0
        };
        exported.write(result);
        status
    }
}

/// `PyLongWriter_Create` of 3.14. A writer is the `int`, which nobody else has yet.
///
/// # Safety
/// The contract of context functions.
pub unsafe extern "C" fn ctx_LongWriter_Create(
    _: *mut HPyContext,
    negative: c_int,
    ndigits: isize,
    digits: *mut *mut c_void,
) -> HPyLongWriter {
    if digits.is_null() {
        return null_argument(nulls::ctx_LongWriter_Create);
    }
    // SAFETY: by contract.
    unsafe {
        *digits = null_mut();
        if ndigits <= 0 {
            return fail(ffi::PyExc_ValueError, c"HPyLongWriter_Create: ndigits must be positive");
        }
        #[cfg(Py_3_14)]
        let int = ffi::PyLongWriter_Create(negative, ndigits, digits).cast::<Int>();
        #[cfg(not(Py_3_14))]
        let int = crate::engine::_PyLong_New(ndigits).cast::<Int>();
        #[cfg(not(Py_3_14))]
        if let Some(int) = int.as_mut() {
            int.tag = match negative {
                0 if cfg!(Py_3_12) => ndigits << 3,
                _ if cfg!(Py_3_12) => ndigits << 3 | 2,
                0 => ndigits,
                _ => -ndigits,
            };
            *digits = (&raw mut int.digits).cast();
        }
        HPyLongWriter { _i: int as isize }
    }
}

/// `PyLongWriter_Finish` of 3.14, but it looks at the digits.
///
/// # Safety
/// The contract of context functions.
pub unsafe extern "C" fn ctx_LongWriter_Finish(ctx: *mut HPyContext, writer: HPyLongWriter) -> HPy {
    if writer.is_null() {
        return null_argument(nulls::ctx_LongWriter_Finish);
    }
    let int = writer._i as *mut Int;
    // SAFETY: by contract, all digits were written.
    unsafe {
        let (_negative, digits) = Int::parts(int);
        if digits.iter().any(|digit| digit >> LAYOUT.bits_per_digit != 0) {
            ctx_LongWriter_Discard(ctx, writer);
            return fail(ffi::PyExc_ValueError, c"HPyLongWriter_Finish: a digit is not below the base");
        }
        #[cfg(Py_3_14)]
        let result = ffi::PyLongWriter_Finish(int.cast());
        #[cfg(not(Py_3_14))]
        let result = {
            let count = digits.iter().rposition(|&digit| digit != 0).map_or(0, |last| last + 1);
            if count <= 1 {
                // One that CPython may have already, and that is its own then.
                let value = digits.first().map_or(0, |&digit| std::ffi::c_long::from(digit as i32));
                let result = ffi::PyLong_FromLong(if _negative { -value } else { value });
                ffi::Py_DECREF(int.cast());
                result
            } else {
                let count = count.cast_signed();
                (*int).tag = match (*int).tag {
                    tag if cfg!(Py_3_12) => count << 3 | tag & 7,
                    tag => tag.signum() * count,
                };
                int.cast()
            }
        };
        handle(result)
    }
}

/// `PyLongWriter_Discard` of 3.14.
///
/// # Safety
/// The contract of context functions.
pub unsafe extern "C" fn ctx_LongWriter_Discard(_: *mut HPyContext, writer: HPyLongWriter) {
    // SAFETY: by contract. As `PyLongWriter_Discard`: no finalizer sees the digits.
    unsafe { ffi::Py_XDECREF(writer._i as *mut PyObject) };
}
