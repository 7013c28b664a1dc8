//! The item protocol: length, items, slices, containment.
//!
//! Access by number to exact lists and tuples does not go through their type's slots. On a free-threaded CPython a
//! list may change under us, so there only tuples have the short way.

use std::ffi::c_int;
use std::ptr;

use crate::ffi::{
    Py_DECREF, Py_INCREF, Py_SIZE, Py_XDECREF, PyList_CheckExact, PyLong_AsLongLongAndOverflow,
    PyLong_CheckExact, PyLong_FromSsize_t, PyObject, PyObject_DelItem, PyObject_GetItem, PyObject_SetItem,
    PySequence_Check, PySequence_DelItem, PySequence_GetItem, PySequence_SetItem, PyTuple_CheckExact,
};
use hpy_abi::{HPy, HPyContext};

use crate::engine::{LIST_IS_ARRAY, list_items, tuple_items};
use crate::forward::null_argument;
use crate::generated::calls::null;
use crate::handle::{handle, object};
use crate::lookup::{PyMapping_GetOptionalItem, look_ups};

pub(crate) unsafe extern "C" fn ctx_GetItem(_: *mut HPyContext, obj: HPy, key: HPy) -> HPy {
    let (obj, key) = (object(obj), object(key));
    // SAFETY: the contract of context functions, see `crate::forward`; null goes to CPython, which tests for it.
    unsafe {
        if !obj.is_null() && !key.is_null() && PyLong_CheckExact(key) != 0 && has_array(obj) {
            let mut overflow: c_int = 0;
            let index = PyLong_AsLongLongAndOverflow(key, &mut overflow);
            // Out of range, overflow included, is left to CPython: it raises.
            if overflow == 0
                && let Ok(index) = isize::try_from(index)
                && let Some(item) = array_item(obj, index)
            {
                Py_INCREF(item);
                return handle(item);
            }
        }
        handle(PyObject_GetItem(obj, key))
    }
}

look_ups!(ctx_GetOptionalItem, ctx_GetOptionalItem_s = PyMapping_GetOptionalItem);

pub(crate) unsafe extern "C" fn ctx_GetItem_i(_: *mut HPyContext, obj: HPy, idx: isize) -> HPy {
    if obj.is_null() {
        return null_argument(null::ctx_GetItem_i);
    }
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe {
        if let Some(item) = array_item(object(obj), idx) {
            Py_INCREF(item);
            return handle(item);
        }
        item_by_number(object(obj), idx)
    }
}

/// The long way of [`ctx_GetItem_i`], apart from it so that the short way needs no stack frame.
///
/// # Safety
///
/// `obj` is a live object, the thread is attached.
#[inline(never)]
unsafe fn item_by_number(obj: *mut PyObject, index: isize) -> HPy {
    // SAFETY: by contract, `obj` is a live object, the thread is attached.
    unsafe {
        if PyList_CheckExact(obj) != 0 || PySequence_Check(obj) != 0 {
            return handle(PySequence_GetItem(obj, index));
        }
        let key = PyLong_FromSsize_t(index);
        if key.is_null() {
            return HPy::NULL;
        }
        let item = PyObject_GetItem(obj, key);
        Py_DECREF(key);
        handle(item)
    }
}

pub(crate) unsafe extern "C" fn ctx_SetItem_i(_: *mut HPyContext, obj: HPy, idx: isize, value: HPy) -> c_int {
    if obj.is_null() || value.is_null() {
        return null_argument(null::ctx_SetItem_i);
    }
    let (obj, value) = (object(obj), object(value));
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe {
        if PyList_CheckExact(obj) != 0 {
            if LIST_IS_ARRAY && let Some(index) = in_range(idx, Py_SIZE(obj)) {
                Py_INCREF(value);
                // Stored before the old item goes, which may run code that sees the list.
                Py_XDECREF(ptr::replace(list_items(obj).offset(index), value));
                return 0;
            }
            // As below, without making an `int`.
            return PySequence_SetItem(obj, idx, value);
        }
        let key = PyLong_FromSsize_t(idx);
        if key.is_null() {
            return -1;
        }
        let status = PyObject_SetItem(obj, key, value);
        Py_DECREF(key);
        status
    }
}

pub(crate) unsafe extern "C" fn ctx_DelItem_i(_: *mut HPyContext, obj: HPy, idx: isize) -> c_int {
    if obj.is_null() {
        return null_argument(null::ctx_DelItem_i);
    }
    let obj = object(obj);
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe {
        if PyList_CheckExact(obj) != 0 {
            return PySequence_DelItem(obj, idx);
        }
        let key = PyLong_FromSsize_t(idx);
        if key.is_null() {
            return -1;
        }
        let status = PyObject_DelItem(obj, key);
        Py_DECREF(key);
        status
    }
}

/// Whether [`array_item`] may find something in `obj`.
///
/// # Safety
///
/// `obj` is a live object.
#[inline(always)]
unsafe fn has_array(obj: *mut PyObject) -> bool {
    // SAFETY: by contract, `obj` is a live object.
    unsafe { PyTuple_CheckExact(obj) != 0 || (LIST_IS_ARRAY && PyList_CheckExact(obj) != 0) }
}

/// An item of an exact tuple or list, borrowed; nothing for other objects, out of range, or counted from the end.
///
/// # Safety
///
/// `obj` is a live object, the thread is attached.
#[inline(always)]
unsafe fn array_item(obj: *mut PyObject, index: isize) -> Option<*mut PyObject> {
    // SAFETY: the caller's promise. With the GIL, nothing changes a list meanwhile.
    unsafe {
        let items = if LIST_IS_ARRAY && PyList_CheckExact(obj) != 0 {
            list_items(obj)
        } else if PyTuple_CheckExact(obj) != 0 {
            tuple_items(obj)
        } else {
            return None;
        };
        // As unsigned, a negative index is larger than any length; CPython's way counts it from the end.
        ((index as usize) < Py_SIZE(obj) as usize).then(|| *items.offset(index))
    }
}

/// An index from the beginning, if it is in range; a negative one counts from the end.
#[inline(always)]
fn in_range(index: isize, len: isize) -> Option<isize> {
    let index = if index < 0 { index.wrapping_add(len) } else { index };
    // As unsigned, what is still negative is larger than any length.
    ((index as usize) < (len as usize)).then_some(index)
}
