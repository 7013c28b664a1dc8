//! Calls go through layers and arrive, in both directions.
#![expect(non_upper_case_globals, reason = "constants of the C API as patterns")]

mod api;
mod debug;
mod fake;
mod functions;
mod nesting;
mod support;
mod trace;
