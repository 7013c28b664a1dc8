//! `include/hpy/generated/trampolines.h`: for each signature the arguments struct, and a macro that defines the function
//! that CPython calls.

use std::fmt::Write;

use crate::entry::{Call, Entry};
use crate::model::{Model, Param, Signature};

pub(super) fn emit(model: &Model) -> String {
    let all: Vec<(&Signature, &Entry)> =
        model.signatures.iter().filter_map(|s| Some((s, s.entry.as_ref()?))).collect();
    let mut out = String::from(
        "#include <stdlib.h>\n\n/* The arguments of a call, as a trampoline passes them to the context. */\n\n",
    );
    for (signature, entry) in all.iter().filter(|(_, entry)| entry.call == Call::Struct) {
        out += "typedef struct {\n";
        for field in struct_fields(entry) {
            writeln!(out, "    {};", field.declare()).expect("write to a string");
        }
        writeln!(out, "}} _HPyFunc_args_{};\n", signature.short()).expect("write to a string");
    }
    out += "/* Functions for CPython: pack the arguments and call the implementation through the context. */\n\n";
    for (signature, entry) in &all {
        out += &trampoline(signature, entry);
        out += "\n";
    }
    out.truncate(out.trim_end().len());
    out + "\n"
}

/// The fields, with the result last.
pub(super) fn struct_fields(entry: &Entry) -> Vec<Param> {
    let result = Param::new("result", entry.returns.clone());
    entry.fields.iter().cloned().chain((!entry.returns.is_void()).then_some(result)).collect()
}

fn trampoline(signature: &Signature, entry: &Entry) -> String {
    let name = &signature.name;
    let call = |args: &str| {
        format!(
            "_HPy_CallRealFunctionFromTrampoline(\n            \
             _ctx_for_trampolines, {name}, (HPyCFunction)IMPL, {args});\n"
        )
    };
    let mut body = String::new();
    match entry.call {
        Call::Abort => body += "        abort();\n",
        Call::Argument => body += &format!("        {}", call(&entry.params[0].name)),
        Call::Struct => {
            body += &format!("        _HPyFunc_args_{} a;\n", signature.short());
            for unused in entry.params.iter().filter(|p| p.facts.ignored) {
                body += &format!("        (void){};\n", unused.name);
            }
            for (field, param) in entry.fields.iter().zip(entry.params.iter().filter(|p| !p.facts.ignored)) {
                let cast =
                    if field.ctype == param.ctype { String::new() } else { format!("({})", field.ctype) };
                body += &format!("        a.{} = {cast}{};\n", field.name, param.name);
            }
            body += &format!("        {}", call("&a"));
            if !entry.returns.is_void() {
                body += "        return a.result;\n";
            }
        }
    }
    let head = super::c_call(&format!("    static {}", entry.returns.declare("SYM")), &entry.params, "");
    let text = format!("{head}\n    {{\n{body}    }}");
    format!("#define _HPyFunc_TRAMPOLINE_{name}(SYM, IMPL) \\\n{}\n", escape(&text))
}

/// Lines of a macro.
pub(super) fn escape(text: &str) -> String {
    text.replace('\n', " \\\n")
}
