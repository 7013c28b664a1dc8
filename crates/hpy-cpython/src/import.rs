//! Importing modules.

use std::ffi::c_char;

use hpy_abi::{HPy, HPyContext};

use crate::forward::null_argument;
use crate::generated::calls::null;
use crate::handle::handle;

/// As `PyImport_AddModuleRef` of 3.13.
pub(crate) unsafe extern "C" fn ctx_Import_AddModuleRef(_: *mut HPyContext, utf8_name: *const c_char) -> HPy {
    if utf8_name.is_null() {
        return null_argument(null::ctx_Import_AddModuleRef);
    }
    // SAFETY: the contract of context functions, see `crate::forward`.
    handle(unsafe { crate::ffi::compat::PyImport_AddModuleRef(utf8_name) })
}
