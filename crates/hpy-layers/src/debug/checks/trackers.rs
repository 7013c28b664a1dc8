//! Trackers. The handles in them are the extension's, so that closing them is checked like any close.
//!
//! # Safety
//!
//! The functions have the contracts of the methods of [`Layer`](crate::Layer) that they are named after: the arguments are
//! the extension's, and the thread is inside of Python.

use std::ffi::c_int;

use hpy_abi::*;

use crate::call::ApiCall;
use crate::debug::module::Debug;
use crate::debug::table::record_state::Kind;

use super::handles;
use super::opened::find_open;

pub(crate) unsafe fn new(debug: &Debug, call: &ApiCall, size: HPy_ssize_t) -> HPyTracker {
    let inner = call.inner;
    if size < 0 {
        // It knows what to raise. What an engine makes of such a size all the same ends at once.
        // SAFETY: the argument is the extension's; the extension does not get what is made.
        unsafe {
            let made = ((*inner).ctx_Tracker_New)(inner, size);
            if !made.is_null() {
                ((*inner).ctx_Tracker_Close)(inner, made);
            }
        }
        return HPyTracker::NULL;
    }
    // So that adding as many cannot fail.
    let mut tracked = Vec::new();
    let room = tracked.try_reserve_exact(size.cast_unsigned() + 1);
    let Some(record) = room.ok().and_then(|()| handles::open_record(debug, call, 0, Kind::Tracker)) else {
        // SAFETY: the thread is inside of Python.
        unsafe { ((*inner).ctx_Err_NoMemory)(inner) };
        return HPyTracker::NULL;
    };
    record.extra(&mut debug.state.arena.table()).tracked = tracked;
    HPyTracker { _i: record.handle() }
}

pub(crate) unsafe fn add(debug: &Debug, call: &ApiCall, ht: HPyTracker, h: HPy) -> c_int {
    let inner = call.inner;
    if ht.is_null() {
        // SAFETY: null is what the extension passed; the engine knows what to raise.
        return unsafe { ((*inner).ctx_Tracker_Add)(inner, ht, HPy::NULL) };
    }
    // SAFETY: the thread is inside of Python.
    if let Some(record) = unsafe { find_open(debug, call, ht._i, Kind::Tracker) } {
        let mut table = debug.state.arena.table();
        let tracked = &mut record.extra(&mut table).tracked;
        if tracked.try_reserve(1).is_err() {
            drop(table);
            // SAFETY: the thread is inside of Python.
            unsafe { ((*inner).ctx_Err_NoMemory)(inner) };
            return -1;
        }
        tracked.push(h);
    }
    0
}

pub(crate) unsafe fn forget_all(debug: &Debug, call: &ApiCall, ht: HPyTracker) {
    // SAFETY: the thread is inside of Python.
    if let Some(record) = unsafe { find_open(debug, call, ht._i, Kind::Tracker) } {
        record.extra(&mut debug.state.arena.table()).tracked.clear();
    }
}

pub(crate) unsafe fn close(debug: &Debug, call: &ApiCall, ht: HPyTracker) {
    // SAFETY: the thread is inside of Python.
    let Some(record) = (unsafe { find_open(debug, call, ht._i, Kind::Tracker) }) else { return };
    let tracked = std::mem::take(&mut record.extra(&mut debug.state.arena.table()).tracked);
    if handles::close_record(debug, call, record, Kind::Tracker).is_none() {
        // Another thread was first, which this reports.
        // SAFETY: the thread is inside of Python.
        unsafe { find_open(debug, call, ht._i, Kind::Tracker) };
    }
    for h in tracked {
        // SAFETY: the extension passed each to be closed here.
        unsafe { handles::close(call, h) };
    }
}
