//! `crates/hpy-cpython/src/generated/context_table.rs`: every member of the context on CPython.

use crate::model::{Member, Model};

pub(super) fn emit(model: &Model) -> String {
    let mut out = String::from(
        "//! The context on CPython: each function is `ctx_X` of the module named after its header.\n\n\
         use std::ffi::c_int;\n\
         use std::ptr::null_mut;\n\n\
         use hpy_abi::{HPy, HPyContext};\n\
         use pyo3_ffi as ffi;\n\n\
         use crate::boundary::{Result, check};\n\
         use crate::handle::handle;\n\n\
         /// A context with all functions; `_private` and the handles are null.\n\
         pub(crate) fn context_table() -> HPyContext {\n\
         HPyContext {\n\
         name: c\"HPy Universal ABI (CPython backend)\".as_ptr(),\n\
         _private: null_mut(),\n\
         abi_version: hpy_abi::HPY_ABI_VERSION as c_int,\n",
    );
    for member in model.members() {
        out += &match member {
            Member::Constant(c) => format!("{}: HPy::NULL,\n", c.name),
            Member::Function(f) => {
                format!("{}: crate::{}::{},\n", f.name, super::rust_name(&f.header), f.name)
            }
        };
    }
    out += "}\n}\n\n\
        /// Fills in the handles, borrowed from the interpreter, which keeps their objects for as long as it lives.\n\
        ///\n\
        /// # Safety\n\
        ///\n\
        /// The caller holds the interpreter that the context is for.\n\
        pub(crate) unsafe fn fill_constants(ctx: &mut HPyContext) -> Result<()> {\n\
        // SAFETY: the caller holds the interpreter; these are its own objects and functions.\n\
        unsafe {\n";
    for constant in &model.constants {
        out += &format!("ctx.{} = handle({});\n", constant.name, object(&constant.name));
    }
    out += "}\nOk(())\n}\n";
    out
}

/// The CPython object behind a constant.
fn object(constant: &str) -> String {
    let name = constant.strip_prefix("h_").unwrap_or(constant);
    match name {
        "None" | "True" | "False" | "NotImplemented" | "Ellipsis" => format!("ffi::Py_{name}()"),
        "Builtins" => "check(ffi::PyEval_GetBuiltins())?".to_owned(),
        "BaseObjectType" => "(&raw mut ffi::PyBaseObject_Type).cast()".to_owned(),
        _ => match name.strip_suffix("Type") {
            Some(kind) => format!("(&raw mut ffi::Py{kind}_Type).cast()"),
            None => format!("ffi::PyExc_{name}"),
        },
    }
}
