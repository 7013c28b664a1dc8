//! A layer with the context that it makes of the one it is around, and what passes through it in either direction.
//!
//! How the context is made is in [`context`](crate::context); the functions in it are
//! [`wrappers`](crate::generated::wrappers).

use std::collections::HashMap;
use std::ffi::c_int;
use std::marker::PhantomPinned;
use std::pin::Pin;
use std::ptr::null;
use std::sync::Mutex;

use hpy_abi::*;

use crate::call::{ApiCall, Callee, FunctionCall, Target};
use crate::handles::{Handles, SpecParams};
use crate::layer::Layer;
use crate::member::Member;
use crate::sync::lock;

/// A context whose functions go through the layer to the inner context.
#[repr(C)]
pub struct Layered<L> {
    /// The first field: a pointer to one is a pointer to the other. All of it is there, whatever its length says.
    context: HPyContext,
    members: usize,
    inner: *mut HPyContext,
    layer: L,
    stand_ins: StandIns<L>,
    /// The context refers to the whole.
    _pinned: PhantomPinned,
}

/// What an adapter needs to know. An engine passes it in place of the context.
pub(crate) struct StandIn<L> {
    pub(crate) layered: *const Layered<L>,
    pub(crate) target: Target,
    /// What the adapter calls: the extension's function, or the adapter of the layer around this one.
    pub(crate) callee: Callee,
    /// Whether the callee gets the context that the layer has for the call.
    pub(crate) gets_context: bool,
}

/// Signature and function of a callee, and what it gets first.
type Key = (HPyFunc_Signature, usize, usize);

/// The stand-ins of one layer, which live as long as the layer.
struct StandIns<L>(Mutex<HashMap<Key, Box<StandIn<L>>>>);

impl<L: Layer> Layered<L> {
    /// Puts the parts together. `context` is what the extension gets.
    pub(crate) fn from_parts(
        context: HPyContext,
        members: usize,
        inner: *mut HPyContext,
        layer: L,
    ) -> Pin<Box<Self>> {
        let stand_ins = StandIns(Mutex::default());
        let mut layered =
            Box::pin(Self { context, members, inner, layer, stand_ins, _pinned: PhantomPinned });
        // SAFETY: nothing is moved out; nobody else has a reference yet.
        let this: *mut Self = unsafe { layered.as_mut().get_unchecked_mut() };
        // SAFETY: it is in the box.
        unsafe { (*this).context._private = this.cast() };
        layered
    }

    /// The whole behind its context.
    ///
    /// # Safety
    ///
    /// `ctx` is the [`context`](Self::context) of a living `Layered<L>`, or a copy of one.
    #[must_use]
    pub unsafe fn of<'a>(ctx: *mut HPyContext) -> &'a Self {
        // SAFETY: by contract; `new` put it there.
        unsafe { &*(*ctx)._private.cast::<Self>() }
    }

    /// The same without a detour, of a context that is no copy.
    ///
    /// # Safety
    ///
    /// `ctx` is the [`context`](Self::context) of a living `Layered<L>`.
    #[inline(always)]
    pub(crate) unsafe fn of_original<'a>(ctx: *mut HPyContext) -> &'a Self {
        // SAFETY: by contract; the context is the first field.
        unsafe { &*ctx.cast::<Self>() }
    }

    /// The outer context. Nobody writes to it.
    #[must_use]
    pub fn context(&self) -> *mut HPyContext {
        (&raw const self.context).cast_mut()
    }

    /// How many members the outer context has: as many as the inner one, as far as this crate knows them. Those beyond
    /// must not be used.
    #[must_use]
    pub fn members(&self) -> usize {
        self.members
    }

    /// The layer.
    #[must_use]
    pub fn layer(&self) -> &L {
        &self.layer
    }

    /// The context that the layer is around.
    #[must_use]
    pub fn inner(&self) -> *mut HPyContext {
        self.inner
    }

    /// The stand-in for a callee, made by `new` the first time.
    pub(crate) fn stand_in_for(
        &self,
        signature: HPyFunc_Signature,
        callee: Callee,
        new: impl FnOnce() -> StandIn<L>,
    ) -> *const StandIn<L> {
        let key = (signature, callee.function as usize, callee.first as usize);
        &raw const **lock(&self.stand_ins.0).entry(key).or_insert_with(|| Box::new(new()))
    }

    /// The frame of every wrapper: finds the layer and tells it when `body` begins and ends.
    ///
    /// # Safety
    ///
    /// As for [`of`](Self::of).
    #[inline]
    pub unsafe fn api<R>(ctx: *mut HPyContext, member: Member, body: impl FnOnce(&Self, &ApiCall) -> R) -> R {
        // SAFETY: by contract.
        unsafe {
            let layered = Self::of(ctx);
            let call = ApiCall { ctx, inner: layered.inner, member };
            let state = layered.layer.enter(&call);
            let result = body(layered, &call);
            layered.layer.exit(&call, state);
            result
        }
    }
}

/// Of calls out of the extension.
///
/// # Safety
///
/// The functions have the contracts of the methods of [`Layer`] that they call, except that handles may be null.
#[expect(clippy::missing_safety_doc, reason = "stated above, for all of them")]
impl<L: Layer> Layered<L> {
    /// The inner handle behind an outer one; null for null.
    #[inline]
    #[must_use]
    pub unsafe fn unwrap(&self, call: &ApiCall, outer: HPy) -> HPy {
        // SAFETY: by contract.
        nonnull(outer, |h| if L::TRANSPARENT { h } else { unsafe { self.layer.unwrap(call, h) } })
    }

    /// An outer handle for a new inner one; null for null.
    #[inline]
    #[must_use]
    pub unsafe fn wrap(&self, call: &ApiCall, inner: HPy) -> HPy {
        // SAFETY: by contract.
        nonnull(inner, |h| if L::TRANSPARENT { h } else { unsafe { self.layer.wrap(call, h) } })
    }

    /// The inner handles behind `count` outer ones. A negative count is none. Without memory it is null with a
    /// `MemoryError`, which the inner function leaves as it is.
    #[inline]
    #[must_use]
    pub unsafe fn unwrap_array(
        &self,
        call: &ApiCall,
        outer: *const HPy,
        count: impl TryInto<usize>,
    ) -> Handles {
        if L::TRANSPARENT {
            return Handles::Same(outer);
        }
        // SAFETY: by contract.
        unsafe {
            let count = count.try_into().unwrap_or(0);
            Handles::changed(outer, count, |_, h| self.unwrap(call, h)).unwrap_or_else(|| {
                ((*self.inner).ctx_Err_NoMemory)(self.inner);
                Handles::Same(null())
            })
        }
    }

    /// The parameters of a type with inner handles; `None` with `MemoryError`.
    pub(crate) unsafe fn unwrap_params(
        &self,
        call: &ApiCall,
        params: *mut HPyType_SpecParam,
    ) -> Option<SpecParams> {
        if L::TRANSPARENT {
            return Some(SpecParams::Same(params));
        }
        // SAFETY: by contract.
        unsafe {
            let changed = SpecParams::changed(params, |h| self.unwrap(call, h));
            if changed.is_none() {
                ((*self.inner).ctx_Err_NoMemory)(self.inner);
            }
            changed
        }
    }

    /// How many values for keywords follow the positional arguments of a call. `kwnames` is an inner handle.
    #[inline]
    #[must_use]
    pub unsafe fn keywords(&self, kwnames: HPy) -> usize {
        let inner = self.inner;
        // SAFETY: by contract.
        unsafe {
            // Something else than a tuple holds no names; the inner function says what is wrong with it.
            if L::TRANSPARENT || kwnames.is_null() || ((*inner).ctx_Tuple_Check)(inner, kwnames) == 0 {
                return 0;
            }
            ((*inner).ctx_Length)(inner, kwnames).try_into().unwrap_or(0)
        }
    }
}

/// Of calls into the extension, for the adapters.
///
/// # Safety
///
/// As for calls out of the extension.
impl<L: Layer> Layered<L> {
    #[inline]
    pub(crate) unsafe fn wrap_argument(&self, call: &FunctionCall, index: usize, inner: HPy) -> HPy {
        // SAFETY: by contract.
        let wrap = |h| unsafe { self.layer.wrap_argument(call, index, h) };
        if L::TRANSPARENT { inner } else { nonnull(inner, wrap) }
    }

    #[inline]
    pub(crate) unsafe fn release_argument(&self, call: &FunctionCall, outer: HPy) {
        if !L::TRANSPARENT && !outer.is_null() {
            // SAFETY: by contract.
            unsafe { self.layer.release_argument(call, outer) };
        }
    }

    #[inline]
    pub(crate) unsafe fn wrap_arguments(
        &self,
        call: &FunctionCall,
        first: usize,
        inner: *const HPy,
        count: impl TryInto<usize>,
    ) -> Handles {
        if L::TRANSPARENT {
            return Handles::Same(inner);
        }
        // SAFETY: by contract.
        unsafe {
            Handles::bounded(inner, count.try_into().unwrap_or(0), L::BEHIND_ARGUMENTS, |i, h| {
                self.wrap_argument(call, first + i, h)
            })
        }
    }

    #[inline]
    pub(crate) unsafe fn release_arguments(&self, call: &FunctionCall, arguments: &Handles) {
        for &outer in arguments.own() {
            // SAFETY: by contract.
            unsafe { self.release_argument(call, outer) };
        }
    }

    #[inline]
    pub(crate) unsafe fn unwrap_result(&self, call: &FunctionCall, outer: HPy) -> HPy {
        // SAFETY: by contract.
        nonnull(outer, |h| if L::TRANSPARENT { h } else { unsafe { self.layer.unwrap_result(call, h) } })
    }

    /// The object that a function put into a buffer. After a failure nobody looks at the buffer, so what is in there
    /// stays the function's to close.
    pub(crate) unsafe fn unwrap_filled(&self, call: &FunctionCall, view: *mut HPy_buffer, status: c_int) {
        if !L::TRANSPARENT {
            // SAFETY: by contract, of a view that a function filled.
            unsafe {
                if status >= 0 {
                    self.layer.buffer_filled(call, &mut *view);
                }
                let obj = (*view).obj;
                (*view).obj = if status < 0 { HPy::NULL } else { self.unwrap_result(call, obj) };
            }
        }
    }
}

#[inline]
fn nonnull(handle: HPy, change: impl FnOnce(HPy) -> HPy) -> HPy {
    if handle.is_null() { handle } else { change(handle) }
}
