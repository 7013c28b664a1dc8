//! Each rule has a header in `ui/` that breaks it, and the message for it in `snapshots/`.

use std::fs;
use std::path::Path;

use hpy_codegen::{Header, Rule, read};

#[test]
fn messages() {
    insta::glob!("ui/*.h", |path| {
        let name = path.file_name().unwrap().to_string_lossy();
        let code = name.strip_suffix(".h").unwrap();
        let header = Header { path: format!("include/hpy/{name}"), text: fs::read(path).unwrap() };
        let diagnostics = read(&[header]).expect_err("breaks a rule");
        assert!(diagnostics.0.iter().any(|d| d.rule.code() == code), "no {code} in:\n{diagnostics}");
        insta::assert_snapshot!(diagnostics);
    });
}

#[test]
fn every_rule_has_a_case() {
    let ui = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui");
    for rule in Rule::ALL {
        assert!(ui.join(rule.code()).with_extension("h").is_file(), "tests/ui/{}.h is missing", rule.code());
    }
}
