//! From an opened extension to a module: what all ways to load one have in common.
//!
//! All functions here need the caller to hold the interpreter, and objects where they take pointers.

use std::ffi::CString;
use std::ptr::null_mut;

use hpy_cpython::boundary::{Result, raise};
use hpy_cpython::module::ModuleDefinition;
use hpy_cpython::owned::{Owned, new_reference};
use hpy_cpython::universal;
use hpy_load::{Extension, Modes, Runtime};
use pyo3_ffi::{self as ffi, PyObject};

use crate::object::{lookup, new_string, punycode, string};
use crate::stack;

/// The tag of the CPython that this is built for, as in `foo.hpy0-cp311.so`. Debug builds also load what is made for the
/// release build of the same version.
const PYTHON_TAGS: &[&str] = if cfg!(py_sys_config = "Py_DEBUG") {
    &[env!("HPY_PYTHON_TAG"), concat!(env!("HPY_PYTHON_TAG"), "d")]
} else {
    &[env!("HPY_PYTHON_TAG")]
};

/// What extensions are loaded into.
pub(crate) fn runtime() -> Runtime<'static> {
    Runtime {
        version: env!("HPY_VERSION"),
        context: universal::trampoline_context(),
        members: universal::MEMBERS,
        python_tags: PYTHON_TAGS,
    }
}

/// The name of a module.
pub(crate) struct Name {
    pub(crate) full: String,
    /// The last component, in the form that symbols have, as far as it can.
    pub(crate) short: String,
    /// The last component in symbols.
    pub(crate) symbol: String,
}

impl Name {
    /// # Safety
    /// See the module.
    pub(crate) unsafe fn new(full: String) -> Result<Self> {
        let short = full.rsplit('.').next().unwrap_or_default().replace('-', "_");
        let symbol = if short.is_ascii() {
            short.clone()
        } else {
            // SAFETY: by contract.
            unsafe { punycode(&short)?.replace('-', "_") }
        };
        Ok(Self { full, short, symbol })
    }
}

/// The modes that the environment asks for, which `HPY_LOG` shows.
///
/// # Safety
/// See the module.
pub(crate) unsafe fn modes(env: *mut PyObject, full_name: &str, short_name: &str) -> Result<Modes> {
    // SAFETY: by contract, `env` is an object.
    unsafe {
        let modes = match lookup(env, c"HPY")? {
            Some(value) => {
                let value = string("the environment variable HPY", value.as_ptr())?;
                Modes::from_variable(&value, full_name, short_name)
                    .map_err(|error| raise(ffi::PyExc_ValueError, error))?
            }
            None => Modes::default(),
        };
        if lookup(env, c"HPY_LOG")?.is_some() {
            let name = Owned::new(new_string(short_name))?;
            let text = CString::new(modes.to_string()).unwrap_or_default();
            let line = ffi::PyUnicode_FromFormat(
                c"Loading %R in HPy %s mode\n".as_ptr(),
                name.as_ptr(),
                text.as_ptr(),
            );
            write_line(&Owned::new(line)?);
        }
        Ok(modes)
    }
}

/// Writes a line to `sys.stdout`, if there is one. What goes wrong there stops nobody.
///
/// # Safety
/// See the module.
unsafe fn write_line(line: &Owned) {
    // SAFETY: by contract; the file is borrowed from `sys`.
    unsafe {
        let file = ffi::PySys_GetObject(c"stdout".as_ptr());
        if !file.is_null()
            && file != ffi::Py_None()
            && ffi::PyFile_WriteObject(line.as_ptr(), file, ffi::Py_PRINT_RAW) < 0
        {
            ffi::PyErr_Clear();
        }
    }
}

/// A new module made by the extension, or `stub` filled by it. `prepare` gets it before its code runs.
///
/// # Safety
/// See the module; `stub` is a module.
pub(crate) unsafe fn make(
    extension: Extension,
    name: &Name,
    modes: &Modes,
    spec: *mut PyObject,
    stub: Option<&Owned>,
    prepare: impl FnOnce(&Owned) -> Result<()>,
) -> Result<Owned> {
    let Extension { library, definition, abi_version } = extension;
    // SAFETY: by contract. The library stays open from when something may point into it; before, an early return closes
    // it.
    unsafe {
        ModuleDefinition::check(definition, abi_version)?;
        if let Some(library) = library {
            library.keep_open();
        }
        let host = stack::host(modes, &name.full, definition)?;
        let definition = ModuleDefinition::of(&*host, definition)?;
        let module = Owned::new(definition.create(spec, stub.map(Owned::as_ptr))?)?;
        prepare(&module)?;
        definition.execute(module.as_ptr())?;
        Ok(module)
    }
}

/// The spec of a module, or one with its name if the module was made without.
///
/// # Safety
/// See the module; `module` is one.
pub(crate) unsafe fn spec_of(module: &Owned, name: &Owned) -> Result<Owned> {
    // SAFETY: by contract; the dict and its value are borrowed.
    unsafe {
        let variables = ffi::PyModule_GetDict(module.as_ptr());
        let spec = ffi::PyDict_GetItemString(variables, c"__spec__".as_ptr());
        if !spec.is_null() && spec != ffi::Py_None() {
            return Owned::new(new_reference(spec));
        }
        let machinery = Owned::new(ffi::PyImport_ImportModule(c"importlib.machinery".as_ptr()))?;
        let class = Owned::new(ffi::PyObject_GetAttrString(machinery.as_ptr(), c"ModuleSpec".as_ptr()))?;
        Owned::new(ffi::PyObject_CallFunctionObjArgs(
            class.as_ptr(),
            name.as_ptr(),
            ffi::Py_None(),
            null_mut::<PyObject>(),
        ))
    }
}
