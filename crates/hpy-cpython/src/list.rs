//! Lists. Their items are in `item`.

use crate::ffi::{Py_INCREF, Py_None};
use hpy_abi::{HPy, HPyContext};

use crate::engine::new_list;
use crate::handle::handle;

/// The items are None, where CPython's are null, which none of the functions that read a list can bear.
pub(crate) unsafe extern "C" fn ctx_List_New(_: *mut HPyContext, len: isize) -> HPy {
    // SAFETY: the contract of context functions, see `crate::forward`; the new list is known to nobody else.
    unsafe {
        let list = new_list::start(len);
        if list.is_null() {
            return HPy::NULL;
        }
        if len > 0 {
            let items = new_list::items(list);
            for index in 0..len {
                Py_INCREF(Py_None());
                *items.offset(index) = Py_None();
            }
        }
        handle(new_list::finish(list))
    }
}
