//! Handles of objects: opened, used, closed, returned.
//!
//! Most calls take a fast path, without waiting for a lock. The slow ones do the same where the fast ones cannot: when
//! another thread has the table, stack traces are kept, there is more than a record to look after, or something is wrong.
//!
//! # Safety
//!
//! The functions have the contracts of the methods of [`Layer`](crate::Layer) that call them: the handles are the
//! extension's or the inner context's, and the thread is inside of Python.

use hpy_abi::*;

use crate::call::{ApiCall, FunctionCall};
use crate::debug::calls::context::CallContext;
use crate::debug::location::place::{By, Place, Trace};
use crate::debug::location::stack::{Start, frames};
use crate::debug::module::{BEHIND_ARGUMENTS, Debug};
use crate::debug::reports::describe;
use crate::debug::reports::report::Report;
use crate::debug::reports::rule::Rule;
use crate::debug::reports::site::Site;
use crate::debug::state::{self, DebugState};
use crate::debug::table::arena::Arena;
use crate::debug::table::record::Record;
use crate::debug::table::record_state::{Kind, Life, Owner, State};
use crate::layered::Layered;
use crate::member::Member;

// Used.

/// The inner handle behind an outer one; null for null.
#[inline]
pub(crate) unsafe fn inner_of(call: &ApiCall, outer: HPy) -> HPy {
    match context_of(call).record_fast(outer._i) {
        Some(record) if record.is_open_handle() => HPy { _i: record.inner() },
        // SAFETY: the thread is inside of Python.
        _ => unsafe { inner_of_other(call.ctx, call.member, outer) },
    }
}

/// The same for null, and on the slow path.
#[cold]
#[inline(always)]
unsafe fn inner_of_other(ctx: *mut HPyContext, member: Member, outer: HPy) -> HPy {
    // SAFETY: the thread is inside of Python.
    if outer.is_null() { outer } else { unsafe { inner_of_slow(ctx, member, outer) } }
}

#[cold]
#[inline(never)]
unsafe fn inner_of_slow(ctx: *mut HPyContext, member: Member, outer: HPy) -> HPy {
    // SAFETY: the call is one of debug mode.
    let (debug, call) = unsafe { Layered::<Debug>::call(ctx, member) };
    let (state, found) = (&*debug.state, debug.state.arena.get(outer._i));
    if let Some(record) = found.filter(|record| record.is_open_handle()) {
        return HPy { _i: record.inner() };
    }
    // SAFETY: the site says truly that the thread is inside of Python.
    unsafe { report_not_open(state, outer, found, Rule::UsedAfterClose, &state.site(&call)) }
}

// Opened.

/// An outer handle for a new inner one; null with a `MemoryError`.
#[inline(always)]
pub(crate) unsafe fn open(call: &ApiCall, inner: HPy) -> HPy {
    match context_of(call).arena().open_fast(inner._i, Kind::Handle, place(call)) {
        Some(record) => HPy { _i: record.handle() },
        // SAFETY: the inner handle is new, and the thread inside of Python.
        None => unsafe { open_slow(call.ctx, call.member, inner) },
    }
}

#[cold]
#[inline(never)]
unsafe fn open_slow(ctx: *mut HPyContext, member: Member, inner: HPy) -> HPy {
    // SAFETY: the call is one of debug mode.
    let (debug, call) = unsafe { Layered::<Debug>::call(ctx, member) };
    if let Some(record) = open_record_slow(debug, call, inner._i, Kind::Handle) {
        return HPy { _i: record.handle() };
    }
    // SAFETY: nobody else has the new handle; the thread is inside of Python.
    unsafe {
        ((*call.inner).ctx_Close)(call.inner, inner);
        ((*call.inner).ctx_Err_NoMemory)(call.inner);
    }
    HPy::NULL
}

/// An outer handle for a constant. It is the same for every module, and stays open.
pub(crate) fn constant(debug: &Debug, inner: HPy) -> HPy {
    let arena = &debug.state.arena;
    let open = State::new(Life::Open, Owner::Context, Kind::Handle);
    let mut constants = debug.state.constants();
    let is_open = |&handle: &isize| arena.get(handle).is_some_and(|record| record.state() == open);
    let known = constants.get(&inner._i).copied().filter(is_open);
    let handle = known.unwrap_or_else(|| {
        let place = Place { function: 0, by: By::CONSTANT };
        arena.open_or_abort(&mut arena.table(), inner._i, open, place).handle()
    });
    constants.insert(inner._i, handle);
    HPy { _i: handle }
}

/// An outer handle for an argument.
#[inline(always)]
pub(crate) unsafe fn open_argument(debug: &Debug, call: &FunctionCall, index: usize, inner: HPy) -> HPy {
    // SAFETY: the call runs on this thread.
    let Some((record, serial)) = (unsafe { CallContext::argument(call, index) }) else {
        return open_argument_slow(debug, call, inner);
    };
    debug.state.arena.open_argument(record, inner._i, serial, call.function as usize);
    HPy { _i: record.handle() }
}

/// The same for the arguments that the context of the call has no record for.
#[cold]
#[inline(never)]
fn open_argument_slow(debug: &Debug, call: &FunctionCall, inner: HPy) -> HPy {
    let place = Place { function: call.function as usize, by: By::ARGUMENT };
    let open = State::new(Life::Open, Owner::CallerQueued, Kind::Handle);
    let arena = &debug.state.arena;
    HPy { _i: arena.open_or_abort(&mut arena.table(), inner._i, open, place).handle() }
}

/// Opens a record for what a function of the API makes. `None` if there is no memory.
#[inline]
pub(crate) fn open_record<'a>(
    debug: &'a Debug,
    call: &ApiCall,
    inner: isize,
    kind: Kind,
) -> Option<&'a Record> {
    let record = debug.state.arena.open_fast(inner, kind, place(call));
    record.or_else(|| open_record_slow(debug, *call, inner, kind))
}

#[cold]
#[inline(never)]
fn open_record_slow(debug: &Debug, call: ApiCall, inner: isize, kind: Kind) -> Option<&Record> {
    let (state, call) = (&*debug.state, &call);
    let opened = State::owned(Life::Open, kind);
    let record = state.arena.open(&mut state.arena.table(), inner, opened, place(call))?;
    if state.stack_trace_limit() != 0 {
        let trace = trace_here(state, call);
        record.set_opened_trace(&mut state.arena.table(), trace);
    }
    Some(record)
}

/// Where a function of the API opens or closes something.
#[inline]
fn place(call: &ApiCall) -> Place {
    Place { function: context_of(call).function(), by: By::api(call.member) }
}

/// The context of a call of the API.
#[inline(always)]
fn context_of(call: &ApiCall) -> &CallContext {
    // SAFETY: the call has got it from `calls::enter`.
    unsafe { CallContext::of_api_call(call) }
}

/// The frames and the Python line of a call of the API, which is made inside of Python.
#[cold]
#[inline(never)]
fn trace_here(state: &DebugState, call: &ApiCall) -> Trace {
    let frames = frames(state.stack_trace_limit(), Start::Call(call), state.contexts.innermost());
    Trace { frames, python: state.reporter.host.python_location(), object: None }
}

// Closed.

/// The extension closes a handle, which may be null.
#[inline]
pub(crate) unsafe fn close(call: &ApiCall, outer: HPy) {
    let inner = call.inner;
    if outer.is_null() {
        // SAFETY: null is what the extension passed.
        return unsafe { ((*inner).ctx_Close)(inner, outer) };
    }
    let context = context_of(call);
    let (arena, record) = (context.arena(), context.record_fast(outer._i));
    // The record first, since closing the inner handle may run code that comes back here.
    match record.and_then(|record| arena.close_fast(record, Kind::Handle, place(call))) {
        // SAFETY: the inner handle is open until it is closed here.
        Some(handle) => unsafe { ((*inner).ctx_Close)(inner, handle) },
        // SAFETY: the handle is the extension's, and the thread inside of Python.
        None => unsafe { close_slow(call.ctx, call.member, outer) },
    }
}

/// The same for an array, which may be null and which has only nulls then.
pub(crate) unsafe fn close_array(call: &ApiCall, outer: *mut HPy, count: HPy_ssize_t) {
    let count = if outer.is_null() { 0 } else { count.max(0) };
    for i in 0..count.cast_unsigned() {
        // SAFETY: the extension's array has that many handles.
        unsafe { close(call, std::mem::replace(&mut *outer.add(i), HPy::NULL)) };
    }
}

#[cold]
#[inline(never)]
unsafe fn close_slow(ctx: *mut HPyContext, member: Member, outer: HPy) {
    // SAFETY: the call is one of debug mode.
    let (debug, call) = unsafe { Layered::<Debug>::call(ctx, member) };
    let inner = call.inner;
    let found = debug.state.arena.get(outer._i);
    let owned = found.filter(|record| record.is_open_handle() && record.is_owned());
    // The record first, as above.
    match owned.and_then(|record| close_record_slow(debug, call, record)) {
        // SAFETY: the inner handle is open until it is closed here.
        Some(handle) => unsafe { ((*inner).ctx_Close)(inner, handle) },
        // SAFETY: the thread is inside of Python.
        None => unsafe { report_closed(debug, &call, outer, found) },
    }
}

/// Reports that the extension ends a handle that is not open, or not its own.
#[cold]
#[inline(never)]
pub(crate) unsafe fn report_closed(debug: &Debug, call: &ApiCall, outer: HPy, found: Option<&Record>) {
    let state = &*debug.state;
    let site = state.site(call);
    let Some(record) = found.filter(|record| record.is_open_handle()) else {
        // SAFETY: the site says truly that the thread is inside of Python.
        unsafe { report_not_open(state, outer, found, Rule::ClosedTwice, &site) };
        return;
    };
    let is_constant = record.state().owner() == Owner::Context;
    let rule = if is_constant { Rule::ClosedConstant } else { Rule::ClosedArgument };
    // It stays open: it is not the extension's.
    // SAFETY: the site says truly that the thread is inside of Python.
    unsafe { state.reporter.report(rule, &site, |report| state.describe_handle(report, record)) };
}

/// Closes what a function of the API ends. Returns the inner handle, which may be looked at before; `None` if another
/// thread was first.
#[inline]
pub(crate) fn close_record(debug: &Debug, call: &ApiCall, record: &Record, kind: Kind) -> Option<HPy> {
    let inner = context_of(call).arena().close_fast(record, kind, place(call));
    inner.or_else(|| close_record_slow(debug, *call, record))
}

#[cold]
#[inline(never)]
fn close_record_slow(debug: &Debug, call: ApiCall, record: &Record) -> Option<HPy> {
    let (state, call) = (&*debug.state, &call);
    if state.stack_trace_limit() != 0 {
        let mut trace = trace_here(state, call);
        if record.kind() == Kind::Handle {
            // SAFETY: the thread is inside of Python; the inner handle is open like the record.
            trace.object = unsafe { describe::for_later(call.inner, HPy { _i: record.inner() }) };
        }
        record.set_closed_trace(&mut state.arena.table(), trace);
    }
    state.arena.close(&mut state.arena.table(), record, place(call))
}

/// The end of an argument's handle, whatever the function did with it.
#[inline(always)]
pub(crate) unsafe fn close_argument(debug: &Debug, call: &FunctionCall, outer: HPy) {
    // SAFETY: `open_argument` gave the handle, which is the address of a record.
    let record = unsafe { &*(outer._i as *const Record) };
    if !Arena::close_argument(record) {
        // SAFETY: the call runs on this thread.
        unsafe { close_argument_slow(debug, call, record) };
    }
}

#[cold]
#[inline(never)]
unsafe fn close_argument_slow(debug: &Debug, call: &FunctionCall, record: &Record) {
    let place = Place { function: call.function as usize, by: By::ARGUMENT };
    if debug.state.arena.close_argument_slow(record, place) {
        // SAFETY: the call runs on this thread.
        unsafe { CallContext::set_argument_has_extra(call, record) };
    }
}

// Returned.

/// The inner handle, for the caller, of what a function of the extension returned.
#[inline]
pub(crate) unsafe fn take_result(debug: &Debug, call: &FunctionCall, outer: HPy) -> HPy {
    // SAFETY: the call runs on this thread.
    let context = unsafe { CallContext::of(call) };
    let arena = context.arena();
    let place = Place { function: call.function as usize, by: By::RESULT };
    match context.record_fast(outer._i).and_then(|record| arena.close_fast(record, Kind::Handle, place)) {
        Some(inner) => inner,
        // SAFETY: the function returned the handle, and the thread is inside of Python.
        None => unsafe { take_result_slow(debug, call, outer) },
    }
}

#[cold]
#[inline(never)]
unsafe fn take_result_slow(debug: &Debug, call: &FunctionCall, outer: HPy) -> HPy {
    let arena = &debug.state.arena;
    let found = arena.get(outer._i);
    let owned = found.filter(|record| record.is_open_handle() && record.is_owned());
    let place = Place { function: call.function as usize, by: By::RESULT };
    match owned.and_then(|record| arena.close(&mut arena.table(), record, place)) {
        Some(inner) => inner,
        // SAFETY: the thread is inside of Python.
        None => unsafe { report_result(debug, call, outer, found) },
    }
}

/// The caller gets a handle all the same.
#[cold]
unsafe fn report_result(debug: &Debug, call: &FunctionCall, outer: HPy, found: Option<&Record>) -> HPy {
    let state = &*debug.state;
    let site = Site::returning(call.function);
    let inner = match found.filter(|record| record.is_open_handle()) {
        Some(record) => {
            let is_constant = record.state().owner() == Owner::Context;
            let rule = if is_constant { Rule::ReturnedConstant } else { Rule::ReturnedArgument };
            // SAFETY: the site says truly that the thread is inside of Python.
            unsafe { state.reporter.report(rule, &site, |report| state.describe_handle(report, record)) };
            HPy { _i: record.inner() }
        }
        // SAFETY: the site says truly that the thread is inside of Python.
        None => unsafe { report_not_open(state, outer, found, Rule::ReturnedClosed, &site) },
    };
    // SAFETY: the inner handle is open.
    unsafe { ((*call.inner).ctx_Dup)(call.inner, inner) }
}

// What all have in common.

/// Reports a handle that is not open. If the extension goes on, it is with the engine's handle that this returns: of the
/// object if it still lives, else of `None`.
#[cold]
unsafe fn report_not_open(
    state: &DebugState,
    outer: HPy,
    found: Option<&Record>,
    rule: Rule,
    site: &Site,
) -> HPy {
    // SAFETY: the engine lives longer.
    let none = unsafe { (*state.engine).h_None };
    let known = found.filter(|record| record.kind() == Kind::Handle && record.state().life() != Life::Unused);
    let Some(record) = known else {
        // SAFETY: the site says truly that the thread is inside of Python.
        unsafe {
            if outer == BEHIND_ARGUMENTS {
                state.reporter.report(Rule::ArgumentIndex, site, |_| {});
            } else {
                let fill = |report: &mut Report| describe_foreign(state, report, outer, found);
                state.reporter.report(Rule::ForeignHandle, site, fill);
            }
        }
        return none;
    };
    let is_closed = || record.state().life() == Life::Closed;
    let fill = |report: &mut Report| {
        if is_closed() {
            // SAFETY: the thread is inside of Python.
            unsafe { state.describe_handle(report, record) };
        } else {
            let id = outer._i;
            report.add(
                "handle",
                format!("{id:#x}, which was closed so long ago that nothing else is known of it"),
            );
        }
    };
    // SAFETY: the site says truly that the thread is inside of Python.
    unsafe { state.reporter.report(rule, site, fill) };
    let table = state.arena.table();
    let living = is_closed().then(|| state.arena.living(&table, record)).flatten();
    living.unwrap_or(none)
}

fn describe_foreign(state: &DebugState, report: &mut Report, outer: HPy, found: Option<&Record>) {
    let id = outer._i;
    let guess = match found.map(Record::kind) {
        Some(Kind::ListBuilder | Kind::TupleBuilder) => "a builder",
        Some(Kind::Tracker) => "a tracker",
        Some(Kind::UnicodeWriter | Kind::BytesWriter | Kind::LongWriter) => "a writer",
        Some(Kind::Block) => "not a handle",
        Some(Kind::Handle) => "not a handle that was ever opened",
        None if state::is_of_another(state, id) => "a handle of another interpreter",
        None => {
            let table = state.arena.table();
            let mut engines_own = false;
            state.arena.each(&table, |record| engines_own |= record.is_open_handle() && record.inner() == id);
            if engines_own { "the engine's own handle of an object, or a PyObject *" } else { "unknown" }
        }
    };
    report.add("handle", format!("{id:#x}: {guess}"));
}
