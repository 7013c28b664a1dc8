//! The two ways in which an engine calls into the extension through a layer.
//!
//! An [adapter](crate::generated::adapters) has the signature of the extension's function that it stands in for. It
//! calls that function between what the layer does with the arguments and with the result. Where layers are stacked, an
//! inner adapter calls the adapter of the layer around it:
//!
//! ```text
//! engine: handles ─▶ adapter of the innermost layer: wraps ─▶ … ─▶ adapter of the outermost: wraps ─▶ function
//! ```
//!
//! * [`Layered::stand_in`] is for engines that can bind an argument to a function. It returns an adapter and the
//!   [`StandIn`] to pass to it in place of the context.
//! * [`ctx_CallRealFunctionFromTrampoline`] takes a native call as an extension's trampoline packed it. Only the engine's
//!   own context can make handles of the arguments, so each layer passes the call on to its inner context, with an
//!   adapter in place of the function and a [`Pending`] call for that adapter to find.
//!
//! What adapters do when they are called is in [`adapter`](crate::adapter).

use std::ffi::c_void;
use std::ptr::null_mut;

use hpy_abi::*;

use crate::adapter::Pending;
use crate::call::{Callee, Target};
use crate::generated::adapters;
use crate::layer::Layer;
use crate::layered::{Layered, StandIn};

impl<L: Layer> Layered<L> {
    /// What to call instead of `callee`, for an engine that can bind a first argument to a function. The function that this
    /// returns has the same signature, but takes `first` in place of the context, or in front of its arguments if the
    /// signature has no context. It calls the layer and then `callee`, and lives as long as the layer.
    ///
    /// `origin` is the extension's function. `callee` is that function with null as `first`, or what this method of the
    /// layer around this one returned.
    ///
    /// `None` if the signature does not exist, or functions of it are never called.
    #[must_use]
    pub fn stand_in(
        &self,
        signature: HPyFunc_Signature,
        origin: HPyCFunction,
        callee: Callee,
    ) -> Option<Callee> {
        let target = Target { inner: self.inner(), function: origin, signature };
        let is_last = callee.first.is_null();
        if is_last && let Some(own) = self.layer().stand_in(self.context(), &target) {
            return Some(own);
        }
        let gets_context = is_last && target.has_context();
        let function = adapters::stand_in::<L>(signature)?;
        let new = || StandIn { layered: self, target, callee, gets_context };
        let stand_in = self.stand_in_for(signature, callee, new);
        Some(Callee { first: stand_in.cast_mut().cast(), function })
    }
}

/// Calls a function of the extension with arguments that its trampoline packed: a member of every layer's context.
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
    // SAFETY: the context belongs to a living `Layered<L>`.
    let layered = unsafe { Layered::<L>::of(ctx) };
    let inner = layered.inner();
    // SAFETY: a context has this member.
    let call_inner = unsafe { (*inner).ctx_CallRealFunctionFromTrampoline };
    let Some(adapter) = adapters::adapter::<L>(sig) else {
        // SAFETY: the arguments are the caller's. The inner context refuses a signature that does not exist.
        return unsafe { call_inner(inner, sig, func, args) };
    };
    let below = Pending::top();
    // SAFETY: a pending call lives on the stack of this thread until it has arrived or its layer has removed it.
    let origin = match unsafe { below.as_ref() } {
        // From the layer around this one.
        Some(outer) if outer.is_for(func) => outer.function(),
        _ => func,
    };
    let target = Target { inner, function: origin, signature: sig };
    let callee = Callee { first: null_mut(), function: func };
    let stand_in = StandIn { layered, target, callee, gets_context: target.has_context() };
    let pending = Pending::new(&stand_in, adapter, below);
    Pending::set_top(&raw const pending);
    // SAFETY: the adapter has the signature of the function, and finds the pending call.
    unsafe { call_inner(inner, sig, adapter, args) };
    // Not every call arrives: an object may have nothing to traverse.
    if std::ptr::eq(Pending::top(), &raw const pending) {
        Pending::set_top(below);
    }
}
