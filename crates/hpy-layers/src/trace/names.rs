//! The names of an extension's functions, from its definitions, without that of the module, which is shown beside them; and of
//! those that it has for others.

use std::borrow::Cow;
use std::ffi::{c_char, c_int};

use hpy_abi::*;

use super::state::{FunctionKind, State};
use super::tracer::Trace;
use crate::generated::wrappers;
use crate::layered::Layered;

impl Trace {
    /// Names the functions that a module defines.
    ///
    /// # Safety
    ///
    /// The definition is valid.
    pub unsafe fn register_module(&self, definition: *const HPyModuleDef) {
        // SAFETY: the definition is valid.
        unsafe { name_functions(&self.state, "", (*definition).defines) };
    }
}

/// Names the functions in definitions; `prefix` goes before each.
///
/// # Safety
///
/// `defines` is null, or an array of valid definitions that NULL ends.
unsafe fn name_functions(state: &State, prefix: &str, defines: *mut *mut HPyDef) {
    let add = |function: Option<HPyCFunction>, name: &str| {
        if let Some(function) = function {
            state.name_function(function as usize, FunctionKind::Own, &format!("{prefix}{name}"));
        }
    };
    // SAFETY: valid definitions, with their names.
    unsafe {
        for definition in definitions(defines) {
            match definition {
                Definition::Method(method, _) => add(method.impl_, &text(method.name)),
                Definition::Slot(slot) => add(slot.impl_, slot_name(slot.slot).unwrap_or("slot")),
                Definition::GetSet(getset) => {
                    add(getset.getter_impl, &format!("{} (get)", text(getset.name)));
                    add(getset.setter_impl, &format!("{} (set)", text(getset.name)));
                }
                Definition::Typed(typed) => add(typed.publish, "typed functions"),
                Definition::Member(_) | Definition::Constants(_) | Definition::Unknown(_) => {}
            }
        }
    }
}

/// # Safety
///
/// Null, or a C string that lives as long as the result.
unsafe fn text<'a>(name: *const c_char) -> Cow<'a, str> {
    // SAFETY: a C string, unless it is null.
    unsafe { crate::definitions::name(name) }.unwrap_or(Cow::Borrowed("?"))
}

/// `HPyType_FromSpec`, whose spec names functions.
pub(crate) unsafe extern "C" fn ctx_Type_FromSpec(
    ctx: *mut HPyContext,
    spec: *mut HPyType_Spec,
    params: *mut HPyType_SpecParam,
) -> HPy {
    // SAFETY: called as the context function. The spec is only read after the engine has accepted it.
    unsafe {
        let result = wrappers::ctx_Type_FromSpec::<Trace>(ctx, spec, params);
        if let Some(spec) = spec.as_ref()
            && !result.is_null()
        {
            let layer = Layered::<Trace>::of(ctx).layer();
            let full_name = text(spec.name);
            let name = full_name.rsplit('.').next().unwrap_or_default();
            name_functions(&layer.state, &format!("{name}."), spec.defines);
        }
        result
    }
}

/// `_HPyAPI_GetSlot`, which is called for a table of functions when it is published and when it is imported.
pub(crate) unsafe extern "C" fn ctx_API_GetSlot(
    ctx: *mut HPyContext,
    table: *mut _HPyAPI_Table,
    publish: c_int,
) -> c_int {
    // SAFETY: called as the context function. The table is only read after the engine has accepted it; it has names, and
    // as many functions as it says.
    unsafe {
        let slot = wrappers::ctx_API_GetSlot::<Trace>(ctx, table, publish);
        if let Some(table) = table.as_ref()
            && slot >= 0
        {
            let state = &Layered::<Trace>::of(ctx).layer().state;
            for index in 0..table._head._count as usize {
                let function = *table._functions.add(index);
                let name = text((*function)._name);
                let full_name = format!("{}.{name}", text(table._head._name));
                state.name_function((*function)._call as usize, FunctionKind::Own, &name);
                state.name_function(function as usize, FunctionKind::Imported, &full_name);
            }
        }
        slot
    }
}
