//! Trackers: handles that are closed together.

use std::alloc::{Layout, alloc, dealloc};
use std::ffi::c_int;
use std::mem::MaybeUninit;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};

use crate::ffi::{Py_XDECREF, PyExc_ValueError};
use hpy_abi::{HPy, HPyContext, HPyTracker};

use crate::boundary;
use crate::forward::{Outcome, fail, null_argument};
use crate::generated::calls::null;
use crate::handle::object;

/// How many handles are in the tracker itself.
const FEW: usize = 6;

/// What an `HPyTracker` points to. Between calls there is room for one more handle, so that an `add` that fails has taken its
/// handle nevertheless, and no handle is lost.
struct Tracker {
    count: usize,
    few: [MaybeUninit<HPy>; FEW],
    /// Those for which `few` has no room.
    more: Vec<HPy>,
}

/// The memory of the tracker that was closed last: the next one is nearly always opened after that.
static SPARE: AtomicPtr<Tracker> = AtomicPtr::new(null_mut());

/// Memory for a tracker, null if there is none.
fn allocate() -> *mut Tracker {
    let spare = SPARE.swap(null_mut(), Ordering::Acquire);
    if !spare.is_null() {
        return spare;
    }
    // Not `Box::new`, which ends the process when there is no memory.
    // SAFETY: the layout is not empty.
    unsafe { alloc(Layout::new::<Tracker>()) }.cast()
}

/// # Safety
/// The tracker is empty, and not used any more.
unsafe fn release(tracker: *mut Tracker) {
    let other = SPARE.swap(tracker, Ordering::AcqRel);
    if !other.is_null() {
        // SAFETY: from `allocate`, and nobody else's.
        unsafe { dealloc(other.cast(), Layout::new::<Tracker>()) };
    }
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
        Ok(size) => size,
        Err(_) => {
            // SAFETY: the contract of context functions, see `crate::forward`.
            return unsafe { fail(PyExc_ValueError, c"HPyTracker_New: size must not be negative") };
        }
    };
    let tracker = allocate();
    if tracker.is_null() {
        return no_memory();
    }
    // SAFETY: the memory is ours. What is in `few` is not read before it is written.
    unsafe {
        (&raw mut (*tracker).count).write(0);
        (&raw mut (*tracker).more).write(Vec::new());
    }
    let ht = HPyTracker { _i: tracker as isize };
    // One more for the spare place; the largest size cannot be had anyway.
    // SAFETY: just written.
    if size >= FEW && unsafe { &mut (*tracker).more }.try_reserve_exact(size + 1 - FEW).is_err() {
        // SAFETY: the tracker is ours and empty.
        unsafe { release(tracker) };
        return no_memory();
    }
    ht
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
    tracker.count += 1;
    if let Some(place) = tracker.few.get_mut(tracker.count - 1) {
        place.write(h);
        if tracker.count < FEW {
            return 0;
        }
    } else {
        // There is room already, unless the last `add` failed and the caller went on all the same.
        if tracker.more.try_reserve(1).is_err() {
            tracker.count -= 1;
            return no_memory();
        }
        tracker.more.push(h);
    }
    if tracker.more.try_reserve(1).is_err() { no_memory() } else { 0 }
}

/// `HPyTracker_ForgetAll`.
///
/// # Safety
/// The contract of context functions, see `crate::forward`.
pub unsafe extern "C" fn ctx_Tracker_ForgetAll(_: *mut HPyContext, ht: HPyTracker) {
    // SAFETY: the contract of context functions, see `crate::forward`.
    if let Some(tracker) = unsafe { (ht._i as *mut Tracker).as_mut() } {
        tracker.count = 0;
        tracker.more.clear();
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
        let tracker = ht._i as *mut Tracker;
        let count = (*tracker).count;
        for place in (&(*tracker).few)[..count.min(FEW)].iter() {
            Py_XDECREF(object(place.assume_init()));
        }
        if (*tracker).more.capacity() != 0 {
            for h in std::mem::take(&mut (*tracker).more) {
                Py_XDECREF(object(h));
            }
        }
        release(tracker);
    }
}

#[cold]
fn no_memory<T: Outcome>() -> T {
    boundary::no_memory();
    T::ERROR
}
