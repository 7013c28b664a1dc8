//! Explaining accesses to memory that are not allowed, where the system tells which address was accessed.

mod access;
#[cfg(unix)]
#[cfg_attr(not(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64")), path = "no_detour.rs")]
mod detour;
#[cfg(unix)]
mod signals;

#[cfg(unix)]
pub(crate) use signals::install as explain_accesses;

/// This system does not tell.
#[cfg(not(unix))]
pub(crate) fn explain_accesses() {}
