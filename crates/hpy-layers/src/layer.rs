//! What a layer is.

use std::ffi::{CStr, c_int};

use hpy_abi::*;

use crate::call::{ApiCall, Callee, FunctionCall, Opening, Outcome, Target};

/// Passes a call on as it is, which is right only if inner and outer handles are the same.
macro_rules! forward {
    ($call:ident.$member:ident($($argument:expr),*)) => {{
        const { assert!(Self::TRANSPARENT, concat!("a layer that is not transparent implements ", stringify!($member))) };
        // SAFETY: the caller of the context function vouches for the arguments.
        unsafe { ((*$call.inner).$member)($call.inner, $($argument),*) }
    }};
}

/// The default of a method that only makes sense for other layers.
macro_rules! transparent_only {
    ($method:literal) => {
        const { assert!(Self::TRANSPARENT, concat!("a layer that is not transparent implements ", $method)) }
    };
}

/// What stands between an outer context, which an extension has, and the inner one that it wraps.
///
/// Two kinds of calls pass through it. *Out* of the extension, to a function of the context:
/// [`enter`](Self::enter), [`unwrap`](Self::unwrap) each handle, the inner function, [`wrap`](Self::wrap) what it
/// returns, [`exit`](Self::exit). *Into* a function of the extension: [`enter_function`](Self::enter_function),
/// [`wrap_argument`](Self::wrap_argument) each handle, the function, [`unwrap_result`](Self::unwrap_result),
/// [`release_argument`](Self::release_argument) each, [`exit_function`](Self::exit_function).
///
/// The inner context may be shorter than this crate knows contexts: of its own accord a layer calls nothing that is newer
/// than ABI 0.0.
///
/// Both arrive on every thread of the interpreter and nest in each other, since the inner context may run Python code
/// that comes back to the extension: a layer holds no lock while it calls the inner context. On one thread they end in
/// the reverse order of their begin. A panic prints its message and ends the process.
///
/// # Safety of the methods
///
/// They are called with a living context, and with what the extension passed or the inner context gave; handles are
/// never null.
#[expect(clippy::missing_safety_doc, reason = "stated above, for all of them")]
pub trait Layer: Sync + Sized + 'static {
    /// Name of the outer context, for people and debuggers.
    const NAME: &'static CStr;

    /// Whether the outer handles are the inner ones: nothing is wrapped or unwrapped, no array copied.
    const TRANSPARENT: bool;

    /// What a function finds behind the last handle of an array of arguments, where the layer has made the array.
    const BEHIND_ARGUMENTS: HPy = HPy::NULL;

    /// What `exit` should know of `enter`.
    type Api;

    /// What `exit_function` should know of `enter_function`.
    type Function;

    // Calls out of the extension.

    /// A function of the context was called. `call.ctx` is what the extension passed: the context or a copy of it.
    ///
    /// Neither here nor in [`exit`](Self::exit) may the inner context be used when the thread is outside of Python:
    /// entering `ctx_ReenterPythonExecution`, leaving `ctx_LeavePythonExecution`.
    unsafe fn enter(&self, call: &ApiCall) -> Self::Api;

    /// The function returns. `ctx_FatalError` never gets here.
    unsafe fn exit(&self, call: &ApiCall, state: Self::Api);

    /// The inner handle behind an outer one, which stays open.
    unsafe fn unwrap(&self, call: &ApiCall, outer: HPy) -> HPy {
        let _ = call;
        transparent_only!("unwrap");
        outer
    }

    /// An outer handle for a new inner one, which it owns.
    unsafe fn wrap(&self, call: &ApiCall, handle: HPy) -> HPy {
        let _ = call;
        transparent_only!("wrap");
        handle
    }

    /// An outer handle for one of the inner context's own, `h_*`, which lives as long as the context.
    unsafe fn wrap_constant(&self, inner: *mut HPyContext, constant: HPy) -> HPy {
        let _ = inner;
        transparent_only!("wrap_constant");
        constant
    }

    /// Puts functions of the layer's own in the place of wrappers, where looking on is not enough: other checks of the
    /// arguments, builders or pointers of the layer's own. They find the layer with [`Layered::of`](crate::Layered::of), and call the
    /// wrapper that they replace, or [`Layered::api`](crate::Layered::api), which tell `enter` and `exit`.
    fn replace(context: &mut HPyContext) {
        let _ = context;
    }

    // By hand: no rule on types says what happens to handles in these. Each takes what the member takes, all of it
    // outer, between `enter` and `exit`.

    /// `h` is gone afterwards, and with it the inner handle. May be null.
    unsafe fn ctx_Close(&self, call: &ApiCall, h: HPy) {
        forward!(call.ctx_Close(h))
    }

    /// The handles in a tracker are closed like any other, so a tracker is the layer's.
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

    // Calls into the extension.

    /// What an engine calls in place of a function of the extension, and what it passes first, if the layer has something
    /// faster than an adapter. `context` is the outer one. See [`Layered::stand_in`](crate::Layered::stand_in).
    fn stand_in(&self, context: *mut HPyContext, target: &Target) -> Option<Callee> {
        let _ = (context, target);
        None
    }

    /// A function of the extension is about to be called. It gets `call.ctx`, in the place of which the layer may put
    /// a copy that lives as long as the layer, to know this call's context from that of others.
    ///
    /// Where `call` [has no context](FunctionCall::has_context), the garbage collector may be running or an object
    /// dying: neither here nor in [`exit_function`](Self::exit_function) may the inner context be used then.
    unsafe fn enter_function(&self, call: &mut FunctionCall) -> Self::Function;

    /// The function returned, and no handle of its arguments is left. `outcome` is what it says by its result; the
    /// exception that goes with it is that of the inner context, and stays as it is.
    unsafe fn exit_function(&self, call: &FunctionCall, state: Self::Function, outcome: Outcome);

    /// An outer handle for an argument. The inner handle belongs to the caller and lives as long as the call. No other
    /// argument of the call has the same `index`; the first ones have the smallest.
    unsafe fn wrap_argument(&self, call: &FunctionCall, index: usize, handle: HPy) -> HPy {
        let _ = (call, index);
        transparent_only!("wrap_argument");
        handle
    }

    /// The end of a handle made by [`wrap_argument`](Self::wrap_argument).
    unsafe fn release_argument(&self, call: &FunctionCall, outer: HPy) {
        let _ = (call, outer);
        transparent_only!("release_argument");
    }

    /// The function filled a buffer, in which all is as it left it.
    unsafe fn buffer_filled(&self, call: &FunctionCall, view: &mut HPy_buffer) {
        let _ = (call, view);
    }

    /// The inner handle, which the caller gets, of what the function returned or left in a buffer. `outer`
    /// is gone afterwards.
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
}
