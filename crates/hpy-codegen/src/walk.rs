//! From headers to an unchecked model: parses each header with tree-sitter and reads the annotated declarations.
//!
//! Only annotated declarations are looked at, so the rest of a header may be as clever as C allows. Whether what was
//! read makes sense is the business of `check`.

use std::ops::Range;

use tree_sitter::{Node, Parser, Tree};

use crate::ctype::CType;
use crate::diagnostics::{Diagnostics, Rule};
use crate::model::{Constant, Function, Model, Param, Position, Prototype, Signature, Slot, Topic};
use crate::scan::{Annotation, Macro, Scan, scan, skip_space};

/// One header: its path relative to the root, and its bytes.
#[derive(Debug, Clone)]
pub struct Header {
    pub path: String,
    pub text: Vec<u8>,
}

/// Reads all headers. Total: any bytes give a model and diagnostics.
pub(crate) fn walk(headers: &[Header]) -> (Model, Diagnostics) {
    let mut walker = Walker::default();
    for header in headers {
        walker.header(header);
    }
    walker.join_prototypes();
    (walker.model, walker.diagnostics)
}

#[derive(Default)]
struct Walker {
    model: Model,
    /// Prototypes and the signature they are annotated with; typedef and enum may stand in any order.
    prototypes: Vec<(String, Prototype)>,
    diagnostics: Diagnostics,
}

/// A header while it is read.
struct Reader<'a> {
    path: &'a str,
    scan: Scan,
    tree: Tree,
}

/// A declarator taken apart: the declared name and what is around it.
struct Declarator<'a> {
    name: String,
    pointers: Vec<bool>,
    array: bool,
    /// Parameters, if it declares a function.
    function: Option<Node<'a>>,
    /// Whether it declares a pointer to the function.
    function_pointer: bool,
}

impl Walker {
    fn header(&mut self, header: &Header) {
        let mut parser = Parser::new();
        parser
            .set_language(&tree_sitter_c::LANGUAGE.into())
            .expect("grammar and parser have the same version");
        let scan = scan(&header.text);
        // Without a time limit or cancellation the parser always gives a tree.
        let tree = parser.parse(&scan.blanked, None).expect("a language is set");
        let reader = Reader { path: &header.path, scan, tree };
        let stem = reader.position(0).stem().to_owned();
        self.model.topics.push(Topic { stem, doc: reader.intro() });
        for annotation in &reader.scan.annotations {
            self.annotated(&reader, annotation);
        }
        for span in &reader.scan.api_funcs {
            self.unannotated(&reader, span);
        }
        self.enums(&reader, reader.tree.root_node());
    }

    fn annotated(&mut self, reader: &Reader<'_>, annotation: &Annotation) {
        let at = reader.position(annotation.span.start);
        let args: Vec<&str> = annotation.args.iter().flatten().map(String::as_str).collect();
        let macro_name = match annotation.kind {
            Macro::Id => "HPy_ID",
            Macro::Sig => "HPy_SIG",
        };
        let index = match (annotation.kind, args.as_slice()) {
            (Macro::Id, [index] | [index, "returns_null" | "legacy"]) => index.parse::<usize>().ok(),
            (Macro::Sig, [name]) if !name.is_empty() => Some(0),
            _ => None,
        };
        let Some(index) = index else {
            let written = args.join(", ");
            let message = format!("cannot read the annotation {macro_name}({written})");
            return self.diagnostics.report(&at, Rule::Annotation, message);
        };
        let start = skip_space(&reader.scan.blanked, annotation.span.end);
        let node = match reader.declaration(start) {
            Some(node) => node,
            None if reader.something_else_at(start) => {
                let message = format!("nothing follows this {macro_name}");
                return self.diagnostics.report(&at, Rule::Dangling, message);
            }
            None => {
                let message = format!("cannot read what follows this {macro_name} as C");
                return self.diagnostics.report(&at, Rule::Syntax, message);
            }
        };
        let doc = reader.doc(annotation.span.start);
        if annotation.kind == Macro::Sig {
            self.prototype(reader, node, args[0], doc);
        } else {
            self.member(reader, node, index, args.get(1).copied(), doc);
        }
    }

    /// A constant or function of the context.
    fn member(&mut self, reader: &Reader<'_>, node: Node<'_>, index: usize, flag: Option<&str>, doc: String) {
        let at = reader.position(node.start_byte());
        let read = (node.kind() == "declaration").then(|| reader.declared(node)).flatten();
        let Some((declarator, ctype)) = read.filter(|(d, _)| !d.function_pointer) else {
            let message = format!("'{}' is neither a prototype nor a constant", reader.first_line(node));
            return self.diagnostics.report(&at, Rule::Form, message);
        };
        let name = declarator.name;
        let Some(parameters) = declarator.function else {
            if !ctype.is_value("HPy") || flag.is_some() {
                let message = format!("constant '{name}' has type '{}'", ctype.declare(""));
                self.diagnostics.report(&at, Rule::ConstantType, message);
            }
            return self.model.constants.push(Constant { index, name, doc, at });
        };
        let Some(params) = reader.params(parameters) else {
            let message = format!("cannot read the parameters of '{name}'");
            return self.diagnostics.report(&at, Rule::Form, message);
        };
        let returns_null = flag == Some("returns_null");
        self.model.functions.push(Function {
            index,
            name: member_name(&name).unwrap_or_default(),
            public_name: name,
            returns: if returns_null { CType::value("void") } else { ctype.clone() },
            public_returns: ctype,
            params,
            returns_null,
            legacy: flag == Some("legacy"),
            header: at.stem().to_owned(),
            doc,
            at,
        });
    }

    fn prototype(&mut self, reader: &Reader<'_>, node: Node<'_>, signature: &str, doc: String) {
        let at = reader.position(node.start_byte());
        let read = (node.kind() == "type_definition").then(|| reader.declared(node)).flatten();
        let function =
            read.and_then(|(d, returns)| Some((d.name, returns, d.function.filter(|_| d.function_pointer)?)));
        let params = function.as_ref().and_then(|(_, _, parameters)| reader.params(*parameters));
        let (Some((name, returns, _)), Some(params)) = (function, params) else {
            let message = format!("'{}' is not the typedef of a function pointer", reader.first_line(node));
            return self.diagnostics.report(&at, Rule::Form, message);
        };
        self.prototypes.push((signature.to_owned(), Prototype { name, returns, params, doc, at }));
    }

    /// Prototypes with `HPyAPI_FUNC` but without index would have no body.
    fn unannotated(&mut self, reader: &Reader<'_>, span: &Range<usize>) {
        let blanked = &reader.scan.blanked;
        let start = skip_space(blanked, span.end);
        if reader.scan.annotations.iter().any(|a| skip_space(blanked, a.span.end) == start) {
            return;
        }
        let Some(node) = reader.declaration(start).filter(|n| n.kind() == "declaration") else { return };
        if let Some((Declarator { name, function: Some(_), .. }, _)) = reader.declared(node) {
            let message = format!("'{name}' is declared as API but has no index");
            self.diagnostics.report(&reader.position(start), Rule::NoIndex, message);
        }
    }

    /// Reads the enums of signatures and slots, wherever they are.
    fn enums(&mut self, reader: &Reader<'_>, root: Node<'_>) {
        let mut cursor = root.walk();
        let mut pending = vec![root];
        while let Some(node) = pending.pop() {
            if node.kind() == "enumerator" {
                self.enumerator(reader, node);
                continue;
            }
            // Declarations of functions hold no enums; the others are reached through directives and blocks.
            if node.kind() != "function_definition" {
                let first = pending.len();
                pending.extend(node.children(&mut cursor));
                pending[first..].reverse();
            }
        }
    }

    fn enumerator(&mut self, reader: &Reader<'_>, node: Node<'_>) {
        let (Some(name), Some(value)) = (node.child_by_field_name("name"), node.child_by_field_name("value"))
        else {
            return;
        };
        let (name, at) = (reader.text(name), reader.position(node.start_byte()));
        let is_signature = name.starts_with("HPyFunc_") && value.kind() == "number_literal";
        if let (true, Ok(number)) = (is_signature, reader.text(value).parse()) {
            return self.model.signatures.push(Signature { name, number, prototype: None, entry: None, at });
        }
        let callee = value.child_by_field_name("function").map(|f| reader.text(f));
        if callee.as_deref() != Some("HPy_SLOT") {
            return;
        }
        let args: Vec<String> = value
            .child_by_field_name("arguments")
            .map(|list| list.named_children(&mut list.walk()).map(|arg| reader.text(arg)).collect())
            .unwrap_or_default();
        let number = args.first().and_then(|n| n.parse().ok());
        if let ([_, signature], Some(number)) = (args.as_slice(), number) {
            let doc = reader.doc(node.start_byte());
            self.model.slots.push(Slot { name, number, signature: signature.clone(), doc, at });
        } else {
            let message = format!("slot '{name}' is not a number and a signature");
            self.diagnostics.report(&at, Rule::SlotForm, message);
        }
    }

    fn join_prototypes(&mut self) {
        for (name, prototype) in std::mem::take(&mut self.prototypes) {
            let found = self.model.signatures.iter_mut().find(|s| s.name == name);
            match found.map(|s| &mut s.prototype) {
                None => {
                    let message =
                        format!("'{}' has the signature '{name}', which does not exist", prototype.name);
                    self.diagnostics.report(&prototype.at, Rule::SignatureUnknown, message);
                }
                Some(Some(first)) => {
                    let message = format!(
                        "'{name}' has the prototype '{}' ({}:{})",
                        first.name, first.at.file, first.at.line
                    );
                    self.diagnostics.report(&prototype.at, Rule::SignatureTwice, message);
                }
                Some(empty) => *empty = Some(prototype),
            }
        }
    }
}

/// `HPyFoo_Bar` is the member `ctx_Foo_Bar`; `HPy_Foo` and `_HPy_Foo` are `ctx_Foo`.
pub(crate) fn member_name(public_name: &str) -> Option<String> {
    let name = public_name.strip_prefix('_').unwrap_or(public_name).strip_prefix("HPy")?;
    let name = name.strip_prefix('_').unwrap_or(name);
    (!name.is_empty()).then(|| format!("ctx_{name}"))
}

impl Reader<'_> {
    fn position(&self, byte: usize) -> Position {
        let line = 1 + self.scan.blanked[..byte].iter().filter(|&&b| b == b'\n').count();
        Position { file: self.path.to_owned(), line }
    }

    fn text(&self, node: Node<'_>) -> String {
        String::from_utf8_lossy(&self.scan.blanked[node.byte_range()]).into_owned()
    }

    fn first_line(&self, node: Node<'_>) -> String {
        self.text(node).lines().next().unwrap_or_default().to_owned()
    }

    /// The declaration, typedef or definition that starts at `start`, if it was read without error.
    fn declaration(&self, start: usize) -> Option<Node<'_>> {
        let mut node = self.tree.root_node().named_descendant_for_byte_range(start, start + 1)?;
        loop {
            let is_whole = matches!(node.kind(), "declaration" | "type_definition" | "function_definition");
            if node.start_byte() != start || node.is_error() {
                return None;
            }
            if is_whole {
                return (!node.has_error()).then_some(node);
            }
            node = node.parent()?;
        }
    }

    /// Whether what stands at `start` cannot be meant as a declaration: the end, a directive, a brace.
    fn something_else_at(&self, start: usize) -> bool {
        self.scan.blanked.get(start).is_none_or(|&b| !b.is_ascii_alphabetic() && b != b'_')
            || self.scan.annotations.iter().any(|a| a.span.start == start)
    }

    /// Declarator and type of a declaration with exactly one declarator and nothing unusual around it.
    fn declared<'t>(&'t self, node: Node<'t>) -> Option<(Declarator<'t>, CType)> {
        let mut cursor = node.walk();
        if node.children_by_field_name("declarator", &mut cursor).count() > 1 {
            return None;
        }
        let declarator = self.declarator(node.child_by_field_name("declarator"))?;
        let ctype = self.ctype(node, &declarator)?;
        Some((declarator, ctype))
    }

    /// Takes a declarator apart, from the outside in. `None` for forms that mean nothing to us.
    fn declarator<'t>(&'t self, node: Option<Node<'t>>) -> Option<Declarator<'t>> {
        let (mut pointers, mut array, mut function, mut function_pointer) = (Vec::new(), false, None, false);
        let mut name = String::new();
        let mut next = node;
        while let Some(node) = next {
            next = node.child_by_field_name("declarator");
            match node.kind() {
                "identifier" | "type_identifier" => name = self.text(node),
                "pointer_declarator" | "abstract_pointer_declarator" if function.is_none() => {
                    pointers.push(self.has_const(node)?);
                }
                // The star in `int (*name)(void)`.
                "pointer_declarator" if !function_pointer => function_pointer = true,
                "array_declarator" | "abstract_array_declarator" if function.is_none() && !array => {
                    // A size would be ignored by C and by us; only `[]` is accepted.
                    (node.child_by_field_name("size").is_none() && next.is_some()).then_some(())?;
                    array = true;
                }
                "function_declarator" if function.is_none() => {
                    function = Some(node.child_by_field_name("parameters")?);
                }
                "parenthesized_declarator" if function.is_some() => next = node.named_child(0),
                _ => return None,
            }
        }
        Some(Declarator { name, pointers, array, function, function_pointer })
    }

    /// The type of a declaration or parameter.
    fn ctype(&self, node: Node<'_>, declarator: &Declarator<'_>) -> Option<CType> {
        let is_const = self.has_const(node)?;
        let base = node.child_by_field_name("type")?;
        let base = self.text(base).split_whitespace().collect::<Vec<_>>().join(" ");
        Some(CType { base, is_const, pointers: declarator.pointers.clone(), array: declarator.array })
    }

    /// Whether `const` is among the direct children; `None` if another qualifier or specifier is.
    fn has_const(&self, node: Node<'_>) -> Option<bool> {
        let mut is_const = false;
        for child in node.children(&mut node.walk()) {
            match child.kind() {
                "type_qualifier" if self.text(child) == "const" => is_const = true,
                "type_qualifier"
                | "storage_class_specifier"
                | "attribute_specifier"
                | "ms_declspec_modifier" => {
                    return None;
                }
                _ => {}
            }
        }
        Some(is_const)
    }

    /// The parameters of a function; `None` for variadic ones and forms that mean nothing to us.
    fn params(&self, list: Node<'_>) -> Option<Vec<Param>> {
        let mut params = Vec::new();
        for child in list.named_children(&mut list.walk()) {
            match child.kind() {
                "comment" => {}
                "parameter_declaration" => {
                    let declarator = self.declarator(child.child_by_field_name("declarator"))?;
                    declarator.function.is_none().then_some(())?;
                    let ctype = self.ctype(child, &declarator)?;
                    params.push(Param { name: declarator.name, ctype });
                }
                _ => return None,
            }
        }
        // `(void)` is an empty list.
        match params.as_slice() {
            [only] if only.ctype.is_void() && only.name.is_empty() => Some(Vec::new()),
            _ => Some(params),
        }
    }

    /// The comment that the header begins with.
    fn intro(&self) -> String {
        let start = skip_space(&self.scan.blanked, 0);
        let first = self.scan.comments.first().filter(|c| c.start == start);
        first.map(|c| self.plain(c, "/*")).unwrap_or_default()
    }

    /// The doc comment that ends directly in front of `at`.
    fn doc(&self, at: usize) -> String {
        let blanked = &self.scan.blanked;
        let Some(comment) = self.scan.comments.iter().rev().find(|c| c.end <= at) else {
            return String::new();
        };
        let is_adjacent = blanked[comment.end..at].iter().all(u8::is_ascii_whitespace);
        // `/**<` would belong to what stands in front of it.
        if is_adjacent && !blanked[comment.clone()].starts_with(b"/**<") {
            self.plain(comment, "/**")
        } else {
            String::new()
        }
    }

    /// The text of a comment without its decoration; empty if it does not begin with `open`.
    fn plain(&self, comment: &Range<usize>, open: &str) -> String {
        let text = String::from_utf8_lossy(&self.scan.blanked[comment.clone()]);
        let body = text.strip_prefix(open).and_then(|t| t.strip_suffix("*/")).unwrap_or_default();
        let lines = body.lines().map(|line| {
            let line = line.trim();
            line.strip_prefix('*').unwrap_or(line)
        });
        let mut lines: Vec<&str> = lines.collect();
        // Decoration is what all continuation lines have in front; more indentation has a meaning.
        let indent = |line: &&str| line.len() - line.trim_start().len();
        let rest = lines.get_mut(1..).unwrap_or_default();
        let common = rest.iter().filter(|line| !line.is_empty()).map(indent).min().unwrap_or(0);
        for line in rest {
            *line = line.get(common..).unwrap_or_default();
        }
        lines.join("\n").trim().to_owned()
    }
}
