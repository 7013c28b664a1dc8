//! Compilation and evaluation of Python source.
#![expect(non_upper_case_globals, reason = "constants of the C API as patterns")]

use std::ffi::c_char;

use crate::ffi::{
    Py_CompileString, Py_eval_input, Py_file_input, Py_single_input, PyCode_Check, PyEval_EvalCode,
    PyExc_SystemError,
};
use hpy_abi::{
    HPy, HPy_SourceKind, HPy_SourceKind_Expr, HPy_SourceKind_File, HPy_SourceKind_Single, HPyContext,
};

use crate::forward::{fail, null_argument, wrong_type};
use crate::generated::calls::null;
use crate::handle::{handle, object};

pub(crate) unsafe extern "C" fn ctx_Compile_s(
    _: *mut HPyContext,
    utf8_source: *const c_char,
    utf8_filename: *const c_char,
    kind: HPy_SourceKind,
) -> HPy {
    if utf8_source.is_null() || utf8_filename.is_null() {
        return null_argument(null::ctx_Compile_s);
    }
    let start = match kind {
        HPy_SourceKind_Expr => Py_eval_input,
        HPy_SourceKind_File => Py_file_input,
        HPy_SourceKind_Single => Py_single_input,
        // SAFETY: the contract of context functions, see `crate::forward`.
        _ => return unsafe { fail(PyExc_SystemError, c"invalid source kind") },
    };
    // SAFETY: the contract of context functions, see `crate::forward`.
    handle(unsafe { Py_CompileString(utf8_source, utf8_filename, start) })
}

/// CPython does not look at the type here.
pub(crate) unsafe extern "C" fn ctx_EvalCode(
    _: *mut HPyContext,
    code: HPy,
    globals: HPy,
    locals: HPy,
) -> HPy {
    if code.is_null() || globals.is_null() {
        return null_argument(null::ctx_EvalCode);
    }
    let code = object(code);
    // SAFETY: as above; without locals CPython takes the globals.
    unsafe {
        if PyCode_Check(code) == 0 {
            return wrong_type(c"code", code);
        }
        handle(PyEval_EvalCode(code, object(globals), object(locals)))
    }
}
