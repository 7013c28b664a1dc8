//! Which contexts the trampolines of an extension's function can go to.
//!
//! A binary that is loaded in several modes, or in a mode by several names, has the same functions in all of them, each
//! time with another context.

use std::collections::{HashMap, TryReserveError};
use std::sync::Mutex;

use hpy_abi::{HPyCFunction, HPyContext};

use crate::boundary::{Result, no_memory};
use crate::state::Interpreter;
use crate::sync::lock;

/// The functions that CPython calls through trampolines in an interpreter, each with the contexts to go to.
#[derive(Default)]
pub(crate) struct Routes(Mutex<HashMap<usize, Vec<*mut HPyContext>>>);

impl Routes {
    /// The context for a call of the function; `None` if it is not known. Of several one is chosen. Where nothing
    /// decides, as for destructors of capsules, it is the one that was last added.
    pub(crate) fn find(
        &self,
        function: HPyCFunction,
        choose: impl FnOnce(&[*mut HPyContext]) -> Option<*mut HPyContext>,
    ) -> Option<*mut HPyContext> {
        let routes = lock(&self.0);
        match &**routes.get(&(function as usize))? {
            [only] => Some(*only),
            contexts => choose(contexts).or_else(|| contexts.last().copied()),
        }
    }

    fn add(&self, function: HPyCFunction, ctx: *mut HPyContext) -> std::result::Result<(), TryReserveError> {
        let mut all = lock(&self.0);
        all.try_reserve(1)?;
        let contexts = all.entry(function as usize).or_default();
        contexts.retain(|known| *known != ctx);
        contexts.try_reserve(1)?;
        contexts.push(ctx);
        Ok(())
    }
}

/// Lets trampolines of the function go to this context, in this interpreter.
pub(crate) fn route(interpreter: &Interpreter, function: HPyCFunction, ctx: *mut HPyContext) -> Result<()> {
    let routes = interpreter.attached(|| Ok(Routes::default()))?;
    routes.add(function, ctx).map_err(|_| no_memory())
}
