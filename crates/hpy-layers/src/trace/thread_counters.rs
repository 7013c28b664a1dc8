//! The counters of one thread in one module.
//!
//! Each thread counts for itself, so that threads do not wait for each other, and a call costs few instructions. Whoever
//! reads adds the counters of all threads up.

use std::cell::{Cell, RefCell};
use std::ptr::null;
use std::sync::{Arc, Mutex};

use crate::sync::lock;

use super::counter::{FunctionCounter, Table};
use super::slot::{Owner, ThreadSlot, ThreadTimes};

/// The counters of one thread in one module.
#[derive(Default)]
pub(crate) struct ThreadCounters {
    slot: ThreadSlot,
    table: Table,
    owner: Mutex<Owner>,
    // What follows belongs to the thread that owns this.
    /// The address of the function that was called last, and its counter.
    last: Cell<(usize, *const FunctionCounter)>,
    functions: RefCell<FunctionMap>,
}

// SAFETY: what is not atomic, or behind a lock, is only used by the thread that owns the counters.
unsafe impl Send for ThreadCounters {}
// SAFETY: as for `Send`.
unsafe impl Sync for ThreadCounters {}

impl ThreadCounters {
    pub(crate) fn new(has_hooks: bool) -> Arc<Self> {
        let counters = Arc::<Self>::default();
        counters.set_hooks(has_hooks);
        counters
    }

    pub(crate) fn set_hooks(&self, has_hooks: bool) {
        self.change_owner(|owner| owner.has_hooks = has_hooks);
    }

    /// Makes the calling thread the owner, unless there is one.
    pub(crate) fn try_take(&self, times: &ThreadTimes) -> bool {
        self.change_owner(|owner| owner.try_take(times))
    }

    /// Leaves the counters to the next thread that needs some, which goes on counting from here.
    pub(crate) fn release(&self) {
        self.change_owner(Owner::release);
    }

    fn change_owner<R>(&self, change: impl FnOnce(&mut Owner) -> R) -> R {
        let mut owner = lock(&self.owner);
        let result = change(&mut owner);
        self.slot.set(&owner);
        self.table.for_each_function(|function| function.slot.set(&owner));
        result
    }

    #[inline(always)]
    pub(crate) fn slot(&self) -> &ThreadSlot {
        &self.slot
    }

    pub(crate) fn table(&self) -> &Table {
        &self.table
    }

    /// The counter of a function of the extension, for the thread that owns this. It lives as long as this.
    #[inline]
    pub(crate) fn function(&self, address: usize) -> *const FunctionCounter {
        let (last, counter) = self.last.get();
        if last == address { counter } else { self.find_function(address) }
    }

    #[inline(never)]
    fn find_function(&self, address: usize) -> *const FunctionCounter {
        let mut functions = self.functions.borrow_mut();
        let counter = functions.find(address).unwrap_or_else(|| {
            let owner = lock(&self.owner);
            let counter = self.table.add_function(address);
            counter.slot.set(&owner);
            functions.add(address, Arc::as_ptr(&counter));
            Arc::as_ptr(&counter)
        });
        self.last.set((address, counter));
        counter
    }
}

/// The counters of functions by address: a table with open addressing, which is never full.
#[derive(Default)]
struct FunctionMap {
    /// A power of two of them, or none. Address 0 is a free slot.
    slots: Vec<(usize, *const FunctionCounter)>,
    used: usize,
}

impl FunctionMap {
    #[inline]
    fn find(&self, address: usize) -> Option<*const FunctionCounter> {
        self.slots.get(self.slot(address)).filter(|(found, _)| *found == address).map(|(_, counter)| *counter)
    }

    /// Where the address stands, or the free slot for it.
    #[inline]
    fn slot(&self, address: usize) -> usize {
        let mask = self.slots.len().wrapping_sub(1);
        // Functions are aligned, so the low bits say little.
        let mut slot = (address >> 4 ^ address >> 11) & mask;
        while let Some(&(found, _)) = self.slots.get(slot) {
            if found == address || found == 0 {
                break;
            }
            slot = (slot + 1) & mask;
        }
        slot
    }

    /// Adds one that is not there.
    fn add(&mut self, address: usize, counter: *const FunctionCounter) {
        if self.slots.len() < 2 * (self.used + 1) {
            let longer = vec![(0, null()); (4 * (self.used + 1)).next_power_of_two()];
            for entry in std::mem::replace(&mut self.slots, longer) {
                if entry.0 != 0 {
                    let slot = self.slot(entry.0);
                    self.slots[slot] = entry;
                }
            }
        }
        let slot = self.slot(address);
        self.slots[slot] = (address, counter);
        self.used += 1;
    }
}
