//! Views of the memory of other objects. The handle in a view is the extension's as long as the view is not released,
//! so that a view that is never released is a leak like any other.
//!
//! The memory is the object's own, as it is shared. What a view points to can only be kept from use after the release:
//! from then on all pointers in it lead to memory that nobody may access.
//!
//! # Safety
//!
//! The functions have the contracts of the methods of [`Layer`](crate::Layer) that they are named after: the arguments
//! are the extension's, and the thread is inside of Python.

use std::ffi::c_int;

use hpy_abi::*;

use crate::call::ApiCall;
use crate::debug::module::Debug;
use crate::debug::table::record_state::Kind;

use super::{handles, raw_data};

pub(crate) unsafe fn get(
    debug: &Debug,
    call: &ApiCall,
    h: HPy,
    view: *mut HPy_buffer,
    flags: c_int,
) -> c_int {
    let inner = call.inner;
    // SAFETY: the arguments are the extension's, and the handle is unwrapped.
    unsafe { fill(debug, call, h, view, |h| ((*inner).ctx_GetBuffer)(inner, h, view, flags)) }
}

pub(crate) unsafe fn export(
    debug: &Debug,
    call: &ApiCall,
    h: HPy,
    formats: c_int,
    view: *mut HPy_buffer,
) -> c_int {
    let inner = call.inner;
    // SAFETY: the arguments are the extension's, and the handle is unwrapped.
    unsafe { fill(debug, call, h, view, |h| ((*inner).ctx_Unicode_Export)(inner, h, formats, view)) }
}

/// Calls a function that fills a view, with an inner handle.
unsafe fn fill(
    debug: &Debug,
    call: &ApiCall,
    h: HPy,
    view: *mut HPy_buffer,
    function: impl FnOnce(HPy) -> c_int,
) -> c_int {
    let inner = call.inner;
    // SAFETY: the arguments are the extension's; after success, the view holds a new inner handle or null.
    unsafe {
        let h = if h.is_null() { h } else { handles::inner_of(call, h) };
        let status = function(h);
        if status < 0 || (*view).obj.is_null() {
            return status;
        }
        let Some(record) = handles::open_record(debug, call, (*view).obj._i, Kind::Handle) else {
            ((*inner).ctx_Buffer_Release)(inner, view);
            ((*inner).ctx_Err_NoMemory)(inner);
            return -1;
        };
        (*view).obj = HPy { _i: record.handle() };
        status
    }
}

pub(crate) unsafe fn release(debug: &Debug, call: &ApiCall, view: *mut HPy_buffer) {
    // SAFETY: null or a view of the extension.
    let Some(view) = (unsafe { view.as_mut() }).filter(|view| !view.obj.is_null()) else { return };
    let outer = std::mem::replace(&mut view.obj, HPy::NULL);
    let found = debug.state.arena.get(outer._i);
    let owned = found.filter(|record| record.is_open_handle() && record.is_owned());
    let nowhere = owned.and_then(|record| raw_data::forbidden(debug, call, record));
    match owned.and_then(|record| handles::close_record(debug, call, record, Kind::Handle)) {
        Some(handle) => {
            view.obj = handle;
            // SAFETY: the view as the inner context has filled it, which owns the inner handle.
            unsafe { ((*call.inner).ctx_Buffer_Release)(call.inner, view) };
        }
        // SAFETY: the thread is inside of Python.
        None => return unsafe { handles::report_closed(debug, call, outer, found) },
    }
    if let Some(nowhere) = nowhere {
        view.buf = nowhere;
        view.format = nowhere.cast();
        for pointer in [&mut view.shape, &mut view.strides, &mut view.suboffsets] {
            if !pointer.is_null() {
                *pointer = nowhere.cast();
            }
        }
    }
}
