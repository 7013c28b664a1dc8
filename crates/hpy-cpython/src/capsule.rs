//! Capsules: C pointers as objects.
#![expect(non_upper_case_globals, reason = "constants of the C API as patterns")]

use std::ffi::{c_char, c_int, c_void};

use crate::ffi::{
    PyCapsule_Destructor, PyCapsule_GetContext, PyCapsule_GetName, PyCapsule_GetPointer, PyCapsule_New,
    PyCapsule_SetContext, PyCapsule_SetDestructor, PyCapsule_SetName, PyCapsule_SetPointer, PyExc_ValueError,
    PyObject,
};
use hpy_abi::{
    _HPyCapsule_key, HPy, HPyCFunction, HPyCapsule_Destructor, HPyCapsule_key_Context,
    HPyCapsule_key_Destructor, HPyCapsule_key_Name, HPyCapsule_key_Pointer, HPyContext,
    HPyFunc_Capsule_Destructor,
};

use crate::boundary::{Raised, Result, value_error};
use crate::context::Universal;
use crate::forward::fail;
use crate::handle::{handle, object};

pub(crate) unsafe extern "C" fn ctx_Capsule_New(
    ctx: *mut HPyContext,
    pointer: *mut c_void,
    utf8_name: *const c_char,
    destructor: *mut HPyCapsule_Destructor,
) -> HPy {
    // SAFETY: the contract of context functions, see `crate::forward`; CPython tests the pointer.
    unsafe {
        match native_destructor(ctx, destructor) {
            Ok(destructor) => handle(PyCapsule_New(pointer, utf8_name, destructor)),
            Err(Raised) => HPy::NULL,
        }
    }
}

pub(crate) unsafe extern "C" fn ctx_Capsule_Get(
    _: *mut HPyContext,
    capsule: HPy,
    key: _HPyCapsule_key,
    utf8_name: *const c_char,
) -> *mut c_void {
    let capsule = object(capsule);
    // SAFETY: as above; CPython tests the capsule.
    unsafe {
        match key {
            HPyCapsule_key_Pointer => PyCapsule_GetPointer(capsule, utf8_name),
            HPyCapsule_key_Name => PyCapsule_GetName(capsule).cast_mut().cast(),
            HPyCapsule_key_Context => PyCapsule_GetContext(capsule),
            HPyCapsule_key_Destructor => {
                fail(PyExc_ValueError, c"Invalid operation: get HPyCapsule_key_Destructor")
            }
            _ => fail(PyExc_ValueError, c"invalid capsule key: use one of HPyCapsule_key_..."),
        }
    }
}

pub(crate) unsafe extern "C" fn ctx_Capsule_Set(
    ctx: *mut HPyContext,
    capsule: HPy,
    key: _HPyCapsule_key,
    value: *mut c_void,
) -> c_int {
    let capsule = object(capsule);
    // SAFETY: as above; `value` is what the key says.
    unsafe {
        match key {
            HPyCapsule_key_Pointer => PyCapsule_SetPointer(capsule, value),
            HPyCapsule_key_Name => PyCapsule_SetName(capsule, value.cast()),
            HPyCapsule_key_Context => PyCapsule_SetContext(capsule, value),
            HPyCapsule_key_Destructor => match native_destructor(ctx, value.cast()) {
                Ok(destructor) => PyCapsule_SetDestructor(capsule, destructor),
                Err(Raised) => -1,
            },
            _ => fail(PyExc_ValueError, c"invalid capsule key: use one of HPyCapsule_key_..."),
        }
    }
}

/// What CPython calls for an extension's destructor: the extension's own trampoline. A thunk would not do: it adds
/// a context, which the implementation does not take, while the trampoline comes back with the capsule and the
/// implementation, see [`run_destructor`].
///
/// # Safety
///
/// `destructor` is null or valid; `ctx` is that of a [`Universal`].
unsafe fn native_destructor(
    ctx: *mut HPyContext,
    destructor: *const HPyCapsule_Destructor,
) -> Result<Option<PyCapsule_Destructor>> {
    // SAFETY: by contract, `destructor` is null or valid; `ctx` is that of a [`Universal`].
    let Some(destructor) = (unsafe { destructor.as_ref() }) else { return Ok(None) };
    let (Some(trampoline), Some(implementation)) = (destructor.cpy_trampoline, destructor.impl_) else {
        return Err(value_error(c"Invalid HPyCapsule destructor"));
    };
    // SAFETY: by contract; it is only compared with what the trampoline passes.
    unsafe {
        let implementation = std::mem::transmute::<HPyFunc_Capsule_Destructor, HPyCFunction>(implementation);
        Universal::of(ctx).route_trampoline(implementation)?;
    }
    // SAFETY: this is the prototype that the headers give these trampolines; the ABI has one type for all.
    Ok(Some(unsafe { std::mem::transmute::<HPyCFunction, PyCapsule_Destructor>(trampoline) }))
}

/// Calls an extension's destructor for a capsule that CPython is about to free.
///
/// # Safety
///
/// `capsule` is a valid capsule, the thread is attached.
pub(crate) unsafe fn run_destructor(
    capsule: *mut PyObject,
    destroy: unsafe extern "C" fn(*const c_char, *mut c_void, *mut c_void),
) {
    // SAFETY: the caller's promise; for a valid capsule none of these can raise.
    unsafe {
        let name = PyCapsule_GetName(capsule);
        let pointer = PyCapsule_GetPointer(capsule, name);
        destroy(name, pointer, PyCapsule_GetContext(capsule));
    }
}
