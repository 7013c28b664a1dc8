//! `include/hpy/generated/slot_signatures.h`: which signature a slot's implementation has. Macros, since definition
//! macros paste the signature's name.

use std::fmt::Write;

use crate::model::Model;

pub(super) fn emit(model: &Model) -> String {
    let mut out = String::new();
    for slot in &model.slots {
        writeln!(out, "#define _HPySlot_SIG__{} {}", slot.name, slot.signature).expect("write to a string");
    }
    out
}
