//! The module of the Python file that stands beside an extension and loads it.
//!
//! The import system knows that module from its beginning, and may have shown it to other threads. So it is what the
//! extension is loaded into, and not replaced: then importing, reloading and executing a module that is there do what
//! they do with an extension of CPython. HPy 0.9 replaced it, and its stubs, which are in use, call the same function.

use std::ffi::CStr;
use std::ptr::NonNull;

use hpy_cpython::boundary::{Raised, Result, check_status};
use hpy_cpython::owned::{Owned, new_reference};
use pyo3_ffi::{self as ffi, PyObject};

/// The function of a stub that calls this one.
const BOOTSTRAP: &CStr = c"__bootstrap__";

/// The module whose stub runs: it called what calls this. `None` if it was called by other code.
///
/// # Safety
/// `name` and `spec` are objects; the caller holds the interpreter.
pub(crate) unsafe fn find(name: *mut PyObject, spec: *mut PyObject) -> Result<Option<Owned>> {
    // SAFETY: by contract; references from the dict are borrowed and only compared.
    unsafe {
        let Some(variables) = NonNull::new(ffi::PyEval_GetGlobals()) else { return Ok(None) };
        let variables = variables.as_ptr();
        let is_stub = !ffi::PyDict_GetItemString(variables, BOOTSTRAP.as_ptr()).is_null()
            && ffi::PyDict_GetItemString(variables, c"__spec__".as_ptr()) == spec;
        if !is_stub {
            return Ok(None);
        }
        // Null without an exception: there is no such module.
        let module = ffi::PyImport_GetModule(name);
        if !module.is_null() {
            let module = Owned::new(module)?;
            if is_module_of(module.as_ptr(), variables) {
                return Ok(Some(module));
            }
        } else if !ffi::PyErr_Occurred().is_null() {
            return Err(Raised);
        }
        // It need not be in `sys.modules` while it is executed.
        module_among_referrers(variables)
    }
}

/// A module with these variables, among all that refer to them.
///
/// # Safety
/// A dict; the caller holds the interpreter.
unsafe fn module_among_referrers(variables: *mut PyObject) -> Result<Option<Owned>> {
    // SAFETY: by contract; the list keeps what it has.
    unsafe {
        let collector = Owned::new(ffi::PyImport_ImportModule(c"gc".as_ptr()))?;
        let method = Owned::new(ffi::PyUnicode_InternFromString(c"get_referrers".as_ptr()))?;
        let referrers = Owned::new(ffi::PyObject_CallMethodObjArgs(
            collector.as_ptr(),
            method.as_ptr(),
            variables,
            std::ptr::null_mut::<PyObject>(),
        ))?;
        for index in 0..ffi::PyList_Size(referrers.as_ptr()) {
            let object = ffi::PyList_GetItem(referrers.as_ptr(), index);
            if is_module_of(object, variables) {
                return Owned::new(new_reference(object)).map(Some);
            }
        }
        Ok(None)
    }
}

/// Whether `object` is a module with these variables.
unsafe fn is_module_of(object: *mut PyObject, variables: *mut PyObject) -> bool {
    // SAFETY: both are objects; the dict of the module is borrowed.
    unsafe { ffi::PyModule_Check(object) != 0 && ffi::PyModule_GetDict(object) == variables }
}

/// Whether an extension was loaded into the module already.
///
/// # Safety
/// A module; the caller holds the interpreter.
pub(crate) unsafe fn is_loaded(module: &Owned) -> bool {
    // SAFETY: by contract, a module; the caller holds the interpreter.
    unsafe { !ffi::PyModule_GetDef(module.as_ptr()).is_null() }
}

/// Takes out of the module what is the stub's own, once the extension is there.
///
/// # Safety
/// A module; the caller holds the interpreter.
pub(crate) unsafe fn strip(module: &Owned) -> Result<()> {
    // CPython imports by the builtins of the code that runs, so they stay as long as the extension executes.
    for name in [BOOTSTRAP, c"__builtins__", c"__cached__"] {
        // SAFETY: by contract; the dict is borrowed from the module.
        unsafe {
            let variables = ffi::PyModule_GetDict(module.as_ptr());
            if !ffi::PyDict_GetItemString(variables, name.as_ptr()).is_null() {
                check_status(ffi::PyDict_DelItemString(variables, name.as_ptr()))?;
            }
        }
    }
    Ok(())
}
