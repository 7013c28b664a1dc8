//! The lexical pass before the parser: finds annotations, comments and `HPyAPI_FUNC`, and replaces by spaces what is not
//! C to a parser.
//!
//! Every byte keeps its offset, so positions in the parsed text are positions in the header. `walk` interprets the
//! declarations.

use std::ops::Range;

use crate::facts::ParamFacts;

/// A macro that annotates the next declaration, or a function that it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Macro {
    /// `HPy_ID(index, fact…)`
    Id,
    /// `HPy_FACTS(fact…)`
    Facts,
    /// `HPy_SIG(signature[, flag…])`
    Sig,
    /// `HPy_TRAMPOLINE(signature[, flag])`
    Trampoline,
    /// `HPy_CALLS(function, function of CPython[, flag])`, which needs no declaration
    Calls,
}

impl Macro {
    /// The name that authors write.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Macro::Id => "HPy_ID",
            Macro::Facts => "HPy_FACTS",
            Macro::Sig => "HPy_SIG",
            Macro::Trampoline => "HPy_TRAMPOLINE",
            Macro::Calls => "HPy_CALLS",
        }
    }
}

/// One use of an annotation macro.
#[derive(Debug)]
pub(crate) struct Annotation {
    pub(crate) kind: Macro,
    /// The arguments, split at commas and trimmed; `None` without a closed pair of parentheses.
    pub(crate) args: Option<Vec<String>>,
    pub(crate) span: Range<usize>,
}

/// A macro before a parameter.
#[derive(Debug)]
pub(crate) struct ParamMacro {
    pub(crate) name: &'static str,
    /// The text in its parentheses.
    pub(crate) argument: Option<String>,
    pub(crate) span: Range<usize>,
}

/// The linkage of a function or variable: where it is defined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Linkage {
    /// `HPyAPI_FUNC`, `HPyAPI_VARIADIC`: in the header.
    Inline,
    /// `HPyAPI_HELPER`: a function in a file that is compiled into each extension.
    Helper,
    /// `HPyAPI_DATA`: a variable there.
    Data,
}

/// One use of a macro for linkage.
#[derive(Debug)]
pub(crate) struct Api {
    pub(crate) linkage: Linkage,
    pub(crate) span: Range<usize>,
}

/// A header, ready for the parser.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    /// The text with annotations and attributes replaced by spaces.
    pub(crate) blanked: Vec<u8>,
    pub(crate) annotations: Vec<Annotation>,
    pub(crate) param_macros: Vec<ParamMacro>,
    /// Block comments, in order.
    pub(crate) comments: Vec<Range<usize>>,
    /// The macros for linkage.
    pub(crate) api: Vec<Api>,
}

/// Scans any bytes; unterminated comments and strings end with the text.
pub(crate) fn scan(text: &[u8]) -> Scan {
    let mut out = Scan { blanked: text.to_vec(), ..Scan::default() };
    let mut at = 0;
    let mut line_start = true;
    while at < text.len() {
        let byte = text[at];
        let next = match byte {
            b'/' if text.get(at + 1) == Some(&b'/') => line_end(text, at),
            b'/' if text.get(at + 1) == Some(&b'*') => {
                let end = comment_end(text, at);
                out.comments.push(at..end);
                end
            }
            b'"' | b'\'' => quoted_end(text, at),
            b'#' if line_start => directive_end(text, at),
            _ if is_word(byte) => {
                let end = at + text[at..].iter().take_while(|&&b| is_word(b)).count();
                word(text, at..end, &mut out)
            }
            _ => at + 1,
        };
        line_start = byte == b'\n' || (line_start && byte.is_ascii_whitespace());
        at = next;
    }
    let annotations = out.annotations.iter().map(|a| &a.span);
    let spans =
        annotations.chain(out.param_macros.iter().map(|p| &p.span)).chain(out.api.iter().map(|a| &a.span));
    for span in spans {
        for byte in &mut out.blanked[span.clone()] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    }
    out
}

/// Records the word if it is one of HPy's macros. Returns where to continue.
fn word(text: &[u8], span: Range<usize>, out: &mut Scan) -> usize {
    let kind = match &text[span.clone()] {
        b"HPyAPI_FUNC" | b"HPyAPI_VARIADIC" => return linkage(Linkage::Inline, span, out),
        b"HPyAPI_HELPER" => return linkage(Linkage::Helper, span, out),
        b"HPyAPI_DATA" => return linkage(Linkage::Data, span, out),
        // An attribute for compilers, with or without empty parentheses.
        b"_HPy_LEGACY" => {
            let end = span.end + if text[span.end..].starts_with(b"()") { 2 } else { 0 };
            out.blanked[span.start..end].fill(b' ');
            return end;
        }
        // The same, with arguments.
        b"HPy_SINCE" => {
            let end = parentheses(text, span.end).map_or(span.end, |inner| inner.end + 1);
            out.blanked[span.start..end].fill(b' ');
            return end;
        }
        b"HPy_ID" => Macro::Id,
        b"HPy_FACTS" => Macro::Facts,
        b"HPy_SIG" => Macro::Sig,
        b"HPy_TRAMPOLINE" => Macro::Trampoline,
        b"HPy_CALLS" => Macro::Calls,
        other => {
            let Some(name) = ParamFacts::MACROS.iter().find(|name| name.as_bytes() == other) else {
                return span.end;
            };
            let inner = parentheses(text, span.end).filter(|_| *name == "HPy_ARRAY");
            let end = inner.as_ref().map_or(span.end, |inner| inner.end + 1);
            let argument = inner.map(|inner| plain(text, inner));
            out.param_macros.push(ParamMacro { name, argument, span: span.start..end });
            return end;
        }
    };
    let inner = parentheses(text, span.end);
    let end = inner.as_ref().map_or(span.end, |inner| inner.end + 1);
    let args = inner.map(|inner| plain(text, inner).split(',').map(|arg| arg.trim().to_owned()).collect());
    out.annotations.push(Annotation { kind, args, span: span.start..end });
    end
}

fn linkage(linkage: Linkage, span: Range<usize>, out: &mut Scan) -> usize {
    let end = span.end;
    out.api.push(Api { linkage, span });
    end
}

/// The content of the parentheses that follow, if they are closed in the same declaration.
fn parentheses(text: &[u8], at: usize) -> Option<Range<usize>> {
    let open = skip_space(text, at);
    if text.get(open) != Some(&b'(') {
        return None;
    }
    let mut depth = 0_usize;
    for (at, byte) in text.iter().enumerate().skip(open) {
        match byte {
            b'(' => depth += 1,
            b')' if depth == 1 => return Some(open + 1..at),
            b')' => depth -= 1,
            b';' => return None,
            _ => {}
        }
    }
    None
}

/// The text with each run of white space replaced by one space.
fn plain(text: &[u8], span: Range<usize>) -> String {
    String::from_utf8_lossy(&text[span]).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first byte at or after `at` that is not white space.
pub(crate) fn skip_space(text: &[u8], at: usize) -> usize {
    at + text[at..].iter().take_while(|b| b.is_ascii_whitespace()).count()
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn line_end(text: &[u8], at: usize) -> usize {
    text[at..].iter().position(|&b| b == b'\n').map_or(text.len(), |n| at + n)
}

fn comment_end(text: &[u8], at: usize) -> usize {
    text[at + 2..].windows(2).position(|w| w == b"*/").map_or(text.len(), |n| at + 2 + n + 2)
}

fn quoted_end(text: &[u8], at: usize) -> usize {
    let mut i = at + 1;
    while i < text.len() && text[i] != b'\n' {
        match text[i] {
            b'\\' => i += 2,
            b if b == text[at] => return i + 1,
            _ => i += 1,
        }
    }
    i.min(text.len())
}

/// A directive ends at the first line end that is neither escaped nor in a comment.
fn directive_end(text: &[u8], at: usize) -> usize {
    let mut i = at;
    while i < text.len() {
        match text[i] {
            b'\n' => return i,
            b'\\' => i += if text[i + 1..].starts_with(b"\r\n") { 3 } else { 2 },
            b'/' if text.get(i + 1) == Some(&b'*') => i = comment_end(text, i),
            b'/' if text.get(i + 1) == Some(&b'/') => return line_end(text, i),
            _ => i += 1,
        }
    }
    text.len()
}
