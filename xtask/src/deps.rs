//! Holds the dependency directions in the tables of ARCHITECTURE.md against the tree.
//!
//! Checked are: every room of the table exists; every crate has a row; a crate depends on no other crate of the
//! workspace and on no binding of CPython unless its row says so; headers and helpers include nothing but headers of
//! the project, as far as their row allows, and of the C standard library; files of a crate use each other in one
//! direction, but for the circles that the second table gives a reason for.

mod circles;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use cargo_metadata::{DependencyKind, MetadataCommand, Target};

const TABLE: &str = "ARCHITECTURE.md";
/// Headers of C11, and none else: neither Python's nor a system's.
const C_HEADERS: &[&str] = &[
    "assert.h",
    "complex.h",
    "ctype.h",
    "errno.h",
    "fenv.h",
    "float.h",
    "inttypes.h",
    "iso646.h",
    "limits.h",
    "locale.h",
    "math.h",
    "setjmp.h",
    "signal.h",
    "stdalign.h",
    "stdarg.h",
    "stdatomic.h",
    "stdbool.h",
    "stddef.h",
    "stdint.h",
    "stdio.h",
    "stdlib.h",
    "stdnoreturn.h",
    "string.h",
    "tgmath.h",
    "threads.h",
    "time.h",
    "uchar.h",
    "wchar.h",
    "wctype.h",
];

/// Rooms and what they may depend on, by the names in the table.
type Table = BTreeMap<String, BTreeSet<String>>;

/// Checks the tree. Returns what was checked, or all that is wrong as an error.
pub(crate) fn check(root: &Path) -> Result<String> {
    let text = fs::read_to_string(root.join(TABLE))?;
    let table = parse(&text).with_context(|| format!("{TABLE} has no table of rooms"))?;
    let mut wrong = Vec::new();
    for room in table.keys().filter(|room| !root.join(room).exists()) {
        wrong.push(format!("{TABLE} lists `{room}`, which is not there"));
    }
    let edges = crate_edges(root)?;
    wrong.extend(check_crates(&table, &edges));
    let mut files = 0;
    for room in ["include", "helpers"] {
        for file in c_files(&root.join(room))? {
            files += 1;
            wrong.extend(check_includes(root, &table, &file)?);
        }
    }
    let (modules, circles) = check_modules(root, &text)?;
    wrong.extend(circles);
    if !wrong.is_empty() {
        bail!("{}", wrong.join("\n"));
    }
    Ok(format!("{} crates, {modules} Rust files, {files} C files", edges.len()))
}

/// Reads the table whose header has the columns "place" and "may depend on". A cell may name several rooms.
fn parse(text: &str) -> Option<Table> {
    let cells = |line: &str| -> Vec<String> {
        line.trim().trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
    };
    let mut lines = text.lines().skip_while(|line| {
        let header = cells(line);
        !(header.iter().any(|c| c == "place") && header.iter().any(|c| c == "may depend on"))
    });
    let header = cells(lines.next()?);
    let place = header.iter().position(|c| c == "place")?;
    let depends = header.iter().position(|c| c == "may depend on")?;
    let mut table = Table::new();
    for line in lines.skip(1).take_while(|line| line.starts_with('|')) {
        let row = cells(line);
        let allowed: BTreeSet<String> = if row.get(depends)? == "all" {
            ["all".to_owned()].into()
        } else {
            code_spans(&row[depends]).collect()
        };
        for room in code_spans(row.get(place)?) {
            table.insert(room, allowed.clone());
        }
    }
    Some(table)
}

/// The rows of the table with the columns "circle" and "why": files that may use each other in a circle, or folders
/// whose files may. What a row does not begin with a whole path has the folder of the first one, up to `src/`.
fn allowed_circles(text: &str) -> Vec<Vec<String>> {
    let is_header = |line: &&str| line.starts_with("| circle ");
    let rows =
        text.lines().skip_while(|line| !is_header(line)).skip(2).take_while(|line| line.starts_with('|'));
    let files = |row: &str| {
        let files: Vec<String> = code_spans(row.split('|').nth(1)?).collect();
        let (folder, _) = files.first()?.split_once("/src")?;
        let whole = |file: &String| match file.contains("/src") {
            true => file.clone(),
            false => format!("{folder}/src/{file}"),
        };
        Some(files.iter().map(whole).collect())
    };
    rows.filter_map(files).collect()
}

/// Whether all files of a circle are in a row.
fn allows(row: &[String], circle: &BTreeSet<String>) -> bool {
    circle.iter().all(|file| row.iter().any(|allowed| Path::new(file).starts_with(allowed)))
}

/// Looks for circles of files in all crates. Returns the number of files, and what is wrong.
fn check_modules(root: &Path, text: &str) -> Result<(usize, Vec<String>)> {
    let metadata = MetadataCommand::new().manifest_path(root.join("Cargo.toml")).no_deps().exec()?;
    let allowed = allowed_circles(text);
    let mut used = BTreeSet::new();
    let (mut files, mut wrong) = (0, Vec::new());
    for package in metadata.workspace_packages() {
        let is_code = |target: &&Target| !target.is_test() && !target.is_bench() && !target.is_custom_build();
        for target in package.targets.iter().filter(is_code) {
            let uses = circles::uses(root, target.src_path.as_std_path())?;
            files += uses.len();
            for circle in circles::circles(&uses) {
                if let Some(row) = allowed.iter().find(|row| allows(row, &circle)) {
                    used.insert(row);
                    continue;
                }
                let (count, why) = (circle.len(), circles::explain(&uses, &circle));
                wrong.push(format!("{count} files of `{}` use each other in a circle:\n{why}", package.name));
            }
        }
    }
    for row in allowed.iter().filter(|row| !used.contains(row)) {
        wrong.push(format!("{TABLE} allows a circle of {}, where there is none", row.join(", ")));
    }
    Ok((files, wrong))
}

/// What stands between backquotes, without a closing slash.
fn code_spans(cell: &str) -> impl Iterator<Item = String> {
    cell.split('`').skip(1).step_by(2).map(|span| span.trim_end_matches('/').to_owned())
}

/// For each crate of the workspace, its room and what it depends on that the table speaks of.
fn crate_edges(root: &Path) -> Result<BTreeMap<String, BTreeSet<String>>> {
    let metadata = MetadataCommand::new().manifest_path(root.join("Cargo.toml")).no_deps().exec()?;
    let members = metadata.workspace_packages();
    let names: BTreeSet<&str> = members.iter().map(|package| package.name.as_str()).collect();
    let mut edges = BTreeMap::new();
    for package in &members {
        let folder = package.manifest_path.parent().context("a manifest has a folder")?;
        let room = folder.strip_prefix(&metadata.workspace_root)?.to_string();
        let dependencies = package
            .dependencies
            .iter()
            .filter(|d| d.kind != DependencyKind::Development)
            .map(|d| d.name.clone())
            .filter(|name| names.contains(name.as_str()) || is_binding(name))
            .collect();
        edges.insert(room, dependencies);
    }
    Ok(edges)
}

/// Whether a crate knows CPython. `pyo3-build-config` only finds it, for build scripts.
fn is_binding(name: &str) -> bool {
    name.starts_with("pyo3") && name != "pyo3-build-config"
}

fn check_crates(table: &Table, edges: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (room, dependencies) in edges {
        let Some(allowed) = table.get(room) else {
            wrong.push(format!("{TABLE} has no row for `{room}`"));
            continue;
        };
        for dependency in dependencies.difference(allowed).filter(|_| !allowed.contains("all")) {
            wrong
                .push(format!("`{room}` depends on `{dependency}`, which its row in {TABLE} does not allow"));
        }
    }
    wrong
}

/// The C files under a folder. `forbid_python_h` holds a file of the name Python.h on purpose; it includes nothing.
fn c_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in folder.read_dir().with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(c_files(&path)?);
        } else if path.extension().is_some_and(|e| e == "h" || e == "c") {
            files.push(path);
        }
    }
    Ok(files)
}

fn check_includes(root: &Path, table: &Table, file: &Path) -> Result<Vec<String>> {
    // A room may be inside of another.
    let own = file.strip_prefix(root)?;
    let rooms = table.iter().filter(|(room, _)| own.starts_with(room));
    let Some((room, allowed)) = rooms.max_by_key(|(room, _)| room.len()) else {
        bail!("{TABLE} has no row for {}", own.display());
    };
    let text = fs::read_to_string(file)?;
    let wrong = includes(&text).filter(|header| {
        let beside = file.with_file_name(header).exists();
        let public =
            (room == "include" || allowed.contains("include")) && root.join("include").join(header).exists();
        !beside && !public && !allowed.contains(*header) && !C_HEADERS.contains(header)
    });
    let file = own.display();
    Ok(wrong.map(|header| format!("{file} includes {header}, which `{room}` may not know")).collect())
}

/// The names in the `#include` lines of a C text.
fn includes(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let rest = line.trim_start().strip_prefix('#')?.trim_start().strip_prefix("include")?.trim_start();
        let close = if rest.starts_with('<') { '>' } else { '"' };
        rest.get(1..)?.split(close).next()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
| place | what | may depend on |
| --- | --- | --- |
| `crates/a` | low | – |
| `crates/b` | high | `a`, `pyo3-ffi` |
| `tests/`, `docs/` | both | all |

| `crates/c` | another table | `a` |
";

    fn names(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| name.to_string()).collect()
    }

    fn edges(list: &[(&str, &[&str])]) -> BTreeMap<String, BTreeSet<String>> {
        list.iter().map(|(room, to)| (room.to_string(), names(to))).collect()
    }

    #[test]
    fn reads_the_table() {
        let table = parse(TEXT).unwrap();
        assert_eq!(table.keys().collect::<Vec<_>>(), ["crates/a", "crates/b", "docs", "tests"]);
        assert_eq!(table["crates/a"], names(&[]));
        assert_eq!(table["crates/b"], names(&["a", "pyo3-ffi"]));
        assert!(parse("no table").is_none());
    }

    #[test]
    fn accepts_listed_edges_only() {
        let table = parse(TEXT).unwrap();
        let good = edges(&[("crates/a", &[]), ("crates/b", &["a"]), ("tests", &["a", "b"])]);
        assert_eq!(check_crates(&table, &good), Vec::<String>::new());
        let bad = edges(&[("crates/a", &["pyo3-ffi"]), ("crates/c", &[])]);
        assert_eq!(
            check_crates(&table, &bad),
            [
                "`crates/a` depends on `pyo3-ffi`, which its row in ARCHITECTURE.md does not allow",
                "ARCHITECTURE.md has no row for `crates/c`",
            ]
        );
    }

    #[test]
    fn reads_the_circles_that_may_be() {
        let text =
            "| circle | why |\n| --- | --- |\n| `crates/a/src/x.rs`, `y/` | one `idea` |\n\n| `z` | |\n";
        let rows = allowed_circles(text);
        assert_eq!(rows, [["crates/a/src/x.rs", "crates/a/src/y"]]);
        assert!(allows(&rows[0], &names(&["crates/a/src/x.rs", "crates/a/src/y/mod.rs"])));
        assert!(!allows(&rows[0], &names(&["crates/a/src/x.rs", "crates/a/src/yy.rs"])));
    }

    #[test]
    fn finds_includes() {
        let text = "#include <hpy.h>\n  # include \"hpy/dict.h\" // why\nint x; // #include\n";
        assert_eq!(includes(text).collect::<Vec<_>>(), ["hpy.h", "hpy/dict.h"]);
    }
}
