//! The way to CPython's own API and back.

use crate::ffi::Py_XINCREF;
use hpy_abi::{HPy, HPyContext, cpy_PyObject};

use crate::handle::{handle, object};

pub(crate) unsafe extern "C" fn ctx_FromPyObject(_: *mut HPyContext, obj: *mut cpy_PyObject) -> HPy {
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe { Py_XINCREF(obj.cast()) };
    handle(obj.cast())
}

pub(crate) unsafe extern "C" fn ctx_AsPyObject(_: *mut HPyContext, h: HPy) -> *mut cpy_PyObject {
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe { Py_XINCREF(object(h)) };
    object(h).cast()
}
