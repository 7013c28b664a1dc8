//! From blocks to the model: directives, declarations, and which lines are parameters and which the docstring.

mod parameters;

use std::ops::Range;

use crate::blocks::{Block, Line, trimmed};
use crate::class::Class;
use crate::converters::{Return, ReturnTarget};
use crate::error::{Error, Result};
use crate::lexer::{Lexer, Token};
use crate::model::{Extra, File, Function, Kind};

/// Reads the blocks.
///
/// # Errors
/// At most one for each declaration.
pub(crate) fn parse(source: &str, blocks: &[Block]) -> std::result::Result<File, Vec<Error>> {
    let mut parser = Parser { source, file: File::default() };
    let mut errors = Vec::new();
    for block in blocks {
        if let Err(error) = parser.block(block) {
            errors.push(error);
        }
    }
    if errors.is_empty() { Ok(parser.file) } else { Err(errors) }
}

struct Parser<'s> {
    source: &'s str,
    file: File,
}

/// What the lines before a declaration, which begin with `@`, say of it.
#[derive(Default)]
struct Decorators {
    getter: bool,
    setter: bool,
    typed: bool,
    calls: Option<String>,
    is_final: bool,
    text_signature: Option<String>,
}

impl Parser<'_> {
    fn indent(&self, line: &Line) -> usize {
        trimmed(self.source, line).start - line.start
    }

    fn is_blank(&self, line: &Line) -> bool {
        trimmed(self.source, line).is_empty()
    }

    fn block(&mut self, block: &Block) -> Result<()> {
        let mut decorators = Decorators::default();
        let mut any = None;
        let mut lines = block.lines.as_slice();
        while let [line, following @ ..] = lines {
            let declaration = lines;
            lines = following;
            if self.is_blank(line) {
                continue;
            }
            let span = trimmed(self.source, line);
            if let Some(tab) = self.source[line.start..span.start].find('\t') {
                let at = line.start + tab;
                return Err(Error::new(at..at + 1, "a tab in the indentation", "indent by spaces"));
            }
            let text = &self.source[span.clone()];
            any = Some(span.clone());
            if let Some(rest) = text.strip_prefix('@') {
                let start = span.end - rest.len();
                self.decorator(&mut decorators, start..span.end)?;
                continue;
            }
            match text.split_whitespace().next().unwrap_or_default() {
                "module" => self.module(span)?,
                "class" => self.class(span, std::mem::take(&mut decorators).is_final)?,
                word @ ("output" | "destination" | "dump" | "set" | "preserve" | "print" | "version") => {
                    return Err(Error::new(
                        span.start..span.start + word.len(),
                        format!("there is no directive {word} here"),
                        "remove it: all output goes to one header beside the source",
                    ));
                }
                _ => {
                    let end = following.iter().position(|line| self.begins_declaration(line));
                    let (own, rest) = declaration.split_at(end.map_or(declaration.len(), |end| end + 1));
                    self.function(&std::mem::take(&mut decorators), span, own)?;
                    if rest.is_empty() {
                        return Ok(());
                    }
                    lines = rest;
                }
            }
        }
        match any {
            Some(span) if self.source[span.clone()].starts_with('@') => Err(Error::new(
                span,
                "nothing follows this line that it could be about",
                "write the declaration of a function below it",
            )),
            Some(_) => Ok(()),
            None => {
                let at = block.lines.first().map_or(0, |line| line.start);
                Err(Error::new(at..at, "this block is empty", "declare a function in it, or remove it"))
            }
        }
    }

    /// Whether this line ends the docstring before it: what calls a C function needs no implementation after its block.
    fn begins_declaration(&self, line: &Line) -> bool {
        let text = &self.source[trimmed(self.source, line)];
        text.strip_prefix("@calls").is_some_and(|rest| rest.starts_with(' '))
    }

    fn decorator(&self, decorators: &mut Decorators, span: Range<usize>) -> Result<()> {
        let help = "the lines that begin with @ are @getter, @setter, @typed, @calls and @text_signature \"(...)\"; before a class, @final";
        let mut lexer = Lexer::new(self.source, span)?;
        let (name, place) = lexer.name("a name", help)?;
        match name.as_str() {
            "getter" => decorators.getter = true,
            "setter" => decorators.setter = true,
            "typed" => decorators.typed = true,
            "calls" => {
                let help = "write `@calls` and the name of the C function that gets the values";
                decorators.calls = Some(lexer.name("the name of a C function", help)?.0);
            }
            "final" => decorators.is_final = true,
            "text_signature" => match lexer.next()? {
                Some((Token::Str(text), _)) => decorators.text_signature = Some(text),
                _ => return Err(lexer.unexpected("a string", "write @text_signature \"($self, a, b)\"")),
            },
            "classmethod" | "staticmethod" => {
                return Err(Error::new(
                    place,
                    format!("HPy has no definition for a {name}"),
                    "declare a function of the module, or set the attribute of the type when the module is executed",
                ));
            }
            "critical_section" => {
                return Err(Error::new(
                    place,
                    "the clinic makes no critical sections",
                    "remove this line, and use HPyCriticalSection_Begin in the implementation",
                ));
            }
            _ => return Err(Error::new(place, format!("@{name} is not known here"), help)),
        }
        lexer.end(help)
    }

    fn module(&mut self, span: Range<usize>) -> Result<()> {
        let help = "write `module NAME`, the name with the packages that it is in";
        let mut lexer = Lexer::new(self.source, span)?;
        lexer.next()?;
        let (parts, place) = lexer.dotted("the name of a module", help)?;
        lexer.end(help)?;
        let name = parts.join(".");
        if self.file.modules.contains(&name) {
            return Err(Error::new(
                place,
                format!("the module {name} is declared twice"),
                "remove one of the two",
            ));
        }
        self.file.modules.push(name);
        Ok(())
    }

    fn class(&mut self, span: Range<usize>, is_final: bool) -> Result<()> {
        let help = "write class m.C \"C *\" \"C_type\": the struct of an object, and the HPyGlobal that holds the type; \
                    each may be \"\"";
        let mut lexer = Lexer::new(self.source, span)?;
        lexer.next()?;
        let (parts, place) = lexer.dotted("the name of a class", help)?;
        let mut texts = Vec::new();
        while texts.len() < 2 {
            match lexer.next()? {
                Some((Token::Str(text), at)) => texts.push((text, at)),
                Some((_, at)) => return Err(Error::new(at, "a string expected", help)),
                None => return Err(lexer.unexpected("a string", help)),
            }
        }
        lexer.end(help)?;
        let path = parts.join(".");
        self.scope_of(&parts, place.clone())?;
        if self.file.classes.iter().any(|class| class.path == path) {
            return Err(Error::new(
                place,
                format!("the class {path} is declared twice"),
                "remove one of the two",
            ));
        }
        let [(structure, at), (global, _)] = <[_; 2]>::try_from(texts).expect("two were read");
        let structure = match structure.trim() {
            "" => None,
            pointer => match pointer.strip_suffix('*') {
                Some(name) if is_c_type(name) => Some(name.trim().to_owned()),
                _ => {
                    let help = "write \"NAME *\", with the NAME of HPyType_HELPERS(NAME)";
                    return Err(Error::new(at, "this is no pointer to a struct", help));
                }
            },
        };
        let global = Some(global).filter(|name| !name.is_empty());
        self.file.classes.push(Class { path, structure, global, is_final });
        Ok(())
    }

    /// The module or class that the last part of a name is in.
    fn scope_of(&self, parts: &[String], span: Range<usize>) -> Result<(String, Option<Class>)> {
        let scope = parts[..parts.len() - 1].join(".");
        if let Some(class) = self.file.classes.iter().find(|class| class.path == scope) {
            return Ok((scope, Some(class.clone())));
        }
        if self.file.modules.contains(&scope) {
            return Ok((scope, None));
        }
        if scope.is_empty() {
            let help = "write the module before it: m.f, after a line `module m`";
            return Err(Error::new(span, format!("{} is in no module", parts[0]), help));
        }
        Err(Error::new(
            span,
            format!("{scope} is neither a module nor a class that is declared before this"),
            format!("declare it by a line `module {scope}`, or `class {scope} \"C *\" \"C_type\"`"),
        ))
    }

    /// The declaration of a function, and what follows it to the end of the block.
    fn function(&mut self, decorators: &Decorators, span: Range<usize>, lines: &[Line]) -> Result<()> {
        let help = "write module.function, module.class.method as c_name, or module.function -> int";
        let mut lexer = Lexer::new(self.source, span.clone())?;
        let (parts, name_span) = lexer.dotted("the name of a function", help)?;
        let c_parts: Vec<_> = parts.iter().map(|part| part.trim_matches('_')).collect();
        let mut c_name = c_parts.join("_");
        if lexer.accept_name("as")? {
            c_name = lexer
                .name("the name in C", "write `as` and the name that all names in C shall begin with")?
                .0;
        }
        let mut cloned = None;
        if lexer.accept('=')? {
            cloned = Some(
                lexer.dotted("the name of a function", "write the function whose parameters it shares")?,
            );
        }
        let mut returns = Return::object();
        if lexer.peek() == Some(&Token::Arrow) {
            lexer.next()?;
            returns = self.return_converter(&mut lexer)?;
        }
        lexer.end(help)?;

        let (scope, class) = self.scope_of(&parts, name_span.clone())?;
        let path = parts.join(".");
        let kind = kind(decorators, class.is_some(), &parts[parts.len() - 1], &name_span)?;
        if let Some(other) = self.file.functions.iter().find(|function| function.c_name == c_name)
            && !is_pair(other, &path, kind)
        {
            return Err(Error::new(
                name_span,
                format!("{c_name} is defined twice in C, by {} and by {path}", other.path),
                "give one of the two another name: write `as` and a name after it",
            ));
        }
        let mut function = Function {
            path,
            scope,
            c_name,
            kind,
            class,
            extra: Extra::None,
            typed: decorators.typed,
            calls: decorators.calls.clone(),
            parameters: Vec::new(),
            returns,
            text_signature: decorators.text_signature.clone(),
            docstring: String::new(),
        };
        let (parameters, docstring) = self.split(lines)?;
        if let Some((original, span)) = cloned {
            self.clone_parameters(&mut function, &original.join("."), span, parameters)?;
        } else {
            parameters::read(self.source, parameters, &self.file.classes, &mut function)?;
        }
        function.docstring = self.docstring(docstring);
        check(&function, &name_span)?;
        self.file.functions.push(function);
        Ok(())
    }

    fn return_converter(&self, lexer: &mut Lexer<'_>) -> Result<Return> {
        let help = "write -> object, -> None, -> bool, -> str, -> int or another number";
        let (name, span) = lexer.name("a return converter", help)?;
        let arguments = parameters::arguments(lexer)?;
        Return::new(&name, &span, arguments)
    }

    /// The lines of parameters, which are indented, and those of the docstring.
    fn split<'l>(&self, lines: &'l [Line]) -> Result<(&'l [Line], &'l [Line])> {
        let [declaration, rest @ ..] = lines else { return Ok((&[], &[])) };
        let base = self.indent(declaration);
        let end = rest.iter().position(|line| !self.is_blank(line) && self.indent(line) <= base);
        let (parameters, docstring) = rest.split_at(end.unwrap_or(rest.len()));
        let is_outside = |line: &&Line| !self.is_blank(line) && self.indent(line) < base;
        if let Some(line) = docstring.iter().find(is_outside) {
            return Err(Error::new(
                trimmed(self.source, line),
                "this line is indented less than the declaration",
                "indent the docstring as the declaration",
            ));
        }
        Ok((parameters, docstring))
    }

    fn clone_parameters(
        &self,
        function: &mut Function,
        original: &str,
        span: Range<usize>,
        parameters: &[Line],
    ) -> Result<()> {
        if let Some(line) = parameters.iter().find(|line| !self.is_blank(line)) {
            return Err(Error::new(
                trimmed(self.source, line),
                "this function has the parameters of another one, and cannot have more",
                "remove this line, or the `= function` of the declaration",
            ));
        }
        let found = self.file.functions.iter().find(|function| function.path == original);
        let found = found.ok_or_else(|| {
            let help = "declare it before this one";
            Error::new(span, format!("there is no function {original} whose parameters it could share"), help)
        })?;
        function.parameters = found.parameters.clone();
        function.extra = found.extra.clone();
        if function.returns == Return::object() {
            function.returns = found.returns.clone();
        }
        Ok(())
    }

    fn docstring(&self, lines: &[Line]) -> String {
        let margin = lines.first().map_or(0, |line| self.indent(line));
        let lines: Vec<_> = lines
            .iter()
            .map(|line| {
                let text = &self.source[line.clone()];
                text.get(margin.min(self.indent(line))..).unwrap_or_default().trim_end()
            })
            .collect();
        lines.join("\n").trim_end().to_owned()
    }
}

/// A getter and a setter are two functions of one attribute.
fn is_pair(other: &Function, path: &str, kind: Kind) -> bool {
    other.path == path
        && matches!((other.kind, kind), (Kind::Getter, Kind::Setter) | (Kind::Setter, Kind::Getter))
}

fn is_c_type(name: &str) -> bool {
    let name = name.trim();
    !name.is_empty() && name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric())
}

fn kind(decorators: &Decorators, in_class: bool, name: &str, span: &Range<usize>) -> Result<Kind> {
    let error = |message: &str, help: &str| Err(Error::new(span.clone(), message, help));
    if (decorators.getter || decorators.setter) && !in_class {
        return error(
            "only classes have attributes that are computed",
            "declare it in a class: module.class.attribute",
        );
    }
    match (decorators.getter, decorators.setter) {
        (true, true) => {
            error("an attribute has its getter and its setter in two blocks", "remove one of the two lines")
        }
        (true, false) => Ok(Kind::Getter),
        (false, true) => Ok(Kind::Setter),
        (false, false) => match (name, in_class) {
            ("__new__", true) => Ok(Kind::New),
            ("__init__", true) => Ok(Kind::Init),
            (
                "__class_getitem__" | "__reduce__" | "__sizeof__" | "__enter__" | "__exit__" | "__getstate__"
                | "__setstate__" | "__copy__" | "__deepcopy__" | "__reduce_ex__" | "__format__" | "__dir__"
                | "__round__" | "__bytes__" | "__complex__" | "__reversed__" | "__length_hint__",
                _,
            ) => Ok(Kind::Method),
            (name, true) if name.starts_with("__") && name.ends_with("__") => error(
                "this method is a slot, whose parameters are given by its signature",
                "write it with HPyDef_SLOT, as HPyDef_SLOT(add, HPy_nb_add)",
            ),
            (_, true) => Ok(Kind::Method),
            (_, false) => Ok(Kind::Function),
        },
    }
}

/// What the parts of a declaration ask of each other.
fn check(function: &Function, span: &Range<usize>) -> Result<()> {
    let error = |message: &str, help: &str| Err(Error::new(span.clone(), message, help));
    check_call(function, span)?;
    match function.kind {
        Kind::Getter if !function.parameters.is_empty() => error("a getter has no parameters", "remove them"),
        Kind::Setter if function.parameters.len() != 1 => {
            error("a setter has one parameter, the value", "write `value: object` below it, indented")
        }
        Kind::Init | Kind::Setter
            if *function.returns.c_type() != *"int" || function.returns.python_type() != "None" =>
        {
            error("this function returns nothing", "write -> None after its name")
        }
        Kind::New if function.returns != Return::object() => {
            error("__new__ returns an object", "remove the return converter")
        }
        Kind::New | Kind::Init | Kind::Getter | Kind::Setter if function.extra != Extra::None => error(
            "slots and attributes get neither the state of the module nor the defining class",
            "use HPyType_GetModuleState in the implementation",
        ),
        Kind::New | Kind::Init | Kind::Getter | Kind::Setter if function.typed => {
            error("only functions and methods can be typed", "remove the line @typed")
        }
        Kind::Function if function.extra == Extra::DefiningClass => {
            error("a function of a module has no defining class", "remove the parameter, or use module_state")
        }
        _ if function.typed
            && function.parameters.iter().any(|parameter| parameter.converter.is_buffer()) =>
        {
            error(
                "a typed function gets its arguments only, each a value in C",
                "remove the line @typed, or make the buffer a pointer and a size of a converter of your own",
            )
        }
        _ if function.typed && (function.extra != Extra::None || function.rest().is_some()) => error(
            "a typed function gets its arguments only, each a value in C",
            "remove the line @typed, or the parameters defining_class, module_state and *args",
        ),
        _ => Ok(()),
    }
}

/// What a C function that knows nothing of HPy cannot do.
fn check_call(function: &Function, span: &Range<usize>) -> Result<()> {
    let error = |message: &str, help: &str| Err(Error::new(span.clone(), message, help));
    match &function.calls {
        None if function.returns.check.is_some() => error(
            "only the result of a function that @calls names is checked",
            "remove the option `check`: the implementation itself raises exceptions",
        ),
        None => Ok(()),
        Some(_) if function.kind == Kind::New => error(
            "a C function cannot make the object",
            "remove the line @calls, and write the implementation",
        ),
        Some(_) if function.returns.target == ReturnTarget::Object => error(
            "a C function that knows nothing of HPy returns no object",
            "write -> and a converter after the name, such as None or double, or remove the line @calls",
        ),
        Some(_)
            if function.extra != Extra::None
                || !function.parameters.iter().all(|parameter| parameter.converter.is_value_in_c()) =>
        {
            error(
                "a C function that knows nothing of HPy gets values in C only",
                "use converters for the parameters that are objects, or remove the line @calls",
            )
        }
        Some(_) => Ok(()),
    }
}
