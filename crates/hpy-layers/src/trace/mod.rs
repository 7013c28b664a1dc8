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
mod fast_path;
mod frame;
mod layer;
mod module;
mod names;
mod slot;
mod state;
mod thread;
mod thread_counters;
mod tracer;

pub use frame::Frame;
pub use state::{FunctionReport, Hook, ModuleReport, Moment, Numbers, State};
pub use tracer::Trace;
