//! Writers. They are of one make for all versions of CPython, and keep what is written in memory of CPython's allocator.

/// The writer of the module's own kind; returns with an exception if it is null.
macro_rules! writer {
    ($writer:expr, $function:ident) => {{
        let writer = $writer._i as *mut Writer;
        if writer.is_null() {
            return crate::forward::null_argument(crate::generated::calls::null::$function);
        }
        &mut *writer
    }};
}

mod bytes;
mod text;

use std::ffi::{CStr, c_char};

use crate::ffi::{PyErr_NoMemory, PyMem_Malloc};

pub use bytes::*;
pub use text::*;

/// The size of what an extension passes: as said, or up to the NUL for −1. `None` for another negative size.
///
/// # Safety
///
/// For −1, the data ends with a NUL.
#[inline(always)]
unsafe fn size_of_data(data: *const c_char, size: isize) -> Option<usize> {
    match size {
        // SAFETY: by contract.
        -1 => Some(unsafe { CStr::from_ptr(data) }.count_bytes()),
        _ => usize::try_from(size).ok(),
    }
}

/// How much room is made for `needed` items, so that many small pieces do not take as many copies.
fn grown(needed: usize) -> usize {
    needed.saturating_add(needed / 2).max(64)
}

/// Memory for a writer; null with `MemoryError`.
///
/// # Safety
///
/// The thread is attached.
unsafe fn allocate<T>() -> *mut T {
    // SAFETY: by contract.
    unsafe {
        let writer = PyMem_Malloc(size_of::<T>()).cast::<T>();
        if writer.is_null() {
            PyErr_NoMemory();
        }
        writer
    }
}
