//! `cargo xtask bench`: runs `benches/` with this HPy and with HPy 0.9, in the universal and the CPython ABI or in a mode
//! of the former, and compares each with the same code in the plain C API.
//!
//! `benches/run.py` has the cases; this module builds and runs them and shows the results.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::Args;
use comfy_table::{CellAlignment, Table, presets::UTF8_FULL_CONDENSED};
use serde::Deserialize;

use crate::demo::copy_files;
use crate::engine::{self, Engine};
use crate::mode::Mode;
use crate::progress::Progress;
use crate::venv::{Tools, Venv, clean};

#[derive(Args)]
pub(crate) struct Options {
    /// Count instructions under callgrind instead of measuring time
    #[arg(long)]
    instructions: bool,
    /// Load universal binaries in this mode, on both sides
    #[arg(long)]
    mode: Option<Mode>,
    /// The Python to use instead of the default, such as 3.12 or pypy3.11, which has an HPy 0.9 of its own
    #[arg(long, value_name = "VERSION")]
    python: Option<String>,
    /// Leave HPy 0.9 out
    #[arg(long)]
    without_peer: bool,
    /// Only these cases, by their names in benches/run.py
    cases: Vec<String>,
}

/// The greatest cost that a call may have in a mode, relative to HPy 0.9 in the same mode.
const MODE_GOAL: f64 = 0.5;
/// The most instructions above the C API that a call may cost in the CPython ABI.
const CPYTHON_ABI_GOAL: f64 = 4.0;
/// The most instructions above the C API that a case may cost in universal mode, for the cases that have a goal. Those
/// up to [`CALL`] are calls.
const GOALS: &[(&str, f64)] = &[
    ("call_noargs", CALL),
    ("call_o", CALL),
    ("call_fast", CALL),
    ("call_keywords", CALL),
    ("method_noargs", CALL),
    ("method_o", CALL),
    ("slot_len", CALL),
    ("slot_add", CALL),
    ("slot_subscript", CALL),
    ("slot_call", CALL),
    ("getset_get", CALL),
    ("getset_set", CALL),
    ("constructor_plain", 30.0),
    ("constructor_gc", 30.0),
    ("new_plain", 30.0),
    ("new_gc", 30.0),
    ("call_python", 22.0),
    ("call_builtin", 22.0),
    ("tuple_item", 0.0),
    ("list_item", 0.0),
    ("closure_call", 20.0),
];

const CALL: f64 = 12.0;

/// What a case costs: one iteration with HPy and with the C API, in the unit of the run.
struct Cost {
    hpy: f64,
    capi: f64,
    /// The same of each run, if there were several. Then the others are the least of these.
    runs: Vec<[f64; 2]>,
}

impl Cost {
    /// Of several runs.
    fn least(runs: Vec<[f64; 2]>) -> Self {
        let least = |side: usize| runs.iter().map(|run| run[side]).fold(f64::INFINITY, f64::min);
        Self { hpy: least(0), capi: least(1), runs }
    }

    /// Between these are half of the ratios of single runs, if there were several.
    fn spread(&self) -> Option<[f64; 2]> {
        quartiles(self.runs.iter().map(|[hpy, capi]| hpy / capi).collect())
    }

    fn extra(&self) -> f64 {
        self.hpy - self.capi
    }
}

type Costs = BTreeMap<String, Cost>;

/// The case that is a loop without a call: what it costs is in all cases that are calls from Python.
const EMPTY: &str = "empty";
/// A call of a type whose counterpart in the C API has a function for that, and the same without.
const TWINS: [&str; 2] = ["constructor_point_vectorcall", "constructor_point"];

/// How the benchmarks are compiled and loaded.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Variant {
    Universal(Option<Mode>),
    Cpython,
}

impl Variant {
    fn abi(self) -> &'static str {
        match self {
            Variant::Universal(_) => "universal",
            Variant::Cpython => "cpython",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Variant::Universal(Some(mode)) => mode.name(),
            _ => self.abi(),
        }
    }

    /// The most instructions above the C API that a case may cost us, where `peer` is what it costs HPy 0.9.
    fn goal(self, case: &str, peer: Option<f64>) -> Option<f64> {
        let goal = GOALS.iter().find(|(name, _)| *name == case).map(|(_, goal)| *goal);
        let of_calls = |limit: Option<f64>| goal.filter(|goal| *goal == CALL).and(limit);
        match self {
            Variant::Universal(None) => goal,
            Variant::Universal(Some(_)) => of_calls(peer.map(|peer| (MODE_GOAL * peer).max(0.0))),
            Variant::Cpython => of_calls(Some(CPYTHON_ABI_GOAL)),
        }
    }
}

/// An implementation of HPy, with the benchmarks compiled for it.
struct Build {
    name: String,
    variant: Variant,
    ours: bool,
    venv: Venv,
    /// The directory with the compiled benchmarks and `run.py`.
    folder: PathBuf,
}

/// The cases as `run.py list` prints them: name, group and what one iteration does.
type Cases = Vec<[String; 3]>;

pub(crate) fn run(root: &Path, options: &Options) -> Result<()> {
    let mut progress = Progress::new(root, "bench", 0)?;
    let mut engines = engine::find(root, &mut progress);
    let tools = Tools::new(root, &engines, &mut progress)?;
    engines.retain(options.python.as_slice())?;
    let engine = match &options.python {
        Some(_) => engines.found.first().context("no such engine")?.clone(),
        None => engines.builder()?.clone(),
    };

    let ours = Venv::new(root, &engine, &tools, &mut progress)?;
    ours.install_runtime(root, &mut progress)?;
    let variants = match options.mode {
        None if engine.is_cpython => vec![Variant::Universal(None), Variant::Cpython],
        None => vec![Variant::Universal(None)],
        mode => vec![Variant::Universal(mode)],
    };
    let mut builds = Vec::new();
    for variant in &variants {
        builds.push(Build::compile(root, true, *variant, &ours, &mut progress)?);
    }
    let mut no_peer = match options.mode {
        _ if options.without_peer => Some("left out because of --without-peer".to_owned()),
        Some(Mode::DebugTrace) => Some("has no such mode".to_owned()),
        _ => None,
    };
    if no_peer.is_none() {
        match peers(root, &engine, &tools, &variants, &mut progress) {
            Ok(peers) => builds.extend(peers),
            Err(error) => no_peer = Some(format!("does not install on {}: {error:#}", engine.name())),
        }
    }

    let cases = builds[0].cases(&options.cases)?;
    let mut results = Vec::new();
    for build in &builds {
        let result = if options.instructions {
            build.count(root, &options.cases, &mut progress)
        } else {
            build.time(&options.cases, &mut progress)
        };
        match result {
            Ok(result) => results.push((build, result)),
            Err(error) if build.ours => return Err(error),
            Err(error) => no_peer = Some(format!("does not run on {}: {error:#}", engine.name())),
        }
    }

    let table = if options.instructions {
        instructions_table(&cases, &results)
    } else {
        time_table(&cases, &results)
    };
    println!("\n{table}\n");
    println!("{}", conditions(&engine, options.instructions));
    let calls = builds[0].names("calls", &options.cases)?;
    for (build, costs) in &results {
        if let [Some(mean), Some(beside)] = TWINS.map(|left_out| Mean::of(&calls, costs, left_out)) {
            println!(
                "{}: calls from Python cost {mean} of what they cost with the C API, {beside} beside \
                 tp_vectorcall (geometric means, without the loop).",
                build.name
            );
        }
        if let Some(size) = build.small_module_size()? {
            println!("{}: a small module is {:.1} KB large.", build.name, size as f64 / 1000.0);
        }
    }
    if let Some(reason) = no_peer {
        println!("HPy 0.9: {reason}");
    }
    Ok(())
}

fn peers(
    root: &Path,
    engine: &Engine,
    tools: &Tools,
    variants: &[Variant],
    progress: &mut Progress,
) -> Result<Vec<Build>> {
    let venv = Venv::peer(root, engine, tools, progress)?;
    variants.iter().map(|variant| Build::compile(root, false, *variant, &venv, progress)).collect()
}

impl Build {
    /// Compiles the benches, with the headers and the build integration that the environment has.
    fn compile(
        root: &Path,
        ours: bool,
        variant: Variant,
        venv: &Venv,
        progress: &mut Progress,
    ) -> Result<Build> {
        let name = format!("{}, {}", if ours { "ours" } else { "HPy 0.9" }, variant.name());
        let folder = crate::folders::target(root).join("bench").join(name.replace([' ', ','], "-"));
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        copy_files(&root.join("benches"), &folder)?;
        let mut build = venv.command();
        build
            .args(["setup.py", "--quiet"])
            .arg(format!("--hpy-abi={}", variant.abi()))
            .args(["build_ext", "--inplace"])
            .current_dir(&folder);
        progress.command(&format!("build: {name}"), &mut build)?;
        Ok(Build { name, variant, ours, venv: venv.clone(), folder })
    }

    fn command(&self) -> Command {
        let mut command = self.venv.command();
        // The stub loader of HPy 0.9 warns of its own imports.
        command.args(["-W", "ignore", "run.py"]).current_dir(&self.folder);
        if let Variant::Universal(Some(mode)) = self.variant {
            command.env("HPY", mode.name());
        }
        command
    }

    /// What `run.py` prints for a command: names of cases.
    fn names(&self, command: &str, only: &[String]) -> Result<Vec<String>> {
        let output = self.command().arg(command).args(only).output()?;
        if !output.status.success() {
            bail!("run.py {command}: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// The size of the module of `small_bench.c` without symbols; `None` where there is no `strip`.
    fn small_module_size(&self) -> Result<Option<u64>> {
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if !name.starts_with("small_bench") || !name.ends_with(".so") {
                continue;
            }
            let stripped = path.with_extension("stripped");
            let strip = Command::new("strip").arg(&path).arg("-o").arg(&stripped).status();
            return Ok(match strip {
                Ok(status) if status.success() => Some(fs::metadata(stripped)?.len()),
                _ => None,
            });
        }
        Ok(None)
    }

    fn cases(&self, only: &[String]) -> Result<Cases> {
        let output = self.command().arg("list").output()?;
        if !output.status.success() {
            bail!("run.py list: {}", String::from_utf8_lossy(&output.stderr));
        }
        let mut cases: Cases = serde_json::from_slice(&output.stdout)?;
        if let Some(unknown) = only.iter().find(|name| !cases.iter().any(|case| case[0] == **name)) {
            let names: Vec<&str> = cases.iter().map(|case| case[0].as_str()).collect();
            bail!("there is no case {unknown}; the cases are {}", names.join(", "));
        }
        cases.retain(|case| only.is_empty() || only.contains(&case[0]));
        Ok(cases)
    }

    fn time(&self, cases: &[String], progress: &mut Progress) -> Result<Costs> {
        let finished =
            progress.command(&format!("time: {}", self.name), self.command().arg("time").args(cases))?;
        let times: BTreeMap<String, Vec<[f64; 2]>> = serde_json::from_str(json_line(&finished.output)?)?;
        Ok(times.into_iter().map(|(name, runs)| (name, Cost::least(runs))).collect())
    }

    /// Counts instructions. `run.py` explains the order of the measurements.
    fn count(&self, root: &Path, cases: &[String], progress: &mut Progress) -> Result<Costs> {
        let dumps = crate::folders::target(root)
            .join("bench")
            .join(format!("{}-callgrind", self.name.replace([' ', ','], "-")));
        if dumps.exists() {
            fs::remove_dir_all(&dumps)?;
        }
        fs::create_dir_all(&dumps)?;
        let out = dumps.join("out");
        let inner = self.command();
        let mut valgrind = clean(Path::new("valgrind"));
        let variables = inner.get_envs().filter_map(|(name, value)| Some((name, value?)));
        valgrind
            .args(["--tool=callgrind", "--dump-before=bench_mark"])
            .arg(format!("--callgrind-out-file={}", out.display()))
            .arg(inner.get_program())
            .args(inner.get_args())
            .arg("count")
            .args(cases)
            .current_dir(&self.folder)
            .envs(variables)
            // The same hashes, and so the same walks through dicts, in each run.
            .env("PYTHONHASHSEED", "0");
        let finished = progress.command(&format!("count: {}", self.name), &mut valgrind)?;
        let run: CountRun = serde_json::from_str(json_line(&finished.output)?)?;
        // A dump holds what ran before its mark since the last one. Marks come in pairs around each measurement.
        let mut measurements = (1..).map(|pair| summary(&out.with_extension((2 * pair).to_string())));
        let mut costs = Costs::new();
        for case in run.cases {
            let mut next = || measurements.next().context("an endless iterator")?;
            let mut per_iteration = || -> Result<f64> {
                let (once, twice) = (next()?, next()?);
                Ok((twice as f64 - once as f64) / run.n as f64)
            };
            costs.insert(case, Cost { hpy: per_iteration()?, capi: per_iteration()?, runs: Vec::new() });
        }
        Ok(costs)
    }
}

/// What `run.py count` prints.
#[derive(Deserialize)]
struct CountRun {
    n: u64,
    cases: Vec<String>,
}

/// The result of a run: the last line of its output that is a JSON object.
fn json_line(output: &str) -> Result<&str> {
    output.lines().rev().find(|line| line.starts_with('{')).context("run.py printed no result")
}

/// The number of instructions in a dump of callgrind.
fn summary(dump: &Path) -> Result<u64> {
    let text =
        fs::read_to_string(dump).with_context(|| format!("cannot read the dump {}", dump.display()))?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("summary:"))
        .context("a dump of callgrind has no summary")?;
    Ok(line.trim().parse()?)
}

fn new_table(header: &[String]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header(header);
    for column in table.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// Rows of a table: the group is shown in the first row of its cases.
fn rows(cases: &Cases) -> impl Iterator<Item = (&str, String, &str)> {
    let mut last = "";
    cases.iter().map(move |[name, group, what]| {
        let first = if last == group { String::new() } else { group.clone() };
        last = group;
        (name.as_str(), first, what.as_str())
    })
}

fn time_table(cases: &Cases, results: &[(&Build, Costs)]) -> Table {
    let mut header = vec!["".to_owned(), "one iteration".to_owned(), "C API ns".to_owned()];
    for (build, _) in results {
        header.extend([format!("{} ns", build.name), "ratio".to_owned(), "half of the runs".to_owned()]);
    }
    let mut table = new_table(&header);
    for (name, group, what) in rows(cases) {
        let mut row = vec![group, what.into(), format!("{:.1}", results[0].1[name].capi)];
        for (_, costs) in results {
            // Each ratio is to the C API in the same process, which ran at the same time.
            row.extend(match costs.get(name) {
                Some(cost) => [
                    format!("{:.1}", cost.hpy),
                    format!("{:.2}", cost.hpy / cost.capi),
                    cost.spread().map_or(String::new(), |[low, high]| format!("{low:.2}–{high:.2}")),
                ],
                None => Default::default(),
            });
        }
        table.add_row(row);
    }
    table
}

fn instructions_table(cases: &Cases, results: &[(&Build, Costs)]) -> Table {
    let mut header = vec!["".to_owned(), "one iteration".to_owned(), "C API".to_owned()];
    header.extend(results.iter().map(|(build, _)| build.name.clone()));
    let mut table = new_table(&header);
    for (name, group, what) in rows(cases) {
        let mut row = vec![group, what.into(), format!("{:.0}", results[0].1[name].capi)];
        for (build, costs) in results {
            let Some(cost) = costs.get(name) else {
                row.push(String::new());
                continue;
            };
            let extra = cost.extra();
            let peer = || {
                let (_, costs) = results.iter().find(|(c, _)| !c.ours && c.variant == build.variant)?;
                costs.get(name).map(Cost::extra)
            };
            let goal = if build.ours { build.variant.goal(name, peer()) } else { None };
            row.push(match goal {
                // Loops of Python cost a fraction of an instruction here and there.
                Some(goal) if extra <= goal + 0.5 => format!("{extra:+.0} ✔ {goal:+.0}"),
                Some(goal) => format!("{extra:+.0} ✘ {goal:+.0}"),
                None => format!("{extra:+.0}"),
            });
        }
        table.add_row(row);
    }
    table
}

/// The geometric mean of the ratios of calls.
struct Mean {
    mean: f64,
    /// Between these are half of the means of single runs, if there were several.
    spread: Option<[f64; 2]>,
}

impl Mean {
    /// Of all calls but that of one of the twins; `None` if there is nothing to compare.
    fn of(calls: &[String], costs: &Costs, left_out: &str) -> Option<Self> {
        let empty = costs.get(EMPTY)?;
        let compared: Vec<&Cost> = calls
            .iter()
            .filter(|name| *name != EMPTY && *name != left_out)
            .filter_map(|name| costs.get(name))
            .collect();
        let mean = |of_case: &dyn Fn(&Cost) -> [f64; 2]| {
            let ratios = compared.iter().map(|cost| {
                let [hpy, capi] = of_case(cost);
                (hpy - empty.hpy) / (capi - empty.capi)
            });
            let logarithms: Vec<f64> =
                ratios.map(f64::ln).filter(|logarithm| logarithm.is_finite()).collect();
            (!logarithms.is_empty()).then(|| (logarithms.iter().sum::<f64>() / logarithms.len() as f64).exp())
        };
        // The runs of the cases are put together by their numbers, though they were made at different times.
        let runs = compared.iter().map(|cost| cost.runs.len()).min()?;
        let of_runs = (0..runs).filter_map(|run| mean(&|cost| cost.runs[run])).collect();
        Some(Self { mean: mean(&|cost| [cost.hpy, cost.capi])?, spread: quartiles(of_runs) })
    }
}

impl Display for Mean {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.mean)?;
        match self.spread {
            Some([low, high]) => write!(f, " (half of the runs {low:.3}–{high:.3})"),
            None => Ok(()),
        }
    }
}

/// The first and the third quartile; `None` of fewer than two numbers.
fn quartiles(mut numbers: Vec<f64>) -> Option<[f64; 2]> {
    numbers.sort_by(f64::total_cmp);
    let last = numbers.len().checked_sub(1).filter(|last| *last > 0)?;
    Some([0.25, 0.75].map(|part| {
        let place = part * last as f64;
        let (low, high) = (numbers[place.floor() as usize], numbers[place.ceil() as usize]);
        low + (high - low) * place.fract()
    }))
}

/// The conditions under which the numbers were measured.
fn conditions(engine: &Engine, instructions: bool) -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("\t: unknown processor");
    let model = model.trim_start_matches(['\t', ' ', ':']);
    let cores = std::thread::available_parallelism().map_or(0, |n| n.get());
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().filter(|load| !load.is_empty()).unwrap_or("unknown");
    let what = if instructions {
        "Instructions per iteration: with the C API, and in addition with HPy; ✔ and ✘ precede a goal."
    } else {
        "The shortest of 15 runs, per iteration. On a busy or virtual machine, differences under 10 % mean nothing."
    };
    format!("{what}\n{}, {model}, {cores} cores, load {load}.", engine.name())
}
