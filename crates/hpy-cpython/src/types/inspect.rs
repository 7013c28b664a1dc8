//! What can be asked of a type: its names, bases and dict, and what fills a slot.
//!
//! The answers are those of `type` itself, whatever a metaclass has under the same names.

use std::ffi::{CStr, c_int};

use crate::ffi::{self, PyObject, PyTypeObject};
use hpy_abi::*;

use super::checks::{as_type, incomplete, is_complete};
use super::hierarchy::is_heap;
use super::record;
use super::slots::native_number;
use crate::boundary::{Result, check_status, guard, raise_format, value_error};
use crate::descriptor::Descriptor;
use crate::forward::null_argument;
use crate::generated::calls::null;
use crate::handle::handle;
use crate::owned::{Owned, new_none, new_reference};

/// The type behind a handle, if it is complete, or a `TypeError`: with this text for what is no type.
///
/// # Safety
/// A valid handle or null; the caller holds the interpreter.
unsafe fn complete_type(h: HPy, message: &'static CStr) -> Result<*mut PyTypeObject> {
    // SAFETY: by contract.
    unsafe {
        let ty = as_type(h, message)?;
        if ffi::PyType_HasFeature(ty, ffi::Py_TPFLAGS_READY) == 0 {
            if !is_complete(ty) {
                return Err(incomplete(ty));
            }
            // A static type of an extension that nobody has used so far.
            check_status(ffi::PyType_Ready(ty))?;
        }
        Ok(ty)
    }
}

/// An attribute that `type` computes; a new reference.
///
/// # Safety
/// A type; the caller holds the interpreter.
unsafe fn attribute(ty: *mut PyTypeObject, name: &CStr) -> Result<*mut PyObject> {
    // SAFETY: by contract; types are instances of `type`.
    unsafe { Descriptor::of(&raw mut ffi::PyType_Type, name)?.get(ty.cast()) }
}

/// A tuple that a type has in a field, which without the GIL another thread may exchange; a new reference.
///
/// # Safety
/// A complete type; the caller holds the interpreter.
unsafe fn tuple(ty: *mut PyTypeObject, field: *mut PyObject, name: &CStr) -> Result<Owned> {
    // SAFETY: by contract.
    unsafe {
        if cfg!(Py_GIL_DISABLED) || field.is_null() {
            return Owned::new(attribute(ty, name)?);
        }
        Owned::new(new_reference(field))
    }
}

macro_rules! questions {
    ($($function:ident($ty:ident, $message:literal) = $answer:expr;)*) => {$(
        #[doc = concat!("`", stringify!($function), "`")]
        ///
        /// # Safety
        /// As documented for the C API function.
        pub unsafe extern "C" fn $function(_: *mut HPyContext, h_type: HPy) -> HPy {
            // SAFETY: the contract of context functions, see `crate::forward`; a complete type has all that is asked for.
            guard(HPy::NULL, || unsafe {
                let $ty = complete_type(h_type, $message)?;
                Ok(handle($answer))
            })
        }
    )*};
}

questions! {
    ctx_Type_GetQualName(ty, c"HPyType_GetQualName arg must be a type") = attribute(ty, c"__qualname__")?;
    ctx_Type_GetModuleName(ty, c"HPyType_GetModuleName arg must be a type") = module_name(ty)?;
    ctx_Type_GetBase(ty, c"HPyType_GetBase arg must be a type") = {
        let base = (*ty).tp_base;
        if base.is_null() { new_none() } else { new_reference(base.cast()) }
    };
    ctx_Type_GetBases(ty, c"HPyType_GetBases arg must be a type") = {
        tuple(ty, (*ty).tp_bases, c"__bases__")?.into_ptr()
    };
    ctx_Type_GetMRO(ty, c"HPyType_GetMRO arg must be a type") = {
        tuple(ty, (*ty).tp_mro, c"__mro__")?.into_ptr()
    };
    ctx_Type_GetDict(ty, c"HPyType_GetDict arg must be a type") = attribute(ty, c"__dict__")?;
}

/// # Safety
/// A complete type; the caller holds the interpreter.
unsafe fn module_name(ty: *mut PyTypeObject) -> Result<*mut PyObject> {
    // SAFETY: by contract; names of types are C strings.
    unsafe {
        attribute(ty, c"__module__").map_err(|raised| {
            if ffi::PyErr_ExceptionMatches(ffi::PyExc_AttributeError) == 0 {
                return raised;
            }
            // CPython's error has only the name of the attribute.
            let format = c"type '%.200s' has no __module__; give its spec a name with a dot: module.Type";
            raise_format!(ffi::PyExc_AttributeError, format, (*ty).tp_name)
        })
    }
}

/// `HPyType_CheckSlot`.
///
/// # Safety
/// As documented for the C API function.
pub unsafe extern "C" fn ctx_Type_CheckSlot(
    _: *mut HPyContext,
    h_type: HPy,
    expected: *const HPyDef,
) -> c_int {
    // SAFETY: the contract of context functions, see `crate::forward`.
    let Some(expected) = (unsafe { expected.as_ref() }) else {
        return null_argument(null::ctx_Type_CheckSlot);
    };
    // SAFETY: the contract of context functions; the kind tells which field of the union is valid.
    guard(-1, || unsafe {
        let ty = complete_type(h_type, c"HPyType_CheckSlot arg 1 must be a type")?;
        if expected.kind != HPyDef_Kind_Slot || expected.u.slot.slot >= HPy_mod_create {
            return Err(value_error(
                c"HPyType_CheckSlot arg 2 must define a slot of types, as HPyDef_SLOT makes it",
            ));
        }
        fills(ty, &expected.u.slot).map(c_int::from)
    })
}

/// Whether a type has this definition of a slot: the nearest one in its MRO, and nothing has overridden it.
///
/// # Safety
/// A complete type; the caller holds the interpreter.
unsafe fn fills(ty: *mut PyTypeObject, slot: &HPySlot) -> Result<bool> {
    // SAFETY: by contract; the MRO is a tuple, of types.
    unsafe {
        let number = native_number(slot);
        let of_level = |level| {
            let slots = &record::of_this_copy(level)?.slots;
            slots.get(slots.binary_search_by_key(&number, |slot| slot.number).ok()?)
        };
        let mro; // keeps the types alive
        let nearest = match of_level(ty) {
            Some(filled) => filled,
            // Types that are not on the heap have no base of HPy.
            None if !is_heap(ty) => return Ok(false),
            None => {
                mro = tuple(ty, (*ty).tp_mro, c"__mro__")?;
                let mut levels = (0..ffi::PyTuple_GET_SIZE(mro.as_ptr()))
                    .map(|i| ffi::PyTuple_GET_ITEM(mro.as_ptr(), i).cast());
                let Some(filled) = levels.find_map(of_level) else { return Ok(false) };
                filled
            }
        };
        let is_in_place = || {
            matches!(number, HPy_tp_traverse | HPy_tp_destroy)
                || nearest.value == ffi::PyType_GetSlot(ty, number)
        };
        Ok(std::ptr::eq(nearest.definition, slot) && is_in_place())
    }
}
