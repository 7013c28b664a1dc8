//! How the instances of a new type are called, and where the field is that holds the call function of each.

use std::ffi::{c_uint, c_void};

use crate::ffi::{self, PyMemberDef, PyTypeObject, vectorcallfunc};
use hpy_abi::HPy_TPFLAGS_HAVE_VECTORCALL;

use super::call;
use super::layout::align_up;
use super::record::{self, TypeRecord};
use super::scan::SpecScan;
use super::slots::Slots;
use crate::boundary::Result;
use crate::memory::push;
use crate::state::Host;

const VECTORCALL: c_uint = HPy_TPFLAGS_HAVE_VECTORCALL as c_uint;

/// Decides how instances of a type with `slots.flags` are called, and returns the basic size with the hidden field.
///
/// # Safety
/// `base` is the type whose layout the new one extends.
pub(super) unsafe fn plan(
    host: &dyn Host,
    scan: &SpecScan,
    base: *mut PyTypeObject,
    basicsize: isize,
    record: &mut TypeRecord,
    slots: &mut Slots,
) -> Result<isize> {
    // SAFETY: by contract, a type.
    let inherited = unsafe { record::nearest(base) }.map(|(record, _)| record);
    let inherited = inherited.filter(|record| record.has_call_field);
    record.call = match scan.call {
        Some(function) => Some(host.vectorcall_entry(function)?),
        None => inherited.and_then(|record| record.call),
    };
    if scan.has_vectorcall_member {
        record.has_call_field = true;
        slots.flags |= VECTORCALL;
        return Ok(basicsize);
    }
    if scan.call.is_none() && inherited.is_none() {
        if slots.flags & VECTORCALL != 0 && !scan.legacy_vectorcall_member {
            // SAFETY: by contract, a type.
            let offset = unsafe { (*base).tp_vectorcall_offset };
            if offset == 0 {
                // CPython would take the object header for a function.
                slots.flags &= !VECTORCALL;
            } else {
                push(&mut record.tables.members, offset_member(offset))?;
            }
        }
        return Ok(basicsize);
    }
    // SAFETY: by contract, a type.
    if record.layout.constant_offset().is_none() || unsafe { ends_in_items(base) } {
        // No place for a field; calls go through the argument tuple.
        slots.flags &= !VECTORCALL;
        if scan.call.is_some() {
            slots.set(ffi::Py_tp_call, call::tp_call_default as *mut c_void)?;
        }
        return Ok(basicsize);
    }
    slots.set(ffi::Py_tp_call, call::tp_call as *mut c_void)?;
    slots.flags |= VECTORCALL;
    // SAFETY: by contract, a type.
    unsafe { add_field(base, basicsize, inherited, record) }
}

/// Whether the instances of a type end in items. They begin where they do in the built-in type, so there is no place
/// for more. Those of a metaclass begin at the end of what it adds.
///
/// # Safety
/// A type.
unsafe fn ends_in_items(ty: *mut PyTypeObject) -> bool {
    // SAFETY: by contract, a type.
    unsafe { (*ty).tp_itemsize != 0 && ffi::PyType_IsSubtype(ty, &raw mut ffi::PyType_Type) == 0 }
}

/// Adds the field, or takes over that of the base. `inherited` is the record that the base's is from.
///
/// # Safety
/// `base` is a type.
unsafe fn add_field(
    base: *mut PyTypeObject,
    basicsize: isize,
    inherited: Option<&TypeRecord>,
    record: &mut TypeRecord,
) -> Result<isize> {
    // SAFETY: by contract, `base` is a type.
    let (base_size, base_offset) = unsafe { ((*base).tp_basicsize, (*base).tp_vectorcall_offset) };
    record.has_call_field = true;
    let has_larger_struct = inherited.is_some_and(|inherited| record.layout.size > inherited.layout.size);
    let grows = basicsize > base_size || basicsize > 0 && has_larger_struct;
    // Without a larger struct, the base's field is in the same place.
    if inherited.is_some() && !grows {
        push(&mut record.tables.members, offset_member(base_offset))?;
        return Ok(basicsize);
    }
    let offset = align_up(basicsize.max(base_size).max(record.layout.end()));
    push(&mut record.tables.members, offset_member(offset))?;
    Ok(offset + size_of::<vectorcallfunc>() as isize)
}

/// Tells CPython where the call function of an object is. A type with the flag must say so itself: only later does it
/// inherit the offset from its base.
fn offset_member(offset: isize) -> PyMemberDef {
    PyMemberDef {
        name: c"__vectorcalloffset__".as_ptr(),
        type_code: ffi::Py_T_PYSSIZET,
        offset,
        flags: ffi::Py_READONLY,
        doc: std::ptr::null(),
    }
}
