//! The functions that only call one function of CPython: `include/hpy/generated/cpython/<topic>.h` for extensions of the
//! CPython ABI, `crates/hpy-cpython/src/generated/calls.rs` for the context. Both test the same arguments for null, and
//! return the same value for it.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::Output;
use super::versions::c_since;
use crate::facts::OnError;
use crate::model::{CpythonCall, Function, Model, Param};

/// Functions with this prefix are in the static library that belongs to the headers, and take and return handles.
const LIBRARY: &str = "_HPyC_";

impl CpythonCall {
    /// Whether it is not in CPython, but in the static library that belongs to the headers.
    pub(crate) fn is_in_library(&self) -> bool {
        self.name.starts_with(LIBRARY)
    }
}

/// Whether the function answers a question about an object and cannot fail, so that the answer for null is no.
fn is_predicate(function: &Function, call: &CpythonCall) -> bool {
    let is_nullable_handle = |p: &Param| p.facts.nullable && p.ctype.is_value("HPy");
    function.error == OnError::Never
        && function.returns.is_value("int")
        && !call.checks_null
        && matches!(&function.params[1..], [only] if is_nullable_handle(only))
}

/// Whether the function has to test the parameter for null.
fn is_tested(param: &Param, call: &CpythonCall) -> bool {
    let can_be_null = param.ctype.is_value("HPy") || !param.ctype.pointers.is_empty();
    can_be_null && !param.facts.nullable && !call.checks_null
}

/// The headers, one for each topic that has such functions.
pub(super) fn headers(model: &Model) -> Vec<Output> {
    let mut topics: BTreeMap<&str, String> = BTreeMap::new();
    for function in &model.functions {
        let Some(call) = &function.cpython else { continue };
        let text = match call.is_in_library() {
            true => in_library(function, call),
            false => inline(function, call),
        };
        let topic = topics.entry(&function.header).or_default();
        *topic += &c_since(function.since, &text);
        topic.push('\n');
    }
    let output = |(topic, text): (&str, String)| {
        super::c_header(&format!("cpython/{topic}.h"), text.trim_end_matches('\n').to_owned() + "\n")
    };
    topics.into_iter().map(output).collect()
}

fn inline(function: &Function, call: &CpythonCall) -> String {
    let (name, params) = (&function.public_name, &function.params[1..]);
    let arguments: Vec<String> = params.iter().map(argument).collect();
    let mut value = format!("{}({})", call.name, arguments.join(", "));
    let mut body = String::from("    (void)ctx;\n");
    if is_predicate(function, call) {
        value = format!("!HPy_IsNull({}) && {value}", params[0].name);
    }
    for param in params.iter().filter(|p| is_tested(p, call)) {
        let bits = if param.ctype.is_value("HPy") { "._i" } else { "" };
        writeln!(body, "    _HPy_REQUIRE({}{bits}, {name});", param.name).expect("write to a string");
    }
    body += &match () {
        () if function.returns_null => format!("    {value};\n    return HPy_NULL;\n"),
        () if function.returns.is_void() => format!("    {value};\n"),
        () if function.returns.is_value("HPy") => format!("    return _HPy_handle({value});\n"),
        () => format!("    return {value};\n"),
    };
    format!("{}\n{{\n{body}}}\n", head(function))
}

fn argument(param: &Param) -> String {
    if param.ctype.is_value("HPy") { format!("_HPy_object({})", param.name) } else { param.name.clone() }
}

fn in_library(function: &Function, call: &CpythonCall) -> String {
    let arguments: Vec<&str> = function.params.iter().map(|p| p.name.as_str()).collect();
    let value = format!("{}({})", call.name, arguments.join(", "));
    let returns = if function.returns.is_void() { "" } else { "return " };
    let declared = format!("HPyAPI_IMPL {}", function.returns.declare(&call.name));
    let declared = super::c_call(&declared, &function.params, ";");
    format!("{declared}\n\n{}\n{{\n    {returns}{value};\n}}\n", head(function))
}

fn head(function: &Function) -> String {
    let head = function.public_returns.declare(&function.public_name);
    super::c_call(&format!("HPyAPI_FUNC {head}"), &function.params, "")
}

/// `include/hpy/generated/cpython/failures.h`: what each function returns on failure, for those written by hand.
pub(super) fn failures(model: &Model) -> Output {
    let mut out = String::from("/* What a function returns after setting an exception; empty for void. */\n");
    for function in model.functions.iter().filter(|f| !f.legacy && !f.trampoline) {
        let value = match function.error.value() {
            Some("null") | None => "",
            Some(value) => value,
        };
        if !value.is_empty() || function.returns.is_void() {
            let line = format!("#define _HPy_FAILURE_{} {value}", function.public_name);
            writeln!(out, "{}", line.trim_end()).expect("write to a string");
        }
    }
    super::c_header("cpython/failures.h", out)
}

/// The context functions, as rows of the macros in `crates/hpy-cpython/src/forward.rs`.
pub(super) fn rust(model: &Model) -> String {
    let mut out = String::from(
        "//! The context functions that only call one function of CPython, and what all functions return for null.\n\n\
         use std::ffi::{c_char, c_int, c_void};\n\n\
         use hpy_abi::*;\n\
         use crate::ffi::*;\n\n\
         use crate::engine::*;\n\
         use crate::forward::{forward, predicates};\n\n\
         /// What each function returns for a null that it does not accept.\n\
         #[allow(dead_code, reason = \"not every function tests for null\")]\n\
         pub(crate) mod null {\n\
         use super::*;\n\
         use crate::forward::Null;\n\n",
    );
    for function in model.functions.iter().filter(|f| !f.legacy && !f.trampoline) {
        let value = for_null(function);
        writeln!(
            out,
            "pub(crate) const {}: Null<{}> = Null {{ function: c{:?}, value: {value} }};",
            function.name,
            if function.returns.is_void() { "()".to_owned() } else { super::rust_type(&function.returns) },
            function.public_name,
        )
        .expect("write to a string");
    }
    out += "}\n";
    let (mut forwards, mut predicates) = (String::new(), String::new());
    for function in &model.functions {
        let Some(call) = function.cpython.as_ref().filter(|call| !call.is_in_library()) else { continue };
        if is_predicate(function, call) {
            writeln!(predicates, "{} = {};", function.name, call.name).expect("write to a string");
            continue;
        }
        let params: Vec<String> = function.params.iter().skip(1).map(|p| kind(p, call)).collect();
        let returns = match function.returns.is_void() {
            true => String::new(),
            false => format!(" -> {}", super::rust_type(&function.returns)),
        };
        writeln!(forwards, "    {} = {}({}){returns};", function.name, call.name, params.join(", "))
            .expect("write to a string");
    }
    out + &format!("\npredicates! {{\n{predicates}}}\n\nforward! {{\n{forwards}}}\n")
}

/// The parameter as `forward!` takes it: optional where null is not tested for.
fn kind(param: &Param, call: &CpythonCall) -> String {
    let ctype = super::rust_type(&param.ctype);
    let can_be_null = param.ctype.is_value("HPy") || !param.ctype.pointers.is_empty();
    let is_optional = can_be_null && !is_tested(param, call);
    let kind = if is_optional { format!("Option<{ctype}>") } else { ctype };
    format!("{}: {kind}", super::rust_name(&param.name))
}

/// The Rust expression for what a function returns for null: no, if it never fails.
fn for_null(function: &Function) -> String {
    let ctype = &function.returns;
    let zero = || match () {
        () if !ctype.pointers.is_empty() => "NULL",
        () if ctype.is_struct() => "null",
        () => "0",
    };
    match function.error.value().unwrap_or_else(zero) {
        _ if ctype.is_void() => "()".to_owned(),
        "HPy_NULL" | "null" => format!("{}::NULL", super::rust_type(ctype)),
        "NULL" if ctype.is_const => "std::ptr::null()".to_owned(),
        "NULL" => "std::ptr::null_mut()".to_owned(),
        value => match value.strip_prefix(&format!("({ctype})")) {
            // An unsigned number: all ones.
            Some("-1") => format!("{}::MAX", super::rust_type(ctype)),
            _ => value.to_owned(),
        },
    }
}
