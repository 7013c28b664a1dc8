//! Functions that an extension makes of definitions at run time.

use crate::ffi::{self, PyMethodDef, PyObject};
use hpy_abi::*;

use crate::boundary::{Result, check, guard, raise_format, type_error, value_error};
use crate::context::Universal;
use crate::definitions::{is_bound, method};
use crate::forward::null_argument;
use crate::generated::calls::null;
use crate::handle::{handle, object};
use crate::kept::Kept;
use crate::memory::boxed;
use crate::owned::{Owned, new_reference};
use crate::state::{Host, InterpreterRef};

/// CPython's form of the definitions that functions were made of, in an interpreter: by context and definition.
struct Functions {
    made: Kept<(*mut HPyContext, *const HPyDef), PyMethodDef>,
    /// A function refers to its definition, and to the context by its entry, but cannot own either. So the interpreter's
    /// state is never freed from then on.
    _interpreter: InterpreterRef,
}

/// `HPyFunction_New`; the result is a new reference.
///
/// # Safety
/// The definition is valid as long as the process; `this` and `module` are null or objects. The caller runs in the interpreter
/// of `host`.
unsafe fn make(
    host: &dyn Host,
    definition: &HPyDef,
    this: *mut PyObject,
    module: *mut PyObject,
) -> Result<*mut PyObject> {
    // SAFETY: by contract.
    unsafe {
        let meth = match hpy_abi::definition(definition) {
            Definition::Method(meth, Binding::Instance) => meth,
            _ => {
                return Err(value_error(
                    c"HPyFunction_New: the definition is not one that HPyDef_METH makes",
                ));
            }
        };
        if meth.name.is_null() {
            let format = c"HPyFunction_New: the definition has no name (name is %s)";
            return Err(raise_format!(ffi::PyExc_SystemError, format, c"NULL".as_ptr()));
        }
        if is_bound(meth.signature) {
            let format = c"HPyFunction_New: '%s' gets a state or a class (HPyFunc_STATE_..., HPyFunc_METHOD), which only functions \
                           of modules and methods of types do";
            return Err(raise_format!(ffi::PyExc_ValueError, format, meth.name));
        }
        let name = match module {
            module if module.is_null() => None,
            module if ffi::PyModule_Check(module) != 0 => {
                Some(Owned::new(crate::ffi::PyModule_GetNameObject(module))?)
            }
            name if ffi::PyUnicode_Check(name) != 0 => Some(Owned::new(new_reference(name))?),
            _ => return Err(type_error(c"HPyFunction_New: module must be a module or its name")),
        };
        let interpreter = host.interpreter();
        let functions = interpreter.attached(|| {
            Ok(Functions { made: Kept::new(), _interpreter: InterpreterRef::new(interpreter) })
        })?;
        let key = (host.context(), std::ptr::from_ref(definition));
        let made = functions.made.get_or_make(key, || boxed(method(host, meth)?))?;
        let name = name.as_ref().map_or(std::ptr::null_mut(), Owned::as_ptr);
        check(ffi::PyCFunction_NewEx(std::ptr::from_ref(made).cast_mut(), this, name))
    }
}

/// `HPyFunction_New`.
///
/// # Safety
/// As documented for the C API function; the caller runs in the interpreter of `host`.
pub unsafe fn new_function(host: &dyn Host, definition: *const HPyDef, this: HPy, module: HPy) -> HPy {
    // SAFETY: the contract of context functions, see `crate::forward`.
    guard(HPy::NULL, || unsafe {
        match definition.as_ref() {
            None => Ok(null_argument(null::ctx_Function_New)),
            Some(definition) => make(host, definition, object(this), object(module)).map(handle),
        }
    })
}

/// `HPyFunction_New`.
///
/// # Safety
/// As documented for the C API function.
pub(crate) unsafe extern "C" fn ctx_Function_New(
    ctx: *mut HPyContext,
    definition: *const HPyDef,
    this: HPy,
    module: HPy,
) -> HPy {
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe { new_function(Universal::of(ctx), definition, this, module) }
}
