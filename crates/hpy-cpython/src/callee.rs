//! Functions of an extension that this library calls by itself, where CPython would call its own: what they get in front
//! of their arguments is at hand, so they need no entry.

use std::ffi::{c_int, c_void};
use std::mem::transmute;
use std::ptr::null_mut;

use hpy_abi::*;

/// Such a function or what stands in for it, or none.
#[repr(C)] // part of type records
#[derive(Clone, Copy)]
pub struct Callee {
    /// The context of the function, null if it has none. What stands in for a function always gets something.
    first: *mut HPyContext,
    function: Option<HPyCFunction>,
}

/// The methods call a function of the signature that they are named after.
impl Callee {
    pub(crate) const NONE: Self = Self { first: null_mut(), function: None };

    /// A function of an extension itself.
    pub(crate) fn implementation(ctx: *mut HPyContext, signature: c_int, function: HPyCFunction) -> Self {
        let has_context = !matches!(signature, HPyFunc_TRAVERSEPROC | HPyFunc_DESTROYFUNC);
        Self::new(if has_context { ctx } else { null_mut() }, function)
    }

    /// A function that gets `first` in front of its arguments, unless that is null.
    pub(crate) fn new(first: *mut HPyContext, function: HPyCFunction) -> Self {
        Self { first, function: Some(function) }
    }

    /// What the function gets in front of its arguments, and the function.
    pub(crate) fn parts(self) -> Option<(*mut HPyContext, HPyCFunction)> {
        Some((self.first, self.function?))
    }

    #[inline(always)]
    pub(crate) fn is_some(self) -> bool {
        self.function.is_some()
    }

    /// # Safety
    /// A function of the signature `HPyFunc_MOD_CREATE`; the caller holds the interpreter.
    pub(crate) unsafe fn mod_create(self, spec: HPy) -> HPy {
        // SAFETY: a function of that signature, which has a context.
        self.function.map_or(HPy::NULL, |f| unsafe {
            transmute::<HPyCFunction, HPyFunc_mod_create>(f)(self.first, spec)
        })
    }

    /// # Safety
    /// A function of the signature `HPyFunc_API` for this data; the caller holds the interpreter.
    pub(crate) unsafe fn api(
        self,
        args: *const HPy,
        nargs: usize,
        results: *mut HPy,
        nresults: usize,
        data: *mut c_void,
    ) {
        if let Some(f) = self.function {
            // SAFETY: a function of that signature, which has a context or needs none.
            unsafe {
                transmute::<HPyCFunction, HPyFunc_api>(f)(self.first, args, nargs, results, nresults, data);
            }
        }
    }

    /// # Safety
    /// A function of the signature `HPyFunc_NEWFUNC`; the caller holds the interpreter.
    #[inline(always)]
    pub(crate) unsafe fn newfunc(self, ty: HPy, args: *const HPy, nargs: HPy_ssize_t, kw: HPy) -> HPy {
        // SAFETY: a function of that signature, which has a context.
        self.function.map_or(HPy::NULL, |f| unsafe {
            transmute::<HPyCFunction, HPyFunc_newfunc>(f)(self.first, ty, args, nargs, kw)
        })
    }

    /// # Safety
    /// A function of the signature `HPyFunc_INITPROC`; the caller holds the interpreter.
    pub(crate) unsafe fn initproc(self, h: HPy, args: *const HPy, nargs: HPy_ssize_t, kw: HPy) -> c_int {
        // SAFETY: a function of that signature, which has a context.
        self.function.map_or(0, |f| unsafe {
            transmute::<HPyCFunction, HPyFunc_initproc>(f)(self.first, h, args, nargs, kw)
        })
    }

    /// # Safety
    /// None, or a function of the signature `HPyFunc_DESTROYFUNC` for this struct, which nobody uses any more.
    #[inline]
    pub(crate) unsafe fn destroyfunc(self, data: *mut c_void) {
        type WithFirst = unsafe extern "C" fn(*mut HPyContext, *mut c_void);
        // SAFETY: a function of that signature, with something in front of its arguments unless `first` is null.
        unsafe {
            match self.function {
                None => {}
                Some(f) if self.first.is_null() => transmute::<HPyCFunction, HPyFunc_destroyfunc>(f)(data),
                Some(f) => transmute::<HPyCFunction, WithFirst>(f)(self.first, data),
            }
        }
    }

    /// # Safety
    /// None, or a function of the signature `HPyFunc_TRAVERSEPROC` for this struct.
    #[inline]
    pub(crate) unsafe fn traverseproc(
        self,
        data: *mut c_void,
        visit: HPyFunc_visitproc,
        arg: *mut c_void,
    ) -> c_int {
        type WithFirst =
            unsafe extern "C" fn(*mut HPyContext, *mut c_void, HPyFunc_visitproc, *mut c_void) -> c_int;
        // SAFETY: a function of that signature, with something in front of its arguments unless `first` is null.
        unsafe {
            match self.function {
                None => 0,
                Some(f) if self.first.is_null() => {
                    transmute::<HPyCFunction, HPyFunc_traverseproc>(f)(data, visit, arg)
                }
                Some(f) => transmute::<HPyCFunction, WithFirst>(f)(self.first, data, visit, arg),
            }
        }
    }
}
