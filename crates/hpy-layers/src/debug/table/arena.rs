//! The memory of all records, and the table that knows which of them are open, closed and free.
//!
//! The memory of a record stays the arena's, so whatever an extension passes as a handle is looked up by its address
//! and never followed blindly.
//!
//! Without memory for more records, closed ones are used again sooner; and when there are none either, what is opened by
//! a call of the API fails with a MemoryError. An argument cannot fail: for them some records are left.

use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::collections::VecDeque;
use std::ptr::{self, NonNull, null, null_mut};
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering};

use hpy_abi::HPy;

use crate::debug::location::place::Place;
use crate::debug::table::record::{ARGUMENT, CLOSED, CONSTANT, EXTRA, FREE, Link, OPEN, QUEUED, Record};
use crate::debug::table::spin_lock::{Guard, Lock};

/// Each chunk is twice as large as the one before, so that a handle is found in few steps.
const FIRST: usize = 32768;
const CHUNKS: usize = 32;

/// So many records more than it should may wait in the queue, so that those that are opened and closed in turns come
/// from there and return.
const SLACK: isize = 64;

/// How many closed handles wait, unless set.
const CLOSED_MAX: isize = 1024;

/// So many records are left for arguments when there is no memory for more: for some hundred calls in each other.
const LEFT: usize = 8192;

/// How many records [`Arena::arguments`] gives.
pub(crate) const ARGUMENTS: usize = 64;

/// All records of an interpreter.
pub(crate) struct Arena {
    /// The first chunk, in which most handles are.
    first: *const Record,
    chunks: [AtomicPtr<Record>; CHUNKS],
    pub(crate) generation: AtomicU32,
    serial: AtomicU64,
    table: Lock<Table>,
}

/// What changes when a handle is opened or closed.
pub(crate) struct Table {
    free: *const Record,
    /// Of the newest chunk, and how many of it were used.
    chunk: usize,
    used: usize,
    /// The queue is never empty: at first there is a record in it that was never opened.
    closed_first: *const Record,
    closed_last: *const Record,
    closed_count: isize,
    /// At most half of the largest number, so that a little more is not too much.
    closed_max: isize,
    /// With more in the queue, the first of it is used again.
    reuse_above: isize,
    /// With less in the queue, one more may wait.
    close_below: isize,
    /// Closed records with raw data, in the order of the queue.
    pub(crate) protected: VecDeque<(*const Record, u64)>,
    pub(crate) protected_size: usize,
    pub(crate) protected_max: usize,
}

// SAFETY: the pointers are to records, which any thread may have that has the table.
unsafe impl Send for Table {}

impl Default for Arena {
    fn default() -> Self {
        let chunks = [const { AtomicPtr::new(null_mut()) }; CHUNKS];
        let first = allocate(0).unwrap_or_else(|| handle_alloc_error(layout(0)));
        chunks[0].store(first, Ordering::Release);
        Self {
            first,
            chunks,
            generation: AtomicU32::new(0),
            serial: AtomicU64::new(0),
            table: Lock::new(Table {
                free: null(),
                chunk: 0,
                used: 1,
                closed_first: first,
                closed_last: first,
                closed_count: 1,
                closed_max: CLOSED_MAX,
                reuse_above: CLOSED_MAX + 1,
                close_below: CLOSED_MAX + SLACK,
                protected: VecDeque::new(),
                protected_size: 0,
                protected_max: 10 * 1024 * 1024,
            }),
        }
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        for (i, chunk) in self.chunks.iter_mut().enumerate() {
            let chunk = *chunk.get_mut();
            if !chunk.is_null() {
                for k in 0..FIRST << i {
                    // SAFETY: each is a valid record, and nobody has it any more.
                    unsafe { ptr::drop_in_place(chunk.add(k)) };
                }
                // SAFETY: `add_chunk` allocated it with this layout.
                unsafe { dealloc(chunk.cast(), layout(i)) };
            }
        }
    }
}

/// The memory of a chunk, if there is some. Zeros are records that were never used.
fn allocate(chunk: usize) -> Option<*mut Record> {
    // SAFETY: the layout is not empty.
    let memory = unsafe { alloc_zeroed(layout(chunk)) };
    (!memory.is_null()).then_some(memory.cast())
}

fn layout(chunk: usize) -> Layout {
    Layout::array::<Record>(FIRST << chunk).expect("fewer records than memory")
}

impl Arena {
    #[inline]
    pub(crate) fn table(&self) -> Guard<'_, Table> {
        self.table.lock()
    }

    /// The record with this address, if there is one.
    #[inline]
    pub(crate) fn get(&self, handle: isize) -> Option<&Record> {
        let offset = handle.cast_unsigned().wrapping_sub(self.first as usize);
        if offset < FIRST * size_of::<Record>() {
            let exact = offset.is_multiple_of(size_of::<Record>());
            // SAFETY: it is within the chunk, whose memory is all valid records, and which lives like the arena.
            return exact
                .then(|| unsafe { NonNull::new_unchecked(self.first.byte_add(offset).cast_mut()).as_ref() });
        }
        self.get_later(handle)
    }

    /// The same for all chunks but the first.
    #[inline(never)]
    fn get_later(&self, handle: isize) -> Option<&Record> {
        for (i, chunk) in self.chunks.iter().enumerate().skip(1) {
            let chunk = chunk.load(Ordering::Acquire);
            if chunk.is_null() {
                return None;
            }
            let offset = handle.cast_unsigned().wrapping_sub(chunk as usize);
            if offset < (FIRST << i) * size_of::<Record>() {
                let exact = offset.is_multiple_of(size_of::<Record>());
                // SAFETY: as above.
                return exact.then(|| unsafe { &*chunk.byte_add(offset) });
            }
        }
        None
    }

    /// Every record that was ever used.
    pub(crate) fn each<'a>(&'a self, table: &Table, mut see: impl FnMut(&'a Record)) {
        for i in 0..=table.chunk {
            let chunk = self.chunks[i].load(Ordering::Acquire);
            let used = if chunk.is_null() {
                0
            } else if i == table.chunk {
                table.used
            } else {
                FIRST << i
            };
            for k in 0..used {
                // SAFETY: as in `get`.
                see(unsafe { &*chunk.add(k) });
            }
        }
    }

    /// Opens a record if that is quickly done: one that was closed long ago is there, and nothing but the place is to be
    /// noted.
    #[inline(always)]
    pub(crate) fn open_quickly(&self, inner: isize, sort: u32, place: Place) -> Option<&Record> {
        let mut table = self.table.try_lock()?;
        if table.closed_count <= table.reuse_above {
            return None;
        }
        // SAFETY: what is in the queue is a record of this arena.
        let record = unsafe { &*table.closed_first };
        if record.state.load(Ordering::Relaxed) & EXTRA != 0 {
            return None;
        }
        table.closed_count -= 1;
        self.set_opened(record, place.function, true);
        let details = record.details_mut(&mut table);
        details.opened_by = place.by;
        let next = details.next.0;
        table.closed_first = next;
        record.inner.store(inner, Ordering::Relaxed);
        record.state.store(OPEN | sort, Ordering::Release);
        Some(record)
    }

    /// Closes a record of this sort, 0 for handles of the extension, if that is quickly done: it is open and has nothing
    /// more, and nothing but the place is to be noted. Returns the inner handle.
    #[inline(always)]
    pub(crate) fn close_quickly(&self, record: &Record, sort: u32, place: Place) -> Option<HPy> {
        let mut table = self.table.try_lock()?;
        if record.state.load(Ordering::Relaxed) != OPEN | sort || table.closed_count >= table.close_below {
            return None;
        }
        record.state.store(CLOSED | sort, Ordering::Release);
        self.enqueue(&mut table, record, place);
        Some(HPy { _i: record.inner() })
    }

    /// Puts a closed record at the end of the queue.
    #[inline(always)]
    fn enqueue(&self, table: &mut Table, record: &Record, place: Place) {
        let details = record.details_mut(table);
        (details.closed_in, details.closed_by) = (place.function, place.by);
        // SAFETY: what is in the queue is a record of this arena, and it is not empty.
        unsafe { &*table.closed_last }.details_mut(table).next = Link(record);
        table.closed_last = record;
        table.closed_count += 1;
    }

    /// A record that is open from now on. `None` if there is no memory.
    #[inline]
    pub(crate) fn open(&self, table: &mut Table, inner: isize, state: u32, place: Place) -> Option<&Record> {
        let record = if table.closed_count > table.closed_max + 1 {
            self.take_closed(table)
        } else {
            self.take_other(table, if state & (ARGUMENT | CONSTANT) == 0 { LEFT } else { 0 })?
        };
        self.set_opened(record, place.function, state & CONSTANT == 0);
        record.details_mut(table).opened_by = place.by;
        record.inner.store(inner, Ordering::Relaxed);
        record.state.store(OPEN | state, Ordering::Release);
        Some(record)
    }

    /// The same for what cannot fail, and does not unless memory has been out for long.
    #[cold]
    pub(crate) fn open_surely(&self, table: &mut Table, inner: isize, state: u32, place: Place) -> &Record {
        self.open(table, inner, state, place).unwrap_or_else(|| handle_alloc_error(layout(table.chunk + 1)))
    }

    #[inline]
    fn set_opened(&self, record: &Record, function: usize, counts: bool) {
        record.serial.store(self.next_serials(1), Ordering::Relaxed);
        let generation = if counts { self.generation.load(Ordering::Relaxed) } else { 0 };
        record.generation.store(generation, Ordering::Relaxed);
        record.opened_in.store(function, Ordering::Relaxed);
    }

    /// Numbers for so many openings. Returns the first.
    #[inline(always)]
    pub(crate) fn next_serials(&self, count: usize) -> u64 {
        self.serial.fetch_add(count as u64, Ordering::Relaxed) + 1
    }

    /// Opens a record of [`arguments`](Self::arguments) that has nothing more, without the table.
    #[inline(always)]
    pub(crate) fn open_argument(&self, record: &Record, inner: isize, serial: u64, function: usize) {
        record.serial.store(serial, Ordering::Relaxed);
        record.generation.store(self.generation.load(Ordering::Relaxed), Ordering::Relaxed);
        record.opened_in.store(function, Ordering::Relaxed);
        record.inner.store(inner, Ordering::Relaxed);
        record.state.store(OPEN | ARGUMENT, Ordering::Release);
    }

    /// Forgets what some of the records of [`arguments`](Self::arguments) have more, before they are used again: so many
    /// from `turn` on. Returns whether others have more.
    pub(crate) fn forget_arguments(&self, first: *const Record, turn: *const Record, count: usize) -> bool {
        let turn = turn..turn.wrapping_add(count);
        let mut table = self.table();
        let mut left = false;
        for i in 0..ARGUMENTS {
            // SAFETY: `arguments` gave that many.
            let record = unsafe { &*first.add(i) };
            if record.state.load(Ordering::Relaxed) & EXTRA == 0 {
                continue;
            }
            if turn.contains(&ptr::from_ref(record)) {
                record.forget_extra(&mut table);
            } else {
                left = true;
            }
        }
        left
    }

    /// Closes one. It is not in the queue, since it is used again soon anyway. Returns whether that was all.
    #[inline(always)]
    pub(crate) fn close_argument(record: &Record) -> bool {
        let plain = record.state.load(Ordering::Relaxed) == OPEN | ARGUMENT;
        if plain {
            record.state.store(CLOSED | ARGUMENT, Ordering::Release);
        }
        plain
    }

    /// Closes one that waits in the queue, or has more. Returns whether it is one of [`arguments`](Self::arguments), which
    /// keeps what it has.
    pub(crate) fn close_other_argument(&self, record: &Record, place: Place) -> bool {
        let mut table = self.table();
        let state = record.state.load(Ordering::Relaxed);
        if state & QUEUED != 0 {
            let _ = self.close(&mut table, record, place);
            return false;
        }
        record.state.store(state & !OPEN | CLOSED, Ordering::Release);
        self.close_extra(&mut table, record);
        true
    }

    /// Some records in a row, for arguments.
    pub(crate) fn arguments(&self, table: &mut Table) -> *const Record {
        if (FIRST << table.chunk) - table.used < ARGUMENTS && !self.add_chunk(table) {
            handle_alloc_error(layout(table.chunk + 1));
        }
        table.used += ARGUMENTS;
        // SAFETY: within the chunk.
        unsafe { self.chunks[table.chunk].load(Ordering::Acquire).add(table.used - ARGUMENTS) }
    }

    /// Takes them back, for any use.
    pub(crate) fn give_back_arguments(&self, table: &mut Table, first: *const Record) {
        for i in 0..ARGUMENTS {
            // SAFETY: `arguments` gave that many.
            let record = unsafe { &*first.add(i) };
            if record.state.load(Ordering::Relaxed) & EXTRA != 0 {
                record.forget_extra(table);
            }
            self.free(table, record);
        }
    }

    /// Returns false if there is no memory.
    fn add_chunk(&self, table: &mut Table) -> bool {
        let Some(chunk) = (table.chunk + 1 < CHUNKS).then(|| allocate(table.chunk + 1)).flatten() else {
            return false;
        };
        for i in table.used..FIRST << table.chunk {
            // SAFETY: within the chunk.
            let record = unsafe { &*self.chunks[table.chunk].load(Ordering::Acquire).add(i) };
            self.free(table, record);
        }
        table.chunk += 1;
        table.used = 0;
        self.chunks[table.chunk].store(chunk, Ordering::Release);
        true
    }

    /// A record from the free ones, or one that was never used, unless no more than `left` of those are there.
    #[cold]
    #[inline(never)]
    fn take_other(&self, table: &mut Table, left: usize) -> Option<&Record> {
        let free = table.free;
        // SAFETY: what is free is a record of this arena.
        if let Some(record) = unsafe { free.as_ref() } {
            table.free = record.details_mut(table).next.0;
            return Some(record);
        }
        if (FIRST << table.chunk) - table.used <= left && !self.add_chunk(table) {
            // The queue is never empty.
            return if table.closed_count > 1 { Some(self.take_closed(table)) } else { None };
        }
        table.used += 1;
        // SAFETY: within the chunk.
        Some(unsafe { &*self.chunks[table.chunk].load(Ordering::Acquire).add(table.used - 1) })
    }

    /// Closes a record, which goes to the queue. Returns the inner handle; `None` if it is not open, perhaps since a
    /// moment ago, and on another thread.
    #[inline]
    #[must_use]
    pub(crate) fn close(&self, table: &mut Table, record: &Record, place: Place) -> Option<HPy> {
        let state = record.state.load(Ordering::Relaxed);
        if state & OPEN == 0 {
            return None;
        }
        record.state.store(state & !OPEN | CLOSED, Ordering::Release);
        if state & EXTRA != 0 {
            self.close_extra(table, record);
        }
        self.enqueue(table, record, place);
        let inner = HPy { _i: record.inner() };
        while table.closed_count - SLACK > table.closed_max {
            self.free_closed(table);
        }
        Some(inner)
    }

    #[cold]
    #[inline(never)]
    fn close_extra(&self, table: &mut Table, record: &Record) {
        let extra = record.extra(table);
        extra.tracked.clear();
        let mut size = 0;
        for data in &mut extra.raw_data {
            data.protect();
            size += data.size();
        }
        if size == 0 {
            return;
        }
        let serial = record.serial();
        table.protected.push_back((record, serial));
        table.protected_size += size;
        while table.protected_size > table.protected_max {
            let Some(&(oldest, _)) = table.protected.front() else { break };
            // SAFETY: what is in there is a record of this arena.
            unsafe { &*oldest }.forget_raw_data(table);
        }
    }

    /// Takes the record that was closed first out of the queue.
    #[inline]
    fn take_closed(&self, table: &mut Table) -> &Record {
        let first = table.closed_first;
        // SAFETY: what is in the queue is a record of this arena; it is not empty.
        let record = unsafe { &*first };
        if record.state.load(Ordering::Relaxed) & EXTRA != 0 {
            record.forget_extra(table);
        }
        table.closed_first = record.details_mut(table).next.0;
        table.closed_count -= 1;
        record
    }

    /// The same, for later use.
    #[cold]
    #[inline(never)]
    fn free_closed(&self, table: &mut Table) {
        let record = self.take_closed(table);
        self.free(table, record);
    }

    fn free(&self, table: &mut Table, record: &Record) {
        let free = table.free;
        // Nobody who remembers its opening finds it any more.
        record.serial.store(0, Ordering::Relaxed);
        record.details_mut(table).next = Link(free);
        table.free = record;
        record.state.store(FREE, Ordering::Release);
    }

    /// The inner handle of the object of a record: its own, or that of another open record that is the same. Handles
    /// of one object are the same on some engines; on others a closed handle has none.
    pub(crate) fn living(&self, table: &Table, record: &Record) -> Option<HPy> {
        let inner = record.inner();
        let mut found = record.is_open_handle();
        if !found {
            self.each(table, |other| found |= other.is_open_handle() && other.inner() == inner);
        }
        found.then_some(HPy { _i: inner })
    }
}

impl Table {
    pub(crate) fn closed_max(&self) -> isize {
        self.closed_max
    }

    /// How many closed handles wait, and whether stack traces are kept, which is never quickly done.
    pub(crate) fn set_limits(&mut self, closed_max: isize, traces: bool) {
        self.closed_max = closed_max;
        self.reuse_above = if traces { isize::MAX } else { closed_max + 1 };
        self.close_below = if traces { isize::MIN } else { closed_max + SLACK };
    }

    /// Every record in the queue, from the one closed first on.
    pub(crate) fn each_closed<'a>(&'a self, mut see: impl FnMut(&'a Record)) {
        let mut next = self.closed_first;
        loop {
            // SAFETY: what is in the queue is a record of the arena, which outlives the table's guard; it is not empty.
            let record = unsafe { &*next };
            see(record);
            if ptr::eq(record, self.closed_last) {
                break;
            }
            next = record.next_closed(self);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As when two threads close the same handle at the same time, so that both have found it open.
    #[test]
    fn a_record_is_closed_once() {
        let arena = Arena::default();
        let mut table = arena.table();
        let record = arena.open(&mut table, 7, 0, Place::default()).unwrap();
        let waiting = table.closed_count;
        assert_eq!(arena.close(&mut table, record, Place::default()), Some(HPy { _i: 7 }));
        assert_eq!(arena.close(&mut table, record, Place::default()), None);
        assert_eq!(table.closed_count, waiting + 1);
        let mut found = 0;
        table.each_closed(|closed| found += usize::from(ptr::eq(closed, record)));
        assert_eq!(found, 1);
    }
}
