//! Trackers. The handles in them are the extension's, so that closing them is checked like any close.

use std::ffi::c_int;

use hpy_abi::*;

use crate::ApiCall;

use crate::debug::layer::Debug;
use crate::debug::reports::report::Rule;
use crate::debug::table::record::{Record, TRACKER};

/// # Safety
///
/// As the methods of [`Layer`](crate::Layer) of these names.
impl Debug {
    pub(crate) unsafe fn tracker_new(&self, call: &ApiCall, size: HPy_ssize_t) -> HPyTracker {
        if size < 0 {
            let inner = call.inner;
            // It knows what to raise.
            // SAFETY: by contract; what an engine makes of such a size ends at once.
            return unsafe {
                let made = ((*inner).ctx_Tracker_New)(inner, size);
                if !made.is_null() {
                    ((*inner).ctx_Tracker_Close)(inner, made);
                }
                HPyTracker::NULL
            };
        }
        // So that adding as many cannot fail.
        let mut tracked = Vec::new();
        let room = tracked.try_reserve_exact(size.cast_unsigned() + 1);
        let Some(record) = room.ok().and_then(|()| self.open_record(call, 0, TRACKER)) else {
            // SAFETY: the thread is inside of Python.
            unsafe { ((*call.inner).ctx_Err_NoMemory)(call.inner) };
            return HPyTracker::NULL;
        };
        record.extra(&mut self.state.table()).tracked = tracked;
        HPyTracker { _i: record.handle() }
    }

    pub(crate) unsafe fn tracker_add(&self, call: &ApiCall, ht: HPyTracker, h: HPy) -> c_int {
        let inner = call.inner;
        if ht.is_null() {
            // SAFETY: by contract; the engine knows what to raise.
            return unsafe { ((*inner).ctx_Tracker_Add)(inner, ht, HPy::NULL) };
        }
        // SAFETY: by contract.
        if let Some(record) = unsafe { self.tracker(call, ht) } {
            let mut table = self.state.table();
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

    pub(crate) unsafe fn tracker_forget_all(&self, call: &ApiCall, ht: HPyTracker) {
        // SAFETY: by contract.
        if let Some(record) = unsafe { self.tracker(call, ht) } {
            record.extra(&mut self.state.table()).tracked.clear();
        }
    }

    pub(crate) unsafe fn tracker_close(&self, call: &ApiCall, ht: HPyTracker) {
        // SAFETY: by contract.
        let Some(record) = (unsafe { self.tracker(call, ht) }) else { return };
        let handles = std::mem::take(&mut record.extra(&mut self.state.table()).tracked);
        if self.close_record(call, record, TRACKER).is_none() {
            // SAFETY: by contract. Another thread was first, which this reports.
            unsafe { self.tracker(call, ht) };
        }
        for h in handles {
            // SAFETY: by contract, of each.
            unsafe { self.close(call, h) };
        }
    }

    /// An open tracker; none if it is null, or if it is not open, which is reported.
    unsafe fn tracker(&self, call: &ApiCall, ht: HPyTracker) -> Option<&Record> {
        if ht.is_null() {
            return None;
        }
        let state = &*self.state;
        let found = state.arena.get(ht._i);
        let right = found.filter(|record| record.is_open() && record.state() & TRACKER != 0);
        if right.is_none() {
            // SAFETY: the thread is inside of Python.
            unsafe {
                state.report(Rule::TrackerClosed, &state.site(call), |report| match found {
                    Some(record) if record.state() & TRACKER != 0 => state.describe_handle(report, record),
                    _ => report.line("tracker", format!("{:#x}: none that is known", ht._i)),
                });
            }
        }
        right
    }
}
