//! What is written, and what `--check` says, on a small tree of headers.

use std::fs;
use std::path::Path;

use hpy_codegen::{headers, read, run};

/// A tree with the headers of `fixture/` and nothing else.
fn tree() -> tempfile::TempDir {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixture");
    let root = tempfile::tempdir().unwrap();
    for folder in ["include/hpy", "include/hpy/cpython"] {
        fs::create_dir_all(root.path().join(folder)).unwrap();
        for entry in fs::read_dir(fixture.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                fs::copy(&path, root.path().join(folder).join(path.file_name().unwrap())).unwrap();
            }
        }
    }
    root
}

#[test]
fn outputs() {
    let root = tree();
    let model = read(&headers(root.path()).unwrap()).unwrap();
    let outputs = hpy_codegen::emit::outputs(&model, root.path()).unwrap();
    for output in outputs {
        let name = output.path.replace('/', "__");
        insta::assert_snapshot!(name, output.text);
    }
}

#[test]
fn a_second_run_changes_nothing() {
    let root = tree();
    run(root.path(), false).unwrap();
    run(root.path(), true).unwrap();
}

#[test]
fn check_names_the_stale_file_and_the_command() {
    let root = tree();
    run(root.path(), false).unwrap();
    let path = root.path().join("include/hpy/generated/dispatch.h");
    let fresh = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{fresh}\n")).unwrap();

    let error = run(root.path(), true).unwrap_err().to_string();
    let expected =
        "include/hpy/generated/dispatch.h is stale; run 'cargo xtask codegen' and commit the result";
    assert_eq!(error, expected);
    assert_ne!(fs::read_to_string(&path).unwrap(), fresh, "--check writes nothing");

    run(root.path(), false).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), fresh);
}

#[test]
fn check_names_a_missing_file() {
    let root = tree();
    run(root.path(), false).unwrap();
    fs::remove_file(root.path().join("docs/api/tuple.md")).unwrap();
    let error = run(root.path(), true).unwrap_err().to_string();
    assert!(error.starts_with("docs/api/tuple.md is stale"), "{error}");
}

#[test]
fn pages_of_removed_headers_go_away() {
    let root = tree();
    run(root.path(), false).unwrap();
    let docs = root.path().join("docs/api");
    fs::copy(docs.join("tuple.md"), docs.join("old.md")).unwrap();
    fs::write(docs.join("guide.md"), "# Written by hand\n").unwrap();

    let error = run(root.path(), true).unwrap_err().to_string();
    assert!(error.starts_with("docs/api/old.md is obsolete;"), "{error}");
    run(root.path(), false).unwrap();
    assert!(!docs.join("old.md").exists() && docs.join("guide.md").exists());
}

#[test]
fn a_broken_header_stops_everything() {
    let root = tree();
    let path = root.path().join("include/hpy/tuple.h");
    let broken = fs::read_to_string(&path).unwrap().replace("HPy_ID(4,", "HPy_ID(3,");
    fs::write(&path, broken).unwrap();
    let error = run(root.path(), false).unwrap_err().to_string();
    assert!(error.contains("include/hpy/tuple.h:22: 'ctx_Unicode_AsUTF8AndSize' has index 3"), "{error}");
    assert!(!root.path().join("docs").exists());
}

#[test]
fn the_model_as_json() {
    let root = tree();
    let json: serde_json::Value = serde_json::from_str(&hpy_codegen::api_json(root.path()).unwrap()).unwrap();
    let function = &json["functions"][0];
    assert_eq!(function["name"], "ctx_Tuple_FromArray");
    assert_eq!(
        function["params"][1],
        serde_json::json!({"name": "items", "type": "const HPy[]", "array": "n"})
    );
    assert_eq!(function["declared"], serde_json::json!({"file": "include/hpy/tuple.h", "line": 10}));
    assert_eq!(json["signatures"][2]["entry"]["call"], "abort");
}

#[test]
fn the_json_has_what_is_not_in_the_context() {
    let root = tree();
    let json: serde_json::Value = serde_json::from_str(&hpy_codegen::api_json(root.path()).unwrap()).unwrap();
    let item = json["structs"].as_array().unwrap().iter().find(|found| found["name"] == "HPyItem").unwrap();
    let fields: Vec<_> =
        item["fields"].as_array().unwrap().iter().map(|f| (&f["type"], &f["in_union"])).collect();
    assert_eq!(
        serde_json::json!(fields),
        serde_json::json!([["HPyItem_Kind", false], ["long", true], ["const char *", true]])
    );
    let kind =
        json["enums"].as_array().unwrap().iter().find(|found| found["name"] == "HPyItem_Kind").unwrap();
    assert_eq!((&kind["constants"][0]["value"], &kind["constants"][1]["value"]), (&(-1).into(), &0.into()));
    assert_eq!(json["macros"][1]["params"], serde_json::json!(["TYPE", "..."]));
    let declarations = ["typedef intptr_t HPy_ssize_t;", "typedef Py_ssize_t HPy_ssize_t;"];
    assert_eq!(json["types"][0]["declarations"], serde_json::json!(declarations));
    let raise = &json["compiled"][1];
    assert_eq!(
        (&raise["name"], &raise["variadic"], &raise["raises"]),
        (&"HPyItem_Raise".into(), &true.into(), &true.into())
    );
    assert_eq!(json["variables"][0]["type"], "const char *const");
}
