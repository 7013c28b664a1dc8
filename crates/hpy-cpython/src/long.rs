//! Integers.

use std::ffi::{c_int, c_long, c_ulong, c_void};

use hpy_abi::{HPy, HPyContext};
use pyo3_ffi::{
    PyExc_OverflowError, PyExc_TypeError, PyLong_AsDouble, PyLong_AsLong, PyLong_AsLongLong,
    PyLong_AsLongLongAndOverflow, PyLong_AsSize_t, PyLong_AsSsize_t, PyLong_AsUnsignedLongLong,
    PyLong_AsUnsignedLongLongMask, PyLong_AsUnsignedLongMask, PyLong_AsVoidPtr, PyLong_Check,
    PyLong_FromLong, PyLong_FromLongLong, PyLong_FromSize_t, PyLong_FromSsize_t, PyLong_FromUnsignedLong,
    PyLong_FromUnsignedLongLong,
};

use crate::forward::{fail, forward, null_argument};
use crate::handle::{handle, object};

forward! {
    ctx_Long_FromInt64_t = PyLong_FromLongLong(v: i64) -> HPy;
    ctx_Long_FromUInt64_t = PyLong_FromUnsignedLongLong(v: u64) -> HPy;
    ctx_Long_FromSize_t = PyLong_FromSize_t(value: usize) -> HPy;
    ctx_Long_FromSsize_t = PyLong_FromSsize_t(value: isize) -> HPy;
    ctx_Long_AsInt64_t = PyLong_AsLongLong(h: HPy) -> i64;
    ctx_Long_AsUInt64_t = PyLong_AsUnsignedLongLong(h: HPy) -> u64;
    ctx_Long_AsUInt64_tMask = PyLong_AsUnsignedLongLongMask(h: HPy) -> u64;
    ctx_Long_AsSize_t = PyLong_AsSize_t(h: HPy) -> usize;
    ctx_Long_AsSsize_t = PyLong_AsSsize_t(h: HPy) -> isize;
    ctx_Long_AsVoidPtr = PyLong_AsVoidPtr(h: HPy) -> *mut c_void;
    ctx_Long_AsDouble = PyLong_AsDouble(h: HPy) -> f64;
}

pub(crate) unsafe extern "C" fn ctx_Long_FromInt32_t(_: *mut HPyContext, value: i32) -> HPy {
    // SAFETY: the contract of context functions, see `crate::forward`.
    handle(unsafe { PyLong_FromLong(c_long::from(value)) })
}

pub(crate) unsafe extern "C" fn ctx_Long_FromUInt32_t(_: *mut HPyContext, value: u32) -> HPy {
    // SAFETY: as above.
    handle(unsafe { PyLong_FromUnsignedLong(c_ulong::from(value)) })
}

pub(crate) unsafe extern "C" fn ctx_Long_AsInt32_t(_: *mut HPyContext, h: HPy) -> i32 {
    if h.is_null() {
        return null_argument(c"ctx_Long_AsInt32_t");
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
        return null_argument(c"ctx_Long_AsUInt32_t");
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
        return null_argument(c"ctx_Long_AsUInt32_tMask");
    }
    // SAFETY: as above. Cutting the rest off is what is asked for; an error stays all ones.
    unsafe { PyLong_AsUnsignedLongMask(object(h)) as u32 }
}
