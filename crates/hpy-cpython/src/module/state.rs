//! The state of a module: memory for the extension's struct, and what else a module object owns.

use std::ffi::c_void;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering, fence};

use crate::boundary::Result;
use crate::memory::{boxed, reserve};
use crate::state::InterpreterRef;
use crate::thunks::Thunk;

/// Memory for an extension's struct, which the module shares with the functions of its types: those may be called once
/// more while the collector takes module and types apart.
pub(crate) struct ModuleState {
    memory: NonNull<Memory>,
    /// Where the struct is in it.
    data: *mut c_void,
}

struct Memory {
    references: AtomicUsize,
    /// Aligned as `malloc` aligns.
    data: Vec<u128>,
}

// SAFETY: the count is atomic; what the memory is used for is the extension's affair.
unsafe impl Send for ModuleState {}
// SAFETY: as above.
unsafe impl Sync for ModuleState {}

impl ModuleState {
    /// Memory of zeros.
    ///
    /// # Errors
    /// `MemoryError`.
    pub(crate) fn new(size: usize) -> Result<Self> {
        let len = size.div_ceil(size_of::<u128>());
        let mut data = Vec::new();
        reserve(&mut data, len)?;
        data.resize(len, 0);
        let memory = Box::leak(boxed(Memory { references: AtomicUsize::new(1), data })?);
        // The vector is never changed, only what it points to.
        let data = memory.data.as_mut_ptr().cast();
        Ok(Self { memory: NonNull::from(memory), data })
    }

    /// Where the struct is.
    pub(crate) fn data(&self) -> *mut c_void {
        self.data
    }

    /// Forgets what the extension has put there.
    ///
    /// # Safety
    /// Nobody reads it meanwhile.
    pub(crate) unsafe fn clear(&self) {
        // SAFETY: counted, so the memory is there; by contract, nobody reads it.
        unsafe { (*self.memory.as_ptr()).data.fill(0) }
    }
}

impl Clone for ModuleState {
    fn clone(&self) -> Self {
        // SAFETY: counted, so the memory is there.
        unsafe { self.memory.as_ref() }.references.fetch_add(1, Ordering::Relaxed);
        Self { ..*self }
    }
}

impl Drop for ModuleState {
    fn drop(&mut self) {
        // SAFETY: counted, so the memory is there; the last one frees it.
        unsafe {
            if self.memory.as_ref().references.fetch_sub(1, Ordering::Release) == 1 {
                fence(Ordering::Acquire);
                drop(Box::from_raw(self.memory.as_ptr()));
            }
        }
    }
}

/// What a module object owns. CPython keeps a pointer to it as the state of the module.
pub(crate) struct ModuleData {
    /// If the definition asks for one.
    pub(crate) state: Option<ModuleState>,
    /// Functions that are bound to the state, which CPython refers to.
    pub(crate) functions: Vec<crate::ffi::PyMethodDef>,
    pub(crate) thunks: Vec<Thunk>,
    /// Keeps the definition and the functions of the module valid while the module lives, which may be longer than its
    /// interpreter keeps them for itself. Last, as the rest may be freed before it.
    pub(crate) _interpreter: InterpreterRef,
}
