//! Calls into the extension.
//!
//! An [adapter](crate::generated::adapters) is called like the function that it stands for, and calls that one between
//! what the layer does with arguments and result. With several layers, the function of an inner adapter is the adapter
//! of the layer around it:
//!
//! ```text
//! engine: handles ─▶ adapter of the innermost layer: wraps ─▶ … ─▶ adapter of the outermost: wraps ─▶ function
//! ```
//!
//! There are two [ways](Way) to an adapter:
//!
//! * The engine passes a [`StandIn`] in the place of the context. This is the quick way, for engines that can bind an
//!   argument to a function.
//! * The engine hands a native call, as an extension's trampoline packed it, to the outermost context. Only the
//!   engine's own context can make handles of the arguments, so each layer passes the call on to its inner context with
//!   an adapter in the place of the function. That adapter finds the layer and the function that it belongs to on
//!   the stack of [`Pending`] calls of its thread. Whatever runs between a layer and its adapter leaves the stack as
//!   it was.

use std::cell::Cell;
use std::collections::HashMap;
use std::ffi::c_void;
use std::ptr::{null, null_mut};
use std::sync::Mutex;

use hpy_abi::*;

use crate::generated::adapters;
use crate::sync::lock;
use crate::{FunctionCall, Layer, Layered, Outcome, Target};

/// A function, and what it is called with in the place of its context.
#[derive(Debug, Clone, Copy)]
pub struct Callee {
    /// Functions without a context get it in front of their arguments, unless it is null.
    pub first: *mut HPyContext,
    pub function: HPyCFunction,
}

/// What an adapter needs to know. An engine passes it in the place of the context.
pub(crate) struct StandIn<L> {
    layered: *const Layered<L>,
    target: Target,
    /// What the adapter calls: the extension's function, or the adapter of the layer around this one.
    callee: Callee,
    /// Whether the callee gets the context that the layer has for the call.
    gets_context: bool,
}

/// Signature, function, and what that one gets first.
type Key = (HPyFunc_Signature, usize, usize);

/// The stand-ins that one layer has made.
pub(crate) struct StandIns<L>(Mutex<HashMap<Key, Box<StandIn<L>>>>);

impl<L> Default for StandIns<L> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<L: Layer> Layered<L> {
    /// What to call in the place of `callee`, for an engine that can bind a first argument to a function. The result's
    /// function is of the same signature, but gets `first` in the place of the context, or in front of its arguments
    /// if the signature has no context. It tells the layer, and lives as long as the layer.
    ///
    /// `origin` is the extension's function; `callee` is the same with null as `first`, or what the layer around this
    /// one has given.
    ///
    /// `None` for a signature that means nothing, or is never called.
    #[must_use]
    pub fn stand_in(
        &self,
        signature: HPyFunc_Signature,
        origin: HPyCFunction,
        callee: Callee,
    ) -> Option<Callee> {
        let target = Target { inner: self.inner(), function: origin, signature };
        let is_last = callee.first.is_null();
        if is_last && let Some(own) = L::stand_in(self, &target) {
            return Some(own);
        }
        let gets_context = is_last && target.has_context();
        let function = adapters::stand_in::<L>(signature)?;
        let mut all = lock(&self.stand_ins.0);
        let key = (signature, callee.function as usize, callee.first as usize);
        let stand_in = all
            .entry(key)
            .or_insert_with(|| Box::new(StandIn { layered: self, target, callee, gets_context }));
        Some(Callee { first: (&raw const **stand_in).cast_mut().cast(), function })
    }
}

/// How an adapter finds what it needs.
pub(crate) trait Way<L: Layer> {
    /// # Safety
    ///
    /// `first` is the first argument of an adapter that was reached in this way.
    unsafe fn arrive<'a>(first: *mut HPyContext) -> &'a StandIn<L>;
}

impl<L: Layer> Way<L> for StandIn<L> {
    #[inline(always)]
    unsafe fn arrive<'a>(first: *mut HPyContext) -> &'a Self {
        // SAFETY: by contract.
        unsafe { &*first.cast::<Self>() }
    }
}

/// A call that is on its way to the adapter. It lives on the stack of the thread.
pub(crate) struct Pending {
    /// Of the layer `L` that the adapter is for.
    stand_in: *const c_void,
    target: Target,
    adapter: HPyCFunction,
    below: *const Pending,
}

thread_local! {
    static TOP: Cell<*const Pending> = const { Cell::new(null()) };
}

impl<L: Layer> Way<L> for Pending {
    unsafe fn arrive<'a>(_: *mut HPyContext) -> &'a StandIn<L> {
        // SAFETY: by contract, the top of the stack is this call.
        unsafe {
            let pending = TOP.get().as_ref().expect("an adapter is only called by its layer");
            TOP.set(pending.below);
            &*pending.stand_in.cast()
        }
    }
}

/// The member of every layer's context.
///
/// # Safety
///
/// `ctx` is the context of a living `Layered<L>`; `func` and `args` are those of the signature.
#[inline(never)]
pub(crate) unsafe extern "C" fn ctx_CallRealFunctionFromTrampoline<L: Layer>(
    ctx: *mut HPyContext,
    sig: HPyFunc_Signature,
    func: HPyCFunction,
    args: *mut c_void,
) {
    // SAFETY: by contract; the stack holds nothing but calls that are still on their way.
    unsafe {
        let layered = Layered::<L>::of(ctx);
        let inner = layered.inner();
        // The inner context knows what to say about a number that means nothing.
        let Some(adapter) = adapters::adapter::<L>(sig) else {
            return ((*inner).ctx_CallRealFunctionFromTrampoline)(inner, sig, func, args);
        };
        let below = TOP.get();
        let origin = match below.as_ref() {
            // From the layer around this one.
            Some(outer) if outer.adapter as usize == func as usize => outer.target.function,
            _ => func,
        };
        let target = Target { inner, function: origin, signature: sig };
        let callee = Callee { first: null_mut(), function: func };
        let stand_in = StandIn { layered, target, callee, gets_context: target.has_context() };
        let pending = Pending { stand_in: (&raw const stand_in).cast(), target, adapter, below };
        TOP.set(&raw const pending);
        ((*inner).ctx_CallRealFunctionFromTrampoline)(inner, sig, adapter, args);
        // Not every call arrives: an object may have nothing to traverse.
        if std::ptr::eq(TOP.get(), &raw const pending) {
            TOP.set(below);
        }
    }
}

/// The frame of every adapter: finds the layer and tells it when `body`, which calls the function, begins and ends.
///
/// # Safety
///
/// The caller is an adapter of `L` for the signature, which was reached in this way with `first`.
#[inline(always)]
pub(crate) unsafe fn adapt<L: Layer, W: Way<L>, R>(
    first: *mut HPyContext,
    signature: HPyFunc_Signature,
    body: impl FnOnce(&Layered<L>, &FunctionCall, *mut HPyContext, HPyCFunction) -> (R, Outcome),
) -> R {
    // SAFETY: by contract, and the layer lives.
    unsafe {
        let stand_in = W::arrive(first);
        debug_assert_eq!(stand_in.target.signature, signature, "called as a function of another signature");
        let layered = &*stand_in.layered;
        let mut call = FunctionCall { ctx: layered.context(), target: &stand_in.target, signature };
        let state = layered.layer().enter_function(&mut call);
        let first = if stand_in.gets_context { call.ctx } else { stand_in.callee.first };
        let (result, outcome) = body(layered, &call, first, stand_in.callee.function);
        layered.layer().exit_function(&call, state, outcome);
        result
    }
}
