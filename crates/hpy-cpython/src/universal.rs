//! The universal ABI's [`Host`]: a context with all its functions, and entries that are thunks.

use std::cell::UnsafeCell;
use std::ffi::{c_int, c_void};
use std::ptr::NonNull;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hpy_abi::HPyContext;
use pyo3_ffi as ffi;

use crate::boundary::Result;
use crate::entries::{Entries, Function};
use crate::generated::context_table::{context_table, fill_constants};
use crate::state::{Host, HostRef, Interpreter};

/// A context on CPython with what belongs to it. The context is the first field: a pointer to one is a pointer to the
/// other. Its `_private` says the same to whoever gets hold of the context only.
#[repr(C)]
pub(crate) struct Universal {
    context: UnsafeCell<HPyContext>,
    /// Keeps this.
    interpreter: NonNull<Interpreter>,
    entries: Mutex<Entries>,
}

impl Universal {
    /// # Safety
    /// The caller runs in this interpreter, which will own the result.
    unsafe fn new(interpreter: NonNull<Interpreter>) -> Result<Box<Self>> {
        let mut context = context_table();
        // SAFETY: by contract.
        unsafe { fill_constants(&mut context)? };
        let context = UnsafeCell::new(context);
        let this = Box::new(Self { context, interpreter, entries: Mutex::default() });
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

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Host for Universal {
    #[inline(always)]
    fn interpreter(&self) -> &Interpreter {
        // SAFETY: it lives longer than this, which it owns.
        unsafe { self.interpreter.as_ref() }
    }

    fn context(&self) -> *mut HPyContext {
        self.context.get()
    }

    fn entry(&self, signature: c_int, function: Function) -> Result<*mut c_void> {
        self.entries().get(self.context(), signature, function)
    }

    fn vectorcall_entry(&self, function: Function) -> Result<ffi::vectorcallfunc> {
        let entry = self.entries().vectorcall(self.context(), function)?;
        // SAFETY: an entry of kind `Vectorcall`, or the extension's trampoline of the same prototype.
        Ok(unsafe { std::mem::transmute::<*mut c_void, ffi::vectorcallfunc>(entry) })
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
