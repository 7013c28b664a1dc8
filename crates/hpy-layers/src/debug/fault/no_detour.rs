//! What stands in for `detour` on systems and processors for which there is none yet.

use std::ffi::c_void;

use super::access::Fault;

/// Whether there are detours on this system and processor.
pub(crate) const AVAILABLE: bool = false;

pub(crate) fn prepare() -> bool {
    true
}

/// No thread is diverted.
pub(crate) unsafe fn divert(_: Fault, _: *mut c_void) -> bool {
    false
}

/// No thread comes back.
pub(crate) unsafe fn go_back(_: usize, _: *mut c_void) -> bool {
    false
}
