//! Tuples. Their items are in `item`.

use crate::ffi::{Py_DECREF, Py_INCREF, PyTuple_New};
use hpy_abi::{HPy, HPyContext};

use crate::engine::tuple_items;
use crate::forward::null_argument;
use crate::generated::calls::null;
use crate::handle::{handle, object};

pub(crate) unsafe extern "C" fn ctx_Tuple_FromArray(_: *mut HPyContext, items: *const HPy, n: isize) -> HPy {
    if items.is_null() && n > 0 {
        return null_argument(null::ctx_Tuple_FromArray);
    }
    // SAFETY: the contract of context functions, see `crate::forward`; the new tuple is known to nobody else. For
    // a negative size CPython raises.
    unsafe {
        let tuple = PyTuple_New(n);
        if tuple.is_null() {
            return HPy::NULL;
        }
        let places = tuple_items(tuple);
        for index in 0..n {
            let item = object(*items.offset(index));
            if item.is_null() {
                Py_DECREF(tuple);
                return null_argument(null::ctx_Tuple_FromArray);
            }
            Py_INCREF(item);
            *places.offset(index) = item;
        }
        handle(tuple)
    }
}
