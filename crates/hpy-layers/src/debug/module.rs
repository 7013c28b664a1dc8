//! What debug mode has for each module. What it does is in [`layer`](super::layer).

use std::sync::{Arc, OnceLock};

use hpy_abi::HPy;

use super::calls::pool::ContextPool;
use super::fault;
use super::state::DebugState;

/// What stands behind the last argument of a function: the address of no record, nor of anything else.
pub(crate) const BEHIND_ARGUMENTS: HPy = HPy { _i: isize::MIN + 1 };

/// Debug mode of one module in one interpreter.
pub struct Debug {
    pub(crate) state: Arc<DebugState>,
    pub(crate) contexts: ContextPool,
    /// Where the module's globals are, in order, once the module is registered.
    pub(crate) globals: OnceLock<Vec<usize>>,
}

impl Debug {
    /// For one more stack of the interpreter of `state`.
    #[must_use]
    pub fn new(state: &Arc<DebugState>) -> Self {
        fault::explain_accesses();
        Self { state: Arc::clone(state), contexts: ContextPool::default(), globals: OnceLock::new() }
    }

    /// What all modules of the interpreter share.
    #[must_use]
    pub fn state(&self) -> &Arc<DebugState> {
        &self.state
    }
}

impl Drop for Debug {
    fn drop(&mut self) {
        // SAFETY: the layer ends after all calls of the module.
        unsafe { self.contexts.end_all(&self.state.arena, &self.state.contexts) };
    }
}
