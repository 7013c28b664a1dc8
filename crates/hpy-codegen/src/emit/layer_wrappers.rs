//! `crates/hpy-layers/src/generated/wrappers.rs`: for each function of the context the one that stands in front of it
//! in a layer. Handles are unwrapped on the way in and wrapped on the way out; the tables here say what a handle is.

use std::fmt::Write;

use crate::ctype::CType;
use crate::model::{Function, Member, Model, Param};

/// What a wrapper does with a value of some type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// Nothing: it is no handle, or it means nothing to anybody but the inner context.
    Same,
    /// Unwraps a parameter, wraps what is returned.
    Handle,
    /// Unwraps as many handles as the next parameter says, and one more for each of `kwnames`.
    Handles,
    /// Wraps the handle that the inner function stores there.
    Out,
}

/// The rule for each type.
const RULES: &[(&str, Rule)] = &[
    ("HPy", Rule::Handle),
    ("HPy *", Rule::Out),
    ("HPyField", Rule::Same),
    ("HPyField *", Rule::Same),
    ("HPyGlobal", Rule::Same),
    ("HPyGlobal *", Rule::Same),
    ("HPyListBuilder", Rule::Same),
    ("HPyThreadState", Rule::Same),
    ("HPyTupleBuilder", Rule::Same),
    ("HPyType_BuiltinShape", Rule::Same),
    ("HPy_SourceKind", Rule::Same),
    ("HPy_UCS4", Rule::Same),
    ("HPy_hash_t", Rule::Same),
    ("HPy_ssize_t", Rule::Same),
    ("HPy_ssize_t *", Rule::Same),
    ("_HPyCapsule_key", Rule::Same),
    ("bool", Rule::Same),
    ("const HPy *", Rule::Handles),
    ("const HPy[]", Rule::Handles),
    ("const char *", Rule::Same),
    ("const wchar_t *", Rule::Same),
    ("cpy_PyObject *", Rule::Same),
    ("double", Rule::Same),
    ("int", Rule::Same),
    ("int32_t", Rule::Same),
    ("int64_t", Rule::Same),
    ("size_t", Rule::Same),
    ("uint32_t", Rule::Same),
    ("uint64_t", Rule::Same),
    ("void", Rule::Same),
    ("void *", Rule::Same),
    ("void **", Rule::Same),
];

/// By hand: functions of which types do not tell what to do. They are methods of the trait `Layer`, of the same name,
/// with a default for layers whose handles are the inner ones.
const BY_HAND: &[&str] = &[
    // Hands functions of the extension, or handles in structs, to the engine.
    "ctx_CallRealFunctionFromTrampoline",
    "ctx_Capsule_New",
    "ctx_Capsule_Set",
    "ctx_SetCallFunction",
    "ctx_Type_FromSpec",
    // Ends handles, at once or later.
    "ctx_Close",
    "ctx_Tracker_Add",
    "ctx_Tracker_Close",
    "ctx_Tracker_ForgetAll",
    "ctx_Tracker_New",
];

/// The types in a function for which nothing says what a wrapper does.
pub(crate) fn without_rule(function: &Function) -> Vec<&CType> {
    if BY_HAND.contains(&function.name.as_str()) {
        return Vec::new();
    }
    let mut found: Vec<&CType> = (0..function.params.len())
        .skip(1)
        .filter(|&i| !can_pass(function, i))
        .map(|i| &function.params[i].ctype)
        .collect();
    if !matches!(rule(&function.returns), Some(Rule::Same | Rule::Handle)) {
        found.push(&function.returns);
    }
    found
}

fn can_pass(function: &Function, i: usize) -> bool {
    match rule(&function.params[i].ctype) {
        Some(Rule::Handles) => {
            let is_count = |p: &Param| p.ctype.is_value("size_t") || p.ctype.is_value("HPy_ssize_t");
            function.params.get(i + 1).is_some_and(is_count)
        }
        rule => rule.is_some(),
    }
}

fn rule(ctype: &CType) -> Option<Rule> {
    let name = ctype.declare("");
    RULES.iter().find(|(c, _)| *c == name).map(|(_, rule)| *rule)
}

pub(super) fn emit(model: &Model) -> String {
    let mut out = String::from(
        "//! The functions of a layer's context.\n\
         //!\n\
         //! # Safety\n\
         //!\n\
         //! Each may be called as the function that it stands in front of, with the context of a living `Layered<L>`.\n\n\
         use std::ffi::{c_char, c_int, c_void};\n\
         use std::ptr::null_mut;\n\n\
         use hpy_abi::*;\n\n\
         use crate::{Layer, Layered, Member};\n\n",
    );
    out += "/// Calls a macro with all functions, as `ctx_Dup = 77, …` with their indices.\n\
        #[macro_export]\n\
        macro_rules! for_each_function {\n    ($then:ident) => {\n        $then! {\n";
    for function in &model.functions {
        writeln!(out, "            {} = {},", function.name, function.index).unwrap();
    }
    out += "        }\n    };\n}\n\n\
        /// A context of these functions, and of the constants of `inner`, each as `constant` gives it.\n\
        pub(crate) fn context<L: Layer>(inner: &HPyContext, constant: impl Fn(HPy) -> HPy) -> HPyContext {\n\
        HPyContext {\n\
        name: L::NAME.as_ptr(),\n\
        _private: null_mut(),\n\
        abi_version: inner.abi_version,\n";
    for member in model.members() {
        let name = member.name();
        match member {
            Member::Constant(_) => writeln!(out, "{name}: constant(inner.{name}),"),
            Member::Function(_) => writeln!(out, "{name}: {name}::<L>,"),
        }
        .unwrap();
    }
    out += "}\n}\n";
    for function in &model.functions {
        out += &wrapper(function);
    }
    out
}

fn wrapper(function: &Function) -> String {
    let name = &function.name;
    let params: Vec<String> = function
        .params
        .iter()
        .map(|p| format!("{}: {}", super::rust_name(&p.name), super::rust_type(&p.ctype)))
        .collect();
    let returns = if function.returns.is_void() {
        String::new()
    } else {
        format!(" -> {}", super::rust_type(&function.returns))
    };
    format!(
        "\npub unsafe extern \"C\" fn {name}<L: Layer>({}){returns} {{\n\
         unsafe {{ Layered::<L>::call(ctx, Member::{name}, |layered| {}) }}\n}}\n",
        params.join(", "),
        if BY_HAND.contains(&name.as_str()) { by_hand(function) } else { by_rule(function) }
    )
}

/// The method of the layer, with everything as it is.
fn by_hand(function: &Function) -> String {
    let arguments: Vec<String> = function.params.iter().map(|p| super::rust_name(&p.name)).collect();
    format!("layered.layer().{}({})", function.name, arguments.join(", "))
}

/// The inner function, between what the rules say for parameters and result.
fn by_rule(function: &Function) -> String {
    let (mut handles, mut arrays, mut stores) = (String::new(), String::new(), String::new());
    let mut arguments = vec!["inner".to_owned()];
    for (i, param) in function.params.iter().enumerate().skip(1) {
        let name = super::rust_name(&param.name);
        match rule(&param.ctype).expect("types were checked") {
            Rule::Same => arguments.push(name),
            Rule::Handle => {
                handles += &format!("let {name} = layered.unwrap({name});\n");
                arguments.push(name);
            }
            Rule::Handles => {
                let mut count = super::rust_name(&function.params[i + 1].name);
                if function.params.iter().any(|p| p.name == "kwnames") {
                    count += " + layered.keywords(kwnames)";
                }
                // After the other handles, of which `kwnames` is one.
                arrays += &format!("let {name} = layered.unwrap_array({name}, {count});\n");
                arguments.push(format!("{name}.as_ptr()"));
            }
            Rule::Out => {
                handles += &format!("let mut inner_{name} = HPy::NULL;\n");
                stores += &format!("*{name} = layered.wrap(inner_{name});\n");
                arguments.push(format!("&raw mut inner_{name}"));
            }
        }
    }
    let mut call = format!("((*inner).{})({})", function.name, arguments.join(", "));
    if rule(&function.returns) == Some(Rule::Handle) {
        call = format!("layered.wrap({call})");
    }
    if !stores.is_empty() {
        call = format!("let result_ = {call};\n{stores}result_");
    }
    format!("{{\nlet inner = layered.inner();\n{handles}{arrays}{call}\n}}")
}
