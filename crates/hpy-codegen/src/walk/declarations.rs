//! Reads declarations that have no annotation: enums, structs, type definitions, macros; and what is compiled into
//! extensions.
//!
//! A name is public unless it begins with `_`, is an include guard, or is a macro of a header in [`INTERNAL`].

use tree_sitter::Node;

use super::Walker;
use super::reader::Reader;
use crate::diagnostics::Rule;
use crate::facts::{Flag, MemberFacts, OnError, RunsPython};
use crate::model::{
    CompiledFunction, Enum, EnumConstant, Field, Macro, Position, Signature, Slot, Struct, TypeDefinition,
    Variable,
};
use crate::scan::{self, Api, Linkage, skip_space};

/// Headers whose macros serve the other headers.
const INTERNAL: &[&str] = &["macros"];

fn is_public(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('_')
}

/// Structs and the type definitions that name them, before they are joined by their tags.
#[derive(Default)]
pub(super) struct Tagged {
    /// Structs with their tags.
    structs: Vec<(String, Struct)>,
    /// Type definitions of structs that are declared elsewhere, with the tags of those.
    names: Vec<(String, TypeDefinition)>,
}

impl Walker {
    /// Reads the declarations outside functions, inside directives and blocks as well.
    pub(super) fn declarations(&mut self, reader: &Reader<'_>) {
        let root = reader.root();
        let mut cursor = root.walk();
        let mut pending = vec![root];
        while let Some(node) = pending.pop() {
            match node.kind() {
                "function_definition" => {}
                "preproc_def" | "preproc_function_def" => self.macro_definition(reader, node),
                "type_definition" => self.type_definition(reader, node),
                "enum_specifier" => self.enumeration(reader, node, node, String::new()),
                "struct_specifier" => self.structure(reader, node, node, String::new()),
                _ => {
                    let first = pending.len();
                    pending.extend(node.children(&mut cursor));
                    pending[first..].reverse();
                }
            }
        }
    }

    /// A `typedef`, unless it is the prototype of a signature.
    fn type_definition(&mut self, reader: &Reader<'_>, node: Node<'_>) {
        let name = reader.declared(node).map(|(declarator, _)| declarator.name).unwrap_or_default();
        let Some(ctype) = node.child_by_field_name("type") else { return };
        if ctype.child_by_field_name("body").is_some() {
            match ctype.kind() {
                "enum_specifier" => self.enumeration(reader, node, ctype, name),
                "struct_specifier" => self.structure(reader, node, ctype, name),
                _ => {}
            }
            return;
        }
        let is_prototype = reader.annotation(node.start_byte()).is_some_and(|a| a.kind == scan::Macro::Sig);
        if is_prototype || !is_public(&name) || node.has_error() {
            return;
        }
        let at = reader.position(node.start_byte());
        let declaration = reader.code(node);
        let doc = reader.doc(reader.front(node.start_byte()));
        let definition = TypeDefinition { name, declarations: vec![declaration], doc, at };
        let tag = ctype.child_by_field_name("name").filter(|_| ctype.kind() == "struct_specifier");
        match tag {
            Some(tag) => self.tagged.names.push((reader.text(tag), definition)),
            None => self.define_type(definition),
        }
    }

    fn define_type(&mut self, definition: TypeDefinition) {
        let TypeDefinition { name, declarations, doc, at } = &definition;
        let known = self.model.types.iter_mut().find(|t| t.name == *name && t.at.file == at.file);
        match known {
            Some(known) => merge(&mut known.declarations, declarations, &mut known.doc, doc),
            None => self.model.types.push(definition),
        }
    }

    /// The enum `node`, which `whole` declares, perhaps under a name.
    fn enumeration(&mut self, reader: &Reader<'_>, whole: Node<'_>, node: Node<'_>, name: String) {
        let Some(body) = node.child_by_field_name("body") else { return };
        let tag = || node.child_by_field_name("name").map(|tag| reader.text(tag)).unwrap_or_default();
        let name = if name.is_empty() { tag() } else { name };
        let mut constants = Vec::new();
        let mut next = Some(0);
        for child in body.named_children(&mut body.walk()).filter(|child| child.kind() == "enumerator") {
            self.enumerator(reader, child, &mut next, &mut constants);
        }
        if !constants.is_empty() || is_public(&name) {
            let at = reader.position(whole.start_byte());
            let doc = reader.doc(whole.start_byte());
            self.model.enums.push(Enum { name, constants, doc, at });
        }
    }

    /// A signature, a slot or another constant; `next` is the value of one that has none of its own.
    fn enumerator(
        &mut self,
        reader: &Reader<'_>,
        node: Node<'_>,
        next: &mut Option<i64>,
        constants: &mut Vec<EnumConstant>,
    ) {
        let Some(name) = node.child_by_field_name("name") else { return };
        let (name, at) = (reader.text(name), reader.position(node.start_byte()));
        let doc = reader.doc(node.start_byte());
        let value = node.child_by_field_name("value");
        let callee =
            value.and_then(|value| value.child_by_field_name("function")).map(|callee| reader.text(callee));
        if let (Some("HPy_SLOT"), Some(value)) = (callee.as_deref(), value) {
            return self.slot(reader, value, name, doc, at);
        }
        let number = value.map_or(*next, |value| number(&reader.text(value)));
        *next = number.and_then(|number| number.checked_add(1));
        let is_signature = name.starts_with("HPyFunc_") && value.is_some();
        match number {
            Some(number) if is_signature => self.model.signatures.push(Signature {
                name,
                number,
                doc,
                prototype: None,
                no_context: false,
                trampoline: None,
                entry: None,
                at,
            }),
            Some(value) if is_public(&name) => constants.push(EnumConstant { name, value, doc, at }),
            Some(_) => {}
            None => {
                let message = format!("the value of '{name}' is not a number");
                self.diagnostics.report(&at, Rule::EnumValue, message);
            }
        }
    }

    fn slot(&mut self, reader: &Reader<'_>, value: Node<'_>, name: String, doc: String, at: Position) {
        let args: Vec<String> = value
            .child_by_field_name("arguments")
            .map(|list| list.named_children(&mut list.walk()).map(|arg| reader.text(arg)).collect())
            .unwrap_or_default();
        let number = args.first().and_then(|n| n.parse().ok());
        let after_0_9_0 = match args.get(2).map(String::as_str) {
            None => Some(false),
            Some("after_0_9_0") if args.len() == 3 => Some(true),
            Some(_) => None,
        };
        if let ([_, signature, ..], Some(number), Some(after_0_9_0)) = (args.as_slice(), number, after_0_9_0)
        {
            let signature = (signature != "value").then(|| signature.clone());
            self.model.slots.push(Slot { name, number, signature, after_0_9_0, doc, at });
        } else {
            let message = format!("the value of slot '{name}' is not a number and a signature");
            self.diagnostics.report(&at, Rule::SlotForm, message);
        }
    }

    /// The struct `node`, which `whole` declares, perhaps under a name.
    fn structure(&mut self, reader: &Reader<'_>, whole: Node<'_>, node: Node<'_>, name: String) {
        let Some(body) = node.child_by_field_name("body").filter(|_| !node.has_error()) else { return };
        let tag = node.child_by_field_name("name").map(|tag| reader.text(tag)).unwrap_or_default();
        let at = reader.position(whole.start_byte());
        let mut fields = Vec::new();
        self.fields(reader, body, false, &mut fields);
        let name = if name.is_empty() { tag.clone() } else { name };
        let doc = reader.doc(whole.start_byte());
        self.tagged.structs.push((tag, Struct { name, fields, doc, at }));
    }

    /// The public fields in a struct, and in the unions without name in it.
    fn fields(&mut self, reader: &Reader<'_>, body: Node<'_>, in_union: bool, fields: &mut Vec<Field>) {
        for node in body.named_children(&mut body.walk()).filter(|node| node.kind() == "field_declaration") {
            let declarators = node.children_by_field_name("declarator", &mut node.walk()).count();
            let inner = node.child_by_field_name("type").filter(|ctype| ctype.kind() == "union_specifier");
            let inner = inner.and_then(|union| union.child_by_field_name("body"));
            let at = reader.position(node.start_byte());
            match (declarators, inner) {
                (0, Some(inner)) => self.fields(reader, inner, true, fields),
                (1, None) => match reader.declared(node) {
                    Some((declarator, ctype)) if declarator.function.is_none() => {
                        let (name, doc) = (declarator.name, reader.doc(node.start_byte()));
                        if is_public(&name) {
                            fields.push(Field { name, ctype, in_union, doc, at });
                        }
                    }
                    _ => self.unreadable_field(reader, node, &at),
                },
                _ => self.unreadable_field(reader, node, &at),
            }
        }
    }

    fn unreadable_field(&mut self, reader: &Reader<'_>, node: Node<'_>, at: &Position) {
        let message = format!("'{}' does not declare one field of a named type", reader.first_line(node));
        self.diagnostics.report(at, Rule::FieldForm, message);
    }

    /// Gives structs the names that type definitions elsewhere have for their tags.
    pub(super) fn join_structs(&mut self) {
        let Tagged { mut structs, names } = std::mem::take(&mut self.tagged);
        for (tag, definition) in names {
            match structs.iter_mut().find(|(other, _)| *other == tag) {
                Some((_, found)) => {
                    found.name = definition.name;
                    if found.doc.is_empty() {
                        found.doc = definition.doc;
                    }
                }
                None => self.define_type(definition),
            }
        }
        let public = structs.into_iter().map(|(_, found)| found).filter(|found| is_public(&found.name));
        self.model.structs.extend(public);
    }

    fn macro_definition(&mut self, reader: &Reader<'_>, node: Node<'_>) {
        let Some(name) = node.child_by_field_name("name").map(|name| reader.text(name)) else { return };
        let value = node.child_by_field_name("value").map(|value| reader.code(value)).unwrap_or_default();
        let params = node.child_by_field_name("parameters").map(|list| {
            let names = list.children(&mut list.walk()).map(|child| reader.text(child)).collect::<Vec<_>>();
            names.into_iter().filter(|name| !["(", ",", ")"].contains(&name.as_str())).collect()
        });
        let at = reader.position(node.start_byte());
        let condition = node.parent().filter(|parent| parent.kind() == "preproc_ifdef");
        let condition = condition.and_then(|parent| parent.child_by_field_name("name"));
        let is_guard =
            value.is_empty() && params.is_none() && condition.is_some_and(|c| reader.text(c) == name);
        if is_guard || !is_public(&name) || INTERNAL.contains(&at.stem()) {
            return;
        }
        let values = if params.is_none() && !value.is_empty() { vec![value] } else { Vec::new() };
        let doc = reader.doc(node.start_byte());
        let known = self.model.macros.iter_mut().find(|m| m.name == name && m.at.file == at.file);
        match known {
            Some(known) => merge(&mut known.values, &values, &mut known.doc, &doc),
            None => self.model.macros.push(Macro { name, params, values, doc, at }),
        }
    }

    /// What a macro for linkage introduces, without an annotation.
    pub(super) fn unannotated(&mut self, reader: &Reader<'_>, api: &Api) {
        let start = skip_space(&reader.scan.blanked, api.span.end);
        if reader.annotation(start).is_some() || reader.is_cpython() {
            return;
        }
        let Some(node) = reader.declaration(start) else { return };
        let doc = reader.doc(api.span.start);
        let has_body = node.kind() == "function_definition";
        match (api.linkage, reader.declared(node)) {
            (Linkage::Data, Some((declarator, ctype))) if is_public(&declarator.name) => {
                let at = reader.position(start);
                self.model.variables.push(Variable { name: declarator.name, ctype, doc, at });
            }
            (Linkage::Inline, Some((declarator, _))) if !has_body && declarator.function.is_some() => {
                let message = format!("'{}' is declared as API but has no index", declarator.name);
                self.diagnostics.report(&reader.position(start), Rule::NoIndex, message);
            }
            (Linkage::Inline | Linkage::Helper, Some((declarator, _))) if is_public(&declarator.name) => {
                self.compiled(reader, node, &MemberFacts::default(), doc);
            }
            _ => {}
        }
    }

    /// A function that is compiled into extensions, with what its annotation says.
    pub(super) fn compiled(&mut self, reader: &Reader<'_>, node: Node<'_>, facts: &MemberFacts, doc: String) {
        let at = reader.position(node.start_byte());
        let read = reader.declared(node).and_then(|(declarator, returns)| {
            let (params, variadic) = reader.params_and_more(declarator.function?)?;
            Some((declarator.name, returns, params, variadic))
        });
        let Some((name, returns, params, variadic)) = read else {
            let message = format!("'{}' is not a function", reader.first_line(node));
            return self.diagnostics.report(&at, Rule::Form, message);
        };
        // The body of a member that the header itself defines.
        if self.model.functions.iter().any(|function| function.public_name == name) {
            return;
        }
        let since = self
            .fact(facts.since, &name, "which version of the ABI it came with (since=)", &at)
            .unwrap_or_default();
        let python = self.fact(facts.python, &name, "whether it may run Python code (python=)", &at);
        let error = self.fact(facts.error.clone(), &name, "what it returns on failure (error=)", &at);
        self.model.compiled.push(CompiledFunction {
            name,
            inline: node.kind() == "function_definition",
            returns,
            params,
            variadic,
            since,
            python: python.unwrap_or(RunsPython::Yes),
            error: error.unwrap_or(OnError::Never),
            pending: facts.flags.contains(&Flag::Pending),
            raises: facts.flags.contains(&Flag::Raises),
            doc,
            at,
        });
    }
}

/// Adds what another branch of the preprocessor says about the same name.
fn merge(all: &mut Vec<String>, more: &[String], doc: &mut String, other_doc: &str) {
    all.extend(more.iter().filter(|one| !all.contains(one)).cloned().collect::<Vec<_>>());
    if doc.is_empty() {
        other_doc.clone_into(doc);
    }
}

/// The value of a number as C writes it, decimal or hexadecimal.
fn number(text: &str) -> Option<i64> {
    match text.strip_prefix("0x") {
        Some(digits) => i64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}
