//! Written by `cargo xtask codegen` from the headers in `include/`.

mod functions;

#[expect(
    clippy::missing_safety_doc,
    clippy::undocumented_unsafe_blocks,
    reason = "stated once, for all of them"
)]
pub mod wrappers;

#[expect(clippy::undocumented_unsafe_blocks, reason = "stated once, for all of them")]
pub(crate) mod adapters;
