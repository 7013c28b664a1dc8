//! What a record knows of the functions that make and initialise the instances of its type.

use std::cell::Cell;

use crate::callee::Callee;

/// Whether a call of the type is running, in whatever thread: only within one is Python's limit of the recursion asked.
pub(crate) struct Running(pub(super) Cell<bool>);

impl Running {
    pub(super) const fn no() -> Self {
        Self(Cell::new(false))
    }
}

/// A function of a spec that makes or initialises instances.
#[derive(Clone, Copy)]
pub(crate) struct Constructor {
    pub(super) function: Callee,
    /// What CPython has in the slot, as long as nobody has put something else there.
    entry: *const (),
}

impl Constructor {
    pub(super) const NONE: Self = Self { function: Callee::NONE, entry: std::ptr::null() };

    pub(super) fn new(function: Callee, entry: *const ()) -> Self {
        Self { function, entry }
    }

    /// Whether this is what is in the slot.
    #[inline(always)]
    pub(super) fn is_in(&self, slot: *const ()) -> bool {
        self.entry == slot && !slot.is_null()
    }
}
