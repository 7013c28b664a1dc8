//! Trackers: handles that are closed together.

use std::alloc::{Layout, alloc};
use std::ffi::c_int;

use hpy_abi::{HPy, HPyContext, HPyTracker};
use pyo3_ffi::{Py_XDECREF, PyExc_ValueError};

use crate::boundary;
use crate::forward::{Outcome, fail, null_argument};
use crate::generated::calls::null;
use crate::handle::object;

/// How many handles a tracker of size 0 is for.
const DEFAULT_SIZE: usize = 5;

/// What an `HPyTracker` points to. Between calls `handles` has room for one more, so that an `add` that fails has
/// taken its handle nevertheless, and no handle is lost.
struct Tracker {
    handles: Vec<HPy>,
}

impl Outcome for HPyTracker {
    const ERROR: Self = HPyTracker::NULL;
}

/// `HPyTracker_New`.
///
/// # Safety
/// The contract of context functions, see `crate::forward`.
pub unsafe extern "C" fn ctx_Tracker_New(_: *mut HPyContext, size: isize) -> HPyTracker {
    let size = match usize::try_from(size) {
        Ok(0) => DEFAULT_SIZE,
        Ok(size) => size,
        Err(_) => {
            // SAFETY: the contract of context functions, see `crate::forward`.
            return unsafe { fail(PyExc_ValueError, c"HPyTracker_New: size must not be negative") };
        }
    };
    let mut handles = Vec::new();
    // Not `Box::new`, which ends the process when there is no memory.
    // SAFETY: the layout is not empty.
    let tracker = unsafe { alloc(Layout::new::<Tracker>()) }.cast::<Tracker>();
    if tracker.is_null() {
        return no_memory();
    }
    // One more for the spare place; the largest size cannot be had anyway.
    let reserved = handles.try_reserve_exact(size.saturating_add(1));
    // SAFETY: the memory is ours and of this layout, so from here on a `Box` may own it.
    unsafe { tracker.write(Tracker { handles }) };
    if reserved.is_err() {
        // SAFETY: the memory is ours and of this layout, so from here on a `Box` may own it.
        drop(unsafe { Box::from_raw(tracker) });
        return no_memory();
    }
    HPyTracker { _i: tracker as isize }
}

/// `HPyTracker_Add`.
///
/// # Safety
/// The contract of context functions, see `crate::forward`.
pub unsafe extern "C" fn ctx_Tracker_Add(_: *mut HPyContext, ht: HPyTracker, h: HPy) -> c_int {
    // SAFETY: by the contract of context functions the tracker is null or not yet closed.
    let Some(tracker) = (unsafe { (ht._i as *mut Tracker).as_mut() }) else {
        return null_argument(null::ctx_Tracker_Add);
    };
    // There is room already, unless the last `add` failed and the caller went on all the same.
    if tracker.handles.try_reserve(1).is_err() {
        return no_memory();
    }
    tracker.handles.push(h);
    if tracker.handles.try_reserve(1).is_err() { no_memory() } else { 0 }
}

/// `HPyTracker_ForgetAll`.
///
/// # Safety
/// The contract of context functions, see `crate::forward`.
pub unsafe extern "C" fn ctx_Tracker_ForgetAll(_: *mut HPyContext, ht: HPyTracker) {
    // SAFETY: the contract of context functions, see `crate::forward`.
    if let Some(tracker) = unsafe { (ht._i as *mut Tracker).as_mut() } {
        tracker.handles.clear();
    }
}

/// `HPyTracker_Close`.
///
/// # Safety
/// The contract of context functions, see `crate::forward`.
pub unsafe extern "C" fn ctx_Tracker_Close(_: *mut HPyContext, ht: HPyTracker) {
    if ht.is_null() {
        return;
    }
    // SAFETY: as above, and the caller gives up the tracker, which owns its handles.
    unsafe {
        let tracker = Box::from_raw(ht._i as *mut Tracker);
        for &h in &tracker.handles {
            Py_XDECREF(object(h));
        }
    }
}

#[cold]
fn no_memory<T: Outcome>() -> T {
    boundary::no_memory();
    T::ERROR
}
