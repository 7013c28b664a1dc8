//! Whose call has a context, and what forbids that call the API: one word, so that one comparison tells whether a thread may
//! call the API with the context.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::thread::{THREAD_ALIGN, this_thread};

/// What is true of a call now, in bits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Flags(u32);

impl Flags {
    pub(crate) const NONE: Self = Self(0);
    /// The extension called the API, which did not yet return.
    pub(crate) const INSIDE_API: Self = Self(1 << 0);
    /// The extension left Python and did not re-enter.
    pub(crate) const LEFT_PYTHON: Self = Self(1 << 1);
    /// The function gets no context.
    pub(crate) const WITHOUT_CONTEXT: Self = Self(1 << 2);
    /// The function stored fields, which are checked when it returns.
    pub(crate) const STORED_FIELDS: Self = Self(1 << 3);
    /// It is not of a call: the function opened it, and will close it.
    pub(crate) const OPENED: Self = Self(1 << 4);

    /// With any of these the extension may not call the API. They stand in the [`Permit`].
    pub(crate) const NO_API: Self = Self(Self::INSIDE_API.0 | Self::LEFT_PYTHON.0 | Self::WITHOUT_CONTEXT.0);

    #[inline]
    pub(crate) const fn has(self, any_of: Self) -> bool {
        self.0 & any_of.0 != 0
    }

    pub(crate) const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    pub(crate) const fn bits(self) -> u32 {
        self.0
    }

    pub(crate) const fn and(self, more: Self) -> Self {
        Self(self.0 | more.0)
    }

    /// Whether the extension may call the API.
    pub(crate) const fn allow_api(self) -> bool {
        !self.has(Self::NO_API)
    }
}

/// The thread of a call, with the flags that forbid the API in the bits that are 0 in its number; or an [`Idle`].
#[derive(Debug)]
pub(crate) struct Permit(AtomicUsize);

/// What stands in place of the thread while no call has the context.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Idle {
    /// Ready for the next call.
    Free = 0,
    /// Some of the records for arguments have more than themselves, which has to go before they are used again.
    HasExtra = 1,
}

const FLAGS: usize = Flags::NO_API.bits() as usize;

const _: () = assert!(FLAGS < THREAD_ALIGN, "the flags stand in bits that are 0 in a thread");

impl Permit {
    /// That of a call of this thread.
    pub(crate) fn new() -> Self {
        Self(AtomicUsize::new(this_thread()))
    }

    /// Makes it that of a call of this thread, if it is idle in this way.
    #[inline(always)]
    pub(crate) fn try_take(&self, idle: Idle) -> bool {
        let thread = this_thread();
        debug_assert!(thread.is_multiple_of(THREAD_ALIGN));
        self.0.compare_exchange(idle as usize, thread, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    /// The call ended.
    #[inline(always)]
    pub(crate) fn give_back(&self, idle: Idle) {
        self.0.store(idle as usize, Ordering::Release);
    }

    /// Whether a call has it.
    pub(crate) fn is_taken(&self) -> bool {
        self.0.load(Ordering::Relaxed) >= THREAD_ALIGN
    }

    /// Whether a call of this thread has it.
    pub(crate) fn is_of_this_thread(&self) -> bool {
        self.0.load(Ordering::Relaxed) & !FLAGS == this_thread()
    }

    /// Whether a call of this thread has it that may call the API.
    #[inline(always)]
    pub(crate) fn allows_this_thread(&self) -> bool {
        self.0.load(Ordering::Relaxed) == this_thread()
    }

    /// What forbids the API.
    #[inline]
    pub(crate) fn flags(&self) -> Flags {
        Flags((self.0.load(Ordering::Relaxed) & FLAGS) as u32)
    }

    /// Forbids the API for these reasons, too. The call is of this thread, which alone changes it.
    #[inline(always)]
    pub(crate) fn forbid(&self, reasons: Flags) {
        let reasons = reasons.bits() as usize;
        debug_assert!(reasons & !FLAGS == 0);
        self.0.store(self.0.load(Ordering::Relaxed) | reasons, Ordering::Relaxed);
    }

    /// Takes these reasons back.
    #[inline(always)]
    pub(crate) fn allow(&self, reasons: Flags) {
        self.0.store(self.0.load(Ordering::Relaxed) & !(reasons.bits() as usize), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_forbids_the_api_until_it_is_taken_back() {
        let permit = Permit::new();
        for reason in [Flags::INSIDE_API, Flags::LEFT_PYTHON, Flags::WITHOUT_CONTEXT] {
            assert!(permit.allows_this_thread());
            permit.forbid(reason);
            assert!(!permit.allows_this_thread() && permit.is_of_this_thread() && permit.is_taken());
            assert!(permit.flags() == reason);
            permit.allow(reason);
        }
        assert!(permit.allows_this_thread() && permit.flags() == Flags::NONE);
    }

    #[test]
    fn another_thread_is_not_allowed() {
        let permit = Permit::new();
        let elsewhere = std::thread::scope(|scope| {
            scope.spawn(|| permit.allows_this_thread() || permit.is_of_this_thread()).join().unwrap()
        });
        assert!(!elsewhere);
    }

    #[test]
    fn an_idle_one_is_nobodys_until_it_is_taken() {
        let permit = Permit::new();
        for idle in [Idle::Free, Idle::HasExtra] {
            permit.give_back(idle);
            assert!(!permit.is_taken() && !permit.is_of_this_thread() && !permit.allows_this_thread());
            assert!(permit.try_take(idle) && permit.allows_this_thread());
            assert!(!permit.try_take(idle));
        }
    }
}
