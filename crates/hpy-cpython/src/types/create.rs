//! CPython's part in making a type: from a translated spec, bases and metaclass to a type object with its record.
//!
//! Python code may see a type before it is complete: `mro` of a metaclass, and before CPython 3.12 whatever a collection
//! runs, since that may begin with any allocation. So instances can be made only of a type that is ready, and from
//! then on it has its record.

use std::ffi::CStr;

use crate::ffi::{self, PyObject, PyType_Spec, PyTypeObject};

use super::params::Parents;
use super::record::{self, BoundTo, TypeRecord};
use super::{construct, instances, lifetime};
use crate::boundary::{Result, check_status};
use crate::owned::{Owned, new_reference};

/// Makes a type with the given metaclass, which owns the record; a new reference. Its name is that in the record.
///
/// # Safety
/// The spec is well-formed and refers to the tables of the record; the caller holds the interpreter.
pub(super) unsafe fn type_from_spec(
    parents: &Parents,
    spec: PyType_Spec,
    record: Box<TypeRecord>,
) -> Result<*mut PyObject> {
    // SAFETY: by contract; the name lives as long as the type that owns the record.
    unsafe {
        let name = CStr::from_ptr(record.tables.name.as_ptr().cast());
        let ty = Owned::new(with_record(parents, spec, record)?)?;
        #[cfg(not(Py_3_12))]
        complete(ty.as_ptr().cast(), record::of_new_type(ty.as_ptr().cast()), parents.module);
        // CPython does this in the middle, but a warning may run code, or be an error.
        if !name.to_bytes().contains(&b'.') {
            check_status(ffi::PyErr_WarnFormat(
                ffi::PyExc_DeprecationWarning,
                1,
                c"builtin type %.200s has no __module__ attribute".as_ptr(),
                name.as_ptr(),
            ))?;
        }
        Ok(ty.into_ptr())
    }
}

/// Fills in what only a type that is ready can tell.
///
/// # Safety
/// `ty` is ready, and `record` is or will be its.
unsafe fn complete(ty: *mut PyTypeObject, record: &mut TypeRecord, module: Option<*mut PyObject>) {
    // SAFETY: by contract.
    unsafe {
        if let Some(module) = module {
            // What `PyType_FromModuleAndSpec` does; a type from a spec has none yet.
            (*ty.cast::<ffi::PyHeapTypeObject>()).ht_module = new_reference(module);
        }
        for (thunk, _) in record.tables.thunks.iter().filter(|(_, bound)| *bound == BoundTo::Class) {
            thunk.set_second(ty.cast());
        }
        record.is_gc = ffi::PyType_HasFeature(ty, ffi::Py_TPFLAGS_HAVE_GC) != 0;
        record.plain_size = instances::plain_size(ty, record);
        record.has_plain_dealloc = lifetime::is_plain(ty, record);
        construct::enable(ty, record);
        if record.plain_size != 0 && record.has_plain_dealloc {
            record.free_list.make_room(ty);
        }
    }
}

/// Before CPython 3.12 there is no function that takes a metaclass, and none that lets a type have its record before it
/// can be found.
#[cfg(not(Py_3_12))]
use super::metaclass::type_from_spec as with_record;

#[cfg(Py_3_12)]
unsafe fn with_record(
    parents: &Parents,
    mut spec: PyType_Spec,
    mut record: Box<TypeRecord>,
) -> Result<*mut PyObject> {
    // SAFETY: the contract of `type_from_spec`.
    unsafe {
        let mut name = Vec::new();
        let name_alone = CStr::from_ptr(spec.name).to_bytes_with_nul();
        let has_module = name_alone.contains(&b'.');
        if !has_module {
            // So that CPython does not warn, which is too early here.
            crate::memory::reserve(&mut name, MODULE.count_bytes() + name_alone.len())?;
            name.extend_from_slice(MODULE.to_bytes());
            name.extend_from_slice(name_alone);
            spec.name = name.as_ptr().cast();
        }
        let made = Owned::new(ffi::PyType_FromMetaclass(
            parents.metaclass,
            std::ptr::null_mut(),
            &raw mut spec,
            parents.bases.as_ptr(),
        ));
        let object = match made {
            Ok(object) => object,
            Err(raised) => {
                // Then a half-made type may live until the next collection, or as long as `mro` of the metaclass has
                // decided, with what the record has for it.
                if ffi::PyErr_ExceptionMatches(ffi::PyExc_MemoryError) != 0
                    || parents.metaclass != &raw mut ffi::PyType_Type
                {
                    std::mem::forget(record);
                }
                return Err(raised);
            }
        };
        let ty = object.as_ptr().cast::<PyTypeObject>();
        let status = if has_module { Ok(()) } else { remove_module(ty) };
        complete(ty, &mut record, parents.module);
        record::attach(ty, record).and(status)?;
        Ok(object.into_ptr())
    }
}

/// The module that types without one have while they are made.
#[cfg(Py_3_12)]
const MODULE: &CStr = c"builtins.";

/// Takes [`MODULE`] away.
///
/// # Safety
/// A new type, whose name begins with it.
#[cfg(Py_3_12)]
unsafe fn remove_module(ty: *mut PyTypeObject) -> Result<()> {
    // SAFETY: by contract; the name is CPython's own copy.
    unsafe {
        (*ty).tp_name = (*ty).tp_name.add(MODULE.count_bytes());
        let status = ffi::PyDict_DelItemString((*ty).tp_dict, c"__module__".as_ptr());
        ffi::PyType_Modified(ty);
        check_status(status)
    }
}
