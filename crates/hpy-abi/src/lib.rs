//! The binary boundary between an HPy extension and an engine: handles, definitions, the context.
//!
//! This crate mirrors the C headers in `include/`, which are the source of truth: `generated/` is written
//! by `cargo xtask codegen`, and tests compare the rest with the headers. There is no behaviour, except that
//! definitions can be read, and nothing that depends on an engine.
#![no_std]
#![expect(non_camel_case_types, non_snake_case, non_upper_case_globals, reason = "names of the C API")]

mod defs;
mod entry;
mod generated;
mod handles;
mod reader;
mod thread;

pub use defs::*;
pub use entry::*;
pub use generated::*;
pub use handles::*;
pub use reader::*;
pub use thread::*;
