//! `cargo xtask loom`: tries lock-free code in every order of its threads that the memory model allows.
//!
//! The tests stand with the code, in modules `loom_tests`, and use the types of the crate `loom` in place of the standard
//! library's (`sync.rs` of each crate).

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::engine::{self, Engine};
use crate::folders::target;
use crate::progress::{Finished, Progress, summary};

pub(crate) fn run(root: &Path) -> Result<()> {
    let mut progress = Progress::new(root, "loom", 0)?;
    let engines = engine::find(root, &mut progress);
    let finished = check(root, engines.builder()?, &mut progress)?;
    println!("{}", summary(&finished.output).unwrap_or_default());
    Ok(())
}

/// Runs the tests. The engine is only what the crates are compiled for.
pub(crate) fn check(root: &Path, builder: &Engine, progress: &mut Progress) -> Result<Finished> {
    let mut cargo = Command::new("cargo");
    cargo
        .args([
            "test",
            "--locked",
            "--release",
            "-p",
            "hpy-cpython",
            "-p",
            "hpy-layers",
            "--lib",
            "loom_tests",
        ])
        .env("RUSTFLAGS", "--cfg loom")
        // What fails runs all that was tried before, with a trace each.
        .env("RUST_BACKTRACE", "0")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS", "true")
        .env("CARGO_TARGET_DIR", target(root).join("loom"))
        .env("PYO3_PYTHON", &builder.executable)
        .current_dir(root);
    progress.command("loom", &mut cargo)
}
