//! A first look at a spec: what is wrong with it by itself, and what the making of the type depends on.
//!
//! The order of the checks is part of the interface: of several mistakes the documented one is reported.

use std::ffi::{c_ulong, c_void};

use hpy_abi::*;
use pyo3_ffi::{self as ffi, PyMemberDef, PyType_Slot};

use super::{layout, members};
use crate::boundary::{Result, raise_format, raise_text, type_error};
use crate::definitions::{append_legacy, display, slot_function};
use crate::entries::{Function, unsupported_signature};

/// What a first pass over the definitions finds, having made the checks that need nothing else.
pub(super) struct SpecScan {
    pub(super) traverse: Option<HPyCFunction>,
    pub(super) destroy: Option<HPyCFunction>,
    pub(super) call: Option<Function>,
    /// A member called `__vectorcalloffset__`: the user's own field for a call function.
    pub(super) has_vectorcall_member: bool,
    legacy_dealloc: bool,
    pub(super) legacy_traverse: bool,
    pub(super) legacy_vectorcall_member: bool,
}

impl SpecScan {
    pub(super) unsafe fn read(spec: &HPyType_Spec) -> Result<Self> {
        let mut scan = Self {
            traverse: None,
            destroy: None,
            call: None,
            has_vectorcall_member: false,
            legacy_dealloc: false,
            legacy_traverse: false,
            legacy_vectorcall_member: false,
        };
        let legacy = spec.builtin_shape == HPyType_BuiltinShape_Legacy;
        // SAFETY: the spec is valid; the implementation of a slot has the signature that belongs to it.
        unsafe {
            if !spec.legacy_slots.is_null() && !legacy {
                return Err(type_error(
                    c"cannot specify .legacy_slots without setting .builtin_shape=HPyType_BuiltinShape_Legacy",
                ));
            }
            let mut has_members = false;
            let mut bad_signature = false;
            for definition in definitions(spec.defines) {
                match definition {
                    Definition::Slot(slot) => match slot.slot {
                        HPy_tp_traverse => scan.traverse = Some(slot_function(slot)?.implementation),
                        HPy_tp_destroy => scan.destroy = Some(slot_function(slot)?.implementation),
                        HPy_tp_call => scan.call = Some(slot_function(slot)?),
                        _ => {}
                    },
                    Definition::Member(member) => {
                        has_members = true;
                        scan.has_vectorcall_member |=
                            members::is_special(member.name, c"__vectorcalloffset__");
                    }
                    Definition::Method(meth) => {
                        bad_signature |= !matches!(
                            meth.signature,
                            HPyFunc_VARARGS | HPyFunc_KEYWORDS | HPyFunc_NOARGS | HPyFunc_O
                        );
                    }
                    Definition::GetSet(_) | Definition::Unknown(_) => {}
                }
            }
            for slot in legacy_slots(spec)? {
                match slot.slot {
                    ffi::Py_tp_dealloc => scan.legacy_dealloc = true,
                    ffi::Py_tp_traverse => scan.legacy_traverse = true,
                    ffi::Py_tp_members => {
                        let mut members = Vec::new();
                        append_legacy(&mut members, slot.pfunc.cast::<PyMemberDef>(), |def| {
                            def.name.is_null()
                        })?;
                        has_members |= !members.is_empty();
                        scan.legacy_vectorcall_member |=
                            members.iter().any(|def| members::is_special(def.name, c"__vectorcalloffset__"));
                    }
                    _ => {}
                }
            }
            if scan.legacy_dealloc && (scan.traverse.is_some() || scan.destroy.is_some()) {
                return Err(type_error(
                    c"legacy tp_dealloc is incompatible with HPy_tp_traverse or HPy_tp_destroy.",
                ));
            }
            if spec.flags & HPy_TPFLAGS_HAVE_GC != 0 && scan.traverse.is_none() && !scan.legacy_traverse {
                return Err(raise_text(
                    ffi::PyExc_ValueError,
                    c"You must provide an HPy_tp_traverse slot if you specify HPy_TPFLAGS_HAVE_GC",
                ));
            }
            layout::check_shape(spec.builtin_shape)?;
            if scan.call.is_some() && spec.itemsize != 0 {
                return Err(type_error(c"Cannot use HPy call protocol with var objects"));
            }
            if scan.call.is_some() && legacy && spec.basicsize == 0 {
                // "anon-zero" is what HPy 0.9 says.
                return Err(type_error(
                    c"Cannot use HPy call protocol with legacy types that inherit the struct. Either set the basicsize \
                     to anon-zero value or use legacy slot 'Py_tp_call'.",
                ));
            }
            if bad_signature {
                return Err(unsupported_signature());
            }
            if scan.call.is_some() && scan.has_vectorcall_member {
                // There is no blank after "member" in HPy 0.9 either.
                return Err(type_error(
                    c"Cannot have HPy_tp_call and explicit member'__vectorcalloffset__'. Specify just one of them.",
                ));
            }
            if has_members && spec.basicsize == 0 {
                return Err(type_error(c"Type claims to have basicsize==0 but defines members"));
            }
            check_flags(spec)?;
        }
        Ok(scan)
    }
}

/// Refuses flags that CPython keeps for itself: they say what the memory of instances is, or how far a type is made.
unsafe fn check_flags(spec: &HPyType_Spec) -> Result<()> {
    /// Static types of CPython and inline values; ready and getting ready; the subclasses of built-in types; what is no
    /// flag at all.
    const RESERVED: c_ulong = 1 << 1 | 1 << 2 | 1 << 12 | 1 << 13 | !((1 << 24) - 1);
    let wrong = spec.flags & RESERVED;
    if wrong == 0 {
        return Ok(());
    }
    // As a pointer, which all versions of CPython show in the same way.
    let wrong = std::ptr::without_provenance::<c_void>(wrong as usize);
    let format = c"type '%s': the flags %p are not for a spec; use those of HPy, HPy_TPFLAGS_...";
    // SAFETY: the spec is valid.
    Err(unsafe { raise_format!(ffi::PyExc_TypeError, format, display(spec.name), wrong) })
}

/// The slots of a `PyType_Slot` array that ends with slot 0; none if null.
pub(super) unsafe fn legacy_slots(spec: &HPyType_Spec) -> Result<Vec<PyType_Slot>> {
    let mut all = Vec::new();
    // SAFETY: the spec is valid.
    unsafe { append_legacy(&mut all, spec.legacy_slots.cast::<PyType_Slot>(), |slot| slot.slot == 0)? };
    Ok(all)
}
