//! What the blocks of a source declare.

use crate::class::Class;
use crate::converters::{Converter, Default, Return};

/// All that one source declares.
#[derive(Debug, Default)]
pub(crate) struct File {
    pub(crate) modules: Vec<String>,
    pub(crate) classes: Vec<Class>,
    pub(crate) functions: Vec<Function>,
}

impl File {
    /// The setter that is part of the definition of this getter.
    pub(crate) fn setter_of(&self, getter: &Function) -> Option<&Function> {
        self.functions.iter().find(|other| getter.is_getter_of(other))
    }

    /// A setter whose attribute has a getter, too, is part of the definition of that.
    pub(crate) fn has_definition(&self, function: &Function) -> bool {
        self.functions.iter().all(|other| !other.is_getter_of(function))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Of a module.
    Function,
    Method,
    /// `__new__`.
    New,
    /// `__init__`.
    Init,
    Getter,
    Setter,
}

/// What a function gets beside its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Extra {
    None,
    /// The state of the module, of this C type.
    State(String),
    /// The class that defines the method.
    DefiningClass,
}

#[derive(Debug, Clone)]
pub(crate) struct Function {
    /// In Python, with module and class.
    pub(crate) path: String,
    /// The module, or the class with its module.
    pub(crate) scope: String,
    /// What all names in C begin with.
    pub(crate) c_name: String,
    pub(crate) kind: Kind,
    pub(crate) class: Option<Class>,
    pub(crate) extra: Extra,
    /// Whether others may call it with the C values.
    pub(crate) typed: bool,
    /// The C function that does the work, if there is one that knows nothing of HPy.
    pub(crate) calls: Option<String>,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) returns: Return,
    /// In place of the signature that follows from the parameters.
    pub(crate) text_signature: Option<String>,
    pub(crate) docstring: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Passing {
    PositionalOnly,
    Any,
    /// `*args`.
    Rest,
    KeywordOnly,
}

#[derive(Debug, Clone)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) c_name: String,
    pub(crate) passing: Passing,
    pub(crate) converter: Converter,
    pub(crate) default: Option<Default>,
    pub(crate) doc: String,
}

impl Function {
    /// The name in Python, alone.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or_default()
    }

    /// As `__qualname__` has it.
    pub(crate) fn qualified_name(&self) -> String {
        match &self.class {
            None => self.name().to_owned(),
            Some(class) => format!("{}.{}", class.name(), self.name()),
        }
    }

    /// Whether it is a function of the module, or a method of one of its classes.
    pub(crate) fn is_in_module(&self, module: &str) -> bool {
        match &self.class {
            None => self.scope == module,
            Some(_) => self.scope.rsplit_once('.').is_some_and(|(scope, _)| scope == module),
        }
    }

    /// Whether this is the getter, and the other the setter of one attribute.
    fn is_getter_of(&self, setter: &Function) -> bool {
        self.kind == Kind::Getter && setter.kind == Kind::Setter && self.path == setter.path
    }

    /// The parameters that have a place of their own: all but `*args`.
    pub(crate) fn places(&self) -> impl Iterator<Item = &Parameter> {
        self.parameters.iter().filter(|parameter| parameter.passing != Passing::Rest)
    }

    pub(crate) fn rest(&self) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.passing == Passing::Rest)
    }

    pub(crate) fn count(&self, accept: impl Fn(&Parameter) -> bool) -> usize {
        self.places().filter(|parameter| accept(parameter)).count()
    }
}
