//! `cargo xtask sanitize --thread`: tests in which many threads use the layers and the locks at the same time, under
//! ThreadSanitizer.
//!
//! The standard library is compiled from source and instrumented as well: what its locks order would be taken for races
//! otherwise.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::engine::Engine;
use crate::folders::target;
use crate::progress::{Progress, summary};

const LAYERS: [&str; 4] = ["-p", "hpy-layers", "--test", "layers"];
/// The tests whose names have this in them.
const TESTS: &str = "threads";
/// A test that is to fail.
const MISTAKE: &str = "race_on_purpose";

/// `rust_target` is this machine.
pub(super) fn run(root: &Path, builder: &Engine, rust_target: &str, progress: &mut Progress) -> Result<()> {
    let output = Command::new("rustc").args(["--print", "sysroot"]).output().context("cannot run rustc")?;
    let sysroot = String::from_utf8(output.stdout)?;
    let source = Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library");
    if !source.exists() {
        bail!("the standard library's source is not in {}: rustup component add rust-src", source.display());
    }
    let cargo = |arguments: &[&str]| {
        let mut cargo = Command::new("cargo");
        cargo
            .args(["test", "--locked", "-Zbuild-std", "--target", rust_target])
            .args(arguments)
            .env("RUSTC_BOOTSTRAP", "1")
            .env("RUSTFLAGS", "-Zsanitizer=thread")
            .env("RUST_BACKTRACE", "0")
            .env("CARGO_PROFILE_DEV_OPT_LEVEL", "1")
            .env("CARGO_TARGET_DIR", target(root).join("thread-sanitizer"))
            .env("PYO3_PYTHON", &builder.executable)
            .current_dir(root);
        cargo
    };
    let mut passed = Vec::new();
    for arguments in [&LAYERS[..], &["-p", "hpy-cpython", "--lib"]] {
        let finished = progress.command(arguments[1], &mut cargo(&[arguments, &[TESTS]].concat()))?;
        passed.push(format!("{}: {}", arguments[1], summary(&finished.output).unwrap_or_default()));
    }
    progress.function("mistake on purpose", || {
        let output = cargo(&[&LAYERS[..], &[MISTAKE, "--", "--ignored"]].concat()).output()?;
        let found = String::from_utf8_lossy(&output.stderr).contains("WARNING: ThreadSanitizer: data race");
        if output.status.success() || !found {
            bail!("ThreadSanitizer does not see the data race of the test {MISTAKE}");
        }
        Ok("ThreadSanitizer sees it".into())
    })?;
    passed.iter().for_each(|line| println!("{line}"));
    Ok(())
}
