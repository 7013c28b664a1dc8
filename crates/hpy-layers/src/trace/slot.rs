//! Which thread counts at some place, so that most calls find theirs without a thread-local variable.

use std::cell::Cell;
use std::ptr::{NonNull, null_mut};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicPtr, AtomicUsize};

use crate::thread::this_thread;

use super::clock;

/// The times that a thread needs for the calls that it is in.
#[derive(Default)]
pub(crate) struct ThreadTimes {
    /// When the present call would have begun if it had made no calls, and no hook had run: the time since is its own.
    pub(crate) own_since: Cell<u64>,
    /// Ticks spent in hooks.
    pub(crate) hooked: Cell<u64>,
}

/// The thread that counts at some place. Every thread reads it, to find out whether it is the one.
#[derive(Default)]
pub(crate) struct ThreadSlot {
    /// The number of the thread, while its calls may take the fast path, which knows one clock and no hooks; else 0.
    fast_thread: AtomicUsize,
    times: AtomicPtr<ThreadTimes>,
}

/// Who owns some counters. The slots of these are set by it.
#[derive(Default)]
pub(crate) struct Owner {
    /// The number of the thread; 0 for nobody.
    thread: usize,
    times: Option<NonNull<ThreadTimes>>,
    /// Whether hooks want to know of each call.
    pub(crate) has_hooks: bool,
}

impl Owner {
    /// Makes the calling thread the owner, unless there is one. The times have to live until [`Self::release`].
    pub(crate) fn try_take(&mut self, times: &ThreadTimes) -> bool {
        let is_free = self.thread == 0;
        if is_free {
            (self.thread, self.times) = (this_thread(), Some(NonNull::from(times)));
        }
        is_free
    }

    /// Leaves the counters to the next thread that needs some.
    pub(crate) fn release(&mut self) {
        (self.thread, self.times) = (0, None);
    }
}

impl ThreadSlot {
    /// Whether the calling thread is the one, and may take the fast path.
    #[inline(always)]
    pub(crate) fn allows_fast_path(&self) -> bool {
        self.fast_thread.load(Relaxed) == this_thread()
    }

    /// The times of the thread, which is the calling one.
    ///
    /// # Safety
    ///
    /// The calling thread owns the counters of the slot.
    #[inline(always)]
    pub(crate) unsafe fn times(&self) -> &ThreadTimes {
        // SAFETY: the times of a thread live until it releases its counters, which it does when it ends.
        unsafe { &*self.times.load(Relaxed) }
    }

    pub(crate) fn set(&self, owner: &Owner) {
        self.times.store(owner.times.map_or(null_mut(), NonNull::as_ptr), Relaxed);
        let fast = !owner.has_hooks && clock::is_counter();
        self.fast_thread.store(if fast { owner.thread } else { 0 }, Relaxed);
    }
}
