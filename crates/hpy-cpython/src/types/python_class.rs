//! What classes made by Python code add to an object, `__slots__` and a `__dict__`, when such a class stands below a
//! type of HPy in the hierarchy.
//!
//! CPython's own functions for these classes (`subtype_dealloc` and so on) start at the object's type and would come
//! back to the HPy type's function without end. So this does their part, one class at a time.

use std::ffi::{c_int, c_void};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};

use crate::ffi::{self, PyMemberDef, PyObject, PyTypeObject, visitproc};

use crate::boundary::Result;
use crate::owned::Owned;

// The addresses of CPython's functions for Python classes, which are the same for all interpreters. Null until the
// first type is made.
static DEALLOC: AtomicPtr<c_void> = AtomicPtr::new(null_mut());
static TRAVERSE: AtomicPtr<c_void> = AtomicPtr::new(null_mut());
static CLEAR: AtomicPtr<c_void> = AtomicPtr::new(null_mut());

/// Learns the addresses; called before the first type is made.
///
/// # Safety
/// The caller holds the interpreter.
pub(super) unsafe fn learn() -> Result<()> {
    if !CLEAR.load(Ordering::Acquire).is_null() {
        return Ok(());
    }
    // SAFETY: calls `type('_', (), {})`; the result is a class with a dict, thus with all three functions.
    unsafe {
        let ty = (&raw mut ffi::PyType_Type).cast();
        let class = Owned::new(ffi::PyObject_CallFunction(ty, c"s(){}".as_ptr(), c"_".as_ptr()))?;
        let slots = &*class.as_ptr().cast::<PyTypeObject>();
        if let (Some(dealloc), Some(traverse), Some(clear)) =
            (slots.tp_dealloc, slots.tp_traverse, slots.tp_clear)
        {
            // Another interpreter may do the same at the same time.
            DEALLOC.store(dealloc as *mut c_void, Ordering::Relaxed);
            TRAVERSE.store(traverse as *mut c_void, Ordering::Relaxed);
            // The last, as it tells that the others are there.
            CLEAR.store(clear as *mut c_void, Ordering::Release);
        }
    }
    Ok(())
}

/// CPython's dealloc for Python classes, which is also that of types from specs without one.
#[cfg(not(Py_3_12))]
pub(super) fn dealloc() -> ffi::destructor {
    // SAFETY: stored by `learn`, before the first type was made.
    unsafe { std::mem::transmute::<*mut c_void, ffi::destructor>(DEALLOC.load(Ordering::Relaxed)) }
}

pub(super) fn is_dealloc(f: ffi::destructor) -> bool {
    f as *mut c_void == DEALLOC.load(Ordering::Relaxed)
}

pub(super) fn is_traverse(f: ffi::traverseproc) -> bool {
    f as *mut c_void == TRAVERSE.load(Ordering::Relaxed)
}

pub(super) fn is_clear(f: ffi::inquiry) -> bool {
    f as *mut c_void == CLEAR.load(Ordering::Relaxed)
}

/// The places of the slots that a class adds.
unsafe fn slots(object: *mut PyObject, class: *mut PyTypeObject) -> impl Iterator<Item = *mut *mut PyObject> {
    // SAFETY: `class` is a heap type and a base of the object's type; its members stand behind its own struct.
    unsafe {
        let members = class.byte_offset((*ffi::Py_TYPE(class.cast())).tp_basicsize).cast::<PyMemberDef>();
        let count = ffi::Py_SIZE(class.cast());
        (0..count).filter_map(move |i| {
            // The size of a metaclass need not be aligned.
            let member = members.offset(i).read_unaligned();
            let is_slot = member.type_code == ffi::Py_T_OBJECT_EX && member.flags & ffi::Py_READONLY == 0;
            is_slot.then(|| object.byte_offset(member.offset).cast())
        })
    }
}

unsafe fn adds_dict(class: *mut PyTypeObject) -> bool {
    // SAFETY: a class has a base.
    unsafe { (*class).tp_dictoffset != 0 && (*(*class).tp_base).tp_dictoffset == 0 }
}

/// Visits the slots and the dict that a class adds.
///
/// # Safety
/// `class` is a Python class and a base of the object's type; the garbage collector calls.
pub(super) unsafe fn visit(
    object: *mut PyObject,
    class: *mut PyTypeObject,
    visit: visitproc,
    arg: *mut c_void,
) -> c_int {
    // SAFETY: by contract, `class` is a Python class and a base of the object's type; the garbage collector
    // calls.
    unsafe {
        for slot in slots(object, class) {
            let value = *slot;
            let status = if value.is_null() { 0 } else { visit(value, arg) };
            if status != 0 {
                return status;
            }
        }
        if adds_dict(class) { dict::visit(object, visit, arg) } else { 0 }
    }
}

/// Empties the slots and the dict that a class adds.
///
/// # Safety
/// `class` is a Python class and a base of the object's type; the object is garbage.
pub(super) unsafe fn clear(object: *mut PyObject, class: *mut PyTypeObject) {
    // SAFETY: by contract; a slot is emptied before its value is dropped.
    unsafe {
        for slot in slots(object, class) {
            ffi::Py_XDECREF(std::mem::replace(&mut *slot, null_mut()));
        }
        if adds_dict(class) {
            dict::clear(object);
        }
    }
}

/// Dicts of objects, wherever CPython keeps them since 3.12.
#[cfg(Py_3_12)]
mod dict {
    pub(super) use crate::engine::{PyObject_ClearManagedDict as clear, PyObject_VisitManagedDict as visit};
}

/// Dicts of objects, at an offset in the object.
#[cfg(not(Py_3_12))]
mod dict {
    use super::*;
    use crate::engine::_PyObject_GetDictPtr;

    pub(super) unsafe fn visit(object: *mut PyObject, visit: visitproc, arg: *mut c_void) -> c_int {
        // SAFETY: by contract of the caller.
        unsafe {
            #[cfg(Py_3_11)]
            if managed::is_managed(object) {
                return managed::visit(object, visit, arg);
            }
            // This only computes the place.
            let place = _PyObject_GetDictPtr(object);
            if place.is_null() || (*place).is_null() { 0 } else { visit(*place, arg) }
        }
    }

    pub(super) unsafe fn clear(object: *mut PyObject) {
        // SAFETY: by contract of the caller.
        unsafe {
            let place = _PyObject_GetDictPtr(object);
            if !place.is_null() {
                ffi::Py_XDECREF(std::mem::replace(&mut *place, null_mut()));
            }
        }
    }
}

/// Dicts as CPython 3.11 keeps them for most classes: before the object stand a dict and an array of values, one of which
/// is null. (Classes that derive from a type with items, as `int` and `tuple`, have theirs behind the items.) The
/// layout is final, and nothing that may be called during a collection visits the array.
#[cfg(all(Py_3_11, not(Py_3_12)))]
mod managed {
    use super::super::flags::MANAGED_DICT;
    use super::*;

    /// `PyDictKeysObject`.
    #[repr(C)]
    struct Keys {
        references: isize,
        sizes_and_kind: [u8; 4],
        version: u32,
        usable: isize,
        /// How many values there may be.
        count: isize,
    }

    pub(super) unsafe fn is_managed(object: *mut PyObject) -> bool {
        // SAFETY: an object.
        unsafe { ffi::PyType_HasFeature(ffi::Py_TYPE(object), MANAGED_DICT) != 0 }
    }

    pub(super) unsafe fn visit(object: *mut PyObject, visit: visitproc, arg: *mut c_void) -> c_int {
        // SAFETY: the dict of such an object stands three words before it, the array four; the keys are its type's,
        // which is a heap type.
        unsafe {
            let dict = *object.cast::<*mut PyObject>().sub(3);
            if !dict.is_null() {
                return visit(dict, arg);
            }
            let values = *object.cast::<*mut *mut PyObject>().sub(4);
            let keys = (*ffi::Py_TYPE(object).cast::<ffi::PyHeapTypeObject>()).ht_cached_keys.cast::<Keys>();
            if values.is_null() || keys.is_null() {
                return 0;
            }
            for i in 0..(*keys).count {
                let value = *values.offset(i);
                let status = if value.is_null() { 0 } else { visit(value, arg) };
                if status != 0 {
                    return status;
                }
            }
        }
        0
    }
}
