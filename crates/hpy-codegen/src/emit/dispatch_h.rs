//! `include/hpy/generated/dispatch.h`: the functions of the API, each a call through the context.

use std::fmt::Write;

use crate::model::Model;

pub(super) fn emit(model: &Model) -> String {
    let mut out = String::new();
    for function in model.functions.iter().filter(|f| !f.legacy) {
        let attribute = if function.noreturn { "_HPy_NO_RETURN " } else { "" };
        let head =
            format!("HPyAPI_FUNC {attribute}{}", function.public_returns.declare(&function.public_name));
        let args: Vec<&str> = function.params.iter().map(|p| p.name.as_str()).collect();
        let call = format!("ctx->{}({});", function.name, args.join(", "));
        let body = if function.returns_null {
            format!("    {call}\n    return HPy_NULL;")
        } else if function.noreturn {
            // Compilers do not know it of a pointer.
            format!("    {call}\n    abort();")
        } else if function.returns.is_void() {
            format!("    {call}")
        } else {
            format!("    return {call}")
        };
        let head = super::c_call(&head, &function.params, "");
        writeln!(out, "{head}\n{{\n{body}\n}}\n").expect("write to a string");
    }
    out.truncate(out.trim_end().len());
    out + "\n"
}
