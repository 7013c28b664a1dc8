//! The debug mode of a module: what its calls share. What is done at each call is in [`layer`](super::layer).

use std::sync::{Arc, OnceLock};

use hpy_abi::{HPy, HPyFunc_traverseproc};

use super::calls::pool::ContextPool;
use super::fault;
use super::state::DebugState;

/// What follows the last argument of a function. It is not the address of anything.
pub(crate) const BEHIND_ARGUMENTS: HPy = HPy { _i: isize::MIN + 1 };

/// Debug mode of one module in one interpreter.
pub struct Debug {
    pub(crate) state: Arc<DebugState>,
    pub(crate) contexts: ContextPool,
    /// The addresses of the module's globals, in order. They are known once the module is registered.
    pub(crate) globals: OnceLock<Vec<usize>>,
    /// What the definition says of the module's state. It is known at the same time.
    pub(crate) module_state: OnceLock<ModuleState>,
}

/// The state of a module, as its definition has it.
pub(crate) struct ModuleState {
    pub(crate) size: usize,
    pub(crate) traverse: Option<HPyFunc_traverseproc>,
}

impl Debug {
    /// For a module of the interpreter of `state`.
    #[must_use]
    pub fn new(state: &Arc<DebugState>) -> Self {
        fault::explain_accesses();
        Self {
            state: Arc::clone(state),
            contexts: ContextPool::default(),
            globals: OnceLock::new(),
            module_state: OnceLock::new(),
        }
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
