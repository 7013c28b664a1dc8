//! What a handle is on CPython: the object pointer itself, so that CPython's argument arrays are handle arrays.
//!
//! This is the only place that knows it. Ownership is as in the C API: a handle "owned" by someone is a strong
//! reference that they must close.

use std::ffi::c_int;

use crate::engine::is_same;
use crate::ffi::{Py_XDECREF, Py_XINCREF, PyObject};
use hpy_abi::{HPy, HPyContext};

const _: () = assert!(size_of::<HPy>() == size_of::<*mut PyObject>());

/// The object behind a handle, borrowed from it; null for `HPy_NULL`.
#[inline(always)]
#[must_use]
pub fn object(h: HPy) -> *mut PyObject {
    h._i as *mut PyObject
}

/// The handle of an object. It owns a reference if the caller owned the one it passes in, and is null for null.
#[inline(always)]
#[must_use]
pub fn handle(object: *mut PyObject) -> HPy {
    HPy { _i: object as isize }
}

/// An array of handles as an array of objects: the same memory.
#[inline(always)]
#[must_use]
pub fn objects(handles: *const HPy) -> *const *mut PyObject {
    handles.cast()
}

/// An array of objects as an array of handles: the same memory.
#[inline(always)]
#[must_use]
pub fn handles(objects: *const *mut PyObject) -> *const HPy {
    objects.cast()
}

pub(crate) unsafe extern "C" fn ctx_Dup(_: *mut HPyContext, h: HPy) -> HPy {
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe { Py_XINCREF(object(h)) };
    h
}

pub(crate) unsafe extern "C" fn ctx_Close(_: *mut HPyContext, h: HPy) {
    // SAFETY: the contract of context functions, and the caller gives up its reference.
    unsafe { Py_XDECREF(object(h)) };
}

pub(crate) unsafe extern "C" fn ctx_Is(_: *mut HPyContext, obj: HPy, other: HPy) -> c_int {
    // SAFETY: the contract of context functions.
    c_int::from(unsafe { is_same(object(obj), object(other)) })
}
