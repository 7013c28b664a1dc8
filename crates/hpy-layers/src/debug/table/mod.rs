//! The records of handles: their memory, what they hold, and which of them are open, closed and free.

pub(crate) mod arena;
pub(crate) mod pages;
pub(crate) mod raw_data;
pub(crate) mod record;
pub(crate) mod record_state;
pub(crate) mod spin_lock;
pub(crate) mod watched;
