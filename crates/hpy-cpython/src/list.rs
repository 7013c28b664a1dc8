//! Lists. Their items are in `item`.

use std::ffi::c_int;

use hpy_abi::{HPy, HPyContext};
use pyo3_ffi::{Py_INCREF, Py_None, PyList_Append, PyList_Check, PyList_Insert, PyList_New};

use crate::cpython::list_items;
use crate::forward::{forward, predicates};
use crate::handle::handle;

predicates! {
    ctx_List_Check = PyList_Check;
}

forward! {
    ctx_List_Append = PyList_Append(h_list: HPy, h_item: HPy) -> c_int;
    ctx_List_Insert = PyList_Insert(h_list: HPy, index: isize, h_item: HPy) -> c_int;
}

/// The items are None, where CPython's are null, which none of the functions that read a list can bear.
pub(crate) unsafe extern "C" fn ctx_List_New(_: *mut HPyContext, len: isize) -> HPy {
    // SAFETY: the contract of context functions, see `crate::forward`; the new list is known to nobody else.
    unsafe {
        let list = PyList_New(len);
        if !list.is_null() && len > 0 {
            let items = list_items(list);
            for index in 0..len {
                Py_INCREF(Py_None());
                *items.offset(index) = Py_None();
            }
        }
        handle(list)
    }
}
