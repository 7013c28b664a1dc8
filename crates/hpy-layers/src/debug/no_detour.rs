//! In the place of `detour` where there is none yet.

use std::ffi::c_void;

use super::fault::Fault;

/// Whether a thread can be sent on a detour here.
pub(super) const AVAILABLE: bool = false;

pub(super) fn prepare() -> bool {
    true
}

/// Nobody is diverted.
pub(super) unsafe fn divert(_: Fault, _: *mut c_void) -> bool {
    false
}

/// Nobody comes back.
pub(super) unsafe fn go_back(_: usize, _: *mut c_void) -> bool {
    false
}
