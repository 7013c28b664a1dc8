//! What a layer is.

use std::ffi::{CStr, c_char, c_int};

use hpy_abi::*;

use crate::call::{ApiCall, Callee, FunctionCall, Opening, Outcome, Target};

/// Passes a call on unchanged, which is right only if inner and outer handles are the same.
macro_rules! forward {
    ($call:ident.$member:ident($($argument:expr),*)) => {{
        const { assert!(Self::TRANSPARENT, concat!("a layer that is not transparent implements ", stringify!($member))) };
        // SAFETY: the extension calls the function with these arguments.
        unsafe { ((*$call.inner).$member)($call.inner, $($argument),*) }
    }};
}

/// The default of a method that is only needed by layers that are not transparent.
macro_rules! transparent_only {
    ($method:literal) => {
        const { assert!(Self::TRANSPARENT, concat!("a layer that is not transparent implements ", $method)) }
    };
}

/// What happens between an outer context, which an extension uses, and the inner context that it wraps.
///
/// Two kinds of calls pass through a layer. *Out* of the extension, to a function of the context:
/// [`enter`](Self::enter), [`unwrap`](Self::unwrap) each handle, the inner function, [`wrap`](Self::wrap) what it
/// returns, [`exit`](Self::exit). *Into* a function of the extension: [`enter_function`](Self::enter_function),
/// [`wrap_argument`](Self::wrap_argument) each handle, the function, [`unwrap_result`](Self::unwrap_result),
/// [`release_argument`](Self::release_argument) each, [`exit_function`](Self::exit_function).
///
/// Both kinds arrive on any thread of the interpreter. They nest, since the inner context may run Python code that calls
/// the extension again, so a layer must hold no lock while it calls the inner context. On each thread, the call that began
/// last ends first. A panic prints its message and ends the process.
///
/// The inner context may have fewer members than this crate knows of. What a layer calls for its own purposes is therefore
/// in ABI 0.0.
///
/// # Safety of the methods
///
/// They are called while the context lives, with what the extension passed or the inner context returned. Handles are
/// never null, but in [`unwrap`](Self::unwrap).
#[expect(clippy::missing_safety_doc, reason = "stated above, for all of them")]
pub trait Layer: Sync + Sized + 'static {
    /// The name of the outer context, as debuggers show it.
    const NAME: &'static CStr;

    /// Whether outer and inner handles are the same, so that nothing is wrapped or unwrapped and no array is copied.
    const TRANSPARENT: bool;

    /// What follows the last handle in an array of arguments, if the layer made the array.
    const BEHIND_ARGUMENTS: HPy = HPy::NULL;

    /// What [`enter`](Self::enter) passes to [`exit`](Self::exit).
    type Api;

    /// What [`enter_function`](Self::enter_function) passes to [`exit_function`](Self::exit_function).
    type Function;

    // Calls out of the extension.

    /// A function of the context is being called. `call.ctx` is what the extension passed: the context or a copy of it. The
    /// layer may put another copy in its place, which the other methods get.
    ///
    /// The inner context must not be used while the thread is outside of Python, that is, when
    /// `ctx_ReenterPythonExecution` is entered and when `ctx_LeavePythonExecution` is left.
    unsafe fn enter(&self, call: &mut ApiCall) -> Self::Api;

    /// The function is returning. `ctx_FatalError` never does.
    unsafe fn exit(&self, call: &ApiCall, state: Self::Api);

    /// The inner handle behind an outer one, which stays open; null for null.
    unsafe fn unwrap(&self, call: &ApiCall, outer: HPy) -> HPy {
        let _ = call;
        transparent_only!("unwrap");
        outer
    }

    /// A new outer handle for a new inner one, which belongs to it.
    unsafe fn wrap(&self, call: &ApiCall, handle: HPy) -> HPy {
        let _ = call;
        transparent_only!("wrap");
        handle
    }

    /// An outer handle for a constant of the inner context (`h_*`). It is valid as long as the context.
    unsafe fn wrap_constant(&self, inner: *mut HPyContext, constant: HPy) -> HPy {
        let _ = inner;
        transparent_only!("wrap_constant");
        constant
    }

    /// Replaces wrappers by functions of the layer's own, where observing calls is not enough: to check other arguments,
    /// or to hand out builders or pointers of its own. Such a function finds the layer with
    /// [`Layered::of`](crate::Layered::of), and calls either the wrapper that it replaces or
    /// [`Layered::api`](crate::Layered::api), both of which call `enter` and `exit`.
    fn replace(context: &mut HPyContext) {
        let _ = context;
    }

    // The wrappers of these functions are written by hand, as the types of their parameters do not tell what happens to
    // the handles. Each method is called between `enter` and `exit`, with what the extension passed.

    /// Closes `h`, which may be null, and the inner handle behind it.
    unsafe fn ctx_Close(&self, call: &ApiCall, h: HPy) {
        forward!(call.ctx_Close(h))
    }

    /// As [`ctx_Close`](Self::ctx_Close), for each of `count` handles; the array and a handle may be null. It has only nulls
    /// then.
    unsafe fn ctx_CloseArray(&self, call: &ApiCall, handles: *mut HPy, count: HPy_ssize_t) {
        forward!(call.ctx_CloseArray(handles, count))
    }

    /// A tracker belongs to the layer and holds outer handles, so that closing them passes through the layer.
    unsafe fn ctx_Tracker_New(&self, call: &ApiCall, size: HPy_ssize_t) -> HPyTracker {
        forward!(call.ctx_Tracker_New(size))
    }

    /// See [`ctx_Tracker_New`](Self::ctx_Tracker_New). `h` may be null.
    unsafe fn ctx_Tracker_Add(&self, call: &ApiCall, ht: HPyTracker, h: HPy) -> c_int {
        forward!(call.ctx_Tracker_Add(ht, h))
    }

    /// See [`ctx_Tracker_New`](Self::ctx_Tracker_New).
    unsafe fn ctx_Tracker_ForgetAll(&self, call: &ApiCall, ht: HPyTracker) {
        forward!(call.ctx_Tracker_ForgetAll(ht))
    }

    /// See [`ctx_Tracker_New`](Self::ctx_Tracker_New).
    unsafe fn ctx_Tracker_Close(&self, call: &ApiCall, ht: HPyTracker) {
        forward!(call.ctx_Tracker_Close(ht))
    }

    /// The handles that the tracker owns, and those in the array, are outer ones. A layer may leave all to the extension,
    /// and return null.
    #[expect(clippy::too_many_arguments, reason = "those of the context function")]
    unsafe fn ctx_Arg_TrackObjects(
        &self,
        call: &ApiCall,
        ht: *mut HPyTracker,
        args: *const HPy,
        nargs: usize,
        kwnames: HPy,
        fmt: *const c_char,
        names: *const *const c_char,
    ) -> *const HPy {
        forward!(call.ctx_Arg_TrackObjects(ht, args, nargs, kwnames, fmt, names))
    }

    /// Fills a view, whose `obj` is an outer handle then.
    unsafe fn ctx_GetBuffer(&self, call: &ApiCall, h: HPy, view: *mut HPy_buffer, flags: c_int) -> c_int {
        forward!(call.ctx_GetBuffer(h, view, flags))
    }

    /// Fills a view, whose `obj` is an outer handle then.
    unsafe fn ctx_Unicode_Export(
        &self,
        call: &ApiCall,
        h: HPy,
        formats: c_int,
        view: *mut HPy_buffer,
    ) -> c_int {
        forward!(call.ctx_Unicode_Export(h, formats, view))
    }

    /// Releases a view, and closes its `obj` with the inner handle behind it. Either may be null.
    unsafe fn ctx_Buffer_Release(&self, call: &ApiCall, view: *mut HPy_buffer) {
        forward!(call.ctx_Buffer_Release(view))
    }

    // Calls into the extension.

    /// What an engine calls in place of a function of the extension, and what it passes first, if the layer has something
    /// faster than an adapter. `context` is the outer one. See [`Layered::stand_in`](crate::Layered::stand_in).
    fn stand_in(&self, context: *mut HPyContext, target: &Target) -> Option<Callee> {
        let _ = (context, target);
        None
    }

    /// A function of the extension is about to be called, with `call.ctx`. To tell the contexts of different calls apart,
    /// the layer may replace that by a copy of the context that lives as long as the layer.
    ///
    /// If the function [gets no context](FunctionCall::has_context), the garbage collector may be running or an object may
    /// be about to be freed, so the inner context must not be used, neither here nor in
    /// [`exit_function`](Self::exit_function).
    unsafe fn enter_function(&self, call: &mut FunctionCall) -> Self::Function;

    /// The function has returned, and the handles of its arguments have been released. `outcome` is what its result means.
    /// The exception that goes with it is set in the inner context and must stay set.
    unsafe fn exit_function(&self, call: &FunctionCall, state: Self::Function, outcome: Outcome);

    /// An outer handle for an argument. The inner handle belongs to the caller and is valid until the call ends. Each
    /// argument of a call has an `index` of its own, counted from 0.
    unsafe fn wrap_argument(&self, call: &FunctionCall, index: usize, handle: HPy) -> HPy {
        let _ = (call, index);
        transparent_only!("wrap_argument");
        handle
    }

    /// Ends a handle that [`wrap_argument`](Self::wrap_argument) made.
    unsafe fn release_argument(&self, call: &FunctionCall, outer: HPy) {
        let _ = (call, outer);
        transparent_only!("release_argument");
    }

    /// The function has filled a buffer. Its fields are still the ones that the function wrote.
    unsafe fn buffer_filled(&self, call: &FunctionCall, view: &mut HPy_buffer) {
        let _ = (call, view);
    }

    /// Ends an outer handle that the function returned, or left in a buffer, and returns the inner one, which then belongs
    /// to the caller.
    unsafe fn unwrap_result(&self, call: &FunctionCall, outer: HPy) -> HPy {
        let _ = call;
        transparent_only!("unwrap_result");
        outer
    }

    // Contexts that the extension opens itself.

    /// The extension opens a context, through an `HPyVM`. What it gets is closed by [`close_context`](Self::close_context)
    /// on the same thread; contexts nest. The thread is inside Python; `base` is the layer's own context.
    unsafe fn open_context(&self, base: *mut HPyContext, opening: &Opening) -> *mut HPyContext {
        let _ = opening;
        base
    }

    /// The extension closes a context, or passes something else by mistake. If there are layers around this one, `ctx` is
    /// the layer's own context, and what is closed the last one that the thread has opened.
    unsafe fn close_context(&self, inner: *mut HPyContext, ctx: *mut HPyContext) {
        let _ = (inner, ctx);
    }

    /// The extension has opened a context on a thread that runs another interpreter, and got none.
    fn refuse_context(&self, opening: &Opening) {
        let _ = opening;
    }

    /// The interpreter has waited for some time for contexts to be closed: a layer may say which, on stderr. No thread that
    /// has one waits for this one. Returns whether the layer knows those of the whole interpreter.
    fn tell_open_contexts(&self) -> bool {
        false
    }
}
