//! The C API: what `pyo3-ffi` declares, and what it leaves out for the engine that this is compiled for.

#[cfg(PyPy)]
mod pypy;

#[cfg(not(PyPy))]
pub use pyo3_ffi::compat::PyWeakref_GetRef;
#[cfg(PyPy)]
pub use pypy::*;
// These are declared by both.
pub use pyo3_ffi::*;
#[cfg(PyPy)]
pub use pypy::{
    _PyLong_AsByteArray, Py_DECREF, Py_INCREF, Py_XDECREF, Py_XINCREF, PyAIter_Check,
    PyBuffer_SizeFromFormat, PyBytes_FromStringAndSize, PyCallable_Check, PyCapsule_GetContext,
    PyCapsule_GetName, PyCapsule_GetPointer, PyCapsule_IsValid, PyCapsule_SetContext,
    PyCapsule_SetDestructor, PyCapsule_SetName, PyCapsule_SetPointer, PyDateTime_DATE_GET_FOLD,
    PyDateTime_DATE_GET_HOUR, PyDateTime_DATE_GET_MICROSECOND, PyDateTime_DATE_GET_MINUTE,
    PyDateTime_DATE_GET_SECOND, PyDateTime_DELTA_GET_DAYS, PyDateTime_DELTA_GET_MICROSECONDS,
    PyDateTime_DELTA_GET_SECONDS, PyDateTime_GET_DAY, PyDateTime_GET_MONTH, PyDateTime_GET_YEAR,
    PyDateTime_TIME_GET_FOLD, PyDateTime_TIME_GET_HOUR, PyDateTime_TIME_GET_MICROSECOND,
    PyDateTime_TIME_GET_MINUTE, PyDateTime_TIME_GET_SECOND, PyErr_ExceptionMatches,
    PyErr_GetHandledException, PyErr_GivenExceptionMatches, PyErr_NormalizeException, PyErr_PrintEx,
    PyErr_SetHandledException, PyErr_SetObject, PyErr_WarnEx, PyIter_Send, PyMapping_GetItemString,
    PyMapping_Items, PyMapping_Keys, PyMapping_SetItemString, PyMapping_Values, PyMemoryView_FromBuffer,
    PyNumber_Check, PyObject_ASCII, PyObject_Bytes, PyObject_ClearWeakRefs, PyObject_DelItem,
    PyObject_DelItemString, PyObject_GetItem, PyObject_Repr, PyObject_SetItem, PyObject_Size, PyObject_Str,
    PySequence_Count, PyTuple_New, PyUnicode_AsWideChar, PyUnicode_Compare, PyUnicode_Find,
    PyUnicode_FindChar, PyUnicode_FromKindAndData, PyUnicode_RichCompare, PyWeakref_GetRef,
};
