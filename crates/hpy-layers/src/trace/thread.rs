//! What a thread knows of the calls that it is in.
//!
//! Each thread counts in places of its own, one per module, so that threads do not wait for each other, and so that a
//! call costs few instructions. Whoever reads adds the tables up. A layer remembers the place that was used last, and
//! a place knows its thread: so most calls find theirs without a thread-local variable.

use std::cell::{Cell, RefCell};
use std::ptr::{NonNull, null, null_mut};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicPtr, AtomicUsize};
use std::sync::{Arc, Mutex, Weak};

use super::clock::{self, now, quick_now};
use super::counter::{Counter, FunctionCounter, Table};
use super::module::Module;
use crate::sync::lock;
use crate::thread::this_thread;

/// The part of the tracer that belongs to one thread.
pub(super) struct Thread {
    /// By the number of the module.
    places: RefCell<Vec<Weak<Place>>>,
    /// When the present call would have begun if it had made no calls, and no hook had run: the time since is its own.
    own_since: Cell<u64>,
    /// Ticks spent in hooks.
    hooked: Cell<u64>,
    in_hook: Cell<bool>,
}

/// A module, as one thread sees it.
#[derive(Default)]
pub(super) struct Place {
    seat: Seat,
    table: Table,
    occupation: Mutex<Occupation>,
    /// The function that was called last, and all. They belong to the thread that is here.
    last: Cell<(usize, *const FunctionCounter)>,
    functions: RefCell<Functions>,
}

/// Who may count at some place without further ado.
#[derive(Default)]
pub(super) struct Seat {
    /// The number of the thread that is here, while it need not look at clocks or hooks; 0 for nobody.
    quick: AtomicUsize,
    /// Its part of the tracer.
    thread: AtomicPtr<Thread>,
}

/// What the seats of a place follow.
#[derive(Default)]
struct Occupation {
    /// The number of the thread that is here; 0 for nobody.
    owner: usize,
    thread: Option<NonNull<Thread>>,
    /// Whether hooks want to know of each call.
    hooks: bool,
}

// SAFETY: what is not atomic, or behind a lock, is only used by the thread that is here.
unsafe impl Send for Place {}
// SAFETY: as above.
unsafe impl Sync for Place {}

/// A call that has not ended.
pub struct Frame {
    /// Where the call began. To hold what the seat says would take one more register in the quick functions.
    seat: *const Seat,
    counter: *const Counter,
    /// What `Thread::own_since` was for the caller, less the begin of this call.
    caller: u64,
    /// What the counter's total was, less the begin of this call.
    total: u64,
}

thread_local! {
    static CURRENT: Cell<*const Thread> = const { Cell::new(null()) };
    static OWNER: Owner = const { Owner(Cell::new(null())) };
}

/// Ends the thread's part when the thread ends.
struct Owner(Cell<*const Thread>);

impl Drop for Owner {
    fn drop(&mut self) {
        CURRENT.set(null());
        let thread = self.0.get();
        if !thread.is_null() {
            // SAFETY: made by `Box::into_raw`; no call is open any more, and nobody else has the pointer.
            drop(unsafe { Box::from_raw(thread.cast_mut()) });
        }
    }
}

impl Thread {
    /// That of the calling thread.
    #[inline(always)]
    pub(super) fn current() -> *const Self {
        let current = CURRENT.get();
        if current.is_null() { Self::begin() } else { current }
    }

    #[cold]
    fn begin() -> *const Self {
        let thread: *const Self = Box::into_raw(Box::new(Self {
            places: RefCell::default(),
            own_since: Cell::new(0),
            hooked: Cell::new(0),
            in_hook: Cell::new(false),
        }));
        CURRENT.set(thread);
        // When the thread is past its end already, this is left to the end of the process.
        let _ = OWNER.try_with(|owner| owner.0.set(thread));
        thread
    }

    /// The place of the calling thread in a module.
    #[cold]
    #[inline(never)]
    pub(super) fn place(module: &Module) -> *const Place {
        // SAFETY: the part of a thread lives as long as the thread.
        let thread = unsafe { &*Self::current() };
        let mut places = thread.places.borrow_mut();
        if let Some(place) = places.get(module.number).and_then(Weak::upgrade) {
            return Arc::as_ptr(&place);
        }
        for place in places.iter_mut().filter(|place| place.strong_count() == 0) {
            // Gives back the memory for a module that is gone.
            *place = Weak::new();
        }
        let place = module.take_place(thread);
        if places.len() <= module.number {
            places.resize(module.number + 1, Weak::new());
        }
        places[module.number] = Arc::downgrade(&place);
        Arc::as_ptr(&place)
    }

    /// Runs a hook, unless one is running: what a hook does itself is counted, but told to no hook.
    pub(super) fn run_hook(&self, hook: impl FnOnce()) {
        if self.in_hook.replace(true) {
            return;
        }
        let (begin, own_since) = (now(), self.own_since.get());
        hook();
        let elapsed = now().wrapping_sub(begin);
        self.own_since.set(own_since.wrapping_add(elapsed));
        self.hooked.set(self.hooked.get().wrapping_add(elapsed));
        self.in_hook.set(false);
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        for place in self.places.borrow().iter().filter_map(Weak::upgrade) {
            place.change(|occupation| (occupation.owner, occupation.thread) = (0, None));
        }
    }
}

impl Seat {
    /// Whether the calling thread may count here the quick way.
    #[inline(always)]
    pub(super) fn is_quick(&self) -> bool {
        self.quick.load(Relaxed) == this_thread()
    }

    /// The part of the thread that is here, which is the calling one.
    #[inline(always)]
    fn thread(&self) -> &Thread {
        // SAFETY: it lives as long as the thread.
        unsafe { &*self.thread.load(Relaxed) }
    }

    fn follow(&self, occupation: &Occupation) {
        self.thread.store(occupation.thread.map_or(null_mut(), NonNull::as_ptr), Relaxed);
        let quick = if occupation.hooks || !clock::is_quick() { 0 } else { occupation.owner };
        self.quick.store(quick, Relaxed);
    }
}

impl Place {
    pub(super) fn new(hooks: bool) -> Arc<Self> {
        let place = Arc::<Self>::default();
        place.set_hooks(hooks);
        place
    }

    pub(super) fn set_hooks(&self, hooks: bool) {
        self.change(|occupation| occupation.hooks = hooks);
    }

    /// Makes it that of the calling thread, unless it is that of another.
    pub(super) fn try_take(&self, thread: &Thread) -> bool {
        self.change(|occupation| {
            let is_free = occupation.owner == 0;
            if is_free {
                (occupation.owner, occupation.thread) = (this_thread(), Some(NonNull::from(thread)));
            }
            is_free
        })
    }

    fn change<R>(&self, change: impl FnOnce(&mut Occupation) -> R) -> R {
        let mut occupation = lock(&self.occupation);
        let result = change(&mut occupation);
        self.seat.follow(&occupation);
        self.table.for_each_function(|function| function.seat.follow(&occupation));
        result
    }

    #[inline(always)]
    pub(super) fn seat(&self) -> &Seat {
        &self.seat
    }

    pub(super) fn table(&self) -> &Table {
        &self.table
    }

    /// The counter of a function of the extension, for the thread that is here.
    #[inline]
    pub(super) fn function(&self, address: usize) -> *const FunctionCounter {
        let (last, counter) = self.last.get();
        if last == address { counter } else { self.other_function(address) }
    }

    #[inline(never)]
    fn other_function(&self, address: usize) -> *const FunctionCounter {
        let mut functions = self.functions.borrow_mut();
        let counter = functions.find(address).unwrap_or_else(|| {
            let occupation = lock(&self.occupation);
            let counter = self.table.add_function(address);
            counter.seat.follow(&occupation);
            functions.add(address, Arc::as_ptr(&counter));
            Arc::as_ptr(&counter)
        });
        self.last.set((address, counter));
        counter
    }
}

impl Frame {
    /// A call begins, at a seat where it can be quick.
    ///
    /// It ends on the same thread, while its layer lives.
    #[inline(always)]
    pub(super) fn begin_quickly(seat: &Seat, counter: &Counter) -> Self {
        Self::begin_at(quick_now, seat, counter)
    }

    /// A call ended that began quickly.
    #[inline(always)]
    pub(super) fn end_quickly(self) {
        self.end_at(quick_now());
    }

    /// A call begins at a seat of this thread, on which it ends, while its layer lives.
    pub(super) fn begin(seat: &Seat, counter: &Counter) -> Self {
        let mut this = Self::begin_at(now, seat, counter);
        this.total = this.total.wrapping_add(seat.thread().hooked.get());
        this
    }

    /// The call ended. The time of hooks is not part of it.
    pub(super) fn end(mut self) {
        // SAFETY: see `begin`.
        let seat = unsafe { &*self.seat };
        self.total = self.total.wrapping_sub(seat.thread().hooked.get());
        self.end_at(now());
    }

    #[inline(always)]
    fn begin_at(now: impl FnOnce() -> u64, seat: &Seat, counter: &Counter) -> Self {
        let own_since = &seat.thread().own_since;
        let (caller, total) = (own_since.get(), counter.begin());
        let now = now();
        own_since.set(now);
        Self { seat, counter, caller: caller.wrapping_sub(now), total: total.wrapping_sub(now) }
    }

    #[inline(always)]
    fn end_at(self, now: u64) {
        // SAFETY: see the functions above.
        let (seat, counter) = unsafe { (&*self.seat, &*self.counter) };
        let own_since = &seat.thread().own_since;
        counter.end(self.total.wrapping_add(now), now.wrapping_sub(own_since.get()));
        own_since.set(self.caller.wrapping_add(now));
    }
}

/// The counters of functions by address: a table with open addressing, which is never full.
#[derive(Default)]
struct Functions {
    /// A power of two of them, or none. Address 0 is a free slot.
    slots: Vec<(usize, *const FunctionCounter)>,
    used: usize,
}

impl Functions {
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
