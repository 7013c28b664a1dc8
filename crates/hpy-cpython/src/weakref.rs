//! Weak references.

use std::ffi::c_int;
use std::ptr;

use crate::ffi::{PyWeakref_Check, PyWeakref_GetRef};
use hpy_abi::{HPy, HPyContext};

use crate::forward::{null_argument, wrong_type};
use crate::generated::calls::null;
use crate::handle::{handle, object};

pub(crate) unsafe extern "C" fn ctx_Weakref_GetRef(_: *mut HPyContext, h: HPy, result: *mut HPy) -> c_int {
    if result.is_null() {
        return null_argument(null::ctx_Weakref_GetRef);
    }
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe {
        *result = HPy::NULL;
        if h.is_null() {
            return null_argument(null::ctx_Weakref_GetRef);
        }
        if PyWeakref_Check(object(h)) == 0 {
            return wrong_type(c"a weak reference", object(h));
        }
        let mut found = ptr::null_mut();
        let status = PyWeakref_GetRef(object(h), &raw mut found);
        *result = handle(found);
        status
    }
}
