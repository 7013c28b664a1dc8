//! Context variables.

use std::ptr;

use crate::ffi::PyContextVar_Get;
use hpy_abi::{HPy, HPyContext};

use crate::forward::null_argument;
use crate::generated::calls::null;
use crate::handle::{handle, object};

pub(crate) unsafe extern "C" fn ctx_ContextVar_Get(
    _: *mut HPyContext,
    context_var: HPy,
    default_value: HPy,
    result: *mut HPy,
) -> i32 {
    if result.is_null() {
        return null_argument(null::ctx_ContextVar_Get);
    }
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe {
        // On failure, too, the caller finds a value that it may close.
        *result = HPy::NULL;
        if context_var.is_null() {
            return null_argument(null::ctx_ContextVar_Get);
        }
        let mut value = ptr::null_mut();
        if PyContextVar_Get(object(context_var), object(default_value), &mut value) < 0 {
            return -1;
        }
        *result = handle(value);
        0
    }
}
