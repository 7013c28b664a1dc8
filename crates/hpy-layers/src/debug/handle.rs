//! Handles as seen from outside: which there are, and what is known of each.

use std::sync::Arc;

use hpy_abi::*;

use super::location::place::Place;
use super::state::DebugState;
use super::table::raw_data::RawData;
use super::table::record::{Record, Table};
use super::table::record_state::{Kind, Life, Owner};

/// One opening of a handle. It stays valid when the handle is closed and when its record is reused.
#[derive(Clone)]
pub struct DebugHandle {
    state: Arc<DebugState>,
    record: *const Record,
    serial: u64,
}

impl PartialEq for DebugHandle {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.record, other.record) && self.serial == other.serial
    }
}

impl Eq for DebugHandle {}

impl DebugHandle {
    fn new(state: &Arc<DebugState>, record: &Record, serial: u64) -> Self {
        Self { state: Arc::clone(state), record, serial }
    }

    /// The open handles of objects, of this generation or later, the oldest first. The constants of the context have
    /// generation 0.
    #[must_use]
    pub fn all_open(state: &Arc<DebugState>, generation: i64) -> Vec<Self> {
        Self::select(state, |record, opened| {
            record.is_open() && record.kind() == Kind::Handle && opened >= generation
        })
    }

    /// The closed handles of objects, of this generation or later, the oldest first. Arguments are among them, though they
    /// are not in the queue. There are at most as many as the queue may have.
    #[must_use]
    pub fn all_closed(state: &Arc<DebugState>, generation: i64) -> Vec<Self> {
        let table = state.arena.table();
        let max = table.closed.limits.max().cast_unsigned();
        let mut found = Vec::new();
        let mut add = |record: &Record| {
            let serial = record.serial();
            if serial != 0 && record.kind() == Kind::Handle {
                found.push((record.details(&table).generation, Self::new(state, record, serial)));
            }
        };
        table.each_closed(&mut add);
        state.arena.each(&table, |record| {
            if (record.state().life(), record.state().owner()) == (Life::Closed, Owner::Caller) {
                add(record);
            }
        });
        found.sort_by_key(|(_, handle)| handle.serial);
        let newest = found.into_iter().rev().take(max);
        let mut chosen: Vec<_> =
            newest.filter(|(opened, _)| *opened >= generation).map(|(_, handle)| handle).collect();
        chosen.reverse();
        chosen
    }

    /// What was opened in this generation or later and has to be closed by the extension: handles, builders, trackers and
    /// writers, but not constants and arguments, nor memory, which may belong to what lives longer.
    #[must_use]
    pub fn leaks(state: &Arc<DebugState>, generation: i64) -> Vec<Self> {
        Self::select(state, |record, opened| {
            record.is_open() && record.is_owned() && record.kind() != Kind::Block && opened >= generation
        })
    }

    fn select(state: &Arc<DebugState>, choose: impl Fn(&Record, i64) -> bool) -> Vec<Self> {
        let table = state.arena.table();
        let mut found = Vec::new();
        state.arena.each(&table, |record| {
            let details = record.details(&table);
            if choose(record, details.generation) {
                found.push(Self::new(state, record, details.serial));
            }
        });
        found.sort_by_key(|handle| handle.serial);
        found
    }

    /// What `read` returns for the record; `None` if the record has been reused.
    pub(crate) fn read<R>(&self, read: impl FnOnce(&Record, &mut Table) -> R) -> Option<R> {
        let mut table = self.state.arena.table();
        // SAFETY: records live as long as the state.
        let record = unsafe { &*self.record };
        (record.details(&table).serial == self.serial).then(|| read(record, &mut table))
    }

    /// The handle as a number, as the extension has it.
    #[must_use]
    pub fn id(&self) -> usize {
        self.record as usize
    }

    /// Whether it was closed. True if its record has been reused.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.read(|record, _| !record.is_open()).unwrap_or(true)
    }

    /// What it is a handle of. [`Kind::Handle`] if its record has been reused.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.read(|record, _| record.kind()).unwrap_or(Kind::Handle)
    }

    /// The generation in which it was opened; 0 if its record has been reused.
    #[must_use]
    pub fn generation(&self) -> i64 {
        self.read(|record, table| record.details(table).generation).unwrap_or(0)
    }

    /// The engine's handle of the object, borrowed: it is valid until the extension runs again. For a closed handle there is
    /// one only if another handle of the object is open.
    #[must_use]
    pub fn object(&self) -> Option<HPy> {
        self.read(|record, table| match record.kind() {
            Kind::Handle => self.state.arena.living(table, record),
            _ => None,
        })?
    }

    /// The size of the last copy of the object's data that the extension got, including the NUL at the end. `None` if there
    /// is none, or the copy has been freed.
    #[must_use]
    pub fn raw_data_size(&self) -> Option<usize> {
        self.read(|record, table| {
            record
                .details(table)
                .raw_data()
                .last()
                .filter(|data| !data.is_of_released_view())
                .map(RawData::size)
        })?
    }

    /// Closes a handle of an object on behalf of the extension. Does nothing if it is closed, a constant, an argument, or not
    /// a handle of an object.
    ///
    /// # Safety
    ///
    /// The thread is inside of Python, and the extension does not use the handle any more.
    pub unsafe fn force_close(&self) {
        let inner = self.read(|record, table| {
            (record.is_open() && record.is_owned() && record.kind() == Kind::Handle)
                .then(|| self.state.arena.close(table, record, Place::default()))
        });
        if let Some(inner) = inner.flatten().flatten() {
            let engine = self.state.engine;
            // SAFETY: the record owned the handle; the thread is inside of Python.
            unsafe { ((*engine).ctx_Close)(engine, inner) };
        }
    }

    /// Where it was opened, in lines: the functions of the API and of the extension, and the frames and the Python line if
    /// stack traces were kept. `None` if its record has been reused.
    #[must_use]
    pub fn where_opened(&self) -> Option<Vec<String>> {
        let (place, trace) = self.read(|record, table| {
            let details = record.details(table);
            (details.opened, details.opened_trace().cloned())
        })?;
        Some(place.lines_of(trace.as_ref()))
    }

    /// The native frames where it was opened, each as `file(symbol+0xoffset) [0xaddress]`. `None` if no stack traces were
    /// kept.
    #[must_use]
    pub fn opened_frames(&self) -> Option<Vec<String>> {
        let trace = self.read(|record, table| record.details(table).opened_trace().cloned())??;
        Some(trace.frames())
    }
}
