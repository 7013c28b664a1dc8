//! Finds the Pythons to work with: one CPython of each supported version, a debug build for leaks, and PyPy.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::progress::Progress;

/// Minor versions of CPython 3 that the runtime supports.
const SUPPORTED: std::ops::RangeInclusive<u32> = 9..=15;
/// The debug build that the leak run uses.
const DEBUG: &str = "python3.11-dbg";
/// The PyPy that the runtime supports.
const PYPY: &str = "pypy3.11";

#[derive(Clone, Debug)]
pub(crate) struct Engine {
    /// Short and unique: "3.12", "3.11-dbg", "pypy3.11".
    pub(crate) label: String,
    /// The full version: "3.12.1".
    pub(crate) version: String,
    pub(crate) minor: u32,
    pub(crate) executable: PathBuf,
    pub(crate) debug: bool,
    pub(crate) is_cpython: bool,
    /// Whether `python3` starts it: the one that builds.
    pub(crate) default: bool,
}

impl Engine {
    /// What it is called in texts.
    pub(crate) fn name(&self) -> String {
        if self.is_cpython { format!("CPython {}", self.version) } else { self.version.clone() }
    }
}

/// An engine that is missing, and why.
#[derive(Clone, Debug)]
pub(crate) struct Missing {
    pub(crate) label: String,
    pub(crate) reason: String,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Engines {
    pub(crate) found: Vec<Engine>,
    pub(crate) missing: Vec<Missing>,
}

impl Engines {
    /// The Python that builds: the default one, or the oldest if `python3` is not supported.
    pub(crate) fn builder(&self) -> Result<&Engine> {
        let usable = || self.found.iter().filter(|e| !e.debug && e.is_cpython);
        usable().find(|e| e.default).or_else(|| usable().next()).context("no supported CPython found")
    }

    /// Keeps the named engines, such as "3.12" or "3.11-dbg". With no names, keeps all.
    pub(crate) fn retain(&mut self, labels: &[String]) -> Result<()> {
        if let Some(label) = labels.iter().find(|l| !self.found.iter().any(|e| e.label == **l)) {
            let missing = self.missing.iter().find(|m| m.label == *label);
            let reason = missing.map_or("no such engine; see `cargo xtask engines`", |m| &m.reason);
            bail!("{label}: {reason}");
        }
        if !labels.is_empty() {
            self.found.retain(|e| labels.contains(&e.label));
            self.missing.clear();
        }
        Ok(())
    }
}

/// The answer of `PROBE`.
#[derive(Deserialize)]
struct Probe {
    implementation: String,
    version: [u32; 3],
    version_text: String,
    debug: bool,
    free_threaded: bool,
    /// The actual file behind pyenv's shims and links on PATH.
    executable: PathBuf,
}

const PROBE: &str = "\
import json, os, sys, sysconfig
print(json.dumps({'executable': os.path.realpath(sys.executable), 'implementation': sys.implementation.name, 'version': sys.version_info[:3], \
'version_text': ('PyPy %d.%d.%d, ' % sys.pypy_version_info[:3] if hasattr(sys, 'pypy_version_info') else '') + sys.version.split()[0], 'debug': hasattr(sys, 'gettotalrefcount'), \
'free_threaded': bool(sysconfig.get_config_var('Py_GIL_DISABLED'))}))";

/// Finds the engines on this machine, and fetches those that can be fetched.
pub(crate) fn find(root: &Path, progress: &mut Progress) -> Engines {
    let fetched = fetch(root, progress);
    let fetched_pypy = fetch_pypy(root, progress);
    let mut engines = Engines::default();
    let default = probe(Path::new(&python3()));
    for minor in SUPPORTED {
        let label = format!("3.{minor}");
        let is_default = |e: &Engine| default.as_ref().is_ok_and(|d| d.executable == e.executable);
        let candidates = candidates(root, minor, default.as_ref().ok());
        match candidates
            .iter()
            .find_map(|path| probe(path).ok().filter(|e| e.minor == minor && !e.debug && e.is_cpython))
        {
            Some(engine) => engines.found.push(Engine { default: is_default(&engine), label, ..engine }),
            None => engines.missing.push(Missing { label, reason: reason(minor, &fetched) }),
        }
    }
    match probe(Path::new(DEBUG)) {
        Ok(engine) if engine.debug => engines.found.push(Engine { label: "3.11-dbg".into(), ..engine }),
        Ok(_) => engines
            .missing
            .push(Missing { label: "3.11-dbg".into(), reason: format!("{DEBUG} is not a debug build") }),
        Err(_) => engines.missing.push(Missing {
            label: "3.11-dbg".into(),
            reason: format!("no {DEBUG} on PATH (Debian: apt-get install {DEBUG})"),
        }),
    }
    match pypy_candidates(root).iter().find_map(|path| probe(path).ok().filter(|e| !e.is_cpython)) {
        Some(engine) => engines.found.push(engine),
        None => {
            let fetched = fetched_pypy.err().map(|error| format!("; fetching it failed: {error:#}"));
            let reason = format!("no {PYPY} on PATH or in target/engines{}", fetched.unwrap_or_default());
            engines.missing.push(Missing { label: PYPY.into(), reason });
        }
    }
    engines
}

/// Prints what `find` finds.
pub(crate) fn list(root: &Path) -> Result<()> {
    let engines = find(root, &mut Progress::new(root, "engines", 0)?);
    for engine in &engines.found {
        let remark = if engine.default { "  (default)" } else { "" };
        println!("{:9} {:22} {}{remark}", engine.label, engine.version, engine.executable.display());
    }
    for missing in &engines.missing {
        println!("{:9} missing: {}", missing.label, missing.reason);
    }
    Ok(())
}

/// The command of the default Python.
fn python3() -> String {
    env::var("PYTHON").unwrap_or_else(|_| "python3".into())
}

fn reason(minor: u32, fetched: &Result<()>) -> String {
    let mut reason = format!("no python3.{minor} on PATH, in pyenv or in target/engines");
    if let (14.., Err(error)) = (minor, fetched) {
        reason += &format!("; fetching it failed: {error:#}");
    }
    reason
}

/// Programs that may be CPython 3.`minor`, the best first.
fn candidates(root: &Path, minor: u32, default: Option<&Engine>) -> Vec<PathBuf> {
    let name = format!("python3.{minor}");
    let mut paths: Vec<PathBuf> =
        default.filter(|e| e.minor == minor).map(|e| e.executable.clone()).into_iter().collect();
    paths.extend(pyenv_versions(minor).into_iter().map(|version| version.join("bin").join(&name)));
    paths.push(PathBuf::from(&name));
    for folder in engine_folders(root) {
        paths.push(folder.join("root/usr/bin").join(&name));
    }
    paths
}

/// Programs that may be PyPy, the best first.
fn pypy_candidates(root: &Path) -> Vec<PathBuf> {
    let unpacked = engine_folders(root).into_iter().flat_map(|folder| [folder.clone(), folder.join("pypy")]);
    let unpacked = unpacked.map(|folder| folder.join("root/usr/bin").join(PYPY));
    unpacked.chain([PathBuf::from(PYPY)]).collect()
}

/// pyenv's installations of 3.`minor`, the newest first.
fn pyenv_versions(minor: u32) -> Vec<PathBuf> {
    let Some(root) = pyenv_root() else { return Vec::new() };
    let prefix = format!("3.{minor}.");
    let Ok(entries) = root.join("versions").read_dir() else { return Vec::new() };
    let mut versions: Vec<(u32, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name();
            let patch = name.to_str()?.strip_prefix(&prefix)?.parse().ok()?;
            Some((patch, entry.path()))
        })
        .collect();
    versions.sort_by(|a, b| b.cmp(a));
    versions.into_iter().map(|(_, path)| path).collect()
}

fn pyenv_root() -> Option<PathBuf> {
    if let Some(root) = env::var_os("PYENV_ROOT") {
        return Some(root.into());
    }
    let output = Command::new("pyenv").arg("root").output().ok().filter(|o| o.status.success());
    match output {
        Some(output) => Some(String::from_utf8(output.stdout).ok()?.trim().into()),
        None => env::home_dir().map(|home| home.join(".pyenv")),
    }
}

/// Directories with unpacked Pythons.
fn engine_folders(root: &Path) -> Vec<PathBuf> {
    env::var_os("HPY_ENGINES").map(PathBuf::from).into_iter().chain([fetched_folder(root)]).collect()
}

fn fetched_folder(root: &Path) -> PathBuf {
    crate::folders::target(root).join("engines")
}

/// Fetches the Pythons that are too new for distributions, if they are missing. The script for it stands beside the
/// repository where the tests run; elsewhere `HPY_ENGINES` names a folder with them.
fn fetch(root: &Path, progress: &mut Progress) -> Result<()> {
    let script = root.join("../shared/engines/cpython-new");
    let have = |folder: &PathBuf| folder.join("root/usr/bin/python3.15").exists();
    if !script.exists() || engine_folders(root).iter().any(have) {
        return Ok(());
    }
    progress.command("fetch CPython 3.14 and 3.15", Command::new(script).arg(fetched_folder(root)))?;
    Ok(())
}

/// Fetches PyPy in the same way, unless there is one.
fn fetch_pypy(root: &Path, progress: &mut Progress) -> Result<()> {
    let script = root.join("../shared/engines/pypy");
    if !script.exists() || pypy_candidates(root).iter().any(|path| probe(path).is_ok()) {
        return Ok(());
    }
    let folder = fetched_folder(root).join("pypy");
    progress.command("fetch PyPy 3.11", Command::new(script).arg(folder))?;
    Ok(())
}

/// Asks a program whether it is a Python that we support.
pub(crate) fn probe(program: &Path) -> Result<Engine> {
    // `-I` ignores the current directory and the user's packages.
    let output = Command::new(program).args(["-I", "-c", PROBE]).output()?;
    if !output.status.success() {
        bail!("{} fails: {}", program.display(), String::from_utf8_lossy(&output.stderr).trim());
    }
    let probe: Probe = serde_json::from_slice(&output.stdout)?;
    let [major, minor, _] = probe.version;
    let is_cpython = probe.implementation == "cpython";
    let is_supported = match &*probe.implementation {
        "cpython" => major == 3 && SUPPORTED.contains(&minor) && !probe.free_threaded,
        "pypy" => format!("pypy{major}.{minor}") == PYPY,
        _ => false,
    };
    if !is_supported {
        bail!("{} is not a supported Python", program.display());
    }
    Ok(Engine {
        label: if is_cpython { format!("3.{minor}") } else { PYPY.into() },
        version: probe.version_text,
        is_cpython,
        minor,
        executable: probe.executable,
        debug: probe.debug,
        default: false,
    })
}
