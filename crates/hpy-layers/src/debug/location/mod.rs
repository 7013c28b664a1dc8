//! Where something happened, and how to say it.

pub(crate) mod place;
pub(crate) mod stack;
pub(crate) mod symbols;
