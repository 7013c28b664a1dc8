//! Reading the definitions of a module or type. They are only read, never written: they may stand in read-only memory
//! and serve several types.

use core::ffi::{CStr, c_int};

use crate::*;

/// One definition, by kind.
pub enum Definition<'a> {
    Slot(&'a HPySlot),
    Method(&'a HPyMeth, Binding),
    Member(&'a HPyMember),
    GetSet(&'a HPyGetSet),
    Typed(&'a HPyTyped),
    /// An array that a null name ends; see [`constants`].
    Constants(*const HPyConstant),
    /// The number is that of no kind.
    Unknown(c_int),
}

/// What a method gets as `self`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Binding {
    /// The instance, or the module.
    Instance,
    /// The class that it is called on.
    Class,
    /// Nothing.
    Static,
}

/// The definitions of a module or type.
///
/// # Safety
/// `defines` is null, or an array of valid definitions that NULL ends. It stays as long as the result.
pub unsafe fn definitions<'a>(mut defines: *mut *mut HPyDef) -> impl Iterator<Item = Definition<'a>> {
    core::iter::from_fn(move || {
        // SAFETY: the end of the array was not reached; the kind tells which field of the union is valid.
        unsafe {
            let next = defines.as_ref()?.as_ref()?;
            defines = defines.add(1);
            Some(definition(next))
        }
    })
}

/// A definition by kind.
///
/// # Safety
/// It is valid.
#[must_use]
pub unsafe fn definition(definition: &HPyDef) -> Definition<'_> {
    // SAFETY: the kind tells which field of the union is valid.
    unsafe {
        match definition.kind {
            HPyDef_Kind_Slot => Definition::Slot(&definition.u.slot),
            HPyDef_Kind_Meth => Definition::Method(&definition.u.meth, Binding::Instance),
            HPyDef_Kind_ClassMeth => Definition::Method(&definition.u.meth, Binding::Class),
            HPyDef_Kind_StaticMeth => Definition::Method(&definition.u.meth, Binding::Static),
            HPyDef_Kind_Member => Definition::Member(&definition.u.member),
            HPyDef_Kind_GetSet => Definition::GetSet(&definition.u.getset),
            HPyDef_Kind_Typed => Definition::Typed(&definition.u.typed),
            HPyDef_Kind_Constants => Definition::Constants(definition.u.constants),
            kind => Definition::Unknown(kind),
        }
    }
}

/// The constants of a table.
///
/// # Safety
/// `table` is null, or an array of constants that a null name ends. It stays as long as the result.
pub unsafe fn constants<'a>(mut table: *const HPyConstant) -> impl Iterator<Item = &'a HPyConstant> {
    core::iter::from_fn(move || {
        // SAFETY: the end of the array was not reached.
        unsafe {
            let next = table.as_ref().filter(|next| !next.name.is_null())?;
            table = table.add(1);
            Some(next)
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
