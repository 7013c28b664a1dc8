//! The content of the headers as data: the only input of the emitters.

mod declarations;

use serde::Serialize;

pub use self::declarations::*;
use crate::ctype::CType;
use crate::entry::Entry;
use crate::facts::{OnError, ParamFacts, RunsPython, Version};
use crate::version::Abi;

/// Where something is declared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Position {
    /// Path relative to the root, with forward slashes.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
}

impl Position {
    /// The header's file name without extension: the name of the topic.
    pub fn stem(&self) -> &str {
        let name = self.file.rsplit('/').next().unwrap_or_default();
        name.strip_suffix(".h").unwrap_or(name)
    }
}

/// A parameter or a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Param {
    pub name: String,
    #[serde(rename = "type")]
    pub ctype: CType,
    #[serde(flatten)]
    pub facts: ParamFacts,
}

impl Param {
    /// One without further facts.
    pub fn new(name: &str, ctype: CType) -> Self {
        Self { name: name.to_owned(), ctype, facts: ParamFacts::default() }
    }

    /// The C declaration.
    pub fn declare(&self) -> String {
        self.ctype.declare(&self.name)
    }
}

/// A handle in the context, `h_*`.
#[derive(Debug, Clone, Serialize)]
pub struct Constant {
    pub index: usize,
    pub name: String,
    /// The version of the ABI that introduced it.
    pub since: Version,
    /// Release 0.9.0 lacks it, although it has that ABI.
    pub after_0_9_0: bool,
    pub doc: String,
    #[serde(rename = "declared")]
    pub at: Position,
}

/// A function pointer in the context, `ctx_*`, and the function of the API that calls it.
#[derive(Debug, Clone, Serialize)]
pub struct Function {
    pub index: usize,
    /// Name of the member.
    pub name: String,
    /// Name of the function that authors call.
    pub public_name: String,
    /// What the member returns.
    pub returns: CType,
    /// What the public function returns.
    pub public_returns: CType,
    /// Parameters, the context included.
    pub params: Vec<Param>,
    /// The version of the ABI that introduced it.
    pub since: Version,
    /// Release 0.9.0 lacks it, although it has that ABI.
    pub after_0_9_0: bool,
    pub python: RunsPython,
    pub error: OnError,
    /// May be called while an exception is set.
    pub pending: bool,
    /// The member returns nothing and the public function `HPy_NULL`.
    pub returns_null: bool,
    /// Always returns its error value, since its purpose is to raise.
    pub raises: bool,
    /// Only for extensions that see the engine's own objects; its public function is written by hand.
    pub legacy: bool,
    /// Does not return.
    pub noreturn: bool,
    /// Calls a function of the extension on behalf of a trampoline; extensions do not call it directly.
    pub trampoline: bool,
    /// The function of CPython that it only calls, if there is one.
    pub cpython: Option<CpythonCall>,
    /// Stem of the header.
    pub header: String,
    pub doc: String,
    #[serde(rename = "declared")]
    pub at: Position,
}

/// A function of CPython that does what a function of the API does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CpythonCall {
    pub name: String,
    /// It raises for null itself, or gives a result for it.
    pub checks_null: bool,
    #[serde(skip)]
    pub at: Position,
}

impl Function {
    /// Whether the function consumes a handle of its caller.
    pub fn consumes_handles(&self) -> bool {
        self.params.iter().any(|p| p.facts.consumed && p.ctype.is_value("HPy"))
    }

    /// Whether no exception may be set when it is called, because it may run Python code or lose that exception.
    /// Conversions to numbers are exempt: extensions do several before they ask whether one failed.
    pub fn wants_no_exception(&self) -> bool {
        let is_conversion = matches!(self.error, OnError::Ambiguous(_)) && !self.returns.is_value("HPy");
        self.python == RunsPython::Yes && !self.pending && !self.trampoline && !is_conversion
    }
}

/// One of [`Constant`] and [`Function`].
#[derive(Debug, Clone, Copy)]
pub enum Member<'a> {
    Constant(&'a Constant),
    Function(&'a Function),
}

impl<'a> Member<'a> {
    pub fn index(self) -> usize {
        match self {
            Member::Constant(c) => c.index,
            Member::Function(f) => f.index,
        }
    }

    pub fn name(self) -> &'a str {
        match self {
            Member::Constant(c) => &c.name,
            Member::Function(f) => &f.name,
        }
    }

    pub fn doc(self) -> &'a str {
        match self {
            Member::Constant(c) => &c.doc,
            Member::Function(f) => &f.doc,
        }
    }

    pub fn since(self) -> Version {
        match self {
            Member::Constant(c) => c.since,
            Member::Function(f) => f.since,
        }
    }

    pub fn at(self) -> &'a Position {
        match self {
            Member::Constant(c) => &c.at,
            Member::Function(f) => &f.at,
        }
    }
}

/// The C type of the implementations of a signature.
#[derive(Debug, Clone, Serialize)]
pub struct Prototype {
    /// Name of the typedef.
    pub name: String,
    pub returns: CType,
    pub params: Vec<Param>,
    pub doc: String,
    #[serde(rename = "declared")]
    pub at: Position,
}

/// The prototype of the functions that CPython calls, for a signature where it cannot be derived.
#[derive(Debug, Clone, Serialize)]
pub struct Trampoline {
    pub returns: CType,
    pub params: Vec<Param>,
    /// Its only argument is passed to the context as it is.
    pub argument: bool,
    /// It is never called: the engine calls the implementation directly.
    pub never: bool,
    #[serde(skip)]
    pub at: Position,
}

/// A kind of function that an extension may define, `HPyFunc_*`.
#[derive(Debug, Clone, Serialize)]
pub struct Signature {
    pub name: String,
    pub number: i64,
    /// The comment on the number; the prototype has its own.
    pub doc: String,
    pub prototype: Option<Prototype>,
    /// Whether implementations get no context, because the garbage collector or a capsule calls them.
    pub no_context: bool,
    /// What CPython calls, where that is not the implementation's prototype with objects in place of handles.
    pub trampoline: Option<Trampoline>,
    /// How CPython's call reaches an implementation; filled in after the prototype was checked.
    pub entry: Option<Entry>,
    #[serde(rename = "declared")]
    pub at: Position,
}

impl Signature {
    /// The name without `HPyFunc_`.
    pub fn short(&self) -> &str {
        self.name.strip_prefix("HPyFunc_").unwrap_or(&self.name)
    }
}

/// A slot of a type or module.
#[derive(Debug, Clone, Serialize)]
pub struct Slot {
    pub name: String,
    pub number: i64,
    /// Name of the signature of its implementation; none if the slot is a value.
    pub signature: Option<String>,
    /// Release 0.9.0 lacks it, although it has that ABI.
    pub after_0_9_0: bool,
    pub doc: String,
    #[serde(rename = "declared")]
    pub at: Position,
}

/// A header, with its introduction and headings.
#[derive(Debug, Clone, Serialize)]
pub struct Topic {
    /// File name without extension.
    pub stem: String,
    /// Path relative to the root, with forward slashes.
    pub path: String,
    pub doc: String,
    /// Headings between the declarations.
    pub sections: Vec<Section>,
}

/// Everything; sorted by index and number once checked.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Model {
    pub abi: Abi,
    pub constants: Vec<Constant>,
    pub functions: Vec<Function>,
    pub signatures: Vec<Signature>,
    pub slots: Vec<Slot>,
    pub compiled: Vec<CompiledFunction>,
    pub enums: Vec<Enum>,
    pub structs: Vec<Struct>,
    pub types: Vec<TypeDefinition>,
    pub macros: Vec<Macro>,
    pub variables: Vec<Variable>,
    pub topics: Vec<Topic>,
}

impl Model {
    /// Constants and functions in the order of the context.
    pub fn members(&self) -> Vec<Member<'_>> {
        let constants = self.constants.iter().map(Member::Constant);
        let functions = self.functions.iter().map(Member::Function);
        let mut members: Vec<_> = constants.chain(functions).collect();
        members.sort_by_key(|m| m.index());
        members
    }

    /// The number of members of a context of this version.
    pub fn members_in(&self, version: Version) -> usize {
        self.members().iter().filter(|m| m.since() <= version).count()
    }

    /// Sorts everything, so that the output does not depend on the order of files.
    pub(crate) fn sort(&mut self) {
        self.constants.sort_by_key(|c| c.index);
        self.functions.sort_by_key(|f| f.index);
        self.signatures.sort_by_key(|s| s.number);
        self.slots.sort_by_key(|s| s.number);
        self.compiled.sort_by(|a, b| a.at.cmp(&b.at));
        self.enums.sort_by(|a, b| a.at.cmp(&b.at));
        self.structs.sort_by(|a, b| a.at.cmp(&b.at));
        self.types.sort_by(|a, b| a.at.cmp(&b.at));
        self.macros.sort_by(|a, b| a.at.cmp(&b.at));
        self.variables.sort_by(|a, b| a.at.cmp(&b.at));
        self.topics.sort_by(|a, b| a.stem.cmp(&b.stem));
    }
}
