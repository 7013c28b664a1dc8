//! A layer with the context that it makes of the one it is around, and what passes through it in either direction.
//!
//! How the context is made is in [`context`](crate::context); the functions in it are
//! [`wrappers`](crate::generated::wrappers).

use std::collections::HashMap;
use std::ffi::c_int;
use std::marker::PhantomPinned;
use std::mem::offset_of;
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
    /// The first field, so that a pointer to the context is a pointer to this. All members exist, even those beyond
    /// `members`.
    context: HPyContext,
    /// 0. Behind a copy of the context for one call, debug mode has the word that says whose call it is.
    nothing: usize,
    members: usize,
    inner: *mut HPyContext,
    layer: L,
    stand_ins: StandIns<L>,
    /// The context points to this.
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
    /// A layer with the context that the extension gets.
    pub(crate) fn from_parts(
        context: HPyContext,
        members: usize,
        inner: *mut HPyContext,
        layer: L,
    ) -> Pin<Box<Self>> {
        const { assert!(offset_of!(Self, nothing) == size_of::<HPyContext>()) };
        let stand_ins = StandIns(Mutex::default());
        let mut layered =
            Box::pin(Self { context, nothing: 0, members, inner, layer, stand_ins, _pinned: PhantomPinned });
        // SAFETY: nothing is moved out; nobody else has a reference yet.
        let this: *mut Self = unsafe { layered.as_mut().get_unchecked_mut() };
        // SAFETY: it is in the box.
        unsafe { (*this).context._private = this.cast() };
        layered
    }

    /// The layer that a context belongs to.
    ///
    /// # Safety
    ///
    /// `ctx` is the [`context`](Self::context) of a living `Layered<L>`, or a copy of one.
    #[must_use]
    pub unsafe fn of<'a>(ctx: *mut HPyContext) -> &'a Self {
        // SAFETY: `from_parts` put a pointer to the `Layered<L>` there, which still lives.
        unsafe { &*(*ctx)._private.cast::<Self>() }
    }

    /// The same for a context that is not a copy, with one load less.
    ///
    /// # Safety
    ///
    /// `ctx` is the [`context`](Self::context) of a living `Layered<L>`.
    #[inline(always)]
    pub(crate) unsafe fn of_original<'a>(ctx: *mut HPyContext) -> &'a Self {
        // SAFETY: the context is the first field of a living `Layered<L>`.
        unsafe { &*ctx.cast::<Self>() }
    }

    /// The outer context, which is never written to.
    #[must_use]
    pub fn context(&self) -> *mut HPyContext {
        (&raw const self.context).cast_mut()
    }

    /// How many members the outer context has: as many as the inner one, or as many as this crate knows of if that is less.
    /// Members beyond must not be used.
    #[must_use]
    pub fn members(&self) -> usize {
        self.members
    }

    /// The layer.
    #[must_use]
    pub fn layer(&self) -> &L {
        &self.layer
    }

    /// The context that the layer wraps.
    #[must_use]
    pub fn inner(&self) -> *mut HPyContext {
        self.inner
    }

    /// The stand-in for a callee, which `new` makes the first time. It lives as long as the layer.
    pub(crate) fn stand_in_for(
        &self,
        signature: HPyFunc_Signature,
        callee: Callee,
        new: impl FnOnce() -> StandIn<L>,
    ) -> *const StandIn<L> {
        let key = (signature, callee.function as usize, callee.first as usize);
        &raw const **lock(&self.stand_ins.0).entry(key).or_insert_with(|| Box::new(new()))
    }

    /// The layer, and a call of the API through it: what a function on a slow path finds again, so that those on fast paths need
    /// not have all of it in memory.
    ///
    /// # Safety
    ///
    /// As for [`of`](Self::of).
    pub(crate) unsafe fn call<'a>(ctx: *mut HPyContext, member: Member) -> (&'a L, ApiCall) {
        // SAFETY: the caller's promise.
        let this = unsafe { Self::of(ctx) };
        (&this.layer, ApiCall { ctx, inner: this.inner, member })
    }

    /// What every wrapper does: it finds the layer, and calls `enter` before `body` and `exit` after it.
    ///
    /// # Safety
    ///
    /// As for [`of`](Self::of).
    #[inline]
    pub unsafe fn api<R>(ctx: *mut HPyContext, member: Member, body: impl FnOnce(&Self, &ApiCall) -> R) -> R {
        // SAFETY: the context belongs to a living `Layered<L>`, and the extension called a function of it.
        unsafe {
            let layered = Self::of(ctx);
            let mut call = ApiCall { ctx, inner: layered.inner, member };
            let state = layered.layer.enter(&mut call);
            let result = body(layered, &call);
            layered.layer.exit(&call, state);
            result
        }
    }
}

/// For calls out of the extension.
///
/// # Safety
///
/// As for the methods of [`Layer`] that these functions call, except that handles may be null.
#[expect(clippy::missing_safety_doc, reason = "stated above, for all of them")]
impl<L: Layer> Layered<L> {
    /// The inner handle behind an outer one; null for null.
    #[inline]
    #[must_use]
    pub unsafe fn unwrap(&self, call: &ApiCall, outer: HPy) -> HPy {
        // SAFETY: the extension passed the handle.
        if L::TRANSPARENT { outer } else { unsafe { self.layer.unwrap(call, outer) } }
    }

    /// An outer handle for a new inner one; null for null.
    #[inline]
    #[must_use]
    pub unsafe fn wrap(&self, call: &ApiCall, inner: HPy) -> HPy {
        // SAFETY: the inner context returned the handle.
        nonnull(inner, |h| if L::TRANSPARENT { h } else { unsafe { self.layer.wrap(call, h) } })
    }

    /// The inner handles behind `count` outer ones; a negative count means none. If there is no memory, the array is null
    /// and a `MemoryError` is set, which the inner function leaves set.
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
        // SAFETY: the extension passed that many handles, from inside of Python.
        unsafe {
            let count = count.try_into().unwrap_or(0);
            Handles::changed(outer, count, |_, h| self.unwrap(call, h)).unwrap_or_else(|| {
                ((*self.inner).ctx_Err_NoMemory)(self.inner);
                Handles::Same(null())
            })
        }
    }

    /// Puts outer handles in the place of the inner ones that a function has stored.
    pub(crate) unsafe fn wrap_array(&self, call: &ApiCall, handles: *mut HPy, count: usize) {
        if !L::TRANSPARENT {
            for i in 0..count {
                // SAFETY: the array has that many handles, all of the inner context or null.
                unsafe { *handles.add(i) = self.wrap(call, *handles.add(i)) };
            }
        }
    }

    /// Puts outer handles in the place of the inner ones that a function has stored, as many as it returned, in arrays of which
    /// any may be null. Returns what it returned. If there is no memory for one, none is left, and it gives -1.
    pub(crate) unsafe fn wrap_stored<const N: usize>(
        &self,
        call: &ApiCall,
        arrays: [*mut HPy; N],
        stored: HPy_ssize_t,
    ) -> HPy_ssize_t {
        if L::TRANSPARENT {
            return stored;
        }
        let count = stored.max(0).cast_unsigned();
        let places = || {
            arrays.into_iter().filter(|array| !array.is_null()).flat_map(move |array| {
                // SAFETY: the function has stored that many handles.
                (0..count).map(move |i| unsafe { array.add(i) })
            })
        };
        for (failed, place) in places().enumerate() {
            // SAFETY: a handle of the inner context, or null.
            unsafe {
                let inner = *place;
                *place = self.wrap(call, inner);
                if !inner.is_null() && (*place).is_null() {
                    self.take_back(call, places(), failed);
                    return -1;
                }
            }
        }
        stored
    }

    /// Closes what a function has stored: outer handles before `failed`, inner ones behind it.
    #[cold]
    unsafe fn take_back(&self, call: &ApiCall, places: impl Iterator<Item = *mut HPy>, failed: usize) {
        for (i, place) in places.enumerate() {
            // SAFETY: by contract; the thread is inside of Python.
            unsafe {
                let h = std::mem::replace(&mut *place, HPy::NULL);
                if i < failed {
                    self.layer.ctx_Close(call, h);
                } else {
                    ((*self.inner).ctx_Close)(self.inner, h);
                }
            }
        }
    }

    /// The parameters of a type with inner handles; `None`, with a `MemoryError` set, if there is no memory.
    pub(crate) unsafe fn unwrap_params(
        &self,
        call: &ApiCall,
        params: *mut HPyType_SpecParam,
    ) -> Option<SpecParams> {
        if L::TRANSPARENT {
            return Some(SpecParams::Same(params));
        }
        // SAFETY: the extension passed the parameters, from inside of Python.
        unsafe {
            let changed = SpecParams::changed(params, |h| self.unwrap(call, h));
            if changed.is_none() {
                ((*self.inner).ctx_Err_NoMemory)(self.inner);
            }
            changed
        }
    }

    /// How many values of keyword arguments follow the positional arguments of a call. `kwnames` is an inner handle.
    #[inline]
    #[must_use]
    pub unsafe fn keywords(&self, kwnames: HPy) -> usize {
        let inner = self.inner;
        // SAFETY: the handle is null or open, and the thread inside of Python.
        unsafe {
            // Anything but a tuple holds no names. The inner function says what is wrong with it.
            if L::TRANSPARENT || kwnames.is_null() || ((*inner).ctx_Tuple_Check)(inner, kwnames) == 0 {
                return 0;
            }
            ((*inner).ctx_Length)(inner, kwnames).try_into().unwrap_or(0)
        }
    }
}

/// For calls into the extension, made by adapters.
///
/// # Safety
///
/// As for calls out of the extension.
impl<L: Layer> Layered<L> {
    #[inline]
    pub(crate) unsafe fn wrap_argument(&self, call: &FunctionCall, index: usize, inner: HPy) -> HPy {
        // SAFETY: the caller of the extension's function passed the handle.
        let wrap = |h| unsafe { self.layer.wrap_argument(call, index, h) };
        if L::TRANSPARENT { inner } else { nonnull(inner, wrap) }
    }

    #[inline]
    pub(crate) unsafe fn release_argument(&self, call: &FunctionCall, outer: HPy) {
        if !L::TRANSPARENT && !outer.is_null() {
            // SAFETY: `wrap_argument` made the handle for this call.
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
        // SAFETY: the caller of the extension's function passed that many handles.
        unsafe {
            Handles::bounded(inner, count.try_into().unwrap_or(0), L::BEHIND_ARGUMENTS, |i, h| {
                self.wrap_argument(call, first + i, h)
            })
        }
    }

    #[inline]
    pub(crate) unsafe fn release_arguments(&self, call: &FunctionCall, arguments: &Handles) {
        for &outer in arguments.own() {
            // SAFETY: `wrap_arguments` made the handles for this call.
            unsafe { self.release_argument(call, outer) };
        }
    }

    #[inline]
    pub(crate) unsafe fn unwrap_result(&self, call: &FunctionCall, outer: HPy) -> HPy {
        // SAFETY: the extension's function returned the handle.
        nonnull(outer, |h| if L::TRANSPARENT { h } else { unsafe { self.layer.unwrap_result(call, h) } })
    }

    /// Puts inner handles in the place of the outer ones that a function has stored.
    pub(crate) unsafe fn unwrap_results(&self, call: &FunctionCall, handles: *mut HPy, count: usize) {
        if !L::TRANSPARENT {
            for i in 0..count {
                // SAFETY: the caller's array has that many handles, which the function has stored or which are null.
                unsafe { *handles.add(i) = self.unwrap_result(call, *handles.add(i)) };
            }
        }
    }

    /// Unwraps the object that a function put into a buffer. After a failure nobody looks at the buffer, so the function
    /// has to close what it left there.
    pub(crate) unsafe fn unwrap_filled(&self, call: &FunctionCall, view: *mut HPy_buffer, status: c_int) {
        if !L::TRANSPARENT {
            // SAFETY: the view is the one that the function got and filled.
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
