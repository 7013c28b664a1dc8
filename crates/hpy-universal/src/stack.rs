//! The layers around the context of a module, and what Python sees of them: `_debug` and `_trace`.
//!
//! A module in debug or trace mode has a stack of layers for itself; what the layers know belongs to the interpreter.

use std::ffi::CStr;
use std::pin::Pin;
use std::ptr::null_mut;
use std::rc::Rc;
use std::sync::Arc;

use hpy_abi::{HPyCFunction, HPyContext, HPyFunc_Signature, HPyModuleDef};
use hpy_cpython::boundary::{Result, check_status, raise};
use hpy_cpython::owned::Owned;
use hpy_cpython::universal;
use hpy_cpython::{HostRef, Interpreter, Layers, Openings};
use hpy_layers::debug::{Debug, DebugState};
use hpy_layers::trace::{self, Trace};
use hpy_layers::{Callee, Layered, Opening};
use hpy_load::{Mode, Modes};
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
        if modes.0.contains(&Mode::Debug)
            && let Some(invalid) = states.debug.invalid_setting()
        {
            return Err(raise(ffi::PyExc_ValueError, invalid));
        }
        let key = format!("{modes} {name} {definition:p}");
        universal::with_layers(&key, |_, bottom| layers(bottom, modes, states, name, definition))
    }
}

/// Layers around the context `bottom`, for the module of that name and definition.
///
/// # Safety
/// The caller holds the interpreter, which `bottom` and `states` belong to; the definition is valid until it ends.
unsafe fn layers(
    bottom: *mut HPyContext,
    modes: &Modes,
    states: &States,
    name: &str,
    definition: *mut HPyModuleDef,
) -> Layers {
    let mut outermost = bottom;
    let mut members = universal::MEMBERS;
    let mut stack: Vec<Pin<Box<dyn AnyLayered>>> = Vec::new();
    for layer in modes.0.iter().rev() {
        // SAFETY: by contract, the context and the definition are valid.
        unsafe {
            match layer {
                Mode::Debug => {
                    let layered = Layered::new(outermost, members, Debug::new(&states.debug));
                    layered.layer().register_module(&*definition);
                    (outermost, members) = (layered.context(), layered.members());
                    stack.push(layered);
                }
                Mode::Trace => {
                    let layered = Layered::new(outermost, members, Trace::new(&states.trace, name));
                    layered.layer().register_module(definition);
                    (outermost, members) = (layered.context(), layered.members());
                    stack.push(layered);
                }
            }
        }
    }
    let stack = Rc::new(stack);
    let openings = Box::new(Stack(Rc::clone(&stack)));
    let stand_in = Box::new(move |signature, function| {
        let mut callee = Callee { first: null_mut(), function };
        for layered in stack.iter().rev() {
            callee = layered.stand_in(signature, function, callee)?;
        }
        Some((callee.first, callee.function))
    });
    Layers { outermost, stand_in, openings }
}

/// The layers around the context of a module, the outermost last.
struct Stack(Rc<Vec<Pin<Box<dyn AnyLayered>>>>);

impl Openings for Stack {
    unsafe fn open(&self, entry: usize, stack: usize) -> *mut HPyContext {
        let opening = Opening { entry, stack };
        // SAFETY: the thread is inside Python.
        self.0.iter().fold(null_mut(), |_, layered| unsafe { layered.open_context(&opening) })
    }

    unsafe fn close(&self, ctx: *mut HPyContext) {
        let Some((outermost, others)) = self.0.split_last() else { return };
        // SAFETY: the outermost layer gets what the extension passed, those within their own contexts.
        unsafe {
            outermost.close_context(ctx);
            for layered in others.iter().rev() {
                layered.close_context(layered.own_context());
            }
        }
    }

    fn refuse(&self, entry: usize, stack: usize) {
        let opening = Opening { entry, stack };
        self.0.iter().for_each(|layered| layered.refuse_context(&opening));
    }

    fn tell_open(&self) -> bool {
        self.0.iter().any(|layered| layered.tell_open_contexts())
    }
}

/// A layer around a context, whichever it is.
trait AnyLayered {
    fn own_context(&self) -> *mut HPyContext;

    /// # Safety
    /// The thread is inside Python.
    unsafe fn open_context(&self, opening: &Opening) -> *mut HPyContext;

    /// # Safety
    /// The thread is inside Python, unless the extension left it by mistake.
    unsafe fn close_context(&self, ctx: *mut HPyContext);

    fn refuse_context(&self, opening: &Opening);

    fn tell_open_contexts(&self) -> bool;

    fn stand_in(&self, signature: HPyFunc_Signature, origin: HPyCFunction, callee: Callee) -> Option<Callee>;
}

impl<L: hpy_layers::Layer> AnyLayered for Layered<L> {
    fn own_context(&self) -> *mut HPyContext {
        self.context()
    }

    unsafe fn open_context(&self, opening: &Opening) -> *mut HPyContext {
        // SAFETY: it has the contract of this method.
        unsafe { self.layer().open_context(self.context(), opening) }
    }

    unsafe fn close_context(&self, ctx: *mut HPyContext) {
        // SAFETY: it has the contract of this method.
        unsafe { self.layer().close_context(self.inner(), ctx) }
    }

    fn refuse_context(&self, opening: &Opening) {
        self.layer().refuse_context(opening);
    }

    fn tell_open_contexts(&self) -> bool {
        self.layer().tell_open_contexts()
    }

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
