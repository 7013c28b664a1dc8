//! A first look at a spec: what is wrong with it by itself, and what the making of the type depends on.
//!
//! The order of the checks is part of the interface: of several mistakes the documented one is reported.

use std::ffi::{CStr, c_void};

use crate::ffi::{self, PyMemberDef, PyType_Slot};
use hpy_abi::*;

use super::{flags, layout, members};
use crate::boundary::{Result, raise_format, type_error, value_error};
use crate::definitions::{append_legacy, display, is_bound, is_method_signature, slot_function};
use crate::entries::{Function, unsupported_signature};

const VECTORCALL_MEMBER: &CStr = c"__vectorcalloffset__";

/// What a first pass over the definitions finds.
#[derive(Default)]
pub(super) struct SpecScan {
    pub(super) traverse: Option<HPyCFunction>,
    pub(super) destroy: Option<HPyCFunction>,
    pub(super) call: Option<Function>,
    /// A member called `__vectorcalloffset__`: the user's own field for a call function.
    pub(super) has_vectorcall_member: bool,
    has_members: bool,
    has_bad_signature: bool,
    legacy_dealloc: bool,
    pub(super) legacy_traverse: bool,
    pub(super) legacy_vectorcall_member: bool,
}

impl SpecScan {
    /// Looks through a spec, and makes the checks that need nothing else.
    ///
    /// # Safety
    /// The spec is valid.
    pub(super) unsafe fn read(spec: &HPyType_Spec) -> Result<Self> {
        if !spec.legacy_slots.is_null() && spec.builtin_shape != HPyType_BuiltinShape_Legacy {
            return Err(type_error(
                c"cannot specify .legacy_slots without setting .builtin_shape=HPyType_BuiltinShape_Legacy",
            ));
        }
        let mut scan = Self::default();
        // SAFETY: the definitions of a valid spec are valid.
        for definition in unsafe { definitions(spec.defines) } {
            scan.add(definition)?;
        }
        // SAFETY: the spec is valid.
        for slot in unsafe { legacy_slots(spec)? } {
            // SAFETY: a slot of a valid spec.
            unsafe { scan.add_legacy(&slot)? };
        }
        scan.check(spec)?;
        Ok(scan)
    }

    fn add(&mut self, definition: Definition) -> Result<()> {
        match definition {
            Definition::Slot(slot) => match slot.slot {
                HPy_tp_traverse => self.traverse = Some(slot_function(slot)?.implementation),
                HPy_tp_destroy => self.destroy = Some(slot_function(slot)?.implementation),
                HPy_tp_call => self.call = Some(slot_function(slot)?),
                _ => {}
            },
            Definition::Member(member) => {
                self.has_members = true;
                // SAFETY: the name of a valid definition.
                self.has_vectorcall_member |= unsafe { members::is_special(member.name, VECTORCALL_MEMBER) };
            }
            Definition::Method(meth, Binding::Static) if is_bound(meth.signature) => {
                let format = c"the static method '%s' gets a state or a class, which only methods and class methods do";
                // SAFETY: the name of a valid definition, or a constant.
                return Err(unsafe { raise_format!(ffi::PyExc_TypeError, format, display(meth.name)) });
            }
            Definition::Method(meth, _) => self.has_bad_signature |= !is_method_signature(meth.signature),
            Definition::GetSet(_)
            | Definition::Typed(_)
            | Definition::Constants(_)
            | Definition::Unknown(_) => {}
        }
        Ok(())
    }

    /// # Safety
    /// The slot is valid.
    unsafe fn add_legacy(&mut self, slot: &PyType_Slot) -> Result<()> {
        match slot.slot {
            ffi::Py_tp_dealloc => self.legacy_dealloc = true,
            ffi::Py_tp_traverse => self.legacy_traverse = true,
            ffi::Py_tp_members => {
                let mut all = Vec::new();
                // SAFETY: the value of this slot is a table that ends with a null name.
                unsafe {
                    append_legacy(&mut all, slot.pfunc.cast::<PyMemberDef>(), |def| def.name.is_null())?;
                    self.legacy_vectorcall_member |=
                        all.iter().any(|def| members::is_special(def.name, VECTORCALL_MEMBER));
                }
                self.has_members |= !all.is_empty();
            }
            _ => {}
        }
        Ok(())
    }

    fn check(&self, spec: &HPyType_Spec) -> Result<()> {
        let is_legacy = spec.builtin_shape == HPyType_BuiltinShape_Legacy;
        if self.legacy_dealloc && (self.traverse.is_some() || self.destroy.is_some()) {
            return Err(type_error(
                c"legacy tp_dealloc is incompatible with HPy_tp_traverse or HPy_tp_destroy.",
            ));
        }
        if spec.flags & HPy_TPFLAGS_HAVE_GC != 0 && self.traverse.is_none() && !self.legacy_traverse {
            return Err(value_error(
                c"You must provide an HPy_tp_traverse slot if you specify HPy_TPFLAGS_HAVE_GC",
            ));
        }
        layout::check_shape(spec.builtin_shape)?;
        if self.call.is_some() && spec.itemsize != 0 {
            return Err(type_error(c"Cannot use HPy call protocol with var objects"));
        }
        if self.call.is_some() && is_legacy && spec.basicsize == 0 {
            // "anon-zero" is what HPy 0.9 says.
            return Err(type_error(
                c"Cannot use HPy call protocol with legacy types that inherit the struct. Either set the basicsize \
                 to anon-zero value or use legacy slot 'Py_tp_call'.",
            ));
        }
        if self.has_bad_signature {
            return Err(unsupported_signature());
        }
        if self.call.is_some() && self.has_vectorcall_member {
            // There is no blank after "member" in HPy 0.9 either.
            return Err(type_error(
                c"Cannot have HPy_tp_call and explicit member'__vectorcalloffset__'. Specify just one of them.",
            ));
        }
        if self.has_members && spec.basicsize == 0 {
            return Err(type_error(c"Type claims to have basicsize==0 but defines members"));
        }
        check_flags(spec)
    }
}

/// Refuses flags that CPython keeps for itself: they say what the memory of instances is, or how far a type is made.
fn check_flags(spec: &HPyType_Spec) -> Result<()> {
    let wrong = spec.flags & flags::RESERVED;
    if wrong == 0 {
        return Ok(());
    }
    // As a pointer, which all versions of CPython show in the same way.
    let wrong = std::ptr::without_provenance::<c_void>(wrong as usize);
    let format = c"type '%s': the flags %p are reserved for CPython; use only HPy_TPFLAGS_... in a spec";
    // SAFETY: the name of the spec, and a pointer that is only shown.
    Err(unsafe { raise_format!(ffi::PyExc_TypeError, format, display(spec.name), wrong) })
}

/// The slots of a `PyType_Slot` array that ends with slot 0; none if null.
pub(super) unsafe fn legacy_slots(spec: &HPyType_Spec) -> Result<Vec<PyType_Slot>> {
    let mut all = Vec::new();
    // SAFETY: the spec is valid.
    unsafe { append_legacy(&mut all, spec.legacy_slots.cast::<PyType_Slot>(), |slot| slot.slot == 0)? };
    Ok(all)
}
