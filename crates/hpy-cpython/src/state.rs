//! What belongs to one interpreter: its context, globals, entries and module definitions.
//!
//! Nothing of this is in a process global. An [`Interpreter`] is reached from its context (it *is* the context plus
//! private state), from the running interpreter ([`Interpreter::current`]), or through an [`InterpreterRef`]. Every
//! type and module made by HPy holds such a reference, so that their functions find their context as long as they
//! can run, also in the last garbage collection of an ending interpreter.

use std::cell::UnsafeCell;
use std::collections::HashMap;
use std::ffi::{CStr, c_int, c_void};
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use hpy_abi::{HPyContext, HPyModuleDef};
use pyo3_ffi::{self as ffi, PyObject, PyTypeObject};

use crate::boundary::{Raised, Result, check, check_status};
use crate::entries::{Entries, Function};
use crate::generated::context_table::{context_table, fill_constants};
use crate::modules::ModuleDefinition;
use crate::types::record;

/// Per-interpreter state. The context is its first field: a pointer to one is a pointer to the other.
#[repr(C)]
pub struct Interpreter {
    context: UnsafeCell<HPyContext>,
    references: AtomicUsize,
    /// Set when the interpreter is about to end.
    ended: AtomicBool,
    /// Values of `HPyGlobal`s by index.
    pub(crate) globals: GilCell<Vec<*mut PyObject>>,
    entries: Mutex<Entries>,
    /// Definitions of modules by the extension's own; made once, whatever the number of loads.
    pub(crate) modules: Mutex<HashMap<*mut HPyModuleDef, Box<ModuleDefinition>>>,
    /// The type of the objects that tie a type record to its type.
    pub(crate) record_holder: *mut PyTypeObject,
}

const CAPSULE_NAME: &CStr = c"hpy.universal.Interpreter";

/// All living interpreters by id, for those who have no context at hand.
static INTERPRETERS: Mutex<Vec<(i64, Known)>> = Mutex::new(Vec::new());

struct Known(NonNull<Interpreter>);

// SAFETY: only an address; who uses it runs inside that interpreter.
unsafe impl Send for Known {}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Interpreter {
    /// Makes the state of the interpreter that this thread runs in, unless it has one. To be called by an interpreter
    /// before it uses anything else of this runtime.
    ///
    /// After `Py_Finalize` the main interpreter may start again, with the same id, while something that was never
    /// freed keeps its former state alive.
    ///
    /// # Errors
    /// As for [`Interpreter::current`].
    ///
    /// # Safety
    /// The caller holds the interpreter.
    pub unsafe fn start() -> Result<()> {
        // SAFETY: by contract, this thread is attached.
        let id = unsafe { ffi::PyInterpreterState_GetID(ffi::PyInterpreterState_Get()) };
        match Self::known(id) {
            Some(known) if !known.ended.load(Ordering::Relaxed) => Ok(()),
            // SAFETY: as above.
            _ => unsafe { Self::create(id).map(drop) },
        }
    }

    /// The state of the interpreter that this thread runs in, made at the first call.
    ///
    /// # Errors
    /// `MemoryError` and the like from CPython.
    ///
    /// # Safety
    /// The caller holds the interpreter.
    pub unsafe fn current() -> Result<InterpreterRef> {
        // SAFETY: by contract, this thread is attached.
        let id = unsafe { ffi::PyInterpreterState_GetID(ffi::PyInterpreterState_Get()) };
        match Self::known(id) {
            Some(known) => Ok(known),
            // SAFETY: as above.
            None => unsafe { Self::create(id) },
        }
    }

    fn known(id: i64) -> Option<InterpreterRef> {
        let list = lock(&INTERPRETERS);
        let (_, known) = list.iter().rev().find(|(other, _)| *other == id)?;
        // SAFETY: an interpreter takes itself off the list before it is freed.
        let interpreter = unsafe { known.0.as_ref() };
        interpreter.references.fetch_add(1, Ordering::Relaxed);
        Some(InterpreterRef(known.0))
    }

    unsafe fn create(id: i64) -> Result<InterpreterRef> {
        // SAFETY: the caller holds the interpreter.
        unsafe {
            let record_holder = record::create_holder_type()?;
            let interpreter = Box::new(Self {
                context: UnsafeCell::new(context_table()),
                references: AtomicUsize::new(1),
                ended: AtomicBool::new(false),
                globals: GilCell::new(Vec::new()),
                entries: Mutex::default(),
                modules: Mutex::default(),
                record_holder,
            });
            let this = NonNull::from(Box::leak(interpreter));
            lock(&INTERPRETERS).push((id, Known(this)));
            let reference = InterpreterRef(this);

            let context = &mut *this.as_ref().context.get();
            context._private = this.as_ptr().cast();
            fill_constants(context)?;
            Self::tie_to_interpreter(reference.clone())?;
            Ok(reference)
        }
    }

    /// Lets the state live as long as the interpreter's own dict.
    unsafe fn tie_to_interpreter(reference: InterpreterRef) -> Result<()> {
        unsafe extern "C" fn release(capsule: *mut PyObject) {
            // SAFETY: the capsule was made below, with the pointer of a reference that it owns.
            unsafe {
                let pointer = ffi::PyCapsule_GetPointer(capsule, CAPSULE_NAME.as_ptr());
                let reference = InterpreterRef(NonNull::new_unchecked(pointer.cast()));
                reference.ended.store(true, Ordering::Relaxed);
                reference.clear_globals();
            }
        }
        // SAFETY: the caller holds the interpreter; the dict is borrowed, the capsule ours until it is stored.
        unsafe {
            let dict = ffi::PyInterpreterState_GetDict(ffi::PyInterpreterState_Get());
            if dict.is_null() {
                ffi::PyErr_NoMemory();
                return Err(Raised);
            }
            let pointer = reference.0.as_ptr().cast::<c_void>();
            let capsule = check(ffi::PyCapsule_New(pointer, CAPSULE_NAME.as_ptr(), Some(release)))?;
            std::mem::forget(reference);
            // The key has an address in it, as two copies of this library have nothing in common.
            let key = format!("{}@{:p}\0", CAPSULE_NAME.to_string_lossy(), &raw const INTERPRETERS);
            let status = ffi::PyDict_SetItemString(dict, key.as_ptr().cast(), capsule);
            ffi::Py_DECREF(capsule);
            check_status(status)
        }
    }

    /// The state behind a context of this runtime.
    ///
    /// # Safety
    /// `ctx` came from [`Interpreter::context`].
    #[inline(always)]
    pub(crate) unsafe fn of<'a>(ctx: *mut HPyContext) -> &'a Self {
        // SAFETY: by contract; the context is the first field.
        unsafe { &*ctx.cast::<Self>() }
    }

    /// The context to hand to extensions.
    #[inline(always)]
    #[must_use]
    pub fn context(&self) -> *mut HPyContext {
        self.context.get()
    }

    /// The function pointer that CPython gets for a function of signature `HPyFunc_*`.
    pub(crate) fn entry(&self, signature: c_int, function: Function) -> Result<*mut c_void> {
        lock(&self.entries).get(self.context(), signature, function)
    }

    /// The `vectorcallfunc` for a `HPyFunc_KEYWORDS` function.
    pub(crate) fn vectorcall_entry(&self, function: Function) -> Result<ffi::vectorcallfunc> {
        let entry = lock(&self.entries).vectorcall(self.context(), function)?;
        // SAFETY: an entry of kind `Vectorcall`, or the extension's trampoline of the same prototype.
        Ok(unsafe { std::mem::transmute::<*mut c_void, ffi::vectorcallfunc>(entry) })
    }

    fn clear_globals(&self) {
        let values = self.globals.with(std::mem::take);
        for value in values {
            // SAFETY: each non-null value is a reference owned by the table.
            unsafe { ffi::Py_XDECREF(value) };
        }
    }
}

impl Drop for Interpreter {
    fn drop(&mut self) {
        lock(&INTERPRETERS).retain(|(_, known)| !std::ptr::eq(known.0.as_ptr(), self));
        self.clear_globals();
        // SAFETY: owned since `create`; the last reference to the state is dropped inside its interpreter.
        unsafe { ffi::Py_DECREF(self.record_holder.cast()) };
    }
}

/// A counted reference to the state of an interpreter.
pub struct InterpreterRef(NonNull<Interpreter>);

impl InterpreterRef {
    /// A new reference to the state behind a context.
    ///
    /// # Safety
    /// `interpreter` is a living state.
    pub(crate) unsafe fn new(interpreter: &Interpreter) -> Self {
        interpreter.references.fetch_add(1, Ordering::Relaxed);
        Self(NonNull::from(interpreter))
    }
}

impl Clone for InterpreterRef {
    fn clone(&self) -> Self {
        // SAFETY: alive, since `self` refers to it.
        unsafe { Self::new(self) }
    }
}

impl Deref for InterpreterRef {
    type Target = Interpreter;

    #[inline(always)]
    fn deref(&self) -> &Interpreter {
        // SAFETY: counted, so it is alive.
        unsafe { self.0.as_ref() }
    }
}

impl Drop for InterpreterRef {
    fn drop(&mut self) {
        if self.references.fetch_sub(1, Ordering::Release) == 1 {
            std::sync::atomic::fence(Ordering::Acquire);
            // SAFETY: that was the last reference to what `create` leaked.
            drop(unsafe { Box::from_raw(self.0.as_ptr()) });
        }
    }
}

/// State that is only touched by a thread that holds the GIL; a lock where there is none.
pub(crate) struct GilCell<T> {
    #[cfg(Py_GIL_DISABLED)]
    lock: Mutex<()>,
    value: UnsafeCell<T>,
}

impl<T> GilCell<T> {
    const fn new(value: T) -> Self {
        Self {
            #[cfg(Py_GIL_DISABLED)]
            lock: Mutex::new(()),
            value: UnsafeCell::new(value),
        }
    }

    /// Runs `body` on the value. `body` must not run Python code, which could come back here.
    #[inline(always)]
    pub(crate) fn with<R>(&self, body: impl FnOnce(&mut T) -> R) -> R {
        #[cfg(Py_GIL_DISABLED)]
        let _guard = lock(&self.lock);
        // SAFETY: one thread at a time (GIL or lock), and `body` does not come back.
        body(unsafe { &mut *self.value.get() })
    }
}
