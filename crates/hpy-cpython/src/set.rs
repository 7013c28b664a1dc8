//! Sets.

use std::ffi::c_int;

use crate::ffi::{PySet_Add, PySet_Check};
use hpy_abi::{HPy, HPyContext};

use crate::forward::{null_argument, wrong_type};
use crate::generated::calls::null;
use crate::handle::object;

/// `PySet_Add` also changes a frozen set that nobody else knows yet, as other engines cannot.
pub(crate) unsafe extern "C" fn ctx_Set_Add(_: *mut HPyContext, set: HPy, key: HPy) -> c_int {
    if set.is_null() || key.is_null() {
        return null_argument(null::ctx_Set_Add);
    }
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe {
        if PySet_Check(object(set)) == 0 {
            return wrong_type(c"a set", object(set));
        }
        PySet_Add(object(set), object(key))
    }
}
