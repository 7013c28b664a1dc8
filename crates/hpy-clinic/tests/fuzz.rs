//! Any text gives a header or errors with places in the text, never a panic. `HPY_CLINIC_INPUTS=1000000` tries that many.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// Words of the language, and what might stand between them.
const WORDS: &[&str] = &[
    "/*[clinic input]",
    "[clinic start generated code]*/",
    "\n",
    "\n",
    "\n    ",
    "\n        ",
    "\n\n",
    " ",
    "\t",
    "\r\n",
    "module m",
    "class m.C \"C *\" \"C_type\"",
    "class",
    "m.f",
    "m.g",
    "m.C.h",
    "m.C.__new__",
    "m.C.__init__",
    " -> ",
    "None",
    "int",
    "double",
    "object",
    "str",
    "bytes",
    "bool",
    "enum",
    "tuple",
    "array",
    "complex",
    "module_state",
    "defining_class",
    "size_t",
    "unsigned_char",
    "a",
    "b",
    "c",
    ": ",
    ":",
    "*",
    "/",
    "**",
    " as ",
    " = ",
    "=",
    "(",
    ")",
    "{",
    "}",
    ",",
    ".",
    "accept={int, NoneType}",
    "zeroes=True",
    "type='T'",
    "subclass_of=C",
    "c_default='1'",
    "py_default='x'",
    "bitwise=True",
    "converter='f'",
    "1",
    "-1",
    "0x1f",
    "1.5",
    "1e-9",
    "010",
    "'x'",
    "\"y\"",
    "'\\n'",
    "'",
    "\\",
    "True",
    "NULL",
    "@getter",
    "@setter",
    "@typed",
    "@text_signature",
    "\"(x)\"",
    "{parameters}",
    "Doc.",
    "é",
    "\u{10ffff}",
    "*/",
    "/*",
    "//",
    "#",
    "[",
    "]",
];

fn text() -> impl Strategy<Value = String> {
    let words = prop::collection::vec(prop::sample::select(WORDS), 0..40).prop_map(|words| words.concat());
    let block = words.clone().prop_map(|words| {
        format!(
            "/*[clinic input]\nmodule m\nclass m.C \"C *\" \"C_type\"\n[clinic start generated code]*/\n\
             /*[clinic input]\nm.f\n    {words}\n[clinic start generated code]*/\n"
        )
    });
    prop_oneof![3 => block, 2 => words, 1 => any::<String>()]
}

fn check(source: &str) {
    match hpy_clinic::generate("a.c", source) {
        Ok(None) => {}
        Ok(Some(output)) => assert!(output.header.ends_with('\n') && !output.header.contains('\r')),
        Err(errors) => {
            assert!(!errors.is_empty());
            for error in &errors {
                assert!(source.get(error.span.clone()).is_some(), "no place in the source: {error:?}");
            }
            assert!(!hpy_clinic::render("a.c", source, &errors).is_empty());
        }
    }
}

#[test]
fn any_text_is_understood_or_refused() {
    let cases = std::env::var("HPY_CLINIC_INPUTS").map_or(2000, |inputs| inputs.parse().expect("a number"));
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&text(), |source| {
            check(&source);
            Ok(())
        })
        .unwrap();
}
