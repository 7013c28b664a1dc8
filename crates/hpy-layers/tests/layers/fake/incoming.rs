//! Calls into functions of an extension, as an engine makes them.
//!
//! What passes through layers from the caller to the engine's context is a pointer that only these two understand: here
//! it is a closure that calls the function.

use std::ffi::c_void;

use hpy_abi::*;
use hpy_layers::{Callee, Layer, Layered};

use super::{Function, Seen, Value, note};

/// What an engine does once it has handles: calls the function with the engine's context.
type Call<'a> = dyn FnMut(*mut HPyContext, HPyCFunction) + 'a;

/// The engine's `ctx_CallRealFunctionFromTrampoline`.
pub(super) unsafe extern "C" fn call_function(
    ctx: *mut HPyContext,
    _: HPyFunc_Signature,
    function: HPyCFunction,
    args: *mut c_void,
) {
    // SAFETY: that is what `through` passes.
    let call = unsafe { &mut *args.cast::<&mut Call>() };
    call(ctx, function);
}

/// Hands a call to the context, which brings it to `call` by way of every layer.
pub(crate) fn through(
    ctx: *mut HPyContext,
    signature: HPyFunc_Signature,
    function: HPyCFunction,
    mut call: impl FnMut(*mut HPyContext, HPyCFunction),
) {
    let mut call: &mut Call = &mut call;
    // SAFETY: the context lives, and the engine's is `call_function`.
    unsafe { ((*ctx).ctx_CallRealFunctionFromTrampoline)(ctx, signature, function, (&raw mut call).cast()) };
}

/// A layer around a context, whichever it is.
pub(crate) trait AnyLayered {
    fn stand_in(&self, signature: HPyFunc_Signature, origin: HPyCFunction, callee: Callee) -> Option<Callee>;
}

impl<L: Layer> AnyLayered for Layered<L> {
    fn stand_in(&self, signature: HPyFunc_Signature, origin: HPyCFunction, callee: Callee) -> Option<Callee> {
        self.stand_in(signature, origin, callee)
    }
}

/// What an engine calls in the place of the function. The outermost layer is the first.
pub(crate) fn stand_in(
    layers: &[&dyn AnyLayered],
    signature: HPyFunc_Signature,
    function: HPyCFunction,
) -> Option<Callee> {
    let own = Callee { first: std::ptr::null_mut(), function };
    layers.iter().try_fold(own, |callee, layer| layer.stand_in(signature, function, callee))
}

/// A signature: its name and number; an extension's function of it that changes the bits of `MASK` in handles; and the
/// call that an engine makes, with the engine's handles.
pub(crate) struct Signature {
    pub(crate) name: &'static str,
    pub(crate) number: HPyFunc_Signature,
    pub(crate) function: HPyCFunction,
    pub(crate) call: fn(*mut HPyContext, HPyCFunction) -> Vec<Seen>,
    /// The same with what stands in for the function.
    pub(crate) call_stand_in: fn(*mut HPyContext, HPyCFunction) -> Vec<Seen>,
}

macro_rules! signatures {
    ($($number:ident: $type:ident,)*) => {
        /// Every signature whose functions get a context, but for the one that fills a buffer.
        pub(crate) fn signatures<const MASK: isize>() -> Vec<Signature> {
            vec![$(Signature {
                name: stringify!($number),
                number: $number,
                function: unsafe {
                    // SAFETY: `call` changes it back.
                    std::mem::transmute::<$type, HPyCFunction>(Function::fake::<{ $number as usize }, MASK>())
                },
                call: |ctx, function| {
                    // SAFETY: it has this type, see above.
                    unsafe { std::mem::transmute::<HPyCFunction, $type>(function) }.call(ctx, 0)
                },
                call_stand_in: |first, function| {
                    // SAFETY: as above.
                    unsafe { std::mem::transmute::<HPyCFunction, $type>(function) }.call(first, 0)
                },
            }),*]
        }
    };
}

signatures! {
    HPyFunc_VARARGS: HPyFunc_varargs,
    HPyFunc_KEYWORDS: HPyFunc_keywords,
    HPyFunc_NOARGS: HPyFunc_noargs,
    HPyFunc_O: HPyFunc_o,
    HPyFunc_RELEASEBUFFERPROC: HPyFunc_releasebufferproc,
    HPyFunc_UNARYFUNC: HPyFunc_unaryfunc,
    HPyFunc_BINARYFUNC: HPyFunc_binaryfunc,
    HPyFunc_TERNARYFUNC: HPyFunc_ternaryfunc,
    HPyFunc_INQUIRY: HPyFunc_inquiry,
    HPyFunc_LENFUNC: HPyFunc_lenfunc,
    HPyFunc_SSIZEARGFUNC: HPyFunc_ssizeargfunc,
    HPyFunc_SSIZESSIZEARGFUNC: HPyFunc_ssizessizeargfunc,
    HPyFunc_SSIZEOBJARGPROC: HPyFunc_ssizeobjargproc,
    HPyFunc_SSIZESSIZEOBJARGPROC: HPyFunc_ssizessizeobjargproc,
    HPyFunc_OBJOBJARGPROC: HPyFunc_objobjargproc,
    HPyFunc_FREEFUNC: HPyFunc_freefunc,
    HPyFunc_GETATTRFUNC: HPyFunc_getattrfunc,
    HPyFunc_GETATTROFUNC: HPyFunc_getattrofunc,
    HPyFunc_SETATTRFUNC: HPyFunc_setattrfunc,
    HPyFunc_SETATTROFUNC: HPyFunc_setattrofunc,
    HPyFunc_REPRFUNC: HPyFunc_reprfunc,
    HPyFunc_HASHFUNC: HPyFunc_hashfunc,
    HPyFunc_RICHCMPFUNC: HPyFunc_richcmpfunc,
    HPyFunc_GETITERFUNC: HPyFunc_getiterfunc,
    HPyFunc_ITERNEXTFUNC: HPyFunc_iternextfunc,
    HPyFunc_DESCRGETFUNC: HPyFunc_descrgetfunc,
    HPyFunc_DESCRSETFUNC: HPyFunc_descrsetfunc,
    HPyFunc_INITPROC: HPyFunc_initproc,
    HPyFunc_NEWFUNC: HPyFunc_newfunc,
    HPyFunc_GETTER: HPyFunc_getter,
    HPyFunc_SETTER: HPyFunc_setter,
    HPyFunc_OBJOBJPROC: HPyFunc_objobjproc,
    HPyFunc_DESTRUCTOR: HPyFunc_destructor,
    HPyFunc_MOD_CREATE: HPyFunc_mod_create,
    HPyFunc_STATE_NOARGS: HPyFunc_state_noargs,
    HPyFunc_STATE_O: HPyFunc_state_o,
    HPyFunc_STATE_VARARGS: HPyFunc_state_varargs,
    HPyFunc_STATE_KEYWORDS: HPyFunc_state_keywords,
    HPyFunc_METHOD: HPyFunc_method,
    HPyFunc_CLOSURE: HPyFunc_closure,
    HPyFunc_API: HPyFunc_api,
    HPyFunc_SENDFUNC: HPyFunc_sendfunc,
}

unsafe extern "C" fn destroy(data: *mut c_void) {
    note(HPyFunc_DESTROYFUNC as usize, std::ptr::null(), vec![data.seen()]);
}

unsafe extern "C" fn destroy_capsule(
    name: *const std::ffi::c_char,
    pointer: *mut c_void,
    context: *mut c_void,
) {
    let arguments = vec![name.seen(), pointer.seen(), context.seen()];
    note(HPyFunc_CAPSULE_DESTRUCTOR as usize, std::ptr::null(), arguments);
}

unsafe extern "C" fn traverse(object: *mut c_void, visit: HPyFunc_visitproc, arg: *mut c_void) -> i32 {
    let arguments = vec![object.seen(), visit.seen(), arg.seen()];
    note(HPyFunc_TRAVERSEPROC as usize, std::ptr::null(), arguments);
    -7
}

/// Every signature whose functions get none.
pub(crate) fn signatures_without_context() -> Vec<Signature> {
    use std::mem::transmute;
    // SAFETY: each function is called as what it is.
    unsafe {
        vec![
            Signature {
                name: "HPyFunc_DESTROYFUNC",
                number: HPyFunc_DESTROYFUNC,
                function: transmute::<HPyFunc_destroyfunc, HPyCFunction>(destroy),
                call: |_, function| {
                    transmute::<HPyCFunction, HPyFunc_destroyfunc>(function)(Value::at(1, 0));
                    Vec::new()
                },
                call_stand_in: |first, function| {
                    type Destroy = unsafe extern "C" fn(*mut HPyContext, *mut c_void);
                    transmute::<HPyCFunction, Destroy>(function)(first, Value::at(1, 0));
                    Vec::new()
                },
            },
            Signature {
                name: "HPyFunc_TRAVERSEPROC",
                number: HPyFunc_TRAVERSEPROC,
                function: transmute::<HPyFunc_traverseproc, HPyCFunction>(traverse),
                call: |_, function| {
                    let traverse = transmute::<HPyCFunction, HPyFunc_traverseproc>(function);
                    traverse(Value::at(1, 0), Value::at(2, 0), Value::at(3, 0)).seen()
                },
                call_stand_in: |first, function| {
                    type Traverse = unsafe extern "C" fn(
                        *mut HPyContext,
                        *mut c_void,
                        HPyFunc_visitproc,
                        *mut c_void,
                    ) -> i32;
                    let traverse = transmute::<HPyCFunction, Traverse>(function);
                    traverse(first, Value::at(1, 0), Value::at(2, 0), Value::at(3, 0)).seen()
                },
            },
            Signature {
                name: "HPyFunc_CAPSULE_DESTRUCTOR",
                number: HPyFunc_CAPSULE_DESTRUCTOR,
                function: transmute::<HPyFunc_Capsule_Destructor, HPyCFunction>(destroy_capsule),
                call: |_, function| {
                    let destroy = transmute::<HPyCFunction, HPyFunc_Capsule_Destructor>(function);
                    destroy(Value::at(1, 0), Value::at(2, 0), Value::at(3, 0));
                    Vec::new()
                },
                call_stand_in: |first, function| {
                    type Destroy = unsafe extern "C" fn(
                        *mut HPyContext,
                        *const std::ffi::c_char,
                        *mut c_void,
                        *mut c_void,
                    );
                    let destroy = transmute::<HPyCFunction, Destroy>(function);
                    destroy(first, Value::at(1, 0), Value::at(2, 0), Value::at(3, 0));
                    Vec::new()
                },
            },
        ]
    }
}
