//! The entry of one name in the reference.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::super::c_call;
use super::facts::{self, Facts};
use super::text::{Names, anchor};
use super::{Item, paragraph};
use crate::model::{Enum, Macro, Model, Signature, Struct};

/// What entries need besides their items.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) model: &'a Model,
    pub(super) counterparts: &'a BTreeMap<String, String>,
    pub(super) names: &'a Names,
}

impl Context<'_> {
    /// An entry with its own heading, without the `#` signs of the heading.
    pub(super) fn entry(&self, item: Item<'_>) -> String {
        let name = item.name().map(|(name, _)| name).unwrap_or_default();
        let (code, doc, rest) = match item {
            Item::Function(function) => {
                let code = c_call(&function.public_returns.declare(name), &function.params, ";");
                let call = function.cpython.as_ref().filter(|call| !call.is_in_library());
                let call = call.map(|call| call.name.as_str());
                (code, &function.doc, self.facts(name, &Facts::from(function), call))
            }
            Item::Compiled(function) => {
                let tail = if function.variadic { ", ...);" } else { ");" };
                let code = c_call(&function.returns.declare(name), &function.params, ";");
                let code = code.strip_suffix(");").map(|head| format!("{head}{tail}")).unwrap_or(code);
                (code, &function.doc, self.facts(name, &Facts::from(function), None))
            }
            Item::Enum(found) => (String::new(), &found.doc, self.constants(found)),
            Item::Macro(found) => (definitions(found), &found.doc, self.counterpart(name, None)),
            Item::Signature(signature) => {
                let prototype = signature.prototype.as_ref();
                let code = prototype.map(|prototype| {
                    let head = prototype.returns.declare(&format!("(*{})", prototype.name));
                    c_call(&format!("typedef {head}"), &prototype.params, ";")
                });
                let doc = prototype.map_or(&signature.doc, |prototype| &prototype.doc);
                (code.unwrap_or_default(), doc, self.signature(signature))
            }
            Item::Struct(found) => (String::new(), &found.doc, self.fields(found)),
            Item::Type(found) => (found.declarations.join("\n"), &found.doc, String::new()),
            Item::Variable(variable) => {
                (format!("{};", variable.ctype.declare(name)), &variable.doc, String::new())
            }
            Item::Section(_) | Item::Constant(_) | Item::Slot(_) => return String::new(),
        };
        let code = if code.is_empty() { code } else { format!("```c\n{code}\n```") };
        format!("`{name}`\n\n{}{}{rest}", paragraph(&code), paragraph(&self.names.markdown(doc)))
    }

    /// A table whose rows are items.
    pub(super) fn table(&self, items: &[Item<'_>]) -> String {
        let mut out = match items.first() {
            Some(Item::Slot(_)) => {
                "| slot | number | signature | meaning |\n| --- | --- | --- | --- |\n".to_owned()
            }
            _ => "| constant | object | index | since |\n| --- | --- | --- | --- |\n".to_owned(),
        };
        for item in items {
            let row = match item {
                Item::Slot(slot) => {
                    let lacking = if slot.after_0_9_0 { " Not in release 0.9.0." } else { "" };
                    format!(
                        "{} | {} | {} | {}{lacking}",
                        target(&slot.name),
                        slot.number,
                        slot.signature.as_ref().map_or("a value".to_owned(), |name| self.names.link(name)),
                        self.names.cell(&slot.doc)
                    )
                }
                Item::Constant(constant) => format!(
                    "{} | {} | {} | {}",
                    target(&constant.name),
                    self.names.cell(&constant.doc),
                    constant.index,
                    facts::since(constant.since, constant.after_0_9_0)
                ),
                _ => continue,
            };
            writeln!(out, "| {row} |").expect("write to a string");
        }
        out + "\n"
    }

    fn facts(&self, name: &str, facts: &Facts<'_>, call: Option<&str>) -> String {
        let ownership: String = facts.ownership().iter().map(|line| format!("* {line}\n")).collect();
        let counterpart = self.counterpart(name, call);
        let list = format!("{ownership}{counterpart}");
        format!("{}{}", paragraph(list.trim_end()), facts.table(self.names))
    }

    /// The counterparts in the C API, as an item of a list; the function that it calls comes first.
    fn counterpart(&self, name: &str, call: Option<&str>) -> String {
        let call = call.map(|call| format!("`{call}`"));
        let guide = self.counterparts.get(name).map(String::as_str).unwrap_or_default();
        let others = guide.split(", ").filter(|other| !other.is_empty() && Some(*other) != call.as_deref());
        let called = call.iter().map(|call| format!("{call} (which is all that it calls on CPython)"));
        let all: Vec<String> = called.chain(others.map(str::to_owned)).collect();
        if all.is_empty() { String::new() } else { format!("* In the C API: {}\n\n", all.join(", ")) }
    }

    fn constants(&self, found: &Enum) -> String {
        if found.constants.is_empty() {
            return String::new();
        }
        let mut out = String::from("| constant | value | meaning |\n| --- | --- | --- |\n");
        for constant in &found.constants {
            let (name, meaning) = (target(&constant.name), self.names.cell(&constant.doc));
            writeln!(out, "| {name} | {} | {meaning} |", constant.value).expect("write to a string");
        }
        out + "\n"
    }

    fn fields(&self, found: &Struct) -> String {
        if found.fields.is_empty() {
            return "Opaque: its members are private.\n\n".to_owned();
        }
        let mut out = String::from("| field | meaning |\n| --- | --- |\n");
        for field in &found.fields {
            let union = if field.in_union { " (Member of a union.)" } else { "" };
            let meaning = self.names.cell(&field.doc);
            writeln!(out, "| `{}` | {meaning}{union} |", field.ctype.declare(&field.name))
                .expect("write to a string");
        }
        out + "\n"
    }

    fn signature(&self, signature: &Signature) -> String {
        let mut list = vec![format!("Number {}", signature.number)];
        if let Some(prototype) = &signature.prototype {
            list.extend(facts::params(&prototype.params, false));
        }
        let slots = self.model.slots.iter().filter(|slot| slot.signature.as_ref() == Some(&signature.name));
        let slots: Vec<String> = slots.map(|slot| self.names.link(&slot.name)).collect();
        if !slots.is_empty() {
            list.push(format!("Slots: {}", slots.join(", ")));
        }
        list.iter().map(|line| format!("* {line}\n")).collect::<String>() + "\n"
    }
}

/// The definition of a macro, or only its parameters if it has any.
fn definitions(found: &Macro) -> String {
    let name = &found.name;
    match &found.params {
        Some(params) => format!("#define {name}({})", params.join(", ")),
        None if found.values.is_empty() => format!("#define {name}"),
        None => {
            let lines: Vec<String> =
                found.values.iter().map(|value| format!("#define {name} {value}")).collect();
            lines.join("\n")
        }
    }
}

/// A name in a row, as a target for links.
fn target(name: &str) -> String {
    format!("<a id=\"{}\"></a>`{name}`", anchor(name))
}
