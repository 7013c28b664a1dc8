//! The context of one call of an extension's function, with what is known of the call.
//!
//! A context knows whether it may be used, as it knows the thread of its call and whether that is inside of the API. While
//! it is, the engine runs on the thread, or a function with another context.

use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::mem::offset_of;
use std::ptr::{self, null};
use std::sync::Mutex;
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicUsize, Ordering};

use hpy_abi::*;

use crate::call::{ApiCall, FunctionCall};
use crate::debug::location::place::Place;
use crate::debug::location::stack::Innermost;
use crate::debug::reports::reporter::ExceptionTest;
use crate::debug::table::arena::{ARGUMENT_BLOCK, Arena, FirstChunk};
use crate::debug::table::record::Record;
use crate::sync::lock;

use super::permit::{Flags, Idle, Permit};

/// A field that was stored, to be checked when the function of the extension returns.
pub(crate) struct StoredField {
    /// A handle of the engine, which is ours.
    pub(crate) owner: HPy,
    /// The struct of the object, and the offset of the field in it.
    pub(crate) data: *mut c_void,
    pub(crate) offset: usize,
    pub(crate) field: *mut HPyField,
    /// The engine's handle of the type whose struct it is; none for the state of a module.
    pub(crate) type_: Option<isize>,
    pub(crate) traverse: Vec<HPyFunc_traverseproc>,
    /// Whether the engine has critical sections, to keep other threads out of the struct.
    pub(crate) has_critical_sections: bool,
    pub(crate) place: Place,
}

/// How many arguments of a call find a record in the context's block.
pub(crate) const ARGUMENTS_PER_CALL: usize = 8;

const _: () = assert!(ARGUMENT_BLOCK.is_multiple_of(ARGUMENTS_PER_CALL), "a block is used up in whole turns");
const _: () = assert!(ARGUMENT_BLOCK <= u64::BITS as usize, "each record of a block has a bit");

/// A context for one call at a time.
#[repr(C)]
pub struct CallContext {
    /// The first field: a pointer to one is a pointer to the other.
    context: HPyContext,
    /// Whose call it is, and whether that may call the API.
    permit: Permit,
    /// The extension's function.
    function: AtomicUsize,
    /// Where on the stack the adapter is.
    stack: AtomicUsize,
    /// Those that do not stand in the permit. None, while no call has the context.
    flags: AtomicU32,
    /// Where the records are, at hand: with them here, fast paths keep nothing but the context.
    first: FirstChunk,
    arena: *const Arena,
    exception_test: ExceptionTest,
    /// The next in the ring of the pool; null if it is not in there.
    pub(crate) next: AtomicPtr<CallContext>,
    // What follows belongs to the thread of the call.
    /// Which records of the block have more than themselves, in bits.
    extras: Cell<u64>,
    /// A block of records for arguments, of which the calls get [`ARGUMENTS_PER_CALL`] in turns.
    arguments: *const Record,
    /// The first of those of this call.
    turn: Cell<*const Record>,
    /// The number of the first of these openings.
    serial: Cell<u64>,
    stored: RefCell<Vec<StoredField>>,
    /// What the function got when it left Python, until it enters again.
    thread_state: Cell<Option<HPyThreadState>>,
}

impl CallContext {
    /// A copy of `base`, for a call of this thread, with a block of records of the arena for arguments. The arena outlives it.
    pub(crate) fn new(
        base: &HPyContext,
        arena: &Arena,
        exception_test: ExceptionTest,
        arguments: *const Record,
    ) -> Self {
        Self {
            // SAFETY: plain data, to be read as long as the base lives.
            context: unsafe { ptr::read(base) },
            permit: Permit::new(),
            function: AtomicUsize::new(0),
            stack: AtomicUsize::new(0),
            flags: AtomicU32::new(0),
            first: arena.first,
            arena,
            exception_test,
            next: AtomicPtr::default(),
            extras: Cell::new(0),
            arguments,
            turn: Cell::new(arguments),
            serial: Cell::new(0),
            stored: RefCell::default(),
            thread_state: Cell::new(None),
        }
    }

    /// A copy of `base` that no call has.
    pub(crate) fn of_nobody(base: &HPyContext, arena: &Arena, exception_test: ExceptionTest) -> Self {
        let this = Self::new(base, arena, exception_test, null());
        this.end();
        this
    }

    /// What it was made with.
    pub(crate) fn arguments(&self) -> *const Record {
        self.arguments
    }

    /// What the extension has, for this call.
    #[inline]
    pub(crate) fn as_ptr(&self) -> *mut HPyContext {
        ptr::from_ref(self).cast_mut().cast()
    }

    // Taking and returning it.

    /// Makes it that of a call of this thread, if it is idle in this way.
    #[inline(always)]
    pub(crate) fn try_take(&self, idle: Idle) -> bool {
        self.permit.try_take(idle)
    }

    /// Makes it that of a call of this thread, unless it is that of another call.
    pub(crate) fn try_take_any(&self, arena: &Arena) -> bool {
        if self.try_take(Idle::HasExtra) {
            let turn = ((1 << ARGUMENTS_PER_CALL) - 1) << self.index_of(self.next_turn());
            let extras = self.extras.get();
            arena.forget_arguments(self.arguments, extras & turn);
            self.extras.set(extras & !turn);
            return true;
        }
        self.try_take(Idle::Free)
    }

    /// The call begins for which it was taken. `serial` is the number of the opening of its first argument.
    #[inline(always)]
    pub(crate) fn begin(&self, call: &FunctionCall, has_context: bool, serial: u64) {
        self.begin_in(Innermost { function: call.function as usize, stack: ptr::from_ref(call) as usize });
        if !has_context {
            self.permit.forbid(Flags::WITHOUT_CONTEXT);
        }
        self.serial.set(serial);
        self.turn.set(self.next_turn());
    }

    /// It was taken for a function that has opened it, and not for a call.
    fn begin_opened(&self, opener: Innermost, serial: u64) {
        self.begin_in(opener);
        self.note(Flags::OPENED);
        self.serial.set(serial);
    }

    #[inline(always)]
    fn begin_in(&self, function: Innermost) {
        self.function.store(function.function, Ordering::Relaxed);
        self.stack.store(function.stack, Ordering::Relaxed);
    }

    /// The call ended.
    #[inline(always)]
    pub(crate) fn end(&self) {
        let idle = if self.extras.get() == 0 { Idle::Free } else { Idle::HasExtra };
        self.permit.give_back(idle);
    }

    #[inline(always)]
    fn next_turn(&self) -> *const Record {
        let next = self.turn.get().wrapping_add(ARGUMENTS_PER_CALL);
        if next == self.arguments.wrapping_add(ARGUMENT_BLOCK) { self.arguments } else { next }
    }

    /// The place of a record in the block.
    fn index_of(&self, record: *const Record) -> usize {
        (record as usize - self.arguments as usize) / size_of::<Record>()
    }

    // What is known of the call.

    /// Whose call it is, and whether that may call the API.
    #[inline]
    pub(crate) fn permit(&self) -> &Permit {
        &self.permit
    }

    /// The same for what an extension passes as its context.
    ///
    /// # Safety
    ///
    /// `ctx` lives, and is a `CallContext` or the context of a layer, whose permit allows nothing.
    #[inline(always)]
    pub(crate) unsafe fn permit_of<'a>(ctx: *mut HPyContext) -> &'a Permit {
        const PLACE: usize = offset_of!(CallContext, permit);
        const { assert!(PLACE == size_of::<HPyContext>() && size_of::<Permit>() == size_of::<usize>()) };
        // SAFETY: either has such a word behind the `HPyContext`; see `Layered`.
        unsafe { &*ctx.byte_add(PLACE).cast::<Permit>() }
    }

    /// The extension's function.
    #[inline]
    pub(crate) fn function(&self) -> usize {
        self.function.load(Ordering::Relaxed)
    }

    /// The call, for those who walk the stack.
    pub(crate) fn innermost(&self) -> Innermost {
        Innermost { function: self.function(), stack: self.stack.load(Ordering::Relaxed) }
    }

    /// What is true of the call that has it.
    #[inline]
    pub(crate) fn flags(&self) -> Flags {
        Flags::from_bits(self.flags.load(Ordering::Relaxed)).and(self.permit.flags())
    }

    /// Returns the flags and removes all of them. The call is of this thread.
    pub(crate) fn take_flags(&self) -> Flags {
        let flags = self.flags();
        self.flags.store(0, Ordering::Relaxed);
        self.permit.allow(Flags::NO_API);
        flags
    }

    /// Sets a flag that does not stand in the permit.
    fn note(&self, flag: Flags) {
        self.flags.store(self.flags.load(Ordering::Relaxed) | flag.bits(), Ordering::Relaxed);
    }

    /// What the function got when it left Python; `None` while it is inside.
    pub(crate) fn thread_state(&self) -> Option<HPyThreadState> {
        self.thread_state.get()
    }

    /// Sets it. The call is of this thread.
    pub(crate) fn set_thread_state(&self, state: Option<HPyThreadState>) {
        self.thread_state.set(state);
    }

    /// Keeps a field to be checked when the function returns.
    pub(crate) fn add_stored(&self, field: StoredField) {
        self.stored.borrow_mut().push(field);
        self.note(Flags::STORED_FIELDS);
    }

    /// Returns the fields to be checked, which are kept no longer.
    pub(crate) fn take_stored(&self) -> Vec<StoredField> {
        self.stored.take()
    }

    /// That of a call of the API.
    ///
    /// # Safety
    ///
    /// The call has the context that the layer has put into it.
    #[inline(always)]
    pub(crate) unsafe fn of_api_call(call: &ApiCall) -> &Self {
        // SAFETY: the layer only puts contexts of the pool into calls.
        unsafe { &*call.ctx.cast::<Self>() }
    }

    /// Whether an exception is set in the inner context.
    ///
    /// # Safety
    ///
    /// The thread is inside of Python.
    #[inline(always)]
    pub(crate) unsafe fn is_exception_set(&self, inner: *mut HPyContext) -> bool {
        // SAFETY: the inner context is the engine's, or that of a transparent layer.
        unsafe { (self.exception_test)(inner) != 0 }
    }

    /// The arena of the interpreter.
    #[inline(always)]
    pub(crate) fn arena(&self) -> &Arena {
        // SAFETY: it outlives this.
        unsafe { &*self.arena }
    }

    /// The record with this address, on the fast path: if it is one of the first.
    #[inline(always)]
    pub(crate) fn record_fast(&self, handle: isize) -> Option<&Record> {
        // SAFETY: the arena outlives this.
        unsafe { self.first.get(handle) }
    }

    // The arguments.

    /// The context that [`begin`](Self::begin) was called on for this call.
    ///
    /// # Safety
    ///
    /// The call is between its begin and its end, on this thread.
    #[inline(always)]
    pub(crate) unsafe fn of<'a>(call: &'a FunctionCall) -> &'a Self {
        // SAFETY: between begin and end, the context in the call is the first field of a `CallContext`.
        unsafe { &*call.ctx.cast::<Self>() }
    }

    /// A record for an argument of a call, if there is one, and the number of its opening.
    ///
    /// # Safety
    ///
    /// The call is between its begin and its end, on this thread.
    #[inline(always)]
    pub(crate) unsafe fn argument<'a>(call: &FunctionCall, index: usize) -> Option<(&'a Record, u64)> {
        if index >= ARGUMENTS_PER_CALL {
            return None;
        }
        // SAFETY: the call runs on this thread, as the caller promises.
        let this = unsafe { Self::of(call) };
        // SAFETY: a turn has that many records, which live as long as the arena.
        let record = unsafe { &*this.turn.get().add(index) };
        Some((record, this.serial.get() + index as u64))
    }

    /// Notes that the record of an argument of a call, which is one of the block, has more than itself.
    ///
    /// # Safety
    ///
    /// As for [`argument`](Self::argument).
    pub(crate) unsafe fn set_argument_has_extra(call: &FunctionCall, record: &Record) {
        // SAFETY: the call runs on this thread, as the caller promises.
        let this = unsafe { Self::of(call) };
        this.extras.set(this.extras.get() | 1 << this.index_of(record));
    }
}

/// The contexts of an interpreter, whatever pool they are from.
pub(crate) struct AllContexts {
    pub(crate) exception_test: ExceptionTest,
    all: Mutex<Vec<*const CallContext>>,
    /// How many of them were opened, on any thread, and not closed.
    opened: AtomicUsize,
}

// SAFETY: what other threads look at in a context is atomic.
unsafe impl Send for AllContexts {}
// SAFETY: as for `Send`.
unsafe impl Sync for AllContexts {}

/// What is known of a context by its address.
#[derive(Default)]
pub(crate) struct ContextOwner {
    /// Whether it was made for calls.
    pub(crate) is_known: bool,
    /// The function whose call has it now.
    pub(crate) current: Option<usize>,
    /// The function whose call had it last; 0 if it is not known.
    pub(crate) last: usize,
}

impl AllContexts {
    pub(crate) fn new(exception_test: ExceptionTest) -> Self {
        Self { exception_test, all: Mutex::default(), opened: AtomicUsize::new(0) }
    }

    pub(crate) fn add(&self, context: *const CallContext) {
        lock(&self.all).push(context);
    }

    /// Forgets contexts that are about to end.
    pub(crate) fn remove(&self, contexts: &[*mut CallContext]) {
        lock(&self.all).retain(|context| !contexts.contains(&context.cast_mut()));
    }

    /// That of the innermost call of this thread. It takes a lock and some time.
    pub(crate) fn current<'a>(&self) -> Option<&'a CallContext> {
        Self::current_of(&lock(&self.all))
    }

    /// The innermost call of this thread, for those who walk the stack.
    pub(crate) fn innermost(&self) -> Option<Innermost> {
        self.current().map(CallContext::innermost)
    }

    /// The extension's function that runs on this thread and might call the API. Takes no memory, and waits for nobody.
    pub(crate) fn function_in_extension(&self) -> Option<usize> {
        let current = Self::current_of(&self.all.try_lock().ok()?);
        current.filter(|context| context.flags().allow_api()).map(CallContext::function)
    }

    fn current_of<'a>(all: &[*const CallContext]) -> Option<&'a CallContext> {
        // Stacks grow downwards.
        Self::iter(all)
            .filter(|context| context.permit.is_of_this_thread())
            .min_by_key(|context| context.innermost().stack)
    }

    /// A context begins that a function has opened.
    pub(crate) fn begin_opened(&self, context: &CallContext, opener: Innermost, serial: u64) {
        context.begin_opened(opener, serial);
        self.opened.fetch_add(1, Ordering::Relaxed);
    }

    /// It ends. Its flags were taken.
    pub(crate) fn end_opened(&self, context: &CallContext) {
        context.end();
        self.opened.fetch_sub(1, Ordering::Relaxed);
    }

    /// The innermost context that this thread has opened in a call and not closed, now that the call returns.
    #[inline]
    pub(crate) fn left_open_in<'a>(&self, call: &CallContext) -> Option<&'a CallContext> {
        if self.opened.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let innermost = self.current()?;
        (innermost.flags().has(Flags::OPENED) && innermost.innermost().stack < call.innermost().stack)
            .then_some(innermost)
    }

    /// The functions that have opened contexts which are not closed, on any thread.
    pub(crate) fn openers(&self) -> Vec<usize> {
        let all = lock(&self.all);
        let opened = Self::iter(&all).filter(|context| context.flags().has(Flags::OPENED));
        opened.map(CallContext::function).collect()
    }

    /// Whose context it is.
    pub(crate) fn owner_of(&self, ctx: *mut HPyContext) -> ContextOwner {
        let all = lock(&self.all);
        let found = Self::iter(&all).find(|context| ptr::eq(context.as_ptr(), ctx));
        found.map_or_else(ContextOwner::default, |context| {
            let last = context.function();
            ContextOwner { is_known: true, current: context.permit.is_taken().then_some(last), last }
        })
    }

    fn iter<'a>(all: &[*const CallContext]) -> impl Iterator<Item = &'a CallContext> {
        // SAFETY: a context is in the list until just before it ends, and its pool ends after all of its calls.
        all.iter().map(|&context| unsafe { &*context })
    }
}
