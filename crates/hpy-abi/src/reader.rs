//! Reading the definitions of a module or type. They are only read, never written: they may stand in read-only memory
//! and serve several types.

use core::ffi::{CStr, c_int};

use crate::*;

/// One definition, by kind.
pub enum Definition<'a> {
    Slot(&'a HPySlot),
    Method(&'a HPyMeth),
    Member(&'a HPyMember),
    GetSet(&'a HPyGetSet),
    Typed(&'a HPyTyped),
    /// The number is that of no kind.
    Unknown(c_int),
}

/// The definitions of a module or type.
///
/// # Safety
/// `defines` is null, or an array of valid definitions that NULL ends. It stays as long as the result.
pub unsafe fn definitions<'a>(mut defines: *mut *mut HPyDef) -> impl Iterator<Item = Definition<'a>> {
    core::iter::from_fn(move || {
        // SAFETY: the end of the array was not reached; the kind tells which field of the union is valid.
        unsafe {
            let definition = defines.as_ref()?.as_ref()?;
            defines = defines.add(1);
            Some(match definition.kind {
                HPyDef_Kind_Slot => Definition::Slot(&definition.u.slot),
                HPyDef_Kind_Meth => Definition::Method(&definition.u.meth),
                HPyDef_Kind_Member => Definition::Member(&definition.u.member),
                HPyDef_Kind_GetSet => Definition::GetSet(&definition.u.getset),
                HPyDef_Kind_Typed => Definition::Typed(&definition.u.typed),
                kind => Definition::Unknown(kind),
            })
        }
    })
}

/// The name of a constant of `HPyType_BuiltinShape`, if the number is one of them.
pub fn shape_name(shape: HPyType_BuiltinShape) -> Option<&'static CStr> {
    Some(match shape {
        HPyType_BuiltinShape_Legacy => c"HPyType_BuiltinShape_Legacy",
        HPyType_BuiltinShape_Object => c"HPyType_BuiltinShape_Object",
        HPyType_BuiltinShape_Type => c"HPyType_BuiltinShape_Type",
        HPyType_BuiltinShape_Long => c"HPyType_BuiltinShape_Long",
        HPyType_BuiltinShape_Float => c"HPyType_BuiltinShape_Float",
        HPyType_BuiltinShape_Unicode => c"HPyType_BuiltinShape_Unicode",
        HPyType_BuiltinShape_Tuple => c"HPyType_BuiltinShape_Tuple",
        HPyType_BuiltinShape_List => c"HPyType_BuiltinShape_List",
        HPyType_BuiltinShape_Dict => c"HPyType_BuiltinShape_Dict",
        _ => return None,
    })
}
