//! What this crate knows about its build: the `cfg(Py_3_*)` of the CPython that it is built for, and in variables that
//! CPython's tag, the Python form of the version, and the revision.

use pyo3_build_config::PythonImplementation;
use std::path::Path;
use std::process::Command;

fn main() {
    pyo3_build_config::use_pyo3_cfgs();
    let python = pyo3_build_config::get();
    let threading = if python.target_abi().kind().is_free_threaded() { "t" } else { "" };
    println!("cargo:rerun-if-env-changed=HPY_PYTHON_TAG");
    let version = format!("{}{}", python.version().major, python.version().minor);
    let tag = match python.target_abi().implementation() {
        // It has a version of its C API in its tag, which setup.py knows.
        PythonImplementation::PyPy => {
            std::env::var("HPY_PYTHON_TAG").unwrap_or_else(|_| format!("pypy{version}-pp73"))
        }
        _ => format!("cp{version}{threading}"),
    };
    println!("cargo:rustc-env=HPY_PYTHON_TAG={tag}");
    println!("cargo:rustc-env=HPY_VERSION={}", python_version(env!("CARGO_PKG_VERSION")));
    // A source distribution is no checkout: setup.py hands on the revision that it was made from.
    println!("cargo:rerun-if-env-changed=HPY_GIT_REVISION");
    let revision = std::env::var("HPY_GIT_REVISION").ok().or_else(revision);
    println!("cargo:rustc-env=HPY_GIT_REVISION={}", revision.unwrap_or_else(|| "unknown".into()));
}

/// `0.10.0-dev.0` as Python writes it: `0.10.0.dev0`.
fn python_version(cargo: &str) -> String {
    match cargo.split_once('-') {
        Some((release, pre)) => format!("{release}.{}", pre.replace('.', "")),
        None => cargo.to_owned(),
    }
}

/// The commit that the sources are at, if they are a checkout of their own and not, say, unpacked inside another.
fn revision() -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2)?.canonicalize().ok()?;
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).current_dir(&root).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| text.trim().to_owned())
    };
    if Path::new(&git(&["rev-parse", "--show-toplevel"])?).canonicalize().ok()? != root {
        return None;
    }
    // Written by each commit and checkout.
    println!(
        "cargo:rerun-if-changed={}",
        root.join(git(&["rev-parse", "--git-path", "logs/HEAD"])?).display()
    );
    git(&["rev-parse", "--short", "HEAD"])
}
