//! `tp_clear` and `tp_dealloc` of types with HPy fields or a destroy function, and with [`traverse`] what the three have
//! in common.
//!
//! One function each serves all types: it finds the HPy levels of the object's type, does for each what its record
//! says, and hands on to the base below them, as CPython's documentation asks of heap types ("Implementing container
//! types", bpo-40217): the type itself is visited once and released once.
//!
//! Python classes between the HPy levels are [`python_class`]'s.

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::mem::ManuallyDrop;

use crate::ffi::{self as ffi, PyObject, PyTypeObject};
use hpy_abi::{HPyField, HPyFunc_visitproc, HPyType_BuiltinShape_Object};

use super::hierarchy::{dict_of_level, first, is_heap, levels};
use super::layout::OBJECT_OFFSET;
use super::python_class;
use super::record::{self, Lifetime, TypeRecord};
use super::traverse::traverse;
use crate::engine::{DEALLOC_FINALIZES, STATIC_DEALLOC_RELEASES_TYPE};
use crate::field::clear_field;

/// What the records of this copy of the code refer to.
pub(super) static OF_THIS_COPY: Lifetime = Lifetime { traverse, clear, dealloc };

fn is_own_dealloc(ty: *mut PyTypeObject) -> bool {
    // SAFETY: `ty` is a type.
    unsafe { (*ty).tp_dealloc }.is_some_and(|f| std::ptr::fn_addr_eq(f, dealloc as ffi::destructor))
}

fn is_own_clear(ty: *mut PyTypeObject) -> bool {
    // SAFETY: `ty` is a type.
    unsafe { (*ty).tp_clear }.is_some_and(|f| std::ptr::fn_addr_eq(f, clear as ffi::inquiry))
}

// The same for the functions of any copy. To call that of another one does not do: it begins at the first level of its
// own, which may be above and have had its turn.

unsafe fn is_hpy_dealloc(ty: *mut PyTypeObject) -> bool {
    // SAFETY: `ty` is a type.
    unsafe {
        is_own_dealloc(ty)
            || record::has_function_of_copy(ty, |copy| {
                (*ty).tp_dealloc.is_some_and(|f| std::ptr::fn_addr_eq(f, copy.dealloc))
            })
    }
}

unsafe fn is_hpy_clear(ty: *mut PyTypeObject) -> bool {
    // SAFETY: `ty` is a type.
    unsafe {
        is_own_clear(ty)
            || record::has_function_of_copy(ty, |copy| {
                (*ty).tp_clear.is_some_and(|f| std::ptr::fn_addr_eq(f, copy.clear))
            })
    }
}

unsafe fn is_gc(ty: *mut PyTypeObject) -> bool {
    // SAFETY: `ty` is a type.
    unsafe { ffi::PyType_HasFeature(ty, ffi::Py_TPFLAGS_HAVE_GC) != 0 }
}

// Clear

/// Empties a field of an object that dies.
unsafe extern "C" fn drop_field(field: *mut HPyField, _: *mut c_void) -> c_int {
    // SAFETY: called by a traverse function with one of its fields, which owns its reference.
    unsafe {
        let value = std::mem::replace(&mut *field, HPyField::NULL)._i as *mut PyObject;
        if !value.is_null() {
            // Only what dies with it can lead to recursion.
            if ffi::Py_REFCNT(value) > 1 {
                ffi::Py_DECREF(value);
            } else {
                // Always there, see below; `with` would have the code for a panic.
                let _ = TRASHCAN.try_with(|can| can.drop_reference(value));
            }
        }
    }
    0
}

unsafe fn clear_level(object: *mut PyObject, level: *mut PyTypeObject, clear_field: HPyFunc_visitproc) {
    // SAFETY: `level` is the object's type or a base of it.
    unsafe {
        if let Some(TypeRecord { layout, traverse, .. }) = record::own(level) {
            traverse.traverseproc(layout.data(object), clear_field, std::ptr::null_mut());
        }
        if let Some(dict) = dict_of_level(object, level) {
            clear_field(dict.cast(), std::ptr::null_mut());
        }
    }
}

/// `tp_clear`.
pub(super) unsafe extern "C" fn clear(object: *mut PyObject) -> c_int {
    // SAFETY: called by the garbage collector with an object whose type is, or derives from, one with this slot.
    unsafe {
        let mut level = first(ffi::Py_TYPE(object), is_own_clear);
        loop {
            match (*level).tp_clear {
                _ if is_own_clear(level) => clear_level(object, level, clear_field),
                Some(f) if python_class::is_clear(f) => python_class::clear(object, level),
                _ if is_hpy_clear(level) => clear_level(object, level, clear_field),
                Some(base_clear) => return base_clear(object),
                None => return 0,
            }
            level = (*level).tp_base;
        }
    }
}

// Dealloc

/// `tp_dealloc`.
pub(super) unsafe extern "C" fn dealloc(object: *mut PyObject) {
    // SAFETY: called by CPython with an object without references, or by the dealloc of a derived Python class.
    unsafe {
        let ty = ffi::Py_TYPE(object);
        match record::of_this_copy(ty) {
            Some(record) if record.has_plain_dealloc && (*ty).tp_finalize.is_none() => {
                if record.is_gc {
                    ffi::PyObject_GC_UnTrack(object.cast());
                }
                let data = object.byte_offset(OBJECT_OFFSET).cast();
                record.traverse.traverseproc(data, drop_field, std::ptr::null_mut());
                record.destroy.destroyfunc(data);
                // Every ready type has one.
                (*ty).tp_free.unwrap_unchecked()(object.cast());
                ffi::Py_DECREF(ty.cast());
            }
            _ => dealloc_hierarchy(object, ty),
        }
    }
}

/// Whether the dealloc of a type has nothing to do but clear and destroy its own struct.
///
/// # Safety
/// `ty` is the ready type of this record.
pub(super) unsafe fn is_plain(ty: *mut PyTypeObject, record: &TypeRecord) -> bool {
    // SAFETY: by contract, `ty` is the ready type of this record.
    unsafe {
        is_own_dealloc(ty)
            && record.shape() == HPyType_BuiltinShape_Object
            && (*ty).tp_base == &raw mut ffi::PyBaseObject_Type
            && (*ty).tp_weaklistoffset == 0
            && (*ty).tp_dictoffset == 0
    }
}

#[inline(never)]
unsafe fn dealloc_hierarchy(object: *mut PyObject, ty: *mut PyTypeObject) {
    // SAFETY: see `dealloc`.
    unsafe {
        if is_gc(ty) {
            ffi::PyObject_GC_UnTrack(object.cast());
        }
        // Otherwise the dealloc of a derived Python class calls, which has done this.
        if is_own_dealloc(ty) && !finalize(object, ty) {
            return;
        }
        // That dealloc leaves the weak references to the type which has their list.
        if (*ty).tp_weaklistoffset != 0 {
            ffi::PyObject_ClearWeakRefs(object);
        }
        let mut level = dispose_levels(object, first(ty, is_own_dealloc));
        loop {
            let Some(base_dealloc) = (*level).tp_dealloc else {
                unreachable!("every ready type has tp_dealloc")
            };
            if is_own_dealloc(level) {
                level = dispose_levels(object, level);
            } else if python_class::is_dealloc(base_dealloc) {
                if is_gc(level) {
                    python_class::clear(object, level);
                }
                level = (*level).tp_base;
            } else if is_hpy_dealloc(level) {
                level = dispose_levels(object, level);
            } else {
                if is_gc(level) {
                    ffi::PyObject_GC_Track(object.cast());
                }
                // A heap type's dealloc releases the type of the object.
                let release = !is_heap(level) && !STATIC_DEALLOC_RELEASES_TYPE;
                base_dealloc(object);
                if release {
                    ffi::Py_DECREF(ty.cast());
                }
                return;
            }
        }
    }
}

/// Runs the finalizer; false when the object lives on.
unsafe fn finalize(object: *mut PyObject, ty: *mut PyTypeObject) -> bool {
    // SAFETY: see `dealloc`; a finalizer expects a tracked object.
    unsafe {
        if DEALLOC_FINALIZES && (*ty).tp_finalize.is_some() {
            let gc = is_gc(ty);
            if gc {
                ffi::PyObject_GC_Track(object.cast());
            }
            if ffi::PyObject_CallFinalizerFromDealloc(object) < 0 {
                return false;
            }
            if gc {
                ffi::PyObject_GC_UnTrack(object.cast());
            }
        }
        true
    }
}

/// Clears the fields of the HPy levels from `level` downwards, then destroys their structs. Returns the base below.
unsafe fn dispose_levels(object: *mut PyObject, level: *mut PyTypeObject) -> *mut PyTypeObject {
    // SAFETY: see `dealloc`.
    unsafe {
        let levels = || levels(level).take_while(|&ty| is_hpy_dealloc(ty));
        for ty in levels() {
            clear_level(object, ty, drop_field);
        }
        let mut last = level;
        for ty in levels() {
            if let Some(TypeRecord { layout, destroy, .. }) = record::own(ty) {
                destroy.destroyfunc(layout.data(object));
            }
            last = ty;
        }
        (*last).tp_base
    }
}

/// Bounds the recursion when long chains of objects die: beyond a depth, references wait until the outermost dealloc
/// is done with its own.
///
/// CPython has such a mechanism for its types, under several names and with private functions; this needs none of
/// them.
struct Trashcan {
    depth: Cell<usize>,
    /// Never dropped, so that it is there until the very end of a thread. Has no memory between deallocs.
    waiting: ManuallyDrop<Cell<Vec<*mut PyObject>>>,
}

thread_local! {
    static TRASHCAN: Trashcan = const {
        Trashcan { depth: Cell::new(0), waiting: ManuallyDrop::new(Cell::new(Vec::new())) }
    };
}

impl Trashcan {
    /// CPython's limit for its own types.
    const MAX_DEPTH: usize = 50;

    /// Drops a reference, now or later.
    ///
    /// # Safety
    /// The caller owns the reference.
    #[inline(never)]
    unsafe fn drop_reference(&self, object: *mut PyObject) {
        let depth = self.depth.get();
        if depth >= Self::MAX_DEPTH {
            let waits = self.with_waiting(|waiting| {
                let reserved = waiting.try_reserve(1).is_ok();
                if reserved {
                    waiting.push(object);
                }
                reserved
            });
            if waits {
                return;
            }
        }
        self.depth.set(depth + 1);
        // SAFETY: as the caller promises; what waits is owned as well.
        unsafe {
            ffi::Py_DECREF(object);
            if depth == 0 {
                while let Some(next) = self.with_waiting(Vec::pop) {
                    ffi::Py_DECREF(next);
                }
                self.waiting.take();
            }
        }
        self.depth.set(depth);
    }

    fn with_waiting<R>(&self, body: impl FnOnce(&mut Vec<*mut PyObject>) -> R) -> R {
        let mut waiting = self.waiting.take();
        let result = body(&mut waiting);
        self.waiting.set(waiting);
        result
    }
}
