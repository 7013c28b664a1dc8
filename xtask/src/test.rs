//! `cargo xtask test`: everything that guards the project, step by step. All steps run, also after one has failed.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, bail};
use clap::{Args, ValueEnum};
use comfy_table::{Table, presets::UTF8_FULL_CONDENSED};

use crate::demo::Examples;
use crate::deps;
use crate::engine::{self, Engine, Engines};
use crate::mode::Mode;
use crate::progress::{self, Finished, Progress, seconds};
use crate::venv::{PEER_PYTHON, Tools, Venv};

#[derive(Args)]
pub(crate) struct Options {
    /// Only the steps whose names start so, such as `clippy` or `pytest`; may be repeated
    #[arg(long, value_name = "STEP")]
    only: Vec<String>,
    /// Only these engines, such as 3.12, each with the whole suite; may be repeated
    #[arg(long = "python", value_name = "VERSION")]
    pythons: Vec<String>,
    /// Only the Python tests that match, as pytest's -k
    #[arg(short = 'k', value_name = "EXPRESSION")]
    keyword: Option<String>,
    /// Only list the steps
    #[arg(long)]
    list: bool,
    /// What follows -- goes to pytest
    #[arg(last = true)]
    pytest: Vec<String>,
}

/// Besides the default Python, where the whole suite runs.
const WHOLE: &str = "3.13";

/// How much of the suite an engine runs.
#[derive(Clone, Copy, PartialEq)]
enum Suite {
    Whole,
    Smoke,
    Leaks,
    /// The whole suite with the extensions that have a runtime loaded in a mode.
    Mode(Mode),
    /// On this runtime, with extensions compiled by HPy 0.9.
    PeerBinaries,
    /// On HPy 0.9, with extensions compiled by this tree.
    PeerRuntime,
}

impl Suite {
    fn name(self) -> String {
        match self {
            Suite::Whole => String::new(),
            Suite::Smoke => " smoke".into(),
            Suite::Leaks => " leaks".into(),
            Suite::Mode(mode) => format!(" in {} mode", mode.name()),
            Suite::PeerBinaries => " with binaries of HPy 0.9".into(),
            Suite::PeerRuntime => " with the runtime of HPy 0.9".into(),
        }
    }
}

enum Step {
    Codegen,
    Format,
    Clippy,
    Rust,
    Ruff,
    Deps,
    Pytest(Engine, Suite),
    Examples(Engine),
}

impl Step {
    fn name(&self) -> String {
        match self {
            Step::Codegen => "codegen".into(),
            Step::Format => "fmt".into(),
            Step::Clippy => "clippy".into(),
            Step::Rust => "rust".into(),
            Step::Ruff => "ruff".into(),
            Step::Deps => "deps".into(),
            Step::Pytest(engine, suite) => format!("pytest {}{}", engine.label, suite.name()),
            Step::Examples(engine) => format!("examples {}", engine.label),
        }
    }
}

pub(crate) fn run(root: &Path, options: &Options) -> Result<()> {
    let mut setup = Progress::new(root, "test", 0)?;
    let mut engines = engine::find(root, &mut setup);
    let builder = engines.builder()?.clone();
    let mut run = Run {
        root,
        options,
        tools: Tools::new(root, &engines, &mut setup)?,
        builder,
        examples: None,
        progress: setup,
    };
    engines.retain(&options.pythons)?;

    let mut steps = steps(&engines, !options.pythons.is_empty());
    steps.retain(|step| {
        options.only.is_empty() || options.only.iter().any(|only| step.name().starts_with(only.as_str()))
    });
    if steps.is_empty() {
        bail!("no step is named so; see `cargo xtask test --list`");
    }
    if options.list {
        steps.iter().for_each(|step| println!("{}", step.name()));
        return Ok(());
    }

    let start = Instant::now();
    let mut outcomes = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        println!("── {}/{} {}", number + 1, steps.len(), step.name());
        outcomes.push((step.name(), run.step(step)));
    }
    conclude(outcomes, &engines, start.elapsed())
}

fn steps(engines: &Engines, named: bool) -> Vec<Step> {
    let mut steps = vec![Step::Codegen, Step::Format, Step::Deps, Step::Clippy, Step::Rust, Step::Ruff];
    for engine in &engines.found {
        let suite = match engine {
            engine if engine.debug => Suite::Leaks,
            engine if named || engine.default || engine.label == WHOLE => Suite::Whole,
            _ => Suite::Smoke,
        };
        steps.push(Step::Pytest(engine.clone(), suite));
        if engine.default {
            let modes = Mode::value_variants().iter();
            steps.extend(modes.map(|mode| Step::Pytest(engine.clone(), Suite::Mode(*mode))));
        }
        if engine.label == PEER_PYTHON {
            steps.push(Step::Pytest(engine.clone(), Suite::PeerBinaries));
            steps.push(Step::Pytest(engine.clone(), Suite::PeerRuntime));
        }
        steps.push(Step::Examples(engine.clone()));
    }
    steps
}

/// What the steps share.
struct Run<'a> {
    root: &'a Path,
    options: &'a Options,
    tools: Tools,
    /// The Python that builds the examples, and that Rust code is checked against.
    builder: Engine,
    /// Built by the first step that needs them.
    examples: Option<Examples>,
    progress: Progress,
}

impl Run<'_> {
    fn step(&mut self, step: &Step) -> Result<Finished> {
        let name = step.name();
        match step {
            Step::Codegen => self.progress.function(&name, || {
                hpy_codegen::run(self.root, true).map(|()| "generated files are fresh".into())
            }),
            Step::Deps => self.progress.function(&name, || deps::check(self.root)),
            Step::Format => self.cargo(&name, &["fmt", "--all", "--check"]),
            Step::Clippy => {
                let arguments =
                    ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
                self.cargo(&name, &arguments)
            }
            Step::Rust => self.cargo(&name, &["test", "--workspace", "--locked"]),
            Step::Ruff => {
                let mut ruff = self.tools.command("ruff");
                self.progress.command(
                    &name,
                    ruff.args(["check", "--no-cache", "--extend-exclude=target,build", "."])
                        .current_dir(self.root),
                )
            }
            Step::Pytest(engine, suite) => self.pytest(&name, engine, *suite),
            Step::Examples(engine) => self.examples(&name, engine),
        }
    }

    fn cargo(&mut self, name: &str, arguments: &[&str]) -> Result<Finished> {
        let mut cargo = Command::new("cargo");
        cargo.args(arguments).current_dir(self.root).env("PYO3_PYTHON", &self.builder.executable);
        self.progress.command(name, &mut cargo)
    }

    fn runtime(&mut self, engine: &Engine) -> Result<Venv> {
        let venv = Venv::new(self.root, engine, &self.tools, &mut self.progress)?;
        venv.install_runtime(self.root, &mut self.progress)?;
        Ok(venv)
    }

    fn peer(&mut self, engine: &Engine) -> Result<Venv> {
        Venv::peer(self.root, engine, &self.tools, &mut self.progress)
    }

    fn pytest(&mut self, name: &str, engine: &Engine, suite: Suite) -> Result<Finished> {
        let mut pytest = match suite {
            Suite::PeerRuntime => self.peer(engine)?.command(),
            _ => self.runtime(engine)?.command(),
        };
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        pytest
            .args(["-m", "pytest", "tests", "-p", "no:cacheprovider", "-n"])
            .arg(cores.to_string())
            // Some files pass on HPy 0.9 in their own order only.
            .arg(if suite == Suite::PeerRuntime { "--dist=loadfile" } else { "--dist=worksteal" })
            .current_dir(self.root);
        match suite {
            Suite::Whole => {}
            Suite::Smoke => drop(pytest.args(["-m", "smoke"])),
            Suite::Leaks => drop(pytest.arg("--leaks")),
            Suite::Mode(mode) => {
                pytest.args(["--abi=universal", "--abi=hybrid", "--mode", mode.name()]);
            }
            // Other binaries than universal ones are made for one engine.
            Suite::PeerRuntime => drop(pytest.arg("--abi=universal")),
            Suite::PeerBinaries => {
                let peer = self.peer(engine)?;
                pytest.args(["--abi=universal", "--headers=peer", "--peer-prefix"]).arg(peer.folder());
            }
        }
        if let Some(keyword) = &self.options.keyword {
            pytest.args(["-k", keyword]);
        }
        self.progress.command(name, pytest.args(&self.options.pytest))
    }

    fn examples(&mut self, name: &str, engine: &Engine) -> Result<Finished> {
        let venv = self.runtime(engine)?;
        if self.examples.is_none() {
            let examples = Examples::build(self.root, &self.builder, &self.tools, &mut self.progress)?;
            self.examples = Some(examples);
        }
        let examples = self.examples.as_ref().ok_or_else(|| anyhow!("built above"))?;
        examples.install(&venv, engine, &self.tools, &mut self.progress)?;
        let mut pytest = venv.command();
        // Not `prepend`: the tests are to import what is installed.
        pytest.args(["-m", "pytest", "examples", "-p", "no:cacheprovider", "--import-mode=importlib"]);
        self.progress.command(name, pytest.current_dir(self.root))
    }
}

/// Prints all outcomes, and what did not run. Fails when a step has failed.
fn conclude(outcomes: Vec<(String, Result<Finished>)>, engines: &Engines, time: Duration) -> Result<()> {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header(["step", "", "time", ""]);
    let (mut passed, mut failed) = (0, Vec::new());
    for (name, outcome) in outcomes {
        match outcome {
            Ok(finished) => {
                passed += progress::passed(&finished.output);
                let remark = progress::summary(&finished.output).unwrap_or_default();
                table.add_row([name, "✔".into(), seconds(finished.time), remark]);
            }
            Err(error) => {
                table.add_row([name.clone(), "✘".into(), String::new(), format!("{error:#}")]);
                failed.push(name);
            }
        }
    }
    println!("\n{table}");
    for missing in &engines.missing {
        println!("not run on {}: {}", missing.label, missing.reason);
    }
    println!("{passed} tests passed in {}; {} steps failed", seconds(time), failed.len());
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}
