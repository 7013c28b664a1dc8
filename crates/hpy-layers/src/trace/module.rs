//! The counters of a module.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use crate::sync::lock;

use super::counter::Sums;
use super::slot::ThreadTimes;
use super::thread_counters::ThreadCounters;

/// A module that is traced.
pub(crate) struct Module {
    pub(crate) name: String,
    /// The number of the module, by which threads find their counters. It is never reused in this process.
    pub(crate) number: usize,
    counts: Mutex<Counts>,
}

struct Counts {
    /// At least one. When a thread ends, another goes on with its counters.
    of_threads: Vec<Arc<ThreadCounters>>,
    /// What had been counted at the last reset.
    forgotten: Sums,
    /// Whether hooks want to know of each call.
    hooks: bool,
}

impl Counts {
    fn sums(&self) -> Sums {
        let mut sums = Sums::default();
        for counters in &self.of_threads {
            sums += counters.table();
        }
        sums
    }
}

impl Module {
    pub(crate) fn new(name: &str, hooks: bool) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let counts =
            Counts { of_threads: vec![ThreadCounters::new(hooks)], forgotten: Sums::default(), hooks };
        Self { name: name.to_owned(), number: NEXT.fetch_add(1, Relaxed), counts: Mutex::new(counts) }
    }

    /// The counters of some thread. They live as long as the module.
    pub(crate) fn any_counters(&self) -> *const ThreadCounters {
        Arc::as_ptr(&lock(&self.counts).of_threads[0])
    }

    /// Counters for the calling thread, which has none here. Its times have to live until it releases them.
    pub(crate) fn take_counters(&self, times: &ThreadTimes) -> Arc<ThreadCounters> {
        let mut counts = lock(&self.counts);
        if let Some(counters) = counts.of_threads.iter().find(|counters| counters.try_take(times)) {
            return counters.clone();
        }
        let counters = ThreadCounters::new(counts.hooks);
        counters.try_take(times);
        counts.of_threads.push(counters.clone());
        counters
    }

    pub(crate) fn set_hooks(&self, hooks: bool) {
        let mut counts = lock(&self.counts);
        counts.hooks = hooks;
        for counters in &counts.of_threads {
            counters.set_hooks(hooks);
        }
    }

    /// What was counted since the last reset.
    pub(crate) fn sums(&self) -> Sums {
        let counts = lock(&self.counts);
        counts.sums() - &counts.forgotten
    }

    /// Resets the numbers to zero.
    pub(crate) fn reset(&self) {
        let mut counts = lock(&self.counts);
        counts.forgotten = counts.sums();
    }
}
