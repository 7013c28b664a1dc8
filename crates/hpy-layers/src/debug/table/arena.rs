//! The memory of all records: opening, closing and reusing them.
//!
//! The arena never gives the memory of a record back. So whatever an extension passes as a handle, it is looked up by its
//! address, and never followed blindly.
//!
//! If there is no memory for more records, closed ones are reused sooner. If there are none of these either, a call of the
//! API that would open a handle fails with a `MemoryError`. A handle of an argument cannot fail, so some records are kept
//! for arguments.

use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::collections::VecDeque;
use std::ptr::{self, NonNull, null, null_mut};
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering};

use hpy_abi::HPy;

use crate::debug::location::place::Place;

use super::record::{ClosedQueue, Link, QueueLimits, Record, Table};
use super::record_state::{Kind, Life, Owner, State};
use super::spin_lock::{Guard, SpinLock};

/// How many records the first chunk has. Each chunk is twice as large as the one before, so that a handle is found in few
/// steps.
const FIRST_CHUNK: usize = 32768;
const CHUNKS: usize = 32;

/// How many records are kept for arguments when there is no memory for more. That is enough for some hundred nested calls.
const RESERVED_FOR_ARGUMENTS: usize = 8192;

/// How many records [`Arena::take_argument_block`] returns.
pub(crate) const ARGUMENT_BLOCK: usize = 64;

const _: () = assert!(ARGUMENT_BLOCK < RESERVED_FOR_ARGUMENTS && RESERVED_FOR_ARGUMENTS < FIRST_CHUNK);

/// How many bytes of raw data of closed handles stay protected, unless set.
const PROTECTED_MAX: usize = 10 * 1024 * 1024;

/// The state of a record in an argument block, while the call runs.
const OPEN_ARGUMENT: State = State::new(Life::Open, Owner::Caller, Kind::Handle);

/// All records of an interpreter.
pub(crate) struct Arena {
    pub(crate) first: FirstChunk,
    chunks: [AtomicPtr<Record>; CHUNKS],
    pub(crate) generation: AtomicU32,
    /// The number of the next opening.
    serial: AtomicU64,
    table: SpinLock<Table>,
}

/// The first chunk, in which most handles are.
#[derive(Clone, Copy)]
pub(crate) struct FirstChunk(*const Record);

// SAFETY: any thread may use records.
unsafe impl Send for FirstChunk {}
// SAFETY: as for `Send`.
unsafe impl Sync for FirstChunk {}

impl FirstChunk {
    /// The record with this address, if it is in the chunk.
    ///
    /// # Safety
    ///
    /// The arena lives as long as the result.
    #[inline(always)]
    pub(crate) unsafe fn get<'a>(self, handle: isize) -> Option<&'a Record> {
        const { assert!(size_of::<Record>().is_power_of_two() || cfg!(loom)) };
        let offset = handle.cast_unsigned().wrapping_sub(self.0 as usize);
        // The bits that are not 0 between two records become the highest, so that one comparison tells of both.
        if offset.rotate_right(size_of::<Record>().trailing_zeros()) >= FIRST_CHUNK {
            return None;
        }
        // SAFETY: the address is that of a record, as the chunk is full of valid records and lives as long as the arena.
        // That way the compiler knows that it is not null.
        Some(unsafe { NonNull::new_unchecked(handle as *mut Record).as_ref() })
    }
}

impl Default for Arena {
    fn default() -> Self {
        let chunks = [const { AtomicPtr::new(null_mut()) }; CHUNKS];
        let first = allocate(0).unwrap_or_else(|| handle_alloc_error(layout(0)));
        chunks[0].store(first, Ordering::Release);
        Self {
            first: FirstChunk(first),
            chunks,
            generation: AtomicU32::new(0),
            serial: AtomicU64::new(1),
            table: SpinLock::new(Table {
                free: null(),
                chunk: 0,
                used: 1,
                closed: ClosedQueue { first, last: first, count: 1, limits: QueueLimits::DEFAULT },
                protected: VecDeque::new(),
                protected_size: 0,
                protected_max: PROTECTED_MAX,
            }),
        }
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        for (i, chunk) in self.chunks.iter_mut().enumerate() {
            let chunk = *chunk.get_mut();
            if !chunk.is_null() {
                for k in 0..FIRST_CHUNK << i {
                    // SAFETY: a chunk is full of valid records, which nobody uses any more.
                    unsafe { ptr::drop_in_place(chunk.add(k)) };
                }
                // SAFETY: `allocate` allocated it with this layout.
                unsafe { dealloc(chunk.cast(), layout(i)) };
            }
        }
    }
}

/// Memory for a chunk, if there is some. Zeros are records that were never used.
fn allocate(chunk: usize) -> Option<*mut Record> {
    // SAFETY: the layout is not empty.
    let memory = unsafe { alloc_zeroed(layout(chunk)) };
    (!memory.is_null()).then_some(memory.cast())
}

fn layout(chunk: usize) -> Layout {
    Layout::array::<Record>(FIRST_CHUNK << chunk).expect("fewer records than memory")
}

impl Arena {
    #[inline]
    pub(crate) fn table(&self) -> Guard<'_, Table> {
        self.table.lock()
    }

    /// The record with this address, if there is one.
    #[inline]
    pub(crate) fn get(&self, handle: isize) -> Option<&Record> {
        // SAFETY: the arena lives as long as the result.
        unsafe { self.first.get(handle) }.or_else(|| self.get_later(handle))
    }

    /// The same for all chunks after the first.
    #[cold]
    #[inline(never)]
    fn get_later(&self, handle: isize) -> Option<&Record> {
        for (i, chunk) in self.chunks.iter().enumerate().skip(1) {
            let chunk = chunk.load(Ordering::Acquire);
            if chunk.is_null() {
                return None;
            }
            let offset = handle.cast_unsigned().wrapping_sub(chunk as usize);
            if offset < (FIRST_CHUNK << i) * size_of::<Record>() {
                let exact = offset.is_multiple_of(size_of::<Record>());
                // SAFETY: the address is that of a record in this chunk, which lives as long as the arena.
                return exact.then(|| unsafe { &*chunk.byte_add(offset) });
            }
        }
        None
    }

    /// Calls `see` with every record that was ever used.
    pub(crate) fn each<'a>(&'a self, table: &Table, mut see: impl FnMut(&'a Record)) {
        for i in 0..=table.chunk {
            let chunk = self.chunks[i].load(Ordering::Acquire);
            let used = if chunk.is_null() {
                0
            } else if i == table.chunk {
                table.used
            } else {
                FIRST_CHUNK << i
            };
            for k in 0..used {
                // SAFETY: the chunk has that many valid records, and lives as long as the arena.
                see(unsafe { &*chunk.add(k) });
            }
        }
    }

    /// Opens a record for the extension on the fast path: if the table is free, and the queue has a record to spare that
    /// owns no [`Extra`](super::record::Extra).
    #[inline(always)]
    pub(crate) fn open_fast(&self, inner: isize, kind: Kind, place: Place) -> Option<&Record> {
        let mut table = self.table.try_lock()?;
        if table.closed.count <= table.closed.limits.fast_open_above {
            return None;
        }
        // SAFETY: the queue holds records of this arena, and is not empty.
        let record = unsafe { &*table.closed.first };
        if record.state.load_relaxed().has_extra() {
            return None;
        }
        table.closed.count -= 1;
        self.set_opened(record, place.function, true);
        let details = record.details_mut(&mut table);
        details.opened_by = place.by;
        let next = details.next.0;
        table.closed.first = next;
        record.inner.store(inner, Ordering::Relaxed);
        record.state.store(State::owned(Life::Open, kind));
        Some(record)
    }

    /// Closes a record of the extension on the fast path: if the table is free, the record is open, of this kind and owns no
    /// [`Extra`](super::record::Extra), and the queue need not be shortened. Returns the inner handle.
    #[inline(always)]
    pub(crate) fn close_fast(&self, record: &Record, kind: Kind, place: Place) -> Option<HPy> {
        let mut table = self.table.try_lock()?;
        if record.state.load_relaxed() != State::owned(Life::Open, kind)
            || table.closed.count >= table.closed.limits.fast_close_below
        {
            return None;
        }
        record.state.store(State::owned(Life::Closed, kind));
        self.enqueue(&mut table, record, place);
        Some(HPy { _i: record.inner() })
    }

    /// Puts a closed record at the end of the queue.
    #[inline(always)]
    fn enqueue(&self, table: &mut Table, record: &Record, place: Place) {
        let details = record.details_mut(table);
        (details.closed_in, details.closed_by) = (place.function, place.by);
        // SAFETY: the queue holds records of this arena, and is not empty.
        unsafe { &*table.closed.last }.details_mut(table).next = Link(record);
        table.closed.last = record;
        table.closed.count += 1;
    }

    /// Opens a record. `None` if there is no memory.
    #[inline]
    pub(crate) fn open(
        &self,
        table: &mut Table,
        inner: isize,
        state: State,
        place: Place,
    ) -> Option<&Record> {
        let record = if table.closed.limits.allow_reuse(table.closed.count) {
            self.take_closed(table)
        } else {
            self.take_unqueued(
                table,
                if state.owner() == Owner::Extension { RESERVED_FOR_ARGUMENTS } else { 0 },
            )?
        };
        self.set_opened(record, place.function, state.owner() != Owner::Context);
        record.details_mut(table).opened_by = place.by;
        record.inner.store(inner, Ordering::Relaxed);
        record.state.store(state);
        Some(record)
    }

    /// The same where nothing can fail. Without memory, even for what was kept for this, the process ends.
    #[cold]
    pub(crate) fn open_or_abort(
        &self,
        table: &mut Table,
        inner: isize,
        state: State,
        place: Place,
    ) -> &Record {
        self.open(table, inner, state, place).unwrap_or_else(|| handle_alloc_error(layout(table.chunk + 1)))
    }

    #[inline]
    fn set_opened(&self, record: &Record, function: usize, counts: bool) {
        record.serial.store(self.next_serials(1), Ordering::Relaxed);
        let generation = if counts { self.generation.load(Ordering::Relaxed) } else { 0 };
        record.generation.store(generation, Ordering::Relaxed);
        record.opened_in.store(function, Ordering::Relaxed);
    }

    /// Takes numbers for that many openings. Returns the first of them.
    #[inline(always)]
    pub(crate) fn next_serials(&self, count: usize) -> u64 {
        self.serial.fetch_add(count as u64, Ordering::Relaxed)
    }

    /// Opens a record of an [argument block](Self::take_argument_block) that owns no [`Extra`](super::record::Extra). It needs
    /// no lock, as only this thread uses the block.
    #[inline(always)]
    pub(crate) fn open_argument(&self, record: &Record, inner: isize, serial: u64, function: usize) {
        record.serial.store(serial, Ordering::Relaxed);
        record.generation.store(self.generation.load(Ordering::Relaxed), Ordering::Relaxed);
        record.opened_in.store(function, Ordering::Relaxed);
        record.inner.store(inner, Ordering::Relaxed);
        record.state.store(OPEN_ARGUMENT);
    }

    /// Drops what records of an [argument block](Self::take_argument_block) own, before they are reused. Each bit of `which`
    /// is one of them, counted from the first of the block.
    pub(crate) fn forget_arguments(&self, first: *const Record, mut which: u64) {
        if which == 0 {
            return;
        }
        let mut table = self.table();
        while which != 0 {
            // SAFETY: a block has that many records.
            unsafe { &*first.add(which.trailing_zeros() as usize) }.forget_extra(&mut table);
            which &= which - 1;
        }
    }

    /// Closes such a record, unless it owns more or is not of a block; returns whether it did. The record does not go to the
    /// queue, since its turn comes again soon.
    #[inline(always)]
    pub(crate) fn close_argument(record: &Record) -> bool {
        let plain = record.state.load_relaxed() == OPEN_ARGUMENT;
        if plain {
            record.state.store(OPEN_ARGUMENT.closed());
        }
        plain
    }

    /// Closes a record of an argument that owns more, or is not of a block. Returns whether it is of an
    /// [argument block](Self::take_argument_block) and keeps what it owns until it is reused.
    pub(crate) fn close_argument_slow(&self, record: &Record, place: Place) -> bool {
        let mut table = self.table();
        let state = record.state.load_relaxed();
        if state.owner() == Owner::CallerQueued {
            let _ = self.close(&mut table, record, place);
            return false;
        }
        record.state.store(state.closed());
        self.close_extra(&mut table, record);
        true
    }

    /// A block of records for arguments. Without memory, the process ends.
    pub(crate) fn take_argument_block(&self, table: &mut Table) -> *const Record {
        if (FIRST_CHUNK << table.chunk) - table.used < ARGUMENT_BLOCK && !self.add_chunk(table) {
            handle_alloc_error(layout(table.chunk + 1));
        }
        table.used += ARGUMENT_BLOCK;
        // SAFETY: the newest chunk has that many records.
        unsafe { self.chunks[table.chunk].load(Ordering::Acquire).add(table.used - ARGUMENT_BLOCK) }
    }

    /// Takes a block back. Its records are free for any use.
    pub(crate) fn give_back_argument_block(&self, table: &mut Table, first: *const Record) {
        for i in 0..ARGUMENT_BLOCK {
            // SAFETY: a block has that many records.
            let record = unsafe { &*first.add(i) };
            if record.state.load_relaxed().has_extra() {
                record.forget_extra(table);
            }
            self.free(table, record);
        }
    }

    /// Makes the next chunk the newest; what is left of the last one is free. Returns false if there is no memory.
    fn add_chunk(&self, table: &mut Table) -> bool {
        let Some(chunk) = (table.chunk + 1 < CHUNKS).then(|| allocate(table.chunk + 1)).flatten() else {
            return false;
        };
        for i in table.used..FIRST_CHUNK << table.chunk {
            // SAFETY: the chunk has that many records.
            let record = unsafe { &*self.chunks[table.chunk].load(Ordering::Acquire).add(i) };
            self.free(table, record);
        }
        table.chunk += 1;
        table.used = 0;
        self.chunks[table.chunk].store(chunk, Ordering::Release);
        true
    }

    /// A free record, or one that was never used. `left` of the latter are not given away.
    #[cold]
    #[inline(never)]
    fn take_unqueued(&self, table: &mut Table, left: usize) -> Option<&Record> {
        let free = table.free;
        // SAFETY: null, or a record of this arena.
        if let Some(record) = unsafe { free.as_ref() } {
            table.free = record.details_mut(table).next.0;
            return Some(record);
        }
        if (FIRST_CHUNK << table.chunk) - table.used <= left && !self.add_chunk(table) {
            // The queue is never empty.
            return if table.closed.count > 1 { Some(self.take_closed(table)) } else { None };
        }
        table.used += 1;
        // SAFETY: the newest chunk has that many records.
        Some(unsafe { &*self.chunks[table.chunk].load(Ordering::Acquire).add(table.used - 1) })
    }

    /// Closes a record, which goes to the queue. Returns the inner handle; `None` if the record is not open, perhaps because
    /// another thread has just closed it.
    #[inline]
    #[must_use]
    pub(crate) fn close(&self, table: &mut Table, record: &Record, place: Place) -> Option<HPy> {
        let state = record.state.load_relaxed();
        if state.life() != Life::Open {
            return None;
        }
        record.state.store(state.closed());
        if state.has_extra() {
            self.close_extra(table, record);
        }
        self.enqueue(table, record, place);
        let inner = HPy { _i: record.inner() };
        while table.closed.limits.are_exceeded(table.closed.count) {
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
            // SAFETY: a record of this arena.
            unsafe { &*oldest }.forget_raw_data(table);
        }
    }

    /// Takes the record that has waited longest out of the queue.
    #[inline]
    fn take_closed(&self, table: &mut Table) -> &Record {
        let first = table.closed.first;
        // SAFETY: the queue holds records of this arena, and is not empty.
        let record = unsafe { &*first };
        if record.state.load_relaxed().has_extra() {
            record.forget_extra(table);
        }
        table.closed.first = record.details_mut(table).next.0;
        table.closed.count -= 1;
        record
    }

    /// The same, and the record is free.
    #[cold]
    #[inline(never)]
    fn free_closed(&self, table: &mut Table) {
        let record = self.take_closed(table);
        self.free(table, record);
    }

    fn free(&self, table: &mut Table, record: &Record) {
        let free = table.free;
        // For those who remember the number of its opening, it is gone.
        record.serial.store(0, Ordering::Relaxed);
        record.details_mut(table).next = Link(free);
        table.free = record;
        record.state.store(State::owned(Life::Free, Kind::Handle));
    }

    /// The inner handle of the object of a record, if one is open: that of the record, or that of another record which is
    /// equal. On engines where each handle of an object is another, a closed handle has no object.
    pub(crate) fn living(&self, table: &Table, record: &Record) -> Option<HPy> {
        let inner = record.inner();
        let mut found = record.is_open_handle();
        if !found {
            self.each(table, |other| found |= other.is_open_handle() && other.inner() == inner);
        }
        found.then_some(HPy { _i: inner })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_records_are_found() {
        let arena = Arena::default();
        let (first, size) = (arena.first.0 as isize, size_of::<Record>() as isize);
        let last = first + size * (FIRST_CHUNK as isize - 1);
        for record in [first, first + size, last] {
            assert_eq!(arena.get(record).map(Record::handle), Some(record));
            assert!((1..size).all(|offset| arena.get(record + offset).is_none()));
        }
        for other in [0, first - size, last + size, isize::MIN + 1] {
            assert!(arena.get(other).is_none());
        }
    }

    /// Two threads may close the same handle at the same time, after both have found it open.
    #[test]
    fn a_record_is_closed_once() {
        let arena = Arena::default();
        let mut table = arena.table();
        let record =
            arena.open(&mut table, 7, State::owned(Life::Open, Kind::Handle), Place::default()).unwrap();
        let waiting = table.closed.count;
        assert_eq!(arena.close(&mut table, record, Place::default()), Some(HPy { _i: 7 }));
        assert_eq!(arena.close(&mut table, record, Place::default()), None);
        assert_eq!(table.closed.count, waiting + 1);
        let mut found = 0;
        table.each_closed(|closed| found += usize::from(ptr::eq(closed, record)));
        assert_eq!(found, 1);
    }
}
