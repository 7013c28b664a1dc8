//! Globals: static variables of an extension whose value is per interpreter.
//!
//! The static variable is shared by all interpreters that load the binary, so it holds only an index, given once for
//! the process; each interpreter has its own table of values. That is also why storing one needs no registration,
//! though modules register theirs ([`crate::module`]).

use std::ffi::c_int;
use std::sync::atomic;

use crate::ffi;
use hpy_abi::{HPy, HPyContext, HPyGlobal};

use crate::boundary::{guard_or_abort, no_memory, system_error};
use crate::context::Universal;
use crate::handle::{handle, object};
use crate::object::is_instance;
use crate::state::{Host, Interpreter};
use crate::sync::primitives::{AtomicIsize, Ordering};

/// The index of a global, given now if it has none yet.
///
/// # Safety
/// `global` points to a static variable that is written by nobody else.
pub(crate) unsafe fn index(global: *mut HPyGlobal) -> usize {
    /// The last index given; 0 is "never stored".
    static LAST: atomic::AtomicIsize = atomic::AtomicIsize::new(0);
    // SAFETY: by contract, and an `HPyGlobal` is one aligned `isize`.
    let word = unsafe { &*global.cast::<AtomicIsize>() };
    index_in(word, || LAST.fetch_add(1, atomic::Ordering::Relaxed) + 1).cast_unsigned()
}

/// The index in a word, which is `fresh` if there is none.
fn index_in(word: &AtomicIsize, fresh: impl FnOnce() -> isize) -> isize {
    let known = word.load(Ordering::Acquire);
    if known != 0 {
        return known;
    }
    let fresh = fresh();
    match word.compare_exchange(0, fresh, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => fresh,
        // Another interpreter was faster; the index taken stays unused.
        Err(winner) => winner,
    }
}

/// `HPyGlobal_Store`. The old value is dropped when the new one is in place, as dropping may run Python code.
///
/// # Safety
/// As documented for the C API function; the caller runs in `interpreter`.
pub unsafe fn store(interpreter: &Interpreter, global: *mut HPyGlobal, h: HPy) {
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe {
        if global.is_null() {
            system_error(c"NULL HPyGlobal passed to HPyGlobal_Store");
            return;
        }
        let index = index(global);
        let value = object(h);
        ffi::Py_XINCREF(value);
        let old = guard_or_abort(|| {
            interpreter.globals.with(|values| {
                if values.len() <= index {
                    values.try_reserve(index + 1 - values.len()).ok()?;
                    values.resize(index + 1, std::ptr::null_mut());
                }
                values.get_mut(index).map(|place| std::mem::replace(place, value))
            })
        });
        let dropped = old.unwrap_or_else(|| {
            no_memory();
            value
        });
        ffi::Py_XDECREF(dropped);
    }
}

/// `HPyGlobal_Load`: a new handle, or `HPy_NULL` without an exception when nothing is stored in this interpreter.
///
/// # Safety
/// As documented for the C API function; the caller runs in `interpreter`.
#[inline]
pub unsafe fn load(interpreter: &Interpreter, global: HPyGlobal) -> HPy {
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe {
        interpreter.globals.with(|values| {
            let value = value(values, global);
            ffi::Py_XINCREF(value);
            handle(value)
        })
    }
}

/// The object that a global refers to in this interpreter, borrowed; null if nothing was stored.
#[inline(always)]
fn value(values: &[*mut ffi::PyObject], global: HPyGlobal) -> *mut ffi::PyObject {
    values.get(global._i.cast_unsigned()).copied().unwrap_or_default()
}

/// `HPyGlobal_TypeCheck`: needs no reference to the type, which is only compared.
///
/// # Safety
/// As documented for the C API function; the caller runs in `interpreter`.
#[inline]
pub unsafe fn type_check(interpreter: &Interpreter, obj: HPy, global: HPyGlobal) -> c_int {
    let ty = interpreter.globals.with(|values| value(values, global));
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe { is_instance(obj, ty.cast()) }
}

pub(crate) unsafe extern "C" fn ctx_Global_Store(ctx: *mut HPyContext, global: *mut HPyGlobal, h: HPy) {
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe { store(Universal::of(ctx).interpreter(), global, h) }
}

pub(crate) unsafe extern "C" fn ctx_Global_Load(ctx: *mut HPyContext, global: HPyGlobal) -> HPy {
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe { load(Universal::of(ctx).interpreter(), global) }
}

pub(crate) unsafe extern "C" fn ctx_Global_TypeCheck(
    ctx: *mut HPyContext,
    obj: HPy,
    global: HPyGlobal,
) -> c_int {
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe { type_check(Universal::of(ctx).interpreter(), obj, global) }
}

#[cfg(all(test, loom))]
mod loom_tests {
    use loom::sync::Arc;
    use loom::thread;

    use super::*;

    #[test]
    fn all_find_the_same_index() {
        loom::model(|| {
            let global = Arc::new(AtomicIsize::new(0));
            let threads = [1, 2].map(|fresh| {
                let global = global.clone();
                thread::spawn(move || (index_in(&global, || fresh), index_in(&global, || fresh + 10)))
            });
            let found = threads.map(|thread| thread.join().unwrap());
            let index = global.load(Ordering::Relaxed);
            assert!((1..=2).contains(&index));
            assert_eq!(found, [(index, index); 2]);
        });
    }
}
