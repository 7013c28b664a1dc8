//! What differs from engine to engine, under the same names for all: CPython, and the engines that offer its C API.
//!
//! An engine is a module here, chosen when this crate is compiled. Another one gets a module with the same names; the
//! compiler tells which are missing. Everything else in this crate asks no engine which one it is.

#[cfg(not(PyPy))]
pub(crate) use crate::cpython::*;
#[cfg(PyPy)]
pub(crate) use crate::pypy::*;
