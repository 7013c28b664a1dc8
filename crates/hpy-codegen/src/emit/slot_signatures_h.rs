//! `include/hpy/generated/slot_signatures.h`: the signature of each slot's implementation. These are macros, since the
//! macros for definitions need the name of the signature.

use std::fmt::Write;

use crate::model::Model;

pub(super) fn emit(model: &Model) -> String {
    let mut out = String::new();
    for slot in &model.slots {
        if let Some(signature) = &slot.signature {
            writeln!(out, "#define _HPySlot_SIG__{} {signature}", slot.name).expect("write to a string");
        }
    }
    out
}
