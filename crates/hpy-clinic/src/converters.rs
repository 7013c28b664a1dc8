//! The converters: which there are, their options, and what a parameter with one is in C and in Python.

mod options;

use std::ops::Range;

pub(crate) use options::Argument;
use options::Options;

use crate::class::Class;
use crate::error::{Error, Result};
use crate::lexer::Value;

/// A type of numbers that is converted by a function of `hpy/clinic.h`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Number {
    /// The name of the converter.
    pub(crate) name: &'static str,
    /// The type in C.
    pub(crate) c: &'static str,
    kind: NumberKind,
}

#[derive(Debug, PartialEq, Eq)]
enum NumberKind {
    Signed,
    Unsigned,
    Real,
}

macro_rules! numbers {
    ($($kind:ident: $($name:literal = $c:literal),+;)+) => {
        const NUMBERS: &[Number] = &[$($(Number { name: $name, c: $c, kind: NumberKind::$kind },)+)+];
    };
}

numbers! {
    Signed: "signed_char" = "signed char", "short" = "short", "int" = "int", "long" = "long",
        "long_long" = "long long", "Py_ssize_t" = "HPy_ssize_t", "HPy_ssize_t" = "HPy_ssize_t",
        "int8_t" = "int8_t", "int16_t" = "int16_t", "int32_t" = "int32_t", "int64_t" = "int64_t";
    Unsigned: "unsigned_char" = "unsigned char", "unsigned_short" = "unsigned short",
        "unsigned_int" = "unsigned int", "unsigned_long" = "unsigned long",
        "unsigned_long_long" = "unsigned long long", "size_t" = "size_t",
        "uint8_t" = "uint8_t", "uint16_t" = "uint16_t", "uint32_t" = "uint32_t", "uint64_t" = "uint64_t";
    Real: "float" = "float", "double" = "double";
}

fn number(name: &str) -> Option<&'static Number> {
    NUMBERS.iter().find(|number| number.name == name)
}

/// What the argument is turned into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    Object,
    Number {
        number: &'static Number,
        bitwise: bool,
    },
    Bool,
    Complex,
    /// A `str` in UTF-8; with its size if it may have zeros.
    Str {
        zeroes: bool,
    },
    Bytes,
    Buffer {
        is_writable: bool,
    },
    /// A name out of several: pairs of the name and its value in C.
    Enum {
        c: String,
        values: Vec<(String, String)>,
    },
    /// By a function of the author.
    Custom {
        function: String,
        c: String,
    },
    /// A handle whose type is checked, with the struct of the object if it has one.
    Instance {
        of: TypeOf,
        /// A pointer to the struct, or a typed handle.
        c: Option<String>,
        name: String,
    },
    /// `*args` as a tuple.
    Tuple,
    /// `*args` as an array and its length.
    Array,
    /// Not converted, but chosen by the engine; see `Extra` of the model.
    State(String),
    DefiningClass,
}

/// Where a type is found in C.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TypeOf {
    /// A member of the context.
    Constant(String),
    /// An `HPyGlobal`.
    Global(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Converter {
    pub(crate) target: Target,
    /// Whether `None` is accepted, too.
    pub(crate) none: bool,
    /// The type in the stub file, if the author has given one.
    python: Option<String>,
}

/// What an argument is that is not given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Default {
    /// In Python; none if Python cannot say it.
    pub(crate) python: Option<String>,
    /// In C, an initialiser for each variable of the parameter.
    pub(crate) c: Vec<String>,
}

/// What a function returns in C.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ReturnTarget {
    Object,
    /// A status: 0, or -1 with an exception.
    None,
    Bool,
    /// Text in UTF-8, which is copied; NULL is a failure.
    Str,
    Number(&'static Number),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Return {
    pub(crate) target: ReturnTarget,
    /// What looks at the result of a C function, and returns 0, or -1 with an exception.
    pub(crate) check: Option<String>,
    python: Option<String>,
}

impl Converter {
    /// The converter of this name with these options.
    pub(crate) fn new(
        name: &str,
        span: &Range<usize>,
        arguments: Vec<Argument>,
        classes: &[Class],
    ) -> Result<Converter> {
        let mut options = Options { converter: name.to_owned(), left: arguments };
        let python = options.string("py_type")?;
        let mut none = false;
        let target = match name {
            "object" => object(&mut options, span, classes)?,
            "bool" => Target::Bool,
            "Py_complex" | "complex" => {
                none = options.accepts_none("complex")?;
                Target::Complex
            }
            "str" => {
                none = options.accepts_none("str")?;
                Target::Str { zeroes: options.flag("zeroes")? }
            }
            "bytes" => {
                none = options.accepts_none("bytes")?;
                Target::Bytes
            }
            "unicode" => type_check("h_UnicodeType", "str"),
            "PyBytesObject" => type_check("h_BytesType", "bytes"),
            "Py_buffer" | "buffer" => {
                let is_writable = options.flag("writable")?;
                none = options.accepts_none("buffer")?;
                Target::Buffer { is_writable }
            }
            "enum" => {
                none = options.accepts_none("str")?;
                enumeration(&mut options, span)?
            }
            "tuple" => Target::Tuple,
            "array" => Target::Array,
            "defining_class" => Target::DefiningClass,
            "module_state" => {
                let help = "write module_state(type=\"my_state *\")";
                let c = options.string("type")?;
                Target::State(c.ok_or_else(|| Error::new(span.clone(), "the state has no type", help))?)
            }
            _ => {
                let number = number(name).ok_or_else(|| unknown(name, span.clone()))?;
                if number.kind != NumberKind::Real {
                    none = options.accepts_none("int")?;
                }
                let bitwise = number.kind == NumberKind::Unsigned && options.flag("bitwise")?;
                Target::Number { number, bitwise }
            }
        };
        options.end()?;
        Ok(Converter { target, none, python })
    }

    pub(crate) fn is_buffer(&self) -> bool {
        matches!(self.target, Target::Buffer { .. })
    }

    /// For an object of a type: the type, its name, and the type of the struct.
    pub(crate) fn instance(&self) -> Option<(&TypeOf, &str, Option<&str>)> {
        match &self.target {
            Target::Instance { of, c, name } => Some((of, name, c.as_deref().filter(|c| c.ends_with('*')))),
            _ => None,
        }
    }

    /// Whether it makes something of the argument that is no handle.
    pub(crate) fn is_value_in_c(&self) -> bool {
        match self.target {
            Target::Object | Target::Tuple | Target::Array | Target::State(_) | Target::DefiningClass => {
                false
            }
            Target::Instance { .. } => matches!(self.instance(), Some((_, _, Some(_)))),
            _ => true,
        }
    }

    /// The typed handle that an implementation gets in the place of a handle.
    pub(crate) fn typed_handle(&self) -> Option<&str> {
        match &self.target {
            Target::Instance { c: Some(c), .. } if !c.ends_with('*') => Some(c),
            _ => None,
        }
    }

    /// The types of the variables that the argument becomes.
    pub(crate) fn c_types(&self) -> Vec<String> {
        let types: &[&str] = match &self.target {
            Target::Object | Target::Tuple | Target::DefiningClass => &["HPy"],
            Target::Instance { c: Some(c), .. } if c.ends_with('*') => &["HPy", c],
            Target::Instance { .. } => &["HPy"],
            Target::Number { number, .. } => &[number.c],
            Target::Bool => &["int"],
            Target::Complex => &["HPyClinic_complex"],
            Target::Str { zeroes: false } => &["const char *"],
            Target::Str { zeroes: true } | Target::Bytes => &["const char *", "HPy_ssize_t"],
            Target::Buffer { .. } => &["HPy_buffer *"],
            Target::Enum { c, .. } | Target::Custom { c, .. } | Target::State(c) => &[c],
            Target::Array => &["const HPy *", "size_t"],
        };
        types.iter().map(|&c| c.to_owned()).collect()
    }

    /// The type in a stub file.
    pub(crate) fn python_type(&self) -> String {
        if let Some(python) = &self.python {
            return python.clone();
        }
        let python = match &self.target {
            Target::Number { number: Number { kind: NumberKind::Real, .. }, .. } => "float".to_owned(),
            Target::Number { .. } => "SupportsIndex".to_owned(),
            Target::Complex => "complex".to_owned(),
            Target::Bool => "object".to_owned(),
            Target::Str { .. } => "str".to_owned(),
            Target::Bytes => "bytes".to_owned(),
            Target::Buffer { .. } => "Buffer".to_owned(),
            Target::Enum { values, .. } => {
                let names: Vec<_> = values.iter().map(|(name, _)| format!("\"{name}\"")).collect();
                format!("Literal[{}]", names.join(", "))
            }
            Target::Instance { name, .. } => name.clone(),
            _ => "object".to_owned(),
        };
        if self.none { format!("{python} | None") } else { python }
    }

    /// The default that `value` is for this converter; `c` and `python` override it.
    pub(crate) fn default(
        &self,
        value: &Value,
        span: Range<usize>,
        c: Option<String>,
        python: Option<String>,
    ) -> Result<Default> {
        let wrong = |help: &str| Err(Error::new(span.clone(), "this is no default for the converter", help));
        let own_c = match (&self.target, value) {
            _ if c.is_some() => Vec::new(),
            (Target::Object | Target::Custom { .. }, Value::None) => vec!["ctx->h_None".to_owned()],
            (Target::Object, Value::Name(name)) if name == "NULL" => vec!["HPy_NULL".to_owned()],
            (Target::Object, _) => {
                return wrong(
                    "write None, or NULL for HPy_NULL, or give the value in C by c_default=\"...\"",
                );
            }
            (Target::Number { .. }, Value::None) if self.none => {
                return wrong("say which value in C stands for None: c_default=\"...\"");
            }
            (Target::Number { number, .. }, Value::Int(text)) => {
                if number.kind == NumberKind::Unsigned && text.starts_with('-') {
                    return wrong("write a number that is not negative");
                }
                vec![text.clone()]
            }
            (Target::Number { number, .. }, Value::Float(text)) if number.kind == NumberKind::Real => {
                vec![text.clone()]
            }
            (Target::Number { .. }, _) => {
                return wrong("write a number, or give the value in C by c_default=\"...\"");
            }
            (Target::Bool, Value::Bool(value)) => vec![u8::from(*value).to_string()],
            (Target::Bool, _) => return wrong("write True or False"),
            (Target::Complex, Value::Int(text) | Value::Float(text)) => vec![format!("{{{text}, 0}}")],
            (Target::Str { zeroes }, Value::Str(text)) => {
                let literal = c_string(text);
                if *zeroes { vec![literal, text.len().to_string()] } else { vec![literal] }
            }
            (Target::Bytes, Value::Str(text)) if text.is_ascii() => {
                vec![c_string(text), text.len().to_string()]
            }
            (Target::Str { .. } | Target::Bytes | Target::Buffer { .. }, Value::None) if self.none => {
                let mut values = vec!["NULL".to_owned()];
                values.resize(self.c_types().len(), "0".to_owned());
                values
            }
            (Target::Str { .. } | Target::Bytes | Target::Buffer { .. }, Value::Name(name))
                if name == "NULL" =>
            {
                let mut values = vec!["NULL".to_owned()];
                values.resize(self.c_types().len(), "0".to_owned());
                values
            }
            (Target::Str { .. }, _) => {
                return wrong("write a string, or NULL; None needs accept={str, NoneType}");
            }
            (Target::Bytes, _) => {
                return wrong("write an ASCII string, or NULL; None needs accept={bytes, NoneType}");
            }
            (Target::Enum { values, .. }, Value::Str(text)) => {
                match values.iter().find(|(name, _)| name == text) {
                    Some((_, c)) => vec![c.clone()],
                    None => return wrong("write one of the names of the enum"),
                }
            }
            (Target::Enum { .. }, _) => return wrong("write one of the names of the enum, in quotes"),
            (Target::Instance { c, .. }, Value::None) => {
                let mut values = vec!["HPy_NULL".to_owned()];
                values.extend(c.as_ref().filter(|c| c.ends_with('*')).map(|_| "NULL".to_owned()));
                values
            }
            _ => return wrong("give the value in C by c_default=\"...\", or write no default"),
        };
        let own_python = match value {
            Value::None => Some("None".to_owned()),
            Value::Bool(true) => Some("True".to_owned()),
            Value::Bool(false) => Some("False".to_owned()),
            Value::Int(text) | Value::Float(text) => Some(text.clone()),
            Value::Str(text) if matches!(self.target, Target::Bytes) => {
                Some(format!("b{}", python_string(text)))
            }
            Value::Str(text) => Some(python_string(text)),
            Value::Name(name) if name != "NULL" => Some(name.clone()),
            Value::Name(_) | Value::Names(_) => None,
        };
        let c = c.map_or(own_c, |c| vec![c]);
        if c.len() != self.c_types().len() {
            return wrong("this converter has two variables in C: write a default that it knows");
        }
        Ok(Default { python: python.or(own_python), c })
    }
}

fn object(options: &mut Options, span: &Range<usize>, classes: &[Class]) -> Result<Target> {
    let place_of_type = options.left.iter().find(|option| option.0 == "type").map(|option| option.3.clone());
    let c = options.string("type")?;
    if let Some((function, span)) = options.take("converter") {
        let Value::Str(function) = function else {
            return Err(Error::new(span, "converter must be a string", "write converter=\"function\""));
        };
        let help = "add type=\"...\", the type of the variable that the function stores";
        let c = c.ok_or_else(|| Error::new(span, "this converter has no type", help))?;
        return Ok(Target::Custom { function, c });
    }
    let Some((of, place)) = options.take("subclass_of") else {
        if c.is_some() {
            let help = "add subclass_of=..., by which the type of the object is checked, or converter=...";
            return Err(Error::new(
                span.clone(),
                "the type in C is given, but not how it is had of the object",
                help,
            ));
        }
        return Ok(Target::Object);
    };
    if let (Some(c), Some(place)) = (&c, place_of_type)
        && !c.ends_with('*')
        && !c.ends_with("Handle")
    {
        return Err(Error::new(
            place,
            "an object is passed with its struct, or as a typed handle",
            "write type=\"T *\", or the name that HPyType_HANDLE gives to a typed handle: type=\"THandle\"",
        ));
    }
    match of {
        Value::Str(name) if name.starts_with("h_") => {
            let python = match name.as_str() {
                "h_UnicodeType" => "str".to_owned(),
                "h_LongType" => "int".to_owned(),
                _ => name[2..].trim_end_matches("Type").to_ascii_lowercase(),
            };
            Ok(Target::Instance { of: TypeOf::Constant(name), c, name: python })
        }
        Value::Str(name) => Ok(Target::Instance { of: TypeOf::Global(name), c, name: "object".to_owned() }),
        Value::Name(name) => {
            let class = classes.iter().find(|class| class.path == name || class.name() == name);
            let class = class.ok_or_else(|| {
                Error::new(
                    place.clone(),
                    format!("there is no class {name} here"),
                    "declare it before by `class`, or name a type of the context (\"h_DictType\") or an HPyGlobal, in quotes",
                )
            })?;
            let global = class.global.clone().ok_or_else(|| {
                let help = "give it as the second string of its directive: class m.C \"C *\" \"C_type\"";
                Error::new(place, format!("the HPyGlobal that holds the type {name} is not known"), help)
            })?;
            let c = c.or_else(|| class.structure.as_ref().map(|name| format!("{name} *")));
            Ok(Target::Instance { of: TypeOf::Global(global), c, name: class.name().to_owned() })
        }
        _ => Err(Error::new(
            place,
            "subclass_of must be a class, or a string",
            "write subclass_of=C for a class of this file, or \"h_DictType\", or the name of an HPyGlobal in quotes",
        )),
    }
}

fn type_check(constant: &str, name: &str) -> Target {
    Target::Instance { of: TypeOf::Constant(constant.to_owned()), c: None, name: name.to_owned() }
}

fn enumeration(options: &mut Options, span: &Range<usize>) -> Result<Target> {
    let c = options.string("type")?.unwrap_or_else(|| "int".to_owned());
    let mut values = Vec::new();
    for (name, _, value, place) in options.left.drain(..) {
        match value {
            Value::Name(c) | Value::Int(c) => values.push((name, c)),
            _ => {
                let help = "write name=CONSTANT for each name";
                return Err(Error::new(place, "the value of a name must be a constant of C", help));
            }
        }
    }
    if values.is_empty() {
        let help = "write enum(name=CONSTANT, other=OTHER_CONSTANT, type=\"the_type\")";
        return Err(Error::new(span.clone(), "this enum has no names", help));
    }
    Ok(Target::Enum { c, values })
}

fn unknown(name: &str, span: Range<usize>) -> Error {
    let help = match name {
        "char" => "use unsigned_char for a small number, or str".to_owned(),
        "fildes" => "use object(converter=\"...\", type=\"int\") with a function of your own".to_owned(),
        "Py_UNICODE" | "slice_index" | "PyByteArrayObject" => {
            "HPy has no such converter; use object(converter=\"...\", type=\"...\") with a function of your own".to_owned()
        }
        "uint" => "write unsigned_int".to_owned(),
        "string" => "write str".to_owned(),
        "O" | "i" | "d" | "s" | "n" | "p" => "format units are not used here; write object, int, double, str".to_owned(),
        _ => "use object, bool, int, long, Py_ssize_t, size_t, double, complex, str, bytes, buffer, enum or another converter \
              of docs/clinic.md"
            .to_owned(),
    };
    Error::new(span, format!("there is no converter {name}"), help)
}

impl Return {
    pub(crate) fn object() -> Return {
        Return { target: ReturnTarget::Object, check: None, python: None }
    }

    pub(crate) fn new(name: &str, span: &Range<usize>, arguments: Vec<Argument>) -> Result<Return> {
        let mut options = Options { converter: name.to_owned(), left: arguments };
        let python = options.string("py_type")?;
        let check = options.string("check")?;
        let target = match name {
            "object" => ReturnTarget::Object,
            "None" | "NoneType" => ReturnTarget::None,
            "bool" => ReturnTarget::Bool,
            "str" => ReturnTarget::Str,
            _ => ReturnTarget::Number(number(name).ok_or_else(|| {
                Error::new(
                    span.clone(),
                    format!("there is no return converter {name}"),
                    "use object, None, bool, str, or a number such as int, Py_ssize_t or double",
                )
            })?),
        };
        options.end()?;
        Ok(Return { target, check, python })
    }

    pub(crate) fn c_type(&self) -> &str {
        match self.target {
            ReturnTarget::Object => "HPy",
            ReturnTarget::None | ReturnTarget::Bool => "int",
            ReturnTarget::Str => "const char *",
            ReturnTarget::Number(number) => number.c,
        }
    }

    /// The value in C of a call that has failed.
    pub(crate) fn failure(&self) -> String {
        match self.target {
            ReturnTarget::Object => "HPy_NULL".to_owned(),
            ReturnTarget::Str => "NULL".to_owned(),
            _ => format!("({})-1", self.c_type()),
        }
    }

    pub(crate) fn python_type(&self) -> String {
        if let Some(python) = &self.python {
            return python.clone();
        }
        match self.target {
            ReturnTarget::Object => "Any",
            ReturnTarget::None => "None",
            ReturnTarget::Bool => "bool",
            ReturnTarget::Str => "str",
            ReturnTarget::Number(Number { kind: NumberKind::Real, .. }) => "float",
            ReturnTarget::Number(_) => "int",
        }
        .to_owned()
    }
}

/// A literal of C.
pub(crate) fn c_string(text: &str) -> String {
    let mut literal = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'"' => literal.push_str("\\\""),
            b'\\' => literal.push_str("\\\\"),
            b'\n' => literal.push_str("\\n"),
            b'\t' => literal.push_str("\\t"),
            b'?' => literal.push_str("\\?"), // no trigraphs
            b' '..=b'~' => literal.push(char::from(byte)),
            _ => literal.push_str(&format!("\\{byte:03o}")),
        }
    }
    literal.push('"');
    literal
}

/// A literal of Python.
fn python_string(text: &str) -> String {
    let mut literal = String::from("'");
    for c in text.chars() {
        match c {
            '\'' => literal.push_str("\\'"),
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\t' => literal.push_str("\\t"),
            _ => literal.push(c),
        }
    }
    literal.push('\'');
    literal
}
