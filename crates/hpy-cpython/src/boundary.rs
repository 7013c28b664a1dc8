//! The one place where Rust meets C's conventions: panics stop here, errors become Python exceptions.
//!
//! What sets an exception begins with `raise`, or is named after the exception, and gives [`Raised`]. Context functions
//! that have no `Result` use what [`crate::forward`] makes of that, which gives the error value to return.
//!
//! A context function that only forwards to CPython cannot panic and needs none of this. One with logic of its own
//! wraps its body in [`guard`] (or [`guard_or_abort`] where no error can be reported).

use std::any::Any;
use std::ffi::CStr;
use std::fmt::{Display, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::ffi::{
    PyErr_NoMemory, PyErr_Occurred, PyErr_SetString, PyExc_SystemError, PyExc_TypeError, PyExc_ValueError,
    PyObject,
};

/// A Python exception is set; the only thing left to do is to return the error value.
#[derive(Debug, Clone, Copy)]
pub struct Raised;

/// The result of something that may have set a Python exception.
pub type Result<T, E = Raised> = std::result::Result<T, E>;

/// Runs `body`; gives `error` when it raised, or when it panicked (then a `SystemError` is set).
#[inline]
pub fn guard<T>(error: T, body: impl FnOnce() -> Result<T>) -> T {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(value)) => value,
        Ok(Err(Raised)) => {
            // SAFETY: every caller of `guard` holds the interpreter (GIL or attached thread state).
            debug_assert!(unsafe { !PyErr_Occurred().is_null() }, "Raised without an exception");
            error
        }
        Err(panic) => {
            // SAFETY: as above; `PyExc_SystemError` is valid for as long as the interpreter runs.
            raise(unsafe { PyExc_SystemError }, format_args!("internal error in HPy: {}", message(&*panic)));
            error
        }
    }
}

/// Runs `body` where no error can be reported; a panic ends the process.
#[inline]
pub fn guard_or_abort<T>(body: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|_| std::process::abort())
}

/// Sets the exception `kind` with a constant message.
#[cold]
#[inline(never)]
#[expect(
    clippy::not_unsafe_ptr_arg_deref,
    reason = "an exception class that CPython keeps alive, at every call"
)]
pub fn raise_text(kind: *mut PyObject, message: &'static CStr) -> Raised {
    // SAFETY: callers hold the interpreter; `kind` is one of the `PyExc_*` objects.
    unsafe { PyErr_SetString(kind, message.as_ptr()) };
    Raised
}

/// Sets a `TypeError` with a constant message.
pub fn type_error(message: &'static CStr) -> Raised {
    // SAFETY: set once when CPython starts.
    raise_text(unsafe { PyExc_TypeError }, message)
}

/// Sets a `ValueError` with a constant message.
pub fn value_error(message: &'static CStr) -> Raised {
    // SAFETY: set once when CPython starts.
    raise_text(unsafe { PyExc_ValueError }, message)
}

/// Sets a `SystemError` with a constant message.
pub fn system_error(message: &'static CStr) -> Raised {
    // SAFETY: set once when CPython starts.
    raise_text(unsafe { PyExc_SystemError }, message)
}

/// Sets `MemoryError`.
#[cold]
pub fn no_memory() -> Raised {
    // SAFETY: callers hold the interpreter.
    unsafe { PyErr_NoMemory() };
    Raised
}

/// Sets an exception with a message that CPython formats: `raise_format!(kind, c"... %s ...", arguments)`.
///
/// Rust's own formatting would make up a good part of each extension of the CPython ABI.
///
/// # Safety
/// The arguments are what the format asks for.
macro_rules! raise_format {
    ($kind:expr, $format:expr $(, $argument:expr)+ $(,)?) => {{
        ::pyo3_ffi::PyErr_Format($kind, $format.as_ptr() $(, $argument)+);
        $crate::boundary::Raised
    }};
}
pub(crate) use raise_format;

/// Sets the exception `kind` with a message that Rust formats, of which NULs are left out.
#[cold]
#[expect(
    clippy::not_unsafe_ptr_arg_deref,
    reason = "an exception class that CPython keeps alive, at every call"
)]
pub fn raise(kind: *mut PyObject, message: impl Display) -> Raised {
    let mut text = Text(Vec::new());
    // The NUL is put there when all others are out.
    if write!(text, "{message}").is_err() || text.0.try_reserve(1).is_err() {
        return no_memory();
    }
    text.0.push(0);
    // SAFETY: callers hold the interpreter; `kind` is one of the `PyExc_*` objects or an exception class.
    unsafe { PyErr_SetString(kind, text.0.as_ptr().cast()) };
    Raised
}

/// A text that Rust formats; an error when there is no memory for it. NULs are left out.
struct Text(Vec<u8>);

impl Write for Text {
    fn write_str(&mut self, part: &str) -> std::fmt::Result {
        self.0.try_reserve(part.len()).map_err(|_| std::fmt::Error)?;
        self.0.extend(part.bytes().filter(|&b| b != 0));
        Ok(())
    }
}

/// `Err` when CPython returned null.
#[inline]
pub fn check(object: *mut PyObject) -> Result<*mut PyObject> {
    if object.is_null() { Err(failed()) } else { Ok(object) }
}

/// `Err` when CPython returned a negative status.
#[inline]
pub fn check_status(status: std::ffi::c_int) -> Result<()> {
    if status < 0 { Err(failed()) } else { Ok(()) }
}

/// CPython has set an exception, but for some functions that forget it when memory is out: `PyType_FromSpec` of 3.11.
#[cold]
pub(crate) fn failed() -> Raised {
    // SAFETY: callers hold the interpreter, as they have just called CPython.
    if unsafe { PyErr_Occurred() }.is_null() { no_memory() } else { Raised }
}

/// Runs `body` without the current exception, which is set again afterwards.
///
/// # Safety
/// The caller holds the interpreter; `body` leaves no exception set.
pub unsafe fn keep_exception(body: impl FnOnce()) {
    // SAFETY: the caller holds the interpreter; `body` leaves no exception set.
    unsafe { look_at_exception(|_, _| body()) }
}

/// The same for a `body` that gets the exception's type and value, borrowed. Either may be null, and before CPython 3.12
/// the value need not be of the type: it may be what the type is to be called with.
///
/// # Safety
/// As for [`keep_exception`].
pub unsafe fn look_at_exception(body: impl FnOnce(*mut PyObject, *mut PyObject)) {
    // SAFETY: the caller holds the interpreter, and `body` leaves no exception set.
    #[cfg(Py_3_12)]
    unsafe {
        let exception = crate::ffi::PyErr_GetRaisedException();
        let kind =
            if exception.is_null() { std::ptr::null_mut() } else { crate::ffi::Py_TYPE(exception).cast() };
        body(kind, exception);
        crate::ffi::PyErr_SetRaisedException(exception);
    }
    // SAFETY: the caller holds the interpreter, and `body` leaves no exception set.
    #[cfg(not(Py_3_12))]
    unsafe {
        let (mut kind, mut value, mut traceback) = Default::default();
        crate::ffi::PyErr_Fetch(&raw mut kind, &raw mut value, &raw mut traceback);
        body(kind, value);
        crate::ffi::PyErr_Restore(kind, value, traceback);
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("panic")
}
