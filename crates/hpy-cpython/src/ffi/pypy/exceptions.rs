//! Exceptions.

use std::ffi::{c_char, c_int};
use std::ptr::null_mut;

use pyo3_ffi::{self as ffi, Py_ssize_t, PyObject};

use super::{Py_DECREF, Py_INCREF, Py_XDECREF, PyObject_CallNoArgs};

unsafe extern "C" {
    #[link_name = "PyPyCode_NewEmpty"]
    fn PyCode_NewEmpty(filename: *const c_char, function: *const c_char, line: c_int) -> *mut PyObject;
    #[link_name = "PyPyFrame_New"]
    fn PyFrame_New(
        thread: *mut ffi::PyThreadState,
        code: *mut PyObject,
        globals: *mut PyObject,
        locals: *mut PyObject,
    ) -> *mut PyObject;
    #[link_name = "PyPyTraceBack_Here"]
    fn PyTraceBack_Here(frame: *mut PyObject) -> c_int;
}

/// As on CPython: no without an exception, and for null.
///
/// # Safety
/// That of the C API.
pub unsafe fn PyErr_ExceptionMatches(kind: *mut PyObject) -> c_int {
    // SAFETY: by contract.
    unsafe {
        let is_asked = !kind.is_null() && !ffi::PyErr_Occurred().is_null();
        if is_asked { ffi::PyErr_ExceptionMatches(kind) } else { 0 }
    }
}

/// As on CPython: the value may be null.
///
/// # Safety
/// That of the C API.
pub unsafe fn PyErr_SetObject(kind: *mut PyObject, value: *mut PyObject) {
    // SAFETY: by contract.
    unsafe {
        if value.is_null() {
            ffi::PyErr_SetNone(kind);
        } else {
            ffi::PyErr_SetObject(kind, value);
        }
    }
}

/// As on CPython: the category may be null.
///
/// # Safety
/// That of the C API.
pub unsafe fn PyErr_WarnEx(category: *mut PyObject, message: *const c_char, level: Py_ssize_t) -> c_int {
    // SAFETY: by contract; set before any extension runs.
    unsafe {
        let category = if category.is_null() { ffi::PyExc_RuntimeWarning } else { category };
        ffi::PyErr_WarnEx(category, message, level)
    }
}

/// An entry in the traceback of the exception that is set, with a frame of no other use.
///
/// # Safety
/// Strings; an exception is set.
pub unsafe fn _PyTraceback_Add(function: *const c_char, filename: *const c_char, line: c_int) {
    // SAFETY: by contract. The exception is set aside for calls that could not be made with it.
    unsafe {
        let (mut kind, mut value, mut traceback) = (null_mut(), null_mut(), null_mut());
        ffi::PyErr_Fetch(&raw mut kind, &raw mut value, &raw mut traceback);
        let code = PyCode_NewEmpty(filename, function, line);
        let globals = ffi::PyDict_New();
        let frame = if code.is_null() || globals.is_null() {
            null_mut()
        } else {
            PyFrame_New(ffi::PyThreadState_Get(), code, globals, null_mut())
        };
        ffi::PyErr_Clear();
        ffi::PyErr_Restore(kind, value, traceback);
        if !frame.is_null() {
            PyTraceBack_Here(frame);
        }
        ffi::Py_XDECREF(frame);
        ffi::Py_XDECREF(globals);
        ffi::Py_XDECREF(code);
    }
}

/// As on CPython: nothing without an exception.
///
/// # Safety
/// That of the C API.
pub unsafe fn PyErr_PrintEx(set_last: c_int) {
    // SAFETY: by contract.
    unsafe {
        if !ffi::PyErr_Occurred().is_null() {
            ffi::PyErr_PrintEx(set_last);
        }
    }
}

/// As on CPython: the value may be null, and where no exception can be made of it, that is the exception.
///
/// # Safety
/// That of the C API.
pub unsafe fn PyErr_NormalizeException(
    kind: *mut *mut PyObject,
    value: *mut *mut PyObject,
    traceback: *mut *mut PyObject,
) {
    // SAFETY: by contract; what is put in a place is owned, and what was there is released.
    unsafe {
        while !(*kind).is_null() && ffi::PyExceptionInstance_Check(*value_or_none(value)) == 0 {
            let made = match *value {
                none if none == ffi::Py_None() => PyObject_CallNoArgs(*kind),
                arguments if ffi::PyTuple_Check(arguments) != 0 => ffi::PyObject_CallObject(*kind, arguments),
                argument => ffi::PyObject_CallFunctionObjArgs(*kind, argument, null_mut::<PyObject>()),
            };
            Py_DECREF(*value);
            *value = made;
            if made.is_null() {
                let mut other = null_mut();
                Py_DECREF(*kind);
                ffi::PyErr_Fetch(kind, value, &raw mut other);
                if (*traceback).is_null() {
                    *traceback = other;
                } else {
                    Py_XDECREF(other);
                }
            } else if ffi::PyExceptionInstance_Check(made) == 0 {
                // A class may make anything.
                let text = c"calling an exception gave no instance of BaseException".as_ptr();
                Py_DECREF(made);
                Py_DECREF(*kind);
                *kind = ffi::PyExc_TypeError;
                Py_INCREF(*kind);
                *value = ffi::PyUnicode_FromString(text);
            }
        }
        if !(*kind).is_null() {
            let own = ffi::Py_TYPE(*value).cast();
            Py_INCREF(own);
            Py_DECREF(*kind);
            *kind = own;
        }
    }
}

/// The place of a value, which has `None` if it was empty.
unsafe fn value_or_none(value: *mut *mut PyObject) -> *mut *mut PyObject {
    // SAFETY: the caller has the place.
    unsafe {
        if (*value).is_null() {
            *value = ffi::Py_None();
            Py_INCREF(*value);
        }
    }
    value
}

/// As on CPython: null if none is handled.
///
/// # Safety
/// That of the C API.
pub unsafe fn PyErr_GetHandledException() -> *mut PyObject {
    // SAFETY: by contract.
    unsafe {
        let handled = ffi::PyErr_GetHandledException();
        if handled != ffi::Py_None() {
            return handled;
        }
        Py_DECREF(handled);
        null_mut()
    }
}

/// As on CPython: null says that none is handled.
///
/// # Safety
/// That of the C API.
pub unsafe fn PyErr_SetHandledException(exc: *mut PyObject) {
    // SAFETY: by contract.
    unsafe {
        if exc.is_null() {
            ffi::PyErr_SetExcInfo(exc, exc, exc);
        } else {
            ffi::PyErr_SetHandledException(exc);
        }
    }
}
