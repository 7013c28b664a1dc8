//! Making and finding the [`Universal`] hosts of an interpreter: a context with all its functions, and entries that are thunks.
//!
//! An interpreter has one without layers, and one for each stack of layers: extensions then get the context of the
//! outermost layer, and their entries call what the layers have put in the place of their functions.
//!
//! A binary has a single variable for the context of its trampolines, whatever the number of interpreters that load
//! it. So it gets the [`trampoline_context`], which is nobody's own, and looks up the interpreter at each call.

use std::ffi::{c_int, c_void};
use std::ptr::{NonNull, null_mut};
use std::sync::OnceLock;

use crate::ffi;
use hpy_abi::*;

use crate::boundary::{Result, guard_or_abort};
use crate::context::{Layers, Universal};
use crate::engine::check_digits;
use crate::extension_api;
use crate::generated::context_table::{context_table, fill_constants};
use crate::owner;
use crate::routes::Routes;
use crate::state::{HostRef, Interpreter};
use crate::trampoline::ctx_CallRealFunctionFromTrampoline;

/// How many members the contexts of this engine have, for layers and loaders: it does not stand in them.
pub const MEMBERS: usize = HPY_CONTEXT_MEMBERS;

/// A host without layers.
///
/// # Safety
/// The caller runs in this interpreter, which will own the result.
unsafe fn new(interpreter: NonNull<Interpreter>) -> Result<Box<Universal>> {
    let mut context = context_table();
    // SAFETY: the caller runs in an interpreter.
    unsafe {
        check_digits()?;
        fill_constants(&mut context)?;
    }
    #[cfg(not(PyPy))]
    crate::fast::install(&mut context);
    Universal::new(interpreter, context)
}

/// Makes the host of the interpreter that this thread runs in, see [`Interpreter::start`].
///
/// # Errors
/// `MemoryError` and the like from CPython.
///
/// # Safety
/// The caller holds the interpreter.
pub unsafe fn start() -> Result<()> {
    // SAFETY: the caller holds the interpreter.
    unsafe {
        Interpreter::start()?;
        current().map(drop)
    }
}

/// The host of the interpreter that this thread runs in, without layers. Made at the first call.
///
/// # Errors
/// `MemoryError` and the like from CPython.
///
/// # Safety
/// The caller holds the interpreter.
pub unsafe fn current() -> Result<HostRef> {
    // SAFETY: the caller holds the interpreter.
    unsafe { Interpreter::current()?.host("universal", |interpreter| Ok(new(interpreter)?)) }
}

/// The host of this name in the same interpreter, with layers around its context. Made at the first call: `wrap` gets
/// the interpreter and the context.
///
/// # Errors
/// `MemoryError` and the like from CPython.
///
/// # Safety
/// The caller holds the interpreter; the outermost context that `wrap` returns works as long as what it keeps.
pub unsafe fn with_layers(
    name: &str,
    wrap: impl FnOnce(&Interpreter, *mut HPyContext) -> Layers,
) -> Result<HostRef> {
    // SAFETY: the caller holds the interpreter; the outermost context that `wrap` returns works as long as
    // what it keeps.
    unsafe {
        Interpreter::current()?.host(name, |interpreter| {
            let mut host = new(interpreter)?;
            host.add_layers(wrap);
            Ok(host)
        })
    }
}

/// The context for the trampolines of all binaries. Of its functions only those may be called that trampolines call:
/// `ctx_CallRealFunctionFromTrampoline` and `ctx_API_Call`, which find the interpreter, and `ctx_Err_NoMemory`.
pub fn trampoline_context() -> *mut HPyContext {
    struct Shared(Box<HPyContext>);
    // SAFETY: written once, before it is shared; its name is a static string.
    unsafe impl Sync for Shared {}
    // SAFETY: written once, before it is shared; its name is a static string.
    unsafe impl Send for Shared {}
    static CONTEXT: OnceLock<Shared> = OnceLock::new();
    let shared = CONTEXT.get_or_init(|| {
        let mut context = Box::new(context_table());
        context.ctx_CallRealFunctionFromTrampoline = call_in_current_interpreter;
        context.ctx_API_Call = extension_api::call_in_current_interpreter;
        Shared(context)
    });
    (&raw const *shared.0).cast_mut()
}

unsafe extern "C" fn call_in_current_interpreter(
    _: *mut HPyContext,
    signature: c_int,
    function: HPyCFunction,
    args: *mut c_void,
) {
    if signature == HPyFunc_CAPSULE_DESTRUCTOR {
        // Needs no context, and may come when the interpreter's is gone. Layers see it.
        // SAFETY: CPython called the trampoline, so this thread holds an interpreter; the arguments are those of it.
        unsafe {
            let interpreter = Interpreter::of_this_thread();
            let route = interpreter
                .as_ref()
                .and_then(|known| known.find_attached::<Routes>()?.find(function, |_| None));
            match route {
                Some(ctx) => ((*ctx).ctx_CallRealFunctionFromTrampoline)(ctx, signature, function, args),
                None => ctx_CallRealFunctionFromTrampoline(null_mut(), signature, function, args),
            }
        }
        return;
    }
    // SAFETY: CPython called the trampoline, so this thread holds an interpreter.
    match guard_or_abort(|| unsafe { current() }) {
        // SAFETY: the arguments are those of the trampoline.
        Ok(host) => unsafe {
            let routes = host.interpreter().find_attached::<Routes>();
            let choose = |contexts: &[_]| owner::of_call(signature, args, contexts);
            let route = routes.and_then(|routes| routes.find(function, choose));
            let ctx = route.unwrap_or(host.context());
            ((*ctx).ctx_CallRealFunctionFromTrampoline)(ctx, signature, function, args);
        },
        // SAFETY: as above; there is no way to tell the trampoline of a failure.
        Err(_) => unsafe { ffi::Py_FatalError(c"HPy cannot make a context for this interpreter".as_ptr()) },
    }
}
