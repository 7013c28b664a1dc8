//! `include/hpy/generated/declarations.h`: for each signature a macro that declares an implementation, for all ABIs.

use std::fmt::Write;

use super::trampolines_h::escape;
use crate::model::Model;

pub(super) fn emit(model: &Model) -> String {
    let mut out = String::new();
    for signature in &model.signatures {
        let Some(prototype) = &signature.prototype else { continue };
        let head = format!("    static {}", prototype.returns.declare("SYM"));
        let declaration = escape(&super::c_call(&head, &prototype.params, ""));
        writeln!(out, "#define _HPyFunc_DECLARE_{}(SYM) \\\n{declaration}", signature.name)
            .expect("write to a string");
    }
    out
}
