//! A spin lock for the table, which is locked each time that a handle is opened or closed, and for a few instructions only.
//!
//! Locking and unlocking takes about five instructions, a tenth of what it takes with the standard library's mutex. Nobody
//! calls foreign code while holding it, so nobody waits for long.

use std::cell::UnsafeCell;
use std::ops::{Deref, DerefMut};

use crate::sync::primitives::{AtomicBool, Ordering};

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
    pub(crate) fn new(value: T) -> Self {
        Self { taken: AtomicBool::new(false), value: UnsafeCell::new(value) }
    }

    /// Waits for access to the value.
    #[inline]
    pub(crate) fn lock(&self) -> Guard<'_, T> {
        self.try_lock().unwrap_or_else(|| self.wait())
    }

    /// Access to the value, unless somebody else has it.
    #[inline(always)]
    pub(crate) fn try_lock(&self) -> Option<Guard<'_, T>> {
        let taken = self.taken.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed);
        taken.is_ok().then(|| Guard(self))
    }

    #[cold]
    #[inline(never)]
    fn wait(&self) -> Guard<'_, T> {
        loop {
            if let Some(guard) = self.try_lock() {
                return guard;
            }
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

#[cfg(all(test, loom))]
mod loom_tests {
    use loom::cell::UnsafeCell;
    use loom::sync::Arc;
    use loom::thread;

    use super::*;

    /// Without waiting, which loom would let a thread do forever.
    #[test]
    fn one_thread_at_a_time_has_the_value() {
        fn try_add(lock: &SpinLock<UnsafeCell<i32>>) -> i32 {
            let Some(value) = lock.try_lock() else { return 0 };
            // SAFETY: the lock is taken; loom fails if another thread has it.
            value.with_mut(|value| unsafe { *value += 1 });
            1
        }
        loom::model(|| {
            let lock = Arc::new(SpinLock::new(UnsafeCell::new(0)));
            let others = [(); 2].map(|()| {
                let lock = lock.clone();
                thread::spawn(move || try_add(&lock))
            });
            let mut expected = try_add(&lock);
            for other in others {
                expected += other.join().unwrap();
            }
            // SAFETY: all other threads have ended.
            assert_eq!(lock.lock().with(|value| unsafe { *value }), expected);
        });
    }
}
