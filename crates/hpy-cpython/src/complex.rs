//! Complex numbers.

use std::ffi::c_int;

use crate::ffi::{PyComplex_AsCComplex, PyErr_Occurred};
use hpy_abi::{HPy, HPyContext};

use crate::forward::null_argument;
use crate::generated::calls::null;
use crate::handle::object;

/// By `PyComplex_AsCComplex`: `PyComplex_RealAsDouble` asks for `__complex__` only from 3.13 on.
pub(crate) unsafe extern "C" fn ctx_Complex_AsDoubles(
    _: *mut HPyContext,
    h: HPy,
    real: *mut f64,
    imag: *mut f64,
) -> c_int {
    if h.is_null() {
        return null_argument(null::ctx_Complex_AsDoubles);
    }
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe {
        let value = PyComplex_AsCComplex(object(h));
        #[expect(clippy::float_cmp, reason = "the value that says that there may be an exception")]
        if value.real == -1.0 && !PyErr_Occurred().is_null() {
            return -1;
        }
        if let Some(real) = real.as_mut() {
            *real = value.real;
        }
        if let Some(imag) = imag.as_mut() {
            *imag = value.imag;
        }
        0
    }
}
