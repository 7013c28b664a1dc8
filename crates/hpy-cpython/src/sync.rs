//! Taking a mutex, and what lock-free code is made of.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks a mutex, even if a thread panicked while it held it: what stands behind mutexes is valid after each step.
pub fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The types of the standard library, or those with which `cargo xtask loom` tries all orders of threads.
pub(crate) mod primitives {
    #[cfg(loom)]
    pub(crate) use loom::sync::atomic::{AtomicIsize, AtomicUsize, Ordering};
    #[cfg(loom)]
    pub(crate) use loom::sync::{Condvar, Mutex};
    #[cfg(not(loom))]
    pub(crate) use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering};
    #[cfg(not(loom))]
    pub(crate) use std::sync::{Condvar, Mutex};
}
