//! How the outer context of a layer is made.

use std::pin::Pin;

use hpy_abi::*;

use crate::generated::wrappers;
use crate::layer::Layer;
use crate::layered::Layered;

impl<L: Layer> Layered<L> {
    /// Puts `layer` around `inner`, which has `members` members. That number is passed beside the context because ABI 0.0
    /// left no room for it inside. The context of an engine that knows less of the API than this crate is shorter.
    ///
    /// # Panics
    ///
    /// If that is less than ABI 0.0 has.
    ///
    /// # Safety
    ///
    /// `inner` has that many members and outlives the result, which outlives every use of its context. The caller is
    /// inside of Python, as for any use of `inner`.
    #[must_use]
    pub unsafe fn new(inner: *mut HPyContext, members: usize, layer: L) -> Pin<Box<Self>> {
        let members = members.min(HPY_CONTEXT_MEMBERS);
        let constant = |h: HPy| {
            // SAFETY: a constant of `inner`, which lives; the caller is inside of Python.
            if h.is_null() { h } else { unsafe { layer.wrap_constant(inner, h) } }
        };
        // SAFETY: `inner` lives and has that many members.
        let mut context = unsafe { wrappers::context::<L>(inner, members, constant) };
        L::replace(&mut context);
        Self::from_parts(context, members, inner, layer)
    }
}
