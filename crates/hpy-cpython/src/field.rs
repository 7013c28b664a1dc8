//! Fields: references in a struct of an extension that belongs to an object.

use std::ffi::{c_int, c_void};

use crate::ffi::{Py_XDECREF, Py_XINCREF, PyObject, visitproc};
use hpy_abi::{HPy, HPyContext, HPyField};

use crate::callee::Callee;
use crate::forward::null_argument;
use crate::generated::calls::null;
use crate::handle::object;
use crate::lock::in_critical_section;

/// The object in a field, borrowed from it; null for an empty field.
#[inline(always)]
#[must_use]
pub(crate) fn field_object(field: HPyField) -> *mut PyObject {
    field._i as *mut PyObject
}

pub(crate) unsafe extern "C" fn ctx_Field_Store(
    _: *mut HPyContext,
    target_object: HPy,
    target_field: *mut HPyField,
    h: HPy,
) {
    if target_field.is_null() {
        return null_argument(null::ctx_Field_Store);
    }
    // SAFETY: the contract of context functions, see `crate::forward`; the field is in initialised memory.
    unsafe {
        Py_XINCREF(object(h));
        // Stored before the old object goes, which may run code that reads the field. In a critical section, as other
        // threads load the field in one.
        let old = in_critical_section(object(target_object), || target_field.replace(HPyField { _i: h._i }));
        Py_XDECREF(field_object(old));
    }
}

pub(crate) unsafe extern "C" fn ctx_Field_Load(
    _: *mut HPyContext,
    _source_object: HPy,
    source_field: HPyField,
) -> HPy {
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe { Py_XINCREF(field_object(source_field)) };
    HPy { _i: source_field._i }
}

// What traverse functions visit

/// Calls `visit` for each field that one function visits.
///
/// # Safety
/// `fields` is the traverse function for the struct.
pub(crate) unsafe fn each_field<F: FnMut(*mut HPyField) -> c_int>(
    fields: Callee,
    data: *mut c_void,
    mut visit: F,
) -> c_int {
    unsafe extern "C" fn call<F: FnMut(*mut HPyField) -> c_int>(
        field: *mut HPyField,
        visit: *mut c_void,
    ) -> c_int {
        // SAFETY: called by a traverse function with one of its fields and the closure that it was given.
        unsafe { (*visit.cast::<F>())(field) }
    }
    // SAFETY: by contract; the closure lives during the call.
    unsafe { fields.traverseproc(data, call::<F>, (&raw mut visit).cast()) }
}

/// Shows the objects in the fields that one function visits to the collector.
///
/// # Safety
/// `fields` is the traverse function for the struct.
pub(crate) unsafe fn visit_fields_of(
    data: *mut c_void,
    fields: Callee,
    visit: visitproc,
    arg: *mut c_void,
) -> c_int {
    // SAFETY: by contract; a field is in memory that is initialised.
    unsafe {
        each_field(fields, data, |field| {
            let object = field_object(*field);
            if object.is_null() { 0 } else { visit(object, arg) }
        })
    }
}

/// Empties a field, then drops what was in it.
pub(crate) unsafe extern "C" fn clear_field(field: *mut HPyField, _: *mut c_void) -> c_int {
    // SAFETY: called by a traverse function with one of its fields, which owns its reference.
    unsafe { Py_XDECREF(std::mem::replace(&mut *field, HPyField::NULL)._i as *mut PyObject) };
    0
}
