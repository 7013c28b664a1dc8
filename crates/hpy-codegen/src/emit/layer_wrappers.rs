//! `crates/hpy-layers/src/generated/wrappers.rs`: the wrapper of each function of the context, which a layer has in its
//! place. Handles are unwrapped on the way in and wrapped on the way out; the table here says which types are handles.

use std::fmt::Write;

use super::versions::is_asked_for;
use crate::ctype::CType;
use crate::model::{Function, Member, Model, Param};

/// What a wrapper does with a value of some type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// Passes it on: it is not a handle, or only the inner context can use it.
    Same,
    /// Unwraps a parameter, wraps what is returned.
    Handle,
    /// Unwraps as many handles as `HPy_ARRAY` says.
    Handles,
    /// Wraps the handle that the inner function stores there. With `HPy_ARRAY`, those that it stores: as many as that says
    /// with `HPy_INOUT`, as many as the function returns with `HPy_OUT`.
    Out,
    /// Unwraps the handles in the parameters of a type.
    SpecParams,
}

/// The rule for each type.
const RULES: &[(&str, Rule)] = &[
    ("HPy", Rule::Handle),
    ("HPy *", Rule::Out),
    // The functions in definitions are the extension's, which the engine calls through the outermost context.
    ("HPyBytesWriter", Rule::Same),
    ("HPyCallFunction *", Rule::Same),
    ("HPyCapsule_Destructor *", Rule::Same),
    ("HPyClosure *", Rule::Same),
    ("HPyFunc_closure", Rule::Same),
    ("HPyCriticalSection *", Rule::Same),
    ("HPyDateTime_Fields *", Rule::Same),
    ("HPyDictIter *", Rule::Same),
    ("HPyField", Rule::Same),
    ("HPyField *", Rule::Same),
    ("HPyGlobal", Rule::Same),
    ("HPyGlobal *", Rule::Same),
    ("HPyListBuilder", Rule::Same),
    // Layers that have handles of their own change the one in it.
    ("HPyLongExport *", Rule::Same),
    ("HPyLongWriter", Rule::Same),
    ("HPyMutex *", Rule::Same),
    ("HPyThreadState", Rule::Same),
    ("HPyTupleBuilder", Rule::Same),
    ("HPyUnicodeWriter", Rule::Same),
    ("HPyType_BuiltinShape", Rule::Same),
    ("HPyType_Spec *", Rule::Same),
    ("HPyType_SpecParam *", Rule::SpecParams),
    // The engine knows its layers, and opens contexts through them.
    ("HPyVM *", Rule::Same),
    ("_HPyArg_Names *", Rule::Same),
    ("_HPyAPI_Function *", Rule::Same),
    ("_HPyAPI_Table *", Rule::Same),
    ("HPy_SourceKind", Rule::Same),
    ("HPy_UCS4", Rule::Same),
    ("HPy_hash_t", Rule::Same),
    ("HPy_ssize_t", Rule::Same),
    ("HPy_ssize_t *", Rule::Same),
    ("_HPyCapsule_key", Rule::Same),
    ("bool", Rule::Same),
    ("char", Rule::Same),
    ("const HPyDateTime_Fields *", Rule::Same),
    ("const double *", Rule::Same),
    ("const int64_t *", Rule::Same),
    ("double *", Rule::Same),
    ("char **", Rule::Same),
    ("int32_t *", Rule::Same),
    ("int64_t *", Rule::Same),
    ("const HPy *", Rule::Handles),
    ("const HPy[]", Rule::Handles),
    ("const HPyDef *", Rule::Same),
    // Of which the engine does not read `obj`.
    ("const HPy_buffer *", Rule::Same),
    ("const HPy_UCS4 *", Rule::Same),
    ("const HPyLongLayout *", Rule::Same),
    ("const char *", Rule::Same),
    ("const void *", Rule::Same),
    ("const wchar_t *", Rule::Same),
    ("cpy_PyObject *", Rule::Same),
    ("double", Rule::Same),
    ("double *", Rule::Same),
    ("int", Rule::Same),
    ("int *", Rule::Same),
    ("int32_t", Rule::Same),
    ("int64_t", Rule::Same),
    ("size_t", Rule::Same),
    ("uint32_t", Rule::Same),
    ("uint64_t", Rule::Same),
    ("void", Rule::Same),
    ("void *", Rule::Same),
    ("void **", Rule::Same),
    ("wchar_t *", Rule::Same),
];

/// Functions that consume handles, at once or later, for which no rule on types is enough: they are methods of the trait
/// `Layer`, of the same name, with a default for layers whose handles are the inner ones.
fn has_layer_method(function: &Function) -> bool {
    let is_tracker = |ctype: &CType| ctype.is_value("HPyTracker");
    let has_handle = |ctype: &CType| {
        is_tracker(ctype) || ["HPy_buffer", "HPyTracker"].iter().any(|name| *ctype == CType::pointer(name))
    };
    function.consumes_handles()
        || function.params.iter().any(|p| p.facts.consumed && p.facts.array.is_some())
        || is_tracker(&function.returns)
        || function.params.iter().any(|p| has_handle(&p.ctype))
}

/// The types in a function for which the wrapper has no rule.
pub(crate) fn without_rule(function: &Function) -> Vec<&CType> {
    if has_layer_method(function) || function.trampoline {
        return Vec::new();
    }
    let params = function.params.iter().skip(1).filter(|p| !can_pass(function, p));
    let mut found: Vec<&CType> = params.map(|p| &p.ctype).collect();
    if !matches!(rule(&function.returns), Some(Rule::Same | Rule::Handle)) {
        found.push(&function.returns);
    }
    found
}

fn can_pass(function: &Function, param: &Param) -> bool {
    match rule(&param.ctype) {
        Some(Rule::Handles) => super::array_count(param, &function.params).is_some(),
        Some(Rule::Out) if param.facts.array.is_some() => {
            let stores_some = param.facts.out && function.returns.is_value("HPy_ssize_t");
            (param.facts.inout || stores_some) && super::array_count(param, &function.params).is_some()
        }
        Some(Rule::Out) => param.facts.out,
        rule => rule.is_some(),
    }
}

fn rule(ctype: &CType) -> Option<Rule> {
    super::find(RULES, ctype)
}

pub(super) fn emit(model: &Model) -> String {
    let mut out = String::from(
        "//! The functions of a layer's context.\n\
         //!\n\
         //! # Safety\n\
         //!\n\
         //! The requirements are those of the function that it wraps; the context is that of a live `Layered<L>`.\n\n\
         use std::ffi::{c_char, c_int, c_void};\n\
         use std::ptr::null_mut;\n\n\
         use hpy_abi::*;\n\n\
         use crate::incoming::ctx_CallRealFunctionFromTrampoline;\n\
         use crate::layer::Layer;\n\
         use crate::layered::Layered;\n\
         use crate::member::Member;\n\n",
    );
    out += "\
        /// Calls a macro with the prototypes of all functions that the extension calls, without the context.\n\
        macro_rules! for_each_prototype {\n    ($then:ident) => {\n        $then! {\n";
    for function in called(model) {
        let (params, returns) = (&params(function)[1..], returns(function));
        writeln!(out, "            {}({}){returns};", function.name, params.join(", ")).unwrap();
    }
    out += "        }\n    };\n}\npub(crate) use for_each_prototype;\n\n";
    out += "\
        /// A context with these functions, and with the constants of `inner`, each changed by `constant`. `inner` has\n\
        /// `members` members; those beyond must not be used.\n\
        pub(crate) unsafe fn context<L: Layer>(\n\
        inner: *const HPyContext, members: usize, constant: impl Fn(HPy) -> HPy) -> HPyContext {\n\
        assert!(members >= HPY_ABI_MEMBERS[0], \"a context of ABI 0.0 has more than {members} members\");\n\
        // Not a reference, as a shorter one would be.\n\
        unsafe { HPyContext {\n\
        name: L::NAME.as_ptr(),\n\
        _private: null_mut(),\n\
        abi_version: (*inner).abi_version,\n";
    for member in model.members() {
        let name = member.name();
        match member {
            Member::Constant(c) if is_asked_for(c.since) => {
                let index = c.index;
                writeln!(
                    out,
                    "{name}: if members > {index} {{ constant((*inner).{name}) }} else {{ HPy::NULL }},"
                )
            }
            Member::Constant(_) => writeln!(out, "{name}: constant((*inner).{name}),"),
            Member::Function(_) => writeln!(out, "{name}: {name}::<L>,"),
        }
        .unwrap();
    }
    out += "}\n}\n}\n";
    for function in called(model) {
        out += &wrapper(function);
    }
    out
}

/// The functions that the extension calls.
fn called(model: &Model) -> impl Iterator<Item = &Function> {
    model.functions.iter().filter(|f| !f.trampoline)
}

fn params(function: &Function) -> Vec<String> {
    let params = function.params.iter();
    params.map(|p| format!("{}: {}", super::rust_name(&p.name), super::rust_type(&p.ctype))).collect()
}

fn returns(function: &Function) -> String {
    match function.returns.is_void() {
        true => String::new(),
        false => format!(" -> {}", super::rust_type(&function.returns)),
    }
}

fn wrapper(function: &Function) -> String {
    let name = &function.name;
    let body = if has_layer_method(function) { layer_method(function) } else { inner_call(function) };
    let layered = if body.contains("layered") { "layered" } else { "_" };
    format!(
        "\npub unsafe extern \"C\" fn {name}<L: Layer>({}){returns} {{\n\
         unsafe {{ Layered::<L>::api(ctx, Member::{name}, |{layered}, call| {body}) }}\n}}\n",
        params(function).join(", "),
        returns = returns(function),
    )
}

/// The call of the layer's method, with the arguments as they are.
fn layer_method(function: &Function) -> String {
    let arguments: Vec<String> = function.params.iter().skip(1).map(|p| super::rust_name(&p.name)).collect();
    format!("layered.layer().{}(call, {})", function.name, arguments.join(", "))
}

/// The call of the inner function, with parameters and result converted by the rules.
fn inner_call(function: &Function) -> String {
    let (mut handles, mut arrays, mut stores) = (String::new(), String::new(), String::new());
    let mut stored = Vec::new();
    let mut arguments = vec!["call.inner".to_owned()];
    for param in function.params.iter().skip(1) {
        let name = super::rust_name(&param.name);
        match rule(&param.ctype).expect("types were checked") {
            Rule::Same => arguments.push(name),
            Rule::Handle => {
                handles += &format!("let {name} = layered.unwrap(call, {name});\n");
                arguments.push(name);
            }
            Rule::Handles => {
                let count = super::array_count(param, &function.params).expect("counts were checked");
                // After the other handles, of which `kwnames` is one.
                arrays += &format!("let {name} = layered.unwrap_array(call, {name}, {count});\n");
                arguments.push(format!("{name}.as_ptr()"));
            }
            Rule::Out if param.facts.array.is_some() && param.facts.out => {
                stored.push(name.clone());
                arguments.push(name);
            }
            Rule::Out if param.facts.array.is_some() => {
                let count = super::array_count(param, &function.params).expect("counts were checked");
                stores += &format!("layered.wrap_array(call, {name}, {count});\n");
                arguments.push(name);
            }
            Rule::Out => {
                handles += &format!("let mut inner_{name} = HPy::NULL;\n");
                stores +=
                    &format!("if !{name}.is_null() {{\n*{name} = layered.wrap(call, inner_{name});\n}}\n");
                // The inner function knows what to say about null.
                arguments
                    .push(format!("if {name}.is_null() {{ null_mut() }} else {{ &raw mut inner_{name} }}"));
            }
            Rule::SpecParams => {
                arrays += &format!(
                    "let Some(mut {name}) = layered.unwrap_params(call, {name}) else {{\nreturn HPy::NULL;\n}};\n"
                );
                arguments.push(format!("{name}.as_mut_ptr()"));
            }
        }
    }
    let mut call = format!("((*call.inner).{})({})", function.name, arguments.join(", "));
    if rule(&function.returns) == Some(Rule::Handle) {
        call = format!("layered.wrap(call, {call})");
    }
    if !stored.is_empty() {
        call = format!("layered.wrap_stored(call, [{}], {call})", stored.join(", "));
    }
    if !stores.is_empty() {
        call = format!("let result_ = {call};\n{stores}result_");
    }
    format!("{{\n{handles}{arrays}{call}\n}}")
}
