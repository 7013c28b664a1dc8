//! Argument Clinic for HPy: reads the declarations of functions from comments of a C or C++ source, and writes a header with
//! their definitions, parsers of arguments and docstrings, and a stub file with their types.
//!
//! The language is that of CPython's Argument Clinic; `docs/clinic.md` says what of it there is, and
//! `docs/design/clinic.md` why. The way of a declaration:
//!
//! ```text
//! source ─▶ blocks ─▶ parse (lexer, converters) ─▶ model ─▶ emit ─▶ foo.clinic.h, foo.pyi
//! ```
//!
//! Nothing here knows Python or a file system: text goes in, text or errors with positions come out.

mod blocks;
mod class;
mod converters;
mod emit;
mod error;
mod lexer;
mod model;
mod parse;

pub use error::{Error, render};

/// What is generated from one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// The header to include in the source.
    pub header: String,
    /// The types of what the source defines, as Python's stub files have them.
    pub stub: String,
}

/// Reads the blocks of `source`, a file of this name. `None` if there are none.
///
/// # Errors
/// Everything that is wrong with the blocks, in their order.
pub fn generate(name: &str, source: &str) -> Result<Option<Output>, Vec<Error>> {
    let blocks = blocks::find(source)?;
    if blocks.is_empty() {
        return Ok(None);
    }
    let file = parse::parse(source, &blocks)?;
    Ok(Some(Output { header: emit::header(name, &file), stub: emit::stub(name, &file) }))
}

/// The name of the header for a source: `foo.clinic.h` for `foo.c`, `foo.cpp` and the like.
#[must_use]
pub fn header_name(source: &str) -> String {
    let stem = source.rsplit_once('.').map_or(source, |(stem, _)| stem);
    format!("{stem}.clinic.h")
}
