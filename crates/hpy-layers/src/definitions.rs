//! Names in the definitions of an extension's modules and types.

use std::borrow::Cow;
use std::ffi::{CStr, c_char};

/// A name in a definition, as text; `None` for null.
///
/// # Safety
///
/// Null, or a C string that lives as long as the result.
pub(crate) unsafe fn name<'a>(name: *const c_char) -> Option<Cow<'a, str>> {
    // SAFETY: a C string, unless it is null.
    (!name.is_null()).then(|| unsafe { CStr::from_ptr(name) }.to_string_lossy())
}
