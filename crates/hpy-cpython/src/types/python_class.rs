//! What classes made by Python code add to an object, `__slots__` and a `__dict__`, when such a class stands below a
//! type of HPy in the hierarchy.
//!
//! CPython's own functions for these classes (`subtype_dealloc` and so on) start at the object's type and would come
//! back to the HPy type's function without end. So this does their part, one class at a time.

use std::ffi::{c_int, c_void};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};

use pyo3_ffi::{self as ffi, PyMemberDef, PyObject, PyTypeObject, visitproc};

use crate::boundary::{Result, check};

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
        let class = check(ffi::PyObject_CallFunction(ty, c"s(){}".as_ptr(), c"_".as_ptr()))?;
        let slots = &*class.cast::<PyTypeObject>();
        if let (Some(dealloc), Some(traverse), Some(clear)) =
            (slots.tp_dealloc, slots.tp_traverse, slots.tp_clear)
        {
            // Another interpreter may do the same at the same time.
            DEALLOC.store(dealloc as *mut c_void, Ordering::Relaxed);
            TRAVERSE.store(traverse as *mut c_void, Ordering::Relaxed);
            // The last, as it tells that the others are there.
            CLEAR.store(clear as *mut c_void, Ordering::Release);
        }
        ffi::Py_DECREF(class);
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
            let member = &*members.offset(i);
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
    // SAFETY: by contract.
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
    pub(super) use crate::cpython::{PyObject_ClearManagedDict as clear, PyObject_VisitManagedDict as visit};
}

/// Dicts of objects, at an offset in the object.
#[cfg(not(Py_3_12))]
mod dict {
    use super::*;
    use crate::cpython::_PyObject_GetDictPtr;

    pub(super) unsafe fn visit(object: *mut PyObject, visit: visitproc, arg: *mut c_void) -> c_int {
        // Attributes that CPython 3.11 has in an array are passed over: nothing that may be called during a
        // collection finds them. Cycles through them stay until something asks for the dict.
        #[cfg(Py_3_11)]
        // SAFETY: by contract of the caller; the dict of such an object stands three words before it.
        let place = unsafe { object.cast::<*mut PyObject>().sub(3) };
        #[cfg(not(Py_3_11))]
        // SAFETY: by contract of the caller; this only computes the place.
        let place = unsafe { _PyObject_GetDictPtr(object) };
        // SAFETY: as above.
        unsafe { if place.is_null() || (*place).is_null() { 0 } else { visit(*place, arg) } }
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
