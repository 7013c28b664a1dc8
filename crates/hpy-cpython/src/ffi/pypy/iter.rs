//! Iterators and what can be awaited.

use std::ptr::null_mut;

use pyo3_ffi::{self as ffi, PyObject, PySendResult};

use super::{Py_DECREF, Py_XDECREF, PyErr_ExceptionMatches, PyErr_NormalizeException, PyObject_CallNoArgs};

/// As on CPython. PyPy only declares it.
///
/// # Safety
/// That of the C API.
pub unsafe fn PyIter_Send(
    iter: *mut PyObject,
    arg: *mut PyObject,
    result: *mut *mut PyObject,
) -> PySendResult {
    // SAFETY: by contract; the table is the type's.
    unsafe {
        let functions = (*ffi::Py_TYPE(iter)).tp_as_async.cast::<ffi::PyAsyncMethods>().as_ref();
        if let Some(send) = functions.and_then(|functions| functions.am_send) {
            return send(iter, arg, result);
        }
        *result = if arg == ffi::Py_None() && ffi::PyIter_Check(iter) != 0 {
            let next = ffi::PyObject_GetAttrString(iter, c"__next__".as_ptr());
            if next.is_null() {
                return PySendResult::PYGEN_ERROR;
            }
            let item = PyObject_CallNoArgs(next);
            Py_DECREF(next);
            item
        } else {
            ffi::PyObject_CallMethod(iter, c"send".as_ptr(), c"(O)".as_ptr(), arg)
        };
        if !(*result).is_null() {
            return PySendResult::PYGEN_NEXT;
        }
        *result = value_of_stop();
        if (*result).is_null() { PySendResult::PYGEN_ERROR } else { PySendResult::PYGEN_RETURN }
    }
}

/// The value of the `StopIteration` that is set, which is cleared; null for another exception.
unsafe fn value_of_stop() -> *mut PyObject {
    // SAFETY: the caller is attached.
    unsafe {
        if PyErr_ExceptionMatches(ffi::PyExc_StopIteration) == 0 {
            return null_mut();
        }
        let (mut kind, mut stop, mut traceback) = (null_mut(), null_mut(), null_mut());
        ffi::PyErr_Fetch(&raw mut kind, &raw mut stop, &raw mut traceback);
        PyErr_NormalizeException(&raw mut kind, &raw mut stop, &raw mut traceback);
        let value = ffi::PyObject_GetAttrString(stop, c"value".as_ptr());
        Py_XDECREF(kind);
        Py_XDECREF(stop);
        Py_XDECREF(traceback);
        value
    }
}
