//! `crates/hpy-abi/src/generated/enums.rs`: enums and their constants, except signatures and slots.

use std::fmt::Write;

use crate::model::Model;

pub(super) fn emit(model: &Model) -> String {
    let mut out = String::from(
        "//! Enums as plain integers, since a value may come from a faulty extension.\n\n\
         use core::ffi::c_int;\n",
    );
    for found in model.enums.iter().filter(|found| !found.constants.is_empty()) {
        write!(out, "\n{}pub type {} = c_int;\n", super::rust_doc(&found.doc), found.name)
            .expect("write to a string");
        for constant in &found.constants {
            let doc = super::rust_doc(&constant.doc);
            writeln!(out, "{doc}pub const {}: {} = {};", constant.name, found.name, constant.value)
                .expect("write to a string");
        }
    }
    out
}
