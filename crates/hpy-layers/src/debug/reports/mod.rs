//! What is said about a mistake, to whom, and how often.

pub(crate) mod repeats;
pub(crate) mod report;
pub(crate) mod rule;
pub(crate) mod text;
