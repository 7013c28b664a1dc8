//! The slots and flags of a new type, as CPython takes them.

use std::ffi::{c_int, c_uint, c_void};

use crate::ffi::{self, PyGetSetDef, PyMemberDef, PyMethodDef, PyType_Slot, PyTypeObject};
use hpy_abi::*;

use super::constructor::Constructor;
use super::record::{BoundTo, FilledSlot, Tables, TypeRecord};
use super::scan::{SpecScan, legacy_slots};
use super::{call, lifetime, members, traverse};
use crate::bound::BoundMethod;
use crate::boundary::{Result, raise_format, raise_text};
use crate::definitions::{append_legacy, display, getset, is_bound, method, slot_function};
use crate::memory::push;
use crate::module::state::ModuleState;
use crate::state::Host;

/// The number that CPython has for a slot.
pub(super) fn native_number(slot: &HPySlot) -> c_int {
    match slot.slot {
        // CPython 3.15 gave these new numbers.
        HPy_bf_getbuffer => ffi::Py_bf_getbuffer,
        HPy_bf_releasebuffer => ffi::Py_bf_releasebuffer,
        number => number,
    }
}

/// Notes what fills a slot; of several definitions the last counts.
fn note(
    filled: &mut Vec<FilledSlot>,
    number: c_int,
    definition: *const HPySlot,
    value: *mut c_void,
) -> Result<()> {
    filled.retain(|other| other.number != number);
    push(filled, FilledSlot { number, definition, value })?;
    // To its place in the order. `Vec::insert` could panic, and each extension would have the text for it.
    let mut slots = filled.as_mut_slice();
    while let [before @ .., last] = slots
        && let Some(other) = before.last_mut().filter(|other| other.number > number)
    {
        std::mem::swap(other, last);
        slots = before;
    }
    Ok(())
}

/// The slots for CPython.
pub(super) struct Slots {
    all: Vec<PyType_Slot>,
    pub(super) flags: c_uint,
}

impl Slots {
    pub(super) fn new(flags: c_uint) -> Self {
        Self { all: Vec::new(), flags }
    }

    /// Sets a slot; of several values for one slot the last counts.
    pub(super) fn set(&mut self, slot: c_int, value: *mut c_void) -> Result<()> {
        self.all.retain(|other| other.slot != slot);
        push(&mut self.all, PyType_Slot { slot, pfunc: value })
    }

    /// The value of a slot, null if it has none.
    fn get(&self, slot: c_int) -> *mut c_void {
        self.all.iter().find(|other| other.slot == slot).map_or(std::ptr::null_mut(), |found| found.pfunc)
    }

    pub(super) unsafe fn add_definitions(
        &mut self,
        host: &dyn Host,
        spec: &HPyType_Spec,
        scan: &SpecScan,
        record: &mut TypeRecord,
    ) -> Result<()> {
        let TypeRecord { layout, tables, module_state, slots: filled, new, init, .. } = record;
        // SAFETY: the spec is valid, and the extension keeps what its definitions point to.
        unsafe {
            for (index, definition) in definitions(spec.defines).enumerate() {
                check_name(spec, index, &definition)?;
                match definition {
                    Definition::Slot(slot) => {
                        let value = self.add_slot(host, slot)?;
                        note(filled, native_number(slot), slot, value)?;
                        match slot.slot {
                            HPy_tp_new => *new = constructor(host, HPyFunc_NEWFUNC, slot, value)?,
                            HPy_tp_init => *init = constructor(host, HPyFunc_INITPROC, slot, value)?,
                            _ => {}
                        }
                    }
                    Definition::Method(meth, binding) => {
                        if is_bound(meth.signature) {
                            add_bound_method(host, spec, meth, module_state.as_ref(), tables)?;
                        } else {
                            push(&mut tables.methods, method(host, meth)?)?;
                        }
                        if let Some(added) = tables.methods.last_mut() {
                            added.ml_flags |= match binding {
                                Binding::Instance => 0,
                                Binding::Class => ffi::METH_CLASS,
                                Binding::Static => ffi::METH_STATIC,
                            };
                        }
                    }
                    Definition::GetSet(def) => push(&mut tables.getsets, getset(host, def)?)?,
                    Definition::Member(member) => members::add(member, layout, tables)?,
                    // Constants are added to the type, once that exists.
                    Definition::Typed(_) | Definition::Constants(_) | Definition::Unknown(_) => {}
                }
            }
            if !spec.doc.is_null() {
                self.set(ffi::Py_tp_doc, spec.doc.cast_mut().cast())?;
            }
            for slot in legacy_slots(spec)? {
                self.add_legacy(&slot, tables)?;
            }
            if scan.call.is_none() && scan.has_vectorcall_member {
                self.set(ffi::Py_tp_call, call::tp_call as *mut c_void)?;
                // What the base may have for it, the field replaces.
                note(filled, HPy_tp_call, std::ptr::null(), std::ptr::null_mut())?;
            }
            self.add_table(ffi::Py_tp_methods, &mut tables.methods, PyMethodDef::zeroed())?;
            self.add_table(ffi::Py_tp_members, &mut tables.members, PyMemberDef::default())?;
            self.add_table(ffi::Py_tp_getset, &mut tables.getsets, PyGetSetDef::default())?;
        }
        Ok(())
    }

    /// # Safety
    /// The slot is valid.
    unsafe fn add_legacy(&mut self, slot: &PyType_Slot, tables: &mut Tables) -> Result<()> {
        let value = slot.pfunc;
        // SAFETY: by contract; the value of a slot for a table is one that ends with a null name.
        unsafe {
            match slot.slot {
                ffi::Py_tp_methods => {
                    append_legacy(&mut tables.methods, value.cast(), |def: &PyMethodDef| {
                        def.ml_name.is_null()
                    })
                }
                ffi::Py_tp_members => {
                    append_legacy(&mut tables.members, value.cast(), |def: &PyMemberDef| def.name.is_null())
                }
                ffi::Py_tp_getset => {
                    append_legacy(&mut tables.getsets, value.cast(), |def: &PyGetSetDef| def.name.is_null())
                }
                number => self.set(number, value),
            }
        }
    }

    /// Ends a table with a zeroed element and gives it to CPython.
    fn add_table<T>(&mut self, slot: c_int, table: &mut Vec<T>, end: T) -> Result<()> {
        if table.is_empty() {
            return Ok(());
        }
        push(table, end)?;
        self.set(slot, table.as_mut_ptr().cast())
    }

    /// The result is what CPython got, null for what has no direct counterpart and is dealt with elsewhere.
    unsafe fn add_slot(&mut self, host: &dyn Host, slot: &HPySlot) -> Result<*mut c_void> {
        let number = match native_number(slot) {
            HPy_tp_traverse | HPy_tp_destroy => return Ok(std::ptr::null_mut()),
            // Of which a type may have several.
            number @ HPy_tp_call => return Ok(self.get(number)),
            // CPython 3.9 has no such slot, and uses the methods of the type.
            #[cfg(not(Py_3_10))]
            HPy_am_send => return Ok(std::ptr::null_mut()),
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
        self.set(number, value)?;
        Ok(value)
    }

    /// The functions for garbage collection and disposal, where CPython's own do not suffice.
    pub(super) unsafe fn add_lifetime(
        &mut self,
        spec: &HPyType_Spec,
        scan: &SpecScan,
        base: *mut PyTypeObject,
    ) -> Result<()> {
        // SAFETY: `base` is a type.
        unsafe {
            let base_is_gc = ffi::PyType_HasFeature(base, ffi::Py_TPFLAGS_HAVE_GC) != 0;
            let base_is_heap = ffi::PyType_HasFeature(base, ffi::Py_TPFLAGS_HEAPTYPE) != 0;
            let is_gc = base_is_gc || spec.flags & HPy_TPFLAGS_HAVE_GC != 0;
            // What is inherited from a heap type visits the type of the object; a static type's function does not.
            let own_traverse = scan.traverse.is_some() || !base_is_heap;
            if is_gc && own_traverse && !scan.legacy_traverse {
                self.flags |= ffi::Py_TPFLAGS_HAVE_GC as c_uint;
                self.set(ffi::Py_tp_traverse, traverse::traverse as *mut c_void)?;
                self.set(ffi::Py_tp_clear, lifetime::clear as *mut c_void)?;
            }
            // CPython's function would do for a type without either, but is for all kinds of types.
            let is_plain =
                spec.builtin_shape == HPyType_BuiltinShape_Object && base == &raw mut ffi::PyBaseObject_Type;
            if scan.traverse.is_some() || scan.destroy.is_some() || is_plain {
                self.set(ffi::Py_tp_dealloc, lifetime::dealloc as *mut c_void)?;
            }
        }
        Ok(())
    }

    pub(super) fn spec(&mut self, spec: &HPyType_Spec, basicsize: isize) -> Result<ffi::PyType_Spec> {
        let Ok(basicsize) = c_int::try_from(basicsize) else {
            let format = c"type '%s': basicsize %d is too large: an instance would take %zd bytes, and at most %d are \
                           possible";
            // SAFETY: the name of a spec that was checked is a C string; the arguments are as the format says.
            return Err(unsafe {
                let name = display(spec.name);
                raise_format!(ffi::PyExc_TypeError, format, name, spec.basicsize, basicsize, c_int::MAX)
            });
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

/// What a call of the type runs for a slot, in which CPython has `entry`.
fn constructor(host: &dyn Host, signature: c_int, slot: &HPySlot, entry: *mut c_void) -> Result<Constructor> {
    let function = slot_function(slot)?.implementation;
    Ok(Constructor::new(host.callee(signature, function), entry.cast_const().cast()))
}

/// Adds a method that gets the state of the type's module, or its class, which does not exist yet.
///
/// # Safety
/// The definition is valid, and the extension keeps what it points to.
unsafe fn add_bound_method(
    host: &dyn Host,
    spec: &HPyType_Spec,
    meth: &HPyMeth,
    module_state: Option<&ModuleState>,
    tables: &mut Tables,
) -> Result<()> {
    // SAFETY: by contract; the names are C strings, or constants.
    unsafe {
        let method = BoundMethod::new(host, meth)?;
        let (bound_to, pointer) = match module_state {
            _ if method.gets_class() => (BoundTo::Class, std::ptr::null_mut()),
            Some(state) => (BoundTo::State, state.data()),
            None => {
                let format = c"type '%s': the method '%s' gets the state of a module (HPyFunc_STATE_...), but the type was \
                               made without one; pass a module that has a state as HPyType_SpecParam_Module";
                let (ty, name) = (display(spec.name), display(meth.name));
                return Err(raise_format!(ffi::PyExc_TypeError, format, ty, name));
            }
        };
        let (definition, thunk) = method.bind(pointer)?;
        push(&mut tables.methods, definition)?;
        match thunk {
            Some(thunk) => push(&mut tables.thunks, (thunk, bound_to)),
            None => Ok(()),
        }
    }
}

/// CPython's tables end at a null name, so a definition without one would hide those after it.
fn check_name(spec: &HPyType_Spec, index: usize, definition: &Definition) -> Result<()> {
    let (name, kind) = match definition {
        Definition::Method(method, _) => (method.name, c"method"),
        Definition::Member(member) => (member.name, c"member"),
        Definition::GetSet(getset) => (getset.name, c"getset"),
        Definition::Slot(_) | Definition::Typed(_) | Definition::Constants(_) | Definition::Unknown(_) => {
            return Ok(());
        }
    };
    if !name.is_null() {
        return Ok(());
    }
    let format = c"type '%s': defines[%zu] is a %s without a name (name is NULL)";
    // SAFETY: the name of a spec that was checked is a C string; the arguments are as the format says.
    Err(unsafe { raise_format!(ffi::PyExc_SystemError, format, display(spec.name), index, kind.as_ptr()) })
}
