//! What people call the functions of an extension: found in its definitions. The name of the module, which everybody
//! tells beside it, is left out.

use std::ffi::{CStr, c_char};

use hpy_abi::*;

use super::{State, Trace};
use crate::{Layered, wrappers};

impl Trace {
    /// Names the functions that a module defines.
    ///
    /// # Safety
    /// The definition is valid.
    pub unsafe fn register_module(&self, definition: *const HPyModuleDef) {
        // SAFETY: by contract.
        unsafe { self.state.name_definitions("", (*definition).defines) };
    }
}

impl State {
    /// Names the functions in definitions; `prefix` goes before each.
    ///
    /// # Safety
    /// Null, or an array of valid definitions that NULL ends.
    unsafe fn name_definitions(&self, prefix: &str, mut defines: *mut *mut HPyDef) {
        let name = |function: Option<HPyCFunction>, name: &str| {
            if let Some(function) = function {
                self.name_function(function as usize, &format!("{prefix}{name}"));
            }
        };
        // SAFETY: by contract; `kind` says which field of the union is valid.
        unsafe {
            while let Some(definition) = defines.as_ref().and_then(|next| next.as_ref()) {
                match definition.kind {
                    HPyDef_Kind_Meth => name(definition.u.meth.impl_, &text(definition.u.meth.name)),
                    HPyDef_Kind_Slot => {
                        let slot = definition.u.slot;
                        name(slot.impl_, slot_name(slot.slot).unwrap_or("slot"));
                    }
                    HPyDef_Kind_GetSet => {
                        let getset = definition.u.getset;
                        name(getset.getter_impl, &format!("{} (get)", text(getset.name)));
                        name(getset.setter_impl, &format!("{} (set)", text(getset.name)));
                    }
                    _ => {}
                }
                defines = defines.add(1);
            }
        }
    }
}

/// # Safety
/// Null, or a string.
unsafe fn text(string: *const c_char) -> String {
    if string.is_null() {
        return String::from("?");
    }
    // SAFETY: by contract.
    unsafe { CStr::from_ptr(string).to_string_lossy().into_owned() }
}

/// `HPyType_FromSpec`, which makes functions known.
pub(super) unsafe extern "C" fn ctx_Type_FromSpec(
    ctx: *mut HPyContext,
    spec: *mut HPyType_Spec,
    params: *mut HPyType_SpecParam,
) -> HPy {
    // SAFETY: called as the context function; the engine checks the spec, which this only reads where it can.
    unsafe {
        let result = wrappers::ctx_Type_FromSpec::<Trace>(ctx, spec, params);
        if let Some(spec) = spec.as_ref()
            && !result.is_null()
        {
            let layer = Layered::<Trace>::of(ctx).layer();
            let full_name = text(spec.name);
            let name = full_name.rsplit('.').next().unwrap_or_default();
            layer.state.name_definitions(&format!("{name}."), spec.defines);
        }
        result
    }
}
