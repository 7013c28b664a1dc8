//! How `cpyext` keeps a string: the macros of CPython, for the struct of PyPy, whose members are bytes where CPython's are
//! bits.

use std::ffi::{c_int, c_uchar, c_uint, c_void};

use pyo3_ffi::{Py_hash_t, PyObject};

/// `PyASCIIObject`. The characters of a compact string of ASCII stand behind it.
#[repr(C)]
struct Ascii {
    base: PyObject,
    length: isize,
    hash: Py_hash_t,
    interned: c_uchar,
    kind: c_uchar,
    compact: c_uchar,
    ascii: c_uchar,
    ready: c_uchar,
    wstr: *mut c_void,
}

/// `PyCompactUnicodeObject`. The characters of any other compact string stand behind it.
#[repr(C)]
struct Compact {
    ascii: Ascii,
    utf8_length: isize,
    utf8: *mut c_void,
    wstr_length: isize,
}

/// `PyUnicodeObject`, of a string that is not compact.
#[repr(C)]
struct Text {
    compact: Compact,
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
    unsafe { if (*text.cast::<Ascii>()).ready != 0 { 0 } else { _PyUnicode_Ready(text) } }
}

/// # Safety
/// A string that is ready.
#[inline]
pub(crate) unsafe fn PyUnicode_KIND(text: *mut PyObject) -> c_uint {
    // SAFETY: by contract.
    unsafe { (*text.cast::<Ascii>()).kind.into() }
}

/// # Safety
/// A string that is ready.
#[inline]
pub(crate) unsafe fn PyUnicode_DATA(text: *mut PyObject) -> *mut c_void {
    let ascii = text.cast::<Ascii>();
    // SAFETY: by contract; the characters stand where the string says.
    unsafe {
        match ((*ascii).compact != 0, (*ascii).ascii != 0) {
            (true, true) => ascii.add(1).cast(),
            (true, false) => text.cast::<Compact>().add(1).cast(),
            (false, _) => (*text.cast::<Text>()).data,
        }
    }
}

/// # Safety
/// A string that is ready.
#[inline]
pub(crate) unsafe fn PyUnicode_GET_LENGTH(text: *mut PyObject) -> isize {
    // SAFETY: by contract.
    unsafe { (*text.cast::<Ascii>()).length }
}
