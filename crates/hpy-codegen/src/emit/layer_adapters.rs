//! `crates/hpy-layers/src/generated/adapters.rs`: for each signature the function that stands in a layer for the
//! extension's functions. Handles are wrapped on the way in and unwrapped on the way out; the tables here say what a
//! handle is.

use crate::ctype::CType;
use crate::entry;
use crate::model::{Model, Prototype, Signature};

/// What an adapter does with a parameter of some type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// Nothing: it is no handle.
    Same,
    /// Wraps it for the length of the call.
    Handle,
    /// Wraps as many handles as the next parameter says, and one more for each of `kwnames`.
    Handles,
    /// A buffer, in which the function leaves a handle, or finds one if it returns nothing.
    Buffer,
}

/// The rule for each type.
const RULES: &[(&str, Rule)] = &[
    ("HPy", Rule::Handle),
    ("HPyFunc_visitproc", Rule::Same),
    ("HPy_RichCmpOp", Rule::Same),
    ("HPy_buffer *", Rule::Buffer),
    ("HPy_ssize_t", Rule::Same),
    ("char *", Rule::Same),
    ("const HPy *", Rule::Handles),
    ("const char *", Rule::Same),
    ("int", Rule::Same),
    ("size_t", Rule::Same),
    ("void *", Rule::Same),
];

/// How each type of result tells failure, as a function of `Outcome`.
const OUTCOMES: &[(&str, &str)] =
    &[("HPy", "handle"), ("HPy_hash_t", "hash"), ("HPy_ssize_t", "length"), ("int", "status")];

/// The types in a prototype for which nothing says what an adapter does.
pub(crate) fn without_rule<'a>(signature: &str, prototype: &'a Prototype) -> Vec<&'a CType> {
    let params = &prototype.params[context_params(signature)..];
    let unknown = params.iter().enumerate().filter(|(i, param)| match rule(&param.ctype) {
        Some(Rule::Handles) => !super::is_count(params.get(i + 1)),
        rule => rule.is_none(),
    });
    let mut found: Vec<&CType> = unknown.map(|(_, param)| &param.ctype).collect();
    if !prototype.returns.is_void() && outcome(&prototype.returns).is_none() {
        found.push(&prototype.returns);
    }
    found
}

fn rule(ctype: &CType) -> Option<Rule> {
    super::find(RULES, ctype)
}

fn outcome(returns: &CType) -> Option<&'static str> {
    super::find(OUTCOMES, returns)
}

/// How many parameters stand in front of those that the rules are for.
fn context_params(signature: &str) -> usize {
    usize::from(!entry::is_without_context(signature))
}

pub(super) fn emit(model: &Model) -> String {
    let signatures: Vec<(&Signature, &Prototype)> =
        model.signatures.iter().filter_map(|s| Some((s, s.prototype.as_ref()?))).collect();
    let mut out = String::from(
        "//! What stands in a layer for the functions of an extension.\n\
         //!\n\
         //! # Safety\n\
         //!\n\
         //! An adapter is called as the function that it stands for, by the inner context, to which\n\
         //! `ctx_CallRealFunctionFromTrampoline` passed it.\n\n\
         use std::ffi::{c_char, c_int, c_void};\n\
         use std::mem::transmute;\n\n\
         use hpy_abi::*;\n\n\
         use crate::incoming::adapt;\n\
         use crate::{Layer, Outcome};\n\n\
         /// The adapter for a signature, if functions of that signature are ever called.\n\
         pub(crate) fn adapter<L: Layer>(signature: HPyFunc_Signature) -> Option<HPyCFunction> {\n\
         unsafe {\nSome(match signature {\n",
    );
    for (signature, prototype) in &signatures {
        let (name, ctype) = (&signature.name, &prototype.name);
        out += &format!("{name} => transmute::<{ctype}, HPyCFunction>({}::<L>),\n", adapter_name(signature));
    }
    out += "_ => return None,\n})\n}\n}\n";
    for (signature, prototype) in &signatures {
        out += &adapter(signature, prototype);
    }
    out
}

fn adapter_name(signature: &Signature) -> String {
    signature.short().to_lowercase()
}

fn adapter(signature: &Signature, prototype: &Prototype) -> String {
    let name = super::rust_name(&adapter_name(signature));
    let head = context_params(&signature.name);
    let declared: Vec<String> = prototype
        .params
        .iter()
        .enumerate()
        .map(|(i, p)| {
            // The layer has the same one.
            let name = if i < head { "_".to_owned() } else { super::rust_name(&p.name) };
            format!("{name}: {}", super::rust_type(&p.ctype))
        })
        .collect();
    let returns = if prototype.returns.is_void() {
        String::new()
    } else {
        format!(" -> {}", super::rust_type(&prototype.returns))
    };
    let body = body(prototype, head);
    let used = |name| if body.contains(name) { name } else { "_" };
    format!(
        "\nunsafe extern \"C\" fn {name}<L: Layer>({}){returns} {{\n\
         unsafe {{\nadapt::<L, _>({}, |{}, {}, function| {{\n{body}}})\n}}\n}}\n",
        declared.join(", "),
        signature.name,
        used("layered"),
        used("call"),
    )
}

/// The function, between what the rules say for parameters and result.
fn body(prototype: &Prototype, head: usize) -> String {
    // Steps in this order; arrays come after the other handles, of which `kwnames` is one.
    let (mut wraps, mut arrays) = (String::new(), String::new());
    let (mut results, mut releases) = (String::new(), String::new());
    let mut arguments = Vec::new();
    if head == 1 {
        arguments.push("call.ctx".to_owned());
    }
    for (i, param) in prototype.params.iter().enumerate().skip(head) {
        let name = super::rust_name(&param.name);
        match rule(&param.ctype).expect("types were checked") {
            Rule::Same => arguments.push(name),
            Rule::Handle => {
                wraps += &format!("let outer_{name} = layered.wrap_argument(call, {name});\n");
                releases += &format!("layered.release_argument(call, outer_{name});\n");
                arguments.push(format!("outer_{name}"));
            }
            Rule::Handles => {
                let mut count = super::rust_name(&prototype.params[i + 1].name);
                if prototype.params.iter().any(|p| p.name == "kwnames") {
                    count += " + layered.keywords(kwnames)";
                }
                arrays += &format!("let outer_{name} = layered.wrap_arguments(call, {name}, {count});\n");
                releases += &format!("layered.release_arguments(call, &outer_{name});\n");
                arguments.push(format!("outer_{name}.as_ptr()"));
            }
            Rule::Buffer if prototype.returns.is_void() => {
                wraps += &format!(
                    "let obj = (*{name}).obj;\n\
                     let outer_obj = layered.wrap_argument(call, obj);\n\
                     (*{name}).obj = outer_obj;\n"
                );
                releases += &format!("layered.release_argument(call, outer_obj);\n(*{name}).obj = obj;\n");
                arguments.push(name);
            }
            Rule::Buffer => {
                results += &format!("layered.unwrap_filled(call, {name}, result);\n");
                arguments.push(name);
            }
        }
    }
    let function =
        format!("transmute::<HPyCFunction, {}>(function)({})", prototype.name, arguments.join(", "));
    if prototype.returns.is_void() {
        return format!("{wraps}{arrays}{function};\n{releases}((), Outcome::Nothing)\n");
    }
    // The garbage collector's functions return what their visitor did.
    let outcome = match outcome(&prototype.returns) {
        Some(outcome) if head == 1 => format!("Outcome::{outcome}(result)"),
        _ => "Outcome::Nothing".to_owned(),
    };
    let is_handle = prototype.returns.is_value("HPy");
    // An argument that is returned has to be one still.
    if is_handle {
        results += "let inner_result = layered.unwrap_result(call, result);\n";
    }
    let value = if is_handle { "inner_result" } else { "result" };
    format!("{wraps}{arrays}let result = {function};\n{results}{releases}({value}, {outcome})\n")
}
