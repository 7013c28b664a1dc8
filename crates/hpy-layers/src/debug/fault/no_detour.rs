//! In the place of `detour` where there is none yet.

use std::ffi::c_void;

use super::access::Fault;

/// Whether a thread can be sent on a detour here.
pub(crate) const AVAILABLE: bool = false;

pub(crate) fn prepare() -> bool {
    true
}

/// Nobody is diverted.
pub(crate) unsafe fn divert(_: Fault, _: *mut c_void) -> bool {
    false
}

/// Nobody comes back.
pub(crate) unsafe fn go_back(_: usize, _: *mut c_void) -> bool {
    false
}
