//! The records of handles: their memory, and which of them are open, closed and free.

pub(crate) mod arena;
pub(crate) mod pages;
pub(crate) mod record;
pub(crate) mod spin_lock;
pub(crate) mod watched;
