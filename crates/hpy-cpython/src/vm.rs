//! Contexts for code that is not handed one: `HPy_GetVM`, and opening and closing through an `HPyVM`.
//!
//! A thread that is inside Python gets the context of its host. Any other is attached first, through the
//! [`Gate`](crate::gate::Gate) of the interpreter: that is closed before CPython begins to end the interpreter, which
//! then waits for those inside. So no thread waits for a GIL that nobody will ever give back.

use std::cell::{RefCell, UnsafeCell};
use std::ffi::{CStr, c_int};
use std::ptr::{NonNull, null, null_mut};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use crate::ffi::{self, PyMethodDef, PyMethodDefPointer, PyObject};
use hpy_abi::*;

use crate::boundary::{Raised, Result, guard, guard_or_abort, raise_text};
use crate::context::{Contexts, Universal};
use crate::engine::{AttachedThread, current_interpreter, main_thread, thread_function};
use crate::forward::null_argument;
use crate::generated::calls::null;
use crate::memory::boxed;
use crate::opened::{AllOpened, Opened, ThreadVariable};
use crate::owned::{Owned, new_none};
use crate::state::{Host, Interpreter, InterpreterList};
use crate::statics::{Static, method};
use crate::sync::lock;

/// `HPy_GetVM` for the interpreter that this thread runs in.
///
/// # Errors
/// `RuntimeError` if the storage has another name; what `atexit` and `os` raise.
///
/// # Safety
/// As documented for the C API function; the contexts belong to `interpreter`, in which the caller runs.
pub unsafe fn get(interpreter: &Interpreter, contexts: &Contexts, storage: *mut HPyVM) -> Result<()> {
    // SAFETY: null, or the storage of the extension, which nobody else uses meanwhile.
    let Some(storage) = (unsafe { storage.as_mut() }) else {
        null_argument(null::ctx_GetVM);
        return Err(Raised);
    };
    let functions = functions(interpreter)?;
    let name = HPyVM {
        _mark: HPyVM::mark(),
        _interpreter: interpreter.id,
        _functions: if contexts.has_layers {
            &raw const functions.layered
        } else {
            &raw const functions.plain
        },
        _inside: contexts.inside,
        _attached: contexts.attached,
    };
    if *storage == name {
        return Ok(());
    }
    if *storage != HPyVM::EMPTY {
        // SAFETY: an engine in this process has filled it, and tables of functions live forever.
        let is_ours = storage._mark == name._mark && is_ours(unsafe { &*storage._functions });
        // SAFETY: the caller runs in the interpreter; `PyExc_RuntimeError` lives as long as CPython.
        let refuse = |text| Err(raise_text(unsafe { ffi::PyExc_RuntimeError }, text));
        if !is_ours {
            return refuse(
                c"HPy_GetVM: the storage is not empty and names no interpreter of this engine; initialise it to zero",
            );
        }
        if InterpreterList::lock().find(storage._interpreter).is_some() {
            return refuse(
                c"HPy_GetVM: the storage names another interpreter, or this one in another mode; keep an HPyVM for each, \
                  beside what belongs to it",
            );
        }
    }
    // SAFETY: the caller runs in the interpreter.
    unsafe { watch_end(interpreter)? };
    *storage = name;
    Ok(())
}

/// What the [`HPyVM`]s of an interpreter refer to: for contexts without layers, which stand in the `HPyVM`, and for those
/// with layers, which make one for each opening.
struct Functions {
    plain: HPyVM_Functions,
    layered: HPyVM_Functions,
}

/// The functions for an interpreter that the caller runs in, made at the first call and never freed.
fn functions(interpreter: &Interpreter) -> Result<&'static Functions> {
    let functions = interpreter.attached(|| {
        let inside = inside(interpreter);
        let plain = HPyVM_Functions { inside, open, close };
        let layered = HPyVM_Functions { inside: nobody(), open: open_layered, close: close_layered };
        interpreter.at_end(|interpreter| {
            if let Some(functions) = interpreter.find_attached::<&'static Functions>() {
                functions.plain.inside.interpreter.store(0, Ordering::Relaxed);
            }
            main_thread::forget();
        })?;
        let functions: &'static Functions = Box::leak(boxed(Functions { plain, layered })?);
        Ok(functions)
    })?;
    Ok(*functions)
}

/// Tells threads that are inside the interpreter. The caller is.
pub(crate) fn inside(interpreter: &Interpreter) -> HPyVM_Inside {
    match thread_function(interpreter.python) {
        Some(thread) => HPyVM_Inside { thread, interpreter: AtomicUsize::new(interpreter.python as usize) },
        None => nobody(),
    }
}

/// The same where being inside is not enough to go on.
pub(crate) fn nobody() -> HPyVM_Inside {
    unsafe extern "C" fn thread() -> *const usize {
        null()
    }
    HPyVM_Inside { thread, interpreter: AtomicUsize::new(0) }
}

fn is_ours(functions: &HPyVM_Functions) -> bool {
    functions.close as usize == close as *const () as usize
        || functions.close as usize == close_layered as *const () as usize
}

pub(crate) unsafe extern "C" fn ctx_GetVM(ctx: *mut HPyContext, storage: *mut HPyVM) -> c_int {
    // SAFETY: the contract of context functions, see `crate::forward`.
    guard(-1, || unsafe {
        let universal = Universal::of(ctx);
        get(universal.interpreter(), &universal.contexts()?, storage)?;
        Ok(0)
    })
}

// Opening and closing

/// This thread was attached to open a context.
struct Attachment {
    /// Lives at least until its gate was left.
    interpreter: NonNull<Interpreter>,
    thread: AttachedThread,
}

thread_local! {
    static OPENED: ThreadVariable<Attachment> = const { AllOpened::new() };
}

/// Runs `body` on what this thread has opened.
fn with_opened<R>(body: impl FnOnce(&mut AllOpened<Attachment>) -> R) -> R {
    OPENED.with(|all| body(&mut all.borrow_mut()))
}

unsafe extern "C" fn open(vm: *const HPyVM, ctx: *mut *mut HPyContext) -> c_int {
    // SAFETY: the header has looked at the mark, so `get` has filled it.
    unsafe {
        if Interpreter::main_is_current((*vm)._interpreter) {
            main_thread::note();
            *ctx = (*vm)._inside;
            return HPyVM_Opened;
        }
        open_elsewhere(&*vm, &mut *ctx)
    }
}

#[cold]
fn open_elsewhere(vm: &HPyVM, ctx: &mut *mut HPyContext) -> c_int {
    guard_or_abort(|| match enter(vm._interpreter) {
        Ok(None) => {
            *ctx = vm._inside;
            HPyVM_Opened
        }
        Ok(Some(attachment)) => {
            *ctx = vm._attached;
            remember(Opened { context: *ctx, attachment: Some(attachment) });
            HPyVM_Opened
        }
        Err(status) => status,
    })
}

unsafe extern "C" fn close(_: *const HPyVM, ctx: *mut HPyContext) {
    // SAFETY: the header has called; what does not match the last opening of this thread is ignored.
    guard_or_abort(|| unsafe {
        if let Some(attachment) = forget(ctx) {
            attachment.detach();
        }
    });
}

unsafe extern "C" fn open_layered(vm: *const HPyVM, ctx: *mut *mut HPyContext) -> c_int {
    // SAFETY: the header has looked at the mark, so `get` has filled it; once inside, the host of `_inside` lives.
    guard_or_abort(|| unsafe {
        let entry = open_layered as *const () as usize;
        // Lower for each, also where one function opens several, as that of a call in between would be.
        let stack = (&raw const vm) as usize - with_opened(|all| all.len());
        match enter((*vm)._interpreter) {
            Ok(attachment) => {
                *ctx = match Universal::of((*vm)._inside).openings() {
                    Some(layers) => layers.open(entry, stack),
                    None => (*vm)._inside,
                };
                remember(Opened { context: *ctx, attachment });
                HPyVM_Opened
            }
            Err(status) => {
                // A reference, and not the lock of the list, while layers report.
                let kept = InterpreterList::lock().keep((*vm)._interpreter);
                if status == HPyVM_OtherInterpreter
                    && kept.is_some()
                    && let Some(layers) = Universal::of((*vm)._inside).openings()
                {
                    layers.refuse(entry, stack);
                }
                status
            }
        }
    })
}

unsafe extern "C" fn close_layered(vm: *const HPyVM, ctx: *mut HPyContext) {
    // SAFETY: `get` has filled it; the interpreter, and with it the host of `_inside`, is kept.
    guard_or_abort(|| unsafe {
        if let Ok(kept) = keep((*vm)._interpreter) {
            if let Some(layers) = Universal::of((*vm)._inside).openings() {
                layers.close(ctx);
            }
            if let Some(interpreter) = kept {
                interpreter.as_ref().gate.leave();
            }
        }
        close(vm, ctx);
    });
}

fn remember(opened: Opened<Attachment>) {
    with_opened(|all| all.push(opened));
}

/// Takes the last opening off the list if it was that of `ctx`.
fn forget(ctx: *mut HPyContext) -> Option<Attachment> {
    with_opened(|all| all.pop(ctx))?.attachment
}

/// Runs `body` with this thread inside the interpreter.
///
/// # Errors
/// The `HPyVM_Status`.
pub(crate) fn inside_of<R>(id: u64, body: impl FnOnce() -> R) -> Result<R, c_int> {
    let Some(attachment) = enter(id)? else {
        // SAFETY: the thread is inside Python.
        unsafe { main_thread::note() };
        return Ok(body());
    };
    let below = with_opened(|all| all.len());
    remember(Opened { context: null_mut(), attachment: Some(attachment) });
    let result = body();
    // Before it goes what `body` has opened and not closed.
    while with_opened(|all| all.len()) > below {
        let last = with_opened(|all| all.last().map(|last| last.context));
        if let Some(attachment) = last.and_then(forget) {
            // SAFETY: it is that of the last opening, whose thread state the thread has had since.
            unsafe { attachment.detach() };
        }
    }
    Ok(result)
}

/// Lets this thread run in the interpreter, unless it does already. Then one opening more can be [remembered](remember).
///
/// # Errors
/// The `HPyVM_Status`.
fn enter(id: u64) -> Result<Option<Attachment>, c_int> {
    let kept = keep(id)?;
    let reserved = with_opened(AllOpened::reserve).map_err(|_| HPyVM_NoMemory);
    let Some(interpreter) = kept else { return reserved.map(|()| None) };
    // SAFETY: the thread is outside Python and inside the gate, so the interpreter lives.
    let attached = reserved.and_then(|()| unsafe { attach(interpreter) });
    if attached.is_err() {
        // SAFETY: still inside the gate.
        unsafe { interpreter.as_ref() }.gate.leave();
    }
    attached.map(Some)
}

/// Keeps an interpreter from ending by entering its gate; `None` if this thread is inside it already.
///
/// # Errors
/// The `HPyVM_Status`, for a thread that may not be attached to it, too.
fn keep(id: u64) -> Result<Option<NonNull<Interpreter>>, c_int> {
    let current = current_interpreter();
    let is_outside = current.is_null();
    // Before any lock, as a thread of the parent may have held it.
    if is_outside && FORKED.load(Ordering::Relaxed) {
        return Err(HPyVM_Forked);
    }
    let _no_fork = is_outside.then(|| lock(&NO_FORK));
    let interpreters = InterpreterList::lock();
    let interpreter = interpreters.find(id).ok_or(HPyVM_Ended)?;
    if !is_outside {
        return if interpreter.python == current { Ok(None) } else { Err(HPyVM_OtherInterpreter) };
    }
    if interpreter.gate.enter() { Ok(Some(NonNull::from(interpreter))) } else { Err(HPyVM_Ending) }
}

/// # Safety
/// The thread is outside Python, and inside the gate of the interpreter.
unsafe fn attach(interpreter: NonNull<Interpreter>) -> Result<Attachment, c_int> {
    // SAFETY: inside the gate the interpreter does not end, so it takes new threads and gives the GIL to any.
    unsafe {
        let thread = AttachedThread::new(interpreter.as_ref().python).ok_or(HPyVM_NoMemory)?;
        Ok(Attachment { interpreter, thread })
    }
}

impl Attachment {
    /// # Safety
    /// The thread is inside Python with this thread state.
    unsafe fn detach(self) {
        // SAFETY: the thread is inside Python with this thread state, and inside the gate, so the interpreter lives.
        unsafe {
            if !ffi::PyErr_Occurred().is_null() {
                ffi::PyErr_WriteUnraisable(null_mut());
            }
            self.thread.detach();
            self.interpreter.as_ref().gate.leave();
        }
    }
}

/// How many of those inside the gate of an interpreter are openings of this thread.
fn of_this_thread(interpreter: &Interpreter) -> usize {
    let is_its = |attachment: &&Attachment| std::ptr::eq(attachment.interpreter.as_ptr(), interpreter);
    with_opened(|all| all.attachments().filter(is_its).count())
}

// The end of an interpreter, and forks

/// Whether this process is a child that Python has not been told of.
static FORKED: AtomicBool = AtomicBool::new(false);

/// Has the C library tell of forks, once: asking for the process at each opening would be a call of the system.
#[cfg(unix)]
fn watch_forks() {
    unsafe extern "C" fn in_child() {
        FORKED.store(true, Ordering::Relaxed);
    }
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        // SAFETY: the function does what is safe in a child. Extensions with this code are never unloaded.
        // Without memory for it, such a child is not recognized.
        let _ = unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
    });
}

#[cfg(not(unix))]
fn watch_forks() {}

/// Has CPython tell when the interpreter is about to end, and before and after forks.
///
/// # Safety
/// The caller runs in the interpreter.
pub(crate) unsafe fn watch_end(interpreter: &Interpreter) -> Result<()> {
    if interpreter.watches_end.swap(true, Ordering::Relaxed) {
        return Ok(());
    }
    watch_forks();
    // Whoever the parent was, this process runs a Python.
    FORKED.store(false, Ordering::Relaxed);
    // SAFETY: the caller runs in the interpreter.
    let watched = unsafe {
        register(c"atexit", c"register", &AT_EXIT, c"").and_then(|()| {
            if cfg!(unix) {
                register(c"os", c"register_at_fork", &BEFORE_FORK, c"before")?;
                register(c"os", c"register_at_fork", &AFTER_FORK_IN_PARENT, c"after_in_parent")?;
                register(c"os", c"register_at_fork", &AFTER_FORK_IN_CHILD, c"after_in_child")?;
            }
            Ok(())
        })
    };
    if watched.is_err() {
        interpreter.watches_end.store(false, Ordering::Relaxed);
    }
    watched
}

/// Calls a function of a module with `callback`, under the name of this keyword unless that is empty.
///
/// # Safety
/// The caller runs in an interpreter.
unsafe fn register(
    module: &CStr,
    function: &CStr,
    callback: &'static Static<PyMethodDef>,
    keyword: &CStr,
) -> Result<()> {
    // SAFETY: the caller runs in an interpreter; the format is that of the arguments, which make a tuple of two.
    unsafe {
        let module = Owned::new(ffi::PyImport_ImportModule(module.as_ptr()))?;
        let function = Owned::new(ffi::PyObject_GetAttrString(module.as_ptr(), function.as_ptr()))?;
        let callback = Owned::new(ffi::PyCFunction_NewEx(callback.0.get(), null_mut(), null_mut()))?;
        let arguments = Owned::new(if keyword.is_empty() {
            ffi::Py_BuildValue(c"((O){})".as_ptr(), callback.as_ptr())
        } else {
            ffi::Py_BuildValue(c"((){s:O})".as_ptr(), keyword.as_ptr(), callback.as_ptr())
        })?;
        let part = |index| ffi::PyTuple_GET_ITEM(arguments.as_ptr(), index);
        Owned::new(ffi::PyObject_Call(function.as_ptr(), part(0), part(1))).map(drop)
    }
}

const fn callback(name: &'static CStr, function: ffi::PyCFunction) -> Static<PyMethodDef> {
    let function = PyMethodDefPointer { PyCFunction: function };
    Static(UnsafeCell::new(method(name, function, ffi::METH_NOARGS, c"")))
}

static AT_EXIT: Static<PyMethodDef> = callback(c"hpy_wait_for_contexts", at_exit);
static BEFORE_FORK: Static<PyMethodDef> = callback(c"hpy_before_fork", before_fork);
static AFTER_FORK_IN_PARENT: Static<PyMethodDef> =
    callback(c"hpy_after_fork_in_parent", after_fork_in_parent);
static AFTER_FORK_IN_CHILD: Static<PyMethodDef> = callback(c"hpy_after_fork_in_child", after_fork_in_child);

/// How often an interpreter looks at its end whether it has to wait, with a pause of a millisecond each time, before it says
/// for whom, in debug mode.
const TELLS_AFTER: usize = 1000;

/// Waits for the contexts that other threads have open, without the GIL. A signal whose handler raises, as that of
/// Ctrl-C does, ends the wait.
unsafe extern "C" fn at_exit(_: *mut PyObject, _: *mut PyObject) -> *mut PyObject {
    // SAFETY: called by CPython, inside the interpreter.
    guard(null_mut(), || unsafe {
        let interpreter = Interpreter::current()?;
        interpreter.gate.close();
        let mut times = 0;
        while interpreter.gate.inside() > of_this_thread(&interpreter) {
            let state = ffi::PyEval_SaveThread();
            std::thread::sleep(Duration::from_millis(1));
            ffi::PyEval_RestoreThread(state);
            times += 1;
            if times == TELLS_AFTER {
                interpreter.tell_open_contexts();
            }
            if ffi::PyErr_CheckSignals() < 0 {
                return Err(Raised);
            }
        }
        Ok(new_none())
    })
}

/// Held by threads outside Python while they hold other locks: a process is not copied then, as nobody would release them
/// in the copy. Threads inside never wait for it, since Python code runs between [`before_fork`] and the end of the fork.
static NO_FORK: Mutex<()> = Mutex::new(());

/// Keeps the process from being copied, if this thread is outside Python.
pub(crate) fn no_fork() -> Option<MutexGuard<'static, ()>> {
    current_interpreter().is_null().then(|| lock(&NO_FORK))
}

thread_local! {
    static DURING_FORK: RefCell<Option<MutexGuard<'static, ()>>> = const { RefCell::new(None) };
}

unsafe extern "C" fn before_fork(_: *mut PyObject, _: *mut PyObject) -> *mut PyObject {
    guard_or_abort(|| DURING_FORK.set(Some(lock(&NO_FORK))));
    new_none()
}

unsafe extern "C" fn after_fork_in_parent(_: *mut PyObject, _: *mut PyObject) -> *mut PyObject {
    guard_or_abort(|| DURING_FORK.set(None));
    new_none()
}

unsafe extern "C" fn after_fork_in_child(_: *mut PyObject, _: *mut PyObject) -> *mut PyObject {
    guard_or_abort(|| {
        DURING_FORK.set(None);
        main_thread::forget();
        InterpreterList::lock().for_each(|interpreter| interpreter.gate.reset(of_this_thread(interpreter)));
        FORKED.store(false, Ordering::Relaxed);
    });
    new_none()
}
