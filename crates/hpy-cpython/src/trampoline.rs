//! What an extension's own trampolines call: they pack CPython's arguments, this unpacks them and calls the function.
//!
//! CPython reaches an extension's functions through thunks, so trampolines are the way only for what has no thunk:
//! destructors of capsules, platforms without thunks, and pools that are used up.

use std::ffi::{c_int, c_void};
use std::mem::transmute;

use crate::ffi::{self, PyObject};
use hpy_abi::*;

use crate::bound_call::state_for_call;
use crate::callee::Callee;
use crate::capsule::run_destructor;
use crate::entries::{finalize, send_checked, unpack};
use crate::handle::{handle, handles};
use crate::module::reject_module;
use crate::types::visit_fields;

/// An object of CPython as the handle that the function expects.
fn h(object: *mut cpy_PyObject) -> HPy {
    handle(object.cast())
}

/// Unpacks plain arguments and calls: `SIGNATURE: struct, type, (arguments)`.
macro_rules! call_plain {
    (
        ($ctx:ident, $signature:ident, $function:ident, $args:ident);
        { $($number:ident: $struct:ident, $type:ident, |$a:ident| ($($argument:expr),*);)* }
        void { $($void_number:ident: $void_struct:ident, $void_type:ident, |$b:ident| ($($void_argument:expr),*);)* }
        $($other:pat $(if $guard:expr)? => $body:expr,)*
    ) => {
        match $signature {
            $($number => {
                let $a = &mut *$args.cast::<$struct>();
                let result = transmute::<HPyCFunction, $type>($function)($ctx, $($argument),*);
                $a.result = Lower::lower(result);
            })*
            $($void_number => {
                let $b = &mut *$args.cast::<$void_struct>();
                transmute::<HPyCFunction, $void_type>($function)($ctx, $($void_argument),*);
            })*
            $($other $(if $guard)? => $body,)*
        }
    };
}

/// A result as CPython wants it.
trait Lower<T> {
    fn lower(self) -> T;
}

impl Lower<*mut cpy_PyObject> for HPy {
    fn lower(self) -> *mut cpy_PyObject {
        crate::handle::object(self).cast()
    }
}

impl Lower<Self> for c_int {
    fn lower(self) -> Self {
        self
    }
}

impl Lower<Self> for isize {
    fn lower(self) -> Self {
        self
    }
}

/// `_HPy_CallRealFunctionFromTrampoline`.
///
/// # Safety
/// `function` has the signature of that number, and `args` points to its arguments struct.
pub(crate) unsafe extern "C" fn ctx_CallRealFunctionFromTrampoline(
    ctx: *mut HPyContext,
    signature: c_int,
    function: HPyCFunction,
    args: *mut c_void,
) {
    // SAFETY: by contract; the tuples of NEWFUNC and INITPROC are CPython's.
    unsafe {
        call_plain! {
            (ctx, signature, function, args);
            {
            HPyFunc_VARARGS: _HPyFunc_args_VARARGS, HPyFunc_varargs,
                |a| (h(a.self_), handles(a.args.cast()), a.nargs.cast_unsigned());
            HPyFunc_KEYWORDS: _HPyFunc_args_KEYWORDS, HPyFunc_keywords,
                |a| (h(a.self_), handles(a.args.cast()), without_flag(a.nargsf), h(a.kwnames));
            HPyFunc_NOARGS: _HPyFunc_args_NOARGS, HPyFunc_noargs, |a| (h(a.self_));
            HPyFunc_O: _HPyFunc_args_O, HPyFunc_o, |a| (h(a.self_), h(a.arg));
            HPyFunc_UNARYFUNC: _HPyFunc_args_UNARYFUNC, HPyFunc_unaryfunc, |a| (h(a.arg0));
            HPyFunc_BINARYFUNC: _HPyFunc_args_BINARYFUNC, HPyFunc_binaryfunc, |a| (h(a.arg0), h(a.arg1));
            HPyFunc_TERNARYFUNC: _HPyFunc_args_TERNARYFUNC, HPyFunc_ternaryfunc,
                |a| (h(a.arg0), h(a.arg1), h(a.arg2));
            HPyFunc_INQUIRY: _HPyFunc_args_INQUIRY, HPyFunc_inquiry, |a| (h(a.arg0));
            HPyFunc_LENFUNC: _HPyFunc_args_LENFUNC, HPyFunc_lenfunc, |a| (h(a.arg0));
            HPyFunc_SSIZEARGFUNC: _HPyFunc_args_SSIZEARGFUNC, HPyFunc_ssizeargfunc, |a| (h(a.arg0), a.arg1);
            HPyFunc_SSIZESSIZEARGFUNC: _HPyFunc_args_SSIZESSIZEARGFUNC, HPyFunc_ssizessizeargfunc,
                |a| (h(a.arg0), a.arg1, a.arg2);
            HPyFunc_SSIZEOBJARGPROC: _HPyFunc_args_SSIZEOBJARGPROC, HPyFunc_ssizeobjargproc,
                |a| (h(a.arg0), a.arg1, h(a.arg2));
            HPyFunc_SSIZESSIZEOBJARGPROC: _HPyFunc_args_SSIZESSIZEOBJARGPROC, HPyFunc_ssizessizeobjargproc,
                |a| (h(a.arg0), a.arg1, a.arg2, h(a.arg3));
            HPyFunc_OBJOBJARGPROC: _HPyFunc_args_OBJOBJARGPROC, HPyFunc_objobjargproc,
                |a| (h(a.arg0), h(a.arg1), h(a.arg2));
            HPyFunc_GETATTRFUNC: _HPyFunc_args_GETATTRFUNC, HPyFunc_getattrfunc, |a| (h(a.arg0), a.arg1);
            HPyFunc_GETATTROFUNC: _HPyFunc_args_GETATTROFUNC, HPyFunc_getattrofunc, |a| (h(a.arg0), h(a.arg1));
            HPyFunc_SETATTRFUNC: _HPyFunc_args_SETATTRFUNC, HPyFunc_setattrfunc,
                |a| (h(a.arg0), a.arg1, h(a.arg2));
            HPyFunc_SETATTROFUNC: _HPyFunc_args_SETATTROFUNC, HPyFunc_setattrofunc,
                |a| (h(a.arg0), h(a.arg1), h(a.arg2));
            HPyFunc_REPRFUNC: _HPyFunc_args_REPRFUNC, HPyFunc_reprfunc, |a| (h(a.arg0));
            HPyFunc_HASHFUNC: _HPyFunc_args_HASHFUNC, HPyFunc_hashfunc, |a| (h(a.arg0));
            HPyFunc_RICHCMPFUNC: _HPyFunc_args_RICHCMPFUNC, HPyFunc_richcmpfunc,
                |a| (h(a.arg0), h(a.arg1), a.arg2);
            HPyFunc_GETITERFUNC: _HPyFunc_args_GETITERFUNC, HPyFunc_getiterfunc, |a| (h(a.arg0));
            HPyFunc_ITERNEXTFUNC: _HPyFunc_args_ITERNEXTFUNC, HPyFunc_iternextfunc, |a| (h(a.arg0));
            HPyFunc_DESCRGETFUNC: _HPyFunc_args_DESCRGETFUNC, HPyFunc_descrgetfunc,
                |a| (h(a.arg0), h(a.arg1), h(a.arg2));
            HPyFunc_DESCRSETFUNC: _HPyFunc_args_DESCRSETFUNC, HPyFunc_descrsetfunc,
                |a| (h(a.arg0), h(a.arg1), h(a.arg2));
            HPyFunc_GETTER: _HPyFunc_args_GETTER, HPyFunc_getter, |a| (h(a.arg0), a.arg1);
            HPyFunc_SETTER: _HPyFunc_args_SETTER, HPyFunc_setter, |a| (h(a.arg0), h(a.arg1), a.arg2);
            HPyFunc_OBJOBJPROC: _HPyFunc_args_OBJOBJPROC, HPyFunc_objobjproc, |a| (h(a.arg0), h(a.arg1));
            HPyFunc_INITPROC: _HPyFunc_args_INITPROC, HPyFunc_initproc,
                |a| (h(a.self_), unpack(a.args.cast()).0, unpack(a.args.cast()).1, h(a.kw));
            HPyFunc_NEWFUNC: _HPyFunc_args_NEWFUNC, HPyFunc_newfunc,
                |a| (h(a.self_), unpack(a.args.cast()).0, unpack(a.args.cast()).1, h(a.kw));
            HPyFunc_GETBUFFERPROC: _HPyFunc_args_GETBUFFERPROC, HPyFunc_getbufferproc,
                |a| (h(a.self_), zeroed(a.view.cast()), a.flags);
            HPyFunc_METHOD: _HPyFunc_args_METHOD, HPyFunc_method,
                |a| (h(a.defining_class), h(a.self_), handles(a.args.cast()), a.nargs, h(a.kwnames));
            }
            void {
            HPyFunc_RELEASEBUFFERPROC: _HPyFunc_args_RELEASEBUFFERPROC, HPyFunc_releasebufferproc,
                |a| (h(a.self_), a.view.cast());
            HPyFunc_FREEFUNC: _HPyFunc_args_FREEFUNC, HPyFunc_freefunc, |a| (a.arg0);
            }
            HPyFunc_DESTRUCTOR => {
                let a = &*args.cast::<_HPyFunc_args_DESTRUCTOR>();
                finalize(ctx, function, a.arg0.cast::<PyObject>());
            },
            HPyFunc_SENDFUNC => {
                let a = &mut *args.cast::<_HPyFunc_args_SENDFUNC>();
                let send = transmute::<HPyCFunction, HPyFunc_sendfunc>(function);
                a.result = send_checked(ctx, send, h(a.arg0), h(a.arg1), a.arg2.cast());
            },
            HPyFunc_DESTROYFUNC => transmute::<HPyCFunction, HPyFunc_destroyfunc>(function)(args),
            HPyFunc_TRAVERSEPROC => {
                let a = &mut *args.cast::<_HPyFunc_args_TRAVERSEPROC>();
                let traverse = Callee::implementation(ctx, signature, function);
                let visit = transmute::<cpy_visitproc, ffi::visitproc>(a.visit);
                a.result = visit_fields(a.self_.cast::<PyObject>(), traverse, visit, a.arg);
            },
            HPyFunc_CAPSULE_DESTRUCTOR => {
                run_destructor(args.cast(), transmute::<HPyCFunction, HPyFunc_Capsule_Destructor>(function));
            },
            HPyFunc_STATE_NOARGS | HPyFunc_STATE_O | HPyFunc_STATE_VARARGS | HPyFunc_STATE_KEYWORDS => {
                call_with_state(ctx, signature, function, &mut *args.cast::<_HPyFunc_args_METHOD>());
            },
            HPyFunc_MOD_CREATE => {
                let a = &mut *args.cast::<_HPyFunc_args_MOD_CREATE>();
                let create = transmute::<HPyCFunction, HPyFunc_mod_create>(function);
                a.result = reject_module(create(ctx, h(a.spec))).lower();
            },
            _ => ffi::Py_FatalError(c"Unsupported HPyFunc_Signature in _HPy_CallRealFunctionFromTrampoline".as_ptr()),
        }
    }
}

/// The arguments of all signatures with a state are the same struct.
const _: () = {
    assert!(size_of::<_HPyFunc_args_STATE_NOARGS>() == size_of::<_HPyFunc_args_METHOD>());
    assert!(size_of::<_HPyFunc_args_STATE_O>() == size_of::<_HPyFunc_args_METHOD>());
    assert!(size_of::<_HPyFunc_args_STATE_VARARGS>() == size_of::<_HPyFunc_args_METHOD>());
    assert!(size_of::<_HPyFunc_args_STATE_KEYWORDS>() == size_of::<_HPyFunc_args_METHOD>());
};

/// Calls a function that gets a state.
///
/// # Safety
/// `function` has the signature of that number, one of these; the caller holds the interpreter.
unsafe fn call_with_state(
    ctx: *mut HPyContext,
    signature: c_int,
    function: HPyCFunction,
    a: &mut _HPyFunc_args_METHOD,
) {
    let (this, args, nargs, kwnames) = (a.self_, handles(a.args.cast()), a.nargs, a.kwnames);
    // SAFETY: by contract; there are as many arguments as `state_for_call` has found to be right.
    let result = unsafe {
        let state = state_for_call(signature, this.cast(), a.defining_class.cast(), nargs, kwnames.cast());
        match signature {
            _ if state.is_null() => HPy::NULL,
            HPyFunc_STATE_NOARGS => {
                transmute::<HPyCFunction, HPyFunc_state_noargs>(function)(ctx, state, h(this))
            }
            HPyFunc_STATE_O => {
                transmute::<HPyCFunction, HPyFunc_state_o>(function)(ctx, state, h(this), *args)
            }
            HPyFunc_STATE_VARARGS => {
                transmute::<HPyCFunction, HPyFunc_state_varargs>(function)(ctx, state, h(this), args, nargs)
            }
            _ => transmute::<HPyCFunction, HPyFunc_state_keywords>(function)(
                ctx,
                state,
                h(this),
                args,
                nargs,
                h(kwnames),
            ),
        }
    };
    a.result = result.lower();
}

/// The count in the flagged argument count of a `vectorcallfunc`.
fn without_flag(nargsf: usize) -> usize {
    nargsf & !ffi::PY_VECTORCALL_ARGUMENTS_OFFSET
}

/// A view that holds nothing from before.
unsafe fn zeroed(view: *mut HPy_buffer) -> *mut HPy_buffer {
    // SAFETY: the exporter's view, which CPython lets it fill.
    unsafe { view.write_bytes(0, 1) };
    view
}
