//! Floating-point numbers.

use hpy_abi::HPy;
use pyo3_ffi::{PyFloat_AsDouble, PyFloat_FromDouble};

use crate::forward::forward;

forward! {
    ctx_Float_FromDouble = PyFloat_FromDouble(v: f64) -> HPy;
    ctx_Float_AsDouble = PyFloat_AsDouble(h: HPy) -> f64;
}
