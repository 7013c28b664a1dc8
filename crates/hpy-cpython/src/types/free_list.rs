//! Memory of instances that have died, for the next ones, as CPython keeps it for types of its own.
//!
//! Each type has a little, in which its interpreter alone looks. It is for types whose instances come from
//! [`instances`](super::instances) and go by way of [`lifetime`](super::lifetime) without anything in between; where there
//! is no GIL, for none.

use std::cell::Cell;
use std::ptr::null_mut;

use crate::ffi::{self, PyObject, PyTypeObject};

use crate::engine::HAS_FREE_LISTS;

/// How many instances of a type may wait.
const CAPACITY: usize = 4;

/// Instances whose memory is not freed; the first word of each, once the number of its references, leads to the next one.
pub(crate) struct FreeList {
    first: Cell<*mut PyObject>,
    room: Cell<usize>,
}

impl FreeList {
    /// An empty one, without room.
    pub(super) const fn new() -> Self {
        Self { first: Cell::new(null_mut()), room: Cell::new(0) }
    }

    /// Makes room, if CPython's own functions free the instances of the type.
    ///
    /// # Safety
    /// `ty` is a ready type, all of whose instances are of the same size.
    pub(super) unsafe fn make_room(&self, ty: *mut PyTypeObject) {
        // SAFETY: by contract.
        let free = unsafe { (*ty).tp_free };
        let is_ordinary = free.is_some_and(|free| {
            std::ptr::fn_addr_eq(free, ffi::PyObject_Free as ffi::freefunc)
                || std::ptr::fn_addr_eq(free, ffi::PyObject_GC_Del as ffi::freefunc)
        });
        if HAS_FREE_LISTS && is_ordinary && cfg!(not(Py_GIL_DISABLED)) {
            self.room.set(CAPACITY);
        }
    }

    /// Memory with the head of an object; null if none waits. The caller makes an object of it: `_Py_NewReference`.
    ///
    /// # Safety
    /// Of the type `ty`, in whose interpreter the caller is.
    #[inline(always)]
    pub(super) unsafe fn take(&self, ty: *mut PyTypeObject, is_gc: bool) -> *mut PyObject {
        let object = self.first.get();
        if !object.is_null() {
            // SAFETY: put there below. Before an object with garbage collection there are two words, of which the second
            // tells that its finalizer has run.
            unsafe {
                self.first.set(object.cast::<*mut PyObject>().read());
                self.room.set(self.room.get() + 1);
                if is_gc {
                    object.cast::<usize>().sub(1).write(0);
                }
                ffi::Py_INCREF(ty.cast());
            }
        }
        object
    }

    /// Takes the memory of an object; false if there is no room.
    ///
    /// # Safety
    /// An object that has died, of the type of this list, in whose interpreter the caller is.
    #[inline(always)]
    pub(super) unsafe fn put(&self, object: *mut PyObject) -> bool {
        let room = self.room.get();
        if room == 0 {
            return false;
        }
        self.room.set(room - 1);
        // SAFETY: by contract, nobody else has the object.
        unsafe { object.cast::<*mut PyObject>().write(self.first.get()) };
        self.first.set(object);
        true
    }
}

impl Drop for FreeList {
    /// When the type goes, which is still there.
    fn drop(&mut self) {
        let mut object = self.first.get();
        while !object.is_null() {
            // SAFETY: put there by `put`; the function is CPython's, and every ready type has one.
            unsafe {
                let next = object.cast::<*mut PyObject>().read();
                if let Some(free) = (*ffi::Py_TYPE(object)).tp_free {
                    free(object.cast());
                }
                object = next;
            }
        }
    }
}
