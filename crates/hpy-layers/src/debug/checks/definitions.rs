//! Definitions of modules and types that the engine accepts, but parts of which have no effect.
//!
//! What is plainly wrong is not checked here, since the engine refuses it with an exception.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ffi::{c_char, c_int, c_ulong};
use std::ops::RangeInclusive;
use std::ptr;

use hpy_abi::*;

use crate::call::ApiCall;
use crate::debug::location::place::{By, Place};
use crate::debug::location::symbols::library;
use crate::debug::module::Debug;
use crate::debug::reports::rule::Rule;
use crate::debug::reports::site::Site;
use crate::debug::state::DebugState;
use crate::generated::wrappers;
use crate::layered::Layered;
use crate::member::Member;

/// Puts the function of this file into a context.
pub(crate) fn replace(context: &mut HPyContext) {
    context.ctx_Type_FromSpec = type_from_spec;
}

unsafe extern "C" fn type_from_spec(
    ctx: *mut HPyContext,
    spec: *mut HPyType_Spec,
    params: *mut HPyType_SpecParam,
) -> HPy {
    // SAFETY: called as the context function that it replaces, as the wrapper is.
    let made = unsafe { wrappers::ctx_Type_FromSpec::<Debug>(ctx, spec, params) };
    // SAFETY: the context is that of a living layer.
    let layered = unsafe { Layered::<Debug>::of(ctx) };
    let state = &layered.layer().state;
    if let Some(record) = state.arena.get(made._i) {
        let call = ApiCall { ctx, inner: layered.inner(), member: Member::ctx_Type_FromSpec };
        // SAFETY: the engine made a type of the spec, so it is valid; the thread is inside of Python.
        unsafe {
            check_type(state, &call, &*spec);
            let traverse = traverse_of((*spec).defines, HPy_tp_traverse);
            state.types.add(layered.inner(), HPy { _i: record.inner() }, &*spec, traverse);
        }
    }
    made
}

/// The traverse function of a type or module, which is in the slot with this number.
///
/// # Safety
///
/// The definitions are those of a valid spec or module.
pub(crate) unsafe fn traverse_of(defines: *mut *mut HPyDef, number: c_int) -> Option<HPyFunc_traverseproc> {
    // SAFETY: by contract.
    let slots = unsafe { definitions(defines) }.filter_map(|definition| match definition {
        Definition::Slot(slot) if slot.slot == number => slot.impl_,
        _ => None,
    });
    // SAFETY: the function in this slot is of that type.
    slots
        .last()
        .map(|function| unsafe { std::mem::transmute::<HPyCFunction, HPyFunc_traverseproc>(function) })
}

/// Reports the parts of a type's definition that have no effect.
///
/// # Safety
///
/// The engine took the spec. The thread is inside of Python.
unsafe fn check_type(state: &DebugState, call: &ApiCall, spec: &HPyType_Spec) {
    // SAFETY: a spec that the engine took is valid.
    let (found, name) = unsafe { (look_at_type(spec), name(spec.name)) };
    if !found.is_empty() {
        let site = state.site(call).about(ptr::from_ref(spec) as usize);
        // SAFETY: the thread is inside of Python.
        unsafe { report(state, &site, &format!("type {name}"), &found) };
    }
}

/// Reports the parts of a module's definition that have no effect.
///
/// # Safety
///
/// The definition is valid. The thread is inside of Python.
pub(crate) unsafe fn check_module(state: &DebugState, module: &HPyModuleDef) {
    // SAFETY: the definition is valid.
    let found = unsafe { look_at_module(module) };
    if !found.is_empty() {
        let place = Place { function: 0, by: By::DEFINITION };
        let site = Site::at(place).about(ptr::from_ref(module) as usize);
        let file = library(ptr::from_ref(module) as usize);
        let whose = file.map_or("module".to_owned(), |file| format!("module in {file}"));
        // SAFETY: the thread is inside of Python.
        unsafe { report(state, &site, &whose, &found) };
    }
}

/// # Safety
///
/// The thread is inside of Python.
unsafe fn report(state: &DebugState, site: &Site, whose: &str, found: &[String]) {
    // SAFETY: the site says truly that the thread is inside of Python.
    unsafe {
        state.reporter.report(Rule::Definition, site, |report| {
            report.add("of", whose);
            for line in found {
                report.add("", format!("- {line}"));
            }
        });
    }
}

/// The parts that have no effect, and what was defined up to now.
#[derive(Default)]
struct Findings<'a> {
    found: Vec<String>,
    names: HashSet<Cow<'a, str>>,
    slots: HashSet<c_int>,
}

impl Findings<'_> {
    fn add(&mut self, found: String) {
        self.found.push(found);
    }

    /// Adds it if there was something of this name before.
    ///
    /// # Safety
    ///
    /// Null, or a C string that lives as long as the definitions.
    unsafe fn check_name(&mut self, what: &str, name: *const c_char) {
        // SAFETY: a C string, unless it is null.
        let name = unsafe { self::name(name) };
        if self.names.contains(&name) {
            self.add(format!("{what} {name}: the name is defined before"));
        } else if self.names.try_reserve(1).is_ok() {
            // Without memory, less is found.
            self.names.insert(name);
        }
    }

    /// Returns whether the slot was there before.
    fn is_repeated(&mut self, slot: c_int) -> bool {
        if self.slots.contains(&slot) {
            return true;
        }
        // Without memory, less is found.
        if self.slots.try_reserve(1).is_ok() {
            self.slots.insert(slot);
        }
        false
    }

    fn add_unknown(&mut self, index: usize, kind: c_int) {
        const KINDS: RangeInclusive<HPyDef_Kind> = HPyDef_Kind_Slot..=HPyDef_Kind_Constants;
        self.add(format!(
            "defines[{index}] has the kind {kind}, and kinds are {} to {}: define it with a macro, such as HPyDef_METH",
            KINDS.start(),
            KINDS.end()
        ));
    }
}

/// # Safety
///
/// The definition is valid.
unsafe fn look_at_module(module: &HPyModuleDef) -> Vec<String> {
    let mut findings = Findings::default();
    // SAFETY: the definitions of a valid module, with their names.
    unsafe {
        for (index, definition) in definitions(module.defines).enumerate() {
            match definition {
                Definition::Slot(slot) => look_at_module_slot(&mut findings, slot.slot),
                Definition::Method(method, _) => findings.check_name("function", method.name),
                Definition::Constants(table) => look_at_constants(&mut findings, table),
                Definition::Member(member) => {
                    findings.add(format!("member {}: only types have members", name(member.name)));
                }
                Definition::GetSet(getset) => {
                    findings.add(format!("getset {}: only types have getsets", name(getset.name)));
                }
                Definition::Typed(_) => {}
                Definition::Unknown(kind) => findings.add_unknown(index, kind),
            }
        }
    }
    findings.found
}

fn look_at_module_slot(findings: &mut Findings, slot: c_int) {
    if !is_module_slot(slot) {
        findings.add(format!("{} is a slot of types and has no effect in a module", name_of_slot(slot)));
    } else if findings.is_repeated(slot) && slot == HPy_mod_create {
        findings.add("HPy_mod_create is defined twice".to_owned());
    }
}

/// # Safety
///
/// The spec is valid.
unsafe fn look_at_type(spec: &HPyType_Spec) -> Vec<String> {
    const FLAGS: c_ulong =
        HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_VECTORCALL | HPy_TPFLAGS_HAVE_GC | HPy_TPFLAGS_DEFAULT;
    let mut findings = Findings::default();
    // Slots and flags of the engine's own are for legacy types.
    let is_legacy = spec.builtin_shape == HPyType_BuiltinShape_Legacy;
    if !is_legacy && spec.flags & !FLAGS != 0 {
        findings.add(format!("flags {:#x} are not flags of HPy", spec.flags & !FLAGS));
    }
    // SAFETY: the definitions of a valid spec, with their names.
    unsafe {
        for (index, definition) in definitions(spec.defines).enumerate() {
            match definition {
                Definition::Slot(slot) => look_at_type_slot(&mut findings, slot.slot, is_legacy),
                Definition::Method(method, _) => findings.check_name("method", method.name),
                Definition::Constants(table) => look_at_constants(&mut findings, table),
                Definition::GetSet(getset) => look_at_getset(&mut findings, getset),
                Definition::Member(member) => look_at_member(&mut findings, member, spec),
                Definition::Typed(_) => {
                    findings.add(
                        "typed functions: only modules have them, also those for methods of a type"
                            .to_owned(),
                    );
                }
                Definition::Unknown(kind) => findings.add_unknown(index, kind),
            }
        }
    }
    if findings.slots.contains(&HPy_bf_releasebuffer) && !findings.slots.contains(&HPy_bf_getbuffer) {
        findings.add("HPy_bf_releasebuffer is defined without HPy_bf_getbuffer".to_owned());
    }
    findings.found
}

fn look_at_type_slot(findings: &mut Findings, slot: c_int, is_legacy: bool) {
    if findings.is_repeated(slot) {
        findings.add(format!("{} is defined twice", name_of_slot(slot)));
    }
    if is_module_slot(slot) {
        findings.add(format!("{} is a slot of modules and has no effect in a type", name_of_slot(slot)));
    } else if slot_signature(slot).is_none() && !is_legacy {
        findings.add(format!("slot {slot} is not a slot of HPy"));
    }
}

/// # Safety
///
/// The definition is valid.
unsafe fn look_at_getset(findings: &mut Findings, getset: &HPyGetSet) {
    // SAFETY: the name of a valid definition.
    let name = unsafe {
        findings.check_name("getset", getset.name);
        name(getset.name)
    };
    if getset.getter_impl.is_none() && getset.setter_impl.is_none() {
        findings.add(format!("getset {name} can neither be read nor written"));
    }
}

/// # Safety
///
/// The definition is valid.
unsafe fn look_at_member(findings: &mut Findings, member: &HPyMember, spec: &HPyType_Spec) {
    // SAFETY: the name of a valid definition.
    let name = unsafe {
        findings.check_name("member", member.name);
        name(member.name)
    };
    let (offset, size) = (member.offset, isize::try_from(spec.basicsize).unwrap_or(0));
    if offset < 0 || (size > 0 && offset >= size) {
        findings
            .add(format!("member {name}: offset {offset} is outside of the struct, which has {size} bytes"));
    }
}

/// # Safety
///
/// The table is that of a valid definition.
unsafe fn look_at_constants(findings: &mut Findings, table: *const HPyConstant) {
    // SAFETY: by contract.
    unsafe {
        for constant in constants(table) {
            findings.check_name("constant", constant.name);
        }
    }
}

fn is_module_slot(slot: c_int) -> bool {
    slot_name(slot).is_some_and(|name| name.starts_with("mod_"))
}

/// The name of a slot, or its number if it has none.
fn name_of_slot(slot: c_int) -> String {
    slot_name(slot).map_or_else(|| format!("slot {slot}"), |name| format!("HPy_{name}"))
}

/// # Safety
///
/// Null, or a C string that lives as long as the result.
unsafe fn name<'a>(name: *const c_char) -> Cow<'a, str> {
    // SAFETY: a C string, unless it is null.
    unsafe { crate::definitions::name(name) }.unwrap_or(Cow::Borrowed("without a name"))
}
