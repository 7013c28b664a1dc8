//! `hpy.universal._clinic`: what `python -m hpy clinic` and `hpy.devel` call.

use std::ptr::null_mut;

use hpy_cpython::boundary::{Raised, Result, check, guard, raise};
use hpy_cpython::owned::{Owned, new_none};
use pyo3_ffi::{self as ffi, PyObject};

use crate::object::new_string;

/// `_clinic(name, path, source)`: a tuple with the header and the stub of a source that has this file name, or `None` if it
/// has no blocks. Errors are shown with the path.
pub(crate) unsafe extern "C" fn clinic(_module: *mut PyObject, args: *mut PyObject) -> *mut PyObject {
    guard(null_mut(), || {
        let [mut name, mut path, mut source] = [null_mut(); 3];
        // SAFETY: CPython passes a tuple, attached; one variable for each unit of the format.
        unsafe {
            let format = c"UUU:_clinic".as_ptr();
            if ffi::PyArg_ParseTuple(args, format, &raw mut name, &raw mut path, &raw mut source) == 0 {
                return Err(Raised);
            }
            let (name, path, source) = (text(name)?, text(path)?, text(source)?);
            match hpy_clinic::generate(name, source) {
                Ok(None) => Ok(new_none()),
                Ok(Some(output)) => {
                    let header = Owned::new(new_string(&output.header))?;
                    let stub = Owned::new(new_string(&output.stub))?;
                    check(ffi::PyTuple_Pack(2, header.as_ptr(), stub.as_ptr()))
                }
                Err(errors) => Err(raise(ffi::PyExc_ValueError, hpy_clinic::render(path, source, &errors))),
            }
        }
    })
}

/// The text of a `str`.
///
/// # Safety
/// The thread is attached; the text is used while the object lives.
unsafe fn text<'a>(object: *mut PyObject) -> Result<&'a str> {
    let mut length = 0;
    // SAFETY: by contract; CPython's UTF-8 is valid.
    unsafe {
        let start = ffi::PyUnicode_AsUTF8AndSize(object, &raw mut length);
        if start.is_null() {
            return Err(Raised);
        }
        Ok(str::from_utf8_unchecked(std::slice::from_raw_parts(start.cast(), length.cast_unsigned())))
    }
}
