//! The reader is total: any bytes give a model or diagnostics with a position, never a panic; and what it accepts,
//! the emitters can write.

use hpy_codegen::{Header, read};
use proptest::prelude::*;

fn reads(text: Vec<u8>) -> Result<(), TestCaseError> {
    let lines = 1 + text.iter().filter(|&&b| b == b'\n').count();
    match read(&[Header { path: "include/hpy/any.h".to_owned(), text }]) {
        Ok(model) => {
            if model.members().len() + model.signatures.len() + model.enums.len() + model.macros.len() > 0 {
                let outputs = hpy_codegen::emit::all(&model, env!("CARGO_MANIFEST_DIR").as_ref());
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
}
