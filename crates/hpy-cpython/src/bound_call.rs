//! Calls of [bound](crate::bound) functions through the extension's own trampolines, which CPython has told the defining
//! class (PEP 573).

use std::ffi::{c_int, c_void};
use std::ptr::null_mut;

use crate::ffi::{self, PyObject, PyTypeObject};
use hpy_abi::*;

use crate::boundary::{Result, guard, raise_format, type_error};
use crate::definitions::gets_state;
use crate::module::{no_state, state_of_module};
use crate::types::record;

/// The state for such a call; null with an exception if there is none, or the call has other arguments than the signature
/// allows, which CPython has not looked at.
///
/// # Safety
/// The arguments are those of a `PyCMethod`; the caller holds the interpreter.
pub unsafe extern "C" fn state_for_call(
    signature: c_int,
    self_: *mut PyObject,
    defining_class: *mut PyTypeObject,
    nargs: usize,
    kwnames: *mut PyObject,
) -> *mut c_void {
    // SAFETY: by contract; a class of this copy of the code has its record.
    guard(null_mut(), || unsafe {
        check_arguments(signature, nargs, kwnames)?;
        if defining_class == &raw mut ffi::PyModule_Type {
            return state_of_module(self_);
        }
        let record = record::of_this_copy(defining_class);
        let state = record.and_then(|record| record.module_state.as_ref()).ok_or_else(no_state)?;
        Ok(state.data())
    })
}

/// # Safety
/// `kwnames` is a tuple or null; the caller holds the interpreter.
unsafe fn check_arguments(signature: c_int, nargs: usize, kwnames: *mut PyObject) -> Result<()> {
    debug_assert!(gets_state(signature));
    // SAFETY: by contract; numbers as the formats say.
    unsafe {
        let has_keywords = !kwnames.is_null() && ffi::PyTuple_GET_SIZE(kwnames) > 0;
        match signature {
            HPyFunc_STATE_KEYWORDS => Ok(()),
            _ if has_keywords => Err(type_error(c"this method takes no keyword arguments")),
            HPyFunc_STATE_NOARGS if nargs != 0 => {
                Err(raise_format!(ffi::PyExc_TypeError, c"this method takes no arguments (%zu given)", nargs))
            }
            HPyFunc_STATE_O if nargs != 1 => Err(raise_format!(
                ffi::PyExc_TypeError,
                c"this method takes exactly one argument (%zu given)",
                nargs
            )),
            _ => Ok(()),
        }
    }
}
