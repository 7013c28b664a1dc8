//! A module's definition as the extension has it: what counts in it, and what is wrong with it.

use std::ffi::c_int;

use crate::ffi;
use hpy_abi::*;

use crate::boundary::{Result, raise_format, system_error};
use crate::definitions::{display, gets_state, is_method_signature, slot_function};
use crate::entries::{Function, unsupported_signature};
use crate::memory::push;

/// What counts in the `defines` of a module.
pub(super) struct ModuleScan<'a> {
    pub(super) methods: Vec<&'a HPyMeth>,
    pub(super) constants: Vec<*const HPyConstant>,
    pub(super) exec: Vec<Function>,
    pub(super) create: Option<Function>,
    pub(super) traverse: Option<Function>,
    pub(super) destroy: Option<Function>,
    pub(super) interpreters: HPyModule_Interpreters,
    pub(super) gil: HPyModule_GIL,
}

impl<'a> ModuleScan<'a> {
    /// Reads and checks a definition. Members and getsets mean nothing in a module and are passed over, though not
    /// beside `HPy_mod_create`.
    ///
    /// # Safety
    /// `source` and everything that it points to is valid.
    pub(super) unsafe fn read(source: &'a HPyModuleDef) -> Result<Self> {
        if source.size < 0 {
            return Err(system_error(c"HPy does not permit HPyModuleDef.size < 0"));
        }

        let mut scan = Self {
            methods: Vec::new(),
            constants: Vec::new(),
            exec: Vec::new(),
            create: None,
            traverse: None,
            destroy: None,
            interpreters: HPy_MOD_PER_INTERPRETER_GIL_SUPPORTED,
            gil: HPy_MOD_GIL_USED,
        };
        let mut slots = Vec::new();
        let mut count = 0;
        // SAFETY: a valid definition, by contract.
        for (index, definition) in unsafe { definitions(source.defines) }.enumerate() {
            match definition {
                // CPython's tables end at a null name.
                Definition::Method(meth, _) if meth.name.is_null() => {
                    let format = c"HPyModuleDef.defines[%zu] is a function without a name (name is NULL)";
                    // SAFETY: set once when CPython starts; a number.
                    return Err(unsafe { raise_format!(ffi::PyExc_SystemError, format, index) });
                }
                Definition::Method(meth, Binding::Class | Binding::Static) => {
                    let format = c"HPyModuleDef.defines[%zu]: '%s' is a class method or a static method, which only types have";
                    // SAFETY: set once when CPython starts; a number and the name of a valid definition.
                    return Err(unsafe { raise_format!(ffi::PyExc_SystemError, format, index, meth.name) });
                }
                Definition::Method(meth, Binding::Instance) => push(&mut scan.methods, meth)?,
                Definition::Constants(table) => push(&mut scan.constants, table)?,
                Definition::Slot(slot) => push(&mut slots, slot)?,
                Definition::Member(_) | Definition::GetSet(_) => {}
                Definition::Typed(typed) => push(&mut scan.exec, publishing_function(typed)?)?,
                Definition::Unknown(_) => continue,
            }
            count += 1;
        }
        if !scan.methods.iter().all(|meth| is_method_signature(meth.signature)) {
            return Err(unsupported_signature());
        }
        for slot in slots {
            match slot.slot {
                HPy_mod_create if scan.create.is_some() => {
                    return Err(system_error(
                        c"Multiple definitions of the HPy_mod_create slot in HPyModuleDef.defines.",
                    ));
                }
                HPy_mod_create => scan.create = Some(slot_function(slot)?),
                HPy_mod_exec => push(&mut scan.exec, slot_function(slot)?)?,
                HPy_mod_traverse => scan.traverse = Some(slot_function(slot)?),
                HPy_mod_destroy => scan.destroy = Some(slot_function(slot)?),
                HPy_mod_multiple_interpreters => {
                    scan.interpreters = value_of_slot(slot, HPy_MOD_PER_INTERPRETER_GIL_SUPPORTED)?;
                }
                HPy_mod_gil => scan.gil = value_of_slot(slot, HPy_MOD_GIL_NOT_USED)?,
                number => {
                    let format = c"Unsupported slot in HPyModuleDef.defines (value: %d).";
                    // SAFETY: set once when CPython starts; a number.
                    return Err(unsafe { raise_format!(ffi::PyExc_SystemError, format, number) });
                }
            }
        }
        if scan.create.is_some() {
            let problem = if count > 1 {
                c"some other slots or methods"
            } else if !source.doc.is_null()
                || source.size != 0
                || !source.legacy_methods.is_null()
                || !source.globals.is_null()
            {
                c"some of the other fields are not set to their default value"
            } else {
                return Ok(scan);
            };
            let format =
                c"HPyModuleDef defines a HPy_mod_create slot and %s. This is not allowed because custom \
                 HPy_mod_create slot cannot return a builtin module object and cannot make any use of any other \
                 data defined in the HPyModuleDef. Either do not define HPy_mod_create slot and let the runtime \
                 create a builtin module object from the provided HPyModuleDef, or do not define anything else but \
                 the HPy_mod_create slot.";
            // SAFETY: set once when CPython starts; a C string.
            return Err(unsafe { raise_format!(ffi::PyExc_SystemError, format, problem.as_ptr()) });
        }
        scan.check_state(source)?;
        Ok(scan)
    }

    /// Whether there is a state for what needs one.
    fn check_state(&self, source: &HPyModuleDef) -> Result<()> {
        for meth in &self.methods {
            let format = match meth.signature {
                HPyFunc_METHOD => {
                    c"function '%s' of a module has the signature HPyFunc_METHOD, which is for methods of types; use \
                      HPyFunc_KEYWORDS or HPyFunc_STATE_KEYWORDS"
                }
                signature if gets_state(signature) && source.size == 0 => {
                    c"function '%s' gets the state of its module (HPyFunc_STATE_...), but the module has none: \
                      HPyModuleDef.size is 0"
                }
                _ => continue,
            };
            // SAFETY: the name of a valid definition, or a constant.
            return Err(unsafe { raise_format!(ffi::PyExc_SystemError, format, display(meth.name)) });
        }
        if source.size == 0 && (self.traverse.is_some() || self.destroy.is_some()) {
            return Err(system_error(
                c"the module has HPy_mod_traverse or HPy_mod_destroy, but no state for them: HPyModuleDef.size is 0",
            ));
        }
        Ok(())
    }
}

/// What publishes typed functions, before the module is executed.
fn publishing_function(typed: &HPyTyped) -> Result<Function> {
    Function::new(typed.publish, typed.cpy_trampoline).ok_or_else(|| {
        system_error(
            c"the definition of typed functions has no function that publishes them (publish is NULL)",
        )
    })
}

/// The value of a slot that has no function: 0 to `last`.
fn value_of_slot(slot: &HPySlot, last: c_int) -> Result<c_int> {
    let value = slot.impl_.map_or(0, |value| value as usize);
    c_int::try_from(value).ok().filter(|value| *value <= last).ok_or_else(|| {
        let name = if slot.slot == HPy_mod_gil { c"HPy_mod_gil" } else { c"HPy_mod_multiple_interpreters" };
        let format = c"%s has the value %zu; define it with HPyDef_VALUE and one of the constants for it";
        // SAFETY: a C string and a number.
        unsafe { raise_format!(ffi::PyExc_SystemError, format, name.as_ptr(), value) }
    })
}
