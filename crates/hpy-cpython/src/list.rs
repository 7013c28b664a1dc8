//! Lists. Their items are in `item`.

use std::ffi::c_int;

use crate::ffi::{
    PY_SSIZE_T_MAX, Py_DECREF, Py_INCREF, Py_None, PyFloat_FromDouble, PyList_New, PyList_SET_ITEM,
    PyList_SetSlice, PyLong_FromLongLong, PyObject,
};
use hpy_abi::{HPy, HPyContext};

use crate::engine::new_list;
use crate::forward::null_argument;
use crate::generated::calls::null;
use crate::handle::{handle, object};

/// The items are None, where CPython's are null, which none of the functions that read a list can bear.
pub(crate) unsafe extern "C" fn ctx_List_New(_: *mut HPyContext, len: isize) -> HPy {
    // SAFETY: the contract of context functions, see `crate::forward`; the new list is known to nobody else.
    unsafe {
        let list = new_list::start(len);
        if list.is_null() {
            return HPy::NULL;
        }
        if len > 0 {
            let items = new_list::items(list);
            for index in 0..len {
                Py_INCREF(Py_None());
                *items.offset(index) = Py_None();
            }
        }
        handle(new_list::finish(list))
    }
}

/// `PyList_Extend` of CPython 3.13.
pub(crate) unsafe extern "C" fn ctx_List_Extend(_: *mut HPyContext, h_list: HPy, iterable: HPy) -> c_int {
    if h_list.is_null() || iterable.is_null() {
        return null_argument(null::ctx_List_Extend);
    }
    // SAFETY: the contract of context functions.
    unsafe { PyList_SetSlice(object(h_list), PY_SSIZE_T_MAX, PY_SSIZE_T_MAX, object(iterable)) }
}

pub(crate) unsafe extern "C" fn ctx_List_FromArray(_: *mut HPyContext, items: *const HPy, n: isize) -> HPy {
    if items.is_null() && n > 0 {
        return null_argument(null::ctx_List_FromArray);
    }
    // SAFETY: the contract of context functions: that many items are there.
    unsafe {
        let list = filled(n, |index| {
            let item = object(*items.offset(index));
            if item.is_null() {
                return object(null_argument(null::ctx_List_FromArray));
            }
            Py_INCREF(item);
            item
        });
        handle(list)
    }
}

pub(crate) unsafe extern "C" fn ctx_List_FromInt64s(_: *mut HPyContext, values: *const i64, n: isize) -> HPy {
    if values.is_null() && n > 0 {
        return null_argument(null::ctx_List_FromInt64s);
    }
    // SAFETY: the contract of context functions: that many values are there.
    unsafe { handle(filled(n, |index| PyLong_FromLongLong(*values.offset(index)))) }
}

pub(crate) unsafe extern "C" fn ctx_List_FromDoubles(
    _: *mut HPyContext,
    values: *const f64,
    n: isize,
) -> HPy {
    if values.is_null() && n > 0 {
        return null_argument(null::ctx_List_FromDoubles);
    }
    // SAFETY: the contract of context functions: that many values are there.
    unsafe { handle(filled(n, |index| PyFloat_FromDouble(*values.offset(index)))) }
}

/// A new list of `n` items, each of which `item` makes; null with an exception if that gives null, or for a negative `n`.
///
/// # Safety
/// The thread is attached; the items are new references.
#[inline(always)]
unsafe fn filled(n: isize, mut item: impl FnMut(isize) -> *mut PyObject) -> *mut PyObject {
    // SAFETY: by contract; the new list is known to nobody else.
    unsafe {
        let list = PyList_New(n);
        if list.is_null() {
            return list;
        }
        for index in 0..n {
            let item = item(index);
            if item.is_null() {
                Py_DECREF(list);
                return item;
            }
            PyList_SET_ITEM(list, index, item);
        }
        list
    }
}
