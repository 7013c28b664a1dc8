//! Trackers: handles that are closed together.

use std::alloc::{Layout, alloc, dealloc};
use std::ffi::c_int;
use std::mem::MaybeUninit;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};

use crate::ffi::{Py_XDECREF, Py_XINCREF, PyExc_ValueError};
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

/// An empty tracker, null if there is no memory.
fn allocate() -> *mut Tracker {
    // Not `Box::new`, which ends the process when there is no memory.
    // SAFETY: the layout is not empty; what is in `few` is not read before it is written.
    unsafe {
        let tracker = alloc(Layout::new::<Tracker>()).cast::<Tracker>();
        if !tracker.is_null() {
            (&raw mut (*tracker).count).write(0);
            (&raw mut (*tracker).more).write(Vec::new());
        }
        tracker
    }
}

/// # Safety
/// The tracker is empty, and not used any more.
#[inline(always)]
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
    let spare = SPARE.swap(null_mut(), Ordering::Acquire);
    // A negative size is none of the small ones either.
    if !spare.is_null() && size.cast_unsigned() < FEW {
        return HPyTracker { _i: spare as isize };
    }
    new_slowly(spare, size)
}

/// Without a spare one, which is null then, or with many places.
#[cold]
#[inline(never)]
fn new_slowly(spare: *mut Tracker, size: isize) -> HPyTracker {
    let tracker = if spare.is_null() { allocate() } else { spare };
    if tracker.is_null() {
        return no_memory();
    }
    let Ok(size) = usize::try_from(size) else {
        // SAFETY: the tracker is ours and empty; the contract of context functions, see `crate::forward`.
        unsafe {
            release(tracker);
            return fail(PyExc_ValueError, c"HPyTracker_New: size must not be negative");
        }
    };
    // One more for the spare place; the largest size cannot be had anyway.
    // SAFETY: the tracker is ours.
    if size >= FEW && unsafe { &mut (*tracker).more }.try_reserve_exact(size + 1 - FEW).is_err() {
        // SAFETY: the tracker is ours and empty.
        unsafe { release(tracker) };
        return no_memory();
    }
    HPyTracker { _i: tracker as isize }
}

/// A new tracker with duplicates of the handles that `find` stores, of which it returns the number, and the array of them. They
/// may be null. None if it returns that, or if there is no memory; there is no exception then.
///
/// # Safety
/// The handles are valid; `find` stores as many as it says.
#[inline(always)]
pub(crate) unsafe fn duplicates(
    find: impl FnOnce(&mut [MaybeUninit<HPy>]) -> Option<usize>,
) -> Option<(HPyTracker, *const HPy)> {
    let spare = SPARE.swap(null_mut(), Ordering::Acquire);
    let tracker = if spare.is_null() { allocate() } else { spare };
    // SAFETY: the tracker is ours, and empty.
    unsafe {
        let inner = tracker.as_mut()?;
        let Some(count) = find(&mut inner.few[..FEW - 1]) else {
            release(tracker);
            return None;
        };
        for h in &inner.few[..count] {
            Py_XINCREF(object(h.assume_init()));
        }
        inner.count = count;
        Some((HPyTracker { _i: tracker as isize }, inner.few.as_ptr().cast()))
    }
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
    let index = tracker.count;
    match tracker.few.get_mut(index) {
        Some(place) if index < FEW - 1 => {
            place.write(h);
            tracker.count = index + 1;
            0
        }
        _ => add_to_many(tracker, h),
    }
}

/// Adds one for which it is the last place in `few`, or which is in `more`.
#[cold]
#[inline(never)]
fn add_to_many(tracker: &mut Tracker, h: HPy) -> c_int {
    match tracker.few.get_mut(tracker.count) {
        Some(place) => _ = place.write(h),
        // There is room already, unless the last `add` failed and the caller went on all the same.
        None if tracker.more.try_reserve(1).is_err() => return no_memory(),
        None => tracker.more.push(h),
    }
    tracker.count += 1;
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
    // SAFETY: by the contract of context functions the tracker is not yet closed, and the caller gives it up; it owns its
    // handles, and there are at most as many in `few` as there are places.
    unsafe {
        let tracker = ht._i as *mut Tracker;
        if (*tracker).more.capacity() != 0 {
            return close_many(tracker);
        }
        let mut place = (&raw const (*tracker).few).cast::<HPy>();
        let end = place.add(std::mem::take(&mut (*tracker).count));
        while place != end {
            Py_XDECREF(object(*place));
            place = place.add(1);
        }
        release(tracker);
    }
}

/// # Safety
/// The caller gives up the tracker.
#[cold]
#[inline(never)]
unsafe fn close_many(tracker: *mut Tracker) {
    // SAFETY: by contract; the tracker owns its handles.
    unsafe {
        let count = std::mem::take(&mut (*tracker).count);
        for place in (&(*tracker).few)[..count.min(FEW)].iter() {
            Py_XDECREF(object(place.assume_init()));
        }
        for h in std::mem::take(&mut (*tracker).more) {
            Py_XDECREF(object(h));
        }
        release(tracker);
    }
}

#[cold]
fn no_memory<T: Outcome>() -> T {
    boundary::no_memory();
    T::ERROR
}
