//! A report: what was done wrong, and all that is known about it.

use std::fmt;

use super::mistake::Mistake;
use super::rule::Rule;
use super::text::printable;

/// What happens after a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reaction {
    /// It is printed, and the process ends unless [`Reporter::warn`](super::reporter::Reporter::warn).
    Default,
    /// Nothing more.
    Continue,
}

/// A broken rule, with all that is known about it.
#[derive(Debug, Clone)]
pub struct Report {
    pub rule: Rule,
    /// Whether Python may be used while the report is delivered.
    pub inside_python: bool,
    pub mistake: Mistake,
    title: String,
    lines: Vec<(&'static str, String)>,
    /// How to find out more, in place of what the rule says.
    more: Option<&'static str>,
}

impl Report {
    pub(crate) fn new(mistake: Mistake, inside_python: bool) -> Self {
        let rule = mistake.rule;
        let lines = vec![("rule", rule.advice().to_owned())];
        Self { rule, inside_python, mistake, title: rule.title().to_owned(), lines, more: None }
    }

    /// The text of the fatal error, such as `Invalid usage of already closed handle`.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    pub(crate) fn set_title(&mut self, title: String) {
        self.title = title;
    }

    /// Adds a line; `label` may be empty for one more of the same.
    pub(crate) fn add(&mut self, label: &'static str, text: impl Into<String>) {
        self.lines.push((label, printable(&text.into()).into_owned()));
    }

    /// Adds lines of which the first has the label.
    pub(crate) fn add_lines(&mut self, mut label: &'static str, lines: impl IntoIterator<Item = String>) {
        for line in lines {
            self.add(label, line);
            label = "";
        }
    }

    /// Sets how to find out more, in place of what the rule says.
    pub(crate) fn set_more(&mut self, more: &'static str) {
        self.more = Some(more);
    }

    /// How to find out more about this mistake, if there is a way.
    pub(crate) fn more(&self) -> Option<&'static str> {
        self.more.or(self.rule.more())
    }

    /// The lines with their labels, such as `opened`; an empty label continues the one before.
    pub fn lines(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.lines.iter().map(|(label, text)| (*label, text.as_str()))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "HPy debug mode: {} [{}]", self.rule.headline(), self.rule.name())?;
        for (label, text) in &self.lines {
            writeln!(f, "{}", Labelled(label, text))?;
        }
        Ok(())
    }
}

/// A label, and a text in as many lines as it needs.
pub(crate) struct Labelled<'a>(pub(crate) &'a str, pub(crate) &'a str);

impl fmt::Display for Labelled<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = fill(self.1, 100);
        write!(f, "  {:8}  {}", self.0, lines.join("\n            "))
    }
}

/// Breaks a text into lines of at most `width`, unless a word is longer.
fn fill(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.last_mut().expect("there is one");
        if !last.is_empty() && last.len() + 1 + word.len() > width {
            lines.push(word.to_owned());
        } else {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    lines
}
