//! The place at which a mistake is made.

use hpy_abi::HPyCFunction;

use crate::call::ApiCall;
use crate::debug::location::place::{By, Place};
use crate::debug::location::stack::{Innermost, Start, frames};

use super::mistake::Mistake;
use super::rule::Rule;

/// Where a mistake is made.
#[derive(Clone, Copy)]
pub(crate) struct Site<'a> {
    pub(crate) place: Place,
    /// If it is made in a call of the API: that call, and the one of the extension's function that makes it.
    pub(crate) call: Option<(&'a ApiCall, Option<Innermost>)>,
    pub(crate) inside_python: bool,
    /// What it is about, where one place has mistakes about several things; else 0.
    pub(crate) subject: usize,
}

impl<'a> Site<'a> {
    /// In a call of the API, made inside of Python by the innermost call of an extension's function.
    pub(crate) fn of_call(call: &'a ApiCall, innermost: Option<Innermost>) -> Self {
        let function = innermost.map_or(0, |call| call.function);
        let place = Place { function, by: By::api(call.member) };
        Self { call: Some((call, innermost)), ..Self::at(place) }
    }

    /// At the return of an extension's function, inside of Python.
    pub(crate) fn returning(function: HPyCFunction) -> Self {
        Self::at(Place { function: function as usize, by: By::RESULT })
    }

    /// At a place inside of Python, in no call of the API.
    pub(crate) fn at(place: Place) -> Self {
        Self { place, call: None, inside_python: true, subject: 0 }
    }

    /// The same outside of Python.
    pub(crate) fn outside_python(self) -> Self {
        Self { inside_python: false, ..self }
    }

    /// The same, about one of several things.
    pub(crate) fn about(self, subject: usize) -> Self {
        Self { subject, ..self }
    }

    /// The frames of the extension in which it is, at most `limit` of them.
    pub(crate) fn frames(&self, limit: usize) -> Box<[usize]> {
        self.call.map(|(call, innermost)| frames(limit, Start::Call(call), innermost)).unwrap_or_default()
    }

    /// The mistake of breaking a rule here.
    pub(crate) fn mistake(&self, rule: Rule) -> Mistake {
        let instruction = self.frames(1).first().copied().unwrap_or(0);
        Mistake { rule, place: self.place, instruction, subject: self.subject }
    }
}
