//! The extracts of source code in the porting guide. Its text is written by hand; a code block after a line such as
//!
//! ```text
//! <!-- examples/porting/step1/ringbuf.c [struct] -->
//! ```
//!
//! is replaced by what is in that file between the comments `/* [struct] */` and `/* [end] */`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, bail};

use crate::emit::Output;

/// The guide's path relative to the root.
pub const PATH: &str = "docs/porting-guide.md";

/// The guide with fresh extracts; none if there is no guide under `root`.
pub(crate) fn emit(root: &Path) -> anyhow::Result<Option<Output>> {
    let path = root.join(PATH);
    if !path.exists() {
        return Ok(None);
    }
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {PATH}"))?;
    let source =
        |file: &str| fs::read_to_string(root.join(file)).with_context(|| format!("cannot read {file}"));
    let text = refresh(&text, source).with_context(|| PATH.to_owned())?;
    Ok(Some(Output { path: PATH.to_owned(), text }))
}

/// `text` with the code block after each reference replaced, or inserted.
fn refresh(text: &str, source: impl Fn(&str) -> anyhow::Result<String>) -> anyhow::Result<String> {
    let mut out = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        out += line;
        out.push('\n');
        let Some((file, name)) = reference(line) else { continue };
        if lines.peek().is_some_and(|next| next.starts_with("```")) {
            lines.next();
            if !lines.by_ref().any(|line| line == "```") {
                bail!("the code block after {line} has no end");
            }
        }
        let extract = extract(&source(file)?, name).with_context(|| file.to_owned())?;
        out += &format!("```c\n{extract}```\n");
    }
    Ok(out)
}

/// File and name of `<!-- file [name] -->`.
fn reference(line: &str) -> Option<(&str, &str)> {
    let inner = line.strip_prefix("<!-- ")?.strip_suffix("] -->")?;
    inner.split_once(" [")
}

/// The lines between `/* [name] */` and `/* [end] */`, each ended.
fn extract(source: &str, name: &str) -> anyhow::Result<String> {
    let start = format!("/* [{name}] */");
    let mut lines = source.lines();
    if !lines.any(|line| line == start) {
        bail!("there is no {start}");
    }
    let mut extract = String::new();
    for line in lines {
        if line == "/* [end] */" {
            return Ok(extract);
        }
        extract += line;
        extract.push('\n');
    }
    bail!("{start} has no end")
}

/// The counterparts in the C API that the guide's tables have for each name of HPy, as Markdown.
pub(crate) fn counterparts(root: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let path = root.join(PATH);
    if !path.exists() {
        return Ok(BTreeMap::new());
    }
    Ok(tables(&fs::read_to_string(&path).with_context(|| format!("cannot read {PATH}"))?))
}

/// Reads the first two columns, `C API` and `HPy`. If both have the same number of names, they correspond one by one.
fn tables(text: &str) -> BTreeMap<String, String> {
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    let mut in_table = false;
    for line in text.lines() {
        in_table = line.starts_with("| C API | HPy |") || (in_table && line.starts_with('|'));
        let mut cells = line.trim_start_matches('|').split(" |").map(str::trim);
        let (true, Some(theirs), Some(ours)) = (in_table, cells.next(), cells.next()) else { continue };
        let described = theirs.strip_prefix('(').and_then(|text| text.strip_suffix(')'));
        let theirs: Vec<&str> = described.map_or_else(|| theirs.split(", ").collect(), |text| vec![text]);
        let ours: Vec<&str> = ours.split(", ").collect();
        for (i, name) in ours.iter().enumerate() {
            let Some(name) = name.strip_prefix('`').and_then(|name| name.strip_suffix('`')) else { continue };
            let one_by_one = theirs.len() == ours.len();
            let theirs = if one_by_one { theirs[i].to_owned() } else { theirs.join(", ") };
            let all = all.entry(name.to_owned()).or_default();
            *all += if all.is_empty() { "" } else { ", " };
            *all += &theirs;
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "int a;\n/* [b] */\nint b;\n\nint c;\n/* [end] */\nint d;\n/* [open] */\nint e;\n";

    fn guide(text: &str) -> anyhow::Result<String> {
        refresh(text, |file| Ok(if file == "a.c" { SOURCE.to_owned() } else { bail!("no {file}") }))
    }

    #[test]
    fn a_block_is_replaced_or_put_there() {
        let fresh = "A\n<!-- a.c [b] -->\n```c\nint b;\n\nint c;\n```\nB\n";
        assert_eq!(guide("A\n<!-- a.c [b] -->\nB\n").unwrap(), fresh);
        assert_eq!(guide("A\n<!-- a.c [b] -->\n```c\nold\n```\nB\n").unwrap(), fresh);
        assert_eq!(guide(fresh).unwrap(), fresh);
    }

    #[test]
    fn other_comments_and_blocks_stay() {
        let text = "<!-- a comment -->\n```c\nint x;\n```\n";
        assert_eq!(guide(text).unwrap(), text);
    }

    #[test]
    fn errors_name_the_extract() {
        let message = |text: &str| format!("{:#}", guide(text).unwrap_err());
        assert_eq!(message("<!-- a.c [z] -->\n"), "a.c: there is no /* [z] */");
        assert_eq!(message("<!-- a.c [open] -->\n"), "a.c: /* [open] */ has no end");
        assert_eq!(message("<!-- z.c [b] -->\n"), "no z.c");
        assert_eq!(message("<!-- a.c [b] -->\n```c\n"), "the code block after <!-- a.c [b] --> has no end");
    }

    #[test]
    fn tables_tell_counterparts() {
        let text = "| C API | HPy | |\n| --- | --- | --- |\n| `PyA`, `PyB` | `HPyA`, `HPyB` | |\n\
                    | `PyC`, `PyD` | `HPyA` | notes |\n| (a cast) | `HPyE` | |\n| `PyF` | | none |\n\n\
                    | HPy | what for |\n| --- | --- |\n| `HPyG` | `HPyH` |\n";
        let all = tables(text);
        let all: Vec<(&str, &str)> = all.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        assert_eq!(all, [("HPyA", "`PyA`, `PyC`, `PyD`"), ("HPyB", "`PyB`"), ("HPyE", "a cast")]);
    }
}
