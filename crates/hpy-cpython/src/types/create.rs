//! CPython's part in making a type: from a translated spec, bases and metaclass to a type object.

use pyo3_ffi::{self as ffi, PyObject, PyType_Spec};

use super::params::Parents;
use crate::boundary::{Result, check};

/// Makes a type with the given metaclass; a new reference.
///
/// # Safety
/// The spec is well-formed; the caller holds the interpreter.
pub(super) unsafe fn type_from_spec(parents: &Parents, mut spec: PyType_Spec) -> Result<*mut PyObject> {
    let spec = &raw mut spec;
    // SAFETY: by contract.
    #[cfg(Py_3_12)]
    unsafe {
        check(ffi::PyType_FromMetaclass(parents.metaclass, std::ptr::null_mut(), spec, parents.bases))
    }
    // Before CPython 3.12 there is no function that takes a metaclass.
    // SAFETY: by contract.
    #[cfg(not(Py_3_12))]
    unsafe {
        if parents.metaclass == &raw mut ffi::PyType_Type {
            check(ffi::PyType_FromSpecWithBases(spec, parents.bases))
        } else {
            super::metaclass::type_from_spec(parents, &*spec)
        }
    }
}
