//! `docs/api/`: the API reference, with one page for each header and an index.

mod entry;
mod facts;
mod index;
mod text;

use std::collections::BTreeMap;

use self::entry::Context;
use self::text::Names;
use super::{MARK, Output};
use crate::model::{
    CompiledFunction, Constant, Enum, Function, Macro, Model, Position, Section, Signature, Slot, Struct,
    Topic, TypeDefinition, Variable,
};

/// Where the pages are, relative to the root.
const FOLDER: &str = "docs/api";

/// A declaration or a heading on a page.
#[derive(Clone, Copy)]
enum Item<'a> {
    Section(&'a Section),
    Constant(&'a Constant),
    Function(&'a Function),
    Compiled(&'a CompiledFunction),
    Enum(&'a Enum),
    Macro(&'a Macro),
    Signature(&'a Signature),
    Slot(&'a Slot),
    Struct(&'a Struct),
    Type(&'a TypeDefinition),
    Variable(&'a Variable),
}

impl<'a> Item<'a> {
    /// All items, by header and line.
    fn in_order(model: &'a Model) -> Vec<Self> {
        let mut all: Vec<Self> =
            model.topics.iter().flat_map(|topic| &topic.sections).map(Item::Section).collect();
        all.extend(model.constants.iter().map(Item::Constant));
        all.extend(model.functions.iter().map(Item::Function));
        all.extend(model.compiled.iter().map(Item::Compiled));
        all.extend(model.enums.iter().map(Item::Enum));
        all.extend(model.macros.iter().map(Item::Macro));
        all.extend(model.signatures.iter().map(Item::Signature));
        all.extend(model.slots.iter().map(Item::Slot));
        all.extend(model.structs.iter().map(Item::Struct));
        all.extend(model.types.iter().map(Item::Type));
        all.extend(model.variables.iter().map(Item::Variable));
        all.sort_by_key(|item| item.at());
        all
    }

    fn at(self) -> &'a Position {
        match self {
            Item::Section(section) => &section.at,
            Item::Constant(constant) => &constant.at,
            Item::Function(function) => &function.at,
            Item::Compiled(function) => &function.at,
            Item::Enum(found) => &found.at,
            Item::Macro(found) => &found.at,
            Item::Signature(signature) => &signature.at,
            Item::Slot(slot) => &slot.at,
            Item::Struct(found) => &found.at,
            Item::Type(found) => &found.at,
            Item::Variable(variable) => &variable.at,
        }
    }

    /// The name of its entry and the kind of declaration; `None` for a heading.
    fn name(self) -> Option<(&'a str, &'static str)> {
        Some(match self {
            Item::Section(_) => return None,
            Item::Constant(constant) => (&constant.name, "constant of the context"),
            Item::Function(function) => (&function.public_name, "function"),
            Item::Compiled(function) => (&function.name, "function"),
            Item::Enum(found) => (&found.name, "enum"),
            Item::Macro(found) => (&found.name, "macro"),
            Item::Signature(signature) => (&signature.name, "signature"),
            Item::Slot(slot) => (&slot.name, "slot"),
            Item::Struct(found) => (&found.name, "struct"),
            Item::Type(found) => (&found.name, "type"),
            Item::Variable(variable) => (&variable.name, "variable"),
        })
    }

    /// Whether it is a row of a table, together with the items around it.
    fn is_row(self) -> bool {
        matches!(self, Item::Constant(_) | Item::Slot(_))
    }
}

/// A name, for the index.
struct Indexed<'a> {
    name: &'a str,
    kind: &'static str,
    /// Stem of the header.
    stem: &'a str,
}

/// All names with an entry. Prototypes share the entry of their signature.
fn indexed<'a>(items: &[Item<'a>]) -> Vec<Indexed<'a>> {
    let mut all = Vec::new();
    for item in items {
        let Some((name, kind)) = item.name() else { continue };
        let stem = item.at().stem();
        all.push(Indexed { name, kind, stem });
        match item {
            Item::Enum(found) => all.extend(found.constants.iter().map(|constant| Indexed {
                name: &constant.name,
                kind: "constant of an enum",
                stem,
            })),
            Item::Signature(Signature { prototype: Some(prototype), .. }) => {
                all.push(Indexed { name: &prototype.name, kind: "type", stem });
            }
            _ => {}
        }
    }
    all
}

/// The pages; `counterparts` has the equivalents in the C API by name of HPy.
pub(super) fn emit(model: &Model, counterparts: &BTreeMap<String, String>) -> Vec<Output> {
    let items = Item::in_order(model);
    let indexed = indexed(&items);
    let names = Names::new(&indexed, &model.topics);
    let context = Context { model, counterparts, names: &names };
    let page = |topic: &Topic| {
        let items: Vec<Item<'_>> =
            items.iter().copied().filter(|item| item.at().file == topic.path).collect();
        Output { path: format!("{FOLDER}/{}.md", topic.stem), text: page(topic, &items, context) }
    };
    let mut outputs: Vec<Output> = model.topics.iter().map(page).collect();
    let text = index::emit(model, &indexed);
    outputs.push(Output { path: format!("{FOLDER}/README.md"), text: format!("<!-- {MARK} -->\n\n{text}") });
    outputs
}

fn page(topic: &Topic, items: &[Item<'_>], context: Context<'_>) -> String {
    let include = topic.path.strip_prefix("include/").unwrap_or(&topic.path);
    let mut out = format!(
        "<!-- {MARK} -->\n\n# `{include}`\n\n{}[All headers and names](README.md) · \
         [source](../../{})\n\n",
        paragraph(&context.names.markdown(&topic.doc)),
        topic.path
    );
    let named = items.iter().filter(|item| !item.is_row()).filter_map(|item| item.name());
    let list: Vec<String> = named.map(|(name, _)| context.names.link(name)).collect();
    if list.len() > 1 {
        out += &format!("{}\n\n", list.join(" · "));
    }
    let mut level = "##";
    for group in items.chunk_by(|a, b| a.is_row() && b.is_row()) {
        match group {
            [Item::Section(section)] => {
                level = "###";
                let text = paragraph(&context.names.markdown(&section.text));
                out += &format!("## {}\n\n{text}", context.names.markdown(&section.title));
            }
            [item, ..] if item.is_row() => out += &context.table(group),
            [item] => out += &format!("{level} {}", context.entry(*item)),
            _ => {}
        }
    }
    out.trim_end().to_owned() + "\n"
}

/// A paragraph with an empty line after it, unless it is empty itself.
fn paragraph(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{text}\n\n") }
}
