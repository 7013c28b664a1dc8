//! Which call each thread is in: the contexts that calls get, and what is known of a call by its context.

pub(crate) mod context;
pub(crate) mod permit;
pub(crate) mod pool;
