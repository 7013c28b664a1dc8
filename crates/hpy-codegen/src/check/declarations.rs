//! Checks types, macros and functions that are compiled into extensions.

use std::collections::HashMap;

use super::{error_value, known_version, param_facts, parameter_names, unique};
use crate::diagnostics::{Diagnostics, Rule};
use crate::model::{Model, Position};

/// Everything public has a unique name and a doc comment.
pub(super) fn check(model: &Model, diagnostics: &mut Diagnostics) {
    for (name, doc, at) in documented(model) {
        if doc.is_empty() {
            diagnostics.report(at, Rule::NoDoc, format!("'{name}' has no doc comment"));
        }
    }
    let mut names = HashMap::new();
    for (name, at) in named(model) {
        unique(&mut names, name, at, diagnostics);
    }
    for function in &model.compiled {
        let (name, at) = (&function.name, &function.at);
        known_version(model, name, function.since, at, diagnostics);
        parameter_names(name, &function.params, at, diagnostics);
        error_value(name, &function.returns, &function.error, at, diagnostics);
        param_facts(name, &function.params, at, diagnostics);
    }
    for found in &model.enums {
        if found.name.is_empty() && !found.constants.is_empty() {
            let message = "an enum with public constants has no name".to_owned();
            diagnostics.report(&found.at, Rule::Name, message);
        }
        for constant in found.constants.iter().filter(|constant| !constant.name.starts_with("HPy")) {
            let message = format!("constant '{}' does not start with 'HPy'", constant.name);
            diagnostics.report(&constant.at, Rule::Name, message);
        }
    }
}

type Documented<'a> = (&'a str, &'a str, &'a Position);

/// Name, doc comment and position of everything that must be documented, except members and slots.
fn documented(model: &Model) -> Vec<Documented<'_>> {
    let mut all: Vec<Documented<'_>> = Vec::new();
    all.extend(model.compiled.iter().map(|f| (&*f.name, &*f.doc, &f.at)));
    all.extend(model.types.iter().map(|t| (&*t.name, &*t.doc, &t.at)));
    all.extend(model.macros.iter().map(|m| (&*m.name, &*m.doc, &m.at)));
    all.extend(model.variables.iter().map(|v| (&*v.name, &*v.doc, &v.at)));
    for found in &model.enums {
        all.push((&found.name, &found.doc, &found.at));
        all.extend(found.constants.iter().map(|c| (&*c.name, &*c.doc, &c.at)));
    }
    for found in &model.structs {
        all.push((&found.name, &found.doc, &found.at));
        all.extend(found.fields.iter().map(|f| (&*f.name, &*f.doc, &f.at)));
    }
    all.extend(model.signatures.iter().map(|signature| match &signature.prototype {
        Some(prototype) => (&*prototype.name, &*prototype.doc, &prototype.at),
        None => (&*signature.name, &*signature.doc, &signature.at),
    }));
    all
}

/// Names at file scope, except members, prototypes and slots, whose names are compared separately.
fn named(model: &Model) -> Vec<(&str, &Position)> {
    let mut all: Vec<(&str, &Position)> = Vec::new();
    all.extend(model.functions.iter().map(|f| (&*f.public_name, &f.at)));
    all.extend(model.compiled.iter().map(|f| (&*f.name, &f.at)));
    all.extend(model.types.iter().map(|t| (&*t.name, &t.at)));
    all.extend(model.macros.iter().map(|m| (&*m.name, &m.at)));
    all.extend(model.variables.iter().map(|v| (&*v.name, &v.at)));
    all.extend(model.structs.iter().map(|s| (&*s.name, &s.at)));
    all.extend(model.enums.iter().filter(|e| !e.name.is_empty()).map(|e| (&*e.name, &e.at)));
    all.extend(model.enums.iter().flat_map(|e| &e.constants).map(|c| (&*c.name, &c.at)));
    all.extend(model.signatures.iter().map(|s| (&*s.name, &s.at)));
    all
}
