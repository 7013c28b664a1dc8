//! Loading HPy extensions: from the path of a binary to its module definition, and the modes that it is to be loaded in.
//!
//! An engine says of itself what [`Runtime`] asks for. Nothing of Python or of an engine lives here; what is wrong is a
//! text, for the engine to raise.

#[cfg(all(unix, not(target_vendor = "apple")))]
mod elf;
mod extension;
mod modes;
mod tag;

pub use extension::{Extension, Library, Request, Runtime};
pub use modes::{InvalidVariable, Mode, Modes, UNIVERSAL};
