//! Whose call it is that comes through an extension's own trampoline.
//!
//! A trampoline tells which function it stands for, and nothing of where CPython has it from. What the function is called
//! for does: a module, or an object of a type, both of which know the context that they were made with.

use std::ffi::{c_int, c_void};

use crate::ffi::{self, PyObject, PyTypeObject};
use hpy_abi::*;

use crate::module;
use crate::types::record;

/// The one of these contexts that a call is for.
///
/// # Safety
/// The caller holds the interpreter; `args` is what a trampoline of this signature passed.
pub(crate) unsafe fn of_call(
    signature: c_int,
    args: *mut c_void,
    contexts: &[*mut HPyContext],
) -> Option<*mut HPyContext> {
    // SAFETY: what a trampoline of this signature passed: arguments of a call, so they are objects or null.
    unsafe { objects(signature, args).iter().find_map(|object| owner(*object, contexts)) }
}

/// The arguments that may be what the function is called for: the first, of operators each. They stand at the beginning
/// of the struct.
///
/// # Safety
/// `args` is what a trampoline of this signature passed.
unsafe fn objects<'a>(signature: c_int, args: *mut c_void) -> &'a [*mut PyObject] {
    let count = match signature {
        HPyFunc_CAPSULE_DESTRUCTOR | HPyFunc_DESTROYFUNC | HPyFunc_FREEFUNC | HPyFunc_MOD_CREATE => 0,
        HPyFunc_BINARYFUNC => 2,
        HPyFunc_TERNARYFUNC => 3,
        _ => 1,
    };
    // SAFETY: the struct of arguments of this signature begins with so many pointers to objects.
    unsafe { std::slice::from_raw_parts(args.cast(), count) }
}

/// The one of these contexts that an object, its type or, if it is one, itself or a base of these was made with.
///
/// # Safety
/// The caller holds the interpreter; `object` is null or an object.
unsafe fn owner(object: *mut PyObject, contexts: &[*mut HPyContext]) -> Option<*mut HPyContext> {
    let known = |ctx: &*mut HPyContext| contexts.contains(ctx);
    // SAFETY: null, or an object of the interpreter that the caller holds, which keeps its type and the bases of that.
    unsafe {
        if object.is_null() {
            return None;
        }
        if ffi::PyModule_Check(object) != 0
            && let Some(ctx) = module::context_of(object).filter(known)
        {
            return Some(ctx);
        }
        let is_type = ffi::PyType_Check(object) != 0;
        [Some(ffi::Py_TYPE(object)), is_type.then_some(object.cast())]
            .into_iter()
            .flatten()
            .flat_map(|ty| resolution_order(ty))
            .find_map(|ty| record::of_this_copy(ty).map(|record| record.context).filter(known))
    }
}

/// The types where attributes of a type are looked up; none of one that is not ready.
unsafe fn resolution_order(ty: *mut PyTypeObject) -> impl Iterator<Item = *mut PyTypeObject> {
    // SAFETY: the caller has a type, whose order is a tuple of types, or null.
    unsafe {
        let order = (*ty).tp_mro;
        let count = if order.is_null() { 0 } else { ffi::PyTuple_GET_SIZE(order) };
        (0..count).map(move |index| ffi::PyTuple_GET_ITEM(order, index).cast())
    }
}
