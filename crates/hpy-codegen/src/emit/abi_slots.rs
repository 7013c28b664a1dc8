//! `crates/hpy-abi/src/generated/slots.rs`: numbers and signatures of slots.

use crate::model::Model;

pub(super) fn emit(model: &Model) -> String {
    let mut out = String::from(
        "//! The slots of types and modules.\n\n\
         use core::ffi::c_int;\n\n\
         use crate::*;\n\n",
    );
    for slot in &model.slots {
        let doc = super::rust_doc(&slot.doc);
        out += &format!("{doc}pub const {}: c_int = {};\n", slot.name, slot.number);
    }
    out += "\n/// The signature of a slot's implementation; `None` for a slot that is a value, and for a number that is\n\
        /// not a slot.\n\
        #[must_use]\n\
        pub const fn slot_signature(slot: c_int) -> Option<HPyFunc_Signature> {\n\
        Some(match slot {\n";
    for slot in &model.slots {
        if let Some(signature) = &slot.signature {
            out += &format!("{} => {signature},\n", slot.name);
        }
    }
    out += "_ => return None,\n})\n}\n";
    out += "\n/// The name of a slot, without the prefix; `None` for a number that is not a slot.\n\
        #[must_use]\n\
        pub const fn slot_name(slot: c_int) -> Option<&'static str> {\n\
        Some(match slot {\n";
    for slot in &model.slots {
        out += &format!("{} => {:?},\n", slot.name, slot.name.trim_start_matches("HPy_"));
    }
    out += "_ => return None,\n})\n}\n";
    out
}
