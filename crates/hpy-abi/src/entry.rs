//! What a binary with an entry point for CPython and the runtime know of each other: `include/hpy/module/entry.h`.

use core::ffi::{CStr, c_char, c_int, c_void};
use core::mem::offset_of;

use crate::{HPyContext, HPyModuleDef, cpy_PyObject};

/// The version of both structs.
pub const HPyEntry_VERSION: u32 = 1;

/// The name of the capsule with an [`HPyEntry_Runtime`].
pub const HPyEntry_CAPSULE: &CStr = c"hpy.universal._entry";

/// A module, as its binary describes it.
#[repr(C)]
pub struct HPyEntry_Module {
    pub version: u32,
    pub size: u32,
    pub name: *const c_char,
    pub abi_major: u32,
    pub abi_minor: u32,
    pub abi_members: u32,
    /// The upper half of `PY_VERSION_HEX` in a binary of the hybrid ABI, else 0.
    pub python_version: u16,
    pub python_object_size: u16,
    pub set_context: unsafe extern "C" fn(*mut HPyContext),
    pub definition: unsafe extern "C" fn() -> *mut HPyModuleDef,
    create: *const c_void,
    exec: *const c_void,
    init: *const c_void,
    export: *const c_void,
}

/// What the runtime does for such a module.
#[repr(C)]
pub struct HPyEntry_Runtime {
    pub version: u32,
    pub size: u32,
    pub create: unsafe extern "C" fn(*const HPyEntry_Module, *mut cpy_PyObject) -> *mut cpy_PyObject,
    pub exec: unsafe extern "C" fn(*const HPyEntry_Module, *mut cpy_PyObject) -> c_int,
}

// The header asserts the same.
const _: () = assert!(
    size_of::<*const c_void>() != 8
        || (offset_of!(HPyEntry_Module, set_context) == 32
            && size_of::<HPyEntry_Module>() == 80
            && size_of::<HPyEntry_Runtime>() == 24)
);
