//! The list of watched pages, in which a signal handler can look up an address: it only reads atomics, and never waits.
//!
//! Signals belong to the process, and so does this list. Adding and removing pages takes a lock. Entries are reused, and
//! never freed.

use std::ptr::{self, null_mut};
use std::sync::Mutex;
use std::sync::atomic::{self, AtomicPtr};

use crate::sync::lock;
use crate::sync::primitives::{AtomicIsize, AtomicUsize, Ordering};

/// Some pages, and whose data is in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Watched {
    pub(crate) start: usize,
    pub(crate) size: usize,
    /// The handle whose data is in there.
    pub(crate) handle: isize,
}

/// An entry of the list.
#[derive(Default)]
pub(crate) struct Entry {
    /// 0 while it is free.
    start: AtomicUsize,
    size: AtomicUsize,
    handle: AtomicIsize,
    /// The next free entry, if this one is free.
    next: AtomicPtr<Self>,
}

impl Entry {
    /// Begins to watch pages, with an entry that is free.
    fn set(&self, watched: Watched) {
        // Who sees one of these also sees that the entry was free meanwhile.
        self.size.store(watched.size, Ordering::Release);
        self.handle.store(watched.handle, Ordering::Release);
        // Last, since from now on it is found.
        self.start.store(watched.start, Ordering::Release);
    }

    /// Ends that.
    fn clear(&self) {
        self.start.store(0, Ordering::Release);
    }

    /// The pages, if the address is in there.
    fn find(&self, address: usize) -> Option<Watched> {
        let start = self.start.load(Ordering::Acquire);
        let size = self.size.load(Ordering::Acquire);
        if start == 0 || address.wrapping_sub(start) >= size {
            return None;
        }
        let handle = self.handle.load(Ordering::Acquire);
        // Unless another thread has reused the entry meanwhile.
        (self.start.load(Ordering::Relaxed) == start).then_some(Watched { start, size, handle })
    }
}

/// How many entries the first chunk has. Each chunk is twice as large as the one before.
const FIRST_CHUNK: usize = 256;
static CHUNKS: [AtomicPtr<Entry>; 40] = [const { AtomicPtr::new(null_mut()) }; 40];

/// The first entry that is free; null if there is none.
struct Free(*mut Entry);

// SAFETY: entries live forever, and are atomic.
unsafe impl Send for Free {}

static FREE: Mutex<Free> = Mutex::new(Free(null_mut()));

/// Adds pages. `None` if there is no memory.
pub(crate) fn add(watched: Watched) -> Option<&'static Entry> {
    let mut free = lock(&FREE);
    if free.0.is_null() {
        free.0 = add_chunk()?;
    }
    // SAFETY: entries live forever.
    let entry = unsafe { &*free.0 };
    free.0 = entry.next.load(atomic::Ordering::Relaxed);
    entry.set(watched);
    Some(entry)
}

/// Removes pages, before they and the handle go.
pub(crate) fn remove(entry: &'static Entry) {
    let mut free = lock(&FREE);
    entry.clear();
    entry.next.store(free.0, atomic::Ordering::Relaxed);
    free.0 = ptr::from_ref(entry).cast_mut();
}

/// Adds a chunk of free entries. Returns the first of them.
fn add_chunk() -> Option<*mut Entry> {
    let (i, place) =
        CHUNKS.iter().enumerate().find(|(_, chunk)| chunk.load(atomic::Ordering::Relaxed).is_null())?;
    let mut entries = Vec::new();
    entries.try_reserve_exact(FIRST_CHUNK << i).ok()?;
    entries.resize_with(FIRST_CHUNK << i, Entry::default);
    let entries = entries.leak();
    for k in 1..entries.len() {
        let next = ptr::from_ref(&entries[k]).cast_mut();
        entries[k - 1].next.store(next, atomic::Ordering::Relaxed);
    }
    place.store(entries.as_mut_ptr(), atomic::Ordering::Release);
    Some(entries.as_mut_ptr())
}

/// The pages that the address is in. Safe to call from a signal handler.
#[cfg_attr(not(any(unix, test)), expect(dead_code, reason = "only signals are handled"))]
pub(crate) fn find(address: usize) -> Option<Watched> {
    for (i, chunk) in CHUNKS.iter().enumerate() {
        let chunk = chunk.load(atomic::Ordering::Acquire);
        if chunk.is_null() {
            return None;
        }
        for k in 0..FIRST_CHUNK << i {
            // SAFETY: the chunk has that many entries, and lives forever.
            let entry = unsafe { &*chunk.add(k) };
            if let Some(found) = entry.find(address) {
                return Some(found);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watched(start: usize) -> Watched {
        Watched { start, size: 16, handle: 0 }
    }

    #[test]
    fn what_is_added_is_found_until_it_is_removed() {
        // Addresses that no copy has.
        let starts = (1..1000).map(|i| i * 32);
        let entries: Vec<_> = starts.clone().map(|start| add(watched(start)).unwrap()).collect();
        for start in starts {
            assert_eq!(find(start).map(|found| found.start), Some(start));
            assert_eq!(find(start + 15).map(|found| found.start), Some(start));
            assert!(find(start + 16).is_none());
        }
        entries.into_iter().for_each(remove);
        assert!(find(32).is_none());
    }
}

#[cfg(all(test, loom))]
mod loom_tests {
    use loom::sync::Arc;
    use loom::thread;

    use super::*;

    #[test]
    fn what_is_found_was_never_mixed() {
        loom::model(|| {
            let old = Watched { start: 100, size: 10, handle: 1 };
            let new = Watched { start: 95, size: 20, handle: 2 };
            let entry = Arc::new(Entry::default());
            entry.set(old);
            let other = entry.clone();
            let reuse = thread::spawn(move || {
                other.clear();
                other.set(new);
            });
            let found = entry.find(105);
            assert!([None, Some(old), Some(new)].contains(&found), "{found:?}");
            reuse.join().unwrap();
            assert_eq!(entry.find(105), Some(new));
        });
    }
}
