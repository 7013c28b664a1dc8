//! What an extension's own trampolines call: they pack CPython's arguments, this unpacks them and calls the function.
//!
//! CPython reaches an extension's functions through thunks, so trampolines are the way only for what has no thunk:
//! destructors of capsules, platforms without thunks, and pools that are used up.
//!
//! A binary has a single variable for the context of its trampolines, whatever the number of interpreters that load
//! it. So it gets the [`trampoline_context`], which is nobody's own, and looks up the interpreter at each call.

use std::collections::HashMap;
use std::ffi::{c_int, c_void};
use std::mem::transmute;
use std::ptr::null_mut;
use std::sync::{Mutex, OnceLock, PoisonError};

use hpy_abi::*;
use pyo3_ffi::{self as ffi, PyObject};

use crate::boundary::{Result, guard_or_abort, raise_text};
use crate::capsule::run_destructor;
use crate::entries::{finalize, unpack};
use crate::generated::context_table::context_table;
use crate::handle::{handle, handles};
use crate::memory::no_memory;
use crate::state::Interpreter;
use crate::types::visit_fields;
use crate::universal;

/// The context for the trampolines of all binaries. Of its functions only `ctx_CallRealFunctionFromTrampoline` may
/// be called, and that is all that trampolines do.
pub fn trampoline_context() -> *mut HPyContext {
    struct Shared(Box<HPyContext>);
    // SAFETY: written once, before it is shared; its name is a static string.
    unsafe impl Sync for Shared {}
    // SAFETY: as above.
    unsafe impl Send for Shared {}
    static CONTEXT: OnceLock<Shared> = OnceLock::new();
    let shared = CONTEXT.get_or_init(|| {
        let mut context = Box::new(context_table());
        context.ctx_CallRealFunctionFromTrampoline = call_in_current_interpreter;
        Shared(context)
    });
    (&raw const *shared.0).cast_mut()
}

unsafe extern "C" fn call_in_current_interpreter(
    _: *mut HPyContext,
    signature: c_int,
    function: HPyCFunction,
    args: *mut c_void,
) {
    if signature == HPyFunc_CAPSULE_DESTRUCTOR {
        // Needs no context, and may come when the interpreter's is gone. Layers see it.
        // SAFETY: CPython called the trampoline, so this thread holds an interpreter; the arguments are those of it.
        unsafe {
            let interpreter = Interpreter::of_this_thread();
            let route = interpreter.as_ref().and_then(|known| known.attached(Routes::default).find(function));
            match route {
                Some(ctx) => ((*ctx).ctx_CallRealFunctionFromTrampoline)(ctx, signature, function, args),
                None => ctx_CallRealFunctionFromTrampoline(null_mut(), signature, function, args),
            }
        }
        return;
    }
    // SAFETY: CPython called the trampoline, so this thread holds an interpreter.
    match guard_or_abort(|| unsafe { universal::current() }) {
        // SAFETY: the arguments are those of the trampoline.
        Ok(host) => unsafe {
            let routes = host.interpreter().attached(Routes::default);
            let ctx = routes.find(function).unwrap_or(host.context());
            ((*ctx).ctx_CallRealFunctionFromTrampoline)(ctx, signature, function, args);
        },
        // SAFETY: as above; there is no way to tell the trampoline of a failure.
        Err(_) => unsafe { ffi::Py_FatalError(c"HPy has no context for this interpreter".as_ptr()) },
    }
}

/// The functions of extensions behind layers that CPython calls through trampolines, with the context to go to.
#[derive(Default)]
struct Routes(Mutex<HashMap<usize, *mut HPyContext>>);

impl Routes {
    fn find(&self, function: HPyCFunction) -> Option<*mut HPyContext> {
        let routes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        routes.get(&(function as usize)).copied()
    }
}

/// Lets trampolines of the function go to this context, in this interpreter.
pub(crate) fn route(interpreter: &Interpreter, function: HPyCFunction, ctx: *mut HPyContext) -> Result<()> {
    let routes = interpreter.attached(Routes::default);
    let mut all = routes.0.lock().unwrap_or_else(PoisonError::into_inner);
    let reserved = all.try_reserve(1);
    if reserved.is_ok() {
        all.insert(function as usize, ctx);
    }
    drop(all);
    reserved.map_err(|_| no_memory())
}

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
            HPyFunc_DESTROYFUNC => transmute::<HPyCFunction, HPyFunc_destroyfunc>(function)(args),
            HPyFunc_TRAVERSEPROC => {
                let a = &mut *args.cast::<_HPyFunc_args_TRAVERSEPROC>();
                let traverse = transmute::<HPyCFunction, HPyFunc_traverseproc>(function);
                let visit = transmute::<cpy_visitproc, ffi::visitproc>(a.visit);
                a.result = visit_fields(a.self_.cast::<PyObject>(), traverse, visit, a.arg);
            },
            HPyFunc_CAPSULE_DESTRUCTOR => {
                run_destructor(args.cast(), transmute::<HPyCFunction, HPyFunc_Capsule_Destructor>(function));
            },
            HPyFunc_MOD_CREATE => {
                let a = &mut *args.cast::<_HPyFunc_args_MOD_CREATE>();
                let create = transmute::<HPyCFunction, HPyFunc_mod_create>(function);
                a.result = reject_module(create(ctx, h(a.spec))).lower();
            },
            _ => ffi::Py_FatalError(c"Unsupported HPyFunc_Signature in ctx_CallRealFunctionFromTrampoline".as_ptr()),
        }
    }
}

/// The result of `HPy_mod_create`, which must be something else than a module of CPython's own.
///
/// # Safety
/// `result` is null (with an exception) or an owned handle.
pub(crate) unsafe fn reject_module(result: HPy) -> HPy {
    let object = crate::handle::object(result);
    // SAFETY: by contract.
    unsafe {
        if object.is_null() || ffi::PyModule_Check(object) == 0 {
            return result;
        }
        ffi::Py_DECREF(object);
        raise_text(
            ffi::PyExc_SystemError,
            c"HPy_mod_create slot returned a builtin module object. This is currently not supported.",
        );
    }
    HPy::NULL
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
