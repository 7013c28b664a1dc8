//! Definitions that are taken, but mean less than they say.
//!
//! What is plainly wrong the engine refuses with an exception. Here is what it has no reason to refuse.

use std::collections::HashSet;
use std::ffi::{CStr, c_char, c_int, c_ulong};

use hpy_abi::*;

use crate::ApiCall;

use crate::debug::location::place::Place;
use crate::debug::location::symbols::library;
use crate::debug::reports::report::{Rule, Site};
use crate::debug::state::DebugState;

/// The definitions of a module or type.
///
/// # Safety
///
/// Null, or an array that NULL ends. It stays as long as the result.
pub(crate) unsafe fn all<'a>(mut defines: *mut *mut HPyDef) -> impl Iterator<Item = &'a HPyDef> {
    std::iter::from_fn(move || {
        // SAFETY: by contract, the end was not reached.
        unsafe {
            let definition = defines.as_ref()?.as_ref()?;
            defines = defines.add(1);
            Some(definition)
        }
    })
}

/// Reports what a type says in vain.
///
/// # Safety
///
/// The engine took the spec. The thread is inside of Python.
pub(crate) unsafe fn check_type(state: &DebugState, call: &ApiCall, spec: &HPyType_Spec) {
    // SAFETY: by contract.
    unsafe {
        let found = of_type(spec);
        if !found.is_empty() {
            let site = Site { subject: std::ptr::from_ref(spec) as usize, ..state.site(call) };
            report(state, &site, &format!("type {}", text(spec.name)), &found);
        }
    }
}

/// Reports what a module says in vain.
///
/// # Safety
///
/// The definition is valid. The thread is inside of Python.
pub(crate) unsafe fn check_module(state: &DebugState, module: &HPyModuleDef) {
    // SAFETY: by contract.
    unsafe {
        let mut names = Names::default();
        let mut creates = false;
        let mut found = Vec::new();
        for definition in all(module.defines) {
            match definition.kind {
                HPyDef_Kind_Slot => {
                    let number = definition.u.slot.slot;
                    if is_module_slot(number) {
                        if number == HPy_mod_create && std::mem::replace(&mut creates, true) {
                            found.push("HPy_mod_create is there twice".to_owned());
                        }
                    } else {
                        found.push(format!(
                            "{} is a slot of types and does nothing in a module",
                            slot(number)
                        ));
                    }
                }
                HPyDef_Kind_Meth => twice(&mut names, &mut found, "function", definition.u.meth.name),
                HPyDef_Kind_Member => {
                    found.push(format!(
                        "{} is a member, which only types have",
                        text(definition.u.member.name)
                    ));
                }
                HPyDef_Kind_GetSet => {
                    found.push(format!(
                        "{} is a getset, which only types have",
                        text(definition.u.getset.name)
                    ));
                }
                kind => found.push(format!("a definition has kind {kind}, which there is not")),
            }
        }
        if !found.is_empty() {
            let place = Place { function: 0, by: crate::debug::location::place::AS_DEFINITION };
            let subject = std::ptr::from_ref(module) as usize;
            let site = Site { place, call: None, inside_python: true, subject };
            let file = library(std::ptr::from_ref(module) as usize);
            let whose = file.map_or("module".to_owned(), |file| format!("module in {file}"));
            report(state, &site, &whose, &found);
        }
    }
}

unsafe fn report(state: &DebugState, site: &Site, whose: &str, found: &[String]) {
    // SAFETY: by contract.
    unsafe {
        state.report(Rule::Definition, site, |report| {
            report.line("of", whose);
            for line in found {
                report.line("", format!("- {line}"));
            }
        });
    }
}

/// Its name, if it has one.
fn slot(number: c_int) -> String {
    slot_name(number).map_or_else(|| format!("slot {number}"), |name| format!("HPy_{name}"))
}

fn is_module_slot(number: c_int) -> bool {
    number == HPy_mod_create || number == HPy_mod_exec
}

unsafe fn text(name: *const c_char) -> String {
    // SAFETY: a C string, or null.
    unsafe {
        if name.is_null() {
            "without a name".to_owned()
        } else {
            CStr::from_ptr(name).to_string_lossy().into()
        }
    }
}

/// The names that were there before.
type Names<'a> = HashSet<&'a CStr>;

unsafe fn twice<'a>(names: &mut Names<'a>, found: &mut Vec<String>, what: &str, name: *const c_char) {
    // SAFETY: a C string, which lives as long as its definition, or null.
    let known = if name.is_null() { c"without a name" } else { unsafe { CStr::from_ptr::<'a>(name) } };
    if names.contains(known) {
        let known = known.to_string_lossy();
        found.push(format!("{what} {known}: there is something of this name before it"));
    } else if names.try_reserve(1).is_ok() {
        // Without memory, less is found.
        names.insert(known);
    }
}

unsafe fn of_type(spec: &HPyType_Spec) -> Vec<String> {
    const FLAGS: c_ulong =
        HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_VECTORCALL | HPy_TPFLAGS_HAVE_GC | HPy_TPFLAGS_DEFAULT;
    let mut found = Vec::new();
    let mut names = Names::default();
    let mut slots = HashSet::new();
    let legacy = spec.builtin_shape == HPyType_BuiltinShape_Legacy;
    // Slots and flags of the engine's own are for legacy types.
    if !legacy && spec.flags & !FLAGS != 0 {
        found.push(format!("flags {:#x} are none of HPy's", spec.flags & !FLAGS));
    }
    // SAFETY: by contract.
    unsafe {
        for definition in all(spec.defines) {
            match definition.kind {
                HPyDef_Kind_Slot => {
                    let number = definition.u.slot.slot;
                    if slots.contains(&number) {
                        found.push(format!("{} is there twice", slot(number)));
                    } else if slots.try_reserve(1).is_ok() {
                        slots.insert(number);
                    }
                    if is_module_slot(number) {
                        found.push(format!(
                            "{} is a slot of modules and does nothing in a type",
                            slot(number)
                        ));
                    } else if slot_signature(number).is_none() && !legacy {
                        found.push(format!("slot {number} is none of HPy's"));
                    }
                }
                HPyDef_Kind_Meth => twice(&mut names, &mut found, "method", definition.u.meth.name),
                HPyDef_Kind_GetSet => {
                    let getset = definition.u.getset;
                    twice(&mut names, &mut found, "getset", getset.name);
                    if getset.getter_impl.is_none() && getset.setter_impl.is_none() {
                        found.push(format!("getset {} can neither be read nor written", text(getset.name)));
                    }
                }
                HPyDef_Kind_Member => {
                    let member = definition.u.member;
                    twice(&mut names, &mut found, "member", member.name);
                    let size = isize::try_from(spec.basicsize).unwrap_or(0);
                    if member.offset < 0 || (size > 0 && member.offset >= size) {
                        let (name, offset) = (text(member.name), member.offset);
                        found
                            .push(format!("member {name}: offset {offset} lies outside of the {size} bytes"));
                    }
                }
                kind => found.push(format!("a definition has kind {kind}, which there is not")),
            }
        }
    }
    if slots.contains(&HPy_bf_releasebuffer) && !slots.contains(&HPy_bf_getbuffer) {
        found.push("HPy_bf_releasebuffer is there without HPy_bf_getbuffer".to_owned());
    }
    found
}
