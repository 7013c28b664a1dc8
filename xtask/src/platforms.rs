//! `cargo xtask platforms`: what this machine can tell of others, and of other builds of CPython.
//!
//! Compilers and Pythons for them are fetched by scripts that stand beside the repository. Where there are none, a
//! platform is left out, and [`Platform::missing`] says why. `docs/platforms.md` has what came of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};

use crate::engine::{self, Engine, Missing};
use crate::folders::target;
use crate::progress::{Finished, Progress};
use crate::venv::{Tools, Venv};

#[derive(Args)]
pub(crate) struct Options {
    /// Only these; all if there are none
    #[arg(value_name = "PLATFORM")]
    platforms: Vec<Platform>,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub(crate) enum Platform {
    /// This machine without thunks, as any machine is that they are not written for: smoke tests
    NoThunks,
    /// 64-bit ARM Linux under emulation: thunks and smoke tests
    Aarch64,
    /// 64-bit Windows: compiles and links, nothing runs
    Windows,
    /// CPython without the GIL: compiles, nothing runs
    FreeThreaded,
}

/// A variable of the environment.
type Variable = (String, String);

impl Platform {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Platform::NoThunks => "no-thunks",
            Platform::Aarch64 => "aarch64",
            Platform::Windows => "windows",
            Platform::FreeThreaded => "free-threaded",
        }
    }

    /// Why it cannot be run here, if so.
    fn missing(self, root: &Path) -> Option<String> {
        let script = self.script(root)?;
        let fetched = self.folder(root).join("env").exists();
        (!fetched && !script.exists()).then(|| format!("no script {}, which fetches it", script.display()))
    }

    /// What fetches the tools for it, if it needs others.
    fn script(self, root: &Path) -> Option<PathBuf> {
        let needs_tools = matches!(self, Platform::Aarch64 | Platform::Windows);
        needs_tools.then(|| root.join("../shared/engines").join(self.name()))
    }

    /// Where all of it is.
    fn folder(self, root: &Path) -> PathBuf {
        target(root).join(format!("engines-{}", self.name()))
    }
}

pub(crate) fn run(root: &Path, options: &Options) -> Result<()> {
    let mut progress = Progress::new(root, "platforms", 0)?;
    let engines = engine::find(root, &mut progress);
    let tools = Tools::new(root, &engines, &mut progress)?;
    let wanted = if options.platforms.is_empty() { Platform::value_variants() } else { &options.platforms };
    let (platforms, missing) = available(root, wanted);
    let mut failed = Vec::new();
    for platform in platforms {
        if let Err(error) = check(root, platform, engines.builder()?, &tools, &mut progress) {
            failed.push(format!("{}: {error:#}", platform.name()));
        }
    }
    for Missing { label, reason } in missing {
        println!("not run on {label}: {reason}");
    }
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}

/// Those that can be run here, and why the others cannot.
pub(crate) fn available(root: &Path, platforms: &[Platform]) -> (Vec<Platform>, Vec<Missing>) {
    let mut missing = Vec::new();
    let available = platforms.iter().copied().filter(|platform| {
        let reason = platform.missing(root);
        missing.extend(
            reason.iter().map(|reason| Missing { label: platform.name().into(), reason: reason.clone() }),
        );
        reason.is_none()
    });
    (available.collect(), missing)
}

/// Runs what there is for a platform. The output is that of all its tests.
pub(crate) fn check(
    root: &Path,
    platform: Platform,
    builder: &Engine,
    tools: &Tools,
    progress: &mut Progress,
) -> Result<Finished> {
    let mut run = Run { root, platform, tools, progress, all: Finished::default() };
    match platform {
        Platform::NoThunks => run.no_thunks(builder)?,
        Platform::Aarch64 => run.aarch64()?,
        Platform::Windows => run.windows()?,
        Platform::FreeThreaded => run.free_threaded()?,
    }
    Ok(run.all)
}

struct Run<'a> {
    root: &'a Path,
    platform: Platform,
    tools: &'a Tools,
    progress: &'a mut Progress,
    all: Finished,
}

impl Run<'_> {
    fn no_thunks(&mut self, builder: &Engine) -> Result<()> {
        let label = format!("{}-no-thunks", builder.label);
        let venv = Venv::labelled(self.root, builder, &label, self.tools, self.progress)?;
        venv.install_runtime_with(self.root, &[("HPY_THUNKS", "none")], self.progress)?;
        // What has no trampoline is refused there.
        self.smoke(&venv, &[], &["-k", "not without_trampoline"])
    }

    fn aarch64(&mut self) -> Result<()> {
        let variables = self.fetch()?;
        let python = self.platform.folder(self.root).join("root/usr");
        let mut cargo = self.cargo(&variables, &["test", "--locked", "-p", "hpy-cpython", "--lib"]);
        // Where libpython is; only what is no extension module has to be linked with it. What it needs itself is there
        // when the tests run, and is newer than what the linker has.
        let libraries = python.join("lib/aarch64-linux-gnu");
        let flags = format!("-L{} -Clink-arg=-Wl,--allow-shlib-undefined", libraries.display());
        cargo.env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUSTFLAGS", flags);
        self.command("thunks", &mut cargo)?;

        let engine = engine::probe(&python.join("bin/python3.14"))?;
        let label = format!("{}-{}", engine.label, self.platform.name());
        let venv = Venv::labelled(self.root, &engine, &label, self.tools, self.progress)?;
        let borrowed: Vec<_> = variables.iter().map(|(name, value)| (&**name, &**value)).collect();
        venv.install_runtime_with(self.root, &borrowed, self.progress)?;
        // A program that is no Python finds no libraries of that machine here.
        self.smoke(&venv, &borrowed, &["-k", "not started_again and not layout_and_slots"])
    }

    fn windows(&mut self) -> Result<()> {
        let variables = self.fetch()?;
        let workspace = ["check", "--locked", "--workspace", "--all-targets"];
        self.without_warnings("check", &mut self.cargo(&variables, &workspace))?;
        let mut build = self.cargo(&variables, &["build", "--locked", "-p", "hpy-universal"]);
        self.without_warnings("link", &mut build)?;
        let folder = self.platform.folder(self.root);
        let library = folder.join("target/x86_64-pc-windows-gnu/debug/hpy_universal.dll");
        let names = ["DLL Name: python314.dll", "_Py_FatalErrorFunc", "PyInit_universal"];
        self.imports_and_exports(&variables, &library, &names)?;

        // An extension that CPython imports without a stub.
        let (source, library) = (folder.join("module.c"), folder.join("entry.pyd"));
        fs::write(&source, "#include <hpy.h>\nstatic HPyModuleDef module;\nHPy_MODINIT(entry, module)\n")?;
        let mut gcc = Command::new("x86_64-w64-mingw32-gcc");
        gcc.args([
            "-std=c11",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-Wno-unused-parameter",
            "-shared",
            "-Iinclude",
        ])
        .args(["-DHPY", "-DHPY_ABI_UNIVERSAL", "-DHPY_CPYTHON_ENTRY", "helpers/entry.c"])
        .arg(&source)
        .arg("-o")
        .arg(&library)
        .current_dir(self.root)
        .envs(variables.iter().cloned());
        self.command("entry point", &mut gcc)?;
        let names = ["DLL Name: KERNEL32.dll", "PyInit_entry", "PyModExport_entry", "HPyInit_entry"];
        self.imports_and_exports(&variables, &library, &names)
    }

    /// Fails unless what is told of a library of Windows has these names.
    fn imports_and_exports(&mut self, variables: &[Variable], library: &Path, names: &[&str]) -> Result<()> {
        let mut dump = Command::new("x86_64-w64-mingw32-objdump");
        dump.arg("-p").arg(library).envs(variables.iter().cloned());
        let listing = self.command("imports and exports", &mut dump)?;
        match names.iter().find(|name| !listing.contains(**name)) {
            Some(name) => bail!("{} does not have {name:?}", library.display()),
            None => Ok(()),
        }
    }

    fn free_threaded(&mut self) -> Result<()> {
        for version in ["3.14", "3.15"] {
            let folder = target(self.root).join("free-threaded").join(version);
            fs::create_dir_all(&folder)?;
            let config = folder.join("pyo3.conf");
            let lines = format!(
                "implementation=CPython\nversion={version}\nshared=true\npointer_width=64\n\
                 build_flags=Py_GIL_DISABLED\nsuppress_build_script_link_lines=true\n"
            );
            fs::write(&config, lines)?;
            let packages = ["-p", "hpy-cpython", "-p", "hpy-universal", "-p", "hpy-cpython-abi"];
            let mut cargo = self.cargo(&[], &[&["check", "--locked"][..], &packages].concat());
            cargo.env("PYO3_CONFIG_FILE", config).env("CARGO_TARGET_DIR", folder);
            self.without_warnings(&format!("check {version}t"), &mut cargo)?;
        }
        Ok(())
    }

    /// The smoke tests in the ABIs that have a runtime, and once more in debug mode.
    fn smoke(&mut self, venv: &Venv, variables: &[(&str, &str)], more: &[&str]) -> Result<()> {
        for mode in ["universal", "debug"] {
            let mut pytest = venv.command();
            pytest
                .args(["-m", "pytest", "tests", "-m", "smoke", "-p", "no:cacheprovider", "--mode", mode])
                .args(["--abi=universal", "--abi=hybrid"])
                .args(more)
                .envs(variables.iter().copied())
                .current_dir(self.root);
            self.command(&format!("smoke in {mode} mode"), &mut pytest)?;
        }
        Ok(())
    }

    /// Fetches the tools of the platform. The result is what they want the environment to be.
    fn fetch(&mut self) -> Result<Vec<Variable>> {
        let folder = self.platform.folder(self.root);
        let env = folder.join("env");
        if let Some(script) = self.platform.script(self.root).filter(|_| !env.exists()) {
            self.command("fetch", Command::new(script).arg(&folder))?;
        }
        let mut shell = Command::new("sh");
        let output = shell.args(["-c", ". \"$0\" && env"]).arg(&env).output().context("cannot run sh")?;
        if !output.status.success() {
            bail!("{}: {}", env.display(), String::from_utf8_lossy(&output.stderr).trim());
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let all = text.lines().filter_map(|line| line.split_once('='));
        let changed = all.filter(|(name, value)| std::env::var(name).as_deref() != Ok(value));
        Ok(changed.map(|(name, value)| (name.into(), value.into())).collect())
    }

    fn cargo(&self, variables: &[Variable], arguments: &[&str]) -> Command {
        let mut cargo = Command::new("cargo");
        cargo.args(arguments).envs(variables.iter().cloned()).current_dir(self.root);
        cargo
    }

    fn command(&mut self, title: &str, command: &mut Command) -> Result<String> {
        let finished = self.progress.command(&format!("{}: {title}", self.platform.name()), command)?;
        self.all.time += finished.time;
        self.all.output += &finished.output;
        Ok(finished.output)
    }

    /// A command of cargo's that must have nothing to complain about.
    fn without_warnings(&mut self, title: &str, cargo: &mut Command) -> Result<()> {
        let output = self.command(title, cargo)?;
        match output.lines().find(|line| line.starts_with("warning")) {
            Some(warning) => bail!("{}: {title}: {warning}", self.platform.name()),
            None => Ok(()),
        }
    }
}
