//! A record of one opening of a handle, and the table, without which only a record's state can be read.
//!
//! No lock is needed to find out whether a handle is open. Everything else in a record may be used only by whoever holds
//! the [`Table`]. Where records come from and go to is in [`arena`](super::arena).

use std::cell::UnsafeCell;
use std::collections::VecDeque;
use std::ptr::{self, null};
use std::sync::atomic::{AtomicIsize, AtomicU32, AtomicU64, AtomicUsize, Ordering};

use hpy_abi::HPy;

use crate::debug::location::place::{By, Place, Trace};

use super::raw_data::RawData;
use super::record_state::{AtomicState, Kind, Life, Owner, State};

/// One opening of a handle, builder or tracker. The outer handle is its address.
#[repr(C, align(64))]
pub(crate) struct Record {
    pub(crate) inner: AtomicIsize,
    pub(crate) state: AtomicState,
    pub(crate) generation: AtomicU32,
    /// The number of the opening.
    pub(crate) serial: AtomicU64,
    /// The extension's function.
    pub(crate) opened_in: AtomicUsize,
    details: UnsafeCell<Details>,
}

/// What may be used only with the table. In records for arguments only `extra` ever changes; the state tells whether there
/// is one.
#[derive(Default)]
pub(crate) struct Details {
    pub(crate) closed_in: usize,
    /// The next record in the queue, or among the free ones.
    pub(crate) next: Link,
    extra: Option<Box<Extra>>,
    pub(crate) opened_by: By,
    pub(crate) closed_by: By,
    /// The length of a builder; the largest number stands for itself and all larger ones.
    pub(crate) length: u32,
}

const _: () = assert!(size_of::<Record>() == 64 || cfg!(loom));

pub(crate) struct Link(pub(crate) *const Record);

impl Default for Link {
    fn default() -> Self {
        Self(null())
    }
}

/// What few records own.
#[derive(Default)]
pub(crate) struct Extra {
    opened: Option<Trace>,
    pub(crate) closed: Option<Trace>,
    pub(crate) raw_data: Vec<RawData>,
    /// The outer handles in a tracker.
    pub(crate) tracked: Vec<HPy>,
}

/// A record's [`Details`], for reading.
pub(crate) struct View<'a> {
    details: &'a Details,
    pub(crate) serial: u64,
    pub(crate) generation: i64,
    pub(crate) opened: Place,
    pub(crate) closed: Place,
}

impl Details {
    fn raw_data(&self) -> &[RawData] {
        self.extra.as_ref().map_or(&[], |extra| &extra.raw_data)
    }
}

impl<'a> View<'a> {
    pub(crate) fn opened_trace(&self) -> Option<&'a Trace> {
        self.details.extra.as_ref()?.opened.as_ref()
    }

    pub(crate) fn closed_trace(&self) -> Option<&'a Trace> {
        self.details.extra.as_ref()?.closed.as_ref()
    }

    pub(crate) fn raw_data(&self) -> &'a [RawData] {
        self.details.raw_data()
    }

    /// The length of a builder; the largest number stands for itself and all larger ones.
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
    pub(crate) fn state(&self) -> State {
        self.state.load()
    }

    #[inline]
    pub(crate) fn is_open(&self) -> bool {
        self.state().life() == Life::Open
    }

    /// Whether it is an open handle of an object.
    #[inline]
    pub(crate) fn is_open_handle(&self) -> bool {
        self.state().is_open_handle()
    }

    /// Whether the extension has to close it.
    pub(crate) fn is_owned(&self) -> bool {
        self.state().owner() == Owner::Extension
    }

    pub(crate) fn kind(&self) -> Kind {
        self.state().kind()
    }

    /// The outer handle.
    pub(crate) fn handle(&self) -> isize {
        ptr::from_ref(self) as isize
    }

    pub(crate) fn details<'a>(&'a self, table: &'a Table) -> View<'a> {
        let _ = table;
        // SAFETY: whoever holds the table may read the details of all records; it is borrowed as long as the view.
        let details = unsafe { &*self.details.get() };
        let function = self.opened_in.load(Ordering::Relaxed);
        let argument = self.state().is_argument();
        View {
            serial: self.serial(),
            generation: self.generation.load(Ordering::Relaxed).into(),
            opened: Place { function, by: if argument { By::ARGUMENT } else { details.opened_by } },
            closed: if argument {
                Place { function, by: By::ARGUMENT }
            } else {
                Place { function: details.closed_in, by: details.closed_by }
            },
            details,
        }
    }

    /// As [`View::raw_data`], for those who want nothing else.
    #[inline]
    pub(crate) fn raw_data<'a>(&'a self, table: &'a Table) -> &'a [RawData] {
        let _ = table;
        // SAFETY: as above.
        unsafe { &*self.details.get() }.raw_data()
    }

    /// As [`View::length`], for those who want nothing else.
    #[inline]
    pub(crate) fn length(&self, table: &Table) -> u32 {
        let _ = table;
        // SAFETY: as above.
        unsafe { (*self.details.get()).length }
    }

    #[inline]
    pub(crate) fn details_mut<'a>(&'a self, table: &'a mut Table) -> &'a mut Details {
        let _ = table;
        // SAFETY: whoever holds the table alone may change the details of all records; it is borrowed as long as these.
        unsafe { &mut *self.details.get() }
    }

    /// The record behind it in the queue, if it is in there.
    pub(crate) fn next_closed(&self, table: &Table) -> *const Self {
        self.details(table).details.next.0
    }

    pub(crate) fn serial(&self) -> u64 {
        self.serial.load(Ordering::Relaxed)
    }

    /// What few records own, made now if there is none.
    pub(crate) fn extra<'a>(&'a self, table: &'a mut Table) -> &'a mut Extra {
        self.state.set_extra(true);
        self.details_mut(table).extra.get_or_insert_default()
    }
}

impl Record {
    /// Drops what the record owns, before it is reused.
    #[cold]
    #[inline(never)]
    pub(crate) fn forget_extra(&self, table: &mut Table) {
        self.forget_raw_data(table);
        let extra = self.extra(table);
        (extra.opened, extra.closed, extra.tracked) = (None, None, Vec::new());
        self.state.set_extra(false);
    }

    /// Keeps where it was opened.
    pub(crate) fn set_opened_trace(&self, table: &mut Table, trace: Trace) {
        self.extra(table).opened = Some(trace);
    }

    /// Keeps where it is closed, which is about to happen.
    pub(crate) fn set_closed_trace(&self, table: &mut Table, trace: Trace) {
        self.extra(table).closed = Some(trace);
    }

    /// Frees the copies of raw data. The list keeps its memory, as the record may soon be one for such data again.
    pub(crate) fn forget_raw_data(&self, table: &mut Table) {
        let data = &mut self.extra(table).raw_data;
        if data.is_empty() {
            return;
        }
        let size = data.iter().map(RawData::size).sum::<usize>();
        data.clear();
        table.protected_size -= size;
        let serial = self.serial();
        // Records are reused in the order in which they were closed, so it is usually the first.
        match table.protected.front() {
            Some(&(_, first)) if first == serial => {
                table.protected.pop_front();
            }
            _ => table.protected.retain(|&(_, other)| other != serial),
        }
    }
}

/// What changes when a handle is opened or closed. Whoever holds it may use the details of all records.
pub(crate) struct Table {
    /// The first of the free records, which are linked; null if there are none.
    pub(crate) free: *const Record,
    /// The newest chunk of the arena, and how many of its records were used.
    pub(crate) chunk: usize,
    pub(crate) used: usize,
    pub(crate) closed: ClosedQueue,
    /// Closed records with raw data, in the order of the queue, each with the number of its opening.
    pub(crate) protected: VecDeque<(*const Record, u64)>,
    pub(crate) protected_size: usize,
    pub(crate) protected_max: usize,
}

// SAFETY: the pointers are to records, which any thread may use that holds the table.
unsafe impl Send for Table {}

/// The closed records that wait before they are reused. The queue is never empty: at first it holds a record that was never
/// opened.
pub(crate) struct ClosedQueue {
    pub(crate) first: *const Record,
    pub(crate) last: *const Record,
    pub(crate) count: isize,
    pub(crate) limits: QueueLimits,
}

/// How many records may wait in the queue.
#[derive(Clone, Copy)]
pub(crate) struct QueueLimits {
    /// At most half of the largest number, so that [`Self::SLACK`] can be added.
    max: isize,
    /// With more records in the queue, the fast path opens the first of them.
    pub(crate) fast_open_above: isize,
    /// With fewer records in the queue, the fast path closes one more.
    pub(crate) fast_close_below: isize,
}

impl QueueLimits {
    /// What holds unless a number is set.
    pub(crate) const DEFAULT: Self = Self::new(1024, false);

    /// How many records more than the maximum may wait. A program that opens and closes handles by turns then takes records
    /// from the queue and returns them to it, without ever needing the free ones.
    const SLACK: isize = 64;

    /// For `max` records. The fast path keeps no stack traces, so it is never taken with these.
    pub(crate) const fn new(max: isize, stack_traces: bool) -> Self {
        let (fast_open_above, fast_close_below) =
            if stack_traces { (isize::MAX, isize::MIN) } else { (max + 1, max + Self::SLACK) };
        Self { max, fast_open_above, fast_close_below }
    }

    pub(crate) fn max(self) -> isize {
        self.max
    }

    /// Whether a queue of this length has a record to spare.
    #[inline]
    pub(crate) fn allow_reuse(self, count: isize) -> bool {
        count > self.max + 1
    }

    /// Whether a queue of this length has to be shortened.
    #[inline]
    pub(crate) fn are_exceeded(self, count: isize) -> bool {
        count - Self::SLACK > self.max
    }
}

impl Table {
    /// Calls `see` with every record in the queue, beginning with the one that has waited longest.
    pub(crate) fn each_closed<'a>(&'a self, mut see: impl FnMut(&'a Record)) {
        let mut next = self.closed.first;
        loop {
            // SAFETY: the queue holds records of the arena, which outlives the table's guard, and is not empty.
            let record = unsafe { &*next };
            see(record);
            if ptr::eq(record, self.closed.last) {
                break;
            }
            next = record.next_closed(self);
        }
    }
}
