//! What is said about a mistake, to whom, and how often.

pub(crate) mod describe;
pub(crate) mod mistake;
pub(crate) mod report;
pub(crate) mod reporter;
pub(crate) mod rule;
pub(crate) mod site;
pub(crate) mod text;
