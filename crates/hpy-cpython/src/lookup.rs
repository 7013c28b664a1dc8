//! Look-ups that do not raise for what is missing: what they share, and what CPython has only from 3.13 on.

use std::ffi::{c_char, c_int};
use std::ptr;

use crate::ffi::{Py_DECREF, PyObject, PyUnicode_FromString};
use hpy_abi::HPy;
pub(crate) use pyo3_ffi::compat::PyDict_GetItemRef;

use crate::forward::{Null, null_argument};
use crate::handle::{handle, object};

/// Looks up for a context function that has these arguments. `function` gets the container, the key, and the place for the
/// value; it gives 1, 0 if the key is missing, or -1 with an exception, and then leaves null there.
///
/// # Safety
/// The contract of context functions.
#[inline(always)]
pub(crate) unsafe fn look_up(
    null: Null<c_int>,
    container: HPy,
    key: HPy,
    result: *mut HPy,
    function: impl FnOnce(*mut PyObject, *mut PyObject, *mut *mut PyObject) -> c_int,
) -> c_int {
    if result.is_null() {
        return null_argument(null);
    }
    // SAFETY: by contract.
    unsafe { *result = HPy::NULL };
    if container.is_null() || key.is_null() {
        return null_argument(null);
    }
    let mut value = ptr::null_mut();
    let found = function(object(container), object(key), &raw mut value);
    // SAFETY: by contract.
    unsafe { *result = handle(value) };
    found
}

/// As [`look_up`], with a key in UTF-8.
///
/// # Safety
/// The contract of context functions.
#[inline(always)]
pub(crate) unsafe fn look_up_s(
    null: Null<c_int>,
    container: HPy,
    utf8_key: *const c_char,
    result: *mut HPy,
    function: impl FnOnce(*mut PyObject, *mut PyObject, *mut *mut PyObject) -> c_int,
) -> c_int {
    if result.is_null() {
        return null_argument(null);
    }
    // SAFETY: by contract; the key lives until it is dropped.
    unsafe {
        *result = HPy::NULL;
        if container.is_null() || utf8_key.is_null() {
            return null_argument(null);
        }
        let key = PyUnicode_FromString(utf8_key);
        if key.is_null() {
            return -1;
        }
        let found = look_up(null, container, handle(key), result, function);
        Py_DECREF(key);
        found
    }
}

#[cfg(Py_3_13)]
pub(crate) use pyo3_ffi::PyMapping_GetOptionalItem;

/// What CPython has from 3.13 on.
///
/// # Safety
/// All are valid, the thread is attached.
#[cfg(not(Py_3_13))]
pub(crate) unsafe fn PyMapping_GetOptionalItem(
    container: *mut PyObject,
    key: *mut PyObject,
    result: *mut *mut PyObject,
) -> c_int {
    use pyo3_ffi::{
        PyDict_CheckExact, PyErr_Clear, PyErr_ExceptionMatches, PyExc_KeyError, PyObject_GetItem,
    };
    // SAFETY: by contract.
    unsafe {
        if PyDict_CheckExact(container) != 0 {
            return PyDict_GetItemRef(container, key, result);
        }
        *result = PyObject_GetItem(container, key);
        if !(*result).is_null() {
            return 1;
        }
        if PyErr_ExceptionMatches(PyExc_KeyError) == 0 {
            return -1;
        }
        PyErr_Clear();
        0
    }
}

/// The two context functions of a look-up: by an object, and by a name or key in UTF-8.
macro_rules! look_ups {
    ($by_object:ident, $by_text:ident = $function:path) => {
        #[doc = concat!("`", stringify!($function), "`")]
        pub(crate) unsafe extern "C" fn $by_object(
            _: *mut ::hpy_abi::HPyContext,
            container: ::hpy_abi::HPy,
            key: ::hpy_abi::HPy,
            result: *mut ::hpy_abi::HPy,
        ) -> ::std::ffi::c_int {
            let null = $crate::generated::calls::null::$by_object;
            // SAFETY: the contract of context functions, see `crate::forward`.
            unsafe {
                $crate::lookup::look_up(null, container, key, result, |container, key, value| {
                    $function(container, key, value)
                })
            }
        }

        #[doc = concat!("`", stringify!($function), "`, for a name or key in UTF-8")]
        pub(crate) unsafe extern "C" fn $by_text(
            _: *mut ::hpy_abi::HPyContext,
            container: ::hpy_abi::HPy,
            utf8_key: *const ::std::ffi::c_char,
            result: *mut ::hpy_abi::HPy,
        ) -> ::std::ffi::c_int {
            let null = $crate::generated::calls::null::$by_text;
            // SAFETY: the contract of context functions, see `crate::forward`.
            unsafe {
                $crate::lookup::look_up_s(null, container, utf8_key, result, |container, key, value| {
                    $function(container, key, value)
                })
            }
        }
    };
}

pub(crate) use look_ups;
