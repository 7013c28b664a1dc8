//! Modules that CPython itself has found: what the entry point in their binaries calls, and the capsule by which it is found.
//!
//! CPython makes a module in two steps and allows a definition to fill in both, but the definition that it knows is that of
//! the entry point, not that of the extension. So the first step makes an empty module, and the second loads the extension
//! into it, as into the module of a stub. An object that the extension makes itself is complete after the first step.

use std::ffi::{c_int, c_void};
use std::ptr::null_mut;

use hpy_abi::{HPyEntry_CAPSULE, HPyEntry_Module, HPyEntry_Runtime, HPyEntry_VERSION};
use hpy_cpython::boundary::{Result, check, check_status, guard, raise};
use hpy_cpython::ffi::{self, PyObject};
use hpy_cpython::module::ModuleDefinition;
use hpy_cpython::owned::{Owned, new_reference};
use hpy_load::Extension;

use crate::module::{self, Name};
use crate::object::string;

static RUNTIME: HPyEntry_Runtime =
    HPyEntry_Runtime { version: HPyEntry_VERSION, size: size_of::<HPyEntry_Runtime>() as u32, create, exec };

/// Adds the capsule to `hpy.universal`.
///
/// # Safety
/// `universal` is that module; the caller holds the interpreter.
pub(crate) unsafe fn add_capsule(universal: *mut PyObject) -> Result<()> {
    // SAFETY: by contract; the static and the name live as long as this library, which is never closed.
    unsafe {
        let runtime = (&raw const RUNTIME).cast_mut().cast();
        let capsule = Owned::new(ffi::PyCapsule_New(runtime, HPyEntry_CAPSULE.as_ptr(), None))?;
        check_status(ffi::PyObject_SetAttrString(universal, c"_entry".as_ptr(), capsule.as_ptr()))
    }
}

/// `_HPyEntry_Runtime._create`.
///
/// # Safety
/// The entry point passes the description of its module, and the spec that CPython passes.
unsafe extern "C" fn create(entry: *const HPyEntry_Module, spec: *mut c_void) -> *mut c_void {
    let spec = spec.cast::<PyObject>();
    // SAFETY: by contract, attached.
    guard(null_mut(), || unsafe {
        let name = Owned::new(ffi::PyObject_GetAttrString(spec, c"name".as_ptr()))?;
        let names = Name::new(string("the name in the spec", name.as_ptr())?)?;
        let extension = open(entry, &names)?;
        let makes_object = ModuleDefinition::check(extension.definition, extension.abi_version)?;
        if !makes_object {
            return check(ffi::PyModule_NewObject(name.as_ptr())).map(<*mut PyObject>::cast);
        }
        let environment = environment()?;
        let modes = module::modes(environment.as_ptr(), &names.full, &names.short)?;
        let made = module::make(extension, &names, &modes, spec, None, |_| Ok(()))?;
        Ok(made.into_ptr().cast())
    })
}

/// `_HPyEntry_Runtime._exec`.
///
/// # Safety
/// The entry point passes the description of its module, and what [`create`] returned.
unsafe extern "C" fn exec(entry: *const HPyEntry_Module, object: *mut c_void) -> c_int {
    let object = object.cast::<PyObject>();
    // SAFETY: by contract, attached.
    guard(-1, || unsafe {
        let module = Owned::new(new_reference(object))?;
        let name = Owned::new(ffi::PyModule_GetNameObject(object))?;
        let names = Name::new(string("the name of the module", name.as_ptr())?)?;
        let environment = environment()?;
        let modes = module::modes(environment.as_ptr(), &names.full, &names.short)?;
        let extension = open(entry, &names)?;
        let spec = module::spec_of(&module, &name)?;
        let state = State(ffi::PyModule_GetState(object), &module);
        module::make(extension, &names, &modes, spec.as_ptr(), Some(&module), |_| Ok(()))?;
        drop(state);
        Ok(0)
    })
}

/// What CPython has allocated as the state of a module of the entry point's definition. When the module is made one of the
/// extension's definition, nothing else refers to it any more.
struct State<'a>(*mut c_void, &'a Owned);

impl Drop for State<'_> {
    fn drop(&mut self) {
        // SAFETY: a module and its former state; the caller of `exec` holds the interpreter.
        unsafe {
            if ffi::PyModule_GetState(self.1.as_ptr()) != self.0 {
                ffi::PyMem_Free(self.0);
            }
        }
    }
}

/// # Safety
/// As for [`create`].
unsafe fn open(entry: *const HPyEntry_Module, names: &Name) -> Result<Extension> {
    // SAFETY: by contract.
    unsafe { Extension::of_entry(&*entry, &names.short, &module::runtime()) }
        .map_err(|message| raise(unsafe { ffi::PyExc_ImportError }, message))
}

/// `os.environ`
///
/// # Safety
/// The caller holds the interpreter.
unsafe fn environment() -> Result<Owned> {
    // SAFETY: by contract.
    unsafe {
        let os = Owned::new(ffi::PyImport_ImportModule(c"os".as_ptr()))?;
        Owned::new(ffi::PyObject_GetAttrString(os.as_ptr(), c"environ".as_ptr()))
    }
}
