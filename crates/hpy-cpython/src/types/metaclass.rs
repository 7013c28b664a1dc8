//! Making a type on CPython before 3.12, which has no function that takes a metaclass.
//!
//! Does what `PyType_FromSpecWithBases` of those versions does, but allocates with the metaclass, and gives the type its
//! record before anybody can find it. Their layouts are final, so this will not change.

use std::ffi::{CStr, c_char, c_void};
use std::mem::offset_of;

use crate::ffi::{
    self as ffi, PyHeapTypeObject, PyMemberDef, PyObject, PyType_Slot, PyType_Spec, PyTypeObject,
};

use super::params::Parents;
use super::record::{self, TypeRecord};
use crate::boundary::{Raised, Result, check, check_status, raise_text};
use crate::definitions::append_legacy;
use crate::engine::{MEMBERS_BEHIND_TYPE, make_ready, name_ready_type, name_type};
use crate::owned::{Owned, new_reference};

/// Makes a type as an instance of `parents.metaclass`, which owns the record; a new reference.
///
/// # Safety
/// The spec is well-formed and refers to the tables of the record, which include the name; the caller holds the
/// interpreter.
pub(super) unsafe fn type_from_spec(
    parents: &Parents,
    spec: PyType_Spec,
    record: Box<TypeRecord>,
) -> Result<*mut PyObject> {
    // SAFETY: by contract. A half-made type can be released: its dealloc copes with null fields.
    unsafe {
        let base = parents.layout_base()?;
        let slots = slots(&spec);
        let mut members = Vec::new();
        for slot in slots.iter().filter(|slot| slot.slot == ffi::Py_tp_members) {
            append_legacy(&mut members, slot.pfunc.cast::<PyMemberDef>(), |member| member.name.is_null())?;
        }
        let Some(alloc) = (*parents.metaclass).tp_alloc else {
            unreachable!("every ready type has tp_alloc")
        };
        let room = if MEMBERS_BEHIND_TYPE { members.len() } else { 0 };
        let object = Owned::new(alloc(parents.metaclass, room.cast_signed()))?;
        let ty = object.as_ptr().cast::<PyHeapTypeObject>();
        // Before anything can fail: its dealloc wants to know what it is.
        (*ty).ht_type.tp_flags = (spec.flags as std::ffi::c_ulong) | ffi::Py_TPFLAGS_HEAPTYPE;
        record::attach(ty.cast(), record)?;
        fill(ty, parents, base, &spec, slots, &members)?;
        Ok(object.into_ptr())
    }
}

unsafe fn fill(
    ty: *mut PyHeapTypeObject,
    parents: &Parents,
    base: *mut PyTypeObject,
    spec: &PyType_Spec,
    slots: &[PyType_Slot],
    members: &[PyMemberDef],
) -> Result<()> {
    // SAFETY: `ty` is freshly allocated and zeroed, with room for the members behind it.
    unsafe {
        let head = &raw mut (*ty).ht_type;
        let name = CStr::from_ptr(spec.name);
        let (module, short) = split_name(name);
        (*ty).ht_name = check(ffi::PyUnicode_FromString(short.as_ptr()))?;
        ffi::Py_INCREF((*ty).ht_name);
        (*ty).ht_qualname = (*ty).ht_name;
        name_type(head, name, module, short)?;
        ffi::Py_INCREF(base.cast());
        (*head).tp_base = base;
        (*head).tp_bases = new_reference(parents.bases.as_ptr());
        // Inherited here already: with a metaclass, `PyType_Ready` compares sizes before it inherits.
        (*head).tp_basicsize = or(spec.basicsize as isize, (*base).tp_basicsize);
        (*head).tp_itemsize = or(spec.itemsize as isize, (*base).tp_itemsize);
        (*head).tp_as_async = &raw mut (*ty).as_async;
        (*head).tp_as_number = &raw mut (*ty).as_number;
        (*head).tp_as_mapping = &raw mut (*ty).as_mapping;
        (*head).tp_as_sequence = &raw mut (*ty).as_sequence;
        (*head).tp_as_buffer = &raw mut (*ty).as_buffer;
        for slot in slots {
            match slot.slot {
                ffi::Py_tp_members if MEMBERS_BEHIND_TYPE => {
                    (*head).tp_members = copy_members(ty, parents.metaclass, members);
                }
                ffi::Py_tp_members => (*head).tp_members = slot.pfunc.cast(),
                _ => fill_slot(ty, slot)?,
            }
        }
        for member in members {
            fill_offset(head, member);
        }
        if (*head).tp_dealloc.is_none() {
            (*head).tp_dealloc = Some(super::python_class::dealloc());
        }
        check_status(make_ready(head))?;
        name_ready_type(head, module)?;
    }
    Ok(())
}

/// # Safety
/// As for [`fill`]; the value is what the slot wants.
unsafe fn fill_slot(ty: *mut PyHeapTypeObject, slot: &PyType_Slot) -> Result<()> {
    // SAFETY: by contract; the offset is that of a pointer in the type.
    unsafe {
        if slot.slot == ffi::Py_tp_doc {
            (*ty).ht_type.tp_doc = copy_doc(slot.pfunc.cast())?;
            return Ok(());
        }
        let Some(offset) = offset_of_slot(slot.slot) else {
            return Err(raise_text(ffi::PyExc_RuntimeError, c"invalid slot offset"));
        };
        ty.byte_add(offset).cast::<*mut c_void>().write(slot.pfunc);
    }
    Ok(())
}

/// Takes over the offset that a member stands for, if it does.
///
/// # Safety
/// As for [`fill`]; the member has a name.
unsafe fn fill_offset(ty: *mut PyTypeObject, member: &PyMemberDef) {
    // SAFETY: by contract, the type is ours to fill, and the name a C string.
    unsafe {
        match CStr::from_ptr(member.name).to_bytes() {
            b"__weaklistoffset__" => (*ty).tp_weaklistoffset = member.offset,
            b"__dictoffset__" => (*ty).tp_dictoffset = member.offset,
            b"__vectorcalloffset__" => (*ty).tp_vectorcall_offset = member.offset,
            _ => {}
        }
    }
}

fn or(size: isize, inherited: isize) -> isize {
    if size == 0 { inherited } else { size }
}

unsafe fn slots<'a>(spec: &PyType_Spec) -> &'a [PyType_Slot] {
    // SAFETY: a well-formed spec: its slots end with number 0.
    unsafe {
        let mut count = 0;
        while (*spec.slots.add(count)).slot != 0 {
            count += 1;
        }
        std::slice::from_raw_parts(spec.slots, count)
    }
}

/// Members stand behind the struct of the metaclass, where the type's deallocation expects them.
unsafe fn copy_members(
    ty: *mut PyHeapTypeObject,
    metaclass: *mut PyTypeObject,
    members: &[PyMemberDef],
) -> *mut PyMemberDef {
    // SAFETY: allocated with room for as many, and one more.
    unsafe {
        let place = ty.byte_offset((*metaclass).tp_basicsize).cast::<PyMemberDef>();
        // As bytes, since nobody promises that the size of a metaclass is aligned.
        place.cast::<u8>().copy_from_nonoverlapping(members.as_ptr().cast(), size_of_val(members));
        place
    }
}

/// CPython frees the doc of a heap type.
unsafe fn copy_doc(doc: *const c_char) -> Result<*const c_char> {
    // SAFETY: a C string.
    unsafe {
        let bytes = CStr::from_ptr(doc).to_bytes_with_nul();
        let copy = ffi::PyObject_Malloc(bytes.len()).cast::<u8>();
        if copy.is_null() {
            ffi::PyErr_NoMemory();
            return Err(Raised);
        }
        copy.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
        Ok(copy.cast())
    }
}

/// The part of a dotted name before its last dot, and the rest.
fn split_name(name: &CStr) -> (Option<&[u8]>, &CStr) {
    let bytes = name.to_bytes();
    match bytes.iter().rposition(|&b| b == b'.') {
        Some(dot) => (Some(&bytes[..dot]), &name[dot + 1..]),
        None => (None, name),
    }
}

/// Where CPython's slot numbers point.
fn offset_of_slot(slot: std::ffi::c_int) -> Option<usize> {
    Some(match slot {
        ffi::Py_mp_ass_subscript => offset_of!(PyHeapTypeObject, as_mapping.mp_ass_subscript),
        ffi::Py_mp_length => offset_of!(PyHeapTypeObject, as_mapping.mp_length),
        ffi::Py_mp_subscript => offset_of!(PyHeapTypeObject, as_mapping.mp_subscript),
        ffi::Py_nb_absolute => offset_of!(PyHeapTypeObject, as_number.nb_absolute),
        ffi::Py_nb_add => offset_of!(PyHeapTypeObject, as_number.nb_add),
        ffi::Py_nb_and => offset_of!(PyHeapTypeObject, as_number.nb_and),
        ffi::Py_nb_bool => offset_of!(PyHeapTypeObject, as_number.nb_bool),
        ffi::Py_nb_divmod => offset_of!(PyHeapTypeObject, as_number.nb_divmod),
        ffi::Py_nb_float => offset_of!(PyHeapTypeObject, as_number.nb_float),
        ffi::Py_nb_floor_divide => offset_of!(PyHeapTypeObject, as_number.nb_floor_divide),
        ffi::Py_nb_index => offset_of!(PyHeapTypeObject, as_number.nb_index),
        ffi::Py_nb_inplace_add => offset_of!(PyHeapTypeObject, as_number.nb_inplace_add),
        ffi::Py_nb_inplace_and => offset_of!(PyHeapTypeObject, as_number.nb_inplace_and),
        ffi::Py_nb_inplace_floor_divide => offset_of!(PyHeapTypeObject, as_number.nb_inplace_floor_divide),
        ffi::Py_nb_inplace_lshift => offset_of!(PyHeapTypeObject, as_number.nb_inplace_lshift),
        ffi::Py_nb_inplace_multiply => offset_of!(PyHeapTypeObject, as_number.nb_inplace_multiply),
        ffi::Py_nb_inplace_or => offset_of!(PyHeapTypeObject, as_number.nb_inplace_or),
        ffi::Py_nb_inplace_power => offset_of!(PyHeapTypeObject, as_number.nb_inplace_power),
        ffi::Py_nb_inplace_remainder => offset_of!(PyHeapTypeObject, as_number.nb_inplace_remainder),
        ffi::Py_nb_inplace_rshift => offset_of!(PyHeapTypeObject, as_number.nb_inplace_rshift),
        ffi::Py_nb_inplace_subtract => offset_of!(PyHeapTypeObject, as_number.nb_inplace_subtract),
        ffi::Py_nb_inplace_true_divide => offset_of!(PyHeapTypeObject, as_number.nb_inplace_true_divide),
        ffi::Py_nb_inplace_xor => offset_of!(PyHeapTypeObject, as_number.nb_inplace_xor),
        ffi::Py_nb_int => offset_of!(PyHeapTypeObject, as_number.nb_int),
        ffi::Py_nb_invert => offset_of!(PyHeapTypeObject, as_number.nb_invert),
        ffi::Py_nb_lshift => offset_of!(PyHeapTypeObject, as_number.nb_lshift),
        ffi::Py_nb_multiply => offset_of!(PyHeapTypeObject, as_number.nb_multiply),
        ffi::Py_nb_negative => offset_of!(PyHeapTypeObject, as_number.nb_negative),
        ffi::Py_nb_or => offset_of!(PyHeapTypeObject, as_number.nb_or),
        ffi::Py_nb_positive => offset_of!(PyHeapTypeObject, as_number.nb_positive),
        ffi::Py_nb_power => offset_of!(PyHeapTypeObject, as_number.nb_power),
        ffi::Py_nb_remainder => offset_of!(PyHeapTypeObject, as_number.nb_remainder),
        ffi::Py_nb_rshift => offset_of!(PyHeapTypeObject, as_number.nb_rshift),
        ffi::Py_nb_subtract => offset_of!(PyHeapTypeObject, as_number.nb_subtract),
        ffi::Py_nb_true_divide => offset_of!(PyHeapTypeObject, as_number.nb_true_divide),
        ffi::Py_nb_xor => offset_of!(PyHeapTypeObject, as_number.nb_xor),
        ffi::Py_sq_ass_item => offset_of!(PyHeapTypeObject, as_sequence.sq_ass_item),
        ffi::Py_sq_concat => offset_of!(PyHeapTypeObject, as_sequence.sq_concat),
        ffi::Py_sq_contains => offset_of!(PyHeapTypeObject, as_sequence.sq_contains),
        ffi::Py_sq_inplace_concat => offset_of!(PyHeapTypeObject, as_sequence.sq_inplace_concat),
        ffi::Py_sq_inplace_repeat => offset_of!(PyHeapTypeObject, as_sequence.sq_inplace_repeat),
        ffi::Py_sq_item => offset_of!(PyHeapTypeObject, as_sequence.sq_item),
        ffi::Py_sq_length => offset_of!(PyHeapTypeObject, as_sequence.sq_length),
        ffi::Py_sq_repeat => offset_of!(PyHeapTypeObject, as_sequence.sq_repeat),
        ffi::Py_tp_alloc => offset_of!(PyHeapTypeObject, ht_type.tp_alloc),
        ffi::Py_tp_call => offset_of!(PyHeapTypeObject, ht_type.tp_call),
        ffi::Py_tp_clear => offset_of!(PyHeapTypeObject, ht_type.tp_clear),
        ffi::Py_tp_dealloc => offset_of!(PyHeapTypeObject, ht_type.tp_dealloc),
        ffi::Py_tp_del => offset_of!(PyHeapTypeObject, ht_type.tp_del),
        ffi::Py_tp_descr_get => offset_of!(PyHeapTypeObject, ht_type.tp_descr_get),
        ffi::Py_tp_descr_set => offset_of!(PyHeapTypeObject, ht_type.tp_descr_set),
        ffi::Py_tp_getattr => offset_of!(PyHeapTypeObject, ht_type.tp_getattr),
        ffi::Py_tp_getattro => offset_of!(PyHeapTypeObject, ht_type.tp_getattro),
        ffi::Py_tp_hash => offset_of!(PyHeapTypeObject, ht_type.tp_hash),
        ffi::Py_tp_init => offset_of!(PyHeapTypeObject, ht_type.tp_init),
        ffi::Py_tp_is_gc => offset_of!(PyHeapTypeObject, ht_type.tp_is_gc),
        ffi::Py_tp_iter => offset_of!(PyHeapTypeObject, ht_type.tp_iter),
        ffi::Py_tp_iternext => offset_of!(PyHeapTypeObject, ht_type.tp_iternext),
        ffi::Py_tp_methods => offset_of!(PyHeapTypeObject, ht_type.tp_methods),
        ffi::Py_tp_new => offset_of!(PyHeapTypeObject, ht_type.tp_new),
        ffi::Py_tp_repr => offset_of!(PyHeapTypeObject, ht_type.tp_repr),
        ffi::Py_tp_richcompare => offset_of!(PyHeapTypeObject, ht_type.tp_richcompare),
        ffi::Py_tp_setattr => offset_of!(PyHeapTypeObject, ht_type.tp_setattr),
        ffi::Py_tp_setattro => offset_of!(PyHeapTypeObject, ht_type.tp_setattro),
        ffi::Py_tp_str => offset_of!(PyHeapTypeObject, ht_type.tp_str),
        ffi::Py_tp_traverse => offset_of!(PyHeapTypeObject, ht_type.tp_traverse),
        ffi::Py_tp_getset => offset_of!(PyHeapTypeObject, ht_type.tp_getset),
        ffi::Py_tp_free => offset_of!(PyHeapTypeObject, ht_type.tp_free),
        ffi::Py_nb_matrix_multiply => offset_of!(PyHeapTypeObject, as_number.nb_matrix_multiply),
        ffi::Py_nb_inplace_matrix_multiply => {
            offset_of!(PyHeapTypeObject, as_number.nb_inplace_matrix_multiply)
        }
        ffi::Py_am_await => offset_of!(PyHeapTypeObject, as_async.am_await),
        ffi::Py_am_aiter => offset_of!(PyHeapTypeObject, as_async.am_aiter),
        #[cfg(Py_3_10)]
        ffi::Py_am_send => offset_of!(PyHeapTypeObject, as_async.am_send),
        ffi::Py_am_anext => offset_of!(PyHeapTypeObject, as_async.am_anext),
        ffi::Py_tp_finalize => offset_of!(PyHeapTypeObject, ht_type.tp_finalize),
        ffi::Py_bf_getbuffer => offset_of!(PyHeapTypeObject, as_buffer.bf_getbuffer),
        ffi::Py_bf_releasebuffer => offset_of!(PyHeapTypeObject, as_buffer.bf_releasebuffer),
        _ => return None,
    })
}
