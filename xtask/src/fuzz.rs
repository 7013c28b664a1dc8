//! `cargo xtask fuzz`: random inputs, each of which must work or be refused with an error. The same seed gives the same
//! inputs.
//!
//! Two targets are properties of `cargo test` (crates/hpy-codegen/tests/total.rs, crates/hpy-load/src/modes/fuzz.rs),
//! the others are in tests/fuzz/, which run in a real interpreter.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};

use crate::engine::{self, Engine};
use crate::mode::Mode;
use crate::progress::Progress;
use crate::sanitize::Sanitized;
use crate::venv::{Tools, Venv};

#[derive(Args)]
pub(crate) struct Options {
    /// What to fuzz; everything by default
    targets: Vec<Target>,
    /// How many inputs each target gets
    #[arg(long, default_value_t = 10_000)]
    inputs: u64,
    /// The seed from which all inputs are generated
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Run only the input with this number, and show it
    #[arg(long)]
    input: Option<u64>,
    /// The Python to use instead of the default, such as 3.12
    #[arg(long, value_name = "VERSION")]
    python: Option<String>,
    /// The ABI that the extension is compiled for
    #[arg(long, default_value = "universal")]
    abi: String,
    /// Load the extension in this mode
    #[arg(long, value_parser = mode)]
    mode: Option<String>,
    /// With AddressSanitizer and UndefinedBehaviorSanitizer
    #[arg(long)]
    sanitize: bool,
}

/// The name of a mode, including the one without layers.
fn mode(name: &str) -> Result<String, String> {
    match name {
        "universal" => Ok(name.into()),
        _ => Mode::from_str(name, false).map(|mode| mode.name().into()),
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Target {
    /// The parser of the headers
    Header,
    /// The values of the environment variable HPY
    Mode,
    /// HPyArg_Parse, HPyArg_ParseKeywords, HPyArg_ParseKeywordsDict
    Argparse,
    /// HPy_BuildValue
    Buildvalue,
    /// HPyUnicode_FromFormat
    Format,
    /// Definitions of types, and the types made from them
    Types,
    /// Definitions of modules, and the modules made from them
    Modules,
}

impl Target {
    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// The arguments of `cargo test` that select the properties, and how many of them share the inputs.
    fn properties(self) -> Option<(&'static [&'static str], u64)> {
        match self {
            Target::Header => Some((&["-p", "hpy-codegen", "--test", "total"], 4)),
            Target::Mode => Some((&["-p", "hpy-load", "modes::fuzz"], 3)),
            _ => None,
        }
    }
}

pub(crate) fn run(root: &Path, options: &Options) -> Result<()> {
    let mut progress = Progress::new(root, "fuzz", 0)?;
    let mut engines = engine::find(root, &mut progress);
    let tools = Tools::new(root, &engines, &mut progress)?;
    engines.retain(options.python.as_slice())?;
    let engine = engines.builder()?.clone();
    let all = Target::value_variants();
    let targets = if options.targets.is_empty() { all } else { &options.targets };

    let mut failed = Vec::new();
    for target in targets {
        let mut command = match target.properties() {
            Some((arguments, count)) => properties(root, &engine, options, arguments, count),
            None => inputs(root, &engine, &tools, options, *target, &mut progress)?,
        };
        match progress.command(&target.name(), &mut command) {
            Ok(finished) => println!("{}", finished.output.trim_end()),
            Err(_) => failed.push(target.name()),
        }
    }
    if !failed.is_empty() {
        bail!("failing inputs were found by: {}", failed.join(", "));
    }
    Ok(())
}

fn properties(root: &Path, engine: &Engine, options: &Options, arguments: &[&str], count: u64) -> Command {
    let mut cargo = Command::new("cargo");
    cargo
        .args(["test", "--quiet", "--profile", "fuzz", "--locked"])
        .args(arguments)
        .current_dir(root)
        .env("PYO3_PYTHON", &engine.executable)
        .env("PROPTEST_CASES", options.inputs.div_ceil(count).to_string())
        .env("PROPTEST_RNG_SEED", options.seed.to_string());
    cargo
}

fn inputs(
    root: &Path,
    engine: &Engine,
    tools: &Tools,
    options: &Options,
    target: Target,
    progress: &mut Progress,
) -> Result<Command> {
    let mut command = if options.sanitize {
        Sanitized::new(root, engine, tools, progress)?.command()
    } else {
        let venv = Venv::new(root, engine, tools, progress)?;
        venv.install_runtime(root, progress)?;
        venv.command()
    };
    command.current_dir(root.join("tests")).args(["-m", "fuzz", &target.name(), "--abi", &options.abi]);
    command.args(["--seed", &options.seed.to_string(), "--inputs", &options.inputs.to_string()]);
    if let Some(input) = options.input {
        command.args(["--input", &input.to_string()]);
    }
    if let Some(mode) = &options.mode {
        command.args(["--mode", mode]);
    }
    Ok(command)
}
