//! The state of a record in one word, which is read without the table's lock.
//!
//! The layout of the bits is known here alone. Zeros, as fresh memory has them, are a record that was never used.

use crate::sync::primitives::{AtomicU32, Ordering};

/// What a record is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A handle of an object.
    Handle,
    ListBuilder,
    TupleBuilder,
    Tracker,
    UnicodeWriter,
    BytesWriter,
    LongWriter,
    /// Memory that the extension frees. Its handle is known to debug mode alone.
    Block,
}

impl Kind {
    pub(crate) const ALL: [Self; 8] = [
        Self::Handle,
        Self::ListBuilder,
        Self::TupleBuilder,
        Self::Tracker,
        Self::UnicodeWriter,
        Self::BytesWriter,
        Self::LongWriter,
        Self::Block,
    ];

    /// What it is called in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Handle => "handle",
            Self::ListBuilder => "list builder",
            Self::TupleBuilder => "tuple builder",
            Self::Tracker => "tracker",
            Self::UnicodeWriter => "str writer",
            Self::BytesWriter => "bytes writer",
            Self::LongWriter => "int writer",
            Self::Block => "block of memory",
        }
    }
}

/// Where a record is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Life {
    Unused,
    Open,
    Closed,
    /// Ready to be reused for anything. What it was is forgotten.
    Free,
}

/// Who has to close a handle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    Extension,
    /// The context, of which it is a constant.
    Context,
    /// The caller of the function that got it as an argument. The record is one of an argument block.
    Caller,
    /// The same, but the record goes to the queue when it is closed, as others do.
    CallerQueued,
}

/// Life, owner and kind of a record, and whether it has an [`Extra`](super::record::Extra).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct State(u32);

// Life and kind, which are what is mostly asked for, have the lowest byte for themselves.
const KIND_SHIFT: u32 = 2;
const OWNER_SHIFT: u32 = 8;
const LIFE_BITS: u32 = 0b11;
const KIND_BITS: u32 = 0b111 << KIND_SHIFT;
const OWNER_BITS: u32 = 0b11 << OWNER_SHIFT;
const EXTRA_BIT: u32 = 1 << 15;

const _: () = {
    assert!(State::new(Life::Unused, Owner::Extension, Kind::Handle).0 == 0, "zeros are an unused record");
    assert!(
        LIFE_BITS & OWNER_BITS == 0 && (LIFE_BITS | OWNER_BITS) & KIND_BITS == 0,
        "each has its own bits"
    );
    assert!((LIFE_BITS | OWNER_BITS | KIND_BITS) & EXTRA_BIT == 0, "each has its own bits");
    assert!(LIFE_BITS & 0xff == LIFE_BITS && KIND_BITS & 0xff == KIND_BITS, "both are in the lowest byte");
    assert!((OWNER_BITS | EXTRA_BIT) & 0xff == 0, "nothing else is in the lowest byte");
    // The last of each enum is the largest.
    assert!(Life::Free as u32 <= LIFE_BITS, "a life fits into its bits");
    assert!((Owner::CallerQueued as u32) << OWNER_SHIFT <= OWNER_BITS, "an owner fits into its bits");
    assert!((Kind::Block as u32) << KIND_SHIFT <= KIND_BITS, "a kind fits into its bits");
};

impl State {
    #[inline(always)]
    pub(crate) const fn new(life: Life, owner: Owner, kind: Kind) -> Self {
        Self(life as u32 | (owner as u32) << OWNER_SHIFT | (kind as u32) << KIND_SHIFT)
    }

    /// The state of a record that the extension has to close.
    #[inline(always)]
    pub(crate) const fn owned(life: Life, kind: Kind) -> Self {
        Self::new(life, Owner::Extension, kind)
    }

    #[inline]
    pub(crate) const fn life(self) -> Life {
        match self.0 & LIFE_BITS {
            0 => Life::Unused,
            1 => Life::Open,
            2 => Life::Closed,
            _ => Life::Free,
        }
    }

    pub(crate) const fn owner(self) -> Owner {
        match (self.0 & OWNER_BITS) >> OWNER_SHIFT {
            0 => Owner::Extension,
            1 => Owner::Context,
            2 => Owner::Caller,
            _ => Owner::CallerQueued,
        }
    }

    pub(crate) const fn kind(self) -> Kind {
        // Only kinds are stored there.
        Kind::ALL[((self.0 & KIND_BITS) >> KIND_SHIFT) as usize]
    }

    #[inline]
    pub(crate) const fn has_extra(self) -> bool {
        self.0 & EXTRA_BIT != 0
    }

    /// Whether it is an open handle of an object.
    #[inline]
    pub(crate) const fn is_open_handle(self) -> bool {
        self.is_open_of(Kind::Handle)
    }

    /// Whether it is open, and of this kind.
    #[inline]
    pub(crate) const fn is_open_of(self, kind: Kind) -> bool {
        self.0 as u8 == Self::owned(Life::Open, kind).0 as u8
    }

    /// Whether it is that of an argument.
    pub(crate) const fn is_argument(self) -> bool {
        matches!(self.owner(), Owner::Caller | Owner::CallerQueued)
    }

    /// The same, closed.
    #[inline]
    pub(crate) const fn closed(self) -> Self {
        Self(self.0 & !LIFE_BITS | Life::Closed as u32)
    }
}

/// A [`State`] that any thread may read.
pub(crate) struct AtomicState(AtomicU32);

impl AtomicState {
    /// The state, for those who only look.
    #[inline]
    pub(crate) fn load(&self) -> State {
        State(self.0.load(Ordering::Acquire))
    }

    /// The state, for those who hold the table, or whose thread alone uses the record.
    #[inline]
    pub(crate) fn load_relaxed(&self) -> State {
        State(self.0.load(Ordering::Relaxed))
    }

    /// Sets the state. Whoever sees it also sees what was written to the record before.
    #[inline]
    pub(crate) fn store(&self, state: State) {
        self.0.store(state.0, Ordering::Release);
    }

    pub(crate) fn set_extra(&self, has_extra: bool) {
        if has_extra {
            self.0.fetch_or(EXTRA_BIT, Ordering::Relaxed);
        } else {
            self.0.fetch_and(!EXTRA_BIT, Ordering::Relaxed);
        }
    }
}

#[cfg(all(test, loom))]
mod loom_tests {
    use loom::sync::Arc;
    use loom::sync::atomic::AtomicIsize;
    use loom::thread;

    use super::*;

    #[test]
    fn who_sees_it_open_sees_what_was_written() {
        loom::model(|| {
            let record = Arc::new((AtomicState(AtomicU32::new(0)), AtomicIsize::new(0)));
            let other = record.clone();
            let opening = thread::spawn(move || {
                let (state, inner) = &*other;
                inner.store(7, Ordering::Relaxed);
                state.store(State::owned(Life::Open, Kind::Handle));
            });
            let (state, inner) = &*record;
            if state.load().is_open_handle() {
                assert_eq!(inner.load(Ordering::Relaxed), 7);
            }
            opening.join().unwrap();
        });
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn each_part_is_what_it_was_made_of() {
        for life in [Life::Unused, Life::Open, Life::Closed, Life::Free] {
            for owner in [Owner::Extension, Owner::Context, Owner::Caller, Owner::CallerQueued] {
                for kind in Kind::ALL {
                    let state = AtomicState(AtomicU32::new(0));
                    state.store(State::new(life, owner, kind));
                    state.set_extra(true);
                    let read = state.load();
                    assert_eq!((read.life(), read.owner(), read.kind()), (life, owner, kind));
                    assert!(read.has_extra());
                    assert_eq!((read.closed().life(), read.closed().owner()), (Life::Closed, owner));
                    assert_eq!(read.is_open_handle(), (life, kind) == (Life::Open, Kind::Handle));
                    for other in Kind::ALL {
                        assert_eq!(read.is_open_of(other), (life, kind) == (Life::Open, other));
                    }
                    state.set_extra(false);
                    assert!(state.load() == State::new(life, owner, kind));
                }
            }
        }
    }
}
