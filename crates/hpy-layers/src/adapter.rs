//! What every adapter does when it is called: it finds the function it stands in for, and tells the layer of the call.
//!
//! How an engine comes to call an adapter is in [`incoming`](crate::incoming).

use std::cell::Cell;
use std::ffi::c_void;
use std::ptr::{self, null};

use hpy_abi::*;

use crate::call::{FunctionCall, Outcome};
use crate::layer::Layer;
use crate::layered::{Layered, StandIn};

/// How an adapter finds its [`StandIn`].
pub(crate) trait FindStandIn<L: Layer> {
    /// # Safety
    ///
    /// `first` is the first argument of an adapter of `L` that was called in this way.
    unsafe fn find<'a>(first: *mut HPyContext) -> &'a StandIn<L>;
}

impl<L: Layer> FindStandIn<L> for StandIn<L> {
    #[inline(always)]
    unsafe fn find<'a>(first: *mut HPyContext) -> &'a Self {
        // SAFETY: whoever calls an adapter with a stand-in passes that first; it lives as long as the layer.
        unsafe { &*first.cast::<Self>() }
    }
}

/// A call that is on its way to its adapter. It lives on the stack of the thread.
pub(crate) struct Pending {
    /// Of the layer `L` that the adapter is for.
    stand_in: *const c_void,
    /// The extension's function.
    function: HPyCFunction,
    adapter: HPyCFunction,
    below: *const Pending,
}

thread_local! {
    /// The pending calls of this thread. Whatever runs between a layer and its adapter leaves them as they were.
    static TOP: Cell<*const Pending> = const { Cell::new(null()) };
}

impl Pending {
    pub(crate) fn new<L>(stand_in: &StandIn<L>, adapter: HPyCFunction, below: *const Self) -> Self {
        Self { stand_in: ptr::from_ref(stand_in).cast(), function: stand_in.target.function, adapter, below }
    }

    /// The call of this thread that began last, or null.
    pub(crate) fn top() -> *const Self {
        TOP.get()
    }

    /// Makes it the call that began last. It stays where it is until another one is.
    pub(crate) fn set_top(pending: *const Self) {
        TOP.set(pending);
    }

    /// Whether this is the adapter that the call is for.
    pub(crate) fn is_for(&self, adapter: HPyCFunction) -> bool {
        self.adapter as usize == adapter as usize
    }

    /// The extension's function that is called in the end.
    pub(crate) fn function(&self) -> HPyCFunction {
        self.function
    }
}

impl<L: Layer> FindStandIn<L> for Pending {
    unsafe fn find<'a>(_: *mut HPyContext) -> &'a StandIn<L> {
        // SAFETY: the call that began last is the one that has arrived here; its stand-in is one of `L`.
        unsafe {
            let pending = TOP.get().as_ref().expect("an adapter is only called by its layer");
            TOP.set(pending.below);
            &*pending.stand_in.cast()
        }
    }
}

/// What every adapter does: it finds the layer, and calls `enter_function` before `body`, which calls the function, and
/// `exit_function` after it.
///
/// # Safety
///
/// The caller is an adapter of `L` for the signature, which was called in the way `F` with `first`.
#[inline(always)]
pub(crate) unsafe fn adapt<L: Layer, F: FindStandIn<L>, R>(
    first: *mut HPyContext,
    signature: HPyFunc_Signature,
    body: impl FnOnce(&Layered<L>, &FunctionCall, *mut HPyContext, HPyCFunction) -> (R, Outcome),
) -> R {
    // SAFETY: the adapter was called in this way; the layer lives as long as its stand-ins.
    unsafe {
        let stand_in = F::find(first);
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
