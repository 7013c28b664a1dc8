//! What is wrong with a block: where, and what to write instead.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

/// A mistake in a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// Where, in bytes of the source.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

impl Error {
    pub(crate) fn new(span: Range<usize>, message: impl Into<String>, help: impl Into<String>) -> Error {
        Error { span, message: message.into(), help: help.into() }
    }
}

pub(crate) type Result<T> = std::result::Result<T, Error>;

/// The errors as text for people: each with its file, line and column, the line itself, and what to write instead.
#[must_use]
pub fn render(name: &str, source: &str, errors: &[Error]) -> String {
    let renderer = Renderer::plain();
    let reports = errors.iter().map(|error| {
        let snippet =
            Snippet::source(source).path(name).annotation(AnnotationKind::Primary.span(error.span.clone()));
        let report: [Group<'_>; 1] = [Level::ERROR
            .primary_title(&error.message)
            .element(snippet)
            .element(Level::HELP.message(&error.help))];
        renderer.render(&report).clone()
    });
    reports.collect::<Vec<_>>().join("\n\n")
}
