//! `cargo xtask test`: everything that guards the project, step by step. All steps run, also after one has failed.
//!
//! Two rows of steps run at the same time, since each has what takes one core for long: linking a runtime, starting
//! tests. What belongs to one engine stays in one row.

use std::collections::{BTreeMap, VecDeque};
use std::iter;
use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, bail};
use clap::{Args, ValueEnum};
use comfy_table::{Table, presets::UTF8_FULL_CONDENSED};

use crate::demo::Examples;
use crate::deps;
use crate::engine::{self, Engine, Engines};
use crate::loom;
use crate::mode::Mode;
use crate::platforms::{self, Platform};
use crate::progress::{self, Finished, Progress, seconds};
use crate::venv::{PEER_PYTHON, QUICK, Tools, Venv};

#[derive(Args)]
pub(crate) struct Options {
    /// Everything: slow tests, the whole suite on every engine and in every mode with all ABIs that have modes, and
    /// other platforms
    #[arg(long)]
    all: bool,
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

/// What the option `--slow` of the suite adds.
const OTHER_ABIS_AND_SLOW: &str =
    "slow tests; other ABIs than the universal one, but for smoke tests and their own";

/// How much of the suite an engine runs.
#[derive(Clone, Copy, PartialEq)]
enum Suite {
    Whole,
    /// What can differ from one Python to the next.
    Smoke,
    /// The same of the universal ABI, for Pythons between two that run it in other ABIs, too.
    UniversalSmoke,
    Leaks,
    /// Leaks of smoke tests.
    SmokeLeaks,
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
            Suite::UniversalSmoke => " universal smoke".into(),
            Suite::Leaks => " leaks".into(),
            Suite::SmokeLeaks => " smoke leaks".into(),
            Suite::Mode(mode) => format!(" in {} mode", mode.name()),
            Suite::PeerBinaries => " with binaries of HPy 0.9".into(),
            Suite::PeerRuntime => " with the runtime of HPy 0.9".into(),
        }
    }

    /// What pytest is told of it.
    fn arguments(self) -> Vec<&'static str> {
        match self {
            Suite::Whole => vec![],
            Suite::Smoke => vec!["-m", "smoke"],
            Suite::UniversalSmoke => vec!["-m", "smoke", "--abi=universal"],
            Suite::Leaks => vec!["--leaks"],
            Suite::SmokeLeaks => vec!["--leaks", "-m", "smoke"],
            Suite::Mode(mode) => vec!["--abi=universal", "--abi=hybrid", "--mode", mode.name()],
            // Other binaries than universal ones are made for one engine.
            Suite::PeerBinaries | Suite::PeerRuntime => vec!["--abi=universal"],
        }
    }

    /// What pytest is told to leave to `--all`, and what that is.
    ///
    /// The ABIs share nearly all code that leaks are about. What only one of them has is tested in it.
    fn left_out(self) -> (&'static [&'static str], &'static str) {
        match self {
            Suite::Whole => (&[], OTHER_ABIS_AND_SLOW),
            Suite::Smoke => (&[], "all but smoke tests"),
            Suite::UniversalSmoke => (&[], "all but smoke tests; other ABIs than the universal one"),
            Suite::Leaks => {
                (&["--first-abi"], "other ABIs than the first of each test, tests in other processes")
            }
            Suite::SmokeLeaks => (
                &["--first-abi"],
                "all but smoke tests; other ABIs than the first of each test, tests in other processes",
            ),
            // Both layers at once find what each finds alone.
            Suite::Mode(Mode::DebugTrace) => (&[], OTHER_ABIS_AND_SLOW),
            Suite::Mode(_) => (&["-m", "smoke"], "all but smoke tests"),
            Suite::PeerBinaries | Suite::PeerRuntime => (&[], ""),
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
    Loom,
    Platform(Platform),
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
            Step::Loom => "loom".into(),
            Step::Platform(platform) => format!("platform {}", platform.name()),
        }
    }

    /// The engine, if it is another than the default one.
    fn other_engine(&self) -> Option<&str> {
        match self {
            Step::Pytest(engine, _) | Step::Examples(engine) if !engine.default => Some(&engine.label),
            _ => None,
        }
    }
}

pub(crate) fn run(root: &Path, options: &Options) -> Result<()> {
    let mut progress = Progress::new(root, "test", 0)?;
    let mut engines = engine::find(root, &mut progress);
    let builder = engines.builder()?.clone();
    let tools = Tools::new(root, &engines, &mut progress)?;
    let runtimes = engines.found.iter().map(|engine| (engine.label.clone(), OnceLock::new())).collect();
    engines.retain(&options.pythons)?;

    let whole = options.all || !options.pythons.is_empty();
    let mut steps = steps(&engines, whole);
    if options.all {
        let (available, missing) = platforms::available(root, Platform::value_variants());
        steps.push(Step::Loom);
        steps.extend(available.into_iter().map(Step::Platform));
        engines.missing.extend(missing);
    }
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
    let shared = Shared { root, options, tools, builder, runtimes, examples: OnceLock::new() };
    let waiting = Mutex::new(by_engine(&steps));
    let outcomes = thread::scope(|scope| {
        let beside = progress.beside();
        let other = scope.spawn(|| run_steps(&shared, &waiting, beside));
        let mut outcomes = run_steps(&shared, &waiting, progress);
        outcomes.extend(other.join().expect("a step returns its error"));
        outcomes
    });
    conclude(outcomes, &engines, options, start.elapsed())
}

/// The steps of each engine; those of the default engine, which take longest, with those of none come first.
fn by_engine(steps: &[Step]) -> VecDeque<Vec<&Step>> {
    let mut groups = BTreeMap::<Option<&str>, Vec<&Step>>::new();
    for step in steps {
        groups.entry(step.other_engine()).or_default().push(step);
    }
    groups.into_values().collect()
}

/// Runs what is waiting until nothing is.
fn run_steps<'s>(
    shared: &Shared,
    waiting: &Mutex<VecDeque<Vec<&'s Step>>>,
    progress: Progress,
) -> Vec<(&'s Step, Result<Finished>)> {
    let next = || waiting.lock().expect("a step returns its error").pop_front();
    let mut run = Run { shared, progress };
    iter::from_fn(next).flatten().map(|step| (step, run.step(step))).collect()
}

fn steps(engines: &Engines, whole: bool) -> Vec<Step> {
    let mut steps = vec![Step::Codegen, Step::Format, Step::Deps, Step::Clippy, Step::Rust, Step::Ruff];
    // What a Python between the oldest and the newest compiles is much like what one of the two does; that the headers
    // compile at all is a smoke test.
    let cpythons = || engines.found.iter().filter(|engine| engine.is_cpython && !engine.debug);
    let ends = [cpythons().map(|e| e.minor).min(), cpythons().map(|e| e.minor).max()];
    let is_at_an_end = |engine: &Engine| engine.is_cpython && ends.contains(&Some(engine.minor));
    for engine in &engines.found {
        let suite = match engine {
            engine if engine.debug && whole => Suite::Leaks,
            engine if engine.debug => Suite::SmokeLeaks,
            engine if whole || engine.default => Suite::Whole,
            engine if is_at_an_end(engine) => Suite::Smoke,
            _ => Suite::UniversalSmoke,
        };
        // What runs in one process comes first, while another row of steps has the other core.
        steps.push(Step::Examples(engine.clone()));
        if engine.default {
            let modes = Mode::value_variants().iter();
            steps.extend(modes.map(|mode| Step::Pytest(engine.clone(), Suite::Mode(*mode))));
        }
        steps.push(Step::Pytest(engine.clone(), suite));
        if engine.label == PEER_PYTHON {
            steps.push(Step::Pytest(engine.clone(), Suite::PeerBinaries));
            steps.push(Step::Pytest(engine.clone(), Suite::PeerRuntime));
        }
    }
    steps
}

/// What the steps share.
struct Shared<'a> {
    root: &'a Path,
    options: &'a Options,
    tools: Tools,
    /// The Python that builds the examples, and that Rust code is checked against.
    builder: Engine,
    /// By the engines' labels, made by the first step that needs them.
    runtimes: BTreeMap<String, OnceLock<Result<Venv, String>>>,
    examples: OnceLock<Result<Examples, String>>,
}

impl Shared<'_> {
    fn runtime(&self, engine: &Engine, progress: &mut Progress) -> Result<&Venv> {
        let make = || {
            let venv = Venv::new(self.root, engine, &self.tools, progress)?;
            // As it is shipped, where the whole suite runs.
            let variables = if self.options.all || engine.default { &[] } else { QUICK };
            venv.install_runtime_with(self.root, variables, progress).map(|()| venv)
        };
        get_or_make(&self.runtimes[&engine.label], make)
    }

    fn examples(&self, progress: &mut Progress) -> Result<&Examples> {
        let make = || {
            self.runtime(&self.builder, progress)?;
            Examples::build(self.root, &self.builder, &self.tools, progress)
        };
        get_or_make(&self.examples, make)
    }
}

/// What the tests of the examples are told to leave to `--all`, and what that is.
///
/// Those of the CPython ABI are built for the default engine, and for one that is asked for.
fn examples_left_out(engine: &Engine, options: &Options) -> (&'static [&'static str], &'static str) {
    if options.all {
        (&[], "")
    } else if engine.default || !options.pythons.is_empty() {
        (&["-k", "not hybrid"], "the hybrid ABI")
    } else {
        (&["--installed"], "other ABIs than the universal one")
    }
}

/// What is made once. An error is that of all who ask.
fn get_or_make<T>(cell: &OnceLock<Result<T, String>>, make: impl FnOnce() -> Result<T>) -> Result<&T> {
    let made = cell.get_or_init(|| make().map_err(|error| format!("{error:#}")));
    made.as_ref().map_err(|error| anyhow!("{error}"))
}

/// Steps that run one after the other.
struct Run<'a> {
    shared: &'a Shared<'a>,
    progress: Progress,
}

impl Run<'_> {
    fn step(&mut self, step: &Step) -> Result<Finished> {
        let name = step.name();
        match step {
            Step::Codegen => self.progress.function(&name, || {
                hpy_codegen::run(self.shared.root, true).map(|()| "generated files are fresh".into())
            }),
            Step::Deps => self.progress.function(&name, || deps::check(self.shared.root)),
            Step::Format => self.cargo(&name, &["fmt", "--all", "--check"]),
            Step::Clippy => {
                let arguments =
                    ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
                self.cargo(&name, &arguments)
            }
            Step::Rust => self.cargo(&name, &["test", "--workspace", "--locked"]),
            Step::Ruff => {
                let mut ruff = self.shared.tools.command("ruff");
                self.progress.command(
                    &name,
                    ruff.args(["check", "--no-cache", "--extend-exclude=target,build", "."])
                        .current_dir(self.shared.root),
                )
            }
            Step::Pytest(engine, suite) => self.pytest(&name, engine, *suite),
            Step::Examples(engine) => self.examples(&name, engine),
            Step::Loom => loom::check(self.shared.root, &self.shared.builder, &mut self.progress),
            Step::Platform(platform) => {
                let Shared { root, builder, tools, .. } = self.shared;
                platforms::check(root, *platform, builder, tools, &mut self.progress)
            }
        }
    }

    fn cargo(&mut self, name: &str, arguments: &[&str]) -> Result<Finished> {
        let mut cargo = Command::new("cargo");
        cargo
            .args(arguments)
            .current_dir(self.shared.root)
            .env("PYO3_PYTHON", &self.shared.builder.executable);
        self.progress.command(name, &mut cargo)
    }

    fn pytest(&mut self, name: &str, engine: &Engine, suite: Suite) -> Result<Finished> {
        let venv = self.shared.runtime(engine, &mut self.progress)?;
        let peer = match suite {
            Suite::PeerBinaries | Suite::PeerRuntime => {
                Some(Venv::peer(self.shared.root, engine, &self.shared.tools, &mut self.progress)?)
            }
            _ => None,
        };
        let mut pytest = match &peer {
            Some(peer) if suite == Suite::PeerRuntime => peer.command(),
            _ => venv.command(),
        };
        let mut arguments = suite.arguments();
        arguments.extend(if self.shared.options.all { &["--slow"][..] } else { suite.left_out().0 });
        pytest
            .args(["-m", "pytest", "tests", "-p", "no:cacheprovider"])
            .args(&arguments)
            .current_dir(self.shared.root);
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let processes = match (arguments.contains(&"smoke"), engine.is_cpython) {
            (false, _) => Some(cores),
            // To collect the tests again in other processes would take longer than the few.
            (true, true) => None,
            // A test that ends its process has failed then, and the others still run.
            (true, false) => Some(1),
        };
        if let Some(processes) = processes {
            // Some files pass on HPy 0.9 in their own order only.
            let order = if suite == Suite::PeerRuntime { "--dist=loadfile" } else { "--dist=worksteal" };
            pytest.args(["-n", &processes.to_string(), order]);
        }
        if let (Suite::PeerBinaries, Some(peer)) = (suite, &peer) {
            pytest.args(["--headers=peer", "--peer-prefix"]).arg(peer.folder());
        }
        if let Some(keyword) = &self.shared.options.keyword {
            pytest.args(["-k", keyword]);
        } else if suite == Suite::Mode(Mode::DebugTrace) {
            pytest.arg("--each-function");
        }
        self.progress.command(name, pytest.args(&self.shared.options.pytest))
    }

    fn examples(&mut self, name: &str, engine: &Engine) -> Result<Finished> {
        let venv = self.shared.runtime(engine, &mut self.progress)?;
        let examples = self.shared.examples(&mut self.progress)?;
        examples.install(venv, engine, &self.shared.tools, &mut self.progress)?;
        let mut pytest = venv.command();
        // Not `prepend`: the tests are to import what is installed.
        pytest.args(["-m", "pytest", "examples", "-p", "no:cacheprovider", "--import-mode=importlib"]);
        pytest.args(examples_left_out(engine, self.shared.options).0);
        self.progress.command(name, pytest.current_dir(self.shared.root))
    }
}

/// Prints all outcomes, and what did not run. Fails when a step has failed.
fn conclude(
    outcomes: Vec<(&Step, Result<Finished>)>,
    engines: &Engines,
    options: &Options,
    time: Duration,
) -> Result<()> {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header(["step", "", "time", "CPU", "", "left to --all"]);
    let (mut passed, mut failed) = (0, Vec::new());
    for (step, outcome) in outcomes {
        let left_out = match step {
            Step::Pytest(_, suite) if !options.all => suite.left_out().1,
            Step::Examples(engine) => examples_left_out(engine, options).1,
            _ => "",
        };
        let [mark, time, cpu, remark] = match outcome {
            Ok(finished) => {
                passed += progress::passed(&finished.output);
                let remark = progress::summary(&finished.output).unwrap_or_default();
                let cpu = finished.cpu.map(seconds).unwrap_or_default();
                ["✔".into(), seconds(finished.time), cpu, remark]
            }
            Err(error) => {
                failed.push(step.name());
                ["✘".into(), String::new(), String::new(), format!("{error:#}")]
            }
        };
        table.add_row([&step.name(), &mark, &time, &cpu, &remark, left_out]);
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
