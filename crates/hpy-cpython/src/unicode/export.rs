//! Views of the characters of a string. They are released as any view, so they look like those of `PyObject_GetBuffer`.

use std::ffi::{CStr, c_int};

use crate::ffi::{
    Py_TYPE, PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyExc_ValueError, PyObject, PyUnicode_AsUCS4,
    PyUnicode_AsUTF8AndSize, PyUnicode_Check,
};
use hpy_abi::{
    HPy, HPy_buffer, HPyContext, HPyUnicode_FORMAT_ASCII, HPyUnicode_FORMAT_UCS1, HPyUnicode_FORMAT_UCS2,
    HPyUnicode_FORMAT_UCS4, HPyUnicode_FORMAT_UTF8,
};

use crate::boundary::{Raised, Result, check, guard, raise_text};
use crate::engine::text::{PyUnicode_DATA, PyUnicode_GET_LENGTH, PyUnicode_KIND, PyUnicode_READY};
use crate::forward::{null_argument, wrong_type};
use crate::generated::calls::null;
use crate::handle::object;
use crate::owned::new_reference;

/// Fills a view with the characters of a string.
///
/// # Safety
///
/// The contract of context functions, see `crate::forward`.
pub unsafe extern "C" fn ctx_Unicode_Export(
    _: *mut HPyContext,
    h: HPy,
    requested_formats: c_int,
    view: *mut HPy_buffer,
) -> c_int {
    if view.is_null() {
        return null_argument(null::ctx_Unicode_Export);
    }
    // SAFETY: the contract of context functions.
    unsafe {
        (*view).obj = HPy::NULL;
        if h.is_null() {
            return null_argument(null::ctx_Unicode_Export);
        }
        let text = object(h);
        if PyUnicode_Check(text) == 0 {
            return wrong_type(c"str", text);
        }
        guard(-1, || {
            if PyUnicode_READY(text) < 0 {
                return Err(Raised);
            }
            let (format, is_own) = choose(text, requested_formats)?;
            export(text, format, is_own, &mut *view)?;
            Ok(format)
        })
    }
}

/// How CPython keeps a string: its kind is the format with items of that size.
unsafe fn kind(text: *mut PyObject) -> c_int {
    // SAFETY: the caller has a string that is ready.
    unsafe { PyUnicode_KIND(text) as c_int }
}

/// Whether all characters are ASCII. `pyo3-ffi` does not tell for all versions, so this looks at them.
unsafe fn is_ascii(text: *mut PyObject) -> bool {
    // SAFETY: the caller has a string that is ready, with as many bytes.
    unsafe {
        let data = || {
            let length = PyUnicode_GET_LENGTH(text).cast_unsigned();
            std::slice::from_raw_parts(PyUnicode_DATA(text).cast::<u8>(), length)
        };
        kind(text) == HPyUnicode_FORMAT_UCS1 && data().is_ascii()
    }
}

/// The format that takes no copy, or else the smallest; and whether it takes none.
unsafe fn choose(text: *mut PyObject, requested: c_int) -> Result<(c_int, bool)> {
    // SAFETY: the caller has a string that is ready.
    let own = unsafe { kind(text) };
    let asks_for = |format: &c_int| format & requested != 0;
    // SAFETY: as above.
    let is_ascii = || unsafe { is_ascii(text) };
    if asks_for(&HPyUnicode_FORMAT_ASCII) && is_ascii() {
        return Ok((HPyUnicode_FORMAT_ASCII, true));
    }
    if asks_for(&own) {
        return Ok((own, true));
    }
    if asks_for(&HPyUnicode_FORMAT_UTF8) && is_ascii() {
        return Ok((HPyUnicode_FORMAT_UTF8, true));
    }
    let wider = [HPyUnicode_FORMAT_UCS2, HPyUnicode_FORMAT_UCS4].into_iter().filter(|&format| format > own);
    let found = wider.chain([HPyUnicode_FORMAT_UTF8]).find(asks_for);
    // SAFETY: `PyExc_ValueError` is set once when CPython starts.
    let kind_of_error = unsafe { PyExc_ValueError };
    let refused = || raise_text(kind_of_error, c"the string has none of the requested formats");
    Ok((found.ok_or_else(refused)?, false))
}

unsafe fn export(text: *mut PyObject, format: c_int, is_own: bool, view: &mut HPy_buffer) -> Result<()> {
    let (itemsize, name): (isize, &'static CStr) = match format {
        HPyUnicode_FORMAT_UCS2 => (2, c"H"),
        HPyUnicode_FORMAT_UCS4 => (4, c"I"),
        _ => (1, c"B"),
    };
    // SAFETY: the caller has a string that is ready. Its data does not move, nor does its UTF-8; a new `bytes` is known to
    // nobody else.
    unsafe {
        let mut size = PyUnicode_GET_LENGTH(text) * itemsize;
        let data = match format {
            _ if is_own => PyUnicode_DATA(text).cast_const().cast(),
            HPyUnicode_FORMAT_UTF8 => {
                let utf8 = PyUnicode_AsUTF8AndSize(text, &raw mut size);
                if utf8.is_null() {
                    return Err(Raised);
                }
                utf8
            }
            _ => std::ptr::null(),
        };
        let buffers = (*Py_TYPE(text)).tp_as_buffer;
        let owner = if data.is_null() {
            widened(text, format, size)?
        } else if !buffers.is_null() && (*buffers).bf_releasebuffer.is_some() {
            // A subclass with buffers of its own, which would be asked to release this one.
            check(PyBytes_FromStringAndSize(data, size))?
        } else {
            new_reference(text)
        };
        *view = HPy_buffer {
            buf: if owner == text {
                data.cast_mut().cast()
            } else {
                PyBytes_AS_STRING(owner).cast_mut().cast()
            },
            obj: HPy { _i: owner as isize },
            len: size,
            itemsize,
            readonly: 1,
            ndim: 1,
            format: name.as_ptr().cast_mut(),
            shape: std::ptr::null_mut(),
            strides: std::ptr::null_mut(),
            suboffsets: std::ptr::null_mut(),
            internal: std::ptr::null_mut(),
        };
        Ok(())
    }
}

/// A `bytes` of `size` bytes with the characters in a format that is wider than that of the string.
unsafe fn widened(text: *mut PyObject, format: c_int, size: isize) -> Result<*mut PyObject> {
    // SAFETY: the caller has a string that is ready; the new object is known to nobody else, and its data is aligned for
    // any item.
    unsafe {
        let bytes = check(PyBytes_FromStringAndSize(std::ptr::null(), size))?;
        let (length, to) = (PyUnicode_GET_LENGTH(text), PyBytes_AS_STRING(bytes).cast_mut());
        if format == HPyUnicode_FORMAT_UCS4 {
            // Fails for no string that is ready.
            PyUnicode_AsUCS4(text, to.cast(), length, 0);
        } else {
            debug_assert_eq!(kind(text), HPyUnicode_FORMAT_UCS1);
            let (from, to) = (PyUnicode_DATA(text).cast::<u8>(), to.cast::<u16>());
            for i in 0..length {
                *to.offset(i) = u16::from(*from.offset(i));
            }
        }
        Ok(bytes)
    }
}
