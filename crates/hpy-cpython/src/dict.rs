//! Dictionaries. Their items are in `item`.

use hpy_abi::HPy;
use pyo3_ffi::{PyDict_Check, PyDict_Copy, PyDict_Keys, PyDict_New};

use crate::forward::{forward, predicates};

predicates! {
    ctx_Dict_Check = PyDict_Check;
}

forward! {
    ctx_Dict_New = PyDict_New() -> HPy;
    ctx_Dict_Keys = PyDict_Keys(h: HPy) -> HPy;
    ctx_Dict_Copy = PyDict_Copy(h: HPy) -> HPy;
}
