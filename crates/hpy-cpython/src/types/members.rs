//! Members: places in the user's struct that Python code may read and write.
//!
//! Field types are CPython's numbers, and an `HPyField` is an object pointer, so a member is a plain CPython member
//! at the struct's offset. Only structs after items have no constant offset: their members are getsets that find
//! the struct first and then do what a CPython member does. So are signed bytes, where CPython's are not, and what
//! another engine does not know.

use std::ffi::{CStr, c_char, c_int, c_long, c_short, c_void};

use crate::ffi::{self, PyGetSetDef, PyMemberDef, PyObject};
use hpy_abi::*;

use super::layout::Layout;
use super::record::{self, Tables};
use crate::boundary::{Result, raise_format};
use crate::engine::HAS_NONE_MEMBERS;
use crate::memory::{boxed, push};
use crate::owned::new_none;

/// Names that CPython gives a meaning: offsets in the object, not members of it.
const SPECIAL: [&CStr; 3] = [c"__vectorcalloffset__", c"__dictoffset__", c"__weaklistoffset__"];

/// `HPyMember_BYTE` has a sign. In CPython it is a `char`, which has none on some machines.
const CPYTHON_BYTE_HAS_SIGN: bool = c_char::MIN != 0;

/// Whether a member has this name.
///
/// # Safety
/// `name` is null or a C string.
pub(super) unsafe fn is_special(name: *const c_char, special: &CStr) -> bool {
    // SAFETY: by contract, `name` is null or a C string.
    !name.is_null() && unsafe { CStr::from_ptr(name) } == special
}

/// Adds a member to the tables of a type.
///
/// # Safety
/// The definition is valid and has a name, which outlives the type, as its doc does.
pub(super) unsafe fn add(member: &HPyMember, layout: &Layout, tables: &mut Tables) -> Result<()> {
    // SAFETY: by contract, the definition is valid and has a name, which outlives the type, as its doc does.
    unsafe {
        let special = SPECIAL.iter().any(|name| is_special(member.name, name));
        let is_for_cpython = (CPYTHON_BYTE_HAS_SIGN || member.type_ != ffi::Py_T_BYTE)
            && (HAS_NONE_MEMBERS || member.type_ != HPyMember_NONE);
        let offset = layout.member_offset(member.offset).filter(|_| is_for_cpython);
        if special && (member.type_ != ffi::Py_T_PYSSIZET || member.readonly == 0 || offset.is_none()) {
            let format =
                c"type '%s': member '%s' must have the type HPyMember_HPYSSIZET and be readonly; types of \
                           shape Long or Tuple cannot have it";
            return Err(raise_format!(ffi::PyExc_TypeError, format, tables.name.as_ptr(), member.name));
        }
        check_place(member, special, layout, tables.name.as_ptr().cast())?;
        let def = PyMemberDef {
            name: member.name,
            type_code: member.type_,
            offset: offset.unwrap_or(member.offset),
            flags: if member.readonly != 0 { ffi::Py_READONLY } else { 0 },
            doc: member.doc,
        };
        if offset.is_some() { push(&mut tables.members, def) } else { add_indirect(def, tables) }
    }
}

/// Adds a member that is found in each object anew.
fn add_indirect(def: PyMemberDef, tables: &mut Tables) -> Result<()> {
    let def = boxed(def)?;
    let getset = PyGetSetDef {
        name: def.name,
        get: Some(get),
        set: Some(set),
        doc: def.doc,
        closure: (&raw const *def).cast_mut().cast(),
    };
    push(&mut tables.getsets, getset)?;
    push(&mut tables.indirect_members, def)
}

/// Refuses a member outside of the struct, and an offset that CPython could not use.
unsafe fn check_place(
    member: &HPyMember,
    special: bool,
    layout: &Layout,
    type_name: *const c_char,
) -> Result<()> {
    let format = if member.offset < 0 || member.offset > layout.size - size_of_value(member.type_) {
        c"type '%s': member '%s' at offset %zd is outside the struct, whose basicsize is %zd"
    } else if special && member.offset % size_of::<*const c_void>() as isize != 0 {
        c"type '%s': member '%s' at offset %zd of the struct (basicsize %zd) is not aligned as a pointer must be"
    } else {
        return Ok(());
    };
    // SAFETY: the caller has checked the names.
    Err(unsafe {
        raise_format!(ffi::PyExc_TypeError, format, type_name, member.name, member.offset, layout.size)
    })
}

/// How many bytes a member of this type is at least; 0 for a type that does not exist, which CPython reports when the
/// member is used.
#[expect(deprecated, reason = "a type of members that HPy has as well")]
fn size_of_value(type_: c_int) -> isize {
    let size = match type_ {
        ffi::Py_T_BOOL | ffi::Py_T_CHAR | ffi::Py_T_BYTE | ffi::Py_T_UBYTE | ffi::Py_T_STRING_INPLACE => 1,
        ffi::Py_T_SHORT | ffi::Py_T_USHORT => 2,
        ffi::Py_T_INT | ffi::Py_T_UINT | ffi::Py_T_FLOAT => 4,
        ffi::Py_T_LONG | ffi::Py_T_ULONG => size_of::<c_long>(),
        ffi::Py_T_LONGLONG | ffi::Py_T_ULONGLONG | ffi::Py_T_DOUBLE => 8,
        ffi::Py_T_STRING | ffi::_Py_T_OBJECT | ffi::Py_T_OBJECT_EX | ffi::Py_T_PYSSIZET => size_of::<usize>(),
        _ => 0,
    };
    size.cast_signed()
}

/// A member's definition with its offset in this very object. CPython gets the object itself, to name in errors.
unsafe fn in_object(object: *mut PyObject, def: *mut c_void) -> PyMemberDef {
    // SAFETY: the closure is the definition that `add` made; CPython has checked that the object is an instance of the
    // getset's type.
    unsafe {
        let mut def = *def.cast::<PyMemberDef>();
        let Some((record, _)) = record::nearest(ffi::Py_TYPE(object)) else {
            unreachable!("the type of this descriptor was made by HPy")
        };
        def.offset += record.layout.data(object).byte_offset_from(object);
        def
    }
}

unsafe extern "C" fn get(object: *mut PyObject, def: *mut c_void) -> *mut PyObject {
    // SAFETY: the offset is inside the object.
    unsafe {
        let mut def = in_object(object, def);
        if !CPYTHON_BYTE_HAS_SIGN && def.type_code == ffi::Py_T_BYTE {
            return ffi::PyLong_FromLong(object.byte_offset(def.offset).cast::<i8>().read().into());
        }
        if !HAS_NONE_MEMBERS && def.type_code == HPyMember_NONE {
            return new_none();
        }
        ffi::PyMember_GetOne(object.cast(), &mut def)
    }
}

unsafe extern "C" fn set(object: *mut PyObject, value: *mut PyObject, def: *mut c_void) -> c_int {
    // SAFETY: the offset is inside the object.
    unsafe {
        let mut def = in_object(object, def);
        if !CPYTHON_BYTE_HAS_SIGN && def.type_code == ffi::Py_T_BYTE {
            return set_signed_byte(object.byte_offset(def.offset).cast(), def, value);
        }
        ffi::PyMember_SetOne(object.cast(), &mut def, value)
    }
}

/// CPython's conversion to a `short`, and one more step.
unsafe fn set_signed_byte(place: *mut i8, def: PyMemberDef, value: *mut PyObject) -> c_int {
    let mut short: c_short = 0;
    let mut def = PyMemberDef { type_code: ffi::Py_T_SHORT, offset: 0, ..def };
    // SAFETY: the caller has the place of such a member.
    unsafe {
        if ffi::PyMember_SetOne((&raw mut short).cast(), &mut def, value) < 0 {
            return -1;
        }
        let byte = short as i8;
        place.write(byte);
        if short == byte.into() {
            return 0;
        }
        ffi::PyErr_WarnEx(ffi::PyExc_RuntimeWarning, c"Truncation of value to char".as_ptr(), 1)
    }
}
