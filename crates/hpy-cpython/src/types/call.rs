//! The call protocol: `HPy_tp_call` and `HPy_SetCallFunction`, over CPython's vectorcall (PEP 590).
//!
//! A callable type has a hidden field after its struct, which holds the call function of each object. It may be null:
//! then CPython calls `tp_call`, and that stores the type's default. So instances made in any way are callable.

use std::ffi::{c_int, c_void};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};

use crate::ffi::{self, PyObject, vectorcallfunc};
use hpy_abi::*;

use super::record::{self, TypeRecord};
use crate::boundary::{Result, check, guard, raise_format, system_error, type_error};
use crate::context::Universal;
use crate::definitions::display;
use crate::entries::Function;
use crate::handle::object;
use crate::lock::in_critical_section;
use crate::memory::reserve;
use crate::owned::{Owned, new_reference};
use crate::state::Host;

/// The place of an object's call function, null or a `vectorcallfunc`, which threads may set and call at the same time.
///
/// # Safety
/// The type of `object` has a vectorcall offset.
#[inline]
unsafe fn field<'a>(object: *mut PyObject) -> &'a AtomicPtr<c_void> {
    // SAFETY: by contract, the type of `object` has a vectorcall offset.
    unsafe { &*object.byte_offset((*ffi::Py_TYPE(object)).tp_vectorcall_offset).cast() }
}

/// What is in such a place.
fn pointer(function: Option<vectorcallfunc>) -> *mut c_void {
    function.map_or(null_mut(), |function| function as *mut c_void)
}

/// Stores the default call function of a new object, to spare its first call the way through `tp_call`.
///
/// # Safety
/// `object` is an instance of the record's type or of a subclass.
#[inline]
pub(super) unsafe fn init(record: &TypeRecord, object: *mut PyObject) {
    if record.has_call_field {
        // SAFETY: a type with a call field has an offset, and so has every subclass.
        unsafe { field(object).store(pointer(record.call), Ordering::Relaxed) };
    }
}

/// `tp_call` of types with a call field: for objects whose field is null, and for calls with an argument tuple.
pub(super) unsafe extern "C" fn tp_call(
    callable: *mut PyObject,
    args: *mut PyObject,
    kwargs: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: an instance of a type with a call field.
    unsafe {
        let field = field(callable);
        if field.load(Ordering::Relaxed).is_null()
            && let Some((record, _)) = record::nearest(ffi::Py_TYPE(callable))
        {
            // Fails if another thread has set one meanwhile.
            let default = pointer(record.call);
            let _ = field.compare_exchange(null_mut(), default, Ordering::Release, Ordering::Relaxed);
        }
        ffi::PyVectorcall_Call(callable, args, kwargs)
    }
}

/// `tp_call` of types without room for a call field.
pub(super) unsafe extern "C" fn tp_call_default(
    callable: *mut PyObject,
    args: *mut PyObject,
    kwargs: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: an instance of a type that was made with a call function; CPython passes a tuple, and a dict or null.
    guard(null_mut(), || unsafe {
        let Some((TypeRecord { call: Some(call), .. }, _)) = record::nearest(ffi::Py_TYPE(callable)) else {
            return Err(type_error(c"object is not callable"));
        };
        let positional = ffi::PyTuple_GET_SIZE(args);
        let keywords = if kwargs.is_null() { 0 } else { ffi::PyDict_Size(kwargs) };
        let (mut values, mut names) = (Vec::<*mut PyObject>::new(), Vec::new());
        reserve(&mut values, (positional + keywords).cast_unsigned())?;
        reserve(&mut names, keywords.cast_unsigned())?;
        values.extend((0..positional).map(|i| ffi::PyTuple_GET_ITEM(args, i)));
        let positional = values.len();
        if !kwargs.is_null() {
            add_keywords(kwargs, &mut names, &mut values);
        }
        let result = keyword_names(names).and_then(|names| {
            let names = names.as_ref().map_or(null_mut(), Owned::as_ptr);
            check(call(callable, values.as_ptr(), positional, names))
        });
        for &value in values.iter().skip(positional) {
            ffi::Py_DECREF(value);
        }
        result
    })
}

/// Adds names and values of keyword arguments, as new references: the dict may be the caller's and change during the
/// call.
///
/// # Safety
/// A dict, for whose items the vectors have room.
unsafe fn add_keywords(
    kwargs: *mut PyObject,
    names: &mut Vec<*mut PyObject>,
    values: &mut Vec<*mut PyObject>,
) {
    let (mut position, mut name, mut value) = (0, std::ptr::null_mut(), std::ptr::null_mut());
    // SAFETY: by contract, a dict, which nothing changes in the critical section; what it has are objects.
    unsafe {
        in_critical_section(kwargs, || {
            // Another thread may have added some since there was room for all: those come too late.
            while names.len() < names.capacity()
                && values.len() < values.capacity()
                && ffi::PyDict_Next(kwargs, &raw mut position, &raw mut name, &raw mut value) != 0
            {
                names.push(new_reference(name));
                values.push(new_reference(value));
            }
        });
    }
}

/// The `kwnames` of a call, if there are any; takes the references.
unsafe fn keyword_names(names: Vec<*mut PyObject>) -> Result<Option<Owned>> {
    if names.is_empty() {
        return Ok(None);
    }
    // SAFETY: owned objects.
    unsafe {
        let all_strings = names.iter().all(|&name| ffi::PyUnicode_Check(name) != 0);
        let tuple = ffi::PyTuple_New(names.len().cast_signed());
        for (i, name) in (0..).zip(names) {
            if tuple.is_null() {
                ffi::Py_DECREF(name);
            } else {
                ffi::PyTuple_SET_ITEM(tuple, i, name);
            }
        }
        let tuple = Owned::new(tuple)?;
        if !all_strings {
            return Err(type_error(c"keywords must be strings"));
        }
        Ok(Some(tuple))
    }
}

/// `HPy_SetCallFunction`.
///
/// # Safety
/// As documented for the C API function; the caller runs in the interpreter of `host`.
pub unsafe fn set_call_function(host: &dyn Host, h: HPy, func: *mut HPyCallFunction) -> c_int {
    // SAFETY: the contract of context functions, see `crate::forward`.
    guard(-1, || unsafe {
        let object = object(h);
        let Some(func) = func.as_ref() else {
            return Err(system_error(c"NULL HPyCallFunction passed to HPy_SetCallFunction"));
        };
        if object.is_null() {
            return Err(system_error(c"HPy_NULL passed to HPy_SetCallFunction"));
        }
        let ty = ffi::Py_TYPE(object);
        let callable = record::nearest(ty).is_some_and(|(record, _)| record.has_call_field);
        if !callable || (*ty).tp_vectorcall_offset <= 0 {
            // The quote is not closed in HPy 0.9 either.
            let format = c"type '%s does not implement the HPy call protocol";
            return Err(raise_format!(ffi::PyExc_TypeError, format, display((*ty).tp_name)));
        }
        let implementation = func.impl_.map(|f| std::mem::transmute::<_, HPyCFunction>(f));
        let Some(function) = Function::new(implementation, func.cpy_trampoline) else {
            let text = c"HPyCallFunction passed to HPy_SetCallFunction has no implementation (impl is NULL)";
            return Err(system_error(text));
        };
        // Release: with what the entry needs.
        field(object).store(host.vectorcall_entry(function)? as *mut c_void, Ordering::Release);
        Ok(0)
    })
}

/// `HPy_SetCallFunction`.
///
/// # Safety
/// As documented for the C API function.
pub(crate) unsafe extern "C" fn ctx_SetCallFunction(
    ctx: *mut HPyContext,
    h: HPy,
    func: *mut HPyCallFunction,
) -> c_int {
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe { set_call_function(Universal::of(ctx), h, func) }
}
