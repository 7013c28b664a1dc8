//! Counters of calls, and tables and sums of them.

use std::collections::BTreeMap;
use std::ops::{AddAssign, Sub};
use std::sync::{Arc, Mutex};

use super::slot::ThreadSlot;
use crate::Member;
use crate::sync::lock;
use crate::sync::primitives::{AtomicU64, Ordering::Relaxed};

const FIRST_MEMBER: usize = Member::ALL[0] as usize;
/// From the first to the last function of the context; the constants among them are never counted.
pub(crate) const MEMBERS: usize = Member::ALL[Member::ALL.len() - 1] as usize - FIRST_MEMBER + 1;

/// The index of a function of the context in a table.
#[inline]
pub(crate) const fn index_of(member: Member) -> usize {
    member as usize - FIRST_MEMBER
}

/// The calls of one function. Only one thread writes, and any may read.
#[derive(Default)]
pub(crate) struct Counter {
    calls: AtomicU64,
    total: AtomicU64,
    own: AtomicU64,
}

impl Counter {
    /// A call begins. Returns the total.
    #[inline(always)]
    pub(crate) fn begin(&self) -> u64 {
        add(&self.calls, 1);
        self.total.load(Relaxed)
    }

    /// A call ended that spent `own` ticks outside of the calls that it made. `total` overwrites what nested calls of the
    /// same function have added, since that is part of the time of this call.
    #[inline(always)]
    pub(crate) fn end(&self, total: u64, own: u64) {
        self.total.store(total, Relaxed);
        add(&self.own, own);
    }

    /// The clocks of processors may differ, so that a time seems to be negative.
    fn read(&self) -> Sum {
        let time = |ticks: &AtomicU64| ticks.load(Relaxed).cast_signed().max(0).cast_unsigned();
        Sum { calls: self.calls.load(Relaxed), total: time(&self.total), own: time(&self.own) }
    }
}

/// Nobody else writes, so this need not be atomic as a whole.
#[inline(always)]
fn add(number: &AtomicU64, by: u64) {
    number.store(number.load(Relaxed).wrapping_add(by), Relaxed);
}

/// The counters of one thread in one module.
pub(crate) struct Table {
    api: [Counter; MEMBERS],
    /// By address. Only the thread adds to it.
    functions: Mutex<Vec<(usize, Arc<FunctionCounter>)>>,
}

/// The counter of a function of the extension.
#[derive(Default)]
pub(crate) struct FunctionCounter {
    pub(crate) counter: Counter,
    pub(crate) slot: ThreadSlot,
}

impl Default for Table {
    fn default() -> Self {
        Self { api: std::array::from_fn(|_| Counter::default()), functions: Mutex::default() }
    }
}

impl Table {
    #[inline(always)]
    pub(crate) fn api(&self, member: Member) -> &Counter {
        &self.api[index_of(member)]
    }

    /// Adds a counter for the function at an address.
    pub(crate) fn add_function(&self, address: usize) -> Arc<FunctionCounter> {
        let counter = Arc::<FunctionCounter>::default();
        lock(&self.functions).push((address, counter.clone()));
        counter
    }

    pub(crate) fn for_each_function(&self, then: impl Fn(&FunctionCounter)) {
        for (_, counter) in &*lock(&self.functions) {
            then(counter);
        }
    }
}

/// Numbers from counters; times are in ticks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) calls: u64,
    pub(crate) total: u64,
    pub(crate) own: u64,
}

impl AddAssign for Sum {
    fn add_assign(&mut self, other: Self) {
        self.calls += other.calls;
        self.total += other.total;
        self.own += other.own;
    }
}

impl Sub for Sum {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        let time = |now: u64, then| now.saturating_sub(then);
        Self {
            calls: self.calls - other.calls,
            total: time(self.total, other.total),
            own: time(self.own, other.own),
        }
    }
}

/// The sum of tables.
#[derive(Clone)]
pub(crate) struct Sums {
    pub(crate) api: Vec<Sum>,
    pub(crate) functions: BTreeMap<usize, Sum>,
}

impl Default for Sums {
    fn default() -> Self {
        Self { api: vec![Sum::default(); MEMBERS], functions: BTreeMap::new() }
    }
}

impl AddAssign<&Table> for Sums {
    fn add_assign(&mut self, table: &Table) {
        for (sum, counter) in self.api.iter_mut().zip(&table.api) {
            *sum += counter.read();
        }
        for (address, counter) in &*lock(&table.functions) {
            *self.functions.entry(*address).or_default() += counter.counter.read();
        }
    }
}

impl Sub<&Sums> for Sums {
    type Output = Self;

    fn sub(mut self, other: &Sums) -> Self {
        for (sum, other) in self.api.iter_mut().zip(&other.api) {
            *sum = *sum - *other;
        }
        for (address, other) in &other.functions {
            let sum = self.functions.entry(*address).or_default();
            *sum = *sum - *other;
        }
        self
    }
}

#[cfg(all(test, loom))]
mod loom_tests {
    use loom::thread;

    use super::*;

    #[test]
    fn numbers_grow_while_the_thread_counts_and_are_whole_at_its_end() {
        loom::model(|| {
            let counter = loom::sync::Arc::new(Counter::default());
            let other = counter.clone();
            let counting = thread::spawn(move || {
                for own in [1, 2] {
                    let total = other.begin();
                    other.end(total + own, own);
                }
            });
            let (first, second) = (counter.read(), counter.read());
            assert!(first.calls <= second.calls && first.total <= second.total && first.own <= second.own);
            counting.join().unwrap();
            assert_eq!(counter.read(), Sum { calls: 2, total: 3, own: 3 });
        });
    }
}
