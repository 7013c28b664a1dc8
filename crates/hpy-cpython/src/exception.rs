//! Exceptions as objects. Those of 3.12 are one object each in all versions.

use std::ffi::{c_char, c_int};

use crate::ffi::{self, PyErr_Occurred, PyExceptionInstance_Check, PyObject};
use hpy_abi::{HPy, HPyContext};

use crate::engine::_PyTraceback_Add;
use crate::forward::{null_argument, wrong_type};
use crate::generated::calls::null;
use crate::handle::{handle, object};
use crate::owned::new_reference;

pub(crate) unsafe extern "C" fn ctx_Err_GetRaisedException(_: *mut HPyContext) -> HPy {
    // SAFETY: the contract of context functions, see `crate::forward`.
    #[cfg(Py_3_12)]
    unsafe {
        handle(ffi::PyErr_GetRaisedException())
    }
    // SAFETY: as above; what is fetched is owned, and after the second call `exc` is an exception.
    #[cfg(not(Py_3_12))]
    unsafe {
        let (mut kind, mut exc, mut traceback) = Default::default();
        ffi::PyErr_Fetch(&raw mut kind, &raw mut exc, &raw mut traceback);
        if kind.is_null() {
            return HPy::NULL;
        }
        ffi::PyErr_NormalizeException(&raw mut kind, &raw mut exc, &raw mut traceback);
        if !traceback.is_null() {
            ffi::PyException_SetTraceback(exc, traceback);
        }
        ffi::Py_XDECREF(traceback);
        ffi::Py_DECREF(kind);
        handle(exc)
    }
}

pub(crate) unsafe extern "C" fn ctx_Err_SetRaisedException(_: *mut HPyContext, exc: HPy) {
    let exc = object(exc);
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe {
        if exc.is_null() {
            return ffi::PyErr_Clear();
        }
        if PyExceptionInstance_Check(exc) == 0 {
            return wrong_type(NO_EXCEPTION, exc);
        }
        let exc = new_reference(exc);
        #[cfg(Py_3_12)]
        ffi::PyErr_SetRaisedException(exc);
        #[cfg(not(Py_3_12))]
        ffi::PyErr_Restore(type_of(exc), exc, ffi::PyException_GetTraceback(exc));
    }
}

const NO_EXCEPTION: &std::ffi::CStr = c"an exception";

/// The type of an object, owned.
#[cfg(not(Py_3_12))]
unsafe fn type_of(object: *mut PyObject) -> *mut PyObject {
    // SAFETY: the caller has the object, and holds the interpreter.
    unsafe { new_reference(ffi::Py_TYPE(object).cast()) }
}

pub(crate) unsafe extern "C" fn ctx_Err_GetHandledException(_: *mut HPyContext) -> HPy {
    // SAFETY: the contract of context functions, see `crate::forward`.
    #[cfg(Py_3_11)]
    unsafe {
        handle(ffi::PyErr_GetHandledException())
    }
    // SAFETY: as above; what CPython stores is owned.
    #[cfg(not(Py_3_11))]
    unsafe {
        let (mut kind, mut exc, mut traceback): (*mut PyObject, *mut PyObject, *mut PyObject) =
            Default::default();
        ffi::PyErr_GetExcInfo(&raw mut kind, &raw mut exc, &raw mut traceback);
        ffi::Py_XDECREF(kind);
        ffi::Py_XDECREF(traceback);
        if exc != ffi::Py_None() {
            return handle(exc);
        }
        ffi::Py_DECREF(exc);
        HPy::NULL
    }
}

pub(crate) unsafe extern "C" fn ctx_Err_SetHandledException(_: *mut HPyContext, exc: HPy) -> c_int {
    let exc: *mut PyObject = object(exc);
    // SAFETY: the contract of context functions, see `crate::forward`; before 3.11 CPython takes over what it gets.
    unsafe {
        if !exc.is_null() && PyExceptionInstance_Check(exc) == 0 {
            return wrong_type(NO_EXCEPTION, exc);
        }
        #[cfg(Py_3_11)]
        ffi::PyErr_SetHandledException(exc);
        #[cfg(not(Py_3_11))]
        if exc.is_null() {
            ffi::PyErr_SetExcInfo(exc, exc, exc);
        } else {
            ffi::PyErr_SetExcInfo(type_of(exc), new_reference(exc), ffi::PyException_GetTraceback(exc));
        }
    }
    0
}

/// CPython needs an exception that is set.
pub(crate) unsafe extern "C" fn ctx_Traceback_AddEntry(
    _: *mut HPyContext,
    function: *const c_char,
    filename: *const c_char,
    line: c_int,
) {
    if function.is_null() || filename.is_null() {
        return null_argument(null::ctx_Traceback_AddEntry);
    }
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe {
        if !PyErr_Occurred().is_null() {
            _PyTraceback_Add(function, filename, line);
        }
    }
}
