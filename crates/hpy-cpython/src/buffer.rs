//! Buffers of other objects. Those of an extension's own are slots, see `crate::entries`.

use std::ffi::{c_int, c_void};

use hpy_abi::{HPy, HPy_buffer, HPyContext};
use pyo3_ffi as ffi;

use crate::forward::null_argument;
use crate::generated::calls::null;
use crate::handle::object;

pub(crate) unsafe extern "C" fn ctx_GetBuffer(
    _: *mut HPyContext,
    h: HPy,
    view: *mut c_void,
    flags: c_int,
) -> c_int {
    const { assert!(size_of::<ffi::Py_buffer>() == size_of::<HPy_buffer>()) };
    if h.is_null() || view.is_null() {
        return null_argument(null::ctx_GetBuffer);
    }
    // SAFETY: the contract of context functions, see `crate::forward`; a handle is the pointer to the object, so the
    // structs are the same.
    unsafe { ffi::PyObject_GetBuffer(object(h), view.cast(), flags) }
}

pub(crate) unsafe extern "C" fn ctx_ReleaseBuffer(_: *mut HPyContext, view: *mut c_void) {
    if !view.is_null() {
        // SAFETY: as above.
        unsafe { ffi::PyBuffer_Release(view.cast()) }
    }
}
