//! `docs/api/<stem>.md`: the reference of the API, one page per header, from its doc comments.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{MARK, Output, prose};
use crate::model::{Member, Model};

pub(super) fn emit(model: &Model) -> Vec<Output> {
    let mut pages: BTreeMap<&str, String> = BTreeMap::new();
    for member in model.members() {
        let page = pages.entry(member.at().stem()).or_default();
        let (title, declaration) = match member {
            Member::Constant(c) => (&c.name, format!("HPy {};", c.name)),
            Member::Function(f) => {
                let head = f.public_returns.declare(&f.public_name);
                (&f.public_name, super::c_call(&head, &f.params, ";"))
            }
        };
        let (doc, name, index) = (prose(member.doc()), member.name(), member.index());
        let since = match super::versions::is_asked_for(member.since()) {
            true => format!(", since ABI {}", member.since()),
            false => String::new(),
        };
        write!(
            page,
            "## `{title}`\n\n```c\n{declaration}\n```\n\n{doc}\n\nContext member `{name}`, index {index}{since}.\n\n"
        )
        .expect("write to a string");
    }
    if !model.signatures.is_empty() {
        pages.insert("signatures", signatures(model));
    }
    if !model.slots.is_empty() {
        pages.insert("slots", slots(model));
    }
    let output = |(stem, body): (&str, String)| {
        let topic = model.topics.iter().find(|t| t.stem == stem).map(|t| prose(&t.doc)).unwrap_or_default();
        let intro = if topic.is_empty() { String::new() } else { topic + "\n\n" };
        let text = format!("<!-- {MARK} -->\n\n# `hpy/{stem}.h`\n\n{intro}{}\n", body.trim_end());
        Output { path: format!("docs/api/{stem}.md"), text }
    };
    pages.into_iter().map(output).collect()
}

fn signatures(model: &Model) -> String {
    let mut out = String::new();
    for signature in &model.signatures {
        write!(out, "## `{}`\n\nNumber {}.", signature.name, signature.number).expect("write to a string");
        match &signature.prototype {
            Some(prototype) => {
                let head = prototype.returns.declare(&format!("(*{})", prototype.name));
                let declaration = super::c_call(&format!("typedef {head}"), &prototype.params, ";");
                let doc = prose(&prototype.doc);
                let doc = if doc.is_empty() { doc } else { doc + "\n\n" };
                write!(out, "\n\n```c\n{declaration}\n```\n\n{doc}")
            }
            None => write!(out, " Reserved.\n\n"),
        }
        .expect("write to a string");
    }
    out
}

fn slots(model: &Model) -> String {
    let mut out = String::from("| slot | number | signature | meaning |\n| --- | --- | --- | --- |\n");
    for slot in &model.slots {
        writeln!(out, "| `{}` | {} | `{}` |", slot.name, slot.number, slot.signature)
            .expect("write to a string");
    }
    out
}
