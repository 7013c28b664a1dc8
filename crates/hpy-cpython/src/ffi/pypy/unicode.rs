//! Strings.

use std::ffi::{c_int, c_void};

use pyo3_ffi::{self as ffi, Py_UCS4, Py_ssize_t, PyErr_NoMemory, PyMem_Free, PyMem_Malloc, PyObject};

use super::{Py_DECREF, size_of_number};

const UCS2: c_int = 2;
const UCS4: c_int = 4;

/// As on CPython: each item is a character. PyPy takes two bytes each for UTF-16, in which a surrogate at the end, a byte order
/// mark at the start and two surrogates in a row are something else.
///
/// # Safety
/// That of the C API.
pub unsafe fn PyUnicode_FromKindAndData(kind: c_int, data: *const c_void, size: Py_ssize_t) -> *mut PyObject {
    let is_read_as_utf16 = |&item: &u16| item >= 0xd800;
    // SAFETY: by contract; what is made here is as large as is written to it.
    unsafe {
        let Ok(count) = usize::try_from(size) else {
            return ffi::PyUnicode_FromKindAndData(kind, data, size);
        };
        if kind != UCS2 || count == 0 {
            return ffi::PyUnicode_FromKindAndData(kind, data, size);
        }
        let items = std::slice::from_raw_parts(data.cast::<u16>(), count);
        if !items.iter().any(is_read_as_utf16) {
            return ffi::PyUnicode_FromKindAndData(kind, data, size);
        }
        let wide = PyMem_Malloc(count.saturating_mul(size_of::<u32>())).cast::<u32>();
        if wide.is_null() {
            return PyErr_NoMemory();
        }
        for (i, &item) in items.iter().enumerate() {
            wide.add(i).write(item.into());
        }
        let text = ffi::PyUnicode_FromKindAndData(UCS4, wide.cast(), size);
        PyMem_Free(wide.cast());
        text
    }
}

/// As on CPython, whatever the types are.
///
/// # Safety
/// Objects.
pub unsafe fn PyUnicode_RichCompare(left: *mut PyObject, right: *mut PyObject, op: c_int) -> *mut PyObject {
    // SAFETY: by contract.
    unsafe { ffi::PyObject_RichCompare(left, right, op) }
}

/// As on CPython: for a string alone, and with no place the length that is needed, with the NUL.
///
/// # Safety
/// That of the C API.
pub unsafe fn PyUnicode_AsWideChar(
    text: *mut PyObject,
    to: *mut libc::wchar_t,
    size: Py_ssize_t,
) -> Py_ssize_t {
    // SAFETY: by contract. Each character is one here, as `wchar_t` has 32 bits.
    unsafe {
        if to.is_null() {
            return ffi::PyUnicode_GetLength(text) + 1;
        }
        ffi::PyUnicode_AsWideChar(text, to, size)
    }
}

/// As on CPython: by the methods of `str` itself, which refuse what is none.
///
/// # Safety
/// Objects.
pub unsafe fn PyUnicode_Find(
    text: *mut PyObject,
    part: *mut PyObject,
    start: Py_ssize_t,
    end: Py_ssize_t,
    direction: c_int,
) -> Py_ssize_t {
    // SAFETY: by contract.
    unsafe {
        let name = if direction > 0 { c"find" } else { c"rfind" };
        let class = (&raw mut ffi::PyUnicode_Type).cast();
        let index = ffi::PyObject_CallMethod(class, name.as_ptr(), c"OOnn".as_ptr(), text, part, start, end);
        if index.is_null() { -2 } else { size_of_number(index) }
    }
}

/// As on CPython: also a surrogate can be looked for, and what is no code point is nowhere.
///
/// # Safety
/// That of the C API.
pub unsafe fn PyUnicode_FindChar(
    text: *mut PyObject,
    character: Py_UCS4,
    start: Py_ssize_t,
    end: Py_ssize_t,
    direction: c_int,
) -> Py_ssize_t {
    if character > char::MAX.into() {
        return -1;
    }
    // SAFETY: by contract; what is made here is released.
    unsafe {
        let part = ffi::PyUnicode_FromKindAndData(UCS4, (&raw const character).cast(), 1);
        if part.is_null() {
            return -2;
        }
        let index = PyUnicode_Find(text, part, start, end, direction);
        Py_DECREF(part);
        index
    }
}

/// As on CPython: for strings alone, and -1 also with an exception.
///
/// # Safety
/// Objects.
pub unsafe fn PyUnicode_Compare(left: *mut PyObject, right: *mut PyObject) -> c_int {
    // SAFETY: by contract; names of types are C strings.
    unsafe {
        if ffi::PyUnicode_Check(left) != 0 && ffi::PyUnicode_Check(right) != 0 {
            return ffi::PyUnicode_Compare(left, right).max(-1);
        }
        let name = |object| (*ffi::Py_TYPE(object)).tp_name;
        let format = c"Can't compare %.100s and %.100s".as_ptr();
        ffi::PyErr_Format(ffi::PyExc_TypeError, format, name(left), name(right));
        -1
    }
}
