//! Which call each thread is in, and what may be called there.
//!
//! Each call of an extension's function gets a context of its own, a copy of the layer's with what is known of the
//! call behind it. They are taken in turns, so that one that was kept is known to be old for a while. Whether a context
//! is right is told by itself: it knows its thread, and whether it is inside of the API. While it is, what runs on the
//! thread is the engine, or a function with another context.

use std::cell::{Cell, RefCell};
use std::ptr::{self, null, null_mut};
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};

use hpy_abi::*;

use crate::sync::{get_mut, lock};
use crate::thread::this_thread;
use crate::{ApiCall, FunctionCall, Member, Outcome};

use crate::debug::checks::fields::StoredField;
use crate::debug::location::place::Code;
use crate::debug::reports::report::{Rule, Site};
use crate::debug::state::DebugState;
use crate::debug::table::arena::ARGUMENTS;
use crate::debug::table::record::Record;

/// The extension called the API, which did not yet return.
const INSIDE_API: u32 = 1;
/// The extension left Python and did not re-enter.
const LEFT: u32 = 2;
/// The function gets no context.
const WITHOUT_CONTEXT: u32 = 4;
/// There are fields to look at when the function returns.
const STORED: u32 = 8;

/// A context for one call at a time.
#[repr(C)]
pub struct CallContext {
    context: HPyContext,
    /// The thread of the call; [`FREE`] or [`STAINED`] if no call has the context.
    thread: AtomicUsize,
    /// The extension's function.
    function: AtomicUsize,
    /// Where on the stack the adapter is.
    stack: AtomicUsize,
    /// None, while no call has the context.
    flags: AtomicU32,
    /// The next in the ring; null if it is not in there.
    after: AtomicPtr<CallContext>,
    // What follows belongs to the thread of the call.
    /// What `thread` is after the call.
    idle: Cell<usize>,
    /// Records for arguments, of which the calls get [`PER_CALL`] in turns.
    arguments: *const Record,
    /// The first of those of this call.
    turn: Cell<*const Record>,
    /// The number of the first of these openings.
    serial: Cell<u64>,
    stored: RefCell<Vec<StoredField>>,
    /// What the function got when it left Python, until it enters again.
    thread_state: Cell<Option<HPyThreadState>>,
}

/// How many arguments of a call find a record there.
const PER_CALL: usize = 8;

// No address of a thread.
const FREE: usize = 0;
/// Like [`FREE`], but among the arguments are some with more than a record, which has to go before that is used again.
const STAINED: usize = 1;

impl CallContext {
    /// The extension's function.
    #[inline]
    pub(crate) fn function(&self) -> usize {
        self.function.load(Ordering::Relaxed)
    }

    /// An address in the stack frame of what called that function.
    pub(crate) fn stack(&self) -> usize {
        self.stack.load(Ordering::Relaxed)
    }

    /// What the function got when it left Python; `None` while it is inside.
    pub(crate) fn thread_state(&self) -> Option<HPyThreadState> {
        self.thread_state.get()
    }

    /// Notes it. The call is of this thread.
    pub(crate) fn set_thread_state(&self, state: Option<HPyThreadState>) {
        self.thread_state.set(state);
    }

    /// To be looked at when the function returns.
    pub(crate) fn store(&self, field: StoredField) {
        self.stored.borrow_mut().push(field);
        self.set(STORED);
    }

    /// A record for an argument of this call, if there is one, and the number of its opening. `call` is of a function
    /// with a context made here.
    ///
    /// # Safety
    ///
    /// The call is between begin and end, on this thread.
    #[inline(always)]
    pub(crate) unsafe fn argument<'a>(call: &FunctionCall, index: usize) -> Option<(&'a Record, u64)> {
        if index >= PER_CALL {
            return None;
        }
        // SAFETY: `begin` put the context into the call; records live as long as the state, and there are that many.
        unsafe {
            let this = &*call.ctx.cast::<Self>();
            Some((&*this.turn.get().add(index), this.serial.get() + index as u64))
        }
    }

    /// An argument of this call keeps more than its record, until that is used again.
    ///
    /// # Safety
    ///
    /// As for [`argument`](Self::argument).
    pub(crate) unsafe fn stain(call: &FunctionCall) {
        // SAFETY: `begin` put the context into the call.
        unsafe { &*call.ctx.cast::<Self>() }.idle.set(STAINED);
    }

    /// Whether the extension's function runs, and might call the API.
    pub(crate) fn is_in_extension(&self) -> bool {
        self.flags() & (INSIDE_API | LEFT | WITHOUT_CONTEXT) == 0
    }

    /// Whether it has called the API, which did not yet return.
    pub(crate) fn is_inside_api(&self) -> bool {
        self.flags() & INSIDE_API != 0
    }

    #[inline]
    fn flags(&self) -> u32 {
        self.flags.load(Ordering::Relaxed)
    }

    #[inline]
    fn set(&self, flag: u32) {
        self.flags.store(self.flags() | flag, Ordering::Relaxed);
    }

    #[inline]
    fn unset(&self, flag: u32) {
        self.flags.store(self.flags() & !flag, Ordering::Relaxed);
    }
}

/// All contexts of an interpreter that were given to calls.
#[derive(Default)]
pub(crate) struct AllContexts(Mutex<Vec<*mut CallContext>>);

// SAFETY: what others may look at in a context is atomic.
unsafe impl Send for AllContexts {}
// SAFETY: as above.
unsafe impl Sync for AllContexts {}

impl AllContexts {
    fn lock(&self) -> MutexGuard<'_, Vec<*mut CallContext>> {
        lock(&self.0)
    }

    /// That of the innermost call of this thread. It is looked for, which takes a while.
    pub(crate) fn current<'a>(&self) -> Option<&'a CallContext> {
        Self::current_of(&self.lock())
    }

    /// The function that this thread called, if it is that which runs. Takes no memory, and waits for nobody.
    pub(crate) fn function_in_extension(&self) -> Option<usize> {
        let current = Self::current_of(&self.0.try_lock().ok()?);
        current.filter(|context| context.is_in_extension()).map(CallContext::function)
    }

    fn current_of<'a>(all: &[*mut CallContext]) -> Option<&'a CallContext> {
        let thread = this_thread();
        // SAFETY: those in the list live; that of a call lives as long as the call.
        let of_thread = all.iter().map(|&context| unsafe { &*context });
        of_thread
            .filter(|context| context.thread.load(Ordering::Relaxed) == thread)
            // Stacks grow downwards.
            .min_by_key(|context| context.stack())
    }

    /// The function that last had the context.
    fn last_function(&self, ctx: *mut HPyContext) -> usize {
        let all = self.lock();
        // SAFETY: those in the list live.
        let mut all = all.iter().map(|&context| unsafe { &*context });
        all.find(|&context| is(context, ctx)).map_or(0, CallContext::function)
    }

    /// Whether the context was made for a call, and the function whose call has it now.
    fn owner(&self, ctx: *mut HPyContext) -> (bool, Option<usize>) {
        let all = self.lock();
        // SAFETY: those in the list live.
        let found = all.iter().map(|&context| unsafe { &*context }).find(|&context| is(context, ctx));
        let active = found.filter(|context| context.thread.load(Ordering::Relaxed) > STAINED);
        (found.is_some(), active.map(CallContext::function))
    }
}

fn is(context: &CallContext, ctx: *mut HPyContext) -> bool {
    ptr::eq(ptr::from_ref(context).cast(), ctx)
}

/// So many calls begin before one gets the same context.
const RING: usize = 16;

/// The contexts of a layer.
pub(crate) struct Contexts {
    /// The one in the ring to try first. Null until the ring is complete: at first every call gets a new one.
    next: AtomicPtr<CallContext>,
    /// The ring in its order, and then those for calls that are nested deeper.
    made: Mutex<Vec<*mut CallContext>>,
    /// The layer's context, which is what a layer around this one calls with.
    base: AtomicPtr<HPyContext>,
    /// The last that a call with that context was for.
    last: AtomicPtr<CallContext>,
}

impl Default for Contexts {
    fn default() -> Self {
        Self {
            next: AtomicPtr::new(null_mut()),
            made: Mutex::default(),
            base: AtomicPtr::new(null_mut()),
            last: AtomicPtr::new(null_mut()),
        }
    }
}

// SAFETY: who takes a context from there has it alone.
unsafe impl Send for Contexts {}
// SAFETY: as above.
unsafe impl Sync for Contexts {}

impl Contexts {
    /// One that no call has. `base` is what it is a copy of.
    #[inline(always)]
    unsafe fn take(&self, state: &DebugState, base: *mut HPyContext) -> &CallContext {
        // SAFETY: what is in the ring lives as long as the layer.
        if let Some(context) = unsafe { self.next.load(Ordering::Acquire).as_ref() }
            && context.try_take(FREE)
        {
            self.next.store(context.after.load(Ordering::Relaxed), Ordering::Release);
            return context;
        }
        // SAFETY: by contract.
        unsafe { self.take_other(state, base) }
    }

    /// The next is not made yet, taken by a call around this one, or stained.
    #[cold]
    #[inline(never)]
    unsafe fn take_other(&self, state: &DebugState, base: *mut HPyContext) -> &CallContext {
        self.base.store(base, Ordering::Relaxed);
        let mut made = lock(&self.made);
        let first = self.next.load(Ordering::Relaxed);
        let mut try_now = first;
        // SAFETY: what was made lives as long as the layer; the ring is closed.
        unsafe {
            while let Some(context) = try_now.as_ref() {
                try_now = context.after.load(Ordering::Relaxed);
                if context.try_take_any(state) {
                    self.next.store(try_now, Ordering::Release);
                    return context;
                }
                if try_now == first {
                    break;
                }
            }
            if let Some(&spare) = made.iter().skip(RING).find(|&&spare| (*spare).try_take_any(state)) {
                return &*spare;
            }
        }
        // SAFETY: by contract.
        let new = unsafe { make(state, base) };
        made.push(new);
        if made.len() == RING {
            for (i, &context) in made.iter().enumerate() {
                // SAFETY: as above.
                unsafe { &*context }.after.store(made[(i + 1) % RING], Ordering::Relaxed);
            }
            self.next.store(made[0], Ordering::Release);
        }
        // SAFETY: as above.
        unsafe { &*new }
    }

    /// Frees all of them.
    ///
    /// # Safety
    ///
    /// The layer ends, and with it all its calls.
    pub(crate) unsafe fn end_all(&mut self, state: &DebugState) {
        let ours = std::mem::take(get_mut(&mut self.made));
        *self.next.get_mut() = null_mut();
        state.contexts.lock().retain(|context| !ours.contains(context));
        for context in ours {
            // SAFETY: `make` made it from a box.
            let context = unsafe { Box::from_raw(context) };
            state.arena.give_back_arguments(&mut state.table(), context.arguments);
        }
    }

    /// The beginning of a call into the extension, which gets a context of its own.
    ///
    /// # Safety
    ///
    /// As for `Layer::enter_function`.
    #[inline]
    pub(crate) unsafe fn begin(&self, state: &DebugState, call: &mut FunctionCall) -> *const CallContext {
        // Before the atomic operations, across which compilers remember little.
        let has_context = call.has_context();
        // SAFETY: the context in a call lives.
        let context = unsafe { self.take(state, call.ctx) };
        context.function.store(call.function as usize, Ordering::Relaxed);
        context.stack.store(ptr::from_ref(call) as usize, Ordering::Relaxed);
        if !has_context {
            context.set(WITHOUT_CONTEXT);
        }
        context.serial.set(state.arena.next_serials(PER_CALL));
        context.turn.set(context.next_turn());
        call.ctx = ptr::from_ref(context).cast_mut().cast();
        context
    }

    /// The end of the call.
    ///
    /// # Safety
    ///
    /// As for `Layer::exit_function`; `context` is what `begin` returned.
    #[inline]
    pub(crate) unsafe fn end(
        &self,
        state: &DebugState,
        call: &FunctionCall,
        context: *const CallContext,
        outcome: Outcome,
    ) {
        // SAFETY: by contract. The inner context may be used, as the function did not leave Python and had a context.
        unsafe {
            let context = &*context;
            let usable = context.flags() == 0 || check_before_return(state, call, context);
            if usable && outcome != Outcome::Nothing {
                let raised = ((*call.inner).ctx_Err_Occurred)(call.inner) != 0;
                if raised == (outcome == Outcome::Value) {
                    report_result(state, call, outcome);
                }
            }
            context.thread.store(context.idle.get(), Ordering::Release);
        }
    }

    /// Whether the API may be called as it is called. Returns the context of the call, if it has one.
    ///
    /// # Safety
    ///
    /// As for `Layer::enter`.
    #[inline]
    pub(crate) unsafe fn check(&self, state: &DebugState, call: &ApiCall) -> *const CallContext {
        // SAFETY: by contract; all contexts but that of the layer are made here.
        let context = unsafe { self.of_call(call).as_ref() };
        // SAFETY: by contract; the thread is inside of Python where the context is right.
        unsafe {
            let Some(context) = context.filter(|context| {
                context.thread.load(Ordering::Relaxed) == this_thread()
                    && context.flags() & (INSIDE_API | LEFT | WITHOUT_CONTEXT) == 0
                    && call.member != Member::ctx_ReenterPythonExecution
            }) else {
                return self.check_closely(state, call);
            };
            if call.member.wants_no_exception() && ((*call.inner).ctx_Err_Occurred)(call.inner) != 0 {
                report_exception(state, call);
            }
            context.set(INSIDE_API);
            context
        }
    }

    /// The context that the extension called with, if it was made for a call, which need not be this one.
    #[inline]
    pub(crate) fn of_call(&self, call: &ApiCall) -> *const CallContext {
        if call.ctx == self.base.load(Ordering::Relaxed) {
            self.last.load(Ordering::Relaxed)
        } else {
            call.ctx.cast()
        }
    }

    #[cold]
    #[inline(never)]
    unsafe fn check_closely(&self, state: &DebugState, call: &ApiCall) -> *const CallContext {
        if call.member == Member::ctx_FatalError {
            return null();
        }
        let (known, owner) = state.contexts.owner(call.ctx);
        let Some(current) = state.contexts.current() else {
            let rule = if owner.is_some() || !known { Rule::OtherThread } else { Rule::WrongContext };
            // SAFETY: outside of Python.
            unsafe {
                state.report(rule, &state.site_outside(call), |report| match owner {
                    Some(function) => report.line("context", format!("of a call of {}", Code(function))),
                    None if known => report.line(
                        "context",
                        format!(
                            "of a call that has ended; it was last that of {}",
                            Code(state.contexts.last_function(call.ctx))
                        ),
                    ),
                    None => {}
                });
            }
            return null();
        };
        if current.flags() & WITHOUT_CONTEXT != 0 {
            // SAFETY: Python must not be used now.
            unsafe {
                state.report(Rule::ApiWithoutContext, &state.site_outside(call), |_| {});
            }
            return null();
        }
        let left = current.flags() & LEFT != 0;
        if call.ctx == self.base.load(Ordering::Relaxed) {
            self.last.store(ptr::from_ref(current).cast_mut(), Ordering::Relaxed);
        } else if !is(current, call.ctx) {
            let site = Site { inside_python: !left, ..state.site(call) };
            // SAFETY: the thread is in a function that did not leave Python, or the site says so.
            unsafe {
                state.report(Rule::WrongContext, &site, |report| match owner {
                    Some(function) => report
                        .line("context", format!("of a call of {}, which has not ended yet", Code(function))),
                    None if known => report.line(
                        "context",
                        format!(
                            "of a call that has ended; it was last that of {}",
                            Code(state.contexts.last_function(call.ctx))
                        ),
                    ),
                    None => report.line("context", "not one that this module got"),
                });
            }
            return null();
        }
        if call.member == Member::ctx_ReenterPythonExecution {
            current.unset(LEFT);
            if !left {
                // SAFETY: the thread did not leave Python.
                unsafe { state.report(Rule::NotOutsidePython, &state.site(call), |_| {}) };
            }
        } else if left {
            // SAFETY: the site says that it is outside.
            unsafe {
                state.report(Rule::OutsidePython, &state.site_outside(call), |_| {});
            }
        }
        current.set(INSIDE_API);
        current
    }
}

impl CallContext {
    /// Makes it that of a call of this thread, if it is in this state.
    #[inline(always)]
    fn try_take(&self, idle: usize) -> bool {
        self.thread.compare_exchange(idle, this_thread(), Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    /// Makes it that of a call of this thread, unless it is that of another call.
    fn try_take_any(&self, state: &DebugState) -> bool {
        if self.try_take(STAINED) {
            let left = state.arena.forget_arguments(self.arguments, self.next_turn(), PER_CALL);
            self.idle.set(if left { STAINED } else { FREE });
            return true;
        }
        self.try_take(FREE)
    }

    #[inline(always)]
    fn next_turn(&self) -> *const Record {
        let next = self.turn.get().wrapping_add(PER_CALL);
        if next == self.arguments.wrapping_add(ARGUMENTS) { self.arguments } else { next }
    }
}

unsafe fn make(state: &DebugState, base: *mut HPyContext) -> *mut CallContext {
    let arguments = state.arena.arguments(&mut state.table());
    let made = Box::into_raw(Box::new(CallContext {
        // SAFETY: plain data of a context that lives longer; it is a layer's own, of which all is there.
        context: unsafe { ptr::read(base) },
        thread: AtomicUsize::new(this_thread()),
        function: AtomicUsize::new(0),
        stack: AtomicUsize::new(0),
        flags: AtomicU32::new(0),
        after: AtomicPtr::default(),
        idle: Cell::new(FREE),
        arguments,
        turn: Cell::new(arguments),
        serial: Cell::new(0),
        stored: RefCell::default(),
        thread_state: Cell::new(None),
    }));
    state.contexts.lock().push(made);
    made
}

/// After a function of the API; `context` is what `check` returned.
///
/// # Safety
///
/// The call of the extension's function has not ended.
#[inline]
pub(crate) unsafe fn after(call: &ApiCall, context: *const CallContext) {
    // SAFETY: by contract.
    if let Some(context) = unsafe { context.as_ref() } {
        context.unset(INSIDE_API);
        if call.member == Member::ctx_LeavePythonExecution {
            context.set(LEFT);
        }
    }
}

/// Returns whether the inner context may be used. No flag is left.
#[cold]
#[inline(never)]
unsafe fn check_before_return(state: &DebugState, call: &FunctionCall, context: &CallContext) -> bool {
    let flags = context.flags.swap(0, Ordering::Relaxed);
    if flags & WITHOUT_CONTEXT != 0 {
        return false;
    }
    // SAFETY: the caller's promise; the thread is inside of Python unless it left.
    unsafe {
        if flags & LEFT != 0 {
            context.thread_state.set(None);
            let site = Site { inside_python: false, ..Site::returning(call.function) };
            state.report(Rule::ReturnedOutsidePython, &site, |_| {});
            return false;
        }
        crate::debug::checks::fields::check_stored(state, call, context.stored.take());
    }
    true
}

#[cold]
#[inline(never)]
unsafe fn report_exception(state: &DebugState, call: &ApiCall) {
    // SAFETY: the caller's promise; the thread is inside of Python.
    unsafe { state.report(Rule::ExceptionSet, &state.site(call), |_| {}) };
}

#[cold]
#[inline(never)]
unsafe fn report_result(state: &DebugState, call: &FunctionCall, outcome: Outcome) {
    let rule = match outcome {
        Outcome::Value => Rule::ResultWithException,
        // The end of an iteration needs no exception.
        _ if call.signature == HPyFunc_ITERNEXTFUNC => return,
        _ => Rule::NoException,
    };
    // SAFETY: the caller's promise; the thread is inside of Python.
    unsafe { state.report(rule, &Site::returning(call.function), |_| {}) };
}
