//! `docs/porting-guide.md` and `docs/c-api.md` against the headers: the names they use exist, and the guide's tables leave no
//! function of HPy out. (That none of the C API is left out is in `tests/docs/test_c_api_docs.py`; that the guide's extracts are those
//! of the sources is checked with the generated files.)

mod common;

use std::collections::BTreeSet;
use std::fs;

use common::{model, root};
use hpy_codegen::{guide, headers};

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

fn guide_text() -> String {
    fs::read_to_string(root().join(guide::PATH)).unwrap()
}

/// The guide, and the page with what its tables leave out.
fn pages() -> String {
    guide_text() + &fs::read_to_string(root().join("docs/c-api.md")).unwrap()
}

/// Everything from this heading on, up to the next one that is as high.
fn section<'a>(text: &'a str, heading: &str) -> &'a str {
    let start = text.find(heading).unwrap_or_else(|| panic!("no section {heading}")) + heading.len();
    let level = heading.split(' ').next().unwrap();
    let rest = &text[start..];
    &rest[..rest.find(&format!("\n{level} ")).unwrap_or(rest.len())]
}

/// The words of all cells of a column, from 0, of all tables.
fn column(text: &str, number: usize) -> BTreeSet<&str> {
    let rows = text.lines().filter_map(|line| line.strip_prefix("| "));
    rows.flat_map(|row| words(row.split('|').nth(number).unwrap_or_default())).collect()
}

/// Functions that authors call: those of the context and those that are compiled into the extension.
fn public_functions() -> BTreeSet<String> {
    let mut names: BTreeSet<String> = model().functions.into_iter().map(|f| f.public_name).collect();
    for header in headers(&root()).unwrap() {
        for line in String::from_utf8(header.text).unwrap().lines() {
            let Some((head, _)) = line.split_once('(') else { continue };
            if head.starts_with("HPyAPI_FUNC ") || head.starts_with("HPyAPI_HELPER ") {
                let name = words(head).last().unwrap();
                if name.starts_with("HPy") {
                    names.insert(name.to_owned());
                }
            }
        }
    }
    names
}

#[test]
fn every_name_exists() {
    let headers = headers(&root()).unwrap();
    let texts: Vec<String> =
        headers.into_iter().map(|header| String::from_utf8(header.text).unwrap()).collect();
    let known: BTreeSet<&str> = texts.iter().flat_map(|text| words(text)).collect();
    let pages = pages();
    let unknown: BTreeSet<&str> = words(&pages)
        .filter(|word| (word.starts_with("HPy") || word.starts_with("_HPy")) && *word != "HPy")
        .filter(|word| !known.contains(word))
        .collect();
    assert_eq!(unknown, BTreeSet::new());
}

#[test]
fn every_constant_exists() {
    let model = model();
    let known: BTreeSet<&str> = model.constants.iter().map(|constant| constant.name.as_str()).collect();
    let pages = pages();
    let used: BTreeSet<&str> = words(&pages).filter(|word| word.starts_with("h_")).collect();
    // Names of handles in the sources that are shown.
    let locals = BTreeSet::from(["h_self", "h_value", "h_dropped", "h_ring"]);
    assert_eq!(used.difference(&known).copied().collect::<BTreeSet<_>>(), locals);
}

#[test]
fn every_function_has_a_row_in_one_table() {
    let guide = guide_text();
    let tables = section(&guide, "## From the C API to HPy");
    let without = column(section(tables, "### Functions of HPy without a counterpart"), 0);
    let replacing = &tables[..tables.find("### Functions of HPy without a counterpart").unwrap()];
    let replacing: BTreeSet<&str> = &column(replacing, 1) | &column(replacing, 2);
    let functions = public_functions();
    assert!(functions.len() > 190, "the helpers, too");
    for name in &functions {
        let found = (replacing.contains(name.as_str()), without.contains(name.as_str()));
        assert!(found != (false, false), "{name} is in none of the guide's tables");
        assert!(found != (true, true), "{name} is in both of the guide's tables");
    }
}

#[test]
fn every_slot_of_its_own_number_is_named() {
    let guide = guide_text();
    let tables: BTreeSet<&str> = words(section(&guide, "## From the C API to HPy")).collect();
    // The numbers below are those of CPython, and the names follow from them.
    for slot in model().slots.iter().filter(|slot| slot.number >= 1000) {
        assert!(tables.contains(slot.name.as_str()), "{}", slot.name);
    }
}

#[test]
fn every_extract_is_shown() {
    let guide = guide_text();
    for step in 1..=4 {
        let file = format!("examples/porting/step{step}/ringbuf.c");
        let source = fs::read_to_string(root().join(&file)).unwrap();
        for line in source.lines() {
            let Some(name) = line.strip_prefix("/* [").and_then(|rest| rest.strip_suffix("] */")) else {
                continue;
            };
            assert!(name == "end" || guide.contains(&format!("<!-- {file} [{name}] -->")), "{file} [{name}]");
        }
    }
}
