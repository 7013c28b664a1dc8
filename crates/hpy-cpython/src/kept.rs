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

    // Neither this nor `insert` is inlined: each extension of the CPython ABI contains what comes of it.
    #[inline(never)]
    pub(crate) fn find<Q: ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: PartialEq<Q>,
    {
        let all = self.lock();
        let value: *const V = &*all.iter().find(|(other, _)| other == key)?.1;
        // SAFETY: boxed, and never removed while this lives.
        Some(unsafe { &*value })
    }

    /// Whether `is_it` is true for any of the values, in their order. Runs no Python code.
    pub(crate) fn any(&self, mut is_it: impl FnMut(&V) -> bool) -> bool {
        self.lock().iter().any(|(_, value)| is_it(value))
    }

    /// The value of a key. `make` is called without the lock, since it may call CPython, where an exception or a
    /// collection runs code that comes back here; of two values the first is kept.
    ///
    /// # Errors
    /// Those of `make`, and `MemoryError`.
    pub(crate) fn get_or_make(&self, key: K, make: impl FnOnce() -> Result<Box<V>>) -> Result<&V> {
        match self.find(&key) {
            Some(known) => Ok(known),
            None => self.insert(key, make()?),
        }
    }

    #[inline(never)]
    fn insert(&self, key: K, new: Box<V>) -> Result<&V> {
        let mut all = self.lock();
        let known = all.iter().find(|(other, _)| *other == key).map(|(_, known)| &raw const **known);
        let value = match known {
            Some(known) => known,
            None if all.try_reserve(1).is_err() => {
                drop(all);
                return Err(no_memory());
            }
            None => {
                let value = &raw const *new;
                all.push((key, new));
                value
            }
        };
        // SAFETY: as in `find`, boxed, and never removed.
        Ok(unsafe { &*value })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn threads_find_the_same_value() {
        const THREADS: usize = 8;
        for _ in 0..100 {
            let (kept, barrier) = (Kept::<usize, usize>::new(), Barrier::new(THREADS));
            let find = &|number| {
                barrier.wait();
                (0..4).map(|key| *kept.get_or_make(key, || Ok(Box::new(number))).unwrap()).collect::<Vec<_>>()
            };
            std::thread::scope(|scope| {
                let threads: Vec<_> = (0..THREADS).map(|number| scope.spawn(move || find(number))).collect();
                let found: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
                assert!(found.iter().all(|values| *values == found[0]));
            });
        }
    }
}
