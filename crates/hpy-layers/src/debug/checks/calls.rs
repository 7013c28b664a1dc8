//! What may be called when: with which context, on which thread, with or without an exception, inside or outside of
//! Python.

use std::ptr;

use hpy_abi::*;

use crate::call::{ApiCall, FunctionCall, Opening, Outcome};
use crate::debug::calls::context::{ARGUMENTS_PER_CALL, CallContext, ContextOwner};
use crate::debug::calls::permit::Flags;
use crate::debug::location::place::{By, Code, Place};
use crate::debug::location::stack::{Innermost, caller_of};
use crate::debug::module::Debug;
use crate::debug::reports::report::Report;
use crate::debug::reports::reporter::print;
use crate::debug::reports::rule::Rule;
use crate::debug::reports::site::Site;
use crate::debug::state::DebugState;
use crate::layered::Layered;
use crate::member::Member;

use super::fields;

/// A call of the API begins: whether it may be made as it is made. It gets the context of the extension's call, whatever the
/// extension passed.
///
/// # Safety
///
/// As for `Layer::enter`.
#[inline]
pub(crate) unsafe fn enter(call: &mut ApiCall) {
    // SAFETY: the context is that of the layer, or was made by the pool; they live as long as the layer.
    let permit = unsafe { CallContext::permit_of(call.ctx) };
    if !permit.allows_this_thread() || call.member == Member::ctx_ReenterPythonExecution {
        // SAFETY: the layer is there as long as the contexts.
        call.ctx = unsafe { enter_slow(call.ctx, call.member) }.as_ptr();
        return;
    }
    // SAFETY: the right context was made by the pool, and a thread that has it is inside of Python.
    let is_exception_set = || unsafe { CallContext::of_api_call(call).is_exception_set(call.inner) };
    if call.member.wants_no_exception() && is_exception_set() {
        // SAFETY: a thread with the right context is inside of Python.
        unsafe { report_exception(call.ctx, call.member) };
    }
    permit.forbid(Flags::INSIDE_API);
}

/// The same for calls that are wrong, or for which it takes longer to tell. Returns the context for the call.
///
/// # Safety
///
/// As for `Layer::enter`.
#[cold]
#[inline(never)]
unsafe fn enter_slow<'a>(ctx: *mut HPyContext, member: Member) -> &'a CallContext {
    // SAFETY: the context is one of debug mode.
    let (debug, mut call) = unsafe { Layered::<Debug>::call(ctx, member) };
    let state = &*debug.state;
    if debug.contexts.is_base(call.ctx)
        && let Some(last) = debug.contexts.last()
        && last.permit().allows_this_thread()
        && call.member != Member::ctx_ReenterPythonExecution
    {
        call.ctx = last.as_ptr();
        // SAFETY: a call with a context that allows it.
        unsafe { enter(&mut call) };
        return last;
    }
    let call = &call;
    // SAFETY: the extension has its context from the layer.
    let wrong = unsafe { debug.contexts.for_wrong_calls(call.ctx, &state.arena, &state.contexts) };
    if call.member == Member::ctx_FatalError {
        return wrong;
    }
    let owner = state.contexts.owner_of(call.ctx);
    let Some(current) = state.contexts.current() else {
        report_other_thread(state, call, &owner);
        return wrong;
    };
    if current.flags().has(Flags::WITHOUT_CONTEXT) {
        let site = state.site(call).outside_python();
        // SAFETY: the site says that Python may not be used now.
        unsafe { state.reporter.report(Rule::ApiWithoutContext, &site, |_| {}) };
        return wrong;
    }
    // Who left with a wrong context has left all the same.
    let left = current.flags().has(Flags::LEFT_PYTHON) || current.thread_state().is_some();
    if debug.contexts.is_base(call.ctx) {
        debug.contexts.set_last(current);
    } else if !ptr::eq(current.as_ptr(), call.ctx) {
        report_wrong_context(state, call, &owner, left);
        return wrong;
    }
    if call.member == Member::ctx_ReenterPythonExecution {
        current.permit().allow(Flags::LEFT_PYTHON);
        if !left {
            // SAFETY: the thread did not leave Python.
            unsafe { state.reporter.report(Rule::NotOutsidePython, &state.site(call), |_| {}) };
        }
    } else if left {
        // SAFETY: the site says that the thread is outside of Python.
        unsafe { state.reporter.report(Rule::OutsidePython, &state.site(call).outside_python(), |_| {}) };
    }
    current.permit().forbid(Flags::INSIDE_API);
    current
}

/// A call of the API ends, for which [`enter`] has put the context into `call`.
///
/// # Safety
///
/// The call of the extension's function has not ended.
#[inline]
pub(crate) unsafe fn exit(call: &ApiCall) {
    // SAFETY: it lives as long as the call of the function.
    let permit = unsafe { CallContext::permit_of(call.ctx) };
    permit.allow(Flags::INSIDE_API);
    if call.member == Member::ctx_LeavePythonExecution {
        permit.forbid(Flags::LEFT_PYTHON);
    }
}

/// A call into the extension begins. It gets a context of its own.
///
/// # Safety
///
/// As for `Layer::enter_function`.
#[inline]
pub(crate) unsafe fn enter_function(debug: &Debug, call: &mut FunctionCall) -> *const CallContext {
    let state = &*debug.state;
    // Before the atomic operations, across which compilers remember little.
    let has_context = call.has_context();
    // SAFETY: what the call has before is the context of the layer.
    let context = unsafe { debug.contexts.take(&state.arena, &state.contexts, call.ctx) };
    context.begin(call, has_context, state.arena.next_serials(ARGUMENTS_PER_CALL));
    call.ctx = context.as_ptr();
    context
}

/// The call ends; `context` is what [`enter_function`] returned.
///
/// # Safety
///
/// As for `Layer::exit_function`.
#[inline(always)]
pub(crate) unsafe fn exit_function(
    debug: &Debug,
    call: &FunctionCall,
    context: *const CallContext,
    outcome: Outcome,
) {
    let state = &*debug.state;
    // SAFETY: the call has had it up to now.
    let context = unsafe { &*context };
    while let Some(opened) = state.contexts.left_open_in(context) {
        // SAFETY: this thread has opened it, and nobody is left who would close it.
        unsafe { end_left_open(state, call.inner, opened) };
    }
    // SAFETY: the function returns just now.
    let inside_python = context.flags() == Flags::NONE || unsafe { leave_function(state, call, context) };
    if inside_python && outcome != Outcome::Nothing {
        // SAFETY: the function had a context and did not leave Python.
        let raised = unsafe { context.is_exception_set(call.inner) };
        if raised == (outcome == Outcome::Value) {
            // SAFETY: the function had a context and did not leave Python.
            unsafe { report_result(state, call, outcome) };
        }
    }
    context.end();
}

/// A function opens a context, which is like the beginning of a call.
///
/// # Safety
///
/// As for `Layer::open_context`.
pub(crate) unsafe fn open_context(
    debug: &Debug,
    base: *mut HPyContext,
    opening: &Opening,
) -> *mut HPyContext {
    let state = &*debug.state;
    // SAFETY: `base` is the context of the layer.
    let context = unsafe { debug.contexts.take(&state.arena, &state.contexts, base) };
    let opener = Innermost { function: caller_of(opening.entry), stack: opening.stack };
    state.contexts.begin_opened(context, opener, state.arena.next_serials(ARGUMENTS_PER_CALL));
    context.as_ptr()
}

/// The function closes it again: whether it is the last one that this thread has opened, and how the function leaves it.
///
/// # Safety
///
/// As for `Layer::close_context`.
pub(crate) unsafe fn close_context(debug: &Debug, inner: *mut HPyContext, ctx: *mut HPyContext) {
    let state = &*debug.state;
    let current = state.contexts.current().filter(|current| {
        current.flags().has(Flags::OPENED) && (debug.contexts.is_base(ctx) || ptr::eq(current.as_ptr(), ctx))
    });
    let Some(context) = current else { return report_not_open(state, &state.contexts.owner_of(ctx)) };
    // SAFETY: it is that of this thread, which closes it.
    unsafe { end_opened(state, inner, context) };
}

/// Checks how the function leaves a context that it has opened, which ends.
///
/// # Safety
///
/// The context was opened on this thread, and `inner` is the context behind it.
unsafe fn end_opened(state: &DebugState, inner: *mut HPyContext, context: &CallContext) {
    let flags = context.take_flags();
    if flags.has(Flags::LEFT_PYTHON) {
        context.set_thread_state(None);
        let place = Place { function: context.function(), by: By::CODE };
        // SAFETY: the site says that the thread is outside of Python.
        unsafe {
            state.reporter.report(Rule::ReturnedOutsidePython, &Site::at(place).outside_python(), |_| {})
        };
    } else {
        // SAFETY: the function did not leave Python.
        unsafe { fields::check_stored(state, inner, context.take_stored()) };
    }
    state.contexts.end_opened(context);
}

/// # Safety
///
/// As for [`end_opened`].
#[cold]
unsafe fn end_left_open(state: &DebugState, inner: *mut HPyContext, context: &CallContext) {
    let place = Place { function: context.function(), by: By::CODE };
    let fill = |report: &mut Report| report.add("context", format!("opened by {}", Code(place.function)));
    // SAFETY: the site says that Python may not be used.
    unsafe {
        state.reporter.report(Rule::ContextLeftOpen, &Site::at(place).outside_python(), fill);
        end_opened(state, inner, context);
    }
}

/// The function got no context, as its thread runs another interpreter.
pub(crate) fn report_refused(state: &DebugState, opening: &Opening) {
    let site = Site::at(Place { function: caller_of(opening.entry), by: By::CODE }).outside_python();
    // SAFETY: the site says that Python may not be used: it is that of another interpreter.
    unsafe { state.reporter.report(Rule::ContextRefused, &site, |_| {}) };
}

/// Says on stderr which contexts are open that the end of the interpreter waits for.
pub(crate) fn tell_open(state: &DebugState) {
    let openers = state.contexts.openers();
    if !openers.is_empty() {
        let openers: Vec<String> = openers.iter().map(|&opener| Code(opener).to_string()).collect();
        print(format_args!(
            "HPy debug mode: the interpreter cannot end before contexts are closed that were opened by {}\n",
            openers.join(", ")
        ));
    }
}

fn report_not_open(state: &DebugState, owner: &ContextOwner) {
    let fill = |report: &mut Report| match owner.current {
        Some(function) => report.add("context", format!("of {}", Code(function))),
        None if owner.is_known => add_ended(report, owner),
        None => report.add("context", "not one that this module got"),
    };
    let function = state.contexts.innermost().map_or(0, |innermost| innermost.function);
    let site = Site::at(Place { function, by: By::CODE }).outside_python();
    // SAFETY: the site says that Python may not be used.
    unsafe { state.reporter.report(Rule::ContextNotOpen, &site, fill) };
}

/// What is to be checked when a function returns with flags, of which none is left. Returns whether the inner context may
/// be used.
///
/// # Safety
///
/// The thread is inside of Python, unless the flags say something else.
#[cold]
#[inline(never)]
unsafe fn leave_function(state: &DebugState, call: &FunctionCall, context: &CallContext) -> bool {
    let flags = context.take_flags();
    if flags.has(Flags::WITHOUT_CONTEXT) {
        return false;
    }
    if flags.has(Flags::LEFT_PYTHON) {
        context.set_thread_state(None);
        let site = Site::returning(call.function).outside_python();
        // SAFETY: the site says that the thread is outside of Python.
        unsafe { state.reporter.report(Rule::ReturnedOutsidePython, &site, |_| {}) };
        return false;
    }
    // SAFETY: the function had a context and did not leave Python.
    unsafe { fields::check_stored(state, call.inner, context.take_stored()) };
    true
}

fn report_other_thread(state: &DebugState, call: &ApiCall, owner: &ContextOwner) {
    let rule =
        if owner.current.is_some() || !owner.is_known { Rule::OtherThread } else { Rule::WrongContext };
    let fill = |report: &mut Report| match owner.current {
        Some(function) => report.add("context", format!("of a call of {}", Code(function))),
        None if owner.is_known => add_ended(report, owner),
        None => {}
    };
    // SAFETY: the site says that the thread is outside of Python.
    unsafe { state.reporter.report(rule, &state.site(call).outside_python(), fill) };
}

fn report_wrong_context(state: &DebugState, call: &ApiCall, owner: &ContextOwner, left: bool) {
    let site = Site { inside_python: !left, ..state.site(call) };
    let fill = |report: &mut Report| match owner.current {
        Some(function) => {
            report.add("context", format!("of a call of {}, which has not ended yet", Code(function)));
        }
        None if owner.is_known => add_ended(report, owner),
        None => report.add("context", "not one that was passed to this module"),
    };
    // SAFETY: the thread is in a function that did not leave Python, or the site says so.
    unsafe { state.reporter.report(Rule::WrongContext, &site, fill) };
}

fn add_ended(report: &mut Report, owner: &ContextOwner) {
    report.add("context", format!("of a call that has ended; the last one was of {}", Code(owner.last)));
}

/// # Safety
///
/// The thread is inside of Python.
#[cold]
#[inline(never)]
unsafe fn report_exception(ctx: *mut HPyContext, member: Member) {
    // SAFETY: the context is one of debug mode, and the site says truly that the thread is inside of Python.
    unsafe {
        let (debug, call) = Layered::<Debug>::call(ctx, member);
        debug.state.reporter.report(Rule::ExceptionSet, &debug.state.site(&call), |_| {});
    }
}

/// # Safety
///
/// The thread is inside of Python.
#[cold]
#[inline(never)]
unsafe fn report_result(state: &DebugState, call: &FunctionCall, outcome: Outcome) {
    let rule = match outcome {
        Outcome::Value => Rule::ResultWithException,
        // The end of an iteration needs no exception.
        _ if call.signature == HPyFunc_ITERNEXTFUNC => return,
        _ => Rule::NoException,
    };
    // SAFETY: the site says truly that the thread is inside of Python.
    unsafe { state.reporter.report(rule, &Site::returning(call.function), |_| {}) };
}
