//! What annotations say about a function, in words.

use super::text::Names;
use crate::ctype::CType;
use crate::facts::{OnError, RunsPython, Version};
use crate::model::{CompiledFunction, Function, Param};

/// The facts that both kinds of functions have.
pub(super) struct Facts<'a> {
    pub(super) returns: &'a CType,
    pub(super) params: &'a [Param],
    python: RunsPython,
    error: &'a OnError,
    pending: bool,
    raises: bool,
    noreturn: bool,
    legacy: bool,
    since: String,
    /// The member of the context that it calls, or where it is compiled instead.
    member: String,
}

/// A version, and whether release 0.9.0 lacks what belongs to it.
pub(super) fn since(version: Version, after_0_9_0: bool) -> String {
    format!("ABI {version}{}", if after_0_9_0 { ", not in release 0.9.0" } else { "" })
}

impl<'a> From<&'a Function> for Facts<'a> {
    fn from(function: &'a Function) -> Self {
        Self {
            returns: &function.public_returns,
            params: &function.params,
            python: function.python,
            error: &function.error,
            pending: function.pending,
            raises: function.raises,
            noreturn: function.noreturn,
            legacy: function.legacy,
            since: since(function.since, function.after_0_9_0),
            member: format!("`{}`, index {}", function.name, function.index),
        }
    }
}

impl<'a> From<&'a CompiledFunction> for Facts<'a> {
    fn from(function: &'a CompiledFunction) -> Self {
        let place = if function.inline { "inline in the header" } else { "compiled into the extension" };
        Self {
            returns: &function.returns,
            params: &function.params,
            python: function.python,
            error: &function.error,
            pending: function.pending,
            raises: function.raises,
            noreturn: false,
            legacy: false,
            since: since(function.since, false),
            member: format!("none: {place}"),
        }
    }
}

impl Facts<'_> {
    /// Who owns what goes in and comes out, as a list.
    pub(super) fn ownership(&self) -> Vec<String> {
        let mut all = params(self.params, true);
        if let Some(result) = self.result() {
            all.push(format!("Result: {result}"));
        }
        if self.noreturn {
            all.push("Does not return".to_owned());
        }
        if self.legacy {
            all.push("Only in the CPython ABI and the hybrid ABI".to_owned());
        }
        all
    }

    fn result(&self) -> Option<&'static str> {
        let returns = self.returns;
        if self.raises {
            Some("always `HPy_NULL`, so that a `return` statement can use it")
        } else if returns.is_value("HPy") {
            Some("a new handle, owned by the caller")
        } else if *returns == CType::pointer("cpy_PyObject") {
            Some("a new reference, owned by the caller")
        } else if returns.base == "char" && returns.is_const {
            Some("valid as long as the handle it came from, and must not be written to")
        } else {
            None
        }
    }

    /// A table of one row.
    pub(super) fn table(&self, names: &Names) -> String {
        let python = match self.python {
            RunsPython::No => "does not run",
            RunsPython::Finalizers => "finalizers only",
            RunsPython::Yes => "may run",
        };
        let pending = if self.pending { "allowed" } else { "not allowed" };
        format!(
            "| on failure | Python code | while an exception is set | since | context member |\n\
             | --- | --- | --- | --- | --- |\n\
             | {} | {python} | {pending} | {} | {} |\n\n",
            self.failure(names),
            self.since,
            self.member
        )
    }

    fn failure(&self, names: &Names) -> String {
        let value = |value: &str| match value {
            "null" => format!("a null {}", names.link(&self.returns.base)),
            value => format!("`{value}`"),
        };
        match self.error {
            OnError::Never => "sets no exception".to_owned(),
            OnError::Returns(_) if self.raises => "always raises".to_owned(),
            OnError::Returns(error) => value(error),
            OnError::Ambiguous(error) => {
                format!("{}, which may also be a result: ask {}", value(error), names.link("HPyErr_Occurred"))
            }
        }
    }
}

/// What happens to arguments: one line for each group of arguments with the same facts. With `owned`, that includes
/// handles that simply remain the caller's.
pub(super) fn params(params: &[Param], owned: bool) -> Vec<String> {
    let mut groups: Vec<(Vec<String>, String)> = Vec::new();
    for param in params.iter().filter(|param| param.ctype != CType::pointer("HPyContext")) {
        let Some(text) = describe_param(param, owned) else { continue };
        let name = format!("`{}`", param.name);
        match groups.iter_mut().find(|(_, other)| *other == text) {
            Some((names, _)) => names.push(name),
            None => groups.push((vec![name], text)),
        }
    }
    groups.into_iter().map(|(names, text)| format!("{}: {text}", names.join(", "))).collect()
}

fn describe_param(param: &Param, owned: bool) -> Option<String> {
    let (ctype, facts) = (&param.ctype, &param.facts);
    let is_pointer = ctype.array || !ctype.pointers.is_empty();
    let mut parts = Vec::new();
    if let Some(count) = &facts.array {
        parts.push(describe_array(count, ctype));
    }
    if facts.consumed {
        parts.push("consumed by the call, even if that fails".to_owned());
    } else if owned && (ctype.is_value("HPy") || *ctype == CType::pointer("cpy_PyObject")) {
        parts.push("still owned by the caller".to_owned());
    }
    if facts.kept {
        let what =
            if is_pointer { "what it points to must outlive the call" } else { "must outlive the call" };
        parts.push(what.to_owned());
    }
    if facts.out {
        parts.push("written during the call".to_owned());
    }
    if facts.inout {
        parts.push("read and written during the call".to_owned());
    }
    if facts.nullable {
        let null = match () {
            () if is_pointer => "may be NULL",
            () if ctype.is_value("HPy") => "may be `HPy_NULL`",
            () => "may be null",
        };
        parts.push(null.to_owned());
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn describe_array(count: &str, ctype: &CType) -> String {
    let handles = if ctype.base == "HPy" { ", all still owned by the caller" } else { "" };
    match (count, count.split_once(" + "), count.strip_prefix("until ")) {
        ("1", ..) => "only read during the call".to_owned(),
        (_, Some((count, names)), _) => {
            format!("an array of `{count}`, and one more for each name in `{names}`{handles}")
        }
        (.., Some(end)) => format!("an array that ends with `{end}`{handles}"),
        _ => format!("an array of `{count}`{handles}"),
    }
}
