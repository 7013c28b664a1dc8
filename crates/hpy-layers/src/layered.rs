//! A layer around a context, as a context.

use std::marker::PhantomPinned;
use std::pin::Pin;

use hpy_abi::{HPy, HPyContext};

use crate::{Layer, Member, wrappers};

/// A context whose functions go through the layer to the inner context.
pub struct Layered<L> {
    context: HPyContext,
    layer: L,
    inner: *mut HPyContext,
    /// The context refers to the whole.
    _pinned: PhantomPinned,
}

impl<L: Layer> Layered<L> {
    /// Puts `layer` around `inner`.
    ///
    /// # Safety
    ///
    /// `inner` outlives the result, and the result every use of its context. The caller is inside of Python, as for
    /// any use of `inner`.
    #[must_use]
    pub unsafe fn new(inner: *mut HPyContext, layer: L) -> Pin<Box<Self>> {
        // SAFETY: `inner` lives; nobody uses the new context yet, and it stays where it is.
        unsafe {
            let mut context =
                wrappers::context::<L>(&*inner, |h| nonnull(h, |h| layer.wrap_constant(inner, h)));
            L::replace(&mut context);
            let mut layered = Box::pin(Self { context, layer, inner, _pinned: PhantomPinned });
            let this: *mut Self = layered.as_mut().get_unchecked_mut();
            (*this).context._private = this.cast();
            layered
        }
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

    /// The outer context. Nobody writes to it.
    #[must_use]
    pub fn context(&self) -> *mut HPyContext {
        (&raw const self.context).cast_mut()
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

    /// The inner handle behind an outer one; null for null.
    ///
    /// # Safety
    ///
    /// As for any use of the context; so for all that follows.
    #[inline]
    #[must_use]
    pub unsafe fn unwrap(&self, outer: HPy) -> HPy {
        // SAFETY: by contract.
        nonnull(outer, |h| if L::TRANSPARENT { h } else { unsafe { self.layer.unwrap(self.inner, h) } })
    }

    /// An outer handle for a new inner one; null for null.
    ///
    /// # Safety
    ///
    /// As for [`unwrap`](Self::unwrap).
    #[inline]
    #[must_use]
    pub unsafe fn wrap(&self, inner: HPy) -> HPy {
        // SAFETY: by contract.
        nonnull(inner, |h| if L::TRANSPARENT { h } else { unsafe { self.layer.wrap(self.inner, h) } })
    }

    /// The inner handles behind `count` outer ones. A negative count is none.
    ///
    /// # Safety
    ///
    /// As for [`unwrap`](Self::unwrap); `outer` holds that many handles, or is null.
    #[inline]
    #[must_use]
    pub unsafe fn unwrap_array(&self, outer: *const HPy, count: impl TryInto<usize>) -> Handles {
        let count = count.try_into().unwrap_or(0);
        if L::TRANSPARENT || outer.is_null() || count == 0 {
            return Handles::Same(outer);
        }
        // SAFETY: by contract.
        let mut inner =
            unsafe { std::slice::from_raw_parts(outer, count) }.iter().map(|&h| unsafe { self.unwrap(h) });
        if count > FEW {
            return Handles::Many(inner.collect());
        }
        Handles::Few(std::array::from_fn(|_| inner.next().unwrap_or(HPy::NULL)))
    }

    /// How many values for keywords follow the positional arguments of a call. `kwnames` is an inner handle.
    ///
    /// # Safety
    ///
    /// As for [`unwrap`](Self::unwrap).
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

    /// The frame of every wrapper: finds the layer and tells it when `body` begins and ends.
    ///
    /// # Safety
    ///
    /// As for [`of`](Self::of).
    #[inline]
    pub(crate) unsafe fn call<R>(ctx: *mut HPyContext, member: Member, body: impl FnOnce(&Self) -> R) -> R {
        // SAFETY: by contract.
        unsafe {
            let layered = Self::of(ctx);
            let call = layered.layer.enter(ctx, member);
            let result = body(layered);
            layered.layer.exit(ctx, member, call);
            result
        }
    }
}

/// Most calls have no more arguments than this, and need no allocation.
const FEW: usize = 8;

/// An array of inner handles.
#[derive(Debug)]
pub enum Handles {
    /// That of the caller.
    Same(*const HPy),
    Few([HPy; FEW]),
    Many(Vec<HPy>),
}

impl Handles {
    /// Where they are.
    #[must_use]
    pub fn as_ptr(&self) -> *const HPy {
        match self {
            Handles::Same(outer) => *outer,
            Handles::Few(inner) => inner.as_ptr(),
            Handles::Many(inner) => inner.as_ptr(),
        }
    }
}

#[inline]
fn nonnull(handle: HPy, change: impl FnOnce(HPy) -> HPy) -> HPy {
    if handle.is_null() { handle } else { change(handle) }
}
