//! What classes made by Python code add to an object on PyPy: nothing to its struct, since their `__slots__` and their
//! `__dict__` are in the object that the struct belongs to. So nothing is there to be visited or emptied.

use std::ffi::{c_int, c_void};

use pyo3_ffi::{PyObject, PyTypeObject, destructor, inquiry, traverseproc, visitproc};

use crate::boundary::Result;

unsafe extern "C" {
    fn _PyPy_subtype_dealloc(object: *mut PyObject);
}

/// Nothing to learn.
pub(crate) unsafe fn learn() -> Result<()> {
    Ok(())
}

/// PyPy's dealloc for Python classes, which is also that of types from specs without one.
pub(crate) fn dealloc() -> destructor {
    _PyPy_subtype_dealloc
}

pub(crate) fn is_dealloc(f: destructor) -> bool {
    std::ptr::fn_addr_eq(f, dealloc())
}

pub(crate) fn is_traverse(_: traverseproc) -> bool {
    false
}

pub(crate) fn is_clear(_: inquiry) -> bool {
    false
}

pub(crate) unsafe fn visit(_: *mut PyObject, _: *mut PyTypeObject, _: visitproc, _: *mut c_void) -> c_int {
    0
}

pub(crate) unsafe fn clear(_: *mut PyObject, _: *mut PyTypeObject) {}
