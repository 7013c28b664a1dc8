//! The consumer's side of the buffer protocol: views of the memory of any object.
//!
//! On CPython, `HPy_buffer` has the layout of `Py_buffer`, and a handle is the object. So exporters fill and release the consumer's
//! own view: what some of them point to, such as `shape` at `len`, is inside of it.

use std::ffi::c_int;

use crate::ffi::PyErr_Occurred;
use hpy_abi::{HPy, HPy_buffer, HPyContext};

use crate::boundary::keep_exception;
use crate::engine::{get_buffer, release_buffer};
use crate::forward::null_argument;
use crate::generated::calls::null;
use crate::handle::object;

pub(crate) unsafe extern "C" fn ctx_GetBuffer(
    _: *mut HPyContext,
    h: HPy,
    view: *mut HPy_buffer,
    flags: c_int,
) -> c_int {
    if view.is_null() {
        return null_argument(null::ctx_GetBuffer);
    }
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe {
        (*view).obj = HPy::NULL;
        if h.is_null() {
            return null_argument(null::ctx_GetBuffer);
        }
        let status = get_buffer(object(h), view, flags);
        if status < 0 {
            // Not all exporters do this.
            (*view).obj = HPy::NULL;
        }
        status
    }
}

pub(crate) unsafe extern "C" fn ctx_Buffer_Release(_: *mut HPyContext, view: *mut HPy_buffer) {
    // SAFETY: as above. The release sets no exception by itself.
    unsafe {
        if view.is_null() || (*view).obj.is_null() {
            return;
        }
        let release = || release_buffer(view);
        if PyErr_Occurred().is_null() {
            release();
        } else {
            // The exporter must neither see nor lose it.
            keep_exception(release);
        }
    }
}
