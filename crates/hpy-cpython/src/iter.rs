//! Iterators.

use hpy_abi::{HPy, HPyContext};
use pyo3_ffi::{Py_TYPE, PyIter_Next};

use crate::forward::{null_argument, wrong_type};
use crate::generated::calls::null;
use crate::handle::{handle, object};

/// `PyIter_Next` calls the slot without looking whether there is one.
pub(crate) unsafe extern "C" fn ctx_Iter_Next(_: *mut HPyContext, obj: HPy) -> HPy {
    if obj.is_null() {
        return null_argument(null::ctx_Iter_Next);
    }
    let obj = object(obj);
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe {
        if (*Py_TYPE(obj)).tp_iternext.is_none() {
            return wrong_type(c"an iterator", obj);
        }
        handle(PyIter_Next(obj))
    }
}
