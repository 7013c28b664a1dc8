//! Trace mode: which functions of the context an extension calls, which of its functions are called, how often, and
//! how long that takes.
//!
//! An interpreter has one [`State`], and each traced module has a [`Trace`], which is a transparent layer:
//!
//! ```ignore
//! let state = State::new();
//! let layered = Layered::new(inner, HPY_CONTEXT_MEMBERS, Trace::new(&state, "points"));
//! state.name_function(implementation as usize, FunctionKind::Own, "norm"); // for each that the module defines
//! ```
//!
//! The numbers come from the state, at any time and on any thread: [`State::totals`] and [`State::report`]. See also
//! [`State::reset`], [`State::set_hook`] and [`State::frequency`].
//!
//! Times are wall-clock times. The *total* time of a call is the time from its beginning to its end, including everything
//! that runs in between, such as Python code or other extensions. Its *own* time is the total without the traced calls
//! inside of it. So the own times of all functions add up to the time that was spent in traced extensions and below. The
//! times include reading the clock and counting, which take about ten nanoseconds per call.

mod clock;
mod counter;
mod fast_path;
mod frame;
mod imported;
mod layer;
mod module;
mod names;
mod slot;
mod state;
mod thread;
mod thread_counters;
mod tracer;

pub use frame::Frame;
pub use state::{FunctionKind, FunctionReport, Hook, ModuleReport, Moment, Numbers, State};
pub use tracer::Trace;
