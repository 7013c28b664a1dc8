//! What Python sees of `hpy.universal`: `load`, `_load_bootstrap`, `_exec_module`, `_parse_modes`, `get_version`, `_clinic`,
//! the
//! constants `MODE_*`.
//!
//! How a binary is opened is in `hpy-load`, how a module is made of it in [`module`] and `hpy-cpython`.

use std::cell::UnsafeCell;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::PathBuf;
use std::ptr::{null, null_mut};

use hpy_cpython::boundary::{Raised, Result, check, check_status, guard, raise};
use hpy_cpython::ffi::{self, PyMethodDef, PyMethodDefPointer, PyModuleDef, PyModuleDef_Slot, PyObject};
use hpy_cpython::owned::{Owned, new_reference};
use hpy_cpython::universal;
use hpy_load::{Extension, Mode, Modes, Request, UNIVERSAL};

use crate::module::{self, Name};
use crate::object::{file_path, new_string, string};
use crate::{clinic, entry, stack, stub};
use hpy_cpython::statics::{Static, method};

pub(crate) static DEFINITION: Static<PyModuleDef> = Static(UnsafeCell::new(PyModuleDef {
    m_base: ffi::PyModuleDef_HEAD_INIT,
    m_name: c"hpy.universal".as_ptr(),
    m_doc: c"HPy universal runtime for CPython".as_ptr(),
    m_size: 0,
    m_methods: METHODS.0.get().cast(),
    m_slots: SLOTS.0.get().cast(),
    m_traverse: None,
    m_clear: None,
    m_free: None,
}));

static METHODS: Static<[PyMethodDef; 7]> = Static(UnsafeCell::new([
    method(c"load", with_keywords(load), WITH_KEYWORDS, c"Load a .hpy0.so file"),
    method(
        c"_load_bootstrap",
        with_keywords(load_bootstrap),
        WITH_KEYWORDS,
        c"Internal: used by the stubs that stand beside HPy extensions",
    ),
    method(
        c"_exec_module",
        with_keywords(exec_module),
        WITH_KEYWORDS,
        c"Internal: used by the import hook",
    ),
    method(
        c"get_version",
        PyMethodDefPointer { PyCFunction: get_version },
        ffi::METH_NOARGS,
        c"Return a tuple ('version', 'git revision')",
    ),
    method(
        c"_parse_modes",
        PyMethodDefPointer { PyCFunction: parse_modes },
        ffi::METH_O,
        c"Internal: return the modes in a value of the environment variable HPY, whichever modules they are for",
    ),
    method(
        c"_clinic",
        PyMethodDefPointer { PyCFunction: clinic::clinic },
        ffi::METH_VARARGS,
        c"Internal: return the header and the stub that follow from the Argument Clinic blocks of a source",
    ),
    PyMethodDef::zeroed(),
]));

const WITH_KEYWORDS: c_int = ffi::METH_VARARGS | ffi::METH_KEYWORDS;

const fn with_keywords(function: ffi::PyCFunctionWithKeywords) -> PyMethodDefPointer {
    PyMethodDefPointer { PyCFunctionWithKeywords: function }
}

const SLOT_COUNT: usize = 2 + cfg!(Py_3_12) as usize + cfg!(Py_3_13) as usize;

static SLOTS: Static<[PyModuleDef_Slot; SLOT_COUNT]> = Static(UnsafeCell::new([
    PyModuleDef_Slot { slot: ffi::Py_mod_exec, value: exec as *mut c_void },
    #[cfg(Py_3_12)]
    PyModuleDef_Slot {
        slot: ffi::Py_mod_multiple_interpreters,
        value: ffi::Py_MOD_PER_INTERPRETER_GIL_SUPPORTED,
    },
    #[cfg(Py_3_13)]
    PyModuleDef_Slot { slot: ffi::Py_mod_gil, value: ffi::Py_MOD_GIL_NOT_USED },
    PyModuleDef_Slot { slot: 0, value: null_mut() },
]));

// The functions below are called by CPython with what their flags in `METHODS` promise, by a thread that holds the
// interpreter; that is the ground of their unsafe blocks. `module` and `args` are borrowed, `kwargs` may be null.

/// Fills the module, and makes the state of this interpreter, so that a failure there is one of the import.
unsafe extern "C" fn exec(module: *mut PyObject) -> c_int {
    guard(-1, || {
        // SAFETY: CPython calls this as `METHODS` and `SLOTS` say, attached.
        unsafe {
            universal::start()?;
            for (name, mode) in [
                (c"MODE_UNIVERSAL", UNIVERSAL),
                (c"MODE_DEBUG", Mode::Debug as i32),
                (c"MODE_TRACE", Mode::Trace as i32),
            ] {
                check_status(ffi::PyModule_AddIntConstant(module, name.as_ptr(), mode.into()))?;
            }
            stack::add_modules(module)?;
            entry::add_capsule(module)?;
        }
        Ok(0)
    })
}

unsafe extern "C" fn get_version(_module: *mut PyObject, _: *mut PyObject) -> *mut PyObject {
    let (version, revision) = (env!("HPY_VERSION"), env!("HPY_GIT_REVISION"));
    guard(null_mut(), || {
        // SAFETY: CPython calls this as `METHODS` and `SLOTS` say, attached.
        unsafe {
            let version = Owned::new(new_string(version))?;
            let revision = Owned::new(new_string(revision))?;
            check(ffi::PyTuple_Pack(2, version.as_ptr(), revision.as_ptr()))
        }
    })
}

unsafe extern "C" fn parse_modes(_module: *mut PyObject, value: *mut PyObject) -> *mut PyObject {
    guard(null_mut(), || {
        // SAFETY: CPython calls this with an object (METH_O), attached.
        unsafe {
            let value = string("_parse_modes() argument", value)?;
            let parts = Modes::parse_variable(&value).map_err(|error| raise(ffi::PyExc_ValueError, error))?;
            let list = Owned::new(ffi::PyList_New(0))?;
            for (_, modes) in parts {
                let modes = Owned::new(new_string(&modes.to_string()))?;
                check_status(ffi::PyList_Append(list.as_ptr(), modes.as_ptr()))?;
            }
            Ok(list.into_ptr())
        }
    })
}

/// `load(name, path, spec, debug=False, mode=-1)`: a new module object. Sets nothing on it and enters it nowhere.
unsafe extern "C" fn load(
    _module: *mut PyObject,
    args: *mut PyObject,
    kwargs: *mut PyObject,
) -> *mut PyObject {
    guard(null_mut(), || {
        let keywords = [c"name", c"path", c"spec", c"debug", c"mode"].map(CStr::as_ptr);
        let keywords = Keywords(keywords, null());
        let [mut name, mut path, mut spec] = [null_mut(); 3];
        let mut debug: c_int = 0;
        let mut mode: c_int = -1;
        // SAFETY: CPython passes a tuple, and a dict or null; one variable for each unit of the format.
        unsafe {
            let parsed = ffi::PyArg_ParseTupleAndKeywords(
                args,
                kwargs,
                c"OOO|pi".as_ptr(),
                keywords.as_ptr(),
                &raw mut name,
                &raw mut path,
                &raw mut spec,
                &raw mut debug,
                &raw mut mode,
            );
            if parsed == 0 {
                return Err(Raised);
            }
            let mode = match mode {
                -1 | UNIVERSAL if debug != 0 => Modes(vec![Mode::Debug]),
                -1 => Modes::default(),
                number => Modes::from_number(number).ok_or_else(|| {
                    raise(ffi::PyExc_ValueError, format_args!("invalid HPy mode: {number}"))
                })?,
            };
            let target = Target::new("load() argument 'name'", name, "load() argument 'path'", path)?;
            let extension = target.open(ffi::PyExc_RuntimeError)?;
            Ok(module::make(extension, &target.name, &mode, spec, None, |_| Ok(()))?.into_ptr())
        }
    })
}

/// `_load_bootstrap(name, ext_name, package, file, loader, spec, env)`: what the stub of an extension calls. Loads
/// `file` in the mode that `env` asks for, and sets on the module what importing it would. The module is the stub's
/// own, see [`stub`].
unsafe extern "C" fn load_bootstrap(
    _module: *mut PyObject,
    args: *mut PyObject,
    kwargs: *mut PyObject,
) -> *mut PyObject {
    guard(null_mut(), || {
        let keywords =
            [c"name", c"ext_name", c"package", c"file", c"loader", c"spec", c"env"].map(CStr::as_ptr);
        let keywords = Keywords(keywords, null());
        let [mut name, mut ext_name, mut package, mut file, mut loader, mut spec, mut env] = [null_mut(); 7];
        // SAFETY: CPython passes a tuple, and a dict or null; one variable for each unit of the format.
        unsafe {
            let parsed = ffi::PyArg_ParseTupleAndKeywords(
                args,
                kwargs,
                c"OOOOOOO".as_ptr(),
                keywords.as_ptr(),
                &raw mut name,
                &raw mut ext_name,
                &raw mut package,
                &raw mut file,
                &raw mut loader,
                &raw mut spec,
                &raw mut env,
            );
            if parsed == 0 {
                return Err(Raised);
            }
            Bootstrap { name, ext_name, package, file, loader, spec, env }.load()
        }
    })
}

/// `_exec_module(module, file, env)`: what a loader of the import system does with a module that it has made. Loads
/// `file` into it, in the mode that `env` asks for. Returns the module, or what `HPy_mod_create` made in its place.
unsafe extern "C" fn exec_module(
    _module: *mut PyObject,
    args: *mut PyObject,
    kwargs: *mut PyObject,
) -> *mut PyObject {
    guard(null_mut(), || {
        let keywords = Keywords([c"module", c"file", c"env"].map(CStr::as_ptr), null());
        let [mut object, mut file, mut env] = [null_mut(); 3];
        // SAFETY: CPython passes a tuple, and a dict or null; one variable for each unit of the format.
        unsafe {
            let parsed = ffi::PyArg_ParseTupleAndKeywords(
                args,
                kwargs,
                c"O!OO".as_ptr(),
                keywords.as_ptr(),
                &raw mut ffi::PyModule_Type,
                &raw mut object,
                &raw mut file,
                &raw mut env,
            );
            if parsed == 0 {
                return Err(Raised);
            }
            let module = Owned::new(new_reference(object))?;
            if stub::is_loaded(&module) {
                // It is being reloaded, at which extensions stay as they are.
                return Ok(module.into_ptr());
            }
            let name = Owned::new(ffi::PyModule_GetNameObject(object))?;
            let target = Target::new("the name of the module", name.as_ptr(), "argument 'file'", file)?;
            let spec = module::spec_of(&module, &name)?;
            let modes = module::modes(env, &target.name.full, &target.name.short)?;
            let extension = target.open(ffi::PyExc_ImportError)?;
            let prepare = |made: &Owned| copy_attributes(&module, made);
            let made = module::make(extension, &target.name, &modes, spec.as_ptr(), Some(&module), prepare)?;
            Ok(made.into_ptr())
        }
    })
}

/// The arguments of `_load_bootstrap`: borrowed objects.
struct Bootstrap {
    name: *mut PyObject,
    ext_name: *mut PyObject,
    package: *mut PyObject,
    file: *mut PyObject,
    loader: *mut PyObject,
    spec: *mut PyObject,
    env: *mut PyObject,
}

impl Bootstrap {
    /// # Safety
    /// The arguments are objects; the caller holds the interpreter.
    unsafe fn load(&self) -> Result<*mut PyObject> {
        // SAFETY: by contract, all are objects.
        unsafe {
            let name_role = "_load_bootstrap() argument 'name'";
            let target = Target::new(name_role, self.name, "_load_bootstrap() argument 'file'", self.file)?;
            let full_name = string("_load_bootstrap() argument 'ext_name'", self.ext_name)?;
            if self.spec == ffi::Py_None() {
                let path = target.path.display();
                let message = format_args!(
                    "cannot load the HPy extension '{path}' without a spec: import the module instead of running \
                     its stub as a script"
                );
                return Err(raise(ffi::PyExc_ImportError, message));
            }
            let set_attributes = |module: &Owned| self.set_attributes(&target, module);
            let stub = stub::find(self.ext_name, self.spec)?;
            if let Some(stub) = &stub
                && stub::is_loaded(stub)
            {
                // It is being reloaded, at which extensions stay as they are.
                set_attributes(stub)?;
                stub::strip(stub)?;
                return Ok(new_reference(stub.as_ptr()));
            }
            // The symbols are called as the stub says, and modes are chosen by either name.
            let modes = module::modes(self.env, &full_name, &target.name.short)?;
            let extension = target.open(ffi::PyExc_RuntimeError)?;
            let module =
                module::make(extension, &target.name, &modes, self.spec, stub.as_ref(), set_attributes)?;
            if let Some(stub) = &stub
                && stub.as_ptr() == module.as_ptr()
            {
                stub::strip(stub)?;
            }
            Ok(module.into_ptr())
        }
    }

    /// Sets what importing the module would.
    ///
    /// # Safety
    /// As for [`Self::load`].
    unsafe fn set_attributes(&self, target: &Target, module: &Owned) -> Result<()> {
        let file = target.path_object.as_ptr();
        // SAFETY: all are objects.
        unsafe {
            set_module_attribute(module, c"__file__", file)?;
            set_module_attribute(module, c"__loader__", self.loader)?;
            set_module_attribute(module, c"__name__", self.ext_name)?;
            set_module_attribute(module, c"__package__", self.package)?;
            check_status(ffi::PyObject_SetAttrString(self.spec, c"origin".as_ptr(), file))?;
            set_module_attribute(module, c"__spec__", self.spec)
        }
    }
}

/// The names of a function's parameters, ended by null.
#[repr(C)]
struct Keywords<const N: usize>([*const c_char; N], *const c_char);

impl<const N: usize> Keywords<N> {
    /// Pointer to the first name, of the type that this version of CPython wants.
    fn as_ptr<T>(&self) -> *mut T {
        (&raw const *self).cast_mut().cast()
    }
}

/// A file to load, as the Python functions get it.
struct Target {
    name: Name,
    path: PathBuf,
    /// The path as a `str`.
    path_object: Owned,
}

impl Target {
    /// `name_role` and `path_role` say in errors what the two arguments are.
    ///
    /// # Safety
    /// The arguments are objects; the caller holds the interpreter.
    unsafe fn new(
        name_role: &str,
        name: *mut PyObject,
        path_role: &str,
        path: *mut PyObject,
    ) -> Result<Self> {
        // SAFETY: by contract, the arguments are objects; the caller holds the interpreter.
        unsafe {
            let name = Name::new(string(name_role, name)?)?;
            let (path_object, path) = file_path(path_role, path)?;
            Ok(Self { name, path, path_object })
        }
    }

    /// # Errors
    /// Exceptions of the type `kind`.
    ///
    /// # Safety
    /// The caller holds the interpreter.
    unsafe fn open(&self, kind: *mut PyObject) -> Result<Extension> {
        let request = Request { name: &self.name.short, symbol: &self.name.symbol, path: &self.path };
        // SAFETY: by contract; an importer is asked to run the binary.
        unsafe { Extension::open(&request, &module::runtime()) }.map_err(|message| raise(kind, message))
    }
}

/// Gives what the import system has set on a module to what takes its place.
///
/// # Safety
/// `module` is one; the caller holds the interpreter.
unsafe fn copy_attributes(module: &Owned, made: &Owned) -> Result<()> {
    if module.as_ptr() == made.as_ptr() {
        return Ok(());
    }
    for name in [c"__file__", c"__loader__", c"__name__", c"__package__", c"__spec__"] {
        // SAFETY: by contract; the dict and its values are borrowed.
        unsafe {
            let value = ffi::PyDict_GetItemString(ffi::PyModule_GetDict(module.as_ptr()), name.as_ptr());
            if !value.is_null() {
                set_module_attribute(made, name, value)?;
            }
        }
    }
    Ok(())
}

/// Sets an attribute that the import system knows. What `HPy_mod_create` made may be any object, and need not take
/// attributes; a module must.
///
/// # Safety
/// `value` is an object; the caller holds the interpreter.
unsafe fn set_module_attribute(module: &Owned, name: &CStr, value: *mut PyObject) -> Result<()> {
    // SAFETY: by contract, `value` is an object; the caller holds the interpreter.
    unsafe {
        let status = ffi::PyObject_SetAttrString(module.as_ptr(), name.as_ptr(), value);
        let is_refusal = || {
            ffi::PyErr_ExceptionMatches(ffi::PyExc_AttributeError) != 0
                || ffi::PyErr_ExceptionMatches(ffi::PyExc_TypeError) != 0
        };
        if status < 0 && ffi::PyModule_Check(module.as_ptr()) == 0 && is_refusal() {
            ffi::PyErr_Clear();
            return Ok(());
        }
        check_status(status)
    }
}
