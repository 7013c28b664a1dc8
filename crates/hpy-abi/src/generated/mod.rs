//! Written by `cargo xtask codegen` from the headers in `include/`.

mod context;
mod enums;
mod signatures;
mod slots;
mod versions;

pub use context::*;
pub use enums::*;
pub use signatures::*;
pub use slots::*;
pub use versions::*;
