//! What must be true of a type before it is used.

use std::ffi::CStr;

use crate::ffi::{self, PyTypeObject};
use hpy_abi::HPy;

use crate::boundary::{Raised, Result, raise_format, type_error};
use crate::definitions::display;
use crate::handle::object;

/// The type behind a handle, or a `TypeError` with this text.
#[inline]
pub(super) unsafe fn as_type(h: HPy, message: &'static CStr) -> Result<*mut PyTypeObject> {
    let ty = object(h);
    // SAFETY: a valid handle.
    unsafe {
        if ty.is_null() || ffi::PyType_Check(ty) == 0 {
            return Err(type_error(message));
        }
    }
    Ok(ty.cast())
}

/// Whether a type is made as far as anybody but its maker may use it. (CPython finishes its static types when needed.)
///
/// # Safety
/// `ty` is a type.
pub(super) unsafe fn is_complete(ty: *mut PyTypeObject) -> bool {
    // SAFETY: by contract, `ty` is a type.
    unsafe {
        ffi::PyType_HasFeature(ty, ffi::Py_TPFLAGS_READY) != 0
            || ffi::PyType_HasFeature(ty, ffi::Py_TPFLAGS_HEAPTYPE) == 0
    }
}

/// The error for a type that is not complete: Python code got hold of it while it is being made.
///
/// # Safety
/// `ty` is a type.
pub(super) unsafe fn incomplete(ty: *mut PyTypeObject) -> Raised {
    let format = c"type '%s' cannot be used yet: the call that creates it has not returned";
    // SAFETY: by contract, `ty` is a type.
    unsafe { raise_format!(ffi::PyExc_TypeError, format, display((*ty).tp_name)) }
}
