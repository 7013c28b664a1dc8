//! Fields and globals: stored where the engine finds them again.
//!
//! A field belongs into the struct of its object and is visited by the traverse function of its type. The function is
//! asked when the function of the extension that stored the field returns, since only then all of the struct, such as
//! the number of fields in an array, has to be right.

use std::collections::BTreeSet;
use std::ffi::{CStr, c_int, c_void};
use std::sync::atomic::{AtomicIsize, Ordering};
use std::sync::{Arc, Mutex};

use hpy_abi::*;

use crate::sync::lock;
use crate::{ApiCall, FunctionCall, Layered, Member, wrappers};

use crate::debug::checks::definitions;
use crate::debug::checks::structs::struct_of;
use crate::debug::layer::Debug;
use crate::debug::location::place::Place;
use crate::debug::location::symbols::variable;
use crate::debug::reports::report::{Rule, Site, describe_object, type_name};
use crate::debug::state::DebugState;

/// A type made by an extension in debug mode. It may be gone, and another type be where it was.
#[derive(Clone)]
struct TypeInfo {
    /// The engine's handle. On an engine where each handle of a type is another, types are not found again, and their
    /// fields not checked.
    inner: isize,
    name: Arc<str>,
    shape: HPyType_BuiltinShape,
    size: usize,
    traverse: Option<HPyFunc_traverseproc>,
    /// It has slots of the engine's own, among which there may be a traverse function.
    legacy: bool,
}

/// The types of an interpreter, and which offsets of which of them are known to be visited.
#[derive(Default)]
pub(crate) struct Types {
    known: Mutex<Vec<TypeInfo>>,
    visited: Mutex<BTreeSet<(isize, usize)>>,
}

/// A field that waits for the function of the extension to return.
pub(crate) struct StoredField {
    /// A handle of the engine, which is ours.
    owner: HPy,
    data: *mut c_void,
    field: *mut HPyField,
    traverse: Vec<HPyFunc_traverseproc>,
    /// To be noted when it is visited.
    visited: (isize, usize),
    place: Place,
}

/// Puts the functions of this file into a context.
pub(crate) fn replace(context: &mut HPyContext) {
    context.ctx_Type_FromSpec = type_from_spec;
    context.ctx_Field_Store = field_store;
    context.ctx_Global_Store = global_store;
    context.ctx_Global_Load = global_load;
}

// Each has the contract of the function that it stands in front of.

unsafe extern "C" fn type_from_spec(
    ctx: *mut HPyContext,
    spec: *mut HPyType_Spec,
    params: *mut HPyType_SpecParam,
) -> HPy {
    // SAFETY: by contract; what was made has a spec that is valid.
    unsafe {
        let made = wrappers::ctx_Type_FromSpec::<Debug>(ctx, spec, params);
        let layered = Layered::<Debug>::of(ctx);
        let state = &layered.layer().state;
        if let Some(record) = state.arena.get(made._i) {
            let call = ApiCall { ctx, inner: layered.inner(), member: Member::ctx_Type_FromSpec };
            definitions::check_type(state, &call, &*spec);
            state.types.add(HPy { _i: record.inner() }, layered.inner(), &*spec);
        }
        made
    }
}

unsafe extern "C" fn field_store(ctx: *mut HPyContext, owner: HPy, field: *mut HPyField, h: HPy) {
    // SAFETY: by contract.
    unsafe {
        Layered::<Debug>::api(ctx, Member::ctx_Field_Store, |layered, call| {
            let owner = layered.unwrap(call, owner);
            let h = layered.unwrap(call, h);
            if !h.is_null() && !owner.is_null() && !field.is_null() {
                check_field(&layered.layer().state, call, owner, field);
            }
            ((*call.inner).ctx_Field_Store)(call.inner, owner, field, h)
        })
    }
}

unsafe extern "C" fn global_store(ctx: *mut HPyContext, global: *mut HPyGlobal, h: HPy) {
    // SAFETY: by contract.
    unsafe {
        Layered::<Debug>::api(ctx, Member::ctx_Global_Store, |layered, call| {
            let h = layered.unwrap(call, h);
            let debug = layered.layer();
            let listed = |globals: &Vec<usize>| globals.binary_search(&(global as usize)).is_ok();
            if !debug.globals.get().is_none_or(listed) {
                debug.state.report(Rule::GlobalNotRegistered, &debug.state.site(call), |report| {
                    let name = variable(global as usize).map_or(String::new(), |name| format!("{name}, "));
                    report.line("global", format!("{name}at {global:p}"));
                });
            }
            ((*call.inner).ctx_Global_Store)(call.inner, global, h)
        })
    }
}

unsafe extern "C" fn global_load(ctx: *mut HPyContext, global: HPyGlobal) -> HPy {
    // SAFETY: by contract.
    unsafe {
        Layered::<Debug>::api(ctx, Member::ctx_Global_Load, |layered, call| {
            let debug = layered.layer();
            // Its address is not known here, but its value is that of one in the list.
            let value = |&at: &usize| AtomicIsize::from_ptr(at as *mut isize).load(Ordering::Relaxed);
            let listed = |globals: &Vec<usize>| globals.iter().any(|at| value(at) == global._i);
            if !debug.globals.get().is_none_or(listed) {
                debug.state.report(Rule::GlobalNotRegistered, &debug.state.site(call), |report| {
                    report.line("global", format!("with the value {:#x}", global._i));
                });
            }
            layered.wrap(call, ((*call.inner).ctx_Global_Load)(call.inner, global))
        })
    }
}

impl Debug {
    /// Tells what the module says of itself: its definitions are checked, and its globals known from now on.
    ///
    /// # Safety
    ///
    /// The definition is valid and stays where it is. The thread is inside of Python.
    pub unsafe fn register_module(&self, module: &HPyModuleDef) {
        let mut globals = Vec::new();
        let mut next = module.globals;
        // SAFETY: NULL ends the array.
        unsafe {
            while !next.is_null() && !(*next).is_null() {
                globals.push(*next as usize);
                next = next.add(1);
            }
            globals.sort_unstable();
            let _ = self.globals.set(globals);
            definitions::check_module(&self.state, module);
        }
    }
}

impl Types {
    unsafe fn add(&self, inner: HPy, ctx: *mut HPyContext, spec: &HPyType_Spec) {
        // SAFETY: by contract.
        unsafe {
            let mut traverse = None;
            for definition in definitions::all(spec.defines) {
                if definition.kind == HPyDef_Kind_Slot && definition.u.slot.slot == HPy_tp_traverse {
                    traverse = definition.u.slot.impl_;
                }
            }
            let name = ((*ctx).ctx_Type_GetName)(ctx, inner);
            if name.is_null() {
                return ((*ctx).ctx_Err_Clear)(ctx);
            }
            let info = TypeInfo {
                inner: inner._i,
                name: CStr::from_ptr(name).to_string_lossy().into(),
                shape: spec.builtin_shape,
                size: usize::try_from(spec.basicsize).unwrap_or(0),
                traverse: traverse.map(|f| std::mem::transmute::<HPyCFunction, HPyFunc_traverseproc>(f)),
                legacy: !spec.legacy_slots.is_null(),
            };
            lock(&self.visited).retain(|&(other, _)| other != inner._i);
            let mut known = lock(&self.known);
            known.retain(|other| other.inner != inner._i);
            // Without memory, its fields are not checked.
            if known.try_reserve(1).is_ok() {
                known.push(info);
            }
        }
    }

    /// Whether the field is known to be visited, from a look at the object's type alone.
    unsafe fn is_visited(&self, ctx: *mut HPyContext, object: HPy, field: *mut HPyField) -> bool {
        // SAFETY: by contract; the handle of the type lives for as long as its name is looked at.
        unsafe {
            let ty = ((*ctx).ctx_Type)(ctx, object);
            if ty.is_null() {
                ((*ctx).ctx_Err_Clear)(ctx);
                return false;
            }
            let info = lock(&self.known).iter().find(|info| info.inner == ty._i).cloned();
            let info = info.filter(|info| {
                let name = ((*ctx).ctx_Type_GetName)(ctx, ty);
                !name.is_null() && CStr::from_ptr(name).to_bytes() == info.name.as_bytes()
            });
            ((*ctx).ctx_Close)(ctx, ty);
            info.is_some_and(|info| {
                let data = struct_of(ctx, object, info.shape);
                let offset = (field as usize).wrapping_sub(data as usize);
                !data.is_null() && lock(&self.visited).contains(&(info.inner, offset))
            })
        }
    }

    fn find(&self, inner: HPy, name: impl FnOnce() -> Option<String>) -> Option<TypeInfo> {
        let found = lock(&self.known).iter().find(|info| info.inner == inner._i).cloned()?;
        (*name()? == *found.name).then_some(found)
    }

    /// What is known of the object's type and its bases, from the type on; none if a base is made by HPy, but not
    /// known.
    unsafe fn of(&self, ctx: *mut HPyContext, object: HPy) -> Vec<TypeInfo> {
        let mut found = Vec::new();
        // SAFETY: by contract.
        unsafe {
            let mut ty = ((*ctx).ctx_Type)(ctx, object);
            while !ty.is_null() && ((*ctx).ctx_Is)(ctx, ty, (*ctx).h_None) == 0 {
                let name = || {
                    let name = ((*ctx).ctx_Type_GetName)(ctx, ty);
                    (!name.is_null()).then(|| CStr::from_ptr(name).to_string_lossy().into_owned())
                };
                found.extend(self.find(ty, name));
                let base = ((*ctx).ctx_GetAttr_s)(ctx, ty, c"__base__".as_ptr());
                ((*ctx).ctx_Close)(ctx, ty);
                ty = base;
            }
            if ty.is_null() {
                ((*ctx).ctx_Err_Clear)(ctx);
            } else {
                ((*ctx).ctx_Close)(ctx, ty);
            }
        }
        found
    }
}

/// Whether the field is in the object's struct, and what has to visit it. Handles are inner ones.
unsafe fn check_field(state: &DebugState, call: &ApiCall, owner: HPy, field: *mut HPyField) {
    let ctx = call.inner;
    // SAFETY: by contract.
    unsafe {
        // To look at types is not allowed with an exception set.
        if ((*ctx).ctx_Err_Occurred)(ctx) != 0 {
            return;
        }
        if state.types.is_visited(ctx, owner, field) {
            return;
        }
        let types = state.types.of(ctx, owner);
        let mut place = None;
        for info in &types {
            let data = struct_of(ctx, owner, info.shape);
            let offset = (field as usize).wrapping_sub(data as usize);
            if !data.is_null() && offset < info.size {
                place = Some((data, offset, info.inner));
                break;
            }
        }
        let site = state.site(call);
        let Some((data, offset, inner)) = place else {
            if types.iter().any(|info| info.size > 0) {
                state.report(Rule::FieldOutsideObject, &site, |report| {
                    report.line("object", describe_object(ctx, owner));
                    report.line("field", format!("at {field:p}, which is not in the struct of the object"));
                });
            }
            return;
        };
        if types.iter().any(|info| info.legacy) || lock(&state.types.visited).contains(&(inner, offset)) {
            return;
        }
        let traverse: Vec<_> = types.iter().filter_map(|info| info.traverse).collect();
        if traverse.is_empty() {
            return state.report(Rule::FieldNotTraversed, &site, |report| {
                report.line("object", describe_object(ctx, owner));
                report.line(
                    "field",
                    format!("at offset {offset} of the struct; the type has no HPy_tp_traverse"),
                );
            });
        }
        if let Some(current) = state.contexts.current() {
            let owner = ((*ctx).ctx_Dup)(ctx, owner);
            let (place, visited) = (site.place, (inner, offset));
            current.store(StoredField { owner, data, field, traverse, visited, place });
        }
    }
}

/// What a traverse function is asked.
struct Search {
    field: *mut HPyField,
    found: bool,
}

unsafe extern "C" fn visit(field: *mut HPyField, search: *mut c_void) -> c_int {
    // SAFETY: `check_stored` passed it.
    let search = unsafe { &mut *search.cast::<Search>() };
    search.found |= std::ptr::eq(field, search.field);
    search.found.into()
}

/// Whether what a function stored is visited, now that it returns.
///
/// # Safety
///
/// The thread is inside of Python.
#[cold]
pub(crate) unsafe fn check_stored(state: &DebugState, call: &FunctionCall, fields: Vec<StoredField>) {
    for stored in fields {
        // SAFETY: the object lives, and with it its struct, in which the field is.
        unsafe {
            if !(*stored.field).is_null() {
                let mut search = Search { field: stored.field, found: false };
                for traverse in &stored.traverse {
                    traverse(stored.data, visit, (&raw mut search).cast());
                }
                if search.found {
                    lock(&state.types.visited).insert(stored.visited);
                } else {
                    let subject = stored.visited.1;
                    let site = Site { place: stored.place, call: None, inside_python: true, subject };
                    state.report(Rule::FieldNotTraversed, &site, |report| {
                        let name = type_name(call.inner, stored.owner).unwrap_or_default();
                        let offset = stored.visited.1;
                        report.line("object", describe_object(call.inner, stored.owner));
                        report.line(
                            "field",
                            format!(
                                "at offset {offset} of the struct; HPy_tp_traverse of {name} passes it by"
                            ),
                        );
                    });
                }
            }
            ((*call.inner).ctx_Close)(call.inner, stored.owner);
        }
    }
}
