//! The options of a converter, which are taken out one by one; what is left then is an error.

use std::ops::Range;

use crate::error::{Error, Result};
use crate::lexer::Value;

/// An option of a converter: its name, value, and where these are.
pub(crate) type Argument = (String, Range<usize>, Value, Range<usize>);

/// The options that are not yet used.
pub(super) struct Options {
    pub(super) converter: String,
    pub(super) left: Vec<Argument>,
}

impl Options {
    pub(super) fn take(&mut self, name: &str) -> Option<(Value, Range<usize>)> {
        let at = self.left.iter().position(|argument| argument.0 == name)?;
        let (_, _, value, span) = self.left.remove(at);
        Some((value, span))
    }

    pub(super) fn string(&mut self, name: &str) -> Result<Option<String>> {
        match self.take(name) {
            None => Ok(None),
            Some((Value::Str(text), _)) => Ok(Some(text)),
            Some((_, span)) => {
                Err(Error::new(span, format!("{name} must be a string"), format!("write {name}=\"...\"")))
            }
        }
    }

    pub(super) fn flag(&mut self, name: &str) -> Result<bool> {
        match self.take(name) {
            None => Ok(false),
            Some((Value::Bool(value), _)) => Ok(value),
            Some((_, span)) => {
                Err(Error::new(span, format!("{name} must be True or False"), format!("write {name}=True")))
            }
        }
    }

    /// `accept={own, NoneType}`: whether `NoneType` is in it.
    pub(super) fn accepts_none(&mut self, own: &str) -> Result<bool> {
        let Some((value, span)) = self.take("accept") else { return Ok(false) };
        let wrong = |span| {
            Err(Error::new(
                span,
                format!("{} accepts {own}, or {own} and NoneType", self.converter),
                format!("write accept={{{own}, NoneType}}, or leave accept out"),
            ))
        };
        let Value::Names(names) = value else { return wrong(span) };
        let known = |name: &String| name == own || name == "NoneType";
        if names.iter().all(known) && names.iter().any(|name| name == own) {
            Ok(names.iter().any(|name| name == "NoneType"))
        } else {
            wrong(span)
        }
    }

    /// Nothing may be left.
    pub(super) fn end(&self) -> Result<()> {
        match self.left.first() {
            None => Ok(()),
            Some((name, span, ..)) => Err(Error::new(
                span.clone(),
                format!("the converter {} has no option {name}", self.converter),
                "remove it; docs/clinic.md lists the options of each converter",
            )),
        }
    }
}
