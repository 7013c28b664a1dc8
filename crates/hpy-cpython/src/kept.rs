//! Values that are made at their first use and kept as long as their owner.

use std::sync::{Mutex, MutexGuard};

use crate::boundary::{Result, no_memory};
use crate::sync::lock;

/// Values by key. They are few, so a list does.
pub(crate) struct Kept<K, V: ?Sized>(Mutex<Vec<(K, Box<V>)>>);

impl<K: PartialEq, V: ?Sized> Kept<K, V> {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(K, Box<V>)>> {
        lock(&self.0)
    }

    pub(crate) fn find(&self, is: impl Fn(&K) -> bool) -> Option<&V> {
        let all = self.lock();
        let value: *const V = &*all.iter().find(|(key, _)| is(key))?.1;
        // SAFETY: boxed, and never removed while this lives.
        Some(unsafe { &*value })
    }

    /// The value of a key. `make` is called without the lock, since it may call CPython, where an exception or a
    /// collection runs code that comes back here; of two values the first is kept.
    ///
    /// # Errors
    /// Those of `make`, and `MemoryError`.
    pub(crate) fn get_or_make(&self, key: K, make: impl FnOnce() -> Result<Box<V>>) -> Result<&V> {
        if let Some(known) = self.find(|other| *other == key) {
            return Ok(known);
        }
        let new = make()?;
        let mut all = self.lock();
        if let Some((_, known)) = all.iter().find(|(other, _)| *other == key) {
            let known: *const V = &**known;
            drop(all);
            // SAFETY: as in `find`.
            return Ok(unsafe { &*known });
        }
        if all.try_reserve(1).is_err() {
            drop(all);
            return Err(no_memory());
        }
        let value: *const V = &*new;
        all.push((key, new));
        // SAFETY: as in `find`.
        Ok(unsafe { &*value })
    }
}
