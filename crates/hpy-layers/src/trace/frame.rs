//! A call that has not ended: what is counted when it begins and when it ends.

use super::clock::{counter_now, now};
use super::counter::Counter;
use super::slot::{ThreadSlot, ThreadTimes};

/// A call that has not ended.
pub struct Frame {
    /// Where the call began. To hold what the slot says would take one more register on the fast path.
    slot: *const ThreadSlot,
    counter: *const Counter,
    /// What `own_since` of the thread was for the caller, less the begin of this call.
    caller: u64,
    /// What the counter's total was, less the begin of this call.
    total: u64,
}

impl Frame {
    /// A call begins on the fast path.
    ///
    /// # Safety
    ///
    /// As for [`begin`](Self::begin), where the slot allows the fast path.
    #[inline(always)]
    pub(crate) unsafe fn begin_fast(slot: &ThreadSlot, counter: &Counter) -> Self {
        // SAFETY: as the caller promises.
        unsafe { Self::begin_at(counter_now, slot, counter) }
    }

    /// A call that began on the fast path ended.
    #[inline(always)]
    pub(crate) fn end_fast(self) {
        self.end_at(counter_now());
    }

    /// A call begins.
    ///
    /// # Safety
    ///
    /// The slot and the counter belong to the calling thread. The call ends on it, before its layer does.
    pub(crate) unsafe fn begin(slot: &ThreadSlot, counter: &Counter) -> Self {
        // SAFETY: as the caller promises.
        unsafe {
            let mut this = Self::begin_at(now, slot, counter);
            this.total = this.total.wrapping_add(slot.times().hooked.get());
            this
        }
    }

    /// The call ended. The time of hooks is not part of it.
    pub(crate) fn end(mut self) {
        self.total = self.total.wrapping_sub(self.times().hooked.get());
        self.end_at(now());
    }

    #[inline(always)]
    unsafe fn begin_at(now: impl FnOnce() -> u64, slot: &ThreadSlot, counter: &Counter) -> Self {
        // SAFETY: the slot belongs to the calling thread.
        let own_since = unsafe { &slot.times().own_since };
        let (caller, total) = (own_since.get(), counter.begin());
        let now = now();
        own_since.set(now);
        Self { slot, counter, caller: caller.wrapping_sub(now), total: total.wrapping_sub(now) }
    }

    #[inline(always)]
    fn end_at(self, now: u64) {
        // SAFETY: the counter lives as long as the layer.
        let counter = unsafe { &*self.counter };
        let own_since = &self.times().own_since;
        counter.end(self.total.wrapping_add(now), now.wrapping_sub(own_since.get()));
        own_since.set(self.caller.wrapping_add(now));
    }

    #[inline(always)]
    fn times(&self) -> &ThreadTimes {
        // SAFETY: the slot lives as long as the layer, and belongs to this thread, on which the call began.
        unsafe { (*self.slot).times() }
    }
}
