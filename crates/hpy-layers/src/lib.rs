//! Contexts that wrap a context: what stands between an extension and an engine and looks on.
//!
//! ```text
//! extension ─▶ outer context ─▶ wrapper::<L> ─▶ L::enter, unwrap ─▶ inner context ─▶ wrap, L::exit
//! ```
//!
//! A [`Layer`] says what to do at each call and what its handles are; [`Layered`] makes a context of it; the
//! [`wrappers`], one per function, are generated from the headers. A layer knows nothing but the context that it wraps,
//! which may be an engine's or another layer's. No engine and no mode lives here.
#![expect(non_camel_case_types, non_snake_case, reason = "names of the C API")]

mod generated;
mod layer;
mod layered;
mod member;

pub use generated::wrappers;
pub use layer::Layer;
pub use layered::{Handles, Layered};
pub use member::Member;
