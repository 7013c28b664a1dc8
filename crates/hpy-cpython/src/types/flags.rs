//! Bits of `tp_flags` that CPython keeps for itself, and `pyo3-ffi` names in part.

use std::ffi::c_ulong;

use crate::ffi;

/// A static type of CPython's own.
const STATIC_BUILTIN: c_ulong = 1 << 1;
/// Attributes stand behind the object.
const INLINE_VALUES: c_ulong = 1 << 2;
/// Weak references stand before the object.
const MANAGED_WEAKREF: c_ulong = 1 << 3;
/// A dict, or attributes, stand before the object.
pub(super) const MANAGED_DICT: c_ulong = 1 << 4;
/// The bits that have no meaning up to the last one for a kind of subclasses.
const KNOWN: c_ulong = (1 << 24) - 1;

/// Attributes or weak references stand before or behind the object (CPython 3.11 and later).
pub(super) const MANAGED: c_ulong = INLINE_VALUES | MANAGED_WEAKREF | MANAGED_DICT;

/// What no spec may say: what the memory of instances is, how far a type is made, of which built-in type it is a
/// subclass, and what is no flag at all.
pub(super) const RESERVED: c_ulong =
    STATIC_BUILTIN | INLINE_VALUES | ffi::Py_TPFLAGS_READY | ffi::Py_TPFLAGS_READYING | !KNOWN;

const _: () = {
    assert!(RESERVED & (ffi::Py_TPFLAGS_DEFAULT | ffi::Py_TPFLAGS_BASETYPE | ffi::Py_TPFLAGS_HAVE_GC) == 0);
    assert!(RESERVED & ffi::Py_TPFLAGS_LONG_SUBCLASS != 0 && RESERVED & ffi::Py_TPFLAGS_TYPE_SUBCLASS != 0);
    #[cfg(Py_3_12)]
    assert!(
        MANAGED_DICT == ffi::Py_TPFLAGS_MANAGED_DICT && MANAGED_WEAKREF == ffi::Py_TPFLAGS_MANAGED_WEAKREF
    );
};
