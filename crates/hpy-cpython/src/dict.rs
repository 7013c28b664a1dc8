//! Dictionaries.

use std::ffi::{CStr, c_int};
use std::ptr;

use crate::ffi::{
    Py_INCREF, Py_XDECREF, PyDict_Check, PyDict_Clear, PyDict_Next, PyDict_Size, PyExc_RuntimeError,
    PyExc_ValueError, PyObject,
};
use hpy_abi::{HPy, HPyContext, HPyDictIter};

use crate::forward::{fail, null_argument, wrong_type};
use crate::generated::calls::null;
use crate::handle::{handle, object};
use crate::lock::in_critical_section;
use crate::lookup::{PyDict_GetItemRef, PyDict_Pop, PyDict_SetDefaultRef, look_ups};

look_ups!(ctx_Dict_GetItemRef, ctx_Dict_GetItemRef_s = PyDict_GetItemRef);

/// Gives the value that a function has found to its caller, who may not want it.
///
/// # Safety
/// `result` is null or a place; the thread is attached.
unsafe fn give(value: *mut PyObject, result: *mut HPy) {
    // SAFETY: by contract.
    unsafe {
        match result.as_mut() {
            Some(result) => *result = handle(value),
            None => Py_XDECREF(value),
        }
    }
}

pub(crate) unsafe extern "C" fn ctx_Dict_SetDefaultRef(
    _: *mut HPyContext,
    dict: HPy,
    key: HPy,
    value: HPy,
    result: *mut HPy,
) -> c_int {
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe {
        give(ptr::null_mut(), result);
        if dict.is_null() || key.is_null() || value.is_null() {
            return null_argument(null::ctx_Dict_SetDefaultRef);
        }
        if PyDict_Check(object(dict)) == 0 {
            return wrong_type(c"a dict", object(dict));
        }
        let mut found = ptr::null_mut();
        let status = PyDict_SetDefaultRef(object(dict), object(key), object(value), &raw mut found);
        give(found, result);
        status
    }
}

pub(crate) unsafe extern "C" fn ctx_Dict_Pop(
    _: *mut HPyContext,
    dict: HPy,
    key: HPy,
    result: *mut HPy,
) -> c_int {
    // SAFETY: the contract of context functions.
    unsafe {
        give(ptr::null_mut(), result);
        if dict.is_null() || key.is_null() {
            return null_argument(null::ctx_Dict_Pop);
        }
        if PyDict_Check(object(dict)) == 0 {
            return wrong_type(c"a dict", object(dict));
        }
        let mut found = ptr::null_mut();
        let status = PyDict_Pop(object(dict), object(key), &raw mut found);
        give(found, result);
        status
    }
}

pub(crate) unsafe extern "C" fn ctx_Dict_Clear(_: *mut HPyContext, dict: HPy) -> c_int {
    if dict.is_null() {
        return null_argument(null::ctx_Dict_Clear);
    }
    // SAFETY: the contract of context functions.
    unsafe {
        if PyDict_Check(object(dict)) == 0 {
            return wrong_type(c"a dict", object(dict));
        }
        PyDict_Clear(object(dict));
    }
    0
}

pub(crate) unsafe extern "C" fn ctx_Dict_Next(
    _: *mut HPyContext,
    dict: HPy,
    iter: *mut HPyDictIter,
    keys: *mut HPy,
    values: *mut HPy,
    count: isize,
) -> isize {
    if dict.is_null() || iter.is_null() {
        return null_argument(null::ctx_Dict_Next);
    }
    let dict = object(dict);
    // SAFETY: the contract of context functions; the arrays are null or have that many places.
    let next = unsafe {
        if PyDict_Check(dict) == 0 {
            return wrong_type(c"a dict", dict);
        }
        if count <= 0 {
            return fail(PyExc_ValueError, c"count must be positive");
        }
        in_critical_section(dict, || next(dict, &mut *iter, keys, values, count))
    };
    match next {
        Ok(stored) => stored,
        // SAFETY: set once when CPython starts.
        Err(Changed(what)) => unsafe { fail(PyExc_RuntimeError, what) },
    }
}

/// The dict has been changed, as this text says.
struct Changed(&'static CStr);

/// Stores the next items of a dict that does not change meanwhile; gives how many.
///
/// # Safety
/// A dict, and arrays for `count` handles or null.
unsafe fn next(
    dict: *mut PyObject,
    iter: &mut HPyDictIter,
    keys: *mut HPy,
    values: *mut HPy,
    count: isize,
) -> Result<isize, Changed> {
    // SAFETY: by contract; what `PyDict_Next` gives is borrowed from the dict.
    unsafe {
        let size = PyDict_Size(dict);
        if iter._position == 0 && iter._size == 0 {
            (iter._size, iter._left) = (size, size);
        }
        if iter._size != size {
            iter._size = -1;
            return Err(Changed(c"dictionary changed size during iteration"));
        }
        let (mut key, mut value) = (ptr::null_mut(), ptr::null_mut());
        let mut stored = 0;
        while stored < count.min(iter._left)
            && PyDict_Next(dict, &raw mut iter._position, &raw mut key, &raw mut value) != 0
        {
            for (array, item) in [(keys, key), (values, value)] {
                if !array.is_null() {
                    Py_INCREF(item);
                    *array.offset(stored) = handle(item);
                }
            }
            stored += 1;
        }
        iter._left -= stored;
        if stored == 0 {
            let mut position = iter._position;
            if iter._left == 0 && PyDict_Next(dict, &raw mut position, &raw mut key, &raw mut value) != 0 {
                return Err(Changed(c"dictionary keys changed during iteration"));
            }
            iter._left = 0;
        }
        Ok(stored)
    }
}
