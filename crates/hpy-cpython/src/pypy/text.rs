//! How `cpyext` keeps a string: the macros of CPython, for the struct of PyPy, whose members are bytes where CPython's are
//! bits.

use std::ffi::{c_int, c_uchar, c_uint, c_void};

use pyo3_ffi::{Py_hash_t, PyObject};

/// `PyUnicodeObject`.
#[repr(C)]
struct Text {
    base: PyObject,
    length: isize,
    hash: Py_hash_t,
    interned: c_uchar,
    kind: c_uchar,
    compact: c_uchar,
    ascii: c_uchar,
    ready: c_uchar,
    wstr: *mut c_void,
    utf8_length: isize,
    utf8: *mut c_void,
    wstr_length: isize,
    data: *mut c_void,
}

unsafe extern "C" {
    #[link_name = "_PyPyUnicode_Ready"]
    fn _PyUnicode_Ready(text: *mut PyObject) -> c_int;
}

/// # Safety
/// A string.
#[inline]
pub(crate) unsafe fn PyUnicode_READY(text: *mut PyObject) -> c_int {
    // SAFETY: by contract.
    unsafe { if (*text.cast::<Text>()).ready != 0 { 0 } else { _PyUnicode_Ready(text) } }
}

/// # Safety
/// A string that is ready.
#[inline]
pub(crate) unsafe fn PyUnicode_KIND(text: *mut PyObject) -> c_uint {
    // SAFETY: by contract.
    unsafe { (*text.cast::<Text>()).kind.into() }
}

/// # Safety
/// A string that is ready.
#[inline]
pub(crate) unsafe fn PyUnicode_DATA(text: *mut PyObject) -> *mut c_void {
    // SAFETY: by contract. No string of PyPy is compact.
    unsafe { (*text.cast::<Text>()).data }
}

/// # Safety
/// A string that is ready.
#[inline]
pub(crate) unsafe fn PyUnicode_GET_LENGTH(text: *mut PyObject) -> isize {
    // SAFETY: by contract.
    unsafe { (*text.cast::<Text>()).length }
}
