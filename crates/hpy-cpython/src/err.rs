//! Exceptions, warnings, the fatal error.

use std::ffi::{c_char, c_int};

use hpy_abi::{HPy, HPyContext};
use pyo3_ffi::{
    PyErr_Clear, PyErr_ExceptionMatches, PyErr_NewException, PyErr_NewExceptionWithDoc, PyErr_NoMemory,
    PyErr_Occurred, PyErr_SetFromErrnoWithFilename, PyErr_SetFromErrnoWithFilenameObjects, PyErr_SetObject,
    PyErr_SetString, PyErr_WarnEx, PyErr_WriteUnraisable,
};

use crate::cpython::_Py_FatalErrorFunc;
use crate::forward::forward;

forward! {
    ctx_Err_SetString = PyErr_SetString(h_type: HPy, utf8_message: *const c_char);
    ctx_Err_SetObject = PyErr_SetObject(h_type: HPy, h_value: Option<HPy>);
    ctx_Err_SetFromErrnoWithFilename = PyErr_SetFromErrnoWithFilename(
        h_type: HPy, filename_fsencoded: Option<*const c_char>,
    ) -> HPy;
    ctx_Err_SetFromErrnoWithFilenameObjects = PyErr_SetFromErrnoWithFilenameObjects(
        h_type: HPy, filename1: Option<HPy>, filename2: Option<HPy>,
    );
    ctx_Err_ExceptionMatches = PyErr_ExceptionMatches(exc: Option<HPy>) -> c_int;
    ctx_Err_NoMemory = PyErr_NoMemory();
    ctx_Err_Clear = PyErr_Clear();
    ctx_Err_NewException = PyErr_NewException(
        utf8_name: *const c_char, base: Option<HPy>, dict: Option<HPy>,
    ) -> HPy;
    ctx_Err_NewExceptionWithDoc = PyErr_NewExceptionWithDoc(
        utf8_name: *const c_char, utf8_doc: Option<*const c_char>, base: Option<HPy>, dict: Option<HPy>,
    ) -> HPy;
    ctx_Err_WarnEx = PyErr_WarnEx(
        category: Option<HPy>, utf8_message: *const c_char, stack_level: isize,
    ) -> c_int;
    ctx_Err_WriteUnraisable = PyErr_WriteUnraisable(obj: Option<HPy>);
}

pub(crate) unsafe extern "C" fn ctx_Err_Occurred(_: *mut HPyContext) -> c_int {
    // SAFETY: the contract of context functions, see `crate::forward`.
    c_int::from(unsafe { !PyErr_Occurred().is_null() })
}

/// Does not return. The report begins with `Fatal Python error: ctx_FatalError: `.
pub(crate) unsafe extern "C" fn ctx_FatalError(_: *mut HPyContext, message: *const c_char) {
    // SAFETY: as above; the message may be null.
    unsafe { _Py_FatalErrorFunc(c"ctx_FatalError".as_ptr(), message) }
}
