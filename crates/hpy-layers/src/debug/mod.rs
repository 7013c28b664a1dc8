//! Debug mode: a layer that finds mistakes of an extension, and says what they are.
//!
//! [`DebugState`] is the debug mode of an interpreter: the table of all handles, the limits, and the [`Reporter`].
//! [`Debug`] is the layer around one module's context. All layers of an interpreter share the state, so a handle may go
//! from one module in debug mode to another.
//!
//! An outer handle is the address of a [`Record`](table::record::Record) of one opening. The record of a closed handle
//! waits in a queue before it is used again, and its memory stays the table's, so using the handle is noticed and never
//! crashes this layer. What is not the address of a record is recognized before anything is read.
//!
//! A mistake that is made again at the same place is counted, but reported in full only once. [`settings`] has the grammar
//! of `HPY_DEBUG` in the environment.
//!
//! From the inside to the outside, each folder using those before it:
//!
//! | folder | what is there |
//! | --- | --- |
//! | `location/` | places, in words; walking the stack; names and lines of addresses |
//! | `table/` | records of handles, their memory, and the copies of data that they own |
//! | `reports/` | rules, reports, where reports go |
//! | `calls/` | which call each thread is in |
//! | `fault/` | reports about accesses to memory, from signals |
//! | `checks/` | the rules, each where the layer sees it broken |
//!
//! For the shell that shows this to Python:
//!
//! ```text
//! let state = DebugState::new(engine_context, Box::new(host));   // one per interpreter
//! let debug = Debug::new(&state);                                // one per stack, goes into Layered::new
//! debug.register_module(def);                                    // before the module's functions run
//!
//! state.new_generation() -> i64
//! state.closed_queue_max_size() / set_closed_queue_max_size(n)
//! state.protected_raw_data_max_size() / set_protected_raw_data_max_size(n)
//! state.stack_trace_limit() / set_stack_trace_limit(n)
//! state.invalid_setting() -> Option<&InvalidSetting>                    before a module is loaded
//!
//! DebugHandle::all_open(&state, generation) -> Vec<DebugHandle>         oldest first
//! DebugHandle::all_closed(&state, generation) -> Vec<DebugHandle>       oldest first
//! DebugHandle::leaks(&state, generation) -> Vec<DebugHandle>            also builders and trackers
//! leak_report(&state, generation) -> Option<String>                     in groups, the largest first
//! handle.id(), is_closed(), kind(), generation(), object(), raw_data_size(), force_close(), where_opened(), ==
//!
//! state.reporter().set_on_invalid_handle(hook) / set_on_invalid_builder(hook) / set_on_report(hook)
//! state.reporter().take_counts() -> HashMap<Mistake, Count>             how often each mistake was made
//! ```

mod calls;
mod checks;
mod fault;
mod handle;
mod layer;
mod leaks;
mod location;
mod module;
mod reports;
mod settings;
mod shapes;
mod state;
mod table;
mod types;

pub use handle::DebugHandle;
pub use leaks::leak_report;
pub use module::Debug;
pub use reports::mistake::{Count, Mistake};
pub use reports::report::{Reaction, Report};
pub use reports::reporter::{ExceptionTest, Hook, PythonHost, ReportHook, Reporter};
pub use reports::rule::Rule;
pub use settings::InvalidSetting;
pub use state::DebugState;
pub use table::record_state::Kind;
