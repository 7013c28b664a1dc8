//! Truth values.

use std::ffi::c_long;

use crate::ffi::PyBool_FromLong;
use hpy_abi::{HPy, HPyContext};

use crate::handle::handle;

pub(crate) unsafe extern "C" fn ctx_Bool_FromBool(_: *mut HPyContext, v: bool) -> HPy {
    // SAFETY: the contract of context functions, see `crate::forward`.
    handle(unsafe { PyBool_FromLong(c_long::from(v)) })
}
