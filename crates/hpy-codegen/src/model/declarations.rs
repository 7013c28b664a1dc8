//! Declarations other than members of the context, signatures and slots: types, macros, and functions that are compiled
//! into extensions.

use serde::Serialize;

use super::{Param, Position};
use crate::ctype::CType;
use crate::facts::{OnError, RunsPython, Version};

/// An enum. The constants of those that number signatures and slots are in the model as such.
#[derive(Debug, Clone, Serialize)]
pub struct Enum {
    pub name: String,
    pub constants: Vec<EnumConstant>,
    pub doc: String,
    #[serde(rename = "declared")]
    pub at: Position,
}

/// A constant of an enum.
#[derive(Debug, Clone, Serialize)]
pub struct EnumConstant {
    pub name: String,
    pub value: i64,
    pub doc: String,
    #[serde(rename = "declared")]
    pub at: Position,
}

/// A struct under its public name, without the fields that begin with `_`.
#[derive(Debug, Clone, Serialize)]
pub struct Struct {
    pub name: String,
    pub fields: Vec<Field>,
    pub doc: String,
    #[serde(rename = "declared")]
    pub at: Position,
}

/// A field of a struct.
#[derive(Debug, Clone, Serialize)]
pub struct Field {
    pub name: String,
    #[serde(rename = "type")]
    pub ctype: CType,
    /// It is a member of a union.
    pub in_union: bool,
    pub doc: String,
    #[serde(rename = "declared")]
    pub at: Position,
}

/// A macro.
#[derive(Debug, Clone, Serialize)]
pub struct Macro {
    pub name: String,
    /// `None` for one without parentheses.
    pub params: Option<Vec<String>>,
    /// Its definition, in each branch of the preprocessor that has one.
    pub values: Vec<String>,
    pub doc: String,
    #[serde(rename = "declared")]
    pub at: Position,
}

/// A name for a type that is neither an enum nor a struct of the API, nor the prototype of a signature.
#[derive(Debug, Clone, Serialize)]
pub struct TypeDefinition {
    pub name: String,
    /// As C writes it, in each branch of the preprocessor that declares it.
    pub declarations: Vec<String>,
    pub doc: String,
    #[serde(rename = "declared")]
    pub at: Position,
}

/// A variable that is compiled into extensions.
#[derive(Debug, Clone, Serialize)]
pub struct Variable {
    pub name: String,
    #[serde(rename = "type")]
    pub ctype: CType,
    pub doc: String,
    #[serde(rename = "declared")]
    pub at: Position,
}

/// A function that is compiled into extensions, over those of the context.
#[derive(Debug, Clone, Serialize)]
pub struct CompiledFunction {
    pub name: String,
    /// Its body is in the header.
    pub inline: bool,
    pub returns: CType,
    pub params: Vec<Param>,
    /// Whether it is variadic.
    pub variadic: bool,
    /// The version of the ABI that its calls require.
    pub since: Version,
    pub python: RunsPython,
    pub error: OnError,
    /// May be called while an exception is set.
    pub pending: bool,
    /// Always returns its error value, since its purpose is to raise.
    pub raises: bool,
    pub doc: String,
    #[serde(rename = "declared")]
    pub at: Position,
}

/// A comment with empty lines around it: a heading for what follows.
#[derive(Debug, Clone, Serialize)]
pub struct Section {
    /// Its first sentence, without the full stop.
    pub title: String,
    /// The rest of it.
    pub text: String,
    #[serde(rename = "declared")]
    pub at: Position,
}
