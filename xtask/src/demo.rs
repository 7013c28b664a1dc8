//! `cargo xtask demo`: builds `examples/` once, as universal wheels, and runs the same binaries on every Python found.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use comfy_table::{ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};
use sha2::{Digest, Sha256};

use crate::engine::{self, Engine};
use crate::progress::Progress;
use crate::venv::{Tools, Venv, hex};

#[derive(Args)]
pub(crate) struct Options {
    /// Only these engines, such as 3.12; may be repeated
    #[arg(long = "python", value_name = "VERSION")]
    pythons: Vec<String>,
}

pub(crate) fn run(root: &Path, options: &Options) -> Result<()> {
    let mut progress = Progress::new(root, "demo", 0)?;
    let mut engines = engine::find(root, &mut progress);
    let builder = engines.builder()?.clone();
    let tools = Tools::new(root, &engines, &mut progress)?;
    engines.retain(&options.pythons)?;
    engines.found.retain(|engine| !engine.debug);

    let examples = Examples::build(root, &builder, &tools, &mut progress)?;
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header([String::from("engine")].into_iter().chain(examples.names.clone()));
    let mut failures = 0;
    for engine in &engines.found {
        let cells = run_engine(root, engine, &examples, &tools, &mut progress);
        failures += cells.iter().filter(|cell| cell.is_err()).count();
        let cells = cells.into_iter().map(|cell| match cell {
            Ok(fact) => format!("✔ {fact}"),
            Err(error) => format!("✘ {error:#}"),
        });
        table.add_row([engine.name()].into_iter().chain(cells));
    }
    for missing in &engines.missing {
        let cells = examples.names.iter().map(|_| "–".to_owned());
        table.add_row([missing.label.clone()].into_iter().chain(cells));
    }

    println!("\n{table}\n");
    println!("Every cell of a column ran the same file, compiled once with CPython {}:", builder.version);
    for binary in &examples.binaries {
        println!("  {}  sha256 {}…", binary.name, &binary.sha256[..16]);
    }
    for missing in engines.missing.iter().filter(|missing| !missing.label.ends_with("-dbg")) {
        println!("Not run on {}: {}", missing.label, missing.reason);
    }
    if failures > 0 {
        bail!("{failures} of the examples failed");
    }
    Ok(())
}

/// The built examples.
pub(crate) struct Examples {
    pub(crate) names: Vec<String>,
    wheels: Vec<PathBuf>,
    binaries: Vec<Binary>,
}

struct Binary {
    name: String,
    sha256: String,
}

impl Examples {
    /// Builds a wheel of each example with one Python, as an author would.
    pub(crate) fn build(
        root: &Path,
        builder: &Engine,
        tools: &Tools,
        progress: &mut Progress,
    ) -> Result<Examples> {
        let venv = Venv::new(root, builder, tools, progress)?;
        venv.install_runtime(root, progress)?;
        let work = crate::folders::target(root).join("examples");
        let wheels = work.join("wheels");
        if work.exists() {
            fs::remove_dir_all(&work)?;
        }
        fs::create_dir_all(&wheels)?;
        let names = example_names(root)?;
        for name in &names {
            // From a copy: building leaves files beside the sources.
            let source = work.join(name);
            copy_files(&root.join("examples").join(name), &source)?;
            let mut wheel = venv.command();
            wheel.args(["-m", "pip", "wheel", "--no-build-isolation", "--no-deps", "--wheel-dir"]);
            wheel.arg(&wheels).arg(&source);
            progress.command(&format!("example: {name}"), &mut wheel)?;
        }
        let wheels = sorted_files(&wheels)?;
        let mut examples = Examples { names, wheels, binaries: Vec::new() };
        examples.install(&venv, builder, tools, progress)?;
        examples.binaries = examples.installed(&venv)?;
        Ok(examples)
    }

    /// Installs the wheels in the environment of an engine.
    pub(crate) fn install(
        &self,
        venv: &Venv,
        engine: &Engine,
        tools: &Tools,
        progress: &mut Progress,
    ) -> Result<()> {
        let mut install = tools.command("uv");
        install
            .args(["pip", "install", "--no-deps", "--offline", "--reinstall", "--python"])
            .arg(venv.python());
        progress.command(&format!("install examples: {}", engine.label), install.args(&self.wheels))?;
        Ok(())
    }

    /// The extensions that are installed in an environment.
    fn installed(&self, venv: &Venv) -> Result<Vec<Binary>> {
        self.names
            .iter()
            .map(|name| {
                // Without importing it: the file beside the stub.
                let code = "import importlib.util, sys; print(importlib.util.find_spec(sys.argv[1]).origin)";
                let output = venv.command().args(["-c", code, name]).output()?;
                let stub = PathBuf::from(String::from_utf8(output.stdout)?.trim());
                let file = stub.with_extension("hpy0.so");
                let content = fs::read(&file).with_context(|| {
                    format!("{name} has no universal binary: cannot read {}", file.display())
                })?;
                Ok(Binary {
                    name: file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
                    sha256: hex(&Sha256::digest(content)),
                })
            })
            .collect()
    }

    fn check_same(&self, venv: &Venv) -> Result<()> {
        let there: BTreeSet<String> = self.installed(venv)?.into_iter().map(|b| b.sha256).collect();
        let built: BTreeSet<String> = self.binaries.iter().map(|b| b.sha256.clone()).collect();
        if there != built {
            bail!("the installed binaries are not the ones that were built");
        }
        Ok(())
    }
}

/// Runs all examples on one engine. Each gives a fact about the run.
fn run_engine(
    root: &Path,
    engine: &Engine,
    examples: &Examples,
    tools: &Tools,
    progress: &mut Progress,
) -> Vec<Result<String>> {
    let venv = Venv::new(root, engine, tools, progress).and_then(|venv| {
        venv.install_runtime(root, progress)?;
        examples.install(&venv, engine, tools, progress)?;
        examples.check_same(&venv)?;
        Ok(venv)
    });
    let run_one = |name: &String| -> Result<String> {
        let venv = venv.as_ref().map_err(|error| anyhow::anyhow!("{error:#}"))?;
        let output = venv.command().arg(root.join("examples").join(name).join("demo.py")).output()?;
        if !output.status.success() {
            let errors = String::from_utf8_lossy(&output.stderr);
            bail!(
                "{}",
                errors.trim().lines().last().map_or_else(|| output.status.to_string(), str::to_owned)
            );
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    examples.names.iter().map(run_one).collect()
}

/// The folders of `examples/`; the smallest example first, the rest by name.
fn example_names(root: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in root.join("examples").read_dir()? {
        let entry = entry?;
        if entry.path().join("pyproject.toml").exists() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort_by_key(|name| (name != "quickstart", name.clone()));
    Ok(names)
}

pub(crate) fn copy_files(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in from.read_dir()? {
        let path = entry?.path();
        if path.is_file() {
            fs::copy(&path, to.join(path.file_name().context("a file has a name")?))?;
        }
    }
    Ok(())
}

fn sorted_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = folder.read_dir()?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    files.sort();
    Ok(files)
}
