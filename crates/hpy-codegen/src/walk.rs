//! From headers to an unchecked model: parses each header with tree-sitter and reads the annotated declarations.
//!
//! `declarations` reads what needs no annotation. `check` decides whether what was read makes sense.

mod declarations;
mod reader;

use tree_sitter::Node;

use self::declarations::Tagged;
use self::reader::Reader;
use crate::ctype::CType;
use crate::diagnostics::{Diagnostics, Rule};
use crate::facts::{Flag, MemberFacts, OnError, RunsPython};
use crate::model::{Constant, CpythonCall, Function, Model, Position, Prototype, Topic, Trampoline};
use crate::scan::{Annotation, Macro, skip_space};

/// One header: its path relative to the root, and its bytes.
#[derive(Debug, Clone)]
pub struct Header {
    pub path: String,
    pub text: Vec<u8>,
}

/// Reads all headers. Any bytes give a model and diagnostics.
pub(crate) fn walk(headers: &[Header]) -> (Model, Diagnostics) {
    let mut walker = Walker::default();
    for header in headers {
        walker.header(header);
    }
    walker.join_prototypes();
    walker.join_trampolines();
    walker.join_calls();
    walker.join_structs();
    (walker.model, walker.diagnostics)
}

/// The content of an annotation.
enum ParsedAnnotation<'a> {
    Id { index: usize, facts: MemberFacts },
    Facts { facts: MemberFacts },
    Sig { signature: &'a str, no_context: bool },
    Trampoline { signature: &'a str, argument: bool, never: bool },
    Calls { function: &'a str, name: &'a str, checks_null: bool },
}

impl<'a> ParsedAnnotation<'a> {
    fn read(kind: Macro, args: &[&'a str]) -> Option<Self> {
        Some(match (kind, args) {
            (Macro::Id, [index, facts @ ..]) => {
                ParsedAnnotation::Id { index: index.parse().ok()?, facts: MemberFacts::read(facts)? }
            }
            (Macro::Facts, facts) => ParsedAnnotation::Facts { facts: MemberFacts::read(facts)? },
            (Macro::Sig, [signature, flags @ ..]) if is_identifier(signature) => {
                let flag = at_most_one(flags, &["no_context"])?;
                ParsedAnnotation::Sig { signature, no_context: flag.is_some() }
            }
            (Macro::Trampoline, [signature, flags @ ..]) if is_identifier(signature) => {
                let flag = at_most_one(flags, &["argument", "never"])?;
                let (argument, never) = (flag == Some("argument"), flag == Some("never"));
                ParsedAnnotation::Trampoline { signature, argument, never }
            }
            (Macro::Calls, [function, name, flags @ ..]) if is_identifier(name) => {
                let flag = at_most_one(flags, &["checks_null"])?;
                ParsedAnnotation::Calls { function, name, checks_null: flag.is_some() }
            }
            _ => return None,
        })
    }
}

fn is_identifier(name: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.chars().all(word) && name.starts_with(|c: char| !c.is_ascii_digit())
}

/// The flag, if there is one and it is among `known`; `None` for other flags.
fn at_most_one<'a>(flags: &[&'a str], known: &[&str]) -> Option<Option<&'a str>> {
    match flags {
        [] => Some(None),
        [flag] if known.contains(flag) => Some(Some(flag)),
        _ => None,
    }
}

#[derive(Default)]
struct Walker {
    model: Model,
    /// Prototypes and the signature they are annotated with, and whether they get no context; typedef and enum may
    /// stand in any order. So may what follows, and what that belongs to.
    prototypes: Vec<(String, bool, Prototype)>,
    trampolines: Vec<(String, Trampoline)>,
    calls: Vec<(String, CpythonCall)>,
    tagged: Tagged,
    diagnostics: Diagnostics,
}

impl Walker {
    fn header(&mut self, header: &Header) {
        let reader = Reader::new(header);
        if !reader.is_cpython() {
            let stem = reader.position(0).stem().to_owned();
            let (path, doc, sections) = (header.path.clone(), reader.intro(), reader.sections());
            self.model.topics.push(Topic { stem, path, doc, sections });
            self.declarations(&reader);
        }
        for annotation in &reader.scan.annotations {
            self.annotated(&reader, annotation);
        }
        for api in &reader.scan.api {
            self.unannotated(&reader, api);
        }
    }

    fn annotated(&mut self, reader: &Reader<'_>, annotation: &Annotation) {
        let at = reader.position(annotation.span.start);
        let args: Vec<&str> = annotation.args.iter().flatten().map(String::as_str).collect();
        let kind = annotation.kind;
        let Some(parsed) = ParsedAnnotation::read(kind, &args) else {
            let message = format!("cannot read the annotation {}({})", kind.name(), args.join(", "));
            return self.diagnostics.report(&at, Rule::Annotation, message);
        };
        if let ParsedAnnotation::Calls { function, name, checks_null } = parsed {
            return self
                .calls
                .push((function.to_owned(), CpythonCall { name: name.to_owned(), checks_null, at }));
        }
        let start = skip_space(&reader.scan.blanked, annotation.span.end);
        let node = match reader.declaration(start) {
            Some(node) => node,
            None if reader.something_else_at(start) => {
                let message = format!("no declaration follows this {}", kind.name());
                return self.diagnostics.report(&at, Rule::Dangling, message);
            }
            None => {
                let message = format!("cannot read what follows this {} as C", kind.name());
                return self.diagnostics.report(&at, Rule::Syntax, message);
            }
        };
        let doc = reader.doc(annotation.span.start);
        match parsed {
            ParsedAnnotation::Id { index, facts } => self.member(reader, node, index, &facts, doc),
            ParsedAnnotation::Facts { facts } if reader.is_api(start) => {
                self.compiled(reader, node, &facts, doc)
            }
            ParsedAnnotation::Facts { .. } => {
                let message = "no HPyAPI_FUNC or HPyAPI_HELPER follows this HPy_FACTS".to_owned();
                self.diagnostics.report(&at, Rule::Dangling, message);
            }
            ParsedAnnotation::Sig { signature, no_context } => {
                if let Some(prototype) = self.prototype(reader, node, doc) {
                    self.prototypes.push((signature.to_owned(), no_context, prototype));
                }
            }
            ParsedAnnotation::Trampoline { signature, argument, never } => {
                if let Some(Prototype { returns, params, at, .. }) = self.prototype(reader, node, doc) {
                    let trampoline = Trampoline { returns, params, argument, never, at };
                    self.trampolines.push((signature.to_owned(), trampoline));
                }
            }
            ParsedAnnotation::Calls { .. } => {}
        }
    }

    /// A constant or function of the context.
    fn member(
        &mut self,
        reader: &Reader<'_>,
        node: Node<'_>,
        index: usize,
        facts: &MemberFacts,
        doc: String,
    ) {
        let at = reader.position(node.start_byte());
        let read = (node.kind() == "declaration").then(|| reader.declared(node)).flatten();
        let Some((declarator, ctype)) = read.filter(|(d, _)| !d.function_pointer) else {
            let message = format!("'{}' is neither a prototype nor a constant", reader.first_line(node));
            return self.diagnostics.report(&at, Rule::Form, message);
        };
        let name = declarator.name;
        let has = |flag| facts.flags.contains(&flag);
        let after_0_9_0 = has(Flag::After090);
        let since = self
            .fact(facts.since, &name, "which version of the ABI it came with (since=)", &at)
            .unwrap_or_default();
        let Some(parameters) = declarator.function else {
            let only_of_functions = facts.flags.iter().any(|flag| *flag != Flag::After090);
            if !ctype.is_value("HPy") || only_of_functions || facts.python.is_some() || facts.error.is_some()
            {
                let message = format!("constant '{name}' has type '{}'", ctype.declare(""));
                self.diagnostics.report(&at, Rule::ConstantType, message);
            }
            return self.model.constants.push(Constant { index, name, since, after_0_9_0, doc, at });
        };
        let python = self.fact(facts.python, &name, "whether it may run Python code (python=)", &at);
        let error = self.fact(facts.error.clone(), &name, "what it returns on failure (error=)", &at);
        let Some(params) = reader.params(parameters) else {
            let message = format!("cannot read the parameters of '{name}'");
            return self.diagnostics.report(&at, Rule::Form, message);
        };
        let returns_null = has(Flag::ReturnsNull);
        self.model.functions.push(Function {
            index,
            name: member_name(&name).unwrap_or_default(),
            public_name: name,
            returns: if returns_null { CType::value("void") } else { ctype.clone() },
            public_returns: ctype,
            params,
            since,
            after_0_9_0,
            python: python.unwrap_or(RunsPython::Yes),
            error: error.unwrap_or(OnError::Never),
            pending: has(Flag::Pending),
            returns_null,
            raises: returns_null || has(Flag::Raises),
            legacy: has(Flag::Legacy),
            noreturn: has(Flag::NoReturn),
            trampoline: has(Flag::Trampoline),
            cpython: None,
            header: at.stem().to_owned(),
            doc,
            at,
        });
    }

    /// A fact that every member must state.
    fn fact<T>(&mut self, fact: Option<T>, name: &str, what: &str, at: &Position) -> Option<T> {
        if fact.is_none() {
            self.diagnostics.report(at, Rule::MissingFact, format!("'{name}' does not say {what}"));
        }
        fact
    }

    fn prototype(&mut self, reader: &Reader<'_>, node: Node<'_>, doc: String) -> Option<Prototype> {
        let at = reader.position(node.start_byte());
        let read = (node.kind() == "type_definition").then(|| reader.declared(node)).flatten();
        let function =
            read.and_then(|(d, returns)| Some((d.name, returns, d.function.filter(|_| d.function_pointer)?)));
        let params = function.as_ref().and_then(|(_, _, parameters)| reader.params(*parameters));
        let (Some((name, returns, _)), Some(params)) = (function, params) else {
            let message = format!("'{}' is not the typedef of a function pointer", reader.first_line(node));
            self.diagnostics.report(&at, Rule::Form, message);
            return None;
        };
        Some(Prototype { name, returns, params, doc, at })
    }

    fn join_prototypes(&mut self) {
        for (name, no_context, prototype) in std::mem::take(&mut self.prototypes) {
            let mut found = self.model.signatures.iter_mut().find(|s| s.name == name);
            if let Some(signature) = &mut found {
                signature.no_context = no_context;
            }
            match found.map(|s| &mut s.prototype) {
                None => {
                    let message =
                        format!("'{}' has the signature '{name}', which does not exist", prototype.name);
                    self.diagnostics.report(&prototype.at, Rule::SignatureUnknown, message);
                }
                Some(Some(first)) => {
                    let message = format!(
                        "'{name}' already has the prototype '{}' ({}:{})",
                        first.name, first.at.file, first.at.line
                    );
                    self.diagnostics.report(&prototype.at, Rule::SignatureTwice, message);
                }
                Some(empty) => *empty = Some(prototype),
            }
        }
    }

    fn join_trampolines(&mut self) {
        for (name, trampoline) in std::mem::take(&mut self.trampolines) {
            match self.model.signatures.iter_mut().find(|s| s.name == name) {
                Some(signature) if signature.trampoline.is_none() => signature.trampoline = Some(trampoline),
                Some(_) => {
                    let message = format!("'{name}' already has a trampoline");
                    self.diagnostics.report(&trampoline.at, Rule::SignatureTwice, message);
                }
                None => {
                    let message = format!("this is the trampoline of '{name}', which does not exist");
                    self.diagnostics.report(&trampoline.at, Rule::SignatureUnknown, message);
                }
            }
        }
    }

    fn join_calls(&mut self) {
        for (name, call) in std::mem::take(&mut self.calls) {
            let stem = call.at.stem();
            let problem = match self.model.functions.iter_mut().find(|f| f.public_name == name) {
                None => format!("'{name}' is not a function of the context"),
                Some(function) if function.header != stem => {
                    format!("'{name}' is declared in {}.h", function.header)
                }
                Some(function) if function.cpython.is_some() => format!("'{name}' already has an HPy_CALLS"),
                Some(function) => {
                    function.cpython = Some(call);
                    continue;
                }
            };
            self.diagnostics.report(&call.at, Rule::Calls, problem);
        }
    }
}

/// `HPyFoo_Bar` is the member `ctx_Foo_Bar`; `HPy_Foo` and `_HPy_Foo` are `ctx_Foo`.
pub(crate) fn member_name(public_name: &str) -> Option<String> {
    let name = public_name.strip_prefix('_').unwrap_or(public_name).strip_prefix("HPy")?;
    let name = name.strip_prefix('_').unwrap_or(name);
    (!name.is_empty()).then(|| format!("ctx_{name}"))
}
