//! The lines of parameters: `name as c_name: converter(option=value) = default`, `/`, `*`, and their docs.

use std::ops::Range;

use crate::blocks::{Line, trimmed};
use crate::class::Class;
use crate::converters::{Argument, Converter, Target};
use crate::error::{Error, Result};
use crate::lexer::{Lexer, Value};
use crate::model::{Extra, Function, Parameter, Passing};

const HELP: &str = "write `name: converter` or `name: converter = default`, and for a parameter without keyword `/` on a line \
                    of its own below it";

/// Reads all parameters of a function.
pub(super) fn read(source: &str, lines: &[Line], classes: &[Class], function: &mut Function) -> Result<()> {
    let mut reader =
        Reader { source, classes, function, passing: Passing::Any, has_slash: false, has_star: None };
    let mut column = None;
    let mut doc: Option<Vec<&str>> = None;
    for line in lines {
        let span = trimmed(source, line);
        if span.is_empty() {
            if let Some(doc) = &mut doc {
                doc.push("");
            }
            continue;
        }
        if let Some(tab) = source[line.start..span.start].find('\t') {
            let at = line.start + tab;
            return Err(Error::new(at..at + 1, "a tab in the indentation", "indent by spaces"));
        }
        let indent = span.start - line.start;
        let column = *column.get_or_insert(indent);
        if indent > column {
            let Some(doc) = &mut doc else {
                let message =
                    "this is indented more than the parameters, but there is none that it could describe";
                return Err(Error::new(span, message, "indent all parameters by the same number of spaces"));
            };
            doc.push(&source[line.start + column..span.end]);
            continue;
        }
        if indent < column {
            let help = "indent it as the other parameters; the docstring is indented as the declaration";
            return Err(Error::new(span, "this is indented less than the other parameters", help));
        }
        reader.finish_doc(doc.take());
        if reader.line(span)? {
            doc = Some(Vec::new());
        }
    }
    reader.finish_doc(doc);
    reader.end()
}

/// The options of a converter: `(name=value, ...)`, if there are any.
pub(super) fn arguments(lexer: &mut Lexer<'_>) -> Result<Vec<Argument>> {
    let help = "write the options as (name=value, other=value)";
    let mut arguments: Vec<Argument> = Vec::new();
    if !lexer.accept('(')? {
        return Ok(arguments);
    }
    while !lexer.accept(')')? {
        let (name, span) = lexer.name("the name of an option", help)?;
        if arguments.iter().any(|argument| argument.0 == name) {
            return Err(Error::new(
                span,
                format!("the option {name} is given twice"),
                "remove one of the two",
            ));
        }
        lexer.expect('=', help)?;
        let (value, place) = lexer.value()?;
        arguments.push((name, span, value, place));
        if !lexer.accept(',')? {
            lexer.expect(')', help)?;
            break;
        }
    }
    Ok(arguments)
}

struct Reader<'a> {
    source: &'a str,
    classes: &'a [Class],
    function: &'a mut Function,
    /// How the next parameter is passed.
    passing: Passing,
    has_slash: bool,
    /// Where a `*` is that nothing has followed yet.
    has_star: Option<Range<usize>>,
}

impl Reader<'_> {
    fn finish_doc(&mut self, doc: Option<Vec<&str>>) {
        if let (Some(doc), Some(parameter)) = (doc, self.function.parameters.last_mut()) {
            parameter.doc = doc.join("\n").trim_end().to_owned();
        }
    }

    /// Reads one line. Returns whether it is a parameter that may have a doc.
    fn line(&mut self, span: Range<usize>) -> Result<bool> {
        let text = &self.source[span.clone()];
        let error = |message: &str, help: &str| Err(Error::new(span.clone(), message, help));
        match text {
            "/" if self.has_slash => error("there is a `/` already", "remove one of the two"),
            "/" if self.passing != Passing::Any => {
                error("`/` comes after the parameters that are passed by position, before `*`", "move it up")
            }
            // As in CPython, it may follow the defining class.
            "/" if self.function.parameters.is_empty() && self.function.extra == Extra::None => error(
                "there is no parameter before this `/`",
                "write it below the last parameter without a keyword",
            ),
            "/" => {
                self.has_slash = true;
                for parameter in &mut self.function.parameters {
                    parameter.passing = Passing::PositionalOnly;
                }
                Ok(false)
            }
            "*" if self.passing != Passing::Any => error("there is a `*` already", "remove one of the two"),
            "*" => {
                self.passing = Passing::KeywordOnly;
                self.has_star = Some(span);
                Ok(false)
            }
            "[" | "]" => error(
                "HPy has no optional groups",
                "give the parameters defaults, so that each may be left out on its own",
            ),
            _ if text.starts_with("/ [") || text.starts_with("* [") => error(
                "HPy's clinic does not deprecate ways of passing arguments",
                "warn in the implementation, with HPyErr_WarnEx",
            ),
            _ if text.starts_with("**") => error(
                "there is no parameter for all other keywords",
                "name the keywords, or write the function by hand with HPyFunc_KEYWORDS",
            ),
            _ => self.parameter(span),
        }
    }

    fn parameter(&mut self, span: Range<usize>) -> Result<bool> {
        let mut lexer = Lexer::new(self.source, span)?;
        let is_rest = lexer.accept('*')?;
        let (name, name_span) = lexer.name("the name of a parameter", HELP)?;
        check_name(&name, &name_span)?;
        let mut c_name = safe_c_name(&name);
        if lexer.accept_name("as")? {
            c_name = lexer.name("the name in C", "write `as` and the name of the variable in C")?.0;
        }
        lexer.expect(':', HELP)?;
        let (converter_name, converter_span) = lexer.name("a converter", HELP)?;
        let mut options = arguments(&mut lexer)?;
        let c_default = take_string(&mut options, "c_default")?;
        let py_default = take_string(&mut options, "py_default")?;
        let converter_name_of_rest = match converter_name.as_str() {
            "object" if is_rest => "tuple".to_owned(),
            _ => converter_name,
        };
        let mut converter = Converter::new(&converter_name_of_rest, &converter_span, options, self.classes)?;
        let mut default = None;
        if lexer.accept('=')? {
            let (value, place) = lexer.value()?;
            if value == Value::None && matches!(converter.target, Target::Instance { .. }) {
                converter.none = true;
            }
            default = Some(converter.default(&value, place, c_default, py_default)?);
        } else if c_default.is_some() || py_default.is_some() {
            let help = "write ` = default` after the converter, for Python";
            return Err(Error::new(
                converter_span,
                "the parameter has no default, which this could override",
                help,
            ));
        }
        lexer.end(HELP)?;
        self.add(
            Parameter { name, c_name, passing: self.passing, converter, default, doc: String::new() },
            is_rest,
            name_span,
        )
    }

    fn add(&mut self, mut parameter: Parameter, is_rest: bool, span: Range<usize>) -> Result<bool> {
        let error = |message: String, help: &str| Err(Error::new(span.clone(), message, help));
        let name = &parameter.name;
        let parameters = &self.function.parameters;
        let extra = match &parameter.converter.target {
            Target::State(c) => Some(Extra::State(c.clone())),
            Target::DefiningClass => Some(Extra::DefiningClass),
            _ => None,
        };
        if let Some(extra) = extra {
            if !parameters.is_empty() || self.function.extra != Extra::None || is_rest {
                return error(
                    format!("{name} must be the first parameter"),
                    "move it up; a function has one of the two",
                );
            }
            self.function.extra = extra;
            return Ok(false);
        }
        if parameters.iter().any(|other| other.name == *name || other.c_name == parameter.c_name) {
            return error(format!("there are two parameters {name}"), "rename one of them, in C by `as`");
        }
        let is_for_rest = matches!(parameter.converter.target, Target::Tuple | Target::Array);
        if is_rest != is_for_rest {
            let help = "write *args: tuple, or *args: array for a pointer to them and their number";
            return error(
                "the converters tuple and array are those of *args, which has no other".to_owned(),
                help,
            );
        }
        if is_rest {
            if self.passing != Passing::Any {
                return error("there is a `*` already".to_owned(), "remove it: *args has its place");
            }
            if parameter.default.is_some() {
                return error("*args has no default: it is empty".to_owned(), "remove the default");
            }
            parameter.passing = Passing::Rest;
            self.passing = Passing::KeywordOnly;
        }
        self.has_star = None;
        if parameter.passing <= Passing::Any
            && parameter.default.is_none()
            && parameters.iter().any(|other| other.default.is_some())
        {
            return error(
                format!("{name} has no default, but a parameter before it has one"),
                "give it a default, or put it before those that have one",
            );
        }
        self.function.parameters.push(parameter);
        Ok(true)
    }

    fn end(self) -> Result<()> {
        match self.has_star {
            None => Ok(()),
            Some(span) => Err(Error::new(
                span,
                "no parameter follows this `*`",
                "write one below it, or remove the `*`",
            )),
        }
    }
}

fn take_string(options: &mut Vec<Argument>, name: &str) -> Result<Option<String>> {
    let Some(at) = options.iter().position(|option| option.0 == name) else { return Ok(None) };
    match options.remove(at) {
        (_, _, Value::Str(text), _) => Ok(Some(text)),
        (_, _, _, span) => {
            Err(Error::new(span, format!("{name} must be a string"), format!("write {name}=\"...\"")))
        }
    }
}

/// A parameter that Python could not name could not be passed.
fn check_name(name: &str, span: &Range<usize>) -> Result<()> {
    const KEYWORDS: [&str; 35] = [
        "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
        "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in",
        "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
    ];
    if KEYWORDS.contains(&name) {
        let message = format!("{name} is a keyword of Python, and no name for a parameter");
        return Err(Error::new(span.clone(), message, "rename the parameter"));
    }
    if !name.is_ascii() {
        return Err(Error::new(span.clone(), "this name is not ASCII", "use letters, digits and _ of ASCII"));
    }
    if matches!(name, "self" | "ctx") {
        let message = format!("the implementation has a parameter {name} already");
        return Err(Error::new(span.clone(), message, "rename it; `self` is passed without being declared"));
    }
    Ok(())
}

/// Keywords of C and C++, and names that the generated code uses, get a `_`.
fn safe_c_name(name: &str) -> String {
    const RESERVED: [&str; 50] = [
        "alignas",
        "asm",
        "auto",
        "bool",
        "break",
        "case",
        "catch",
        "char",
        "class",
        "const",
        "continue",
        "default",
        "delete",
        "do",
        "double",
        "else",
        "enum",
        "explicit",
        "export",
        "extern",
        "float",
        "for",
        "friend",
        "goto",
        "if",
        "inline",
        "int",
        "long",
        "namespace",
        "new",
        "operator",
        "private",
        "protected",
        "public",
        "register",
        "return",
        "short",
        "signed",
        "sizeof",
        "static",
        "struct",
        "switch",
        "template",
        "this",
        "throw",
        "typedef",
        "union",
        "unsigned",
        "virtual",
        "void",
    ];
    const OURS: [&str; 20] = [
        "found", "args", "nargs", "kwnames", "kw", "result", "places", "given", "returned", "names", "count",
        "argument", "closure", "self", "cls", "type", "data", "state", "volatile", "while",
    ];
    if RESERVED.contains(&name) || OURS.contains(&name) { format!("{name}_") } else { name.to_owned() }
}
