//! The bases of a type, one after the other.

use crate::ffi::{self, PyObject, PyTypeObject};

/// The place of the dict that this level of the hierarchy adds with a `__dictoffset__` member.
pub(super) unsafe fn dict_of_level(
    object: *mut PyObject,
    ty: *mut PyTypeObject,
) -> Option<*mut *mut PyObject> {
    // SAFETY: `ty` is the object's type or a base of it, so the offset lies inside the object.
    unsafe {
        let offset = (*ty).tp_dictoffset;
        (offset > 0 && (*(*ty).tp_base).tp_dictoffset == 0).then(|| object.byte_offset(offset).cast())
    }
}

/// The first type of the base chain that `is` what is looked for; there is one.
pub(super) unsafe fn first(
    mut ty: *mut PyTypeObject,
    is: impl Fn(*mut PyTypeObject) -> bool,
) -> *mut PyTypeObject {
    // SAFETY: bases are types.
    unsafe {
        while !is(ty) {
            ty = (*ty).tp_base;
        }
    }
    ty
}

/// A type and its bases.
pub(super) unsafe fn levels(ty: *mut PyTypeObject) -> impl Iterator<Item = *mut PyTypeObject> {
    std::iter::successors(Some(ty), |&ty| {
        // SAFETY: a type; its base is one as well, or null.
        let base = unsafe { (*ty).tp_base };
        (!base.is_null()).then_some(base)
    })
}

pub(super) unsafe fn is_heap(ty: *mut PyTypeObject) -> bool {
    // SAFETY: `ty` is a type.
    unsafe { ffi::PyType_HasFeature(ty, ffi::Py_TPFLAGS_HEAPTYPE) != 0 }
}
