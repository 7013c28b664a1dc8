//! Which context the trampolines of an extension's function go to, where that is not the engine's: a layer's.

use std::collections::HashMap;
use std::sync::Mutex;

use hpy_abi::{HPyCFunction, HPyContext};

use crate::boundary::{Result, no_memory};
use crate::state::Interpreter;
use crate::sync::lock;

/// The functions of extensions behind layers that CPython calls through trampolines, with the context to go to.
#[derive(Default)]
pub(crate) struct Routes(Mutex<HashMap<usize, *mut HPyContext>>);

impl Routes {
    pub(crate) fn find(&self, function: HPyCFunction) -> Option<*mut HPyContext> {
        let routes = lock(&self.0);
        routes.get(&(function as usize)).copied()
    }
}

/// Lets trampolines of the function go to this context, in this interpreter.
pub(crate) fn route(interpreter: &Interpreter, function: HPyCFunction, ctx: *mut HPyContext) -> Result<()> {
    let routes = interpreter.attached(|| Ok(Routes::default()))?;
    let mut all = lock(&routes.0);
    let reserved = all.try_reserve(1);
    if reserved.is_ok() {
        all.insert(function as usize, ctx);
    }
    drop(all);
    reserved.map_err(|_| no_memory())
}
