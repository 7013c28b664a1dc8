//! `include/hpy/generated/cpython_trampolines.h`: for each signature a macro that defines the function that CPython calls.
//! In this ABI it calls the implementation directly.

use std::fmt::Write;

use super::trampolines_h::escape;
use crate::entry::Entry;
use crate::model::{Model, Param, Prototype, Signature};

pub(super) fn emit(model: &Model) -> String {
    let mut out = String::from(
        "/* Functions for CPython: call the implementation with the context of the extension. */\n\n",
    );
    for signature in &model.signatures {
        if let (Some(prototype), Some(entry)) = (&signature.prototype, &signature.entry) {
            out += &trampoline(signature, prototype, entry);
            out += "\n";
        }
    }
    out.truncate(out.trim_end().len());
    out + "\n"
}

/// The statements for signatures whose parameters on both sides do not correspond one by one. The functions that they call
/// are in `include/hpy/cpython/trampoline.h`.
fn special(signature: &str) -> Option<&'static str> {
    Some(match signature {
        "HPyFunc_VARARGS" => {
            "return _HPy_object(IMPL(\n    \
             &_hpy_cpython_context, _HPy_handle(self), _HPy_handles(args), (size_t)nargs));"
        }
        "HPyFunc_KEYWORDS" => {
            "return _HPy_object(IMPL(\n    \
             &_hpy_cpython_context, _HPy_handle(self), _HPy_handles(args),\n    \
             (size_t)PyVectorcall_NARGS(nargsf), _HPy_handle(kwnames)));"
        }
        "HPyFunc_INITPROC" => {
            "return IMPL(\n    \
             &_hpy_cpython_context, _HPy_handle(self), _HPy_tuple_items(args), PyTuple_GET_SIZE(args),\n    \
             _HPy_handle(kw));"
        }
        "HPyFunc_NEWFUNC" => {
            "return _HPy_object(IMPL(\n    \
             &_hpy_cpython_context, _HPy_handle(self), _HPy_tuple_items(args), PyTuple_GET_SIZE(args),\n    \
             _HPy_handle(kw)));"
        }
        "HPyFunc_STATE_NOARGS" => {
            "(void)args;\n\
             void *state = _HPyC_StateForCall(HPyFunc_STATE_NOARGS, self, defining_class, nargs, kwnames);\n\
             return state == NULL ? NULL : _HPy_object(IMPL(\n    \
             &_hpy_cpython_context, state, _HPy_handle(self)));"
        }
        "HPyFunc_STATE_O" => {
            "void *state = _HPyC_StateForCall(HPyFunc_STATE_O, self, defining_class, nargs, kwnames);\n\
             return state == NULL ? NULL : _HPy_object(IMPL(\n    \
             &_hpy_cpython_context, state, _HPy_handle(self), _HPy_handle(args[0])));"
        }
        "HPyFunc_STATE_VARARGS" => {
            "void *state = _HPyC_StateForCall(HPyFunc_STATE_VARARGS, self, defining_class, nargs, kwnames);\n\
             return state == NULL ? NULL : _HPy_object(IMPL(\n    \
             &_hpy_cpython_context, state, _HPy_handle(self), _HPy_handles(args), nargs));"
        }
        "HPyFunc_STATE_KEYWORDS" => {
            "void *state = _HPyC_StateForCall(HPyFunc_STATE_KEYWORDS, self, defining_class, nargs, kwnames);\n\
             return state == NULL ? NULL : _HPy_object(IMPL(\n    \
             &_hpy_cpython_context, state, _HPy_handle(self), _HPy_handles(args), nargs,\n    \
             _HPy_handle(kwnames)));"
        }
        "HPyFunc_METHOD" => {
            "return _HPy_object(IMPL(\n    \
             &_hpy_cpython_context, _HPy_handle(defining_class), _HPy_handle(self), _HPy_handles(args),\n    \
             nargs, _HPy_handle(kwnames)));"
        }
        "HPyFunc_GETBUFFERPROC" => "return _HPy_getbuffer(self, view, flags, IMPL);",
        "HPyFunc_SENDFUNC" => "return _HPy_send(arg0, arg1, arg2, IMPL);",
        "HPyFunc_DESTRUCTOR" => "_HPy_finalize(arg0, IMPL);",
        "HPyFunc_CAPSULE_DESTRUCTOR" => "_HPy_destroy_capsule(capsule, IMPL);",
        // Their implementations are called by the functions for CPython that all types have in common.
        "HPyFunc_DESTROYFUNC" => "abort();",
        // The engine makes closures of them.
        "HPyFunc_API" | "HPyFunc_CLOSURE" => "abort();",
        "HPyFunc_TRAVERSEPROC" => "(void)self, (void)visit, (void)arg;\nabort();",
        _ => return None,
    })
}

fn trampoline(signature: &Signature, prototype: &Prototype, entry: &Entry) -> String {
    let name = &signature.name;
    let body = special(name).map_or_else(|| call(prototype, entry), str::to_owned);
    let head = super::c_call(&format!("    static {}", entry.returns.declare("SYM")), &entry.params, "");
    let text = format!("{head}\n    {{\n        {}\n    }}", body.replace('\n', "\n        "));
    format!("#define _HPyFunc_TRAMPOLINE_{name}(SYM, IMPL) \\\n{}\n", escape(&text))
}

/// A call that converts each argument to its type on the other side.
fn call(prototype: &Prototype, entry: &Entry) -> String {
    let mut out = String::new();
    let taken = prototype.params.get(1..).unwrap_or_default();
    for unused in entry.params.iter().filter(|p| p.facts.ignored) {
        writeln!(out, "(void){};", unused.name).expect("write to a string");
    }
    let arguments: Vec<String> = std::iter::once("&_hpy_cpython_context".to_owned())
        .chain(taken.iter().zip(&entry.params).map(|(to, from)| pass(to, from)))
        .collect();
    let arguments = arguments.join(", ");
    // With what stands around it, within 100 columns.
    let call =
        if arguments.len() <= 64 { format!("IMPL({arguments})") } else { format!("IMPL(\n    {arguments})") };
    out += &match () {
        () if entry.returns.is_void() => format!("{call};"),
        () if prototype.returns.is_value("HPy") => format!("return _HPy_object({call});"),
        () => format!("return {call};"),
    };
    out
}

fn pass(to: &Param, from: &Param) -> String {
    let name = &from.name;
    if to.ctype == from.ctype {
        name.clone()
    } else if to.ctype.is_value("HPy") {
        format!("_HPy_handle({name})")
    } else if to.ctype.pointers.is_empty() {
        format!("({}){name}", to.ctype)
    } else {
        // Between pointers to structs of the same layout.
        format!("({})(void *){name}", to.ctype)
    }
}
