//! Reading the definitions of an extension's modules and types.

use std::borrow::Cow;
use std::ffi::{CStr, c_char, c_int};

use hpy_abi::*;

/// One definition, by kind.
pub(crate) enum Definition<'a> {
    Slot(&'a HPySlot),
    Method(&'a HPyMeth),
    Member(&'a HPyMember),
    GetSet(&'a HPyGetSet),
    /// The number is that of no kind.
    Unknown(c_int),
}

/// The definitions of a module or type.
///
/// # Safety
///
/// `defines` is null, or an array of valid definitions that NULL ends. It stays as long as the result.
pub(crate) unsafe fn definitions<'a>(mut defines: *mut *mut HPyDef) -> impl Iterator<Item = Definition<'a>> {
    std::iter::from_fn(move || {
        // SAFETY: the end was not reached; the kind tells which field of the union is valid.
        unsafe {
            let definition = defines.as_ref()?.as_ref()?;
            defines = defines.add(1);
            Some(match definition.kind {
                HPyDef_Kind_Slot => Definition::Slot(&definition.u.slot),
                HPyDef_Kind_Meth => Definition::Method(&definition.u.meth),
                HPyDef_Kind_Member => Definition::Member(&definition.u.member),
                HPyDef_Kind_GetSet => Definition::GetSet(&definition.u.getset),
                kind => Definition::Unknown(kind),
            })
        }
    })
}

/// A name in a definition, as text; `None` for null.
///
/// # Safety
///
/// Null, or a C string that lives as long as the result.
pub(crate) unsafe fn name<'a>(name: *const c_char) -> Option<Cow<'a, str>> {
    // SAFETY: a C string, unless it is null.
    (!name.is_null()).then(|| unsafe { CStr::from_ptr(name) }.to_string_lossy())
}
