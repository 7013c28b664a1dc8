//! A record of one opening of a handle.
//!
//! To find out whether a handle is open takes no lock; what more there is of a record belongs to who holds the
//! [`Table`].

use std::cell::UnsafeCell;
use std::ptr::{self, null};
use std::sync::atomic::{AtomicIsize, AtomicU32, AtomicU64, AtomicUsize, Ordering};

use hpy_abi::HPy;

use crate::debug::checks::raw_data::RawData;
use crate::debug::location::place::{AS_ARGUMENT, Place, Trace};
use crate::debug::table::arena::Table;

/// What a record is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A handle of an object.
    Handle,
    ListBuilder,
    TupleBuilder,
    Tracker,
}

// Bits of the state of a record.
pub(crate) const OPEN: u32 = 1;
pub(crate) const CLOSED: u32 = 2;
/// Belongs to the caller of the function that got it.
pub(crate) const ARGUMENT: u32 = 4;
/// One of the context's own.
pub(crate) const CONSTANT: u32 = 8;
pub(crate) const LIST_BUILDER: u32 = 16;
pub(crate) const TUPLE_BUILDER: u32 = 32;
pub(crate) const TRACKER: u32 = 64;
/// Waits to be used again. One that was never used has no bit.
pub(crate) const FREE: u32 = 128;
/// An argument whose record waits in the queue like others.
pub(crate) const QUEUED: u32 = 512;
/// The record has an [`Extra`].
pub(crate) const EXTRA: u32 = 256;
const KINDS: u32 = LIST_BUILDER | TUPLE_BUILDER | TRACKER;

/// One opening of a handle, builder or tracker. The outer handle is its address.
#[repr(C, align(64))]
pub(crate) struct Record {
    pub(crate) inner: AtomicIsize,
    pub(crate) state: AtomicU32,
    pub(crate) generation: AtomicU32,
    /// Counts openings.
    pub(crate) serial: AtomicU64,
    /// The extension's function.
    pub(crate) opened_in: AtomicUsize,
    details: UnsafeCell<Details>,
}

/// What only changes with the table. In records for arguments nothing of it changes but `extra`, for which there is
/// [`EXTRA`].
#[derive(Default)]
pub(crate) struct Details {
    pub(crate) closed_in: usize,
    /// Of the queue, or of the free ones.
    pub(crate) next: Link,
    extra: Option<Box<Extra>>,
    pub(crate) opened_by: u16,
    pub(crate) closed_by: u16,
    /// That of a builder; the largest number means at least as many.
    pub(crate) length: u32,
}

const _: () = assert!(size_of::<Record>() == 64);

pub(crate) struct Link(pub(crate) *const Record);

impl Default for Link {
    fn default() -> Self {
        Self(null())
    }
}

/// What few records have.
#[derive(Default)]
pub(crate) struct Extra {
    opened: Option<Trace>,
    pub(crate) closed: Option<Trace>,
    pub(crate) raw_data: Vec<RawData>,
    /// The outer handles in a tracker.
    pub(crate) tracked: Vec<HPy>,
}

/// A view of [`Details`] for those who only look.
pub(crate) struct View<'a> {
    details: &'a Details,
    pub(crate) serial: u64,
    pub(crate) generation: i64,
    pub(crate) opened: Place,
    pub(crate) closed: Place,
}

impl<'a> View<'a> {
    pub(crate) fn opened_trace(&self) -> Option<&'a Trace> {
        self.details.extra.as_ref()?.opened.as_ref()
    }

    pub(crate) fn closed_trace(&self) -> Option<&'a Trace> {
        self.details.extra.as_ref()?.closed.as_ref()
    }

    pub(crate) fn raw_data(&self) -> &'a [RawData] {
        self.details.extra.as_ref().map_or(&[], |extra| &extra.raw_data)
    }

    /// The length of a builder; the largest number means at least as many.
    pub(crate) fn length(&self) -> u32 {
        self.details.length
    }
}

impl Record {
    /// The inner handle or builder.
    #[inline]
    pub(crate) fn inner(&self) -> isize {
        self.inner.load(Ordering::Relaxed)
    }

    #[inline]
    pub(crate) fn state(&self) -> u32 {
        self.state.load(Ordering::Acquire)
    }

    #[inline]
    pub(crate) fn is_open(&self) -> bool {
        self.state() & OPEN != 0
    }

    /// Whether it is an open handle of an object.
    #[inline]
    pub(crate) fn is_open_handle(&self) -> bool {
        self.state() & (OPEN | KINDS) == OPEN
    }

    /// Whether the extension has to close it.
    pub(crate) fn is_owned(&self) -> bool {
        self.state() & (ARGUMENT | CONSTANT) == 0
    }

    pub(crate) fn kind(&self) -> Kind {
        match self.state() & KINDS {
            LIST_BUILDER => Kind::ListBuilder,
            TUPLE_BUILDER => Kind::TupleBuilder,
            TRACKER => Kind::Tracker,
            _ => Kind::Handle,
        }
    }

    /// The outer handle.
    pub(crate) fn handle(&self) -> isize {
        ptr::from_ref(self) as isize
    }

    pub(crate) fn details<'a>(&'a self, table: &'a Table) -> View<'a> {
        let _ = table;
        // SAFETY: who has the table has the details of all records; it is borrowed for as long as the view.
        let details = unsafe { &*self.details.get() };
        let function = self.opened_in.load(Ordering::Relaxed);
        let argument = self.state() & ARGUMENT != 0;
        View {
            serial: self.serial(),
            generation: self.generation.load(Ordering::Relaxed).into(),
            opened: Place { function, by: if argument { AS_ARGUMENT } else { details.opened_by } },
            closed: if argument {
                Place { function, by: AS_ARGUMENT }
            } else {
                Place { function: details.closed_in, by: details.closed_by }
            },
            details,
        }
    }

    #[inline]
    pub(crate) fn details_mut<'a>(&'a self, table: &'a mut Table) -> &'a mut Details {
        let _ = table;
        // SAFETY: who has the table has the details of all records; it is borrowed for as long as these.
        unsafe { &mut *self.details.get() }
    }

    /// The one that was closed after it, if it is in the queue.
    pub(crate) fn next_closed(&self, table: &Table) -> *const Self {
        self.details(table).details.next.0
    }

    pub(crate) fn serial(&self) -> u64 {
        self.serial.load(Ordering::Relaxed)
    }

    /// What few records have, made now if need be.
    pub(crate) fn extra<'a>(&'a self, table: &'a mut Table) -> &'a mut Extra {
        self.state.fetch_or(EXTRA, Ordering::Relaxed);
        self.details_mut(table).extra.get_or_insert_default()
    }
}

impl Record {
    /// Before it is used again.
    #[cold]
    #[inline(never)]
    pub(crate) fn forget_extra(&self, table: &mut Table) {
        self.forget_raw_data(table);
        *self.extra(table) = Extra::default();
        self.state.fetch_and(!EXTRA, Ordering::Relaxed);
    }

    /// Notes where it was opened.
    pub(crate) fn set_opened_trace(&self, table: &mut Table, trace: Trace) {
        self.extra(table).opened = Some(trace);
    }

    /// Notes, before it is closed, where that is.
    pub(crate) fn set_closed_trace(&self, table: &mut Table, trace: Trace) {
        self.extra(table).closed = Some(trace);
    }

    /// Gives the memory of protected raw data back.
    pub(crate) fn forget_raw_data(&self, table: &mut Table) {
        let data = std::mem::take(&mut self.extra(table).raw_data);
        if data.is_empty() {
            return;
        }
        let serial = self.serial();
        // Records are used again in the order in which they were closed, so it is mostly the first.
        if let Some(at) = table.protected.iter().position(|&(_, other)| other == serial) {
            table.protected.remove(at);
        }
        table.protected_size -= data.iter().map(RawData::size).sum::<usize>();
    }
}
