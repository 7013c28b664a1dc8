//! Python objects as Rust values: the few conversions that the functions of this module need.
//!
//! All functions here need the caller to hold the interpreter, and objects where they take pointers.

use std::ffi::CStr;
use std::path::PathBuf;
use std::ptr::NonNull;

use hpy_cpython::boundary::{Raised, Result, raise};
use hpy_cpython::owned::Owned;
use pyo3_ffi::{self as ffi, PyObject};

/// A callable that any thread of its interpreter may call.
pub(crate) struct Callable(NonNull<PyObject>);

// SAFETY: it is called and released by threads that hold the interpreter.
unsafe impl Send for Callable {}
// SAFETY: it is called and released by threads that hold the interpreter.
unsafe impl Sync for Callable {}

impl Callable {
    /// # Safety
    /// A callable; whoever drops the result holds the interpreter.
    pub(crate) unsafe fn new(function: NonNull<PyObject>) -> Self {
        // SAFETY: by contract, a callable; whoever drops the result holds the interpreter.
        unsafe { ffi::Py_INCREF(function.as_ptr()) };
        Self(function)
    }

    /// The callable, borrowed.
    pub(crate) fn as_ptr(&self) -> *mut PyObject {
        self.0.as_ptr()
    }
}

impl Drop for Callable {
    fn drop(&mut self) {
        // SAFETY: owned; by contract of `new`.
        unsafe { ffi::Py_DECREF(self.0.as_ptr()) }
    }
}

/// A new `str`; null with an exception set on failure.
///
/// # Safety
/// See the module.
pub(crate) unsafe fn new_string(text: &str) -> *mut PyObject {
    // SAFETY: pointer and length of one UTF-8 text.
    unsafe { ffi::PyUnicode_FromStringAndSize(text.as_ptr().cast(), text.len().cast_signed()) }
}

/// The text of a `str`. `role` says in errors what the object is.
///
/// # Errors
/// `TypeError` for another type, `ValueError` for a NUL or an absurd length, `UnicodeEncodeError` for surrogates.
///
/// # Safety
/// See the module.
pub(crate) unsafe fn string(role: &str, object: *mut PyObject) -> Result<String> {
    // SAFETY: by contract; the text is copied while the object lives.
    unsafe {
        if ffi::PyUnicode_Check(object) == 0 {
            return Err(wrong_type(role, "str", object));
        }
        let mut length = 0;
        let text = ffi::PyUnicode_AsUTF8AndSize(object, &raw mut length);
        if text.is_null() {
            return Err(Raised);
        }
        let bytes = std::slice::from_raw_parts(text.cast::<u8>(), length.cast_unsigned());
        if bytes.contains(&0) {
            return Err(embedded_null(role));
        }
        check_length(role, bytes.len())?;
        Ok(String::from_utf8_unchecked(bytes.to_vec()))
    }
}

/// A path given as `str` or `os.PathLike`: as a `str`, and as the system wants it.
///
/// # Errors
/// `TypeError` for another type (and for bytes), `ValueError` for a NUL or an absurd length, those of `__fspath__`.
///
/// # Safety
/// See the module.
pub(crate) unsafe fn file_path(role: &str, object: *mut PyObject) -> Result<(Owned, PathBuf)> {
    const EXPECTED: &str = "str or os.PathLike";
    // SAFETY: objects, and the thread is attached, see the module.
    unsafe {
        let is_path = ffi::PyUnicode_Check(object) != 0
            || ffi::PyObject_HasAttrString(object, c"__fspath__".as_ptr()) != 0;
        if !is_path {
            return Err(wrong_type(role, EXPECTED, object));
        }
        let path = Owned::new(ffi::PyOS_FSPath(object))?;
        if ffi::PyUnicode_Check(path.as_ptr()) == 0 {
            return Err(wrong_type(role, EXPECTED, path.as_ptr()));
        }
        check_length(role, ffi::PyUnicode_GetLength(path.as_ptr()).cast_unsigned())?;
        let native = native_path(path.as_ptr())?;
        if native.as_os_str().as_encoded_bytes().contains(&0) {
            return Err(embedded_null(role));
        }
        Ok((path, native))
    }
}

#[cfg(unix)]
unsafe fn native_path(path: *mut PyObject) -> Result<PathBuf> {
    use std::os::unix::ffi::OsStringExt;
    // SAFETY: `path` is a `str`; the bytes are copied while their object lives.
    unsafe {
        let encoded = Owned::new(ffi::PyUnicode_EncodeFSDefault(path))?;
        let bytes = ffi::PyBytes_AsString(encoded.as_ptr()).cast::<u8>();
        let length = ffi::PyBytes_Size(encoded.as_ptr()).cast_unsigned();
        Ok(std::ffi::OsString::from_vec(std::slice::from_raw_parts(bytes, length).to_vec()).into())
    }
}

#[cfg(windows)]
unsafe fn native_path(path: *mut PyObject) -> Result<PathBuf> {
    use std::os::windows::ffi::OsStringExt;
    // SAFETY: `path` is a `str`; the text is ours until it is freed.
    unsafe {
        let mut length = 0;
        let wide = ffi::PyUnicode_AsWideCharString(path, &raw mut length);
        if wide.is_null() {
            return Err(Raised);
        }
        let units = std::slice::from_raw_parts(wide.cast::<u16>(), length.cast_unsigned());
        let native = std::ffi::OsString::from_wide(units).into();
        ffi::PyMem_Free(wide.cast());
        Ok(native)
    }
}

/// `mapping[key]`, or `None` where that is a `KeyError`.
///
/// # Safety
/// See the module.
pub(crate) unsafe fn lookup(mapping: *mut PyObject, key: &CStr) -> Result<Option<Owned>> {
    // SAFETY: objects, and the thread is attached, see the module.
    unsafe {
        match Owned::new(ffi::PyMapping_GetItemString(mapping, key.as_ptr())) {
            Ok(value) => Ok(Some(value)),
            Err(Raised) if ffi::PyErr_ExceptionMatches(ffi::PyExc_KeyError) != 0 => {
                ffi::PyErr_Clear();
                Ok(None)
            }
            Err(Raised) => Err(Raised),
        }
    }
}

/// A text in the ASCII form that PEP 489 gives to module names.
///
/// # Safety
/// See the module.
pub(crate) unsafe fn punycode(text: &str) -> Result<String> {
    // SAFETY: by contract; the result of encoding is a bytes object, copied while it lives.
    unsafe {
        let text = Owned::new(new_string(text))?;
        let encoding = c"punycode".as_ptr();
        let encoded =
            Owned::new(ffi::PyUnicode_AsEncodedString(text.as_ptr(), encoding, c"strict".as_ptr()))?;
        Ok(CStr::from_ptr(ffi::PyBytes_AsString(encoded.as_ptr())).to_string_lossy().into_owned())
    }
}

unsafe fn wrong_type(role: &str, expected: &str, object: *mut PyObject) -> Raised {
    // SAFETY: by contract; the name of a type lives as long as the type.
    unsafe {
        let name = CStr::from_ptr((*ffi::Py_TYPE(object)).tp_name).to_string_lossy();
        raise(ffi::PyExc_TypeError, format_args!("{role} must be {expected}, not {name}"))
    }
}

/// Refuses what no name and no path can be, so that copies of it, and messages with it, never need much memory.
fn check_length(role: &str, length: usize) -> Result<()> {
    const LIMIT: usize = 1 << 16;
    if length <= LIMIT {
        return Ok(());
    }
    // SAFETY: set once when CPython starts.
    let kind = unsafe { ffi::PyExc_ValueError };
    Err(raise(kind, format_args!("{role} is too long: its length is {length}, and the limit is {LIMIT}")))
}

fn embedded_null(role: &str) -> Raised {
    // SAFETY: set once when CPython starts.
    raise(unsafe { ffi::PyExc_ValueError }, format_args!("{role} has an embedded null character"))
}
