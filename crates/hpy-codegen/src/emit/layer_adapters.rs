//! `crates/hpy-layers/src/generated/adapters.rs`: the adapter of each signature, which a layer calls in place of the
//! extension's function. Handles are wrapped on the way in and unwrapped on the way out; the tables here say which types
//! are handles.

use crate::ctype::CType;
use crate::model::{Model, Prototype, Signature};

/// What an adapter does with a parameter of some type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// Passes it on: it is not a handle.
    Same,
    /// Wraps it for the duration of the call.
    Handle,
    /// Wraps as many handles as `HPy_ARRAY` says.
    Handles,
    /// Unwraps the handles that the function stores there, as many as `HPy_ARRAY` says.
    Results,
    /// A buffer: the function stores a handle in it, or finds one there if it returns nothing.
    Buffer,
}

/// The rule for each type.
const RULES: &[(&str, Rule)] = &[
    ("HPy", Rule::Handle),
    ("HPy *", Rule::Results),
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

/// How each type of result reports failure, as a function of `Outcome`.
const OUTCOMES: &[(&str, &str)] = &[
    ("HPy", "handle"),
    ("HPy_hash_t", "hash"),
    ("HPy_ssize_t", "length"),
    ("int", "status"),
    ("void *", "data"),
];

/// The types in a prototype for which the adapter has no rule.
pub(crate) fn without_rule(no_context: bool, prototype: &Prototype) -> Vec<&CType> {
    let params = prototype.params.iter().skip(context_params(no_context));
    let unknown = params.filter(|param| match rule(&param.ctype) {
        Some(Rule::Handles | Rule::Results) => super::array_count(param, &prototype.params).is_none(),
        rule => rule.is_none(),
    });
    let mut found: Vec<&CType> = unknown.map(|param| &param.ctype).collect();
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

/// How many parameters come before those that the rules are for.
fn context_params(no_context: bool) -> usize {
    usize::from(!no_context)
}

pub(super) fn emit(model: &Model) -> String {
    let signatures: Vec<(&Signature, &Prototype)> =
        model.signatures.iter().filter_map(|s| Some((s, s.prototype.as_ref()?))).collect();
    let mut out = String::from(
        "//! The functions of a layer that stand in for functions of an extension.\n\
         //!\n\
         //! # Safety\n\
         //!\n\
         //! An adapter is called like the function that it stands in for: by the inner context, to which\n\
         //! `ctx_CallRealFunctionFromTrampoline` passed it, or by an engine with a stand-in in place of the context.\n\n\
         use std::ffi::{c_char, c_int, c_void};\n\
         use std::mem::transmute;\n\
         use std::ptr::null_mut;\n\n\
         use hpy_abi::*;\n\n\
         use crate::adapter::{FindStandIn, Pending, adapt};\n\
         use crate::call::Outcome;\n\
         use crate::layer::Layer;\n\
         use crate::layered::StandIn;\n\n\
         /// Calls a macro with all signatures, each as its name, its number, its type, `ctx` if functions of it get\n\
         /// a context, and the rest of its prototype.\n\
         macro_rules! for_each_signature {\n    ($then:ident) => {\n        $then! {\n",
    );
    for (signature, prototype) in &signatures {
        let head = context_params(signature.no_context);
        out += &format!(
            "            {} {}: {}({}; {}){};\n",
            adapter_name(signature),
            signature.name,
            prototype.name,
            if head == 1 { "ctx" } else { "" },
            declared(prototype, head).join(", "),
            returns(prototype)
        );
    }
    out += "        }\n    };\n}\npub(crate) use for_each_signature;\n";
    for (doc, name, find) in [
        (
            "The adapter for a signature, if functions of that signature are ever called.",
            "adapter",
            "Pending",
        ),
        ("The same for engines that pass a stand-in first.", "stand_in", "StandIn<L>"),
    ] {
        out += &format!(
            "\n/// {doc}\n\
             pub(crate) fn {name}<L: Layer>(signature: HPyFunc_Signature) -> Option<HPyCFunction> {{\n\
             unsafe {{\nSome(match signature {{\n"
        );
        for (signature, prototype) in &signatures {
            let adapter = adapter_name(signature);
            let (number, ctype) = (&signature.name, &prototype.name);
            out += &match context_params(signature.no_context) {
                1 => format!("{number} => transmute::<{ctype}, HPyCFunction>({adapter}::<L, {find}>),\n"),
                _ if find == "Pending" => {
                    format!("{number} => transmute::<{ctype}, HPyCFunction>({adapter}::<L>),\n")
                }
                _ => format!(
                    "{number} => transmute::<*const c_void, HPyCFunction>(stand_in_{adapter}::<L> as *const c_void),\n"
                ),
            };
        }
        out += "_ => return None,\n})\n}\n}\n";
    }
    for (signature, prototype) in &signatures {
        out += &adapter(signature, prototype);
    }
    out
}

fn adapter_name(signature: &Signature) -> String {
    super::rust_name(&signature.short().to_lowercase())
}

/// The parameters after the first `head` ones.
fn declared(prototype: &Prototype, head: usize) -> Vec<String> {
    let params = prototype.params.iter().skip(head);
    params.map(|p| format!("{}: {}", super::rust_name(&p.name), super::rust_type(&p.ctype))).collect()
}

fn returns(prototype: &Prototype) -> String {
    match prototype.returns.is_void() {
        true => String::new(),
        false => format!(" -> {}", super::rust_type(&prototype.returns)),
    }
}

fn adapter(signature: &Signature, prototype: &Prototype) -> String {
    let name = adapter_name(signature);
    let head = context_params(signature.no_context);
    let arguments = declared(prototype, head).join(", ");
    let returns = returns(prototype);
    let body = body(prototype, head);
    let used = |name| if body.contains(name) { name } else { "_" };
    let define = |name: &str, generics: &str, find: &str, arguments: &str, first: &str| {
        format!(
            "\nunsafe extern \"C\" fn {name}<{generics}>({arguments}){returns} {{\n\
             unsafe {{\nadapt::<L, {find}, _>({first}, {}, |{}, {}, {}, function| {{\n{body}}})\n}}\n}}\n",
            signature.name,
            used("layered"),
            used("call"),
            used("first"),
        )
    };
    let with_first = format!("first: *mut HPyContext, {arguments}");
    if head == 1 {
        return define(&name, "L: Layer, F: FindStandIn<L>", "F", &with_first, "first");
    }
    define(&name, "L: Layer", "Pending", &arguments, "null_mut()")
        + &define(&format!("stand_in_{name}"), "L: Layer", "StandIn<L>", &with_first, "first")
}

/// Calls the function, and does what the rules say for parameters and result.
fn body(prototype: &Prototype, head: usize) -> String {
    // Steps in this order; arrays come after the other handles, of which `kwnames` is one.
    let (mut wraps, mut arrays) = (String::new(), String::new());
    let (mut results, mut releases) = (String::new(), String::new());
    let mut arguments = Vec::new();
    // Of the arguments that are wrapped. Those in arrays have the last ones.
    let mut index = 0;
    let single = prototype.params.iter().filter(|p| rule(&p.ctype) == Some(Rule::Handle)).count();
    if head == 1 {
        arguments.push("first".to_owned());
    }
    for param in prototype.params.iter().skip(head) {
        let name = super::rust_name(&param.name);
        match rule(&param.ctype).expect("types were checked") {
            Rule::Same => arguments.push(name),
            Rule::Handle => {
                wraps += &format!("let outer_{name} = layered.wrap_argument(call, {index}, {name});\n");
                index += 1;
                releases += &format!("layered.release_argument(call, outer_{name});\n");
                arguments.push(format!("outer_{name}"));
            }
            Rule::Handles => {
                let count = super::array_count(param, &prototype.params).expect("counts were checked");
                arrays +=
                    &format!("let outer_{name} = layered.wrap_arguments(call, {single}, {name}, {count});\n");
                releases += &format!("layered.release_arguments(call, &outer_{name});\n");
                arguments.push(format!("outer_{name}.as_ptr()"));
            }
            Rule::Results => {
                let count = super::array_count(param, &prototype.params).expect("counts were checked");
                results += &format!("layered.unwrap_results(call, {name}, {count});\n");
                arguments.push(name);
            }
            Rule::Buffer if prototype.returns.is_void() => {
                wraps += &format!(
                    "let obj = (*{name}).obj;\n\
                     let outer_obj = layered.wrap_argument(call, {index}, obj);\n\
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
    let mut function =
        format!("transmute::<HPyCFunction, {}>(function)({})", prototype.name, arguments.join(", "));
    if head == 0 {
        // A stand-in of the layer around this one.
        let types: Vec<String> = prototype.params.iter().map(|p| super::rust_type(&p.ctype)).collect();
        function = format!(
            "if first.is_null() {{\n{function}\n}} else {{\n\
             type WithFirst = unsafe extern \"C\" fn(*mut HPyContext, {}){};\n\
             transmute::<HPyCFunction, WithFirst>(function)(first, {})\n}}",
            types.join(", "),
            returns(prototype),
            arguments.join(", ")
        );
    }
    if prototype.returns.is_void() {
        return format!("{wraps}{arrays}{function};\n{results}{releases}((), Outcome::Nothing)\n");
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
