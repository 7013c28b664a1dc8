//! What a layer is.

use std::ffi::{CStr, c_int, c_void};

use hpy_abi::*;

use crate::{Layered, Member};

/// Passes a call on as it is, which is right only if inner and outer handles are the same.
macro_rules! forward {
    ($ctx:ident.$member:ident($($argument:expr),*)) => {{
        const { assert!(Self::TRANSPARENT, concat!("a layer that is not transparent implements ", stringify!($member))) };
        // SAFETY: the caller of the context function vouches for the arguments.
        unsafe {
            let inner = Layered::<Self>::of($ctx).inner();
            ((*inner).$member)(inner, $($argument),*)
        }
    }};
}

/// What stands between an outer context, which an extension has, and the inner one that it wraps.
///
/// Calls arrive on every thread of the interpreter and may nest, since the inner context may run Python code that comes
/// back to the extension. A panic ends the process.
///
/// # Safety of the methods
///
/// They are called by the [`wrappers`](crate::wrappers), with a living `inner` or `ctx`, and with what the extension
/// passed; handles are never null in [`wrap`](Self::wrap) and its like.
#[expect(clippy::missing_safety_doc, reason = "stated above, for all of them")]
pub trait Layer: Sync + Sized + 'static {
    /// Name of the outer context, for people and debuggers.
    const NAME: &'static CStr;

    /// Whether the outer handles are the inner ones: nothing is wrapped or unwrapped, no array copied.
    const TRANSPARENT: bool;

    /// What `exit` should know of `enter`.
    type Call;

    /// A function of the outer context `ctx` was called.
    ///
    /// Neither here nor in [`exit`](Self::exit) may the context be used when the thread is outside of Python: entering
    /// `ctx_ReenterPythonExecution`, leaving `ctx_LeavePythonExecution`.
    unsafe fn enter(&self, ctx: *mut HPyContext, member: Member) -> Self::Call;

    /// The function returns. `ctx_FatalError` never gets here.
    unsafe fn exit(&self, ctx: *mut HPyContext, member: Member, call: Self::Call);

    /// The inner handle behind an outer one, which stays open.
    unsafe fn unwrap(&self, inner: *mut HPyContext, outer: HPy) -> HPy {
        let _ = inner;
        const { assert!(Self::TRANSPARENT, "a layer that is not transparent implements unwrap") };
        outer
    }

    /// An outer handle for a new inner one, which it owns.
    unsafe fn wrap(&self, inner: *mut HPyContext, handle: HPy) -> HPy {
        let _ = inner;
        const { assert!(Self::TRANSPARENT, "a layer that is not transparent implements wrap") };
        handle
    }

    /// An outer handle for one of the inner context's own, `h_*`, which lives as long as the context.
    unsafe fn wrap_constant(&self, inner: *mut HPyContext, constant: HPy) -> HPy {
        // SAFETY: the caller's.
        unsafe { self.wrap(inner, constant) }
    }

    /// Puts functions of the layer's own in the place of wrappers, where looking on is not enough.
    /// They find the layer with [`Layered::of`] and may call the wrapper that they replace.
    fn replace(context: &mut HPyContext) {
        let _ = context;
    }

    // By hand: no rule on types says what happens to handles, or functions of the extension, in these. Each takes what
    // the member takes, all of it outer, and returns what the extension gets.

    /// `h` is gone afterwards, and with it the inner handle.
    unsafe fn ctx_Close(&self, ctx: *mut HPyContext, h: HPy) {
        forward!(ctx.ctx_Close(h))
    }

    /// The handles in a tracker are closed like any other, so a tracker is the layer's.
    unsafe fn ctx_Tracker_New(&self, ctx: *mut HPyContext, size: HPy_ssize_t) -> HPyTracker {
        forward!(ctx.ctx_Tracker_New(size))
    }

    /// See [`ctx_Tracker_New`](Self::ctx_Tracker_New).
    unsafe fn ctx_Tracker_Add(&self, ctx: *mut HPyContext, ht: HPyTracker, h: HPy) -> c_int {
        forward!(ctx.ctx_Tracker_Add(ht, h))
    }

    /// See [`ctx_Tracker_New`](Self::ctx_Tracker_New).
    unsafe fn ctx_Tracker_ForgetAll(&self, ctx: *mut HPyContext, ht: HPyTracker) {
        forward!(ctx.ctx_Tracker_ForgetAll(ht))
    }

    /// See [`ctx_Tracker_New`](Self::ctx_Tracker_New).
    unsafe fn ctx_Tracker_Close(&self, ctx: *mut HPyContext, ht: HPyTracker) {
        forward!(ctx.ctx_Tracker_Close(ht))
    }

    /// The handles are in `params`, up to kind 0; the functions in `spec`. As it is, the inner context calls them, and
    /// with itself: a layer that should see what happens in them gives it others.
    unsafe fn ctx_Type_FromSpec(
        &self,
        ctx: *mut HPyContext,
        spec: *mut HPyType_Spec,
        params: *mut HPyType_SpecParam,
    ) -> HPy {
        forward!(ctx.ctx_Type_FromSpec(spec, params))
    }

    /// `func` belongs to the extension, as in [`ctx_Type_FromSpec`](Self::ctx_Type_FromSpec).
    unsafe fn ctx_SetCallFunction(&self, ctx: *mut HPyContext, h: HPy, func: *mut HPyCallFunction) -> c_int {
        forward!(ctx.ctx_SetCallFunction(h, func))
    }

    /// The engine calls a function of the extension. As it is, that function gets the inner context; a layer that it
    /// should not escape from passes `ctx`, unpacks the objects in `args` with the inner `ctx_FromPyObject`, and wraps.
    unsafe fn ctx_CallRealFunctionFromTrampoline(
        &self,
        ctx: *mut HPyContext,
        sig: HPyFunc_Signature,
        func: HPyCFunction,
        args: *mut c_void,
    ) {
        forward!(ctx.ctx_CallRealFunctionFromTrampoline(sig, func, args))
    }

    /// `destructor` belongs to the extension; it gets no context.
    unsafe fn ctx_Capsule_New(
        &self,
        ctx: *mut HPyContext,
        pointer: *mut c_void,
        utf8_name: *const std::ffi::c_char,
        destructor: *mut HPyCapsule_Destructor,
    ) -> HPy {
        forward!(ctx.ctx_Capsule_New(pointer, utf8_name, destructor))
    }

    /// `value` may be a destructor, see [`ctx_Capsule_New`](Self::ctx_Capsule_New).
    unsafe fn ctx_Capsule_Set(
        &self,
        ctx: *mut HPyContext,
        capsule: HPy,
        key: _HPyCapsule_key,
        value: *mut c_void,
    ) -> c_int {
        forward!(ctx.ctx_Capsule_Set(capsule, key, value))
    }
}
