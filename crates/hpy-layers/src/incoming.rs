//! Calls into the extension.
//!
//! The engine hands a native call to the outermost context; only the engine's own context can make handles of the
//! arguments. So each layer passes the call on to its inner context with an [adapter](crate::generated::adapters) in
//! the place of the function, and the adapters then run from the inside to the outside:
//!
//! ```text
//! engine ─▶ outermost ctx_CallRealFunctionFromTrampoline ─▶ inner … ─▶ the engine's: handles
//!        ─▶ adapter of the innermost layer: wraps ─▶ … ─▶ adapter of the outermost: wraps ─▶ function
//! ```
//!
//! An adapter is called like the function that it stands for, so it has no parameter for the layer and the function
//! that it belongs to. It finds them on the stack of [`Pending`] calls of its thread. Whatever runs between a layer
//! and its adapter leaves the stack as it was.

use std::cell::Cell;
use std::ffi::c_void;
use std::ptr::null;

use hpy_abi::*;

use crate::generated::adapters::adapter;
use crate::{FunctionCall, Layer, Layered, Outcome};

/// A call that is on its way to the adapter. It lives on the stack of the thread.
struct Pending {
    /// A `Layered<L>`, where `L` is that of the adapter.
    layered: *const c_void,
    adapter: HPyCFunction,
    /// What the adapter calls: the extension's function, or the adapter of the layer around this one.
    function: HPyCFunction,
    /// The extension's function.
    origin: HPyCFunction,
    signature: HPyFunc_Signature,
    below: *const Pending,
}

thread_local! {
    static TOP: Cell<*const Pending> = const { Cell::new(null()) };
}

/// The member of every layer's context.
///
/// # Safety
///
/// `ctx` is the context of a living `Layered<L>`; `func` and `args` are those of the signature.
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
        let Some(adapter) = adapter::<L>(sig) else {
            return ((*inner).ctx_CallRealFunctionFromTrampoline)(inner, sig, func, args);
        };
        let below = TOP.get();
        let origin = match below.as_ref() {
            // From the layer around this one.
            Some(outer) if outer.adapter as usize == func as usize => outer.origin,
            _ => func,
        };
        let layered = std::ptr::from_ref(layered).cast();
        let pending = Pending { layered, adapter, function: func, origin, signature: sig, below };
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
/// The caller is an adapter of `L` for the signature, which [`ctx_CallRealFunctionFromTrampoline`] passed on.
#[inline]
pub(crate) unsafe fn adapt<L: Layer, R>(
    signature: HPyFunc_Signature,
    body: impl FnOnce(&Layered<L>, &FunctionCall, HPyCFunction) -> (R, Outcome),
) -> R {
    // SAFETY: by contract, the top of the stack is this call, and its layer lives.
    unsafe {
        let pending = TOP.get().as_ref().expect("an adapter is only called by its layer");
        assert_eq!(pending.signature, signature, "the inner context called a function of another signature");
        TOP.set(pending.below);
        let layered = &*pending.layered.cast::<Layered<L>>();
        let function = pending.function;
        let mut call = FunctionCall {
            ctx: layered.context(),
            inner: layered.inner(),
            function: pending.origin,
            signature,
        };
        let state = layered.layer().enter_function(&mut call);
        let (result, outcome) = body(layered, &call, function);
        layered.layer().exit_function(&call, state, outcome);
        result
    }
}
