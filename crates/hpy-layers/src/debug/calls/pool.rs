//! The contexts that the calls of one module get, in turns.
//!
//! Each call of an extension's function gets a context of its own, a copy of the layer's. They are used in turns, so that
//! one that was kept after its call is recognized as an old one for a while.

use std::ptr::{self, null_mut};
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Mutex, OnceLock};

use hpy_abi::*;

use crate::debug::table::arena::Arena;
use crate::sync::{get_mut, lock};

use super::context::{AllContexts, CallContext};
use super::permit::Idle;

/// How many contexts are used in turns.
const RING: usize = 16;

/// The contexts of a module.
#[derive(Default)]
pub(crate) struct ContextPool {
    /// The one in the ring to try first. Null until the ring is complete: at first every call gets a new one.
    next: AtomicPtr<CallContext>,
    /// The ring in its order, and then those for calls that are nested deeper.
    made: Mutex<Vec<*mut CallContext>>,
    /// The layer's context, which is what a layer around this one calls with.
    base: AtomicPtr<HPyContext>,
    /// The last that a call with that context was for.
    last: AtomicPtr<CallContext>,
    wrong: OnceLock<Box<CallContext>>,
}

// SAFETY: the contexts live as long as the pool, and who takes one has it alone.
unsafe impl Send for ContextPool {}
// SAFETY: as for `Send`.
unsafe impl Sync for ContextPool {}

impl ContextPool {
    /// A context that no call has, for a call of this thread. `base` is what it is a copy of.
    ///
    /// # Safety
    ///
    /// `base` is the context of the layer, with all the members that this crate knows.
    #[inline(always)]
    pub(crate) unsafe fn take(
        &self,
        arena: &Arena,
        all: &AllContexts,
        base: *mut HPyContext,
    ) -> &CallContext {
        // SAFETY: what is in the ring lives as long as the pool.
        if let Some(context) = unsafe { self.next.load(Ordering::Acquire).as_ref() }
            && context.try_take(Idle::Free)
        {
            self.next.store(context.next.load(Ordering::Relaxed), Ordering::Release);
            return context;
        }
        // SAFETY: the base is what this function got.
        unsafe { self.take_slow(arena, all, base) }
    }

    /// The same where the next one is not made yet, taken by a call around this one, or has extra.
    #[cold]
    #[inline(never)]
    unsafe fn take_slow(&self, arena: &Arena, all: &AllContexts, base: *mut HPyContext) -> &CallContext {
        self.base.store(base, Ordering::Relaxed);
        let mut made = lock(&self.made);
        if let Some(context) = self.take_from_ring(arena) {
            return context;
        }
        let nested = made.iter().skip(RING).map(|&context| self.get(context));
        if let Some(context) = nested.into_iter().find(|context| context.try_take_any(arena)) {
            return context;
        }
        let arguments = arena.take_argument_block(&mut arena.table());
        // SAFETY: the caller's context of the layer, which lives.
        let new = Box::into_raw(Box::new(CallContext::new(
            unsafe { &*base },
            arena,
            all.exception_test,
            arguments,
        )));
        all.add(new);
        made.push(new);
        if made.len() == RING {
            for (i, &context) in made.iter().enumerate() {
                self.get(context).next.store(made[(i + 1) % RING], Ordering::Relaxed);
            }
            self.next.store(made[0], Ordering::Release);
        }
        self.get(new)
    }

    /// One of the ring, if it is complete and not all of it is taken.
    fn take_from_ring(&self, arena: &Arena) -> Option<&CallContext> {
        let first = self.next.load(Ordering::Relaxed);
        let mut candidate = first;
        while !candidate.is_null() {
            let context = self.get(candidate);
            candidate = context.next.load(Ordering::Relaxed);
            if context.try_take_any(arena) {
                self.next.store(candidate, Ordering::Release);
                return Some(context);
            }
            if ptr::eq(candidate, first) {
                break;
            }
        }
        None
    }

    /// One of those that were made.
    fn get(&self, context: *mut CallContext) -> &CallContext {
        // SAFETY: what was made here lives as long as the pool.
        unsafe { &*context }
    }

    /// For calls of the API with which something is wrong: a context that no call of a function ever has. `ctx` is what it is a
    /// copy of.
    ///
    /// # Safety
    ///
    /// `ctx` is the context of the layer or one of this pool.
    pub(crate) unsafe fn for_wrong_calls(
        &self,
        ctx: *mut HPyContext,
        arena: &Arena,
        all: &AllContexts,
    ) -> &CallContext {
        // SAFETY: they live as long as the layer.
        let new = || Box::new(CallContext::of_nobody(unsafe { &*ctx }, arena, all.exception_test));
        self.wrong.get_or_init(new)
    }

    /// Whether it is the context of the layer itself, which only a layer around this one calls with.
    pub(crate) fn is_base(&self, ctx: *mut HPyContext) -> bool {
        ctx == self.base.load(Ordering::Relaxed)
    }

    /// The call for which the context of the layer was used last.
    pub(crate) fn last(&self) -> Option<&CallContext> {
        // SAFETY: null, or made here.
        unsafe { self.last.load(Ordering::Relaxed).as_ref() }
    }

    /// Notes for which call the context of the layer is used now.
    pub(crate) fn set_last(&self, context: &CallContext) {
        self.last.store(ptr::from_ref(context).cast_mut(), Ordering::Relaxed);
    }

    /// Frees all contexts.
    ///
    /// # Safety
    ///
    /// No call has one of them.
    pub(crate) unsafe fn end_all(&mut self, arena: &Arena, all: &AllContexts) {
        let ours = std::mem::take(get_mut(&mut self.made));
        *self.next.get_mut() = null_mut();
        all.remove(&ours);
        for context in ours {
            // SAFETY: `take_slow` made it from a box, and nobody has it any more.
            let context = unsafe { Box::from_raw(context) };
            arena.give_back_argument_block(&mut arena.table(), context.arguments());
        }
    }
}
