//! Calls. The call protocol of types is not here but in `types`.

pub(crate) use crate::types::call::ctx_SetCallFunction;

use crate::ffi::{
    Py_DECREF, PyDict_Check, PyExc_SystemError, PyExc_TypeError, PyObject, PyObject_Call,
    PyObject_CallNoArgs, PyObject_Vectorcall, PyObject_VectorcallMethod, PyTuple_Check, PyTuple_GET_SIZE,
    PyTuple_New,
};
use hpy_abi::{HPy, HPyContext};

use crate::forward::{fail, null_argument};
use crate::generated::calls::null;
use crate::handle::{handle, object, objects};

pub(crate) unsafe extern "C" fn ctx_CallTupleDict(
    _: *mut HPyContext,
    callable: HPy,
    args: HPy,
    kw: HPy,
) -> HPy {
    if callable.is_null() {
        return null_argument(null::ctx_CallTupleDict);
    }
    let (callable, args, kw) = (object(callable), object(args), object(kw));
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe {
        if !args.is_null() && PyTuple_Check(args) == 0 {
            let text = c"HPy_CallTupleDict requires args to be a tuple or null handle";
            return fail(PyExc_TypeError, text);
        }
        if !kw.is_null() && PyDict_Check(kw) == 0 {
            let text = c"HPy_CallTupleDict requires kw to be a dict or null handle";
            return fail(PyExc_TypeError, text);
        }
        if !args.is_null() {
            return handle(PyObject_Call(callable, args, kw));
        }
        if kw.is_null() {
            return handle(PyObject_CallNoArgs(callable));
        }
        let no_args = PyTuple_New(0);
        if no_args.is_null() {
            return HPy::NULL;
        }
        let result = PyObject_Call(callable, no_args, kw);
        Py_DECREF(no_args);
        handle(result)
    }
}

/// The handles in `args` are not tested for null, one by one would cost too much.
pub(crate) unsafe extern "C" fn ctx_Call(
    _: *mut HPyContext,
    callable: HPy,
    args: *const HPy,
    nargs: usize,
    kwnames: HPy,
) -> HPy {
    if callable.is_null() {
        return null_argument(null::ctx_Call);
    }
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe {
        if args.is_null() {
            return call_without_array(object(callable), nargs, object(kwnames));
        }
        if !kwnames.is_null() && PyTuple_Check(object(kwnames)) == 0 {
            return fail(PyExc_TypeError, c"HPy_Call arg 'kwnames' must be a tuple object or HPy_NULL");
        }
        handle(PyObject_Vectorcall(object(callable), objects(args), nargs, object(kwnames)))
    }
}

/// A call without arguments, if it is one. Apart from [`ctx_Call`], which then tests one pointer only.
///
/// # Safety
///
/// As for [`ctx_Call`]; `callable` is not null.
#[inline(never)]
unsafe fn call_without_array(callable: *mut PyObject, nargs: usize, kwnames: *mut PyObject) -> HPy {
    // SAFETY: the caller's promise. Empty `kwnames` are the same as none.
    unsafe {
        if nargs != 0 || !(kwnames.is_null() || PyTuple_Check(kwnames) != 0 && PyTuple_GET_SIZE(kwnames) == 0)
        {
            return null_argument(null::ctx_Call);
        }
        handle(PyObject_CallNoArgs(callable))
    }
}

/// As [`ctx_Call`]; of the handles in `args`, the receiver is tested.
pub(crate) unsafe extern "C" fn ctx_CallMethod(
    _: *mut HPyContext,
    name: HPy,
    args: *const HPy,
    nargs: usize,
    kwnames: HPy,
) -> HPy {
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe {
        if nargs == 0 {
            return fail(PyExc_SystemError, c"HPy_CallMethod: nargs is 0, but args[0] must be the receiver");
        }
        if name.is_null() || args.is_null() || (*args).is_null() {
            return null_argument(null::ctx_CallMethod);
        }
        if !kwnames.is_null() && PyTuple_Check(object(kwnames)) == 0 {
            return fail(PyExc_TypeError, c"HPy_CallMethod arg 'kwnames' must be a tuple object or HPy_NULL");
        }
        handle(PyObject_VectorcallMethod(object(name), objects(args), nargs, object(kwnames)))
    }
}
