//! What belongs to one interpreter: its globals, module definitions, and the hosts that run extensions in it.
//!
//! Nothing of this is in a process global. An [`Interpreter`] is reached from the running interpreter
//! ([`Interpreter::current`]), from a [`Host`], or through an [`InterpreterRef`]. Every type and module made by HPy
//! holds a reference, so that their functions find their state and their context as long as they can run, also in the
//! last garbage collection of an ending interpreter.

use std::any::{Any, TypeId};
use std::cell::UnsafeCell;
use std::ffi::{CStr, c_int, c_void};
use std::ops::Deref;
use std::ptr::{NonNull, null_mut};
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};

use crate::ffi::{self, PyInterpreterState, PyObject};
use hpy_abi::{_HPyAPI_SLOTS, HPyCFunction, HPyContext, HPyModuleDef};

use crate::boundary::{Result, no_memory};
use crate::callee::Callee;
use crate::engine::{current_interpreter, keep_until_end};
use crate::entries::Function;
use crate::gate::Gate;
use crate::global_values;
use crate::kept::Kept;
use crate::memory::{self, boxed};
use crate::owned::Owned;
use crate::sync::lock;
use crate::thunks::Thunk;

/// Makes an entry for a function of a [bound](crate::bound) signature that puts the pointer before its arguments; `None`
/// when there are no more.
pub type Bind = fn(signature: c_int, function: Callee, bound: *const c_void) -> Option<Thunk>;

/// Who runs extensions in an interpreter: the context that they get, and how CPython reaches their functions. One
/// interpreter may have several.
pub trait Host {
    /// Where this runs extensions.
    fn interpreter(&self) -> &Interpreter;

    /// The context that the functions of extensions get. Valid as long as the interpreter's state.
    fn context(&self) -> *mut HPyContext;

    /// The function pointer that CPython gets for a function of signature `HPyFunc_*`. Valid as long as the
    /// interpreter's state.
    ///
    /// # Errors
    /// A `SystemError` when there is none.
    fn entry(&self, signature: c_int, function: Function) -> Result<*mut c_void>;

    /// The same for a `HPyFunc_KEYWORDS` function that CPython calls as a `vectorcallfunc`.
    ///
    /// # Errors
    /// A `SystemError` when there is none.
    fn vectorcall_entry(&self, function: Function) -> Result<ffi::vectorcallfunc>;

    /// What to call for a function of a [bound](crate::bound) signature, and how to make entries for it, if there is a way.
    ///
    /// # Errors
    /// `MemoryError`.
    fn bindable(&self, signature: c_int, function: HPyCFunction) -> Result<(Callee, Option<Bind>)> {
        Ok((self.callee(signature, function), None))
    }

    /// Says on stderr which contexts are open, on any thread of the interpreter, if this knows. Returns whether it does.
    fn tell_open_contexts(&self) -> bool {
        false
    }

    /// What this library itself calls for a function of signature `HPyFunc_*`.
    fn callee(&self, signature: c_int, function: HPyCFunction) -> Callee {
        Callee::implementation(self.context(), signature, function)
    }
}

/// A context, and a definition that is used with it.
pub(crate) type ModuleKey = (*mut HPyContext, *mut HPyModuleDef);

/// Per-interpreter state.
pub struct Interpreter {
    /// Of no other interpreter of this process, unlike that of CPython, which begins again after `Py_Finalize`; and of
    /// hardly any other process.
    pub(crate) id: u64,
    /// CPython's own. Not to be read once that has ended.
    pub(crate) python: *mut PyInterpreterState,
    /// For threads from outside.
    pub(crate) gate: Gate,
    /// Whether CPython will tell of its end.
    pub(crate) watches_end: AtomicBool,
    /// Called once, when it ends.
    at_end: GilCell<Vec<fn(&Self)>>,
    references: AtomicUsize,
    /// Set when the interpreter is about to end.
    ended: AtomicBool,
    /// Values of `HPyGlobal`s by index.
    pub(crate) globals: GilCell<Vec<*mut PyObject>>,
    /// What [`crate::module`] made of the module definitions of extensions, by context and definition.
    pub(crate) modules: Kept<ModuleKey, dyn Any>,
    /// Who has published the tables of [`crate::extension_api`], by their number less 1.
    pub(crate) tables: GilCell<Vec<Providers>>,
    /// The type of the holders of type records, once [`crate::types`] has made it.
    pub(crate) record_holder: GilCell<Option<Owned>>,
    /// The table of functions of the module `datetime`, once [`crate::datetime`] has found it: each call needs it.
    pub(crate) datetime: AtomicPtr<ffi::PyDateTime_CAPI>,
    /// Who runs extensions here, by name.
    hosts: Kept<Vec<u8>, dyn Host>,
    /// One value of a type, for who has state of his own in each interpreter.
    attached: Kept<TypeId, dyn Any>,
}

/// Who has published a table of functions for other extensions, by slot.
pub(crate) type Providers = [Option<Provider>; _HPyAPI_SLOTS];

pub(crate) struct Provider {
    /// Only its address counts.
    pub(crate) host: *const (),
    /// What to call for each function.
    pub(crate) callees: Vec<Callee>,
}

const CAPSULE_NAME: &CStr = c"hpy.Interpreter";

/// The main interpreter if it is living: most have no other, and find it here without a lock.
static MAIN: AtomicPtr<Interpreter> = AtomicPtr::new(null_mut());

/// All living interpreters, for those who have no context at hand.
static INTERPRETERS: Mutex<InterpreterList> = Mutex::new(InterpreterList(Vec::new()));

/// States by CPython's id; the last one if there are several, which is that of an interpreter that was started again.
pub(crate) struct InterpreterList(Vec<(i64, Known)>);

struct Known(NonNull<Interpreter>);

impl InterpreterList {
    pub(crate) fn lock() -> MutexGuard<'static, Self> {
        lock(&INTERPRETERS)
    }

    /// The one with this [id](Interpreter::id), unless it has ended.
    pub(crate) fn find(&self, id: u64) -> Option<&Interpreter> {
        self.living().find(|interpreter| interpreter.id == id)
    }

    /// The same with a reference, which may be dropped anywhere.
    pub(crate) fn keep(&self, id: u64) -> Option<InterpreterRef> {
        // SAFETY: made by `create`, as all in the list.
        self.find(id).map(|interpreter| unsafe { InterpreterRef::new(interpreter) })
    }

    pub(crate) fn for_each(&self, body: impl FnMut(&Interpreter)) {
        self.living().for_each(body);
    }

    fn living(&self) -> impl Iterator<Item = &Interpreter> {
        // SAFETY: an interpreter takes itself off the list before it is freed.
        let all = self.0.iter().map(|(_, known)| unsafe { known.0.as_ref() });
        all.filter(|interpreter| !interpreter.ended.load(Ordering::Relaxed))
    }
}

/// A number that was not given before; the first one differs from process to process. Without the random numbers of the
/// standard library, which would make up much of each extension of the CPython ABI.
fn new_id() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let first = (u64::from(std::process::id()) << 32) ^ ((&raw const NEXT as u64) << 8);
    // Fails if it was done before.
    let _ = NEXT.compare_exchange(0, first, Ordering::Relaxed, Ordering::Relaxed);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

// SAFETY: only an address; who uses it runs inside that interpreter.
unsafe impl Send for Known {}

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
            // SAFETY: by contract, this thread is attached.
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
        let current = unsafe { ffi::PyInterpreterState_Get() };
        // SAFETY: by contract, this thread is attached.
        if current == unsafe { ffi::PyInterpreterState_Main() } {
            // SAFETY: null, or the state of the interpreter that runs this, so it is alive.
            if let Some(main) = unsafe { MAIN.load(Ordering::Acquire).as_ref() } {
                // SAFETY: made by this function, and alive as it is that of the running interpreter.
                return Ok(unsafe { InterpreterRef::new(main) });
            }
        }
        // SAFETY: the interpreter that runs this.
        let id = unsafe { ffi::PyInterpreterState_GetID(current) };
        match Self::known(id) {
            Some(known) => Ok(known),
            // SAFETY: by contract, this thread is attached.
            None => unsafe { Self::create(id) },
        }
    }

    /// Whether this thread is inside the main interpreter, and that has this id. Any thread may ask.
    #[inline(always)]
    pub(crate) fn main_is_current(id: u64) -> bool {
        // SAFETY: the interpreter is null or that of this thread, so what belongs to it lives.
        unsafe {
            let current = current_interpreter();
            !current.is_null()
                && current == ffi::PyInterpreterState_Main()
                && MAIN.load(Ordering::Acquire).as_ref().is_some_and(|main| main.id == id)
        }
    }

    /// The state of the interpreter that this thread runs in, if it has one.
    ///
    /// # Safety
    /// The caller holds the interpreter.
    pub(crate) unsafe fn of_this_thread() -> Option<InterpreterRef> {
        // SAFETY: by contract, this thread is attached.
        Self::known(unsafe { ffi::PyInterpreterState_GetID(ffi::PyInterpreterState_Get()) })
    }

    fn known(id: i64) -> Option<InterpreterRef> {
        let list = InterpreterList::lock();
        let (_, known) = list.0.iter().rev().find(|(other, _)| *other == id)?;
        // SAFETY: an interpreter takes itself off the list before it is freed.
        Some(unsafe { InterpreterRef::new(known.0.as_ref()) })
    }

    unsafe fn create(id: i64) -> Result<InterpreterRef> {
        // SAFETY: the caller holds the interpreter.
        unsafe {
            let interpreter = boxed(Self {
                id: new_id(),
                python: ffi::PyInterpreterState_Get(),
                gate: Gate::default(),
                watches_end: AtomicBool::new(false),
                at_end: GilCell::new(Vec::new()),
                references: AtomicUsize::new(1),
                ended: AtomicBool::new(false),
                globals: GilCell::new(Vec::new()),
                modules: Kept::new(),
                tables: GilCell::new(Vec::new()),
                record_holder: GilCell::new(None),
                datetime: AtomicPtr::new(null_mut()),
                hosts: Kept::new(),
                attached: Kept::new(),
            })?;
            let mut list = InterpreterList::lock();
            // Without a GIL, another thread may have been faster.
            let living = |known: &Known| !known.0.as_ref().ended.load(Ordering::Relaxed);
            if let Some((_, known)) = list.0.iter().find(|(other, known)| *other == id && living(known)) {
                let known = InterpreterRef::new(known.0.as_ref());
                drop(list);
                return Ok(known);
            }
            if list.0.try_reserve(1).is_err() {
                drop(list);
                return Err(no_memory());
            }
            let this = NonNull::from(Box::leak(interpreter));
            global_values::note_interpreter(this.as_ptr().cast_const().cast(), list.0.is_empty());
            list.0.push((id, Known(this)));
            drop(list);
            if ffi::PyInterpreterState_Get() == ffi::PyInterpreterState_Main() {
                MAIN.store(this.as_ptr(), Ordering::Release);
            }
            let reference = InterpreterRef(this);
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
                for function in reference.at_end.with(std::mem::take) {
                    function(&reference);
                }
                reference.clear_globals();
            }
        }
        // SAFETY: the caller holds the interpreter; the capsule is ours until it is stored.
        unsafe {
            let pointer = reference.0.as_ptr().cast::<c_void>();
            let capsule = Owned::new(ffi::PyCapsule_New(pointer, CAPSULE_NAME.as_ptr(), Some(release)))?;
            std::mem::forget(reference);
            // The key has an address in it, as two copies of this library have nothing in common.
            let key = Owned::new(ffi::PyUnicode_FromFormat(
                c"hpy.Interpreter@%p".as_ptr(),
                &raw const INTERPRETERS,
            ))?;
            keep_until_end(&key, capsule)
        }
    }

    /// The host of this name, made at the first call.
    ///
    /// # Errors
    /// Those of `make`.
    pub(crate) fn host(
        &self,
        name: &str,
        make: impl FnOnce(NonNull<Self>) -> Result<Box<dyn Host>>,
    ) -> Result<HostRef> {
        let host = match self.hosts.find(name.as_bytes()) {
            Some(host) => host,
            None => self.hosts.get_or_make(memory::copy(name.as_bytes())?, || make(NonNull::from(self)))?,
        };
        // SAFETY: a borrowed state is alive.
        Ok(HostRef { host: host.into(), _interpreter: unsafe { InterpreterRef::new(self) } })
    }

    /// Says on stderr which contexts are open, on any thread, if a host knows.
    pub(crate) fn tell_open_contexts(&self) {
        self.hosts.any(|host| host.tell_open_contexts());
    }

    /// The value of type `T` that belongs to this interpreter, made at the first call.
    ///
    /// # Errors
    /// Those of `make`, and `MemoryError`.
    pub fn attached<T: Any>(&self, make: impl FnOnce() -> Result<T>) -> Result<&T> {
        let value = self.attached.get_or_make(TypeId::of::<T>(), || Ok(boxed(make()?)?))?;
        // SAFETY: the type is the key.
        Ok(unsafe { &*std::ptr::from_ref(value).cast::<T>() })
    }

    /// The same if it was made.
    pub(crate) fn find_attached<T: Any>(&self) -> Option<&T> {
        let value = self.attached.find(&TypeId::of::<T>())?;
        // SAFETY: the type is the key.
        Some(unsafe { &*std::ptr::from_ref(value).cast::<T>() })
    }

    /// Whether the functions of [`Self::at_end`] have been called, and none that is added will be.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    /// Has `function` called once, by a thread inside it, when the interpreter ends.
    ///
    /// # Errors
    /// `MemoryError`.
    pub(crate) fn at_end(&self, function: fn(&Self)) -> Result<()> {
        self.at_end.with(|all| memory::push(all, function))
    }

    fn clear_globals(&self) {
        global_values::note_values(std::ptr::from_ref(self).cast(), &[]);
        let values = self.globals.with(std::mem::take);
        for value in values {
            // SAFETY: each non-null value is a reference owned by the table.
            unsafe { ffi::Py_XDECREF(value) };
        }
    }
}

impl Drop for Interpreter {
    fn drop(&mut self) {
        InterpreterList::lock().0.retain(|(_, known)| !std::ptr::eq(known.0.as_ptr(), self));
        // Fails if this is another one.
        let _ = MAIN.compare_exchange(self, null_mut(), Ordering::AcqRel, Ordering::Relaxed);
        self.clear_globals();
    }
}

/// A counted reference to the state of an interpreter.
pub struct InterpreterRef(NonNull<Interpreter>);

impl InterpreterRef {
    /// A new reference to a state.
    ///
    /// # Safety
    /// It was made by [`Interpreter::current`].
    pub(crate) unsafe fn new(interpreter: &Interpreter) -> Self {
        interpreter.references.fetch_add(1, Ordering::Relaxed);
        Self(NonNull::from(interpreter))
    }
}

/// A host together with a reference to the state that keeps it.
pub struct HostRef {
    host: NonNull<dyn Host>,
    _interpreter: InterpreterRef,
}

impl Deref for HostRef {
    type Target = dyn Host;

    fn deref(&self) -> &Self::Target {
        // SAFETY: boxed, and never removed while the state lives.
        unsafe { self.host.as_ref() }
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
    pub(crate) const fn new(value: T) -> Self {
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
