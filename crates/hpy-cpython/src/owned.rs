//! References that are given up when their owner goes.

use std::ptr::NonNull;

use crate::ffi::{self as ffi, PyObject};

use crate::boundary::{Result, failed};

/// An owned reference.
pub struct Owned(NonNull<PyObject>);

impl Owned {
    /// Takes over a new reference; null means that CPython has raised, or is out of memory.
    ///
    /// # Errors
    /// For null.
    ///
    /// # Safety
    /// A new reference that nobody else releases, or null with an exception set.
    pub unsafe fn new(object: *mut PyObject) -> Result<Self> {
        match NonNull::new(object) {
            Some(object) => Ok(Self(object)),
            None => Err(failed()),
        }
    }

    /// One more reference to an object.
    ///
    /// # Safety
    /// An object; the caller holds the interpreter.
    pub unsafe fn borrowed(object: NonNull<PyObject>) -> Self {
        // SAFETY: by contract, an object; the caller holds the interpreter.
        unsafe { ffi::Py_INCREF(object.as_ptr()) };
        Self(object)
    }

    /// The object, borrowed.
    pub fn as_ptr(&self) -> *mut PyObject {
        self.0.as_ptr()
    }

    /// The object with its reference.
    pub fn into_ptr(self) -> *mut PyObject {
        let object = self.as_ptr();
        std::mem::forget(self);
        object
    }
}

impl Drop for Owned {
    // Not inlined, as it stands at every way out of a function.
    #[inline(never)]
    fn drop(&mut self) {
        // SAFETY: owned; a function that has one runs and returns while it holds the interpreter.
        unsafe { ffi::Py_DECREF(self.as_ptr()) }
    }
}

/// `object` with one more reference; what `Py_NewRef` is from CPython 3.10 on.
///
/// # Safety
/// See the module.
pub unsafe fn new_reference(object: *mut PyObject) -> *mut PyObject {
    // SAFETY: the caller has the object, and holds the interpreter.
    unsafe { ffi::Py_INCREF(object) };
    object
}

/// `None`, to be returned from a function that Python called.
#[must_use]
pub fn new_none() -> *mut PyObject {
    // SAFETY: `None` lives as long as CPython.
    unsafe { new_reference(ffi::Py_None()) }
}
