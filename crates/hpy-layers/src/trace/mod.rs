//! Trace mode: which functions of the context an extension calls, which of its functions are called, how often, and
//! how long that takes.
//!
//! An interpreter has one [`State`], and each module that is traced a [`Trace`], a layer that changes nothing:
//!
//! ```ignore
//! let state = State::new();
//! let layered = Layered::new(inner, HPY_CONTEXT_MEMBERS, Trace::new(&state, "points"));
//! state.name_function(implementation as usize, "norm"); // for each that the module defines
//! ```
//!
//! Everybody else talks to the state: [`State::totals`] and [`State::report`] at any time and from any thread,
//! [`State::reset`], [`State::set_hook`], [`State::frequency`].
//!
//! Time is the time on the clock. The *total* time of a call is from its begin to its end, with all that runs in
//! between, such as Python code or other extensions; its *own* time is what is left without the traced calls in it.
//! So the own times of all functions add up to the time that was spent in traced extensions and below. Reading the
//! clock and counting are in these times too, some ten nanoseconds per call.

mod clock;
mod counter;
mod module;
mod names;
mod quick;
mod state;
mod thread;

use std::ffi::CStr;
use std::sync::Arc;
use std::sync::atomic::AtomicPtr;
use std::sync::atomic::Ordering::{Acquire, Release};

use hpy_abi::HPyContext;

use crate::{ApiCall, Callee, FunctionCall, Layer, Member, Outcome, Target};
use module::Module;
use quick::StandIns;
pub use state::{FunctionReport, Hook, ModuleReport, Moment, Numbers, State};
pub use thread::Frame;
use thread::{Place, Thread};

/// The layer of one module.
pub struct Trace {
    state: Arc<State>,
    module: Arc<Module>,
    /// Where a thread counted last. It lives as long as the module.
    place: AtomicPtr<Place>,
    stand_ins: StandIns,
}

impl Trace {
    /// For the module `name`. Modules of the same name are counted together.
    #[must_use]
    pub fn new(state: &Arc<State>, name: &str) -> Self {
        let module = state.module(name);
        let place = AtomicPtr::new(module.any_place().cast_mut());
        Self { state: state.clone(), module, place, stand_ins: StandIns::default() }
    }

    /// Where this thread counts.
    fn place(&self) -> &Place {
        let place = self.last_place();
        if place.seat().is_quick() { place } else { self.other_place() }
    }

    /// Where a thread counted last, whichever it was.
    #[inline(always)]
    fn last_place(&self) -> &Place {
        // SAFETY: it lives as long as the module.
        unsafe { &*self.place.load(Acquire) }
    }

    #[cold]
    fn other_place(&self) -> &Place {
        let place = Thread::place(&self.module);
        self.place.store(place.cast_mut(), Release);
        // SAFETY: it lives as long as the module.
        unsafe { &*place }
    }

    #[cold]
    fn run_enter_hooks(&self, member: Member) {
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
    fn run_exit_hooks(&self, member: Member) {
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
            // SAFETY: the part of a thread lives as long as the thread.
            unsafe { &*Thread::current() }.run_hook(|| hook(member));
        }
    }
}

// Hooks run inside of Python. So for the functions that leave it and come back both hooks are called on the side that
// is inside; and `ctx_FatalError`, which may be called anywhere and never returns, has none.
impl Layer for Trace {
    const NAME: &'static CStr = c"HPy Trace Mode ABI";
    const TRANSPARENT: bool = true;
    type Api = Frame;
    type Function = Frame;

    fn replace(context: &mut HPyContext) {
        quick::replace(context);
        context.ctx_Type_FromSpec = names::ctx_Type_FromSpec;
    }

    fn stand_in(&self, context: *mut HPyContext, target: &Target) -> Option<Callee> {
        quick::stand_in(self, context, target)
    }

    unsafe fn enter(&self, call: &ApiCall) -> Frame {
        if self.state.has_hooks() {
            self.run_enter_hooks(call.member);
        }
        let place = self.place();
        Frame::begin(place.seat(), place.table().api(call.member))
    }

    unsafe fn exit(&self, call: &ApiCall, frame: Frame) {
        frame.end();
        if self.state.has_hooks() {
            self.run_exit_hooks(call.member);
        }
    }

    unsafe fn enter_function(&self, call: &mut FunctionCall) -> Frame {
        let place = self.place();
        // SAFETY: it lives as long as the place.
        let function = unsafe { &*place.function(call.function as usize) };
        Frame::begin(place.seat(), &function.counter)
    }

    unsafe fn exit_function(&self, _: &FunctionCall, frame: Frame, _: Outcome) {
        frame.end();
    }
}
