//! Dictionaries.

use std::ffi::{c_char, c_int};

use hpy_abi::{HPy, HPyContext};

use crate::generated::calls::null;
use crate::lookup::{PyDict_GetItemRef, look_up, look_up_s};

pub(crate) unsafe extern "C" fn ctx_Dict_GetItemRef(
    _: *mut HPyContext,
    dict: HPy,
    key: HPy,
    result: *mut HPy,
) -> c_int {
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe {
        look_up(null::ctx_Dict_GetItemRef, dict, key, result, |dict, key, value| {
            PyDict_GetItemRef(dict, key, value)
        })
    }
}

pub(crate) unsafe extern "C" fn ctx_Dict_GetItemRef_s(
    _: *mut HPyContext,
    dict: HPy,
    utf8_key: *const c_char,
    result: *mut HPy,
) -> c_int {
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe {
        look_up_s(null::ctx_Dict_GetItemRef_s, dict, utf8_key, result, |dict, key, value| {
            PyDict_GetItemRef(dict, key, value)
        })
    }
}
