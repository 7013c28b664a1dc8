//! Where the blocks of a source are: comments between `/*[clinic input]` and `[clinic start generated code]*/`.

use std::ops::Range;

use crate::error::{Error, Result};

const BEGIN: &str = "/*[clinic input]";
const END: &str = "[clinic start generated code]*/";

/// A line of a block, without its end: where it is in the source.
pub(crate) type Line = Range<usize>;

/// The lines between the marks of one block.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) lines: Vec<Line>,
}

/// The lines of a text, and where each begins.
fn lines(source: &str) -> impl Iterator<Item = Line> + '_ {
    let mut at = 0;
    source.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        start..start + line.trim_end_matches(['\n', '\r']).len()
    })
}

/// The part of a line that is not space.
pub(crate) fn trimmed(source: &str, line: &Line) -> Range<usize> {
    let text = &source[line.clone()];
    let start = line.start + (text.len() - text.trim_start().len());
    start..start + text.trim().len()
}

pub(crate) fn find(source: &str) -> std::result::Result<Vec<Block>, Vec<Error>> {
    let (mut blocks, mut errors) = (Vec::new(), Vec::new());
    let mut open: Option<(Range<usize>, Block)> = None;
    for line in lines(source) {
        let place = trimmed(source, &line);
        match read_mark(source, &place, open.as_ref()) {
            Err(error) => errors.push(error),
            Ok(Mark::Begin) => open = Some((place, Block { lines: Vec::new() })),
            Ok(Mark::End) => blocks.extend(open.take().map(|(_, block)| block)),
            Ok(Mark::None) => {
                if let Some((_, block)) = &mut open {
                    block.lines.push(line);
                }
            }
        }
    }
    if let Some((place, _)) = open {
        errors.push(Error::new(place, "this block does not end", format!("end it with a line `{END}`")));
    }
    if errors.is_empty() { Ok(blocks) } else { Err(errors) }
}

enum Mark {
    Begin,
    End,
    None,
}

/// What a line is: a mark where it may stand, or none.
fn read_mark(source: &str, place: &Range<usize>, open: Option<&(Range<usize>, Block)>) -> Result<Mark> {
    let text = &source[place.clone()];
    let error = |message: &str, help: String| Err(Error::new(place.clone(), message, help));
    match (text, open) {
        (BEGIN, None) => Ok(Mark::Begin),
        (END, Some(_)) => Ok(Mark::End),
        (BEGIN, Some(_)) => {
            error("a block begins inside of another", format!("end the block before it with a line `{END}`"))
        }
        (END, None) => {
            error("a block ends here that has not begun", format!("begin it with a line `{BEGIN}`"))
        }
        (_, Some(_)) if text.contains("*/") => error(
            "the comment ends inside of a block",
            format!("end the block with `{END}`, on a line of its own"),
        ),
        (_, None) if text.starts_with("/*[python input]") => error(
            "Python code in a source is for CPython's Argument Clinic",
            "write `object(converter=function, type='...')` where a converter is needed".to_owned(),
        ),
        (_, None) if is_like_a_mark(text) => error(
            "this is nearly the beginning of a block, but not quite",
            format!("write `{BEGIN}` alone on a line"),
        ),
        _ => Ok(Mark::None),
    }
}

/// A comment that was probably meant to begin a block.
fn is_like_a_mark(text: &str) -> bool {
    let comment = text.strip_prefix("/*").or_else(|| text.strip_prefix("//"));
    comment.is_some_and(|comment| {
        let comment: String = comment.split_whitespace().collect();
        comment.to_ascii_lowercase().starts_with("[clinicinput")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_blocks_are_found() {
        let source = "a\n/*[clinic input]\nmodule m\r\n\n[clinic start generated code]*/\n";
        let blocks = find(source).unwrap();
        let texts: Vec<_> = blocks[0].lines.iter().map(|line| &source[line.clone()]).collect();
        assert_eq!(texts, ["module m", ""]);
    }

    #[test]
    fn what_cpython_generates_is_no_mark() {
        assert_eq!(find("/*[clinic end generated code: output=0 input=0]*/\n"), Ok(Vec::new()));
    }
}
