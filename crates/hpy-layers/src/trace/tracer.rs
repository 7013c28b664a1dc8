//! The trace mode of a module: where its calls are counted. What is done at each call is in [`layer`](super::layer).

use std::collections::HashMap;
use std::ptr;
use std::sync::atomic::AtomicPtr;
use std::sync::atomic::Ordering::{Acquire, Release};
use std::sync::{Arc, Mutex};

use hpy_abi::*;

use crate::member::Member;
use crate::sync::lock;

use super::counter::FunctionCounter;
use super::module::Module;
use super::state::{Moment, State};
use super::thread::Thread;
use super::thread_counters::ThreadCounters;

/// What an engine passes in place of the context to a function of the extension.
pub(crate) struct StandIn {
    /// The counter of the thread that called it last. It lives as long as the module.
    last: AtomicPtr<FunctionCounter>,
    pub(crate) function: HPyCFunction,
    pub(crate) ctx: *mut HPyContext,
    layer: *const Trace,
}

/// The stand-ins of a layer, by the address of the function. They live as long as the layer.
#[derive(Default)]
struct StandIns(Mutex<HashMap<usize, Box<StandIn>>>);

// SAFETY: what the pointers point to is not tied to a thread.
unsafe impl Send for StandIns {}
// SAFETY: as for `Send`.
unsafe impl Sync for StandIns {}

/// The layer of one module.
pub struct Trace {
    pub(crate) state: Arc<State>,
    module: Arc<Module>,
    /// The counters of the thread that counted last. They live as long as the module.
    last: AtomicPtr<ThreadCounters>,
    stand_ins: StandIns,
}

impl Trace {
    /// For the module `name`. Modules of the same name are counted together.
    #[must_use]
    pub fn new(state: &Arc<State>, name: &str) -> Self {
        let module = state.module(name);
        let last = AtomicPtr::new(module.any_counters().cast_mut());
        Self { state: state.clone(), module, last, stand_ins: StandIns::default() }
    }

    /// The counters of this thread.
    pub(crate) fn counters(&self) -> &ThreadCounters {
        let last = self.last_counters();
        if last.slot().allows_fast_path() { last } else { self.find_counters() }
    }

    /// The counters of the thread that counted last.
    #[inline(always)]
    pub(crate) fn last_counters(&self) -> &ThreadCounters {
        // SAFETY: they live as long as the module.
        unsafe { &*self.last.load(Acquire) }
    }

    #[cold]
    fn find_counters(&self) -> &ThreadCounters {
        let counters = Thread::counters(&self.module);
        self.last.store(counters.cast_mut(), Release);
        // SAFETY: they live as long as the module.
        unsafe { &*counters }
    }

    #[cold]
    pub(crate) fn run_enter_hooks(&self, member: Member) {
        match member {
            Member::ctx_ReenterPythonExecution | Member::ctx_FatalError => {}
            Member::ctx_LeavePythonExecution => {
                self.run_hook(Moment::Enter, member);
                self.run_hook(Moment::Exit, member);
            }
            member => self.run_hook(Moment::Enter, member),
        }
    }

    #[cold]
    pub(crate) fn run_exit_hooks(&self, member: Member) {
        match member {
            Member::ctx_LeavePythonExecution => {}
            Member::ctx_ReenterPythonExecution => {
                self.run_hook(Moment::Enter, member);
                self.run_hook(Moment::Exit, member);
            }
            member => self.run_hook(Moment::Exit, member),
        }
    }

    #[cold]
    fn run_hook(&self, moment: Moment, member: Member) {
        if let Some(hook) = self.state.hook(moment) {
            Thread::run_hook(|| hook(member));
        }
    }
}

impl Trace {
    /// The stand-in for a function that gets `ctx`, which is the layer's context.
    pub(crate) fn stand_in(&self, ctx: *mut HPyContext, function: HPyCFunction) -> *const StandIn {
        let address = function as usize;
        let mut all = lock(&self.stand_ins.0);
        let stand_in = all.entry(address).or_insert_with(|| {
            let last = AtomicPtr::new(self.counters().function(address).cast_mut());
            Box::new(StandIn { last, function, ctx, layer: self })
        });
        ptr::from_ref(&**stand_in)
    }
}

impl StandIn {
    /// The counter of the thread that called it last.
    #[inline(always)]
    pub(crate) fn last_counter(&self) -> &FunctionCounter {
        // SAFETY: it lives as long as the module.
        unsafe { &*self.last.load(Acquire) }
    }

    /// The counters of this thread, and the one of the function among them.
    #[cold]
    pub(crate) fn find_counter(&self) -> (&ThreadCounters, &FunctionCounter) {
        // SAFETY: stand-ins live as long as their layer.
        let counters = unsafe { &*self.layer }.counters();
        let counter = counters.function(self.function as usize);
        self.last.store(counter.cast_mut(), Release);
        // SAFETY: it lives as long as the counters.
        (counters, unsafe { &*counter })
    }
}
