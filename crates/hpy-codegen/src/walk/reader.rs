//! A header while it is read: declarations, types and comments in its syntax tree.

use std::ops::Range;

use tree_sitter::{Node, Parser, Tree};

use super::Header;
use crate::ctype::CType;
use crate::facts::ParamFacts;
use crate::model::{Param, Position, Section};
use crate::scan::{Annotation, Scan, scan, skip_space};

/// A header while it is read.
pub(super) struct Reader<'a> {
    pub(super) path: &'a str,
    pub(super) scan: Scan,
    tree: Tree,
}

/// A declarator taken apart: the declared name and what is around it.
pub(super) struct Declarator<'a> {
    pub(super) name: String,
    pointers: Vec<bool>,
    array: bool,
    /// Parameters, if it declares a function.
    pub(super) function: Option<Node<'a>>,
    /// Whether it declares a pointer to the function.
    pub(super) function_pointer: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(header: &'a Header) -> Self {
        let mut parser = Parser::new();
        parser
            .set_language(&tree_sitter_c::LANGUAGE.into())
            .expect("grammar and parser have the same version");
        let scan = scan(&header.text);
        // Without a time limit or cancellation the parser always gives a tree.
        let tree = parser.parse(&scan.blanked, None).expect("a language is set");
        Self { path: &header.path, scan, tree }
    }

    pub(super) fn root(&self) -> Node<'_> {
        self.tree.root_node()
    }

    /// Whether the header defines on CPython what another one declares.
    pub(super) fn is_cpython(&self) -> bool {
        self.path.contains("/cpython/")
    }

    pub(super) fn position(&self, byte: usize) -> Position {
        let line = 1 + self.scan.blanked[..byte].iter().filter(|&&b| b == b'\n').count();
        Position { file: self.path.to_owned(), line }
    }

    pub(super) fn text(&self, node: Node<'_>) -> String {
        String::from_utf8_lossy(&self.scan.blanked[node.byte_range()]).into_owned()
    }

    /// The code of a node on one line, without comments.
    pub(super) fn code(&self, node: Node<'_>) -> String {
        let text = self.text(node).replace("\\\n", " ");
        let mut code = String::new();
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once("/*") {
            code += before;
            rest = after.split_once("*/").map_or("", |(_, after)| after);
        }
        code += rest;
        code.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The annotation of the declaration that starts at `start`.
    pub(super) fn annotation(&self, start: usize) -> Option<&Annotation> {
        self.scan.annotations.iter().find(|a| skip_space(&self.scan.blanked, a.span.end) == start)
    }

    /// Whether a macro for linkage introduces the declaration that starts at `start`.
    pub(super) fn is_api(&self, start: usize) -> bool {
        self.scan.api.iter().any(|api| skip_space(&self.scan.blanked, api.span.end) == start)
    }

    /// Where the declaration that starts at `start` starts with its annotation.
    pub(super) fn front(&self, start: usize) -> usize {
        self.annotation(start).map_or(start, |annotation| annotation.span.start)
    }

    pub(super) fn first_line(&self, node: Node<'_>) -> String {
        self.text(node).lines().next().unwrap_or_default().to_owned()
    }

    /// The declaration, typedef or definition that starts at `start`, if it was read without error.
    pub(super) fn declaration(&self, start: usize) -> Option<Node<'_>> {
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

    /// Whether what is at `start` cannot be a declaration: the end, a directive, a brace.
    pub(super) fn something_else_at(&self, start: usize) -> bool {
        self.scan.blanked.get(start).is_none_or(|&b| !b.is_ascii_alphabetic() && b != b'_')
            || self.scan.annotations.iter().any(|a| a.span.start == start)
    }

    /// Declarator and type of a declaration with exactly one declarator and nothing unusual around it.
    pub(super) fn declared<'t>(&'t self, node: Node<'t>) -> Option<(Declarator<'t>, CType)> {
        let mut cursor = node.walk();
        if node.children_by_field_name("declarator", &mut cursor).count() > 1 {
            return None;
        }
        let declarator = self.declarator(node.child_by_field_name("declarator"))?;
        let ctype = self.ctype(node, &declarator)?;
        Some((declarator, ctype))
    }

    /// Takes a declarator apart, from the outside in. `None` for forms that are not supported.
    fn declarator<'t>(&'t self, node: Option<Node<'t>>) -> Option<Declarator<'t>> {
        let (mut pointers, mut array, mut function, mut function_pointer) = (Vec::new(), false, None, false);
        let mut name = String::new();
        let mut next = node;
        while let Some(node) = next {
            next = node.child_by_field_name("declarator");
            match node.kind() {
                "identifier" | "type_identifier" | "field_identifier" => name = self.text(node),
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

    /// The parameters of a function; `None` for variadic ones and forms that are not supported.
    pub(super) fn params(&self, list: Node<'_>) -> Option<Vec<Param>> {
        self.params_and_more(list).and_then(|(params, variadic)| (!variadic).then_some(params))
    }

    /// The parameters of a function, and whether it is variadic; `None` for forms that are not supported.
    pub(super) fn params_and_more(&self, list: Node<'_>) -> Option<(Vec<Param>, bool)> {
        let mut params = Vec::new();
        let mut variadic = false;
        // Where the macros of the next parameter may begin.
        let mut from = list.start_byte();
        for child in list.named_children(&mut list.walk()) {
            match child.kind() {
                "comment" => {}
                "variadic_parameter" => variadic = true,
                "parameter_declaration" => {
                    let declarator = self.declarator(child.child_by_field_name("declarator"))?;
                    declarator.function.is_none().then_some(())?;
                    let ctype = self.ctype(child, &declarator)?;
                    let mut facts = ParamFacts::default();
                    let said = self
                        .scan
                        .param_macros
                        .iter()
                        .filter(|m| (from..child.end_byte()).contains(&m.span.start));
                    said.for_each(|said| facts.add(said.name, said.argument.as_deref()));
                    params.push(Param { name: declarator.name, ctype, facts });
                    from = child.end_byte();
                }
                _ => return None,
            }
        }
        // `(void)` is an empty list.
        match params.as_slice() {
            [only] if only.ctype.is_void() && only.name.is_empty() => Some((Vec::new(), variadic)),
            _ => Some((params, variadic)),
        }
    }

    /// The comment at the beginning of the header.
    pub(super) fn intro(&self) -> String {
        let start = skip_space(&self.scan.blanked, 0);
        let first = self.scan.comments.first().filter(|c| c.start == start);
        first.map(|c| self.plain(c, "/*")).unwrap_or_default()
    }

    /// The comments with empty lines around them, except the first.
    pub(super) fn sections(&self) -> Vec<Section> {
        let is_alone = |comment: &&Range<usize>| {
            let blanked = &self.scan.blanked;
            let after = blanked[comment.end..].iter().take_while(|b| b.is_ascii_whitespace());
            let before = blanked[..comment.start].iter().rev().take_while(|b| b.is_ascii_whitespace());
            let has_empty_line = |space: usize| space >= 2;
            has_empty_line(after.filter(|&&b| b == b'\n').count())
                && has_empty_line(before.filter(|&&b| b == b'\n').count())
                && !blanked[comment.start..].starts_with(b"/**")
        };
        let section = |comment: &Range<usize>| {
            let text = self.plain(comment, "/*");
            let (title, text) = text.split_once(". ").unwrap_or((text.trim_end_matches('.'), ""));
            let at = self.position(comment.start);
            Section { title: title.to_owned(), text: text.to_owned(), at }
        };
        self.scan.comments.iter().filter(is_alone).map(section).collect()
    }

    /// The doc comment that ends directly in front of `at`.
    pub(super) fn doc(&self, at: usize) -> String {
        let blanked = &self.scan.blanked;
        let Some(comment) = self.scan.comments.iter().rev().find(|c| c.end <= at) else {
            return String::new();
        };
        let is_adjacent = blanked[comment.end..at].iter().all(u8::is_ascii_whitespace);
        // `/**<` would belong to what precedes it.
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
