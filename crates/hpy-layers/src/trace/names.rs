//! The names of an extension's functions, from its definitions, without that of the module, which is shown beside them.

use std::borrow::Cow;
use std::ffi::c_char;

use hpy_abi::*;

use super::state::State;
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
            state.name_function(function as usize, &format!("{prefix}{name}"));
        }
    };
    // SAFETY: valid definitions, with their names.
    unsafe {
        for definition in definitions(defines) {
            match definition {
                Definition::Method(method) => add(method.impl_, &text(method.name)),
                Definition::Slot(slot) => add(slot.impl_, slot_name(slot.slot).unwrap_or("slot")),
                Definition::GetSet(getset) => {
                    add(getset.getter_impl, &format!("{} (get)", text(getset.name)));
                    add(getset.setter_impl, &format!("{} (set)", text(getset.name)));
                }
                Definition::Member(_) | Definition::Unknown(_) => {}
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
