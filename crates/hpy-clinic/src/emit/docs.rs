//! Docstrings: the signature, from which Python makes `__text_signature__`, and what the author has written.

use crate::converters::c_string;
use crate::model::{Function, Kind, Parameter, Passing};

/// A literal of C, on several lines.
pub(super) fn docstring(function: &Function) -> String {
    let text = match function.kind {
        Kind::Getter | Kind::Setter => function.docstring.clone(),
        Kind::New => {
            let class = function.class.as_ref().map_or("", |class| class.name());
            format!("{class}{}\n--\n\n{}", signature(function), body(function))
        }
        _ => format!("{}{}\n--\n\n{}", function.name(), signature(function), body(function)),
    };
    let lines: Vec<_> = text.split_inclusive('\n').map(c_string).collect();
    if lines.is_empty() { "\"\"".to_owned() } else { lines.join("\n    ") }
}

/// The parameters as `inspect.signature` reads them.
fn signature(function: &Function) -> String {
    if let Some(signature) = &function.text_signature {
        return signature.clone();
    }
    let first = match function.kind {
        Kind::Function => Some("$module"),
        Kind::New => None,
        _ => Some("$self"),
    };
    let parameters = list(function, |parameter| match &parameter.default {
        None => parameter.name.clone(),
        Some(default) => {
            format!("{}={}", parameter.name, default.python.as_deref().unwrap_or("..."))
        }
    });
    let mut all: Vec<_> = first.map(str::to_owned).into_iter().collect();
    // What is marked by $ is passed by position only.
    if first.is_some() && function.count(|parameter| parameter.passing == Passing::PositionalOnly) == 0 {
        all.push("/".to_owned());
    }
    all.extend(parameters);
    format!("({})", all.join(", "))
}

/// Parameters with `/` and `*` between them, as `show` writes each.
pub(super) fn list(function: &Function, show: impl Fn(&Parameter) -> String) -> Vec<String> {
    let mut items = Vec::new();
    let mut before = None;
    for parameter in &function.parameters {
        if before == Some(Passing::PositionalOnly) && parameter.passing != Passing::PositionalOnly {
            items.push("/".to_owned());
        }
        if parameter.passing == Passing::KeywordOnly && before < Some(Passing::Rest) {
            items.push("*".to_owned());
        }
        let star = if parameter.passing == Passing::Rest { "*" } else { "" };
        items.push(format!("{star}{}", show(parameter)));
        before = Some(parameter.passing);
    }
    if before == Some(Passing::PositionalOnly) {
        items.push("/".to_owned());
    }
    items
}

/// The docstring, with the docs of the parameters after its first paragraph or in the place of `{parameters}`.
fn body(function: &Function) -> String {
    const PLACE: &str = "{parameters}";
    let docs: Vec<_> =
        function.parameters.iter().filter(|parameter| !parameter.doc.is_empty()).map(parameter_doc).collect();
    let docs = docs.join("\n");
    let text = &function.docstring;
    if text.contains(PLACE) {
        return text.replace(PLACE, &docs).trim_end().to_owned();
    }
    if docs.is_empty() {
        return text.clone();
    }
    match text.split_once("\n\n") {
        Some((summary, rest)) => format!("{summary}\n\n{docs}\n\n{}", rest.trim_start_matches('\n')),
        None => format!("{text}\n\n{docs}"),
    }
}

fn parameter_doc(parameter: &Parameter) -> String {
    let margin = parameter.doc.lines().map(|line| line.len() - line.trim_start().len()).next().unwrap_or(0);
    let lines = parameter.doc.lines().map(|line| match line.get(margin..) {
        Some(text) if !text.trim().is_empty() => format!("\n    {}", text.trim_end()),
        _ => "\n".to_owned(),
    });
    format!("  {}{}", parameter.name, lines.collect::<String>())
}
