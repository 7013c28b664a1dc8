//! The object protocol: truth, attributes, type, comparison, text forms.

use std::ffi::{c_char, c_int};
use std::ptr;

use crate::ffi::{
    Py_DECREF, Py_GE, Py_INCREF, Py_LT, Py_TYPE, Py_XDECREF, PyBaseObject_Type, PyErr_WriteUnraisable,
    PyExc_SystemError, PyObject, PyObject_RichCompare, PyObject_RichCompareBool, PyType_IsSubtype,
    PyTypeObject, PyUnicode_FromString,
};
use hpy_abi::{HPy, HPyContext};

use crate::boundary::guard;
use crate::descriptor::Descriptor;
use crate::engine::PyObject_GetOptionalAttr;
use crate::forward::{Outcome, fail, null_argument};
use crate::generated::calls::null;
use crate::handle::{handle, object};
use crate::lookup::look_ups;

look_ups!(ctx_GetOptionalAttr, ctx_GetOptionalAttr_s = PyObject_GetOptionalAttr);

/// On every CPython as `PyObject_HasAttr` of 3.13: only `AttributeError` means no, another exception is reported
/// through `sys.unraisablehook`, since there is no value to return for it.
pub(crate) unsafe extern "C" fn ctx_HasAttr(_: *mut HPyContext, obj: HPy, name: HPy) -> c_int {
    if obj.is_null() || name.is_null() {
        return 0;
    }
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe { has_attribute(object(obj), object(name)) }
}

/// As [`ctx_HasAttr`].
pub(crate) unsafe extern "C" fn ctx_HasAttr_s(
    _: *mut HPyContext,
    obj: HPy,
    utf8_name: *const c_char,
) -> c_int {
    if obj.is_null() || utf8_name.is_null() {
        return 0;
    }
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe {
        let name = PyUnicode_FromString(utf8_name);
        if name.is_null() {
            PyErr_WriteUnraisable(object(obj));
            return 0;
        }
        let found = has_attribute(object(obj), name);
        Py_DECREF(name);
        found
    }
}

/// # Safety
///
/// Both are live objects, the thread is attached.
unsafe fn has_attribute(owner: *mut PyObject, name: *mut PyObject) -> c_int {
    let mut value = ptr::null_mut();
    // SAFETY: by contract, both are live objects, the thread is attached.
    unsafe {
        let found = PyObject_GetOptionalAttr(owner, name, &mut value);
        Py_XDECREF(value);
        if found < 0 {
            PyErr_WriteUnraisable(owner);
            return 0;
        }
        found
    }
}

/// CPython takes the number for an index of its tables, or for unreachable.
pub(crate) unsafe extern "C" fn ctx_RichCompare(_: *mut HPyContext, v: HPy, w: HPy, op: c_int) -> HPy {
    if v.is_null() || w.is_null() {
        return null_argument(null::ctx_RichCompare);
    }
    if !is_comparison(op) {
        return invalid_comparison();
    }
    // SAFETY: the contract of context functions, see `crate::forward`.
    handle(unsafe { PyObject_RichCompare(object(v), object(w), op) })
}

/// As [`ctx_RichCompare`].
pub(crate) unsafe extern "C" fn ctx_RichCompareBool(_: *mut HPyContext, v: HPy, w: HPy, op: c_int) -> c_int {
    if v.is_null() || w.is_null() {
        return null_argument(null::ctx_RichCompareBool);
    }
    if !is_comparison(op) {
        return invalid_comparison();
    }
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe { PyObject_RichCompareBool(object(v), object(w), op) }
}

#[inline(always)]
fn is_comparison(op: c_int) -> bool {
    (Py_LT..=Py_GE).contains(&op)
}

#[cold]
fn invalid_comparison<T: Outcome>() -> T {
    // SAFETY: set before any extension runs.
    unsafe { fail(PyExc_SystemError, c"invalid comparison operator: use one of HPy_LT ... HPy_GE") }
}

pub(crate) unsafe extern "C" fn ctx_Type(_: *mut HPyContext, obj: HPy) -> HPy {
    if obj.is_null() {
        return null_argument(null::ctx_Type);
    }
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe {
        let class = Py_TYPE(object(obj)).cast();
        Py_INCREF(class);
        handle(class)
    }
}

/// Cannot fail. `type_` is only compared, never read, so something that is no type just gives 0.
pub(crate) unsafe extern "C" fn ctx_TypeCheck(_: *mut HPyContext, obj: HPy, type_: HPy) -> c_int {
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe { is_instance(obj, object(type_).cast()) }
}

/// Whether the type of an object is `wanted`, which is only compared, or derived from it. No for null.
///
/// # Safety
/// `obj` is null or a live object, the thread is attached.
#[inline(always)]
pub(crate) unsafe fn is_instance(obj: HPy, wanted: *mut PyTypeObject) -> c_int {
    if obj.is_null() {
        return 0;
    }
    // SAFETY: by contract.
    unsafe {
        let class = Py_TYPE(object(obj));
        c_int::from(class == wanted || PyType_IsSubtype(class, wanted) != 0)
    }
}

/// `object.__class__.__set__(obj, type)`. Unlike setting the attribute, this asks no `__setattr__` of the object.
///
/// # Safety
/// As documented for the C API function.
pub unsafe extern "C" fn ctx_SetType(_: *mut HPyContext, obj: HPy, type_: HPy) -> c_int {
    if obj.is_null() || type_.is_null() {
        return null_argument(null::ctx_SetType);
    }
    // SAFETY: the contract of context functions, see `crate::forward`.
    guard(-1, || unsafe {
        let class = Descriptor::of(&raw mut PyBaseObject_Type, c"__class__")?;
        class.set(object(obj), object(type_))?;
        Ok(0)
    })
}
