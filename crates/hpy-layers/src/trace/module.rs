//! The counters of a module.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use super::counter::Sums;
use super::thread::{Place, Thread};
use crate::sync::lock;

/// A module that is traced.
pub(super) struct Module {
    pub(super) name: String,
    /// Its number in this process, by which threads find their places. No other module ever has it.
    pub(super) number: usize,
    counts: Mutex<Counts>,
}

struct Counts {
    /// At least one. When a thread ends, another goes on in its place.
    places: Vec<Arc<Place>>,
    /// What was there at the last reset.
    forgotten: Sums,
    /// Whether hooks want to know of each call.
    hooks: bool,
}

impl Counts {
    fn sums(&self) -> Sums {
        let mut sums = Sums::default();
        for place in &self.places {
            sums += place.table();
        }
        sums
    }
}

impl Module {
    pub(super) fn new(name: &str, hooks: bool) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let counts = Counts { places: vec![Place::new(hooks)], forgotten: Sums::default(), hooks };
        Self { name: name.to_owned(), number: NEXT.fetch_add(1, Relaxed), counts: Mutex::new(counts) }
    }

    /// A place, whosever it is. It lives as long as the module.
    pub(super) fn any_place(&self) -> *const Place {
        Arc::as_ptr(&lock(&self.counts).places[0])
    }

    /// A place for a thread that has none.
    pub(super) fn take_place(&self, thread: &Thread) -> Arc<Place> {
        let mut counts = lock(&self.counts);
        if let Some(place) = counts.places.iter().find(|place| place.try_take(thread)) {
            return place.clone();
        }
        let place = Place::new(counts.hooks);
        place.try_take(thread);
        counts.places.push(place.clone());
        place
    }

    pub(super) fn set_hooks(&self, hooks: bool) {
        let mut counts = lock(&self.counts);
        counts.hooks = hooks;
        for place in &counts.places {
            place.set_hooks(hooks);
        }
    }

    /// What was counted since the last reset.
    pub(super) fn sums(&self) -> Sums {
        let counts = lock(&self.counts);
        counts.sums() - &counts.forgotten
    }

    /// Begins from zero.
    pub(super) fn reset(&self) {
        let mut counts = lock(&self.counts);
        counts.forgotten = counts.sums();
    }
}
