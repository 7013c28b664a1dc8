//! Checks a model against the rules before anything is generated from it.

mod declarations;

use std::collections::HashMap;

use crate::ctype::CType;
use crate::diagnostics::{Diagnostics, Rule};
use crate::emit::{layer_adapters, layer_wrappers};
use crate::entry;
use crate::facts::{OnError, Version};
use crate::model::{Function, Model, Param, Position, Prototype, Trampoline};
use crate::walk::member_name;

/// Sorts the model, fills in the entries of signatures, and reports every broken rule.
pub(crate) fn check(model: &mut Model, diagnostics: &mut Diagnostics) {
    model.sort();
    members(model, diagnostics);
    for constant in &model.constants {
        if !constant.name.starts_with("h_") {
            let message = format!("constant '{}' does not start with 'h_'", constant.name);
            diagnostics.report(&constant.at, Rule::Name, message);
        }
    }
    for function in &model.functions {
        check_function(function, diagnostics);
    }
    signatures(model, diagnostics);
    slots(model, diagnostics);
    declarations::check(model, diagnostics);
    diagnostics.0.sort();
    diagnostics.0.dedup();
}

/// Indices and names are unique, indices have no gaps, everything is documented.
fn members(model: &Model, diagnostics: &mut Diagnostics) {
    let mut names: HashMap<&str, &Position> = HashMap::new();
    let mut previous: Option<(usize, &str, &Position)> = None;
    let mut newest = Version::default();
    for member in model.members() {
        let (index, name, at) = (member.index(), member.name(), member.at());
        match previous {
            Some((last, other, other_at)) if last == index => {
                // Report the one that stands later, in whichever order the files were read.
                let (first, second) = if other_at <= at {
                    ((other, other_at), (name, at))
                } else {
                    ((name, at), (other, other_at))
                };
                let message = format!(
                    "'{}' has index {index}, which '{}' has already ({}:{})",
                    second.0, first.0, first.1.file, first.1.line
                );
                diagnostics.report(second.1, Rule::DuplicateIndex, message);
            }
            _ => {
                let expected = previous.map_or(0, |(last, ..)| last.saturating_add(1));
                if index != expected {
                    let message = format!("'{name}' has index {index}, but nothing has index {expected}");
                    diagnostics.report(at, Rule::Gap, message);
                }
            }
        }
        if member.since() < newest {
            let message =
                format!("'{name}' has since={}, but a member before it has since={newest}", member.since());
            diagnostics.report(at, Rule::Since, message);
        }
        known_version(model, name, member.since(), at, diagnostics);
        newest = newest.max(member.since());
        previous = Some((index, name, at));
        // An unnamed function is reported for its name already.
        if !name.is_empty() {
            unique(&mut names, name, at, diagnostics);
        }
        if member.doc().is_empty() {
            diagnostics.report(at, Rule::NoDoc, format!("'{name}' has no doc comment"));
        }
    }
}

/// Nothing can be newer than the newest version, since nobody could ask for it.
fn known_version(model: &Model, name: &str, since: Version, at: &Position, diagnostics: &mut Diagnostics) {
    let newest = model.abi.version;
    if since > newest {
        let message = format!("'{name}' has since={since}, but the newest version of the ABI is {newest}");
        diagnostics.report(at, Rule::Since, message);
    }
}

fn check_function(function: &Function, diagnostics: &mut Diagnostics) {
    let (name, at) = (&function.public_name, &function.at);
    if member_name(name).is_none() {
        let message = format!("'{name}' does not have the form HPyFoo_Bar, HPy_Foo or _HPy_Foo");
        diagnostics.report(at, Rule::Name, message);
    }
    context_first(name, &function.params, at, diagnostics);
    parameter_names(name, &function.params, at, diagnostics);
    types(name, &function.public_returns, &function.params, at, diagnostics);
    layer_types(name, layer_wrappers::without_rule(function), at, diagnostics);
    error_value(name, &function.public_returns, &function.error, at, diagnostics);
    param_facts(name, &function.params, at, diagnostics);
    if function.returns_null && !function.public_returns.is_value("HPy") {
        let message =
            format!("'{name}' returns '{}', not a null handle", function.public_returns.declare(""));
        diagnostics.report(at, Rule::ReturnsNull, message);
    }
}

/// The error value has the type that the function returns.
fn error_value(name: &str, returns: &CType, error: &OnError, at: &Position, diagnostics: &mut Diagnostics) {
    let fits = match error.value() {
        None => true,
        Some("HPy_NULL") => returns.is_value("HPy"),
        Some("NULL") => !returns.pointers.is_empty(),
        Some("null") => returns.is_struct(),
        Some(value) => {
            let literal = value.strip_prefix(&format!("({returns})")).unwrap_or(value);
            let is_number = literal.parse::<f64>().is_ok();
            is_number && returns.pointers.is_empty() && !returns.is_void() && returns.base != "HPy"
        }
    };
    let is_void = returns.is_void() && *error != OnError::Never;
    if !fits || is_void {
        let message = format!(
            "'{}' is not a value of '{}', which '{name}' returns",
            error.value().unwrap_or("none"),
            returns.declare("")
        );
        diagnostics.report(at, Rule::ErrorValue, message);
    }
}

/// Each pointer says what happens to what it points to, unless its type does: a constant string or a context.
fn param_facts(name: &str, params: &[Param], at: &Position, diagnostics: &mut Diagnostics) {
    for param in params.iter().skip(1) {
        let ctype = &param.ctype;
        let is_pointer = ctype.array || !ctype.pointers.is_empty();
        let told_by_type = match ctype.base.as_str() {
            "char" => ctype.is_const,
            base => matches!(base, "cpy_PyObject" | "HPyContext"),
        };
        if is_pointer && !told_by_type && !param.facts.describe_pointee() {
            let message = format!("'{name}' does not say what it does with what '{}' points to", param.name);
            diagnostics.report(at, Rule::ParamFact, message);
        }
    }
}

fn signatures(model: &mut Model, diagnostics: &mut Diagnostics) {
    let mut names = HashMap::new();
    for (signature, expected) in model.signatures.iter_mut().zip(1..) {
        if signature.number != expected {
            let message =
                format!("'{}' has number {} instead of {expected}", signature.name, signature.number);
            diagnostics.report(&signature.at, Rule::SignatureNumber, message);
        }
        let Some(prototype) = &signature.prototype else { continue };
        let (name, at) = (&prototype.name, &prototype.at);
        if let Some(first) = names.insert(name.clone(), at.clone()) {
            let message = format!("'{name}' is already declared ({}:{})", first.file, first.line);
            diagnostics.report(at, Rule::DuplicateName, message);
        }
        if !name.eq_ignore_ascii_case(&signature.name) {
            let message = format!("'{name}' is not '{}' in lower case", signature.name);
            diagnostics.report(at, Rule::Name, message);
        }
        parameter_names(name, &prototype.params, at, diagnostics);
        types(name, &prototype.returns, &prototype.params, at, diagnostics);
        if !signature.no_context {
            context_first(name, &prototype.params, at, diagnostics);
        }
        signature.entry = derive_entry(prototype, signature.trampoline.as_ref(), diagnostics);
        if signature.entry.is_some() {
            layer_types(name, layer_adapters::without_rule(signature.no_context, prototype), at, diagnostics);
        }
    }
}

fn derive_entry(
    prototype: &Prototype,
    trampoline: Option<&Trampoline>,
    diagnostics: &mut Diagnostics,
) -> Option<entry::Entry> {
    entry::derive(prototype, trampoline)
        .map_err(|ctype| {
            let message =
                format!("no rule to pass '{}' between CPython and '{}'", ctype.declare(""), prototype.name);
            diagnostics.report(&prototype.at, Rule::SignatureType, message);
        })
        .ok()
}

fn slots(model: &Model, diagnostics: &mut Diagnostics) {
    let mut names = HashMap::new();
    let mut numbers = HashMap::new();
    for slot in &model.slots {
        let (name, at) = (&slot.name, &slot.at);
        unique(&mut names, name, at, diagnostics);
        if let Some(other) = numbers.insert(slot.number, name) {
            let message = format!("slot '{name}' has number {}, which '{other}' has already", slot.number);
            diagnostics.report(at, Rule::SlotNumber, message);
        }
        // Out of range would not be an `int` in C.
        if i32::try_from(slot.number).is_err() {
            diagnostics.report(
                at,
                Rule::SlotForm,
                format!("the number of slot '{name}' does not fit into an int"),
            );
        }
        if slot.doc.is_empty() {
            diagnostics.report(at, Rule::NoDoc, format!("'{name}' has no doc comment"));
        }
        if !name.starts_with("HPy_") {
            diagnostics.report(at, Rule::Name, format!("slot '{name}' does not start with 'HPy_'"));
        }
        let has_prototype =
            |name: &String| model.signatures.iter().any(|s| s.name == *name && s.prototype.is_some());
        if let Some(signature) = slot.signature.as_ref().filter(|name| !has_prototype(name)) {
            let message = format!("'{name}' has the signature '{signature}', which has no prototype");
            diagnostics.report(at, Rule::SignatureUnknown, message);
        }
    }
}

fn unique<'a>(
    names: &mut HashMap<&'a str, &'a Position>,
    name: &'a str,
    at: &'a Position,
    diagnostics: &mut Diagnostics,
) {
    if let Some(first) = names.insert(name, at) {
        let (first, second) = if first <= at { (first, at) } else { (at, first) };
        let message = format!("'{name}' is already declared ({}:{})", first.file, first.line);
        diagnostics.report(second, Rule::DuplicateName, message);
    }
}

fn context_first(name: &str, params: &[Param], at: &Position, diagnostics: &mut Diagnostics) {
    if params.first() != Some(&Param::new("ctx", CType::pointer("HPyContext"))) {
        diagnostics.report(
            at,
            Rule::ContextFirst,
            format!("'{name}' does not take the context as its first parameter"),
        );
    }
}

fn parameter_names(name: &str, params: &[Param], at: &Position, diagnostics: &mut Diagnostics) {
    for (i, param) in params.iter().enumerate() {
        let repeated = params[..i].iter().any(|other| other.name == param.name);
        if param.name.is_empty() || repeated {
            let what = if repeated { "the same name as another" } else { "no name" };
            let message = format!("parameter {} of '{name}' has {what}", i + 1);
            diagnostics.report(at, Rule::ParameterName, message);
        }
    }
}

fn types(name: &str, returns: &CType, params: &[Param], at: &Position, diagnostics: &mut Diagnostics) {
    let all = params.iter().map(|p| &p.ctype).chain((!returns.is_void()).then_some(returns));
    for ctype in all.filter(|t| t.rust().is_none()) {
        let message = format!("'{name}' uses '{}', which has no Rust type", ctype.declare(""));
        diagnostics.report(at, Rule::Type, message);
    }
}

/// Reports types that no layer can pass on. A context in the wrong place and an unknown type are reported elsewhere.
fn layer_types(name: &str, without_rule: Vec<&CType>, at: &Position, diagnostics: &mut Diagnostics) {
    let context = CType::pointer("HPyContext");
    for ctype in without_rule.into_iter().filter(|t| t.rust().is_some() && **t != context) {
        let message = format!("no rule to wrap '{}' of '{name}' in a layer", ctype.declare(""));
        diagnostics.report(at, Rule::LayerType, message);
    }
}
