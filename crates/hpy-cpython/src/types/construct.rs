//! Calls of a type itself, by vectorcall (PEP 590): `HPy_tp_new` takes an array, so the tuple that `type.__call__` makes can
//! be spared.
//!
//! Python code may change what a call means at any time (`T.__new__ = f`, `T.__init__ = f`), so each call asks. CPython
//! calls this for the type alone, not for its subclasses, nor where a metaclass has a `__call__`.

use std::ptr::null_mut;

use hpy_abi::HPy;

use crate::ffi::{PyObject, PyTypeObject};

use super::record::{self, TypeRecord};
use crate::boundary::{Result, check, check_status, guard};
use crate::callee::Callee;
use crate::ffi;
use crate::handle::{handle, handles, object};
use crate::owned::Owned;

/// Lets CPython call a type in this way, if its spec has a function to make instances.
///
/// # Safety
/// `ty` is ready, and `record` is or will be its.
pub(super) unsafe fn enable(ty: *mut PyTypeObject, record: &TypeRecord) {
    if record.new.function.is_some() {
        // SAFETY: by contract.
        unsafe { (*ty).tp_vectorcall = Some(vectorcall) };
    }
}

unsafe extern "C" fn vectorcall(
    callable: *mut PyObject,
    args: *const *mut PyObject,
    nargsf: usize,
    kwnames: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: CPython calls it for a type that has it, with arguments by its protocol.
    unsafe {
        let ty = callable.cast::<PyTypeObject>();
        let nargs = ffi::PyVectorcall_NARGS(nargsf);
        if let Some(record) = record::of_this_copy(ty)
            && record.new.is_in(address_of((*ty).tp_new))
            && kwnames.is_null()
        {
            let new = make(ty, record, args, nargs);
            if new.is_null() || ffi::Py_TYPE(new) == ty && is_default_init(ty) {
                return new;
            }
            return Call { ty, args, nargs, kwnames }.init(record, new);
        }
        Call { ty, args, nargs, kwnames }.generic()
    }
}

/// Calls the extension's `HPy_tp_new`.
#[inline(always)]
unsafe fn make(
    ty: *mut PyTypeObject,
    record: &TypeRecord,
    args: *const *mut PyObject,
    nargs: isize,
) -> *mut PyObject {
    // SAFETY: the function of that signature, whose context is that of the type, which lives during the call.
    unsafe {
        let new = record.new.function;
        if record.running.0.get() || cfg!(Py_GIL_DISABLED) {
            return make_nested(ty, new, args, nargs);
        }
        record.running.0.set(true);
        let made = new.newfunc(handle(ty.cast()), handles(args), nargs, HPy::NULL);
        record.running.0.set(false);
        object(made)
    }
}

/// The same with Python's limit of the recursion.
#[cold]
#[inline(never)]
unsafe fn make_nested(
    ty: *mut PyTypeObject,
    new: Callee,
    args: *const *mut PyObject,
    nargs: isize,
) -> *mut PyObject {
    // SAFETY: as above.
    unsafe {
        if ffi::Py_EnterRecursiveCall(c" while calling a Python object".as_ptr()) != 0 {
            return null_mut();
        }
        let made = new.newfunc(handle(ty.cast()), handles(args), nargs, HPy::NULL);
        ffi::Py_LeaveRecursiveCall();
        object(made)
    }
}

/// Whether instances are initialised by `object.__init__`, which takes any arguments where `__new__` is another one.
#[inline(always)]
unsafe fn is_default_init(ty: *mut PyTypeObject) -> bool {
    // SAFETY: a type, and another one.
    unsafe { address_of((*ty).tp_init) == address_of(ffi::PyBaseObject_Type.tp_init) }
}

/// The address of a function, null for none: functions of all kinds can be compared by it.
#[inline(always)]
fn address_of<F: Copy>(function: Option<F>) -> *const () {
    const { assert!(size_of::<Option<F>>() == size_of::<*const ()>()) };
    // SAFETY: an optional function is a pointer.
    unsafe { std::mem::transmute_copy(&function) }
}

/// A call of a type. The methods are unsafe as it is: a type, and the arguments of a vectorcall.
#[derive(Clone, Copy)]
struct Call {
    ty: *mut PyTypeObject,
    args: *const *mut PyObject,
    nargs: isize,
    kwnames: *mut PyObject,
}

impl Call {
    /// Initialises what `HPy_tp_new` has made, as `type.__call__` does. Takes the reference, and returns it unless that fails.
    #[inline(never)]
    unsafe fn init(self, record: &TypeRecord, new: *mut PyObject) -> *mut PyObject {
        // SAFETY: see `vectorcall`; `new` is a new reference.
        guard(null_mut(), || unsafe {
            let made = Owned::new(new)?;
            let its_type = ffi::Py_TYPE(new);
            if ffi::PyType_IsSubtype(its_type, self.ty) == 0 {
                return Ok(made.into_ptr());
            }
            let init = (*its_type).tp_init;
            let status = if its_type == self.ty && record.init.is_in(address_of(init)) {
                let init = record.init.function;
                init.initproc(handle(new), handles(self.args), self.nargs, HPy::NULL)
            } else if let Some(init) = init {
                init(new, self.tuple()?.as_ptr(), null_mut())
            } else {
                0
            };
            check_status(status)?;
            Ok(made.into_ptr())
        })
    }

    /// What CPython does where a type has no function of its own for calls: for calls with keywords, which need a dict, and
    /// of a type that was changed.
    #[cold]
    #[inline(never)]
    unsafe fn generic(self) -> *mut PyObject {
        // SAFETY: see `vectorcall`; every type can be called in this way.
        guard(null_mut(), || unsafe {
            let args = self.tuple()?;
            let kw = self.keywords()?;
            let kw = kw.as_ref().map_or(null_mut(), Owned::as_ptr);
            let Some(call) = ffi::PyType_Type.tp_call else { unreachable!("`type` has it") };
            check(call(self.ty.cast(), args.as_ptr(), kw))
        })
    }

    unsafe fn tuple(self) -> Result<Owned> {
        // SAFETY: the arguments of a vectorcall are objects.
        unsafe {
            let tuple = Owned::new(ffi::PyTuple_New(self.nargs))?;
            for i in 0..self.nargs {
                let arg = crate::owned::new_reference(*self.args.offset(i));
                ffi::PyTuple_SET_ITEM(tuple.as_ptr(), i, arg);
            }
            Ok(tuple)
        }
    }

    /// The keyword arguments, if there are any.
    unsafe fn keywords(self) -> Result<Option<Owned>> {
        // SAFETY: null or a tuple of names, for which there are values behind the other arguments.
        unsafe {
            if self.kwnames.is_null() || ffi::PyTuple_GET_SIZE(self.kwnames) == 0 {
                return Ok(None);
            }
            let kw = Owned::new(ffi::PyDict_New())?;
            for i in 0..ffi::PyTuple_GET_SIZE(self.kwnames) {
                let name = ffi::PyTuple_GET_ITEM(self.kwnames, i);
                check_status(ffi::PyDict_SetItem(kw.as_ptr(), name, *self.args.offset(self.nargs + i)))?;
            }
            Ok(Some(kw))
        }
    }
}
