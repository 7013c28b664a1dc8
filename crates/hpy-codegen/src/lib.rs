//! Reads the headers in `include/` into a model, and generates everything that follows from it.
//!
//! Data flows from `scan` and `walk`, which read, through `model` and `check` to `emit`, which writes. Nothing here
//! depends on what the functions of the API do. `guide` updates the extracts of source code in the porting guide.

mod check;
pub mod ctype;
pub mod diagnostics;
pub mod emit;
mod entry;
pub mod facts;
pub mod guide;
pub mod model;
mod scan;
pub mod version;
mod walk;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, bail};

pub use diagnostics::{Diagnostic, Diagnostics, Rule};
pub use entry::{Call, Entry};
pub use model::Model;
pub use walk::Header;

/// The model of some headers, or what is wrong with them.
pub fn read(headers: &[Header]) -> Result<Model, Diagnostics> {
    let (mut model, mut diagnostics) = walk::walk(headers);
    model.abi = version::read(headers, &mut diagnostics);
    check::check(&mut model, &mut diagnostics);
    if diagnostics.0.is_empty() { Ok(model) } else { Err(diagnostics) }
}

/// The hand-written headers under `root`, sorted by path: `hpy.h`, those of the topics, and those for the CPython ABI.
pub fn headers(root: &Path) -> anyhow::Result<Vec<Header>> {
    let mut headers = Vec::new();
    for folder in ["include", "include/hpy", "include/hpy/cpython"] {
        let dir = root.join(folder);
        for entry in fs::read_dir(&dir).with_context(|| format!("cannot read {}", dir.display()))? {
            let path = entry?.path();
            if path.is_file() && path.extension().is_some_and(|e| e == "h") {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                let text = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
                headers.push(Header { path: format!("{folder}/{name}"), text });
            }
        }
    }
    headers.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(headers)
}

/// Reads and checks the headers under `root`, then writes every generated file that is out of date.
/// With `check`, nothing is written and stale files are an error that names them.
pub fn run(root: &Path, check: bool) -> anyhow::Result<()> {
    let model = read(&headers(root)?)?;
    let mut outputs = emit::outputs(&model, root)?;
    outputs.extend(guide::emit(root)?);
    let mut stale = Vec::new();
    for output in &outputs {
        let path = root.join(&output.path);
        let current = fs::read(&path).unwrap_or_default();
        if current == output.text.as_bytes() {
            continue;
        }
        stale.push(format!("{} is stale", output.path));
        if !check {
            fs::create_dir_all(path.parent().unwrap_or(root))?;
            fs::write(&path, &output.text).with_context(|| format!("cannot write {}", output.path))?;
        }
    }
    for path in obsolete_files(root, &outputs)? {
        stale.push(format!("{path} is obsolete"));
        if !check {
            fs::remove_file(root.join(&path)).with_context(|| format!("cannot remove {path}"))?;
        }
    }
    if check && !stale.is_empty() {
        bail!("{}; run 'cargo xtask codegen' and commit the result", stale.join(", "));
    }
    Ok(())
}

/// Generated files that are no longer generated.
fn obsolete_files(root: &Path, outputs: &[emit::Output]) -> anyhow::Result<Vec<String>> {
    let known: BTreeSet<&str> = outputs.iter().map(|o| o.path.as_str()).collect();
    let dirs: BTreeSet<&str> = known.iter().filter_map(|path| Some(path.rsplit_once('/')?.0)).collect();
    let mut found = Vec::new();
    for dir in dirs {
        let Ok(entries) = fs::read_dir(root.join(dir)) else { continue };
        for entry in entries {
            let path = format!("{dir}/{}", entry?.file_name().to_string_lossy());
            let text = fs::read_to_string(root.join(&path)).unwrap_or_default();
            if !known.contains(path.as_str()) && text.lines().take(2).any(|line| line.contains(emit::MARK)) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The model of the headers under `root`, as JSON.
pub fn api_json(root: &Path) -> anyhow::Result<String> {
    let model = read(&headers(root)?)?;
    Ok(serde_json::to_string_pretty(&model)? + "\n")
}
