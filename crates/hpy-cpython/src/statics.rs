//! Static tables that CPython keeps pointers to.

use std::cell::UnsafeCell;
use std::ffi::{CStr, c_int};

use crate::ffi::{PyMethodDef, PyMethodDefPointer};

/// A static that CPython writes to, under rules of its own.
#[repr(transparent)]
pub struct Static<T>(pub UnsafeCell<T>);

// SAFETY: CPython sets up static definitions under its import lock, and only counts their references later.
unsafe impl<T> Sync for Static<T> {}

/// An entry of a table of methods; the flags say which function it is.
#[must_use]
pub const fn method(
    name: &'static CStr,
    function: PyMethodDefPointer,
    flags: c_int,
    doc: &'static CStr,
) -> PyMethodDef {
    PyMethodDef { ml_name: name.as_ptr(), ml_meth: function, ml_flags: flags, ml_doc: doc.as_ptr() }
}
