//! Closures: functions of an extension with an object, to be called by whoever has the pointer.
//!
//! A closure is a record in memory that is never given back, so that a pointer to one that was freed can still be looked
//! at. Its captured object is a reference in an [`HPyField`], which the owner of the closure shows to the garbage
//! collector unless the closure runs. Records change under the lock of the [`Pool`] and inside the interpreter; headers
//! call closures there without the lock, where there is a GIL.

use std::alloc::{Layout, alloc_zeroed};
use std::ffi::{c_int, c_void};
use std::mem::transmute;
use std::ptr::null_mut;
use std::sync::Mutex;
use std::sync::atomic::Ordering;

use crate::ffi::{Py_XDECREF, PyObject};
use hpy_abi::*;

use crate::boundary::{Raised, Result, guard, guard_or_abort, no_memory};
use crate::callee::Callee;
use crate::context::Universal;
use crate::field::field_object;
use crate::forward::null_argument;
use crate::generated::calls::null;
use crate::handle::object;
use crate::memory::boxed;
use crate::state::{Host, Interpreter};
use crate::sync::lock;
use crate::vm;

/// `HPyClosure_New` for the interpreter that this thread runs in.
///
/// # Errors
/// `MemoryError`; `SystemError` for null; what [`vm::watch_end`] raises.
///
/// # Safety
/// The contract of the C API function; `host` is of that interpreter.
pub unsafe fn new(
    host: &dyn Host,
    function: Option<HPyFunc_closure>,
    captured: HPy,
) -> Result<*mut HPyClosure> {
    let Some(function) = function.filter(|_| !captured.is_null()) else {
        null_argument(null::ctx_Closure_New);
        return Err(Raised);
    };
    let interpreter = host.interpreter();
    let functions = functions(interpreter)?;
    // SAFETY: a function pointer, of which the signature tells the type; the caller runs in the interpreter and has a
    // handle.
    unsafe {
        vm::watch_end(interpreter)?;
        let callee = host.callee(HPyFunc_CLOSURE, transmute::<HPyFunc_closure, HPyCFunction>(function));
        let closure = lock(&POOL).make(interpreter.id, functions, callee, captured).ok_or_else(no_memory)?;
        pyo3_ffi::Py_INCREF(object(captured));
        Ok(closure)
    }
}

pub(crate) unsafe extern "C" fn ctx_Closure_New(
    ctx: *mut HPyContext,
    function: Option<HPyFunc_closure>,
    captured: HPy,
) -> *mut HPyClosure {
    // SAFETY: the contract of context functions, see `crate::forward`.
    guard(null_mut(), || unsafe { new(Universal::of(ctx), function, captured) })
}

/// The functions for an interpreter that the caller runs in, made at the first call and never freed.
fn functions(interpreter: &Interpreter) -> Result<&'static HPyClosure_Functions> {
    let functions = interpreter.attached(|| {
        interpreter.at_end(let_go)?;
        // Headers count calls as only threads can that are alone.
        let inside = if cfg!(Py_GIL_DISABLED) { vm::nobody() } else { vm::inside(interpreter) };
        let functions: &'static HPyClosure_Functions =
            Box::leak(boxed(HPyClosure_Functions { inside, call, free, finish })?);
        Ok(functions)
    })?;
    Ok(*functions)
}

// Records

type Record = _HPyClosure_Record;

/// The bits of a closure that its record has not got: the alignment of records.
const GENERATION: usize = align_of::<Record>() - 1;

/// How many records that were freed are left alone.
const RESTING: usize = 1024;

/// Records side by side; the first has the address of the page before in its `_reserved`.
const PAGE: usize = 64;

static POOL: Mutex<Pool> =
    Mutex::new(Pool { page: null_mut(), fresh: PAGE, first: null_mut(), last: null_mut(), waiting: 0 });

/// All records, and a queue of those that may be used again, which are linked by `_reserved`.
struct Pool {
    page: *mut Record,
    /// The first in the page that was never used.
    fresh: usize,
    first: *mut Record,
    last: *mut Record,
    waiting: usize,
}

// SAFETY: the memory belongs to the pool, and is never given back.
unsafe impl Send for Pool {}

fn record_of(closure: *mut HPyClosure) -> *mut Record {
    closure.map_addr(|address| address & !GENERATION).cast()
}

/// Ends a closure; false if it is none any more.
///
/// # Safety
/// The record is one of the pool.
unsafe fn kill(record: *mut Record, closure: *mut HPyClosure) -> bool {
    let (alive, dead) = (closure as usize, closure as usize & GENERATION);
    // SAFETY: by contract; records are never given back.
    let word = unsafe { &(*record)._alive };
    word.compare_exchange(alive, dead, Ordering::AcqRel, Ordering::Relaxed).is_ok()
}

/// # Safety
/// Of the methods: records are those of the pool.
impl Pool {
    /// A closure; the reference to what it captures is the caller's to add. `None` without memory.
    unsafe fn make(
        &mut self,
        interpreter: u64,
        functions: *const HPyClosure_Functions,
        callee: Callee,
        captured: HPy,
    ) -> Option<*mut HPyClosure> {
        let (context, function) = callee.parts()?;
        let record = if self.waiting > RESTING { self.pop() } else { self.fresh()? };
        // SAFETY: a record that is nobody's, but that others may look at whether it is alive.
        unsafe {
            let generation = ((*record)._alive.load(Ordering::Relaxed) + 1) & GENERATION;
            (*record)._captured = HPyField { _i: captured._i };
            (*record)._running = 0;
            (*record)._context = context;
            (*record)._function = function;
            (*record)._functions = functions;
            (*record)._interpreter = interpreter;
            let closure = record.map_addr(|address| address | generation).cast::<HPyClosure>();
            (*record)._alive.store(closure as usize, Ordering::Release);
            Some(closure)
        }
    }

    fn fresh(&mut self) -> Option<*mut Record> {
        if self.fresh == PAGE {
            // SAFETY: the layout is not empty. Zeros are valid: what is not is not read before it is written.
            let page = unsafe { alloc_zeroed(Layout::new::<[Record; PAGE]>()) }.cast::<Record>();
            if page.is_null() {
                return None;
            }
            // SAFETY: memory of our own.
            unsafe { (*page)._reserved = self.page as u64 };
            (self.page, self.fresh) = (page, 1);
        }
        self.fresh += 1;
        // SAFETY: in the page.
        Some(unsafe { self.page.add(self.fresh - 1) })
    }

    /// The record that has waited longest. There is one.
    fn pop(&mut self) -> *mut Record {
        let record = self.first;
        // SAFETY: in the queue.
        self.first = unsafe { (*record)._reserved } as *mut Record;
        self.waiting -= 1;
        record
    }

    /// Lets a record be used again, and gives what it has captured.
    unsafe fn recycle(&mut self, record: *mut Record) -> *mut PyObject {
        // SAFETY: by contract.
        unsafe {
            (*record)._running = 0;
            (*record)._interpreter = 0;
            (*record)._reserved = 0;
            match self.waiting {
                0 => self.first = record,
                _ => (*self.last)._reserved = record as u64,
            }
            self.last = record;
            self.waiting += 1;
            field_object(std::mem::replace(&mut (*record)._captured, HPyField::NULL))
        }
    }

    /// A call returns. Gives what it kept, if the closure was freed meanwhile.
    unsafe fn end_call(&mut self, record: *mut Record) -> *mut PyObject {
        // SAFETY: by contract.
        let all_returned = unsafe { (*record)._running == isize::MIN };
        // SAFETY: nobody runs it any more, and nobody can call it.
        if all_returned { unsafe { self.recycle(record) } } else { null_mut() }
    }
}

// What headers call

unsafe extern "C" fn call(closure: *mut HPyClosure, arg: *mut c_void, result: *mut *mut c_void) -> c_int {
    let record = record_of(closure);
    // SAFETY: the header knows a record by its address; it is only changed by those who are inside and hold the lock.
    // The result is the header's. The function is the extension's, with what belongs to it.
    guard_or_abort(|| unsafe {
        let body = || {
            let pool = lock(&POOL);
            let captured = (*record)._captured;
            if (*record)._alive.load(Ordering::Acquire) != closure as usize || captured.is_null() {
                return HPyVM_Freed;
            }
            (*record)._running += 1;
            drop(pool);
            let function = transmute::<HPyCFunction, HPyFunc_closure>((*record)._function);
            *result = function((*record)._context, HPy { _i: captured._i }, arg);
            let mut pool = lock(&POOL);
            (*record)._running -= 1;
            let kept = pool.end_call(record);
            drop(pool);
            Py_XDECREF(kept);
            HPyVM_Opened
        };
        vm::inside_of((*record)._interpreter, body).unwrap_or_else(|status| status)
    })
}

unsafe extern "C" fn finish(record: *mut _HPyClosure_Record) {
    // SAFETY: the header has called the closure, inside the interpreter.
    guard_or_abort(|| unsafe {
        let kept = lock(&POOL).end_call(record);
        Py_XDECREF(kept);
    });
}

unsafe extern "C" fn free(closure: *mut HPyClosure) {
    let record = record_of(closure);
    // SAFETY: the header knows a record by its address.
    guard_or_abort(|| unsafe {
        let body = || {
            let mut pool = lock(&POOL);
            if !kill(record, closure) {
                return;
            }
            if (*record)._running > 0 {
                (*record)._running += isize::MIN;
                return;
            }
            let captured = pool.recycle(record);
            drop(pool);
            Py_XDECREF(captured);
        };
        match vm::inside_of((*record)._interpreter, body) {
            Ok(()) => {}
            Err(HPyVM_Ended) => {
                let _no_fork = vm::no_fork();
                let mut pool = lock(&POOL);
                // Unless `let_go` has still to come.
                let is_empty = (*record)._captured.is_null() && (*record)._running == 0;
                if kill(record, closure) && is_empty {
                    pool.recycle(record);
                }
            }
            // `let_go` will do the rest.
            Err(_) => drop(kill(record, closure)),
        }
    });
}

/// The interpreter ends: what closures have captured goes, as the values of globals do.
fn let_go(interpreter: &Interpreter) {
    if let Some(functions) = interpreter.find_attached::<&'static HPyClosure_Functions>() {
        functions.inside.interpreter.store(0, Ordering::Relaxed);
    }
    let mut page = lock(&POOL).page;
    while !page.is_null() {
        for index in 1..PAGE {
            // SAFETY: in the page, which is never given back; only those change it who hold the lock. The thread is inside
            // the interpreter. A closure that runs is that of a thread that will never go on.
            unsafe {
                let record = page.add(index);
                let mut pool = lock(&POOL);
                if (*record)._interpreter != interpreter.id || (*record)._running != 0 {
                    continue;
                }
                let is_dead = (*record)._alive.load(Ordering::Acquire) <= GENERATION;
                let captured = match is_dead {
                    true => pool.recycle(record),
                    false => field_object(std::mem::replace(&mut (*record)._captured, HPyField::NULL)),
                };
                drop(pool);
                Py_XDECREF(captured);
            }
        }
        // SAFETY: a page of the pool.
        page = unsafe { (*page)._reserved } as *mut Record;
    }
}
