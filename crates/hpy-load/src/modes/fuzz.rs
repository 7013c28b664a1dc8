//! The grammar of `HPY` against a second reading of its description: for any value both take it or none does, and they
//! agree about the modes. `cargo xtask fuzz mode` runs more of it.

use proptest::prelude::*;

use super::Modes;

/// Parts of values, so that random values come close to being right.
const PIECES: &[&str] = &[
    "universal",
    "debug",
    "trace",
    "Debug",
    "TRACE",
    "UniVersal",
    "+",
    "+",
    ":",
    ":",
    ":",
    ",",
    ",",
    " ",
    "m",
    "pkg.m",
    "pkg",
    "a",
    "a-b",
    "M",
    "é",
    "\u{a0}",
    "\0",
    "debu",
    "debug+trace",
    "m:trace",
    ",a:debug+trace",
    "x",
    ".",
];
const NAMES: &[(&str, &str)] =
    &[("m", "m"), ("pkg.m", "m"), ("pkg.a-b", "a_b"), ("", ""), ("a.", ""), ("é", "é")];

/// The modes as a list of lower-case names, or nothing if they are wrong.
fn modes(text: &str) -> Option<Vec<String>> {
    let names: Vec<String> = text.split('+').map(str::to_ascii_lowercase).collect();
    match names.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["universal"] => Some(vec![]),
        ["debug"] | ["trace"] | ["debug", "trace"] | ["trace", "debug"] => Some(names),
        _ => None,
    }
}

/// As the module's doc describes it, in one pass over entries that are all checked first.
fn described(value: &str, full_name: &str, short_name: &str) -> Option<Vec<String>> {
    if value.is_empty() {
        return Some(vec![]);
    }
    if !value.chars().any(|c| c == ':') {
        return modes(value);
    }
    let mut entries = Vec::new();
    for entry in value.split(',') {
        let colon = entry.find(':')?;
        let (name, rest) = (&entry[..colon], modes(&entry[colon + 1..])?);
        if name.is_empty() || name.split_whitespace().collect::<String>() != name {
            return None;
        }
        entries.push((name, rest));
    }
    let last = full_name.split('.').next_back()?;
    let first =
        entries.into_iter().find(|(name, _)| *name == full_name || *name == last || *name == short_name);
    Some(first.map_or(vec![], |(_, modes)| modes))
}

fn agrees(value: &str) -> Result<(), TestCaseError> {
    for (full_name, short_name) in NAMES {
        let names = described(value, full_name, short_name);
        match Modes::from_variable(value, full_name, short_name) {
            Ok(found) => {
                let text = found.to_string();
                prop_assert_eq!(modes(&text), names, "{} for {}", &text, full_name);
            }
            Err(error) => {
                prop_assert_eq!(names, None, "{} for {}", &error, full_name);
                let text = error.to_string();
                let start = text.strip_prefix("invalid HPy mode: ").expect("all errors begin so");
                prop_assert!(value.starts_with(start) && start.len() <= 50);
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text(value in any::<String>()) {
        agrees(&value)?;
    }

    #[test]
    fn any_pieces(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..12)) {
        agrees(&pieces.concat())?;
    }

    /// Entries as they should be, with one byte changed now and then.
    #[test]
    fn any_entries(
        entries in prop::collection::vec(("(m|pkg\\.m|a_b|x)", "(debug|trace|debug\\+trace|universal)"), 1..5),
        change in prop::option::of((any::<prop::sample::Index>(), any::<char>())),
    ) {
        let mut value = entries.iter().map(|(name, modes)| format!("{name}:{modes}")).collect::<Vec<_>>().join(",");
        if let Some((at, c)) = change {
            value.insert(at.index(value.len() + 1), c);
        }
        agrees(&value)?;
    }
}
