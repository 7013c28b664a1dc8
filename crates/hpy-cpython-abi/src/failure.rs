//! What happens when something goes wrong for good.
//!
//! The standard library's own ways, with messages and backtraces, come to much more code than all the rest here. With
//! `panic = "abort"` less is enough, so the build of the distribution (`setup.py`) puts these functions in their place.
//! Where it does not, nothing refers to them.

use core::panic::PanicInfo;
use std::ffi::{c_char, c_int};

use pyo3_ffi::{Py_FatalError, PySys_WriteStderr};

/// The panic handler: ends the process with CPython's message and traceback.
#[unsafe(no_mangle)]
extern "Rust" fn _hpy_cpython_panic(panic: &PanicInfo<'_>) -> ! {
    // SAFETY: the arguments are what the formats ask for. What panics was called by CPython or an extension, so the
    // thread is attached.
    unsafe {
        // Not the message, for which all of Rust's formatting would be needed.
        if let Some(place) = panic.location() {
            let file = place.file();
            let (length, line) = (file.len() as c_int, place.line());
            PySys_WriteStderr(c"HPy: %.*s:%u\n".as_ptr(), length, file.as_ptr().cast::<c_char>(), line);
        }
        Py_FatalError(c"internal error in HPy".as_ptr())
    }
}

/// The handler for what cannot do without memory.
#[unsafe(no_mangle)]
extern "Rust" fn _hpy_cpython_out_of_memory(_size: usize, _align: usize) -> ! {
    // SAFETY: what asks for memory was called by CPython or an extension, so the thread is attached.
    unsafe { Py_FatalError(c"HPy is out of memory".as_ptr()) }
}
