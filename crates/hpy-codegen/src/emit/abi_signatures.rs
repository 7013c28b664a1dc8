//! `crates/hpy-abi/src/generated/signatures.rs`: numbers, implementation types and arguments structs of signatures.

use super::trampolines_h::struct_fields;
use crate::entry::Call;
use crate::model::Model;

pub(super) fn emit(model: &Model) -> String {
    let mut out = String::from(
        "//! The kinds of functions that an extension may define.\n\n\
         use core::ffi::{c_char, c_int, c_void};\n\n\
         use crate::*;\n\n\
         /// The number of a signature; an extension may pass any value.\n\
         pub type HPyFunc_Signature = c_int;\n\n",
    );
    for signature in &model.signatures {
        out += &format!("pub const {}: HPyFunc_Signature = {};\n", signature.name, signature.number);
    }
    for signature in &model.signatures {
        let Some(prototype) = &signature.prototype else { continue };
        let ctype = super::rust_fn(&prototype.returns, &prototype.params);
        let doc = if prototype.doc.is_empty() {
            format!("/// An implementation of signature [`{}`].\n", signature.name)
        } else {
            super::rust_doc(&prototype.doc)
        };
        out += &format!("\n{doc}pub type {} = {ctype};\n", prototype.name);
    }
    for signature in &model.signatures {
        let Some(entry) = signature.entry.as_ref().filter(|e| e.call == Call::Struct) else { continue };
        out += &format!(
            "\n/// What a trampoline of [`{}`] passes to the context.\n\
             #[repr(C)]\n\
             pub struct _HPyFunc_args_{} {{\n",
            signature.name,
            signature.short()
        );
        for field in struct_fields(entry) {
            out += &format!("pub {}: {},\n", super::rust_name(&field.name), super::rust_type(&field.ctype));
        }
        out += "}\n";
    }
    out
}
