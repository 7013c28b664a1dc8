//! Slice objects. Slices of sequences are in `item`.

use std::ffi::c_int;

use crate::ffi::{PySlice_Check, PySlice_Unpack};
use hpy_abi::{HPy, HPyContext};

use crate::forward::{null_argument, wrong_type};
use crate::generated::calls::null;
use crate::handle::object;

/// CPython does not look at the type here.
pub(crate) unsafe extern "C" fn ctx_Slice_Unpack(
    _: *mut HPyContext,
    slice: HPy,
    start: *mut isize,
    stop: *mut isize,
    step: *mut isize,
) -> c_int {
    if slice.is_null() || start.is_null() || stop.is_null() || step.is_null() {
        return null_argument(null::ctx_Slice_Unpack);
    }
    let slice = object(slice);
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe {
        if PySlice_Check(slice) == 0 {
            return wrong_type(c"slice", slice);
        }
        PySlice_Unpack(slice, start, stop, step)
    }
}
