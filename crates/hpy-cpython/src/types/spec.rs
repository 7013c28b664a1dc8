//! `HPyType_FromSpec`: checks a spec and translates it into CPython's.
//!
//! The order of the checks is part of the interface: of several mistakes the documented one is reported.

use std::ffi::{CStr, c_int, c_uint, c_ulong, c_void};

use hpy_abi::*;
use pyo3_ffi::{self as ffi, PyGetSetDef, PyMemberDef, PyMethodDef, PyObject, PyType_Slot, PyTypeObject};

use super::layout::{self, Fit, Layout};
use super::members;
use super::params::{self, type_error};
use super::record::{self, TypeRecord};
use super::{call, create, lifetime, places, python_class, traverse};
use crate::boundary::{Result, raise_format, raise_text};
use crate::definitions::{Definition, append_legacy, definitions, display, getset, method, slot_function};
use crate::entries::Function;
use crate::memory::{self, push};
use crate::state::Host;

/// Makes a type; the result is a new reference.
///
/// # Safety
/// `spec` is null or a valid spec, `params` null or a valid array; the caller holds the interpreter.
pub(super) unsafe fn type_from_spec(
    host: &dyn Host,
    spec: *const HPyType_Spec,
    params: *const HPyType_SpecParam,
) -> Result<*mut PyObject> {
    // SAFETY: by contract.
    unsafe {
        let Some(spec) = spec.as_ref() else {
            return Err(raise_text(ffi::PyExc_SystemError, c"NULL HPyType_Spec passed to HPyType_FromSpec"));
        };
        if spec.name.is_null() {
            return Err(raise_text(ffi::PyExc_SystemError, c"Type spec does not define the name field."));
        }
        python_class::learn()?;
        let mut parents = params::parents(spec, params)?;
        let found = Found::read(spec)?;
        parents.resolve_metaclass()?;
        let base = parents.layout_base()?;
        let Fit { layout, basicsize } = layout::fit(spec, base)?;

        let mut record = record::new(host.interpreter(), layout)?;
        record.tables.name = memory::copy(CStr::from_ptr(spec.name).to_bytes_with_nul())?;
        // SAFETY: the prototypes that belong to these slots.
        record.traverse = found.traverse.map(|f| {
            let entry = host.lifetime_entry(HPyFunc_TRAVERSEPROC, f);
            std::mem::transmute::<HPyCFunction, record::Traverse>(entry)
        });
        record.destroy = found.destroy.map(|f| {
            let entry = host.lifetime_entry(HPyFunc_DESTROYFUNC, f);
            std::mem::transmute::<HPyCFunction, record::Destroy>(entry)
        });

        // The flags that CPython documents all fit; `PyType_Spec` has no room for more.
        let mut slots = Slots { flags: spec.flags as c_uint, ..Slots::default() };
        let basicsize = call::plan(host, &found, base, basicsize, &mut record, &mut slots)?;
        slots.add_definitions(host, spec, &found, &mut record)?;
        places::check(spec, &record.tables.members, &parents, base)?;
        slots.add_lifetime(spec, &found, base)?;
        let mut native = slots.spec(spec, basicsize)?;
        native.name = record.tables.name.as_ptr().cast();
        create::type_from_spec(&parents, native, record)
    }
}

/// What a first pass over the definitions finds, having made the checks that need nothing else.
pub(super) struct Found {
    traverse: Option<HPyCFunction>,
    destroy: Option<HPyCFunction>,
    pub(super) call: Option<Function>,
    /// A member called `__vectorcalloffset__`: the user's own field for a call function.
    pub(super) has_vectorcall_member: bool,
    legacy_dealloc: bool,
    legacy_traverse: bool,
    pub(super) legacy_vectorcall_member: bool,
}

impl Found {
    unsafe fn read(spec: &HPyType_Spec) -> Result<Self> {
        let mut found = Self {
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
                return type_error(
                    c"cannot specify .legacy_slots without setting .builtin_shape=HPyType_BuiltinShape_Legacy",
                );
            }
            let mut has_members = false;
            let mut bad_signature = false;
            for definition in definitions(spec.defines) {
                match definition {
                    Definition::Slot(slot) => match slot.slot {
                        HPy_tp_traverse => found.traverse = Some(slot_function(slot)?.implementation),
                        HPy_tp_destroy => found.destroy = Some(slot_function(slot)?.implementation),
                        HPy_tp_call => found.call = Some(slot_function(slot)?),
                        _ => {}
                    },
                    Definition::Member(member) => {
                        has_members = true;
                        found.has_vectorcall_member |=
                            members::is_special(member.name, c"__vectorcalloffset__");
                    }
                    Definition::Method(meth) => {
                        bad_signature |= !matches!(
                            meth.signature,
                            HPyFunc_VARARGS | HPyFunc_KEYWORDS | HPyFunc_NOARGS | HPyFunc_O
                        );
                    }
                    Definition::GetSet(_) => {}
                }
            }
            for slot in legacy_slots(spec)? {
                match slot.slot {
                    ffi::Py_tp_dealloc => found.legacy_dealloc = true,
                    ffi::Py_tp_traverse => found.legacy_traverse = true,
                    ffi::Py_tp_members => {
                        let mut members = Vec::new();
                        append_legacy(&mut members, slot.pfunc.cast::<PyMemberDef>(), |def| {
                            def.name.is_null()
                        })?;
                        has_members |= !members.is_empty();
                        found.legacy_vectorcall_member |=
                            members.iter().any(|def| members::is_special(def.name, c"__vectorcalloffset__"));
                    }
                    _ => {}
                }
            }
            if found.legacy_dealloc && (found.traverse.is_some() || found.destroy.is_some()) {
                return type_error(
                    c"legacy tp_dealloc is incompatible with HPy_tp_traverse or HPy_tp_destroy.",
                );
            }
            if spec.flags & HPy_TPFLAGS_HAVE_GC != 0 && found.traverse.is_none() && !found.legacy_traverse {
                return Err(raise_text(
                    ffi::PyExc_ValueError,
                    c"You must provide an HPy_tp_traverse slot if you specify HPy_TPFLAGS_HAVE_GC",
                ));
            }
            layout::check_shape(spec.builtin_shape)?;
            if found.call.is_some() && spec.itemsize != 0 {
                return type_error(c"Cannot use HPy call protocol with var objects");
            }
            if found.call.is_some() && legacy && spec.basicsize == 0 {
                // "anon-zero" is what HPy 0.9 says.
                return type_error(
                    c"Cannot use HPy call protocol with legacy types that inherit the struct. Either set the basicsize \
                     to anon-zero value or use legacy slot 'Py_tp_call'.",
                );
            }
            if bad_signature {
                return Err(crate::entries::unsupported_signature());
            }
            if found.call.is_some() && found.has_vectorcall_member {
                // There is no blank after "member" in HPy 0.9 either.
                return type_error(
                    c"Cannot have HPy_tp_call and explicit member'__vectorcalloffset__'. Specify just one of them.",
                );
            }
            if has_members && spec.basicsize == 0 {
                return type_error(c"Type claims to have basicsize==0 but defines members");
            }
            check_flags(spec)?;
        }
        Ok(found)
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
unsafe fn legacy_slots(spec: &HPyType_Spec) -> Result<Vec<PyType_Slot>> {
    let mut all = Vec::new();
    // SAFETY: the spec is valid.
    unsafe { append_legacy(&mut all, spec.legacy_slots.cast::<PyType_Slot>(), |slot| slot.slot == 0)? };
    Ok(all)
}

/// The slots for CPython.
#[derive(Default)]
pub(super) struct Slots {
    all: Vec<PyType_Slot>,
    pub(super) flags: c_uint,
}

impl Slots {
    /// Sets a slot; of several values for one slot the last counts.
    pub(super) fn set(&mut self, slot: c_int, value: *mut c_void) -> Result<()> {
        self.all.retain(|other| other.slot != slot);
        push(&mut self.all, PyType_Slot { slot, pfunc: value })
    }

    unsafe fn add_definitions(
        &mut self,
        host: &dyn Host,
        spec: &HPyType_Spec,
        found: &Found,
        record: &mut TypeRecord,
    ) -> Result<()> {
        let TypeRecord { layout, tables, .. } = record;
        // SAFETY: the spec is valid, and the extension keeps what its definitions point to.
        unsafe {
            for definition in definitions(spec.defines) {
                match definition {
                    Definition::Slot(slot) => self.add_slot(host, slot)?,
                    Definition::Method(meth) => push(&mut tables.methods, method(host, meth)?)?,
                    Definition::GetSet(def) => push(&mut tables.getsets, getset(host, def)?)?,
                    Definition::Member(member) => members::add(member, layout, tables)?,
                }
            }
            if !spec.doc.is_null() {
                self.set(ffi::Py_tp_doc, spec.doc.cast_mut().cast())?;
            }
            for slot in legacy_slots(spec)? {
                match slot.slot {
                    ffi::Py_tp_methods => {
                        append_legacy(&mut tables.methods, slot.pfunc.cast::<PyMethodDef>(), |def| {
                            def.ml_name.is_null()
                        })?;
                    }
                    ffi::Py_tp_members => {
                        append_legacy(&mut tables.members, slot.pfunc.cast::<PyMemberDef>(), |def| {
                            def.name.is_null()
                        })?;
                    }
                    ffi::Py_tp_getset => {
                        append_legacy(&mut tables.getsets, slot.pfunc.cast::<PyGetSetDef>(), |def| {
                            def.name.is_null()
                        })?;
                    }
                    _ => self.set(slot.slot, slot.pfunc)?,
                }
            }
            if found.call.is_none() && found.has_vectorcall_member {
                self.set(ffi::Py_tp_call, call::tp_call as *mut c_void)?;
            }
            self.add_table(ffi::Py_tp_methods, &mut tables.methods, PyMethodDef::zeroed())?;
            self.add_table(ffi::Py_tp_members, &mut tables.members, PyMemberDef::default())?;
            self.add_table(ffi::Py_tp_getset, &mut tables.getsets, PyGetSetDef::default())?;
        }
        Ok(())
    }

    /// Ends a table with a zeroed element and gives it to CPython.
    fn add_table<T>(&mut self, slot: c_int, table: &mut Vec<T>, end: T) -> Result<()> {
        if table.is_empty() {
            return Ok(());
        }
        push(table, end)?;
        self.set(slot, table.as_mut_ptr().cast())
    }

    unsafe fn add_slot(&mut self, host: &dyn Host, slot: &HPySlot) -> Result<()> {
        let number = match slot.slot {
            // These have no direct counterpart and are dealt with elsewhere.
            HPy_tp_traverse | HPy_tp_destroy | HPy_tp_call => return Ok(()),
            // CPython 3.15 gave these new numbers.
            HPy_bf_getbuffer => ffi::Py_bf_getbuffer,
            HPy_bf_releasebuffer => ffi::Py_bf_releasebuffer,
            // For CPython 0 is the end of the slots, and the others are tables and objects.
            0
            | ffi::Py_tp_base
            | ffi::Py_tp_bases
            | ffi::Py_tp_doc
            | ffi::Py_tp_methods
            | ffi::Py_tp_members
            | ffi::Py_tp_getset
            | ffi::Py_tp_token => {
                // SAFETY: set once when CPython starts.
                return Err(raise_text(unsafe { ffi::PyExc_RuntimeError }, c"invalid slot offset"));
            }
            number => number,
        };
        let value = match slot_signature(slot.slot) {
            // A number that only CPython knows: it gets the extension's own function for it.
            None => slot.cpy_trampoline.map_or(std::ptr::null_mut(), |f| f as *mut c_void),
            Some(HPyFunc_MOD_CREATE) => std::ptr::null_mut(),
            Some(_) if slot.slot >= HPy_mod_create => std::ptr::null_mut(),
            Some(signature) => host.entry(signature, slot_function(slot)?)?,
        };
        self.set(number, value)
    }

    /// The functions for garbage collection and disposal, where CPython's own do not suffice.
    unsafe fn add_lifetime(
        &mut self,
        spec: &HPyType_Spec,
        found: &Found,
        base: *mut PyTypeObject,
    ) -> Result<()> {
        // SAFETY: `base` is a type.
        unsafe {
            let base_is_gc = ffi::PyType_HasFeature(base, ffi::Py_TPFLAGS_HAVE_GC) != 0;
            let base_is_heap = ffi::PyType_HasFeature(base, ffi::Py_TPFLAGS_HEAPTYPE) != 0;
            let is_gc = base_is_gc || spec.flags & HPy_TPFLAGS_HAVE_GC != 0;
            // What is inherited from a heap type visits the type of the object; a static type's function does not.
            let own_traverse = found.traverse.is_some() || !base_is_heap;
            if is_gc && own_traverse && !found.legacy_traverse {
                self.flags |= ffi::Py_TPFLAGS_HAVE_GC as c_uint;
                self.set(ffi::Py_tp_traverse, traverse::traverse as *mut c_void)?;
                self.set(ffi::Py_tp_clear, lifetime::clear as *mut c_void)?;
            }
            if found.traverse.is_some() || found.destroy.is_some() {
                self.set(ffi::Py_tp_dealloc, lifetime::dealloc as *mut c_void)?;
            }
        }
        Ok(())
    }

    fn spec(&mut self, spec: &HPyType_Spec, basicsize: isize) -> Result<ffi::PyType_Spec> {
        let Ok(basicsize) = c_int::try_from(basicsize) else {
            return type_error(c"basicsize is too large");
        };
        push(&mut self.all, PyType_Slot::default())?;
        Ok(ffi::PyType_Spec {
            name: spec.name,
            basicsize,
            itemsize: spec.itemsize,
            flags: self.flags as _,
            slots: self.all.as_mut_ptr(),
        })
    }
}

/// The struct layout that members count from.
pub(super) fn member_offset(layout: &Layout, offset: HPy_ssize_t) -> Option<HPy_ssize_t> {
    layout.constant_offset().map(|start| start + offset)
}
