//! Objects that may be too large for the memory, for which PyPy ends the process.

use std::ffi::c_char;
use std::ptr::null_mut;

use pyo3_ffi::{
    self as ffi, Py_ssize_t, PyErr_NoMemory, PyErr_SetString, PyExc_SystemError, PyMem_Free, PyMem_Malloc,
    PyObject, PyTupleObject,
};

/// Whether there is memory of this size, as far as it can be told: small ones are not looked for.
pub fn has_room(size: usize) -> bool {
    const LARGE: usize = 1 << 20;
    // SAFETY: the memory is given up at once.
    size < LARGE
        || unsafe {
            let memory = PyMem_Malloc(size);
            PyMem_Free(memory);
            !memory.is_null()
        }
}

/// As on CPython.
///
/// # Safety
/// That of the C API.
#[inline]
pub unsafe fn PyTuple_New(size: Py_ssize_t) -> *mut PyObject {
    // SAFETY: by contract.
    unsafe {
        // A negative size is refused by PyPy itself.
        let items = size.cast_unsigned().saturating_mul(size_of::<*mut PyObject>());
        if size > 0 && !has_room(items.saturating_add(size_of::<PyTupleObject>())) {
            return PyErr_NoMemory();
        }
        ffi::PyTuple_New(size)
    }
}

/// As on CPython.
///
/// # Safety
/// That of the C API.
pub unsafe fn PyBytes_FromStringAndSize(data: *const c_char, size: Py_ssize_t) -> *mut PyObject {
    /// More than what PyPy has before and after the bytes.
    const AROUND: usize = 256;
    // SAFETY: by contract.
    unsafe {
        let Ok(bytes) = usize::try_from(size) else {
            let text = c"Negative size passed to PyBytes_FromStringAndSize";
            PyErr_SetString(PyExc_SystemError, text.as_ptr());
            return null_mut();
        };
        if !has_room(bytes.saturating_add(AROUND)) {
            return PyErr_NoMemory();
        }
        ffi::PyBytes_FromStringAndSize(data, size)
    }
}
