//! Integers.

use std::ffi::{c_int, c_long, c_ulong};

use crate::ffi::{
    PyExc_OverflowError, PyExc_TypeError, PyLong_AsLong, PyLong_AsLongLongAndOverflow,
    PyLong_AsUnsignedLongMask, PyLong_Check, PyLong_FromLong, PyLong_FromUnsignedLong,
};
use hpy_abi::{HPy, HPyContext};

use crate::engine::_PyLong_Sign;
use crate::forward::{fail, null_argument, wrong_type};
use crate::generated::calls::null;
use crate::handle::{handle, object};

pub(crate) unsafe extern "C" fn ctx_Long_FromInt32_t(_: *mut HPyContext, value: i32) -> HPy {
    // SAFETY: the contract of context functions, see `crate::forward`.
    handle(unsafe { PyLong_FromLong(c_long::from(value)) })
}

pub(crate) unsafe extern "C" fn ctx_Long_FromUInt32_t(_: *mut HPyContext, value: u32) -> HPy {
    // SAFETY: the contract of context functions, see `crate::forward`.
    handle(unsafe { PyLong_FromUnsignedLong(c_ulong::from(value)) })
}

pub(crate) unsafe extern "C" fn ctx_Long_AsInt32_t(_: *mut HPyContext, h: HPy) -> i32 {
    if h.is_null() {
        return null_argument(null::ctx_Long_AsInt32_t);
    }
    // SAFETY: as above. An error of `PyLong_AsLong` passes as its -1.
    unsafe {
        match i32::try_from(PyLong_AsLong(object(h))) {
            Ok(value) => value,
            Err(_) => fail(PyExc_OverflowError, c"Python int too large to convert to C int32_t"),
        }
    }
}

/// Not by way of `PyLong_AsUnsignedLong`, whose size and texts depend on the platform.
pub(crate) unsafe extern "C" fn ctx_Long_AsUInt32_t(_: *mut HPyContext, h: HPy) -> u32 {
    if h.is_null() {
        return null_argument(null::ctx_Long_AsUInt32_t);
    }
    // SAFETY: as above; for an integer `PyLong_AsLongLongAndOverflow` raises nothing.
    unsafe {
        if PyLong_Check(object(h)) == 0 {
            return fail(PyExc_TypeError, c"an integer is required");
        }
        let mut overflow: c_int = 0;
        let value = PyLong_AsLongLongAndOverflow(object(h), &mut overflow);
        match u32::try_from(value) {
            Ok(value) => value,
            // On overflow `value` is -1, and the sign is that of `overflow`.
            Err(_) if overflow < 0 || (overflow == 0 && value < 0) => {
                fail(PyExc_OverflowError, c"can't convert negative value to C uint32_t")
            }
            Err(_) => fail(PyExc_OverflowError, c"Python int too large to convert to C uint32_t"),
        }
    }
}

pub(crate) unsafe extern "C" fn ctx_Long_AsUInt32_tMask(_: *mut HPyContext, h: HPy) -> u32 {
    if h.is_null() {
        return null_argument(null::ctx_Long_AsUInt32_tMask);
    }
    // SAFETY: as above. Cutting the rest off is what is asked for; an error stays all ones.
    unsafe { PyLong_AsUnsignedLongMask(object(h)) as u32 }
}

/// As `PyLong_GetSign` of 3.14.
pub(crate) unsafe extern "C" fn ctx_Long_GetSign(_: *mut HPyContext, h: HPy, sign: *mut c_int) -> c_int {
    if h.is_null() || sign.is_null() {
        return null_argument(null::ctx_Long_GetSign);
    }
    // SAFETY: as above.
    unsafe {
        if PyLong_Check(object(h)) == 0 {
            return wrong_type(c"an int", object(h));
        }
        *sign = _PyLong_Sign(object(h));
        0
    }
}
