//! Comments as Markdown: names become links, aligned text becomes blocks of code.

use std::collections::HashMap;

use super::Indexed;
use crate::model::Topic;

/// Where the entry of each name is, and the page of each header.
pub(super) struct Names {
    entries: HashMap<String, String>,
    headers: HashMap<String, String>,
}

/// The anchor of the heading or row of a name.
pub(super) fn anchor(name: &str) -> String {
    name.to_lowercase()
}

impl Names {
    pub(super) fn new(indexed: &[Indexed<'_>], topics: &[Topic]) -> Self {
        let entry = |name: &Indexed<'_>| {
            let target = format!("{}.md#{}", name.stem, anchor(name.name));
            (name.name.to_owned(), target)
        };
        let header = |topic: &Topic| (format!("{}.h", topic.stem), format!("{}.md", topic.stem));
        Self { entries: indexed.iter().map(entry).collect(), headers: topics.iter().map(header).collect() }
    }

    /// The name as code, linked if it has an entry.
    pub(super) fn link(&self, name: &str) -> String {
        match self.entries.get(name) {
            Some(target) => format!("[`{name}`]({target})"),
            None => format!("`{name}`"),
        }
    }

    /// A comment: paragraphs, lists, and blocks of code, which are indented.
    pub(super) fn markdown(&self, text: &str) -> String {
        let is_code = |block: &str| block.lines().all(|line| line.starts_with("  "));
        let blocks: Vec<&str> = text.split("\n\n").collect();
        let mut out = Vec::new();
        for group in blocks.chunk_by(|a, b| is_code(a) && is_code(b)) {
            let text = group.join("\n\n");
            if is_code(group[0]) && !text.is_empty() {
                let indent = text.lines().filter(|line| !line.is_empty());
                let indent = indent.map(|line| line.len() - line.trim_start().len()).min().unwrap_or(0);
                let lines = text.lines().map(|line| line.get(indent..).unwrap_or_default());
                let lines: Vec<&str> = lines.collect();
                out.push(format!("```\n{}\n```", lines.join("\n")));
            } else {
                out.push(self.prose(&text));
            }
        }
        out.join("\n\n")
    }

    /// A comment in one cell of a table.
    pub(super) fn cell(&self, text: &str) -> String {
        let paragraphs = text.split("\n\n").map(|paragraph| {
            let lines: Vec<&str> = paragraph.lines().map(str::trim).collect();
            self.prose(&lines.join(" ")).replace('|', "\\|")
        });
        paragraphs.collect::<Vec<_>>().join("<br>")
    }

    /// Text in which names of the API and of headers are links.
    fn prose(&self, text: &str) -> String {
        let mut out = String::new();
        for (i, part) in text.split('`').enumerate() {
            if i % 2 == 1 {
                out += &self.link(part);
            } else {
                let words = part.split_inclusive(|c: char| c.is_whitespace());
                out.extend(words.map(|word| self.word(word)));
            }
        }
        out
    }

    /// A word outside backticks, which may still be a name. Markup is escaped.
    fn word(&self, word: &str) -> String {
        let name = word.trim_end_matches(|c: char| c.is_whitespace() || ",.;:)".contains(c));
        let rest = &word[name.len()..];
        let (open, name) = match name.strip_prefix('(') {
            Some(name) => ("(", name),
            None => ("", name),
        };
        match self.headers.get(name) {
            Some(page) => format!("{open}[{name}]({page}){rest}"),
            // The word HPy alone is the project rather than the type.
            None if name != "HPy" && self.entries.contains_key(name) => {
                format!("{open}{}{rest}", self.link(name))
            }
            None => escape(word),
        }
    }
}

/// Escapes what Markdown would take for markup.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if "[]<>*_\\".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        let item = |name, stem| Indexed { name, stem, kind: "function" };
        let topic = Topic {
            stem: "handle".into(),
            path: "include/hpy/handle.h".into(),
            doc: String::new(),
            sections: Vec::new(),
        };
        Names::new(&[item("HPy_Close", "handle")], &[topic])
    }

    #[test]
    fn names_are_linked() {
        let text = names().markdown("As `HPy_Close` (handle.h), see `HPy_Open`, HPy_Close and other.h.");
        let expected = "As [`HPy_Close`](handle.md#hpy_close) ([handle.h](handle.md)), see `HPy_Open`, \
                        [`HPy_Close`](handle.md#hpy_close) and other.h.";
        assert_eq!(text, expected);
    }

    #[test]
    fn prose_is_no_markup() {
        assert_eq!(
            names().markdown("`a*b*c`, 2**32, Py_*, <tag>"),
            "`a*b*c`, 2\\*\\*32, Py\\_\\*, \\<tag\\>"
        );
    }

    #[test]
    fn what_is_indented_is_code() {
        let text = names().markdown("Units:\n\n  i   int\n    j\n\n  k   2**8\n\nEnd.");
        assert_eq!(text, "Units:\n\n```\ni   int\n  j\n\nk   2**8\n```\n\nEnd.");
    }

    #[test]
    fn a_cell_is_one_line() {
        assert_eq!(names().cell("`a|b`,\nthen.\n\nMore."), "`a\\|b`, then.<br>More.");
    }
}
