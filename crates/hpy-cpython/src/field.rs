//! Fields: references in the struct of an object.

use hpy_abi::{HPy, HPyContext, HPyField};
use pyo3_ffi::{Py_XDECREF, Py_XINCREF, PyObject};

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
