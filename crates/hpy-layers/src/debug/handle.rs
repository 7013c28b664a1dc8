//! Handles for those who look on from outside: which there are, and what is known of each.

use std::sync::Arc;

use hpy_abi::*;

use super::location::place::Place;
use super::state::DebugState;
use super::table::raw_data::RawData;
use super::table::record::{Record, Table};
use super::table::record_state::{Kind, Life, Owner};

/// One opening of a handle. It stays valid when the handle is closed and when its record is used again.
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

    /// The handles of objects that are open, from the oldest on, of this generation and later. The constants of the
    /// context have generation 0.
    #[must_use]
    pub fn all_open(state: &Arc<DebugState>, generation: i64) -> Vec<Self> {
        Self::select(state, |record, opened| {
            record.is_open() && record.kind() == Kind::Handle && opened >= generation
        })
    }

    /// The handles that were closed, from the oldest on, of this generation and later. Arguments are among them, though
    /// they do not wait in the queue, and so there are at most as many as it may have.
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

    /// What was opened in this generation and later and has to be closed by the extension: handles, builders,
    /// trackers. Neither constants nor arguments.
    #[must_use]
    pub fn leaks(state: &Arc<DebugState>, generation: i64) -> Vec<Self> {
        Self::select(state, |record, opened| record.is_open() && record.is_owned() && opened >= generation)
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

    /// What `read` gives of the record, unless it is used for something else by now.
    pub(crate) fn read<R>(&self, read: impl FnOnce(&Record, &mut Table) -> R) -> Option<R> {
        let mut table = self.state.arena.table();
        // SAFETY: records live as long as the state.
        let record = unsafe { &*self.record };
        (record.details(&table).serial == self.serial).then(|| read(record, &mut table))
    }

    /// The handle as a number, which is what the extension has.
    #[must_use]
    pub fn id(&self) -> usize {
        self.record as usize
    }

    /// Whether it was closed. Once its record is used again, it was.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.read(|record, _| !record.is_open()).unwrap_or(true)
    }

    /// What it is a handle of. A handle of an object once its record is used again.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.read(|record, _| record.kind()).unwrap_or(Kind::Handle)
    }

    /// The generation in which it was opened; 0 once its record is used again.
    #[must_use]
    pub fn generation(&self) -> i64 {
        self.read(|record, table| record.details(table).generation).unwrap_or(0)
    }

    /// The engine's handle of the object, borrowed: it lives until the extension goes on. Of a closed handle there
    /// is one only if another handle of the object is open.
    #[must_use]
    pub fn object(&self) -> Option<HPy> {
        self.read(|record, table| match record.kind() {
            Kind::Handle => self.state.arena.living(table, record),
            _ => None,
        })?
    }

    /// The bytes of the copy of the object's data that the extension got last, with the NUL at the end. `None` if it
    /// got none, or if the copy is gone.
    #[must_use]
    pub fn raw_data_size(&self) -> Option<usize> {
        self.read(|record, table| record.details(table).raw_data().last().map(RawData::size))?
    }

    /// Closes a handle of an object in the place of the extension; nothing if it is closed, a constant or an
    /// argument, or no handle of an object.
    ///
    /// # Safety
    ///
    /// The caller is inside of Python, and the extension does not use the handle any more.
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

    /// The lines that say where it was opened: the functions of the API and of the extension, and, if there was a
    /// limit of stack traces, the frames and the Python line. `None` once its record is used again.
    #[must_use]
    pub fn where_opened(&self) -> Option<Vec<String>> {
        let (place, trace) = self.read(|record, table| {
            let details = record.details(table);
            (details.opened, details.opened_trace().cloned())
        })?;
        Some(place.lines_of(trace.as_ref()))
    }

    /// The native frames where it was opened, one in each line as `file(symbol+0xoffset) [0xaddress]`. `None` without
    /// a limit of stack traces.
    #[must_use]
    pub fn opened_frames(&self) -> Option<Vec<String>> {
        let trace = self.read(|record, table| record.details(table).opened_trace().cloned())??;
        Some(trace.frames())
    }
}
