//! Locks: mutexes and critical sections.

use std::ffi::{CStr, c_int};

use crate::ffi::{PyEval_RestoreThread, PyEval_SaveThread};
use hpy_abi::{HPy, HPyContext, HPyCriticalSection, HPyMutex};

use crate::boundary::guard_or_abort;
use crate::engine::_Py_FatalErrorFunc;
use crate::forward::null_argument;
use crate::generated::calls::null;
use crate::mutex::{Garbage, Lock, Released, Room};

/// `HPyMutex_Lock`.
///
/// # Safety
/// The contract of context functions, see `crate::forward`.
pub unsafe extern "C" fn ctx_Mutex_Lock(_: *mut HPyContext, mutex: *mut HPyMutex) {
    // SAFETY: the contract of context functions, see `crate::forward`.
    match unsafe { Lock::of(mutex) } {
        Some(lock) if lock.try_take() => {}
        // SAFETY: the contract of context functions, see `crate::forward`.
        Some(lock) => unsafe { take_later(lock) },
        None => null_argument(null::ctx_Mutex_Lock),
    }
}

/// # Safety
/// The thread is inside Python.
#[cold]
unsafe fn take_later(lock: &Lock) {
    loop {
        // SAFETY: by contract.
        let thread_state = unsafe { PyEval_SaveThread() };
        let waited = guard_or_abort(|| lock.wait(Room::of(lock)));
        // SAFETY: it was saved above, on this thread.
        unsafe { PyEval_RestoreThread(thread_state) };
        if let Err(Garbage) = waited {
            no_mutex(null::ctx_Mutex_Lock.function);
        }
        if lock.try_take() {
            return;
        }
    }
}

/// `HPyMutex_TryLock`.
///
/// # Safety
/// The contract of context functions, see `crate::forward`.
pub unsafe extern "C" fn ctx_Mutex_TryLock(_: *mut HPyContext, mutex: *mut HPyMutex) -> c_int {
    // SAFETY: the contract of context functions, see `crate::forward`.
    match unsafe { Lock::of(mutex) } {
        Some(lock) => lock.try_take().into(),
        None => null_argument(null::ctx_Mutex_TryLock),
    }
}

/// `HPyMutex_Unlock`.
///
/// # Safety
/// The contract of context functions, see `crate::forward`.
pub unsafe extern "C" fn ctx_Mutex_Unlock(_: *mut HPyContext, mutex: *mut HPyMutex) {
    // SAFETY: the contract of context functions, see `crate::forward`.
    let Some(lock) = (unsafe { Lock::of(mutex) }) else {
        return null_argument(null::ctx_Mutex_Unlock);
    };
    match lock.release() {
        Ok(Released::Quietly) => {}
        // Another thread may have taken and freed it by now, so only its address is used.
        Ok(Released::Awaited) => guard_or_abort(|| Room::of(lock).call()),
        Ok(Released::WasFree) => {
            fatal(null::ctx_Mutex_Unlock.function, c"the mutex is not locked: each lock is unlocked once")
        }
        Err(Garbage) => no_mutex(null::ctx_Mutex_Unlock.function),
    }
}

#[cold]
fn no_mutex(function: &CStr) -> ! {
    fatal(
        function,
        c"what is there is no mutex: it must be zero before its first use, and not be written to, copied or freed later",
    )
}

#[cold]
fn fatal(function: &CStr, message: &CStr) -> ! {
    // SAFETY: callers are inside Python; both are strings of C.
    unsafe { _Py_FatalErrorFunc(function.as_ptr(), message.as_ptr()) }
}

/// Runs `body` in a critical section of the object, which may be null. Where there is a GIL, that keeps others out.
///
/// # Safety
/// The thread is inside Python. `body` does not run Python code, and does not panic.
#[inline(always)]
pub(crate) unsafe fn in_critical_section<R>(
    object: *mut crate::ffi::PyObject,
    body: impl FnOnce() -> R,
) -> R {
    #[cfg(Py_GIL_DISABLED)]
    if !object.is_null() {
        let mut section = std::mem::MaybeUninit::<crate::ffi::PyCriticalSection>::uninit();
        // SAFETY: by contract; the section is ended below.
        unsafe { crate::ffi::PyCriticalSection_Begin(section.as_mut_ptr(), object) };
        let result = body();
        // SAFETY: begun above.
        unsafe { crate::ffi::PyCriticalSection_End(section.as_mut_ptr()) };
        return result;
    }
    let _ = object;
    body()
}

/// What `_begun` is besides its address when there was no object.
const NOTHING: usize = 1;

/// `HPyCriticalSection_Begin`. Without an object nothing is locked, and the section has to be ended all the same.
///
/// # Safety
/// The contract of context functions, see `crate::forward`; the object lives until the section ends.
pub unsafe extern "C" fn ctx_CriticalSection_Begin(
    _: *mut HPyContext,
    section: *mut HPyCriticalSection,
    h: HPy,
) {
    // SAFETY: the contract of context functions, see `crate::forward`; the struct may be uninitialised.
    unsafe {
        if !section.is_null() {
            (&raw mut (*section)._begun).write(section.addr() | if h.is_null() { NOTHING } else { 0 });
        }
        let is_missing = section.is_null() || h.is_null();
        #[cfg(Py_GIL_DISABLED)]
        if !is_missing {
            crate::ffi::PyCriticalSection_Begin(python_section(section), crate::handle::object(h));
        }
        if is_missing {
            null_argument(null::ctx_CriticalSection_Begin);
        }
    }
}

/// `HPyCriticalSection_End`.
///
/// # Safety
/// The contract of context functions, see `crate::forward`.
pub unsafe extern "C" fn ctx_CriticalSection_End(_: *mut HPyContext, section: *mut HPyCriticalSection) {
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe {
        if section.is_null() {
            return null_argument(null::ctx_CriticalSection_End);
        }
        match std::mem::take(&mut (*section)._begun) ^ section.addr() {
            #[cfg(Py_GIL_DISABLED)]
            0 => crate::ffi::PyCriticalSection_End(python_section(section)),
            #[cfg(not(Py_GIL_DISABLED))]
            0 => {}
            NOTHING => {}
            _ => fatal(
                null::ctx_CriticalSection_End.function,
                c"the critical section has not begun, or has ended: each one is ended once, by the struct that it began with",
            ),
        }
    }
}

/// Where CPython's own struct is in a section.
#[cfg(Py_GIL_DISABLED)]
fn python_section(section: *mut HPyCriticalSection) -> *mut crate::ffi::PyCriticalSection {
    const OFFSET: usize = std::mem::offset_of!(HPyCriticalSection, _first);
    const _: () =
        assert!(OFFSET + size_of::<crate::ffi::PyCriticalSection>() <= size_of::<HPyCriticalSection>());
    section.wrapping_byte_add(OFFSET).cast()
}
