//! `HPyType_SpecParam`: bases, metaclass and module of a new type.

use crate::ffi::{self, PyObject, PyTypeObject};
use hpy_abi::*;

use super::checks::{incomplete, is_complete};
use crate::boundary::{Result, raise_format, type_error, value_error};
use crate::definitions::display;
use crate::handle::object;
use crate::memory::push;
use crate::owned::{Owned, new_reference};

/// What a type is made from besides its spec.
pub(super) struct Parents {
    /// A non-empty tuple.
    pub(super) bases: Owned,
    /// The most derived of the metaclass asked for and those of the bases; borrowed from them.
    pub(super) metaclass: *mut PyTypeObject,
    /// The module that the type belongs to; borrowed.
    pub(super) module: Option<*mut PyObject>,
}

/// The parameters, as they are given.
#[derive(Default)]
struct Given {
    bases: Vec<*mut PyObject>,
    tuple: Option<*mut PyObject>,
    metaclass: Option<*mut PyObject>,
    module: Option<*mut PyObject>,
}

impl Given {
    /// # Safety
    /// `params` is null or ended by kind 0.
    unsafe fn read(spec: &HPyType_Spec, params: *const HPyType_SpecParam) -> Result<Self> {
        let mut given = Self::default();
        let mut next = params;
        // SAFETY: by contract, the end was not reached.
        while let Some(param) = unsafe { next.as_ref() }.filter(|param| param.kind != 0) {
            next = next.wrapping_add(1);
            let object = object(param.object);
            match param.kind {
                HPyType_SpecParam_Base => push(&mut given.bases, object)?,
                HPyType_SpecParam_BasesTuple if given.tuple.is_some() => {
                    return Err(type_error(c"multiple specifications of HPyType_SpecParam_BasesTuple"));
                }
                HPyType_SpecParam_BasesTuple => given.tuple = Some(object),
                HPyType_SpecParam_Metaclass if given.metaclass.is_some() => {
                    return Err(value_error(c"metaclass was specified multiple times"));
                }
                HPyType_SpecParam_Metaclass => given.metaclass = Some(object),
                HPyType_SpecParam_Module if given.module.is_some() => {
                    return Err(type_error(c"multiple specifications of HPyType_SpecParam_Module"));
                }
                HPyType_SpecParam_Module => given.module = Some(object),
                _ => {
                    let format = c"unknown HPyType_SpecParam specification for '%s'";
                    // SAFETY: the name of a spec, or a constant.
                    return Err(unsafe { raise_format!(ffi::PyExc_TypeError, format, display(spec.name)) });
                }
            }
        }
        if !given.bases.is_empty() && given.tuple.is_some() {
            // The spelling of the second name is that of HPy 0.9.
            return Err(type_error(
                c"cannot specify both HPyType_SpecParam_Base and HPytype_SpecParam_BasesTuple",
            ));
        }
        if given
            .bases
            .iter()
            .chain(&given.tuple)
            .chain(&given.metaclass)
            .chain(&given.module)
            .any(|o| o.is_null())
        {
            return Err(type_error(c"HPy_NULL passed as an HPyType_SpecParam object"));
        }
        Ok(given)
    }

    /// The bases as a tuple that is not empty.
    ///
    /// # Safety
    /// The handles were valid.
    unsafe fn bases(&mut self) -> Result<Owned> {
        // SAFETY: by contract, all are objects; a new tuple has as many places as there are bases.
        unsafe {
            match self.tuple {
                Some(tuple) if ffi::PyTuple_Check(tuple) == 0 => {
                    return Err(type_error(c"HPyType_SpecParam_BasesTuple must be a tuple"));
                }
                Some(tuple) if ffi::PyTuple_GET_SIZE(tuple) > 0 => {
                    return Owned::new(new_reference(tuple));
                }
                // An empty tuple says as much as no base at all.
                _ => {}
            }
            if self.bases.is_empty() {
                push(&mut self.bases, (&raw mut ffi::PyBaseObject_Type).cast())?;
            }
            let tuple = Owned::new(ffi::PyTuple_New(self.bases.len().cast_signed()))?;
            for (i, &base) in (0..).zip(&self.bases) {
                ffi::PyTuple_SET_ITEM(tuple.as_ptr(), i, new_reference(base));
            }
            Ok(tuple)
        }
    }

    /// The metaclass; `type` if none is given.
    ///
    /// # Safety
    /// The handles were valid.
    unsafe fn metaclass(&self) -> Result<*mut PyTypeObject> {
        let Some(metaclass) = self.metaclass else { return Ok(&raw mut ffi::PyType_Type) };
        let ty = metaclass.cast();
        // SAFETY: by contract, an object.
        unsafe {
            if ffi::PyType_Check(metaclass) == 0 || ffi::PyType_IsSubtype(ty, &raw mut ffi::PyType_Type) == 0
            {
                let format = c"Metaclass '%R' is not a subclass of 'type'.";
                return Err(raise_format!(ffi::PyExc_TypeError, format, metaclass));
            }
        }
        Ok(ty)
    }

    /// # Safety
    /// The handles were valid.
    unsafe fn module(&self) -> Result<Option<*mut PyObject>> {
        // SAFETY: by contract, an object.
        if self.module.is_some_and(|module| unsafe { ffi::PyModule_Check(module) } == 0) {
            return Err(type_error(c"HPyType_SpecParam_Module must be a module"));
        }
        Ok(self.module)
    }
}

/// Reads the parameters of a type.
///
/// # Safety
/// `params` is null or ended by kind 0; its handles are valid.
pub(super) unsafe fn parents(spec: &HPyType_Spec, params: *const HPyType_SpecParam) -> Result<Parents> {
    // SAFETY: by contract, `params` is null or ended by kind 0; its handles are valid.
    unsafe {
        let mut given = Given::read(spec, params)?;
        let bases = given.bases()?;
        Ok(Parents { bases, metaclass: given.metaclass()?, module: given.module()? })
    }
}

/// Refuses what CPython could not take as a base, or would call a conflict of metaclasses.
///
/// # Safety
/// An object.
unsafe fn check_base(base: *mut PyObject) -> Result<()> {
    // SAFETY: by contract, an object; what is looked at further is a type.
    unsafe {
        if ffi::PyType_Check(base) == 0 {
            return Err(type_error(c"bases must be types"));
        }
        if is_complete(base.cast()) { Ok(()) } else { Err(incomplete(base.cast())) }
    }
}

impl Parents {
    /// Makes `metaclass` the most derived one (what `type.__new__` does), and checks that HPy can instantiate it.
    pub(super) fn resolve_metaclass(&mut self) -> Result<()> {
        // SAFETY: `bases` is a tuple of objects.
        unsafe {
            let bases = self.bases.as_ptr();
            for i in 0..ffi::PyTuple_GET_SIZE(bases) {
                let base = ffi::PyTuple_GET_ITEM(bases, i);
                check_base(base)?;
                let other = ffi::Py_TYPE(base);
                if ffi::PyType_IsSubtype(self.metaclass, other) != 0 {
                    continue;
                }
                if ffi::PyType_IsSubtype(other, self.metaclass) == 0 {
                    return Err(type_error(
                        c"metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the \
                         metaclasses of all its bases",
                    ));
                }
                self.metaclass = other;
            }
            let same_new = match ((*self.metaclass).tp_new, ffi::PyType_Type.tp_new) {
                (Some(a), Some(b)) => std::ptr::fn_addr_eq(a, b),
                _ => true,
            };
            if same_new {
                Ok(())
            } else {
                Err(type_error(c"Metaclasses with custom tp_new are not supported."))
            }
        }
    }

    /// The first base whose instances have a `__dict__`.
    ///
    /// # Safety
    /// The bases are types, see [`Self::resolve_metaclass`].
    pub(super) unsafe fn base_with_dict(&self) -> Option<*mut PyTypeObject> {
        let bases = self.bases.as_ptr();
        // SAFETY: by contract, the tuple has types.
        unsafe {
            (0..ffi::PyTuple_GET_SIZE(bases))
                .map(|i| ffi::PyTuple_GET_ITEM(bases, i).cast::<PyTypeObject>())
                .find(|base| (**base).tp_dictoffset != 0)
        }
    }

    /// The base whose layout the new type extends, or CPython's error if it refuses the bases.
    ///
    /// # Safety
    /// The caller holds the interpreter.
    pub(super) unsafe fn layout_base(&self) -> Result<*mut PyTypeObject> {
        // SAFETY: `bases` is a tuple; the spec below is well-formed.
        unsafe {
            let bases = self.bases.as_ptr();
            let first = ffi::PyTuple_GET_ITEM(bases, 0);
            if ffi::PyTuple_GET_SIZE(bases) == 1
                && ffi::PyType_Check(first) != 0
                && ffi::PyType_HasFeature(first.cast(), ffi::Py_TPFLAGS_BASETYPE) != 0
            {
                return Ok(first.cast());
            }
            // Which of several bases it is, or what is wrong with them, only CPython knows: ask it with a type that
            // adds nothing.
            let mut end = ffi::PyType_Slot { slot: 0, pfunc: std::ptr::null_mut() };
            let mut spec = ffi::PyType_Spec {
                name: c"hpy.universal._probe".as_ptr(),
                basicsize: 0,
                itemsize: 0,
                flags: ffi::Py_TPFLAGS_DEFAULT as _,
                slots: &raw mut end,
            };
            let probe = Owned::new(ffi::PyType_FromSpecWithBases(&raw mut spec, bases))?;
            // `bases` keeps it alive.
            Ok((*probe.as_ptr().cast::<PyTypeObject>()).tp_base)
        }
    }
}
