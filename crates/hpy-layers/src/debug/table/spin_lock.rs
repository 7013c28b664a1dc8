//! A lock for what takes a few instructions, and is taken with each handle that is opened or closed.
//!
//! Taking and giving it back costs some five instructions, a tenth of the standard library's. Nobody who holds it
//! calls code of others, so that there is never long to wait.

use std::cell::UnsafeCell;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering};

/// A value behind the lock.
pub(crate) struct SpinLock<T> {
    taken: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: only one thread at a time has the value.
unsafe impl<T: Send> Sync for SpinLock<T> {}

/// Has the value until it is dropped.
pub(crate) struct Guard<'a, T>(&'a SpinLock<T>);

impl<T> SpinLock<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self { taken: AtomicBool::new(false), value: UnsafeCell::new(value) }
    }

    /// Waits for the value.
    #[inline]
    pub(crate) fn lock(&self) -> Guard<'_, T> {
        if self.taken.swap(true, Ordering::Acquire) {
            self.wait();
        }
        Guard(self)
    }

    /// The value, unless somebody else has it.
    #[inline(always)]
    pub(crate) fn try_lock(&self) -> Option<Guard<'_, T>> {
        (!self.taken.swap(true, Ordering::Acquire)).then(|| Guard(self))
    }

    #[cold]
    #[inline(never)]
    fn wait(&self) {
        while self.taken.swap(true, Ordering::Acquire) {
            // Who has it may need the processor.
            for _ in 0..64 {
                if !self.taken.load(Ordering::Relaxed) {
                    break;
                }
                std::hint::spin_loop();
            }
            std::thread::yield_now();
        }
    }
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the guard has the value alone.
        unsafe { &*self.0.value.get() }
    }
}

impl<T> DerefMut for Guard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the guard has the value alone.
        unsafe { &mut *self.0.value.get() }
    }
}

impl<T> Drop for Guard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.0.taken.store(false, Ordering::Release);
    }
}
