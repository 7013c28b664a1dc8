//! Weak references.

use std::ffi::c_int;
use std::ptr::null_mut;

use pyo3_ffi::{self as ffi, PyObject};

use super::{Py_DECREF, PyObject_CallNoArgs};

/// As on CPython, also for proxies: those PyPy would call.
///
/// # Safety
/// A weak reference or a proxy, and a place for what it refers to.
pub unsafe fn PyWeakref_GetRef(reference: *mut PyObject, result: *mut *mut PyObject) -> c_int {
    // SAFETY: by contract.
    unsafe {
        let is_proxy = ffi::PyWeakref_CheckProxy(reference) != 0;
        let found = if is_proxy { object_of_proxy(reference) } else { PyObject_CallNoArgs(reference) };
        *result = null_mut();
        if found.is_null() {
            if !is_proxy || ffi::PyErr_ExceptionMatches(ffi::PyExc_ReferenceError) == 0 {
                return -1;
            }
            ffi::PyErr_Clear();
            return 0;
        }
        if !is_proxy && found == ffi::Py_None() {
            Py_DECREF(found);
            return 0;
        }
        *result = found;
        1
    }
}

/// What no proxy tells: the object that a method belongs to which all objects have, or which all classes have.
unsafe fn object_of_proxy(proxy: *mut PyObject) -> *mut PyObject {
    // SAFETY: the caller has a proxy.
    unsafe {
        let name = match ffi::PyObject_IsInstance(proxy, (&raw mut ffi::PyType_Type).cast()) {
            0 => c"__reduce_ex__",
            1 => c"__subclasses__",
            _ => return null_mut(),
        };
        let method = ffi::PyObject_GetAttrString(proxy, name.as_ptr());
        if method.is_null() {
            return null_mut();
        }
        let object = ffi::PyObject_GetAttrString(method, c"__self__".as_ptr());
        Py_DECREF(method);
        object
    }
}
