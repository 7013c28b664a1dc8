//! The layers around the context of a module, and what Python sees of them: `_debug` and `_trace`.
//!
//! A module in debug or trace mode has a stack of layers for itself; what the layers know belongs to the interpreter.

use std::ffi::CStr;
use std::pin::Pin;
use std::ptr::null_mut;
use std::sync::Arc;

use hpy_abi::{HPyCFunction, HPyContext, HPyFunc_Signature, HPyModuleDef};
use hpy_cpython::boundary::{Result, check_status, raise};
use hpy_cpython::owned::Owned;
use hpy_cpython::universal;
use hpy_cpython::{HostRef, Interpreter, Layers};
use hpy_layers::debug::{Debug, DebugState};
use hpy_layers::trace::{self, Trace};
use hpy_layers::{Callee, Layered};
use hpy_load::{Layer, Modes};
use pyo3_ffi::{self as ffi, PyObject};

use crate::{debug, trace as trace_module};

/// What the layers of an interpreter share.
struct States {
    debug: Arc<DebugState>,
    trace: Arc<trace::State>,
}

/// # Safety
/// `engine` is the context without layers of the interpreter, which the caller holds.
unsafe fn states(interpreter: &Interpreter, engine: *mut HPyContext) -> Result<&States> {
    interpreter.attached(|| {
        // SAFETY: the engine is that of this interpreter.
        let debug = unsafe { DebugState::new(engine, Box::new(debug::Python)) };
        Ok(States { debug, trace: trace::State::new() })
    })
}

/// Who runs the module of this name in these modes. A module that is loaded again gets the same.
///
/// # Safety
/// The caller holds the interpreter; the definition is valid until it ends.
pub(crate) unsafe fn host(modes: &Modes, name: &str, definition: *mut HPyModuleDef) -> Result<HostRef> {
    // SAFETY: the caller holds the interpreter; the definition is valid until it ends.
    unsafe {
        let engine = universal::current()?;
        if modes.0.is_empty() {
            return Ok(engine);
        }
        let states = states(engine.interpreter(), engine.context())?;
        if modes.0.contains(&Layer::Debug)
            && let Some(invalid) = states.debug.invalid_setting()
        {
            return Err(raise(ffi::PyExc_ValueError, invalid));
        }
        universal::with_layers(&format!("{modes} {name} {definition:p}"), |_, bottom| {
            let mut outermost = bottom;
            let mut members = universal::MEMBERS;
            let mut stack: Vec<Pin<Box<dyn AnyLayered>>> = Vec::new();
            for layer in modes.0.iter().rev() {
                match layer {
                    Layer::Debug => {
                        let layered = Layered::new(outermost, members, Debug::new(&states.debug));
                        layered.layer().register_module(&*definition);
                        (outermost, members) = (layered.context(), layered.members());
                        stack.push(layered);
                    }
                    Layer::Trace => {
                        let layered = Layered::new(outermost, members, Trace::new(&states.trace, name));
                        layered.layer().register_module(definition);
                        (outermost, members) = (layered.context(), layered.members());
                        stack.push(layered);
                    }
                }
            }
            let stand_in = Box::new(move |signature, function| {
                let mut callee = Callee { first: null_mut(), function };
                for layered in stack.iter().rev() {
                    callee = layered.stand_in(signature, function, callee)?;
                }
                Some((callee.first, callee.function))
            });
            Layers { outermost, stand_in }
        })
    }
}

/// A layer around a context, whichever it is.
trait AnyLayered {
    fn stand_in(&self, signature: HPyFunc_Signature, origin: HPyCFunction, callee: Callee) -> Option<Callee>;
}

impl<L: hpy_layers::Layer> AnyLayered for Layered<L> {
    fn stand_in(&self, signature: HPyFunc_Signature, origin: HPyCFunction, callee: Callee) -> Option<Callee> {
        self.stand_in(signature, origin, callee)
    }
}

/// Adds `_debug` and `_trace` to `hpy.universal`.
///
/// # Safety
/// `module` is that module; the caller holds the interpreter.
pub(crate) unsafe fn add_modules(module: *mut PyObject) -> Result<()> {
    // SAFETY: by contract, `module` is that module; the caller holds the interpreter.
    unsafe {
        let engine = universal::current()?;
        let states = states(engine.interpreter(), engine.context())?;
        let add = |name: &CStr, value: Owned| {
            check_status(ffi::PyObject_SetAttrString(module, name.as_ptr(), value.as_ptr()))
        };
        add(c"_debug", debug::new_module(&states.debug)?)?;
        add(c"_trace", trace_module::new_module(&states.trace)?)
    }
}
