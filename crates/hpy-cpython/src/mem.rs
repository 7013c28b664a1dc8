//! Memory of CPython's allocator for extensions. CPython does not raise for memory that is not there.

use std::ffi::c_void;

use crate::ffi::{PyErr_NoMemory, PyMem_Calloc, PyMem_Malloc, PyMem_Realloc};
use hpy_abi::HPyContext;

pub(crate) unsafe extern "C" fn ctx_Mem_Malloc(_: *mut HPyContext, size: usize) -> *mut c_void {
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe { check(PyMem_Malloc(size)) }
}

pub(crate) unsafe extern "C" fn ctx_Mem_Calloc(_: *mut HPyContext, count: usize, size: usize) -> *mut c_void {
    // SAFETY: as above.
    unsafe { check(PyMem_Calloc(count, size)) }
}

pub(crate) unsafe extern "C" fn ctx_Mem_Realloc(
    _: *mut HPyContext,
    block: *mut c_void,
    size: usize,
) -> *mut c_void {
    // SAFETY: as above, and the block is null or one of these functions.
    unsafe { check(PyMem_Realloc(block, size)) }
}

/// # Safety
///
/// The thread is attached.
#[inline(always)]
unsafe fn check(block: *mut c_void) -> *mut c_void {
    if block.is_null() {
        // SAFETY: by contract.
        unsafe { PyErr_NoMemory() };
    }
    block
}
