//! The universal ABI's [`Host`]: a context with all its functions, and entries that are thunks.
//!
//! An interpreter has one without layers, and one for each stack of layers: extensions then get the context of the
//! outermost layer, and their entries call what the layers have put in the place of their functions.

use std::cell::UnsafeCell;
use std::ffi::{c_int, c_void};
use std::ptr::NonNull;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hpy_abi::*;
use pyo3_ffi as ffi;

use crate::boundary::Result;
use crate::entries::{Entries, Function, or_trampoline};
use crate::generated::context_table::{context_table, fill_constants};
use crate::memory::boxed;
use crate::state::{Host, HostRef, Interpreter};
use crate::thunks::Kind;
use crate::trampoline;
use crate::vm;

/// How many members the contexts of this engine have, for layers and loaders: it does not stand in them.
pub const MEMBERS: usize = HPY_CONTEXT_MEMBERS;

/// A context on CPython with what belongs to it. The context is the first field: a pointer to one is a pointer to the
/// other. Its `_private` says the same to whoever gets hold of the context only.
#[repr(C)]
pub(crate) struct Universal {
    context: UnsafeCell<HPyContext>,
    /// Keeps this.
    interpreter: NonNull<Interpreter>,
    entries: Mutex<Entries>,
    layers: Option<Layers>,
}

/// What stands between a context and its extensions.
pub struct Layers {
    /// The context that extensions get.
    pub outermost: *mut HPyContext,
    /// What to call in the place of a function of an extension. Keeps the layers, as long as the context lives.
    pub stand_in: Box<StandInFor>,
    /// Opens and closes contexts in the place of the outermost one.
    pub openings: Box<dyn Openings>,
}

/// Contexts that an extension opens itself, on a thread that is inside Python.
pub trait Openings {
    /// The context for the extension. `entry` is the function that it called, `stack` an address in the frame of that.
    ///
    /// # Safety
    /// The thread is inside Python.
    unsafe fn open(&self, entry: usize, stack: usize) -> *mut HPyContext;

    /// The extension closes this context, or what it takes for one.
    ///
    /// # Safety
    /// The thread is inside Python, unless the extension left it by mistake.
    unsafe fn close(&self, ctx: *mut HPyContext);
}

/// Finds what to call in the place of a function of this signature: another one, which gets the pointer as context, or
/// in front of its arguments if functions of the signature have no context. Both are valid as long as the layers.
pub type StandInFor = dyn Fn(c_int, HPyCFunction) -> Option<(*mut HPyContext, HPyCFunction)>;

impl Universal {
    /// # Safety
    /// The caller runs in this interpreter, which will own the result.
    unsafe fn new(interpreter: NonNull<Interpreter>) -> Result<Box<Self>> {
        let mut context = context_table();
        // SAFETY: by contract.
        unsafe { fill_constants(&mut context)? };
        let context = UnsafeCell::new(context);
        let this = boxed(Self { context, interpreter, entries: Mutex::default(), layers: None })?;
        // SAFETY: nobody else has the context yet.
        unsafe { (*this.context.get())._private = this.context.get().cast() };
        Ok(this)
    }

    /// The host behind a context.
    ///
    /// # Safety
    /// `ctx` is the context of a `Universal`.
    #[inline(always)]
    pub(crate) unsafe fn of<'a>(ctx: *mut HPyContext) -> &'a Self {
        // SAFETY: by contract; the context is the first field.
        unsafe { &*ctx.cast::<Self>() }
    }

    /// Lets the layers see the function, for which CPython calls the extension's trampoline.
    pub(crate) fn route_trampoline(&self, function: HPyCFunction) -> Result<()> {
        match &self.layers {
            Some(layers) => trampoline::route(self.interpreter(), function, layers.outermost),
            None => Ok(()),
        }
    }

    /// What an [`HPyVM`] gives. Without layers, threads that are attached have a context of their own, which is that of
    /// another host of the interpreter.
    pub(crate) fn contexts(&self) -> Result<vm::Contexts> {
        let inside = self.context.get();
        let has_layers = self.layers.is_some();
        if has_layers {
            return Ok(vm::Contexts { inside, attached: inside, has_layers });
        }
        // SAFETY: the caller runs in the interpreter, whose state keeps the host.
        let attached = unsafe { self.interpreter().host("attached", |i| Ok(Universal::new(i)?))? };
        Ok(vm::Contexts { inside, attached: attached.context(), has_layers })
    }

    /// The layers, if there are any.
    pub(crate) fn openings(&self) -> Option<&dyn Openings> {
        Some(&*self.layers.as_ref()?.openings)
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The entry that `make` makes, for the function or what stands in for it.
    fn entry_for(
        &self,
        signature: c_int,
        function: Function,
        make: impl FnOnce(&mut Entries, *mut HPyContext, HPyCFunction) -> Option<*mut c_void>,
    ) -> Result<*mut c_void> {
        let Function { implementation, .. } = function;
        let entry = match &self.layers {
            None => make(&mut self.entries(), self.context.get(), implementation),
            Some(layers) => {
                let stand_in = (layers.stand_in)(signature, implementation);
                let entry = stand_in.and_then(|(first, stand_in)| make(&mut self.entries(), first, stand_in));
                if entry.is_none() {
                    trampoline::route(self.interpreter(), implementation, layers.outermost)?;
                }
                entry
            }
        };
        or_trampoline(entry, function)
    }
}

impl Host for Universal {
    #[inline(always)]
    fn interpreter(&self) -> &Interpreter {
        // SAFETY: it lives longer than this, which it owns.
        unsafe { self.interpreter.as_ref() }
    }

    fn context(&self) -> *mut HPyContext {
        self.layers.as_ref().map_or(self.context.get(), |layers| layers.outermost)
    }

    fn entry(&self, signature: c_int, function: Function) -> Result<*mut c_void> {
        self.entry_for(signature, function, |entries, first, f| entries.get(first, signature, f))
    }

    fn vectorcall_entry(&self, function: Function) -> Result<ffi::vectorcallfunc> {
        let entry = self.entry_for(HPyFunc_KEYWORDS, function, Entries::vectorcall)?;
        // SAFETY: an entry of kind `Vectorcall`, or the extension's trampoline: both of this prototype.
        Ok(unsafe { std::mem::transmute::<*mut c_void, ffi::vectorcallfunc>(entry) })
    }

    fn lifetime_entry(&self, signature: c_int, function: HPyCFunction) -> HPyCFunction {
        let Some(layers) = &self.layers else { return function };
        let kind = if signature == HPyFunc_TRAVERSEPROC { Kind::Three } else { Kind::One };
        let stand_in = (layers.stand_in)(signature, function);
        match stand_in.and_then(|(first, stand_in)| self.entries().direct(kind, first, stand_in)) {
            // SAFETY: an address of code, of the prototype that belongs to the signature.
            Some(entry) => unsafe { std::mem::transmute::<*mut c_void, HPyCFunction>(entry) },
            // Layers do not see it then.
            None => function,
        }
    }
}

/// Makes the host of the interpreter that this thread runs in, see [`Interpreter::start`].
///
/// # Errors
/// `MemoryError` and the like from CPython.
///
/// # Safety
/// The caller holds the interpreter.
pub unsafe fn start() -> Result<()> {
    // SAFETY: by contract.
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
    // SAFETY: by contract.
    unsafe { Interpreter::current()?.host("universal", |interpreter| Ok(Universal::new(interpreter)?)) }
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
    // SAFETY: by contract.
    unsafe {
        Interpreter::current()?.host(name, |interpreter| {
            let mut host = Universal::new(interpreter)?;
            host.layers = Some(wrap(interpreter.as_ref(), host.context.get()));
            Ok(host)
        })
    }
}
