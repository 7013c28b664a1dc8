//! `cargo xtask bench`: runs `benches/` under our runtime and under HPy 0.9, each beside its twin in plain C API.
//!
//! The cases, and what they do, stand in `benches/run.py`. Here they are built, run and shown.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::Args;
use comfy_table::{CellAlignment, Table, presets::UTF8_FULL_CONDENSED};
use serde::Deserialize;

use crate::demo::copy_files;
use crate::engine::{self, Engine};
use crate::progress::Progress;
use crate::venv::{Tools, Venv, clean};

#[derive(Args)]
pub(crate) struct Options {
    /// Count instructions under callgrind instead of measuring time
    #[arg(long)]
    instructions: bool,
    /// The Python to use instead of the default, such as 3.12
    #[arg(long, value_name = "VERSION")]
    python: Option<String>,
    /// Leave HPy 0.9 out
    #[arg(long)]
    without_peer: bool,
    /// Only these cases, by their names in benches/run.py
    cases: Vec<String>,
}

/// The most instructions above the C API that a case may cost, for the cases that have a goal.
const GOALS: &[(&str, f64)] = &[
    ("call_noargs", 12.0),
    ("call_o", 12.0),
    ("call_fast", 12.0),
    ("call_keywords", 12.0),
    ("method_noargs", 12.0),
    ("method_o", 12.0),
    ("slot_len", 12.0),
    ("slot_add", 12.0),
    ("slot_subscript", 12.0),
    ("slot_call", 12.0),
    ("getset_get", 12.0),
    ("getset_set", 12.0),
    ("constructor_plain", 30.0),
    ("constructor_gc", 30.0),
    ("new_plain", 30.0),
    ("new_gc", 30.0),
    ("call_python", 22.0),
    ("call_builtin", 22.0),
    ("tuple_item", 0.0),
    ("list_item", 0.0),
];

/// Per case: what one iteration costs with HPy and with the C API, in the unit of the run.
type Costs = BTreeMap<String, [f64; 2]>;

/// A runtime with the benches compiled for it.
struct Contender {
    name: &'static str,
    venv: Venv,
    /// Holds the compiled benches and `run.py`.
    folder: PathBuf,
}

/// The cases as `run.py list` tells of them: name, group and what one iteration does.
type Cases = Vec<[String; 3]>;

pub(crate) fn run(root: &Path, options: &Options) -> Result<()> {
    let mut progress = Progress::new(root, "bench", 0)?;
    let mut engines = engine::find(root, &mut progress);
    let tools = Tools::new(root, &engines, &mut progress)?;
    engines.retain(options.python.as_slice())?;
    let engine = engines.builder()?.clone();

    let ours = Venv::new(root, &engine, &tools, &mut progress)?;
    ours.install_runtime(root, &mut progress)?;
    let mut contenders = vec![Contender::build(root, "ours", ours, &mut progress)?];
    let mut no_peer = options.without_peer.then(|| "left out by --without-peer".to_owned());
    if no_peer.is_none() {
        match peer(root, &engine, &tools, &mut progress) {
            Ok(contender) => contenders.push(contender),
            Err(error) => {
                no_peer = Some(format!("does not install on CPython {}: {error:#}", engine.version))
            }
        }
    }

    let cases = contenders[0].cases(&options.cases)?;
    let mut results = Vec::new();
    for contender in &contenders {
        let result = if options.instructions {
            contender.count(root, &options.cases, &mut progress)
        } else {
            contender.time(&options.cases, &mut progress)
        };
        match result {
            Ok(result) => results.push(result),
            Err(error) if results.is_empty() => return Err(error),
            Err(error) => no_peer = Some(format!("does not run on CPython {}: {error:#}", engine.version)),
        }
    }

    let peer_result = results.get(1);
    let table = if options.instructions {
        instructions_table(&cases, &results[0], peer_result)
    } else {
        time_table(&cases, &results[0], peer_result)
    };
    println!("\n{table}\n");
    println!("{}", conditions(&engine, options.instructions));
    if let Some(reason) = no_peer {
        println!("HPy 0.9: {reason}");
    }
    Ok(())
}

fn peer(root: &Path, engine: &Engine, tools: &Tools, progress: &mut Progress) -> Result<Contender> {
    Contender::build(root, "hpy-0.9", Venv::peer(root, engine, tools, progress)?, progress)
}

impl Contender {
    /// Compiles the benches, with the headers and the build integration that the environment has.
    fn build(root: &Path, name: &'static str, venv: Venv, progress: &mut Progress) -> Result<Contender> {
        let folder = crate::target(root).join("bench").join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        copy_files(&root.join("benches"), &folder)?;
        let mut build = venv.command();
        build
            .args(["setup.py", "--quiet", "--hpy-abi=universal", "build_ext", "--inplace"])
            .current_dir(&folder);
        progress.command(&format!("build: {name}"), &mut build)?;
        Ok(Contender { name, venv, folder })
    }

    fn command(&self) -> Command {
        let mut command = self.venv.command();
        // The stub loader of HPy 0.9 warns of its own imports.
        command.args(["-W", "ignore", "run.py"]).current_dir(&self.folder);
        command
    }

    fn cases(&self, only: &[String]) -> Result<Cases> {
        let output = self.command().arg("list").output()?;
        if !output.status.success() {
            bail!("run.py list: {}", String::from_utf8_lossy(&output.stderr));
        }
        let mut cases: Cases = serde_json::from_slice(&output.stdout)?;
        if let Some(unknown) = only.iter().find(|name| !cases.iter().any(|case| case[0] == **name)) {
            let names: Vec<&str> = cases.iter().map(|case| case[0].as_str()).collect();
            bail!("no case is named {unknown}; there are {}", names.join(", "));
        }
        cases.retain(|case| only.is_empty() || only.contains(&case[0]));
        Ok(cases)
    }

    fn time(&self, cases: &[String], progress: &mut Progress) -> Result<Costs> {
        let finished =
            progress.command(&format!("time: {}", self.name), self.command().arg("time").args(cases))?;
        Ok(serde_json::from_str(json_line(&finished.output)?)?)
    }

    /// Counts instructions. How the run is laid out is told in `run.py`.
    fn count(&self, root: &Path, cases: &[String], progress: &mut Progress) -> Result<Costs> {
        let dumps = crate::target(root).join("bench").join(format!("{}-callgrind", self.name));
        if dumps.exists() {
            fs::remove_dir_all(&dumps)?;
        }
        fs::create_dir_all(&dumps)?;
        let out = dumps.join("out");
        let inner = self.command();
        let mut valgrind = clean(Path::new("valgrind"));
        valgrind
            .args(["--tool=callgrind", "--dump-before=bench_mark"])
            .arg(format!("--callgrind-out-file={}", out.display()))
            .arg(inner.get_program())
            .args(inner.get_args())
            .arg("count")
            .args(cases)
            .current_dir(&self.folder)
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
            costs.insert(case, [per_iteration()?, per_iteration()?]);
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

/// The result among what else a run prints: its last line that is a JSON object.
fn json_line(output: &str) -> Result<&str> {
    output.lines().rev().find(|line| line.starts_with('{')).context("the run printed no result")
}

/// The number of instructions in a dump of callgrind.
fn summary(dump: &Path) -> Result<u64> {
    let text = fs::read_to_string(dump).with_context(|| format!("no dump {}", dump.display()))?;
    let line =
        text.lines().find_map(|line| line.strip_prefix("summary:")).context("a dump without summary")?;
    Ok(line.trim().parse()?)
}

fn new_table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header(header.iter().map(ToString::to_string));
    for column in table.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// Rows of a table: the group stands in the first row of its cases.
fn rows(cases: &Cases) -> impl Iterator<Item = (&str, String, &str)> {
    let mut last = "";
    cases.iter().map(move |[name, group, what]| {
        let first = if last == group { String::new() } else { group.clone() };
        last = group;
        (name.as_str(), first, what.as_str())
    })
}

fn time_table(cases: &Cases, ours: &Costs, peer: Option<&Costs>) -> Table {
    let mut table = new_table(&["", "one iteration", "C API ns", "ours ns", "ratio", "HPy 0.9 ns", "ratio"]);
    for (name, group, what) in rows(cases) {
        let [hpy, capi] = ours[name];
        let mut row = vec![group, what.into(), format!("{capi:.1}"), format!("{hpy:.1}"), ratio(hpy, capi)];
        match peer.map(|peer| peer[name]) {
            // Its ratio is to the C API in its own process, which ran at the same time.
            Some([hpy, capi]) => row.extend([format!("{hpy:.1}"), ratio(hpy, capi)]),
            None => row.extend(["–".into(), "–".into()]),
        }
        table.add_row(row);
    }
    table
}

fn ratio(hpy: f64, capi: f64) -> String {
    format!("{:.2}", hpy / capi)
}

fn instructions_table(cases: &Cases, ours: &Costs, peer: Option<&Costs>) -> Table {
    let mut table = new_table(&["", "one iteration", "C API", "ours", "HPy 0.9", "goal"]);
    for (name, group, what) in rows(cases) {
        let [hpy, capi] = ours[name];
        let extra = hpy - capi;
        let goal = GOALS.iter().find(|(case, _)| *case == name).map(|(_, goal)| *goal);
        let goal = goal.map_or_else(String::new, |goal| {
            // Loops of Python cost a fraction of an instruction here and there.
            let mark = if extra <= goal + 0.5 { '✔' } else { '✘' };
            format!("{mark} {goal:+.0}")
        });
        let peer = peer.map_or_else(|| "–".into(), |peer| format!("{:+.0}", peer[name][0] - peer[name][1]));
        table.add_row([group, what.into(), format!("{capi:.0}"), format!("{extra:+.0}"), peer, goal]);
    }
    table
}

/// Under what conditions the numbers arose.
fn conditions(engine: &Engine, instructions: bool) -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("\t: unknown processor");
    let model = model.trim_start_matches(['\t', ' ', ':']);
    let cores = std::thread::available_parallelism().map_or(0, |n| n.get());
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().filter(|load| !load.is_empty()).unwrap_or("unknown");
    let what = if instructions {
        "Instructions per iteration; \"ours\" and \"HPy 0.9\" are instructions above the C API."
    } else {
        "Least time of 15 runs per iteration. On a busy or virtual machine, differences under 10 % mean nothing."
    };
    format!("{what}\nCPython {}, {model}, {cores} cores, load {load}.", engine.version)
}
