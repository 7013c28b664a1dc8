//! Functions that one extension has for others: which contexts have published them, and calls from one to the other.
//!
//! A table of functions is a static variable of its binary, which may be loaded in several interpreters, and in several modes in
//! one of them. So what calls need to know is kept here for each interpreter: in a table that has a number, the contexts
//! that have published it, each in a *slot*, with what to call for each function.

use std::ffi::{c_int, c_void};
use std::mem::transmute;
use std::ptr::null_mut;
use std::sync::Mutex;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

use crate::ffi;
use hpy_abi::*;

use crate::boundary::{Raised, Result, guard, raise_format};
use crate::callee::Callee;
use crate::context::Universal;
use crate::forward::null_argument;
use crate::generated::calls::null;
use crate::memory;
use crate::state::{Host, Interpreter, Provider, Providers};
use crate::sync::lock;

/// The slot of functions that take objects of CPython and no context.
const OBJECTS: c_int = -1;

/// How many tables have a number.
static TABLES: Mutex<usize> = Mutex::new(0);

/// Gives a table its number, and its functions their places in it.
///
/// # Safety
/// The table is that of a loaded extension.
unsafe fn number(table: *mut _HPyAPI_Table) -> usize {
    let mut last = lock(&TABLES);
    // SAFETY: by contract. What is written without an atomic operation is read after a number was.
    unsafe {
        let known = number_of(table);
        if known != 0 {
            return known;
        }
        for index in 0..(*table)._head._count as usize {
            let function = *(*table)._functions.add(index);
            (*function)._index = index;
            AtomicPtr::from_ptr(&raw mut (*function)._table).store(table, Ordering::Release);
        }
        *last += 1;
        AtomicUsize::from_ptr(&raw mut (*table)._number).store(*last, Ordering::Release);
        *last
    }
}

/// The number of the table; 0 if it was not yet published. Another interpreter may be about to do so.
///
/// # Safety
/// The table is that of a loaded extension.
unsafe fn number_of(table: *mut _HPyAPI_Table) -> usize {
    // SAFETY: by contract.
    unsafe { AtomicUsize::from_ptr(&raw mut (*table)._number) }.load(Ordering::Acquire)
}

/// What the host calls for the functions of the table.
///
/// # Safety
/// The table is that of a loaded extension.
unsafe fn callees(host: &Universal, table: *mut _HPyAPI_Table) -> Result<Vec<Callee>> {
    let mut callees = Vec::new();
    // SAFETY: by contract, the table has that many functions.
    unsafe {
        for index in 0..(*table)._head._count as usize {
            let function = *(*table)._functions.add(index);
            let implementation = transmute::<HPyFunc_api, HPyCFunction>((*function)._call);
            memory::push(&mut callees, host.callee(HPyFunc_API, implementation))?;
        }
    }
    Ok(callees)
}

fn address(host: &Universal) -> *const () {
    std::ptr::from_ref(host).cast()
}

fn slot_of(providers: &Providers, host: &Universal) -> Option<usize> {
    providers.iter().position(|provider| provider.as_ref().is_some_and(|p| p.host == address(host)))
}

/// The slot of the host, or the one that it gets now.
///
/// # Safety
/// The table is that of a loaded extension; the caller runs in the interpreter of the host.
unsafe fn publish(host: &Universal, table: *mut _HPyAPI_Table) -> Result<usize> {
    // SAFETY: by contract.
    let (number, callees) = unsafe { (number(table), callees(host, table)?) };
    let slot = host.interpreter().tables.with(|all| {
        while all.len() < number {
            memory::push(all, Providers::default())?;
        }
        let providers = &mut all[number - 1];
        let slot = slot_of(providers, host).or_else(|| providers.iter().position(Option::is_none));
        if let Some(slot) = slot
            && providers[slot].is_none()
        {
            providers[slot] = Some(Provider { host: address(host), callees });
        }
        Ok(slot)
    })?;
    // SAFETY: the thread is attached; the name is that of the table.
    slot.ok_or_else(|| unsafe {
        raise_format!(
            ffi::PyExc_RuntimeError,
            c"the functions of %s are published by more modes or names of their module than HPy has room for (%d)",
            (*table)._head._name,
            _HPyAPI_SLOTS as c_int,
        )
    })
}

pub(crate) unsafe extern "C" fn ctx_API_GetSlot(
    ctx: *mut HPyContext,
    table: *mut _HPyAPI_Table,
    publish_it: c_int,
) -> c_int {
    // SAFETY: the contract of context functions, see `crate::forward`; a table is one of a loaded extension.
    guard(-1, || unsafe {
        if table.is_null() {
            null_argument(null::ctx_API_GetSlot);
            return Err(Raised);
        }
        let host = Universal::of(ctx);
        if publish_it != 0 {
            return Ok(publish(host, table)? as c_int);
        }
        let number = number_of(table);
        let slot = host.interpreter().tables.with(|all| slot_of(all.get(number.checked_sub(1)?)?, host));
        Ok(slot.unwrap_or(_HPyAPI_SLOTS) as c_int)
    })
}

/// What to call for a function of the provider in this slot.
///
/// # Safety
/// The caller runs in the interpreter; the function is that of a loaded extension.
unsafe fn find(interpreter: &Interpreter, function: *mut _HPyAPI_Function, slot: c_int) -> Result<Callee> {
    let slot = usize::try_from(slot).unwrap_or(_HPyAPI_SLOTS);
    // SAFETY: by contract. The pointer is null until the table was published, and then to that table.
    let number = unsafe {
        let table = AtomicPtr::from_ptr(&raw mut (*function)._table).load(Ordering::Acquire);
        if table.is_null() { 0 } else { number_of(table) }
    };
    let callee = interpreter.tables.with(|all| {
        let provider = all.get(number.checked_sub(1)?)?.get(slot)?.as_ref()?;
        // SAFETY: the table has a number, so its functions have their places.
        provider.callees.get(unsafe { (*function)._index }).copied()
    });
    // SAFETY: the caller runs in the interpreter; the name is that of the function.
    callee.ok_or_else(|| unsafe {
        raise_format!(
            ffi::PyExc_RuntimeError,
            c"%s cannot be called: the extension that has it has not published it in this interpreter in the mode that it \
              was imported from; import its table again in this interpreter",
            (*function)._name,
        )
    })
}

/// Calls a function of another extension, in this interpreter.
///
/// # Safety
/// The contract of the C API function.
unsafe fn call(
    interpreter: &Interpreter,
    function: *mut _HPyAPI_Function,
    slot: c_int,
    (args, nargs): (*const HPy, usize),
    (results, nresults): (*mut HPy, usize),
    data: *mut c_void,
) -> Result<()> {
    // SAFETY: by contract; a handle is the pointer to the object, so both kinds of functions get the same.
    unsafe {
        if function.is_null() {
            null_argument(null::ctx_API_Call);
            return Err(Raised);
        }
        let callee = if slot == OBJECTS {
            Callee::new(null_mut(), transmute::<HPyFunc_api, HPyCFunction>((*function)._call))
        } else {
            find(interpreter, function, slot)?
        };
        callee.api(args, nargs, results, nresults, data);
    }
    Ok(())
}

pub(crate) unsafe extern "C" fn ctx_API_Call(
    ctx: *mut HPyContext,
    function: *mut _HPyAPI_Function,
    slot: c_int,
    args: *const HPy,
    nargs: usize,
    results: *mut HPy,
    nresults: usize,
    data: *mut c_void,
) -> c_int {
    // SAFETY: the contract of context functions, see `crate::forward`.
    guard(-1, || unsafe {
        let interpreter = Universal::of(ctx).interpreter();
        call(interpreter, function, slot, (args, nargs), (results, nresults), data)?;
        Ok(0)
    })
}

/// The same for the context of trampolines, which belongs to no interpreter.
pub(crate) unsafe extern "C" fn call_in_current_interpreter(
    _: *mut HPyContext,
    function: *mut _HPyAPI_Function,
    slot: c_int,
    args: *const HPy,
    nargs: usize,
    results: *mut HPy,
    nresults: usize,
    data: *mut c_void,
) -> c_int {
    // SAFETY: a trampoline of the extension calls this, so the thread is attached, with what the contract asks for.
    guard(-1, || unsafe {
        let interpreter = Interpreter::current()?;
        call(&interpreter, function, slot, (args, nargs), (results, nresults), data)?;
        Ok(0)
    })
}
