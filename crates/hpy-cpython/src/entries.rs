//! Entries: the function pointers that CPython gets for the functions of an extension.
//!
//! Most are thunks that jump straight to the implementation. A few need something done around the call and go
//! through a wrapper here: argument tuples, buffers, finalizers. An interpreter makes one entry per implementation
//! and keeps it until it ends.

use std::collections::HashMap;
use std::ffi::{c_int, c_void};

use crate::ffi::{self, PyObject};
use hpy_abi::*;

use crate::boundary::{Raised, Result, keep_exception, raise_text, system_error, value_error};
use crate::callee::Callee;
use crate::engine::tuple_items;
use crate::handle::{handle, handles, object};
use crate::memory::try_boxed;
use crate::thunks::{self, Kind, Thunk};

/// An implementation with the extension's own entry for it.
#[derive(Clone, Copy)]
pub struct Function {
    /// What the author wrote.
    pub implementation: HPyCFunction,
    /// Null in definitions that were filled by hand for engines that do not use it.
    pub trampoline: Option<HPyCFunction>,
}

impl Function {
    /// `None` for a definition without an implementation.
    pub(crate) fn new(
        implementation: Option<HPyCFunction>,
        trampoline: Option<HPyCFunction>,
    ) -> Option<Self> {
        implementation.map(|implementation| Self { implementation, trampoline })
    }
}

/// What a wrapper needs to call the implementation; the pointer that its thunk puts in front.
pub(crate) struct Closure {
    ctx: *mut HPyContext,
    implementation: HPyCFunction,
}

/// The entries of one interpreter.
#[derive(Default)]
pub(crate) struct Entries {
    /// By kind of thunk, context and implementation: a function may serve several definitions.
    thunks: HashMap<(Kind, usize, usize), Thunk>,
    /// By wrapper, context and implementation.
    wrapped: HashMap<(usize, usize, usize), (Thunk, Box<Closure>)>,
}

// SAFETY: the pointers in closures are addresses of code and of the context, which are not tied to a thread.
unsafe impl Send for Entries {}

impl Entries {
    /// The entry for a function of signature `signature` (an `HPyFunc_*` number); `None` when there are no more, or no
    /// memory.
    pub(crate) fn get(
        &mut self,
        ctx: *mut HPyContext,
        signature: c_int,
        implementation: HPyCFunction,
    ) -> Option<*mut c_void> {
        match shape_of(signature)? {
            Entry::Direct(kind) => self.direct(kind, ctx, implementation),
            Entry::Wrapped(kind, wrapper) => self.wrapped(kind, wrapper, ctx, implementation),
        }
    }

    fn wrapped(
        &mut self,
        kind: Kind,
        wrapper: *const c_void,
        ctx: *mut HPyContext,
        implementation: HPyCFunction,
    ) -> Option<*mut c_void> {
        let key = (wrapper as usize, ctx as usize, implementation as usize);
        if let Some((thunk, _)) = self.wrapped.get(&key) {
            return Some(thunk.entry());
        }
        self.wrapped.try_reserve(1).ok()?;
        let closure = try_boxed(Closure { ctx, implementation })?;
        let thunk = Thunk::new(kind, (&raw const *closure).cast(), wrapper)?;
        let entry = thunk.entry();
        self.wrapped.insert(key, (thunk, closure));
        Some(entry)
    }

    /// The entry for a `HPyFunc_KEYWORDS` function that CPython calls as a `vectorcallfunc`.
    pub(crate) fn vectorcall(
        &mut self,
        ctx: *mut HPyContext,
        implementation: HPyCFunction,
    ) -> Option<*mut c_void> {
        self.direct(Kind::Vectorcall, ctx, implementation)
    }

    /// The entry that calls the function with the context in front of its arguments, which are as many as `kind` says.
    fn direct(
        &mut self,
        kind: Kind,
        ctx: *mut HPyContext,
        implementation: HPyCFunction,
    ) -> Option<*mut c_void> {
        let key = (kind, ctx as usize, implementation as usize);
        if let Some(thunk) = self.thunks.get(&key) {
            return Some(thunk.entry());
        }
        self.thunks.try_reserve(1).ok()?;
        let thunk = Thunk::new(kind, ctx.cast(), implementation as *const c_void)?;
        let entry = thunk.entry();
        self.thunks.insert(key, thunk);
        Some(entry)
    }
}

/// An entry, or the function that the extension has for this. Not to be called with the lock of the entries, as an
/// exception may run code.
pub(crate) fn or_trampoline(entry: Option<*mut c_void>, function: Function) -> Result<*mut c_void> {
    entry.or(function.trampoline.map(|f| f as *mut c_void)).ok_or_else(no_entry)
}

/// The error for a function that CPython cannot reach.
pub(crate) fn no_entry() -> Raised {
    system_error(if thunks::AVAILABLE {
        c"HPy cannot make more entries for functions whose definitions have no cpy_trampoline (NULL)"
    } else {
        c"on this machine, HPy can only call functions whose definitions have a cpy_trampoline, as HPyDef_METH makes it"
    })
}

/// A [`Bind`].
pub(crate) fn bind(signature: c_int, function: Callee, bound: *const c_void) -> Option<Thunk> {
    let kind = match signature {
        HPyFunc_STATE_NOARGS => Kind::BoundOne,
        HPyFunc_STATE_O => Kind::BoundTwo,
        HPyFunc_STATE_VARARGS => Kind::BoundThree,
        HPyFunc_STATE_KEYWORDS | HPyFunc_METHOD => Kind::BoundFour,
        _ => return None,
    };
    let (first, target) = function.parts()?;
    Thunk::bound(kind, first.cast(), bound, target as *const c_void)
}

enum Entry {
    Direct(Kind),
    Wrapped(Kind, *const c_void),
}

/// How CPython reaches a function of this signature; `None` for what it never calls by itself.
fn shape_of(signature: c_int) -> Option<Entry> {
    Some(Entry::Direct(match signature {
        HPyFunc_NOARGS | HPyFunc_UNARYFUNC | HPyFunc_INQUIRY | HPyFunc_LENFUNC | HPyFunc_REPRFUNC
        | HPyFunc_HASHFUNC | HPyFunc_GETITERFUNC | HPyFunc_ITERNEXTFUNC | HPyFunc_FREEFUNC => Kind::One,
        HPyFunc_O
        | HPyFunc_BINARYFUNC
        | HPyFunc_SSIZEARGFUNC
        | HPyFunc_OBJOBJPROC
        | HPyFunc_GETTER
        | HPyFunc_RELEASEBUFFERPROC
        | HPyFunc_GETATTRFUNC
        | HPyFunc_GETATTROFUNC => Kind::Two,
        HPyFunc_VARARGS
        | HPyFunc_TERNARYFUNC
        | HPyFunc_SSIZESSIZEARGFUNC
        | HPyFunc_SSIZEOBJARGPROC
        | HPyFunc_OBJOBJARGPROC
        | HPyFunc_SETTER
        | HPyFunc_RICHCMPFUNC
        | HPyFunc_SETATTRFUNC
        | HPyFunc_SETATTROFUNC
        | HPyFunc_DESCRGETFUNC
        | HPyFunc_DESCRSETFUNC => Kind::Three,
        HPyFunc_KEYWORDS | HPyFunc_SSIZESSIZEOBJARGPROC => Kind::Four,
        HPyFunc_NEWFUNC => return Some(Entry::Wrapped(Kind::Three, tp_new as *const c_void)),
        HPyFunc_INITPROC => return Some(Entry::Wrapped(Kind::Three, tp_init as *const c_void)),
        HPyFunc_GETBUFFERPROC => return Some(Entry::Wrapped(Kind::Three, bf_getbuffer as *const c_void)),
        HPyFunc_DESTRUCTOR => return Some(Entry::Wrapped(Kind::One, tp_finalize as *const c_void)),
        _ => return None,
    }))
}

// The wrappers. Their contract, which their thunks keep: `closure` is the one that was boxed with the thunk, and its
// implementation has the signature that belongs to the wrapper; the other arguments are CPython's, as documented for
// the slot.

/// The items of an argument tuple, as an array of handles, and their number.
///
/// # Safety
/// `args` is a tuple.
#[inline]
pub(crate) unsafe fn unpack(args: *mut PyObject) -> (*const HPy, HPy_ssize_t) {
    // SAFETY: by contract.
    unsafe { (handles(tuple_items(args)), ffi::PyTuple_GET_SIZE(args)) }
}

unsafe extern "C" fn tp_new(
    closure: &Closure,
    cls: *mut PyObject,
    args: *mut PyObject,
    kw: *mut PyObject,
) -> *mut PyObject {
    type New = unsafe extern "C" fn(*mut HPyContext, HPy, *const HPy, HPy_ssize_t, HPy) -> HPy;
    // SAFETY: the contract of wrappers.
    unsafe {
        let new: New = std::mem::transmute(closure.implementation);
        let (items, count) = unpack(args);
        object(new(closure.ctx, handle(cls), items, count, handle(kw)))
    }
}

unsafe extern "C" fn tp_init(
    closure: &Closure,
    this: *mut PyObject,
    args: *mut PyObject,
    kw: *mut PyObject,
) -> c_int {
    type Init = unsafe extern "C" fn(*mut HPyContext, HPy, *const HPy, HPy_ssize_t, HPy) -> c_int;
    // SAFETY: the contract of wrappers.
    unsafe {
        let init: Init = std::mem::transmute(closure.implementation);
        let (items, count) = unpack(args);
        init(closure.ctx, handle(this), items, count, handle(kw))
    }
}

/// Gives the implementation a zeroed view, as it may fail halfway.
unsafe extern "C" fn bf_getbuffer(
    closure: &Closure,
    exporter: *mut PyObject,
    view: *mut ffi::Py_buffer,
    flags: c_int,
) -> c_int {
    type GetBuffer = unsafe extern "C" fn(*mut HPyContext, HPy, *mut HPy_buffer, c_int) -> c_int;
    const { assert!(size_of::<ffi::Py_buffer>() >= size_of::<HPy_buffer>()) };
    // SAFETY: the contract of wrappers; the engine's struct begins with that of HPy.
    unsafe {
        if view.is_null() {
            raise_text(ffi::PyExc_BufferError, c"HPy_bf_getbuffer: view==NULL argument is obsolete");
            return -1;
        }
        view.cast::<HPy_buffer>().write_bytes(0, 1);
        let get: GetBuffer = std::mem::transmute(closure.implementation);
        let status = get(closure.ctx, handle(exporter), view.cast(), flags);
        if status < 0 {
            (*view).obj = std::ptr::null_mut();
        }
        status
    }
}

unsafe extern "C" fn tp_finalize(closure: &Closure, this: *mut PyObject) {
    // SAFETY: the contract of wrappers.
    unsafe { finalize(closure.ctx, closure.implementation, this) };
}

/// Runs a finalizer. Keeps the exception that is set while an object dies (PEP 442), and reports one that the
/// finalizer raises.
///
/// # Safety
/// `implementation` is a `HPyFunc_DESTRUCTOR`; the caller holds the interpreter.
pub(crate) unsafe fn finalize(ctx: *mut HPyContext, implementation: HPyCFunction, this: *mut PyObject) {
    type Finalize = unsafe extern "C" fn(*mut HPyContext, HPy);
    // SAFETY: by contract.
    unsafe {
        let finalize: Finalize = std::mem::transmute(implementation);
        keep_exception(|| {
            finalize(ctx, handle(this));
            if !ffi::PyErr_Occurred().is_null() {
                ffi::PyErr_WriteUnraisable(this);
            }
        });
    }
}

/// The error for a signature that cannot stand where it was found.
pub(crate) fn unsupported_signature() -> Raised {
    value_error(c"Unsupported HPyMeth signature")
}
