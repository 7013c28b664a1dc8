//! The C API: what `pyo3-ffi` declares, and what it leaves out for the engine that this is compiled for.

#[cfg(PyPy)]
mod pypy;

#[cfg(PyPy)]
pub use pypy::*;
// These are declared by both.
pub use pyo3_ffi::*;
#[cfg(PyPy)]
pub use pypy::{
    Py_DECREF, Py_INCREF, Py_XDECREF, Py_XINCREF, PyAIter_Check, PyBuffer_SizeFromFormat, PyCallable_Check,
    PyCapsule_GetContext, PyCapsule_GetName, PyCapsule_GetPointer, PyCapsule_IsValid, PyCapsule_SetContext,
    PyCapsule_SetDestructor, PyCapsule_SetName, PyCapsule_SetPointer, PyErr_ExceptionMatches,
    PyErr_SetObject, PyErr_WarnEx, PyMapping_GetItemString, PyMapping_SetItemString, PyNumber_Check,
    PyObject_ASCII, PyObject_Bytes, PyObject_DelItem, PyObject_DelItemString, PyObject_GetItem,
    PyObject_Repr, PyObject_SetItem, PyObject_Size, PyObject_Str, PySequence_Count, PyUnicode_RichCompare,
};
