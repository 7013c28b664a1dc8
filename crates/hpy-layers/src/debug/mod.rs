//! Debug mode: a layer that finds mistakes of an extension, and says what they are.
//!
//! Two parts. [`DebugState`] belongs to an interpreter: the table of all handles, limits and hooks, what
//! `hpy.universal._debug` shows. [`Debug`] is the layer around one module's context; all of an interpreter share the
//! state, so that a handle may go from one module in debug mode to another.
//!
//! An outer handle is the address of a [`Record`](record::Record) of one opening. A record that was closed waits in a
//! queue before it is used again, and its memory stays the table's: a use after close is seen, and never a crash of
//! this layer. What is no address of a record is recognised before anything is read.
//!
//! For the shell that shows this to Python:
//!
//! ```text
//! let state = DebugState::new(engine_context, Box::new(host));   // one per interpreter
//! let debug = Debug::new(&state);                                // one per stack, goes into Layered::new
//! debug.register_module(def);                                    // before the module's functions run
//!
//! state.new_generation() -> i64
//! DebugState::open_handles(&state, generation) -> Vec<DebugHandle>      oldest first
//! DebugState::closed_handles(&state, generation) -> Vec<DebugHandle>    oldest first
//! DebugState::leaks(&state, generation) -> Vec<DebugHandle>             also builders and trackers
//! state.leak_report(generation) -> Option<String>                       groups, most first
//! state.closed_queue_max_size() / set_closed_queue_max_size(n)
//! state.protected_raw_data_max_size() / set_protected_raw_data_max_size(n)
//! state.stack_trace_limit() / set_stack_trace_limit(n)
//! state.take_counts() -> HashMap<Mistake, Count>                        of mistakes that were told once
//! state.invalid_setting() -> Option<&InvalidSetting>                    before a module is loaded
//! state.set_on_invalid_handle(hook) / set_on_invalid_builder(hook) / set_on_report(hook)
//!
//! handle.id(), is_closed(), kind(), generation(), object(), raw_data_size(), force_close(), where_opened(), ==
//! ```
//!
//! A mistake that is made again at the same place is counted, and told in full once. [`settings`] has the grammar of
//! `HPY_DEBUG` in the environment.

mod calls;
mod checks;
mod fault;
mod layer;
mod leaks;
mod location;
mod reports;
mod settings;
mod state;
mod table;

pub use layer::Debug;
pub use reports::repeats::{Count, Mistake};
pub use reports::report::{Reaction, Report};
pub use reports::rule::Rule;
pub use settings::InvalidSetting;
pub use state::{DebugHandle, DebugState, Hook, Host, ReportHook};
pub use table::record::Kind;
