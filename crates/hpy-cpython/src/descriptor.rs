//! Attributes as CPython's own types compute them, whatever subclasses and metaclasses have under their names.

use std::ffi::CStr;
use std::ptr::null_mut;

use crate::ffi::{self, PyObject, PyTypeObject};

use crate::boundary::{Result, check, check_status, failed, raise_format};
use crate::lookup::PyDict_GetItemRef;
use crate::owned::Owned;

/// What computes an attribute of the instances of a built-in type.
pub(crate) struct Descriptor(Owned);

impl Descriptor {
    /// # Safety
    /// A static type of CPython that has such an attribute; the caller holds the interpreter.
    pub(crate) unsafe fn of(ty: *mut PyTypeObject, name: &CStr) -> Result<Self> {
        // SAFETY: by contract, a type, which has a dict.
        unsafe {
            let dict = Owned::new(dict(ty))?;
            let key = Owned::new(ffi::PyUnicode_InternFromString(name.as_ptr()))?;
            let mut found = null_mut();
            match PyDict_GetItemRef(dict.as_ptr(), key.as_ptr(), &raw mut found) {
                1 => Owned::new(found).map(Self),
                // Only C code can have removed it.
                0 => Err(raise_format!(
                    ffi::PyExc_AttributeError,
                    c"type '%s' has lost its attribute '%s'",
                    (*ty).tp_name,
                    name.as_ptr()
                )),
                _ => Err(failed()),
            }
        }
    }

    /// The attribute of an object; a new reference.
    ///
    /// # Safety
    /// An instance of the type; the caller holds the interpreter.
    pub(crate) unsafe fn get(&self, object: *mut PyObject) -> Result<*mut PyObject> {
        let descriptor = self.0.as_ptr();
        // SAFETY: by contract.
        unsafe {
            let get = (*ffi::Py_TYPE(descriptor)).tp_descr_get.ok_or_else(not_computed)?;
            check(get(descriptor, object, ffi::Py_TYPE(object).cast()))
        }
    }

    /// Sets the attribute of an object.
    ///
    /// # Safety
    /// An instance of the type; the caller holds the interpreter.
    pub(crate) unsafe fn set(&self, object: *mut PyObject, value: *mut PyObject) -> Result<()> {
        let descriptor = self.0.as_ptr();
        // SAFETY: by contract.
        unsafe {
            let set = (*ffi::Py_TYPE(descriptor)).tp_descr_set.ok_or_else(not_computed)?;
            check_status(set(descriptor, object, value))
        }
    }
}

/// The dict of a type; a new reference. From CPython 3.12 on, the dicts of static types belong to interpreters.
unsafe fn dict(ty: *mut PyTypeObject) -> *mut PyObject {
    #[cfg(Py_3_12)]
    // SAFETY: the caller has a type.
    return unsafe { ffi::PyType_GetDict(ty) };
    #[cfg(not(Py_3_12))]
    // SAFETY: the caller has a type, which has a dict.
    return unsafe { crate::owned::new_reference((*ty).tp_dict) };
}

/// What stands in the dict is no descriptor.
#[cold]
fn not_computed() -> crate::boundary::Raised {
    crate::boundary::type_error(c"CPython does not compute this attribute")
}
