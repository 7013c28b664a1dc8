//! `crates/hpy-cpython/src/generated/context_table.rs`: every member of the context on CPython.

use crate::model::{Member, Model};

pub(super) fn emit(model: &Model) -> String {
    let mut out = String::from(
        "//! The context on CPython: each function is `ctx_X` of the module named after its header, or of `generated::calls`.\n\n\
         use std::ffi::c_int;\n\
         use std::ptr::null_mut;\n\n\
         use hpy_abi::{HPy, HPyContext};\n\n\
         use super::constants::constants;\n\
         use crate::boundary::Result;\n\n\
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
                let is_call = f.cpython.as_ref().is_some_and(|call| !call.is_in_library());
                let module =
                    if is_call { "generated::calls".to_owned() } else { super::rust_name(&f.header) };
                format!("{}: crate::{module}::{},\n", f.name, f.name)
            }
        };
    }
    out += "}\n}\n\n\
        /// Fills in the handles, borrowed from the interpreter, which keeps their objects for as long as it lives.\n\
        ///\n\
        /// # Safety\n\
        ///\n\
        /// The caller holds the interpreter that the context is for.\n\
        pub(crate) unsafe fn fill_constants(ctx: &mut HPyContext) -> Result<()> {\n[\n";
    for constant in &model.constants {
        out += &format!("ctx.{},\n", constant.name);
    }
    out += "] =\n// SAFETY: the caller holds the interpreter.\nunsafe { constants()? };\nOk(())\n}\n";
    out
}
