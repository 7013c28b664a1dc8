//! The reader is total: any bytes give a model or diagnostics with a position, never a panic; and what it accepts,
//! the emitters can write.
//!
//! `cargo xtask fuzz header` runs more of it, with the number of inputs and the seed in variables that proptest knows.
//! Random pieces and changes of real headers, and not libFuzzer: its coverage would be that of the C parser mostly,
//! while these inputs come close to declarations, shrink, and run in the suite with the stable compiler.

use std::path::Path;
use std::sync::LazyLock;

use hpy_codegen::{Header, read};
use proptest::prelude::*;
use proptest::sample::Index;

fn reads(text: Vec<u8>) -> Result<(), TestCaseError> {
    reads_all(&[Header { path: "include/hpy/any.h".to_owned(), text }])
}

fn reads_all(headers: &[Header]) -> Result<(), TestCaseError> {
    let lines_of = |header: &Header| 1 + header.text.iter().filter(|&&b| b == b'\n').count();
    let lines = headers.iter().map(lines_of).max().unwrap_or(1);
    match read(headers) {
        Ok(model) => {
            if model.members().len() + model.signatures.len() + model.enums.len() + model.macros.len() > 0 {
                let outputs = hpy_codegen::emit::outputs(&model, env!("CARGO_MANIFEST_DIR").as_ref());
                prop_assert!(outputs.is_ok(), "{:#}", outputs.unwrap_err());
            }
        }
        Err(diagnostics) => {
            prop_assert!(!diagnostics.0.is_empty());
            for diagnostic in &diagnostics.0 {
                prop_assert!((1..=lines).contains(&diagnostic.at.line), "{diagnostic}");
                prop_assert!(!diagnostic.message.is_empty());
            }
        }
    }
    Ok(())
}

/// The headers of this tree that declare something, which the walker reads in a millisecond.
static REAL: LazyLock<Vec<Header>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut headers = hpy_codegen::headers(&root).expect("they are in the tree");
    headers.retain(|header| header.text.windows(6).any(|text| text == b"HPy_ID" || text == b"HPy_SI"));
    headers
});

/// A change of a text: where, how much of it goes, and what comes instead.
#[derive(Clone, Debug)]
enum Change {
    /// Another text for so many bytes.
    Replace(Index, usize, Vec<u8>),
    /// So many bytes of the text itself for as many elsewhere.
    Copy(Index, Index, usize),
    /// One bit.
    Flip(Index, u8),
    /// Nothing from here on.
    Cut(Index),
}

impl Change {
    fn any() -> impl Strategy<Value = Self> {
        let piece = prop::sample::select(PIECES).prop_map(|piece| piece.as_bytes().to_vec());
        prop_oneof![
            6 => (any::<Index>(), 0..60_usize, piece).prop_map(|(at, len, text)| Self::Replace(at, len, text)),
            2 => (any::<Index>(), any::<Index>(), 1..200_usize).prop_map(|(from, to, len)| Self::Copy(from, to, len)),
            2 => (any::<Index>(), 0..8_u8).prop_map(|(at, bit)| Self::Flip(at, bit)),
            1 => any::<Index>().prop_map(Self::Cut),
        ]
    }

    fn apply(&self, text: &mut Vec<u8>) {
        if text.is_empty() {
            return;
        }
        let size = text.len();
        let range = |at: &Index, len: usize| at.index(size)..(at.index(size) + len).min(size);
        match self {
            Self::Replace(at, len, piece) => drop(text.splice(range(at, *len), piece.iter().copied())),
            Self::Copy(from, to, len) => {
                let copied = text[range(from, *len)].to_vec();
                text.splice(range(to, *len), copied);
            }
            Self::Flip(at, bit) => text[at.index(size)] ^= 1 << bit,
            Self::Cut(at) => text.truncate(at.index(size)),
        }
    }
}

/// Pieces of headers, so that random texts come close to being right.
const PIECES: &[&str] = &[
    "HPy_ID(0, since=0.0, python=no, error=none)",
    "HPy_ID(0, since=0.0)",
    "HPy_ID(1, since=0.0, python=yes, error=HPy_NULL?, legacy)",
    "HPy_ID(2, since=0.1, python=finalizers, error=HPy_NULL, returns_null)",
    "HPy_ID(1, since=",
    "HPy_CALLS(HPy_Dup, PyX)",
    "HPy_TRAMPOLINE(HPyFunc_A, never)",
    "HPy_NULLABLE",
    "HPy_ARRAY(n)",
    "HPy_ARRAY((",
    "HPy_OUT",
    "HPy_ID(",
    "HPy_SIG(HPyFunc_A)",
    "HPyAPI_FUNC",
    "HPyAPI_HELPER",
    "HPyAPI_DATA",
    "HPy_FACTS(since=0.0, python=yes, error=none, raises)",
    "int HPy_Two(HPyContext *ctx, ...);",
    "int HPy_Two(void) { return 2; }",
    "typedef struct { /** F. */ int f; union { /** G. */ char *g; }; } HPyThing;",
    "typedef enum { /** A. */ HPyKind_A, /** B. */ HPyKind_B = -2 } HPyKind;",
    "typedef int HPy_number_t;",
    "typedef struct _HPy_s HPyOther;",
    "struct _HPy_s {",
    "#define HPy_F(x, ...) x\n",
    "/* Alone. */\n\n",
    "HPy HPy_Dup(HPyContext *ctx, HPy h);",
    "HPy HPyFoo_Bar(HPyContext *ctx",
    "const HPy items[]",
    "void **p",
    ");",
    "typedef HPy (*HPyFunc_a)(HPyContext *ctx, HPy self);",
    "typedef enum { HPyFunc_A = 1 } HPyFunc_Signature;",
    "enum { /** S. */ HPy_s = HPy_SLOT(1, HPyFunc_A) };",
    "HPy_SLOT(",
    "HPy h_None;",
    "const",
    "*",
    ",",
    "(",
    ")",
    ";",
    "/** Doc. */",
    "/*",
    "*/",
    "//",
    "\"",
    "'",
    "\\",
    "#define X",
    "#ifdef __cplusplus",
    "#endif",
    "extern \"C\" {",
    "}",
    "\n",
    "\u{e9}",
    "\0",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(text in prop::collection::vec(any::<u8>(), 0..400)) {
        reads(text)?;
    }

    #[test]
    fn any_pieces(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..24)) {
        reads(pieces.join(" ").into_bytes())?;
    }

    /// A header that is fine, with one piece of it cut out or put elsewhere.
    #[test]
    fn any_change(from in 0..900_usize, len in 0..60_usize, piece in prop::sample::select(PIECES)) {
        let mut text = include_bytes!("fixture/include/hpy/tuple.h").to_vec();
        let from = from.min(text.len());
        let to = (from + len).min(text.len());
        text.splice(from..to, piece.bytes());
        reads(text)?;
    }

    /// One of the headers of this tree, changed here and there.
    #[test]
    fn any_change_of_a_real_header(header in any::<Index>(), changes in prop::collection::vec(Change::any(), 1..8)) {
        let mut text = header.get(&REAL).text.clone();
        changes.iter().for_each(|change| change.apply(&mut text));
        reads(text)?;
    }
}

/// All headers at once are slow to read and to write, so these are few.
#[test]
fn any_change_of_all_real_headers() {
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    let cases = (config.cases / 64).max(1);
    let inputs = (any::<Index>(), prop::collection::vec(Change::any(), 0..3));
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig { cases, ..config });
    let result = runner.run(&inputs, |(header, changes)| {
        let mut headers: Vec<Header> =
            REAL.iter().map(|h| Header { path: h.path.clone(), text: h.text.clone() }).collect();
        let text = &mut headers[header.index(REAL.len())].text;
        changes.iter().for_each(|change| change.apply(text));
        reads_all(&headers)
    });
    assert!(result.is_ok(), "{}", result.unwrap_err());
}
