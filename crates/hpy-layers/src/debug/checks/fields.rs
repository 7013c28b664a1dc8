//! Fields and globals have to be where the engine finds them.
//!
//! A field has to be in the struct of its object and to be visited by the traverse function of its type; the same goes
//! for the state of a module. That is checked when the function that stored the field returns, since only then the whole struct, such as the number of fields in an
//! array, has to be right.

use std::ffi::{c_int, c_void};
use std::ptr;
use std::sync::atomic::{AtomicIsize, Ordering};

use hpy_abi::*;

use crate::call::ApiCall;
use crate::debug::calls::context::{CallContext, StoredField};
use crate::debug::location::symbols::variable;
use crate::debug::module::Debug;
use crate::debug::reports::describe;
use crate::debug::reports::rule::Rule;
use crate::debug::reports::site::Site;
use crate::debug::state::DebugState;
use crate::debug::types::FieldOffset;
use crate::layered::Layered;
use crate::member::Member;

use super::replace_functions;

replace_functions! {
    ctx_Field_Store(owner: HPy, field: *mut HPyField, h: HPy) = field_store;
    ctx_Global_Store(global: *mut HPyGlobal, h: HPy) = global_store;
    ctx_Global_Load(global: HPyGlobal) -> HPy = global_load;
}

unsafe fn field_store(layered: &Layered<Debug>, call: &ApiCall, owner: HPy, field: *mut HPyField, h: HPy) {
    // SAFETY: handles from the extension, inside of Python.
    let (owner, h) = unsafe { (layered.unwrap(call, owner), layered.unwrap(call, h)) };
    if !h.is_null() && !owner.is_null() && !field.is_null() {
        // SAFETY: an open handle of the inner context.
        unsafe { check_field(layered, call, owner, field) };
    }
    // SAFETY: the arguments are the extension's, with inner handles.
    unsafe { ((*call.inner).ctx_Field_Store)(call.inner, owner, field, h) };
}

unsafe fn global_store(layered: &Layered<Debug>, call: &ApiCall, global: *mut HPyGlobal, h: HPy) {
    // SAFETY: a handle from the extension, inside of Python.
    let h = unsafe { layered.unwrap(call, h) };
    let debug = layered.layer();
    let listed = |globals: &Vec<usize>| globals.binary_search(&(global as usize)).is_ok();
    if !debug.globals.get().is_none_or(listed) {
        let name = || variable(global as usize).map_or(String::new(), |name| format!("{name}, "));
        // SAFETY: the thread is inside of Python.
        unsafe { report_global(debug, call, || format!("{}at {global:p}", name())) };
    }
    // SAFETY: the arguments are the extension's, with an inner handle.
    unsafe { ((*call.inner).ctx_Global_Store)(call.inner, global, h) };
}

unsafe fn global_load(layered: &Layered<Debug>, call: &ApiCall, global: HPyGlobal) -> HPy {
    let debug = layered.layer();
    // Its address is not known here, but its value has to be that of a global in the list.
    // SAFETY: the globals of a module live as long as the module.
    let value = |&at: &usize| unsafe { AtomicIsize::from_ptr(at as *mut isize) }.load(Ordering::Relaxed);
    let listed = |globals: &Vec<usize>| globals.iter().any(|at| value(at) == global._i);
    if !debug.globals.get().is_none_or(listed) {
        // SAFETY: the thread is inside of Python.
        unsafe { report_global(debug, call, || format!("with the value {:#x}", global._i)) };
    }
    // SAFETY: the argument is the extension's; what is returned is a new handle.
    unsafe { layered.wrap(call, ((*call.inner).ctx_Global_Load)(call.inner, global)) }
}

/// # Safety
///
/// The thread is inside of Python.
#[cold]
unsafe fn report_global(debug: &Debug, call: &ApiCall, which: impl FnOnce() -> String) {
    let state = &debug.state;
    // SAFETY: the site says truly that the thread is inside of Python.
    unsafe {
        state.reporter.report(Rule::GlobalNotRegistered, &state.site(call), |report| {
            report.add("global", which());
        });
    }
}

/// Checks whether a field is in the object's struct, and finds out what has to visit it.
///
/// # Safety
///
/// The handle is open in the inner context. The thread is inside of Python.
unsafe fn check_field(layered: &Layered<Debug>, call: &ApiCall, owner: HPy, field: *mut HPyField) {
    let (state, ctx) = (&layered.layer().state, call.inner);
    // Types must not be looked at with an exception set.
    // SAFETY: the thread is inside of Python.
    if unsafe { CallContext::of_api_call(call).is_exception_set(ctx) } {
        return;
    }
    // SAFETY: the handle is open in the context, and the thread inside of Python.
    let types = unsafe {
        if state.types.is_visited_in(ctx, owner, field) {
            return;
        }
        state.types.of_object(ctx, owner)
    };
    let found = types.iter().find_map(|info| {
        // SAFETY: the object is of this type.
        let (data, offset) = unsafe { info.offset_in(ctx, owner, field) }?;
        (offset < info.size).then_some((data, FieldOffset { type_: info.inner, offset }))
    });
    let site = state.site(call);
    let Some((data, place)) = found else {
        // SAFETY: the handle is open, and the thread inside of Python.
        unsafe {
            if types.is_empty() {
                check_field_of_module(layered, &site, ctx, owner, field);
            } else if types.iter().any(|info| info.size > 0) {
                report_outside(state, &site, ctx, owner, field);
            }
        }
        return;
    };
    if types.iter().any(|info| info.has_legacy_slots) || state.types.is_visited(place) {
        return;
    }
    let traverse: Vec<_> = types.iter().filter_map(|info| info.traverse).collect();
    if traverse.is_empty() {
        let what = || format!("at offset {} of the struct; the type has no HPy_tp_traverse", place.offset);
        // SAFETY: the handle is open, and the thread inside of Python.
        return unsafe { report_not_traversed(state, &site, ctx, owner, what) };
    }
    if let Some(current) = state.contexts.current() {
        // SAFETY: the handle is open.
        let owner = unsafe { ((*ctx).ctx_Dup)(ctx, owner) };
        current.add_stored(StoredField {
            owner,
            data,
            offset: place.offset,
            field,
            type_: Some(place.type_),
            traverse,
            has_critical_sections: has_critical_sections(layered),
            place: site.place,
        });
    }
}

/// Whether the engine's context is long enough for them.
fn has_critical_sections(layered: &Layered<Debug>) -> bool {
    layered.members() > Member::ctx_CriticalSection_End as usize
}

/// The same as [`check_field`] for the state of a module, if the owner is one with a state.
///
/// # Safety
///
/// The handle is open in the context. The thread is inside of Python.
unsafe fn check_field_of_module(
    layered: &Layered<Debug>,
    site: &Site,
    ctx: *mut HPyContext,
    owner: HPy,
    field: *mut HPyField,
) {
    let debug = layered.layer();
    let Some(module) = debug.module_state.get().filter(|module| module.size > 0) else { return };
    let state = &debug.state;
    // SAFETY: the handle is open, and the thread inside of Python. Engines that make modules with a state have the member.
    unsafe {
        let data = ((*ctx).ctx_Module_GetState)(ctx, owner);
        if data.is_null() {
            return ((*ctx).ctx_Err_Clear)(ctx);
        }
        let offset = (field as usize).wrapping_sub(data as usize);
        if offset >= module.size {
            return report_outside(state, site, ctx, owner, field);
        }
        let Some(traverse) = module.traverse else {
            let what = || format!("at offset {offset} of the state; the module has no HPy_mod_traverse");
            return report_not_traversed(state, site, ctx, owner, what);
        };
        if let Some(current) = state.contexts.current() {
            current.add_stored(StoredField {
                owner: ((*ctx).ctx_Dup)(ctx, owner),
                data,
                offset,
                field,
                type_: None,
                traverse: vec![traverse],
                has_critical_sections: has_critical_sections(layered),
                place: site.place,
            });
        }
    }
}

/// Checks whether what a function stored is visited, now that it returns.
///
/// # Safety
///
/// The fields were stored in the inner context by this call. The thread is inside of Python.
#[cold]
pub(crate) unsafe fn check_stored(state: &DebugState, ctx: *mut HPyContext, fields: Vec<StoredField>) {
    for stored in fields {
        // SAFETY: the object lives, and with it its struct, in which the field is.
        let look = || unsafe {
            let is_set = !(*stored.field).is_null();
            (is_set, is_set && visits(&stored))
        };
        // SAFETY: the handle is open.
        let (is_set, is_visited) = unsafe { in_critical_section(ctx, &stored, look) };
        if is_visited {
            if let Some(type_) = stored.type_ {
                state.types.set_visited(FieldOffset { type_, offset: stored.offset });
            }
        } else if is_set {
            let site = Site::at(stored.place).about(stored.offset);
            let what = || {
                let offset = stored.offset;
                if stored.type_.is_none() {
                    return format!("at offset {offset} of the state; HPy_mod_traverse does not visit it");
                }
                // SAFETY: the handle is open, and the thread inside of Python.
                let name = unsafe { describe::type_name(ctx, stored.owner) }.unwrap_or_default();
                format!("at offset {offset} of the struct; HPy_tp_traverse of {name} does not visit it")
            };
            // SAFETY: the handle is open, and the thread inside of Python.
            unsafe { report_not_traversed(state, &site, ctx, stored.owner, what) };
        }
        // SAFETY: the handle is ours.
        unsafe { ((*ctx).ctx_Close)(ctx, stored.owner) };
    }
}

/// Runs `look` while no other thread changes the struct, if it keeps to critical sections.
///
/// # Safety
///
/// The field was stored in this context, and its owner is open there. The thread is inside of Python.
unsafe fn in_critical_section<R>(ctx: *mut HPyContext, stored: &StoredField, look: impl FnOnce() -> R) -> R {
    let mut section = HPyCriticalSection { _begun: 0, _first: 0, _second: 0, _third: 0 };
    let section = stored.has_critical_sections.then_some(&raw mut section);
    // SAFETY: the context has the functions; the handle is open until the section has ended.
    unsafe {
        if let Some(section) = section {
            ((*ctx).ctx_CriticalSection_Begin)(ctx, section, stored.owner);
        }
        let result = look();
        if let Some(section) = section {
            ((*ctx).ctx_CriticalSection_End)(ctx, section);
        }
        result
    }
}

/// What a traverse function is asked.
struct Search {
    field: *mut HPyField,
    found: bool,
}

/// Whether a traverse function visits the field.
///
/// # Safety
///
/// The object lives.
unsafe fn visits(stored: &StoredField) -> bool {
    unsafe extern "C" fn visit(field: *mut HPyField, search: *mut c_void) -> c_int {
        // SAFETY: passed below, and used by nobody meanwhile.
        let search = unsafe { &mut *search.cast::<Search>() };
        search.found |= ptr::eq(field, search.field);
        search.found.into()
    }
    let mut search = Search { field: stored.field, found: false };
    for traverse in &stored.traverse {
        // SAFETY: a traverse function of the object's type, with the object's struct.
        unsafe { traverse(stored.data, visit, (&raw mut search).cast()) };
    }
    search.found
}

/// # Safety
///
/// The handle is open in the context. The thread is inside of Python.
unsafe fn report_outside(
    state: &DebugState,
    site: &Site,
    ctx: *mut HPyContext,
    owner: HPy,
    field: *mut HPyField,
) {
    // SAFETY: the handle is open, and the thread inside of Python.
    unsafe {
        state.reporter.report(Rule::FieldOutsideObject, site, |report| {
            report.add("object", describe::object(ctx, owner));
            report.add(
                "field",
                format!("at {field:p}, which is not in the struct of the object, or the state of the module"),
            );
        });
    }
}

/// # Safety
///
/// The handle is open in the context. The thread is inside of Python.
unsafe fn report_not_traversed(
    state: &DebugState,
    site: &Site,
    ctx: *mut HPyContext,
    owner: HPy,
    field: impl FnOnce() -> String,
) {
    // SAFETY: the handle is open, and the thread inside of Python.
    unsafe {
        state.reporter.report(Rule::FieldNotTraversed, site, |report| {
            report.add("object", describe::object(ctx, owner));
            report.add("field", field());
        });
    }
}
