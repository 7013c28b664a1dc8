//! `cargo xtask sanitize`: runs the test suite and the fuzzers with sanitizers that report memory errors and undefined
//! behaviour.
//!
//! AddressSanitizer instruments the runtime, for which the stable compiler needs `RUSTC_BOOTSTRAP`, the helpers and the
//! extensions; UndefinedBehaviorSanitizer instruments the C code. Valgrind runs the ordinary build, and is slow.
//! ThreadSanitizer is in [`thread`].

mod thread;

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::engine::{self, Engine};
use crate::progress::Progress;
use crate::venv::{Tools, Venv, clean};

#[derive(Args)]
pub(crate) struct Options {
    /// The Python to use instead of the default, such as 3.12
    #[arg(long, value_name = "VERSION")]
    python: Option<String>,
    /// Only the tests that match, as pytest's -k
    #[arg(short = 'k', value_name = "EXPRESSION")]
    keyword: Option<String>,
    /// How many inputs each target of `cargo xtask fuzz` gets
    #[arg(long, default_value_t = 5_000)]
    inputs: u64,
    /// Use Valgrind, for a sample of the tests and without fuzzing
    #[arg(long)]
    valgrind: bool,
    /// Use ThreadSanitizer, for the layers and locks in many threads, without Python
    #[arg(long)]
    thread: bool,
}

/// Folders of tests that mostly run a compiler, or a Python without the sanitizers.
const LEFT_OUT: &[&str] = &["devel", "fuzz", "headers"];
/// Tests that Valgrind can run in minutes.
const SAMPLE: &str = "test_types_lifetime or test_types_members or test_argparse or test_tracker or test_builder \
                      or test_field or test_capsule or test_trampoline";
/// CPython itself reads uninitialised bits, so reports of that say nothing.
const VALGRIND: &[&str] = &["-q", "--error-exitcode=99", "--leak-check=no", "--undef-value-errors=no"];
/// With sanitizers, these warnings of gcc are false.
const COMPILER: &str = "cc -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer \
                        -Wno-format-truncation -Wno-maybe-uninitialized";

pub(crate) fn run(root: &Path, options: &Options) -> Result<()> {
    let mut progress = Progress::new(root, "sanitize", 0)?;
    let mut engines = engine::find(root, &mut progress);
    let tools = Tools::new(root, &engines, &mut progress)?;
    engines.retain(options.python.as_slice())?;
    let engine = engines.builder()?.clone();
    if options.thread {
        return thread::run(root, &engine, &rust_target()?, &mut progress);
    }
    if options.valgrind {
        return valgrind(root, &engine, &tools, options, &mut progress);
    }

    let sanitized = Sanitized::new(root, &engine, &tools, &mut progress)?;
    let mut proof = sanitized.command();
    proof.current_dir(root.join("tests")).args(["-m", "support.sanitizers"]);
    progress.command("mistakes on purpose", &mut proof)?;
    let mut failed = Vec::new();
    for mode in ["universal", "debug"] {
        let mut pytest = sanitized.command();
        pytest
            .args(["-m", "pytest", "tests", "-p", "no:cacheprovider", "--abi=universal", "--mode", mode])
            .args(["-n", &std::thread::available_parallelism().map_or(1, usize::from).to_string()])
            .args(LEFT_OUT.iter().map(|folder| format!("--ignore=tests/{folder}")))
            .args(["-m", "not unsanitized"])
            .current_dir(root);
        if let Some(keyword) = &options.keyword {
            pytest.args(["-k", keyword]);
        }
        if progress.command(&format!("pytest in {mode} mode"), &mut pytest).is_err() {
            failed.push(format!("pytest in {mode} mode"));
        }
    }
    let mut fuzz = sanitized.command();
    fuzz.current_dir(root.join("tests")).args(["-m", "fuzz", "--inputs", &options.inputs.to_string()]);
    match progress.command("fuzz", &mut fuzz) {
        Ok(finished) => println!("{}", finished.output.trim_end()),
        Err(_) => failed.push("fuzz".into()),
    }
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}

fn valgrind(
    root: &Path,
    engine: &Engine,
    tools: &Tools,
    options: &Options,
    progress: &mut Progress,
) -> Result<()> {
    let venv = Venv::new(root, engine, tools, progress)?;
    venv.install_runtime(root, progress)?;
    let mut valgrind = clean(Path::new("valgrind"));
    valgrind
        .args(VALGRIND)
        .arg(venv.python())
        .args(["-m", "pytest", "tests", "-p", "no:cacheprovider", "--abi=universal"])
        .args(["-k", options.keyword.as_deref().unwrap_or(SAMPLE)])
        .env("PYTHONMALLOC", "malloc")
        .current_dir(root);
    progress.command("pytest under Valgrind", &mut valgrind)?;
    Ok(())
}

/// An environment with an instrumented runtime.
pub(crate) struct Sanitized {
    venv: Venv,
    /// The libraries that have to be loaded before Python.
    library: OsString,
}

impl Sanitized {
    pub(crate) fn new(
        root: &Path,
        engine: &Engine,
        tools: &Tools,
        progress: &mut Progress,
    ) -> Result<Sanitized> {
        // Named after a target, the flags are for the runtime alone and not for what builds it.
        let target = rust_target()?;
        let variables = [
            ("RUSTC_BOOTSTRAP", "1"),
            ("RUSTFLAGS", "-Zsanitizer=address -Cforce-frame-pointers=yes"),
            ("CARGO_BUILD_TARGET", &target),
            ("CARGO_PROFILE_RELEASE_LTO", "off"),
            // For the functions in reports.
            ("CARGO_PROFILE_RELEASE_DEBUG", "line-tables-only"),
            ("CARGO_PROFILE_RELEASE_STRIP", "none"),
        ];
        let label = format!("{}-sanitized", engine.label);
        let venv = Venv::labelled(root, engine, &label, tools, progress)?;
        venv.install_runtime_with(root, &variables, progress)?;
        let sanitized = Sanitized { venv, library: library("libasan.so")? };
        sanitized.check_symbols(root)?;
        Ok(sanitized)
    }

    /// A command that runs the environment's Python with the sanitizers.
    pub(crate) fn command(&self) -> Command {
        let mut command = self.venv.command();
        command
            .env("LD_PRELOAD", &self.library)
            .env("PYTHONMALLOC", "malloc")
            .env("CC", COMPILER)
            // CPython leaves memory behind at its end; a test that wants no memory gets none.
            .env("ASAN_OPTIONS", "detect_leaks=0:allocator_may_return_null=1:detect_odr_violation=0")
            .env("UBSAN_OPTIONS", "print_stacktrace=1:halt_on_error=1");
        command
    }

    /// Whether the runtime calls AddressSanitizer.
    fn check_symbols(&self, root: &Path) -> Result<()> {
        let code = "import importlib.util; print(importlib.util.find_spec('hpy.universal').origin)";
        let output = self.venv.command().args(["-c", code]).current_dir(root.join("tests")).output()?;
        let path = String::from_utf8(output.stdout)?.trim().to_owned();
        let content = fs::read(&path).with_context(|| format!("cannot read the runtime {path:?}"))?;
        let symbol = b"__asan_report_load8";
        if !content.windows(symbol.len()).any(|bytes| bytes == symbol) {
            bail!("the runtime {path} is not instrumented: it has no symbol __asan_report_load8");
        }
        Ok(())
    }
}

/// A library of the C compiler.
fn library(name: &str) -> Result<OsString> {
    let output = Command::new("cc").arg(format!("-print-file-name={name}")).output().context("no cc")?;
    let path = String::from_utf8(output.stdout)?.trim().to_owned();
    if !Path::new(&path).is_absolute() {
        bail!("cc has no {name}; gcc includes it");
    }
    Ok(path.into())
}

fn rust_target() -> Result<String> {
    let output = Command::new("rustc").arg("-vV").output()?;
    let text = String::from_utf8(output.stdout)?;
    let line = text.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(line.context("rustc -vV does not print the host")?.to_owned())
}
