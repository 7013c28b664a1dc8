//! Contexts that wrap a context: what stands between an extension and an engine and looks on.
//!
//! ```text
//! extension ─▶ outer context ─▶ wrapper::<L> ─▶ L::enter, unwrap ─▶ inner context ─▶ wrap, L::exit
//! engine ─▶ … ─▶ adapter::<L> ─▶ L::enter_function, wrap_argument ─▶ function ─▶ unwrap_result, L::exit_function
//! ```
//!
//! A [`Layer`] says what to do at each call and what its handles are; [`Layered`] makes a context of it; the
//! [`wrappers`], one per function of the context, and the adapters, one per signature of an extension's functions, are
//! generated from the headers. A layer knows nothing but the context that it wraps, which may be an engine's or
//! another layer's. No engine lives here.
//!
//! What an extension defines (modules, types, call functions, destructors of capsules) passes through a layer with the
//! extension's own functions in it. The engine calls in their place what [`Layered::stand_in`] gives for them, or hands
//! the call to the outermost context's `ctx_CallRealFunctionFromTrampoline`.
#![expect(non_camel_case_types, non_snake_case, reason = "names of the C API")]
#![expect(non_upper_case_globals, reason = "constants of the C API as patterns")]

mod adapter;
mod call;
mod context;
pub mod debug;
mod definitions;
mod generated;
mod handles;
mod incoming;
mod layer;
mod layered;
mod member;
mod sync;
mod thread;
pub mod trace;

pub use call::{ApiCall, Callee, FunctionCall, Opening, Outcome, Target};
pub use generated::wrappers;
pub use handles::Handles;
pub use layer::Layer;
pub use layered::Layered;
pub use member::Member;
