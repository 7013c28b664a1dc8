//! Memory views.

use std::ffi::{c_char, c_int};

use crate::ffi::{PyExc_ValueError, PyMemoryView_FromBuffer, PyMemoryView_GetContiguous};
use hpy_abi::{HPy, HPy_buffer, HPyBUF_READ, HPyBUF_WRITE, HPyContext};

use crate::forward::{fail, null_argument};
use crate::generated::calls::null;
use crate::handle::{handle, object};

pub(crate) unsafe extern "C" fn ctx_MemoryView_FromBuffer(
    _: *mut HPyContext,
    view: *const HPy_buffer,
) -> HPy {
    if view.is_null() {
        return null_argument(null::ctx_MemoryView_FromBuffer);
    }
    // SAFETY: the contract of context functions, see `crate::forward`; the structs have the same layout, and CPython does not
    // read `obj`.
    handle(unsafe { PyMemoryView_FromBuffer(view.cast()) })
}

pub(crate) unsafe extern "C" fn ctx_MemoryView_GetContiguous(
    _: *mut HPyContext,
    obj: HPy,
    access: c_int,
    order: c_char,
) -> HPy {
    if obj.is_null() {
        return null_argument(null::ctx_MemoryView_GetContiguous);
    }
    let is_order = matches!(order as u8, b'C' | b'F' | b'A');
    // SAFETY: the contract of context functions. CPython only asserts what is tested here.
    unsafe {
        if !matches!(access, HPyBUF_READ | HPyBUF_WRITE) || !is_order {
            let text = c"access must be HPyBUF_READ or HPyBUF_WRITE, and order 'C', 'F' or 'A'";
            return fail(PyExc_ValueError, text);
        }
        handle(PyMemoryView_GetContiguous(object(obj), access, order))
    }
}
