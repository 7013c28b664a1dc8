//! Iterators.

use std::ffi::c_int;

use crate::ffi::{Py_TYPE, PyIter_Next, PyObject};
use hpy_abi::{HPy, HPyContext};

use crate::forward::{null_argument, wrong_type};
use crate::generated::calls::null;
use crate::handle::{handle, object};
use crate::lookup::look_up;

/// `PyIter_Next` calls the slot without looking whether there is one.
pub(crate) unsafe extern "C" fn ctx_Iter_Next(_: *mut HPyContext, obj: HPy) -> HPy {
    if obj.is_null() {
        return null_argument(null::ctx_Iter_Next);
    }
    let obj = object(obj);
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe {
        if (*Py_TYPE(obj)).tp_iternext.is_none() {
            return wrong_type(c"an iterator", obj);
        }
        handle(PyIter_Next(obj))
    }
}

/// `PyAIter_Check`.
pub(crate) unsafe extern "C" fn ctx_AIter_Check(_: *mut HPyContext, obj: HPy) -> c_int {
    if obj.is_null() {
        return 0;
    }
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe { is_async_iterator(object(obj)) }
}

/// `PyIter_Send`.
pub(crate) unsafe extern "C" fn ctx_Iter_Send(
    _: *mut HPyContext,
    iter: HPy,
    arg: HPy,
    result: *mut HPy,
) -> c_int {
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe { look_up(null::ctx_Iter_Send, iter, arg, result, |iter, arg, value| send(iter, arg, value)) }
}

#[cfg(Py_3_10)]
use crate::ffi::PyAIter_Check as is_async_iterator;

/// # Safety
/// Both are objects; the thread is attached.
#[cfg(Py_3_10)]
unsafe fn send(iter: *mut PyObject, arg: *mut PyObject, result: *mut *mut PyObject) -> c_int {
    // SAFETY: by contract.
    unsafe { crate::ffi::PyIter_Send(iter, arg, result) as c_int }
}

/// # Safety
/// An object; the thread is attached.
#[cfg(not(Py_3_10))]
unsafe fn is_async_iterator(obj: *mut PyObject) -> c_int {
    // SAFETY: by contract; the methods are those of a type, or null.
    let methods = unsafe { (*Py_TYPE(obj)).tp_as_async.as_ref() };
    let next = methods.and_then(|methods| methods.am_anext);
    let none = crate::engine::_PyObject_NextNotImplemented as crate::ffi::unaryfunc;
    c_int::from(next.is_some_and(|next| !std::ptr::fn_addr_eq(next, none)))
}

/// As later versions do it for what has no slot.
///
/// # Safety
/// Both are objects; the thread is attached.
#[cfg(not(Py_3_10))]
unsafe fn send(iter: *mut PyObject, arg: *mut PyObject, result: *mut *mut PyObject) -> c_int {
    use hpy_abi::{HPy_SEND_ERROR, HPy_SEND_NEXT, HPy_SEND_RETURN};
    // SAFETY: by contract; an iterator has the slot.
    unsafe {
        let next = (*Py_TYPE(iter)).tp_iternext.filter(|_| crate::ffi::PyIter_Check(iter) != 0);
        *result = match next {
            Some(next) if arg == crate::ffi::Py_None() => next(iter),
            _ => crate::ffi::PyObject_CallMethod(iter, c"send".as_ptr(), c"(O)".as_ptr(), arg),
        };
        if !(*result).is_null() {
            return HPy_SEND_NEXT;
        }
        let status = crate::engine::_PyGen_FetchStopIterationValue(result);
        if status == 0 { HPy_SEND_RETURN } else { HPy_SEND_ERROR }
    }
}
