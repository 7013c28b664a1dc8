//! The call protocol: `HPy_tp_call` and `HPy_SetCallFunction`, over CPython's vectorcall (PEP 590).
//!
//! A callable type has a hidden field after its struct, which holds the call function of each object. It may be null:
//! then CPython calls `tp_call`, and that stores the type's default. So instances made in any way are callable.

use std::ffi::{c_int, c_uint, c_void};

use hpy_abi::*;
use pyo3_ffi::{self as ffi, PyMemberDef, PyObject, PyTypeObject, vectorcallfunc};

use super::layout::align_up;
use super::record::{self, TypeRecord};
use super::spec::{Found, Slots};
use crate::boundary::{Result, check, guard, raise_format, raise_text};
use crate::definitions::display;
use crate::entries::Function;
use crate::handle::object;
use crate::memory::{push, reserve};
use crate::state::Host;
use crate::universal::Universal;

const VECTORCALL: c_uint = HPy_TPFLAGS_HAVE_VECTORCALL as c_uint;

/// Decides how instances of a type with `slots.flags` are called, and returns the basic size with the hidden field.
///
/// # Safety
/// `base` is the type whose layout the new one extends.
pub(super) unsafe fn plan(
    host: &dyn Host,
    found: &Found,
    base: *mut PyTypeObject,
    basicsize: isize,
    record: &mut TypeRecord,
    slots: &mut Slots,
) -> Result<isize> {
    // SAFETY: by contract.
    unsafe {
        let inherited = record::nearest(base).filter(|(record, _)| record.has_call_field);
        record.call = match found.call {
            Some(function) => Some(host.vectorcall_entry(function)?),
            None => inherited.and_then(|(record, _)| record.call),
        };
        if found.has_vectorcall_member {
            record.has_call_field = true;
            slots.flags |= VECTORCALL;
            return Ok(basicsize);
        }
        if found.call.is_none() && inherited.is_none() {
            let base_offset = (*base).tp_vectorcall_offset;
            if slots.flags & VECTORCALL != 0 && !found.legacy_vectorcall_member {
                if base_offset == 0 {
                    // CPython would take the object header for a function.
                    slots.flags &= !VECTORCALL;
                } else {
                    push(&mut record.tables.members, offset_member(base_offset))?;
                }
            }
            return Ok(basicsize);
        }
        // Items begin where they do in the built-in type, so there is no place for more. Those of a metaclass begin at
        // the end of what it adds.
        let is_metaclass = ffi::PyType_IsSubtype(base, &raw mut ffi::PyType_Type) != 0;
        let has_items = (*base).tp_itemsize != 0 && !is_metaclass;
        if record.layout.constant_offset().is_none() || has_items {
            // No place for a field; calls go through the argument tuple.
            slots.flags &= !VECTORCALL;
            if found.call.is_some() {
                slots.set(ffi::Py_tp_call, tp_call_default as *mut c_void)?;
            }
            return Ok(basicsize);
        }
        record.has_call_field = true;
        slots.set(ffi::Py_tp_call, tp_call as *mut c_void)?;
        slots.flags |= VECTORCALL;
        let grows = basicsize > (*base).tp_basicsize
            || basicsize > 0
                && inherited.is_some_and(|(inherited, _)| record.layout.size > inherited.layout.size);
        // Without a larger struct, the base's field is in the same place.
        let in_base = inherited.is_some() && !grows;
        let offset = if in_base {
            (*base).tp_vectorcall_offset
        } else {
            align_up(basicsize.max((*base).tp_basicsize).max(record.layout.end()))
        };
        push(&mut record.tables.members, offset_member(offset))?;
        if in_base {
            return Ok(basicsize);
        }
        Ok(offset + size_of::<vectorcallfunc>() as isize)
    }
}

/// Tells CPython where the call function of an object is. A type with the flag must say so itself: only later does it
/// inherit the offset from its base.
fn offset_member(offset: isize) -> PyMemberDef {
    PyMemberDef {
        name: c"__vectorcalloffset__".as_ptr(),
        type_code: ffi::Py_T_PYSSIZET,
        offset,
        flags: ffi::Py_READONLY,
        doc: std::ptr::null(),
    }
}

/// The place of an object's call function.
///
/// # Safety
/// The type of `object` has a vectorcall offset.
#[inline]
unsafe fn field<'a>(object: *mut PyObject) -> &'a mut Option<vectorcallfunc> {
    // SAFETY: by contract.
    unsafe { &mut *object.byte_offset((*ffi::Py_TYPE(object)).tp_vectorcall_offset).cast() }
}

/// Stores the default call function of a new object, to spare its first call the way through `tp_call`.
///
/// # Safety
/// `object` is an instance of the record's type or of a subclass.
#[inline]
pub(super) unsafe fn init(record: &TypeRecord, object: *mut PyObject) {
    if record.has_call_field {
        // SAFETY: a type with a call field has an offset, and so has every subclass.
        unsafe { *field(object) = record.call };
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
        if field.is_none()
            && let Some((record, _)) = record::nearest(ffi::Py_TYPE(callable))
        {
            *field = record.call;
        }
        ffi::PyVectorcall_Call(callable, args, kwargs)
    }
}

/// `tp_call` of types without room for a call field.
unsafe extern "C" fn tp_call_default(
    callable: *mut PyObject,
    args: *mut PyObject,
    kwargs: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: an instance of a type that was made with a call function; CPython passes a tuple, and a dict or null.
    guard(std::ptr::null_mut(), || unsafe {
        let Some((TypeRecord { call: Some(call), .. }, _)) = record::nearest(ffi::Py_TYPE(callable)) else {
            return super::params::type_error(c"object is not callable");
        };
        let positional = ffi::PyTuple_GET_SIZE(args);
        let keywords = if kwargs.is_null() { 0 } else { ffi::PyDict_Size(kwargs) };
        let (mut values, mut names) = (Vec::<*mut PyObject>::new(), Vec::new());
        reserve(&mut values, (positional + keywords).cast_unsigned())?;
        reserve(&mut names, keywords.cast_unsigned())?;
        values.extend((0..positional).map(|i| ffi::PyTuple_GET_ITEM(args, i)));
        let positional = values.len();
        if !kwargs.is_null() {
            // Owned, as the dict may be the caller's and change during the call.
            let (mut position, mut name, mut value) = (0, std::ptr::null_mut(), std::ptr::null_mut());
            while ffi::PyDict_Next(kwargs, &raw mut position, &raw mut name, &raw mut value) != 0 {
                ffi::Py_INCREF(name);
                names.push(name);
                ffi::Py_INCREF(value);
                values.push(value);
            }
        }
        let result = keyword_names(names).and_then(|names| {
            let result = call(callable, values.as_ptr(), positional, names);
            ffi::Py_XDECREF(names);
            check(result)
        });
        for &value in values.iter().skip(positional) {
            ffi::Py_DECREF(value);
        }
        result
    })
}

/// The `kwnames` of a call, null if there are none; takes the references.
unsafe fn keyword_names(names: Vec<*mut PyObject>) -> Result<*mut PyObject> {
    if names.is_empty() {
        return Ok(std::ptr::null_mut());
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
        let tuple = check(tuple)?;
        if !all_strings {
            ffi::Py_DECREF(tuple);
            return super::params::type_error(c"keywords must be strings");
        }
        Ok(tuple)
    }
}

/// `HPy_SetCallFunction`.
///
/// # Safety
/// As documented for the C API function; the caller runs in the interpreter of `host`.
pub unsafe fn set_call_function(host: &dyn Host, h: HPy, func: *mut HPyCallFunction) -> c_int {
    // SAFETY: by contract.
    guard(-1, || unsafe {
        let object = object(h);
        let Some(func) = func.as_ref() else {
            return Err(raise_text(
                ffi::PyExc_SystemError,
                c"NULL HPyCallFunction passed to HPy_SetCallFunction",
            ));
        };
        if object.is_null() {
            return Err(raise_text(ffi::PyExc_SystemError, c"HPy_NULL passed to HPy_SetCallFunction"));
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
            let text = c"HPyCallFunction has no implementation (NULL)";
            return Err(raise_text(ffi::PyExc_SystemError, text));
        };
        *field(object) = Some(host.vectorcall_entry(function)?);
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
    // SAFETY: by contract.
    unsafe { set_call_function(Universal::of(ctx), h, func) }
}
