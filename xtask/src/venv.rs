//! Virtual environments under `target/venvs/`, one per engine, with the runtime of this tree installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha256};

use crate::engine::{Engine, Engines};
use crate::folders;
use crate::progress::Progress;

/// Packages of the environment for tools. uv creates environments where `python -m venv` can't because ensurepip lacks
/// its wheels; the version of ruff is fixed, so that a new rule does not break an old commit.
const TOOLS: &[&str] = &["uv", "ruff==0.17.*"];
/// Packages of each other environment: those to build the runtime, and those to run the tests.
const PACKAGES: &[&str] =
    &["pip", "setuptools>=77", "setuptools-rust>=1.10", "wheel", "pytest>=8", "pytest-xdist>=3.6"];
/// Packages that data are exchanged with in `tests/data_exchange/`, each where it has wheels for the Python.
const OTHER_SIDES: &[&str] = &["numpy", "pyarrow", "apache-tvm-ffi"];
/// What some tests run that are for the default Python only.
const PACKAGES_OF_DEFAULT: &[&str] = &["cython>=3.1", "mypy>=1.18"];
/// HPy 0.9, the first of them, which must build extensions with the setuptools of its time.
const PEER: &[&str] = &["hpy==0.9.0", "setuptools<81", "wheel", "pytest>=8", "pytest-xdist>=3.6"];
/// What makes setuptools-rust build the runtime soon, with the checks of debug builds, instead of as it is shipped.
pub(crate) const QUICK: &[(&str, &str)] = &[("SETUPTOOLS_RUST_CARGO_PROFILE", "quick")];
/// The newest Python that HPy 0.9 has binaries for.
pub(crate) const PEER_PYTHON: &str = "3.11";
/// What decides whether the installed runtime is up to date.
const SOURCES: &[&str] =
    &["include", "helpers", "crates", "python", "pyproject.toml", "setup.py", "Cargo.toml", "Cargo.lock"];
const SOURCE_EXTENSIONS: &[&str] = &["c", "h", "rs", "py", "toml", "lock"];

/// The environment with third-party tools.
pub(crate) struct Tools {
    bin: PathBuf,
}

impl Tools {
    pub(crate) fn new(root: &Path, engines: &Engines, progress: &mut Progress) -> Result<Tools> {
        let folder = folders::target(root).join("venvs/tools");
        let bin = folder.join("bin");
        let stamp = folder.join("installed");
        let wanted = TOOLS.join("\n");
        if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
            return Ok(Tools { bin });
        }
        let python = &engines.builder()?.executable;
        progress.command("venv: tools", clean(python).args(["-m", "venv", "--clear"]).arg(&folder))?;
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        progress.command("install: tools", clean(&bin.join("python")).args(pip).args(TOOLS))?;
        fs::write(stamp, wanted)?;
        Ok(Tools { bin })
    }

    pub(crate) fn command(&self, name: &str) -> Command {
        clean(&self.bin.join(name))
    }
}

/// The environment of one engine.
#[derive(Clone)]
pub(crate) struct Venv {
    folder: PathBuf,
    label: String,
}

impl Venv {
    /// Creates the environment, with what the runtime and the tests need from PyPI, unless it exists.
    pub(crate) fn new(root: &Path, engine: &Engine, tools: &Tools, progress: &mut Progress) -> Result<Venv> {
        let more = if engine.default { PACKAGES_OF_DEFAULT } else { &[] };
        let packages = [PACKAGES, more].concat();
        let venv = Venv::with_packages(root, engine, &engine.label, &packages, tools, progress)?;
        // Wheels are for the release build.
        if !engine.debug {
            venv.install_other_sides(engine, tools, progress)?;
        }
        Ok(venv)
    }

    /// Installs the newest of what has wheels for this Python. The default one must have all, so that no test is left out
    /// everywhere.
    fn install_other_sides(&self, engine: &Engine, tools: &Tools, progress: &mut Progress) -> Result<()> {
        let stamp = self.folder.join("other-sides");
        let wanted = OTHER_SIDES.join("\n");
        if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
            return Ok(());
        }
        progress.function(&format!("install: {}, packages to exchange data with", self.label), || {
            let mut missing = Vec::new();
            for package in OTHER_SIDES {
                let mut install = tools.command("uv");
                install.args(["pip", "install", "--only-binary", ":all:", "--python"]).arg(self.python());
                let output = install.arg(package).output()?;
                if !output.status.success() {
                    let reason = String::from_utf8_lossy(&output.stderr).into_owned();
                    ensure!(!engine.default, "{package} cannot be installed:\n{reason}");
                    missing.push(*package);
                }
            }
            Ok(if missing.is_empty() {
                String::new()
            } else {
                format!("no wheels of {}", missing.join(", "))
            })
        })?;
        fs::write(stamp, wanted)?;
        Ok(())
    }

    /// The same under another name, for a different runtime.
    pub(crate) fn labelled(
        root: &Path,
        engine: &Engine,
        label: &str,
        tools: &Tools,
        progress: &mut Progress,
    ) -> Result<Venv> {
        Venv::with_packages(root, engine, label, PACKAGES, tools, progress)
    }

    /// Creates an environment with HPy 0.9, unless it exists. PyPy has its own, which stands there if nothing else is installed.
    pub(crate) fn peer(root: &Path, engine: &Engine, tools: &Tools, progress: &mut Progress) -> Result<Venv> {
        let packages = if engine.is_cpython { PEER } else { &PEER[1..] };
        Venv::with_packages(root, engine, &format!("{}-hpy-0.9", engine.label), packages, tools, progress)
    }

    fn with_packages(
        root: &Path,
        engine: &Engine,
        label: &str,
        packages: &[&str],
        tools: &Tools,
        progress: &mut Progress,
    ) -> Result<Venv> {
        let venv = Venv { folder: folders::target(root).join("venvs").join(label), label: label.into() };
        let stamp = venv.folder.join("installed");
        let wanted = format!("{} {}\n{}", engine.version, engine.executable.display(), packages.join("\n"));
        if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
            return Ok(venv);
        }
        let mut make = tools.command("uv");
        make.args(["venv", "--no-project", "--clear", "--python"]).arg(&engine.executable).arg(&venv.folder);
        progress.command(&format!("venv: {label}"), &mut make)?;
        let mut install = tools.command("uv");
        install.args(["pip", "install", "--python"]).arg(venv.python()).args(packages);
        progress.command(&format!("install: {label}"), &mut install)?;
        fs::write(stamp, wanted)?;
        Ok(venv)
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn python(&self) -> PathBuf {
        self.folder.join("bin/python")
    }

    /// A command that runs the environment's Python.
    pub(crate) fn command(&self) -> Command {
        clean(&self.python())
    }

    /// Builds and installs the runtime, unless what is installed was built from the same sources.
    pub(crate) fn install_runtime(&self, root: &Path, progress: &mut Progress) -> Result<()> {
        self.install_runtime_with(root, &[], progress)
    }

    /// The same, with environment variables for the build.
    pub(crate) fn install_runtime_with(
        &self,
        root: &Path,
        variables: &[(&str, &str)],
        progress: &mut Progress,
    ) -> Result<()> {
        let stamp = self.folder.join("runtime");
        let wanted = format!("{} {variables:?}", fingerprint(root)?);
        if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
            return Ok(());
        }
        let mut install = self.command();
        install
            .args(["-m", "pip", "install", "--disable-pip-version-check", "--force-reinstall"])
            .args(["--no-build-isolation", "--no-deps", "."])
            .current_dir(root)
            .envs(variables.iter().copied())
            // It would be compiled for that one.
            .env_remove("PYO3_PYTHON")
            // One folder for all Pythons: most of what the runtime is made of knows none.
            .env("CARGO_TARGET_DIR", folders::target(root).join("python"));
        progress.command(&format!("runtime: {}", self.label), &mut install)?;
        fs::write(stamp, wanted)?;
        Ok(())
    }
}

/// A command without the variables of the caller's Python environment, and with Python's bytecode under `target/`.
pub(crate) fn clean(program: &Path) -> Command {
    let mut command = Command::new(program);
    for name in ["PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "HPY", "HPY_LOG", "HPY_ABI"] {
        command.env_remove(name);
    }
    // Each step starts Python many times: it keeps what it compiles, though not beside the sources.
    command.env_remove("PYTHONDONTWRITEBYTECODE");
    command.env("PYTHONPYCACHEPREFIX", folders::target(folders::root()).join("pycache"));
    command.env("UV_PYTHON_DOWNLOADS", "never").env("PYTHONUTF8", "1");
    command
}

/// A hash of everything that the installed runtime is made of.
fn fingerprint(root: &Path) -> Result<String> {
    let mut files = Vec::new();
    for source in SOURCES {
        collect(&root.join(source), &mut files)?;
    }
    files.sort();
    let mut hash = Sha256::new();
    for file in files {
        let content = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        hash.update(file.strip_prefix(root)?.to_string_lossy().as_bytes());
        hash.update(content.len().to_le_bytes());
        hash.update(content);
    }
    Ok(hex(&hash.finalize()))
}

/// Adds the source files under a path. Links are left out: editable installs make them, for sources that are counted
/// anyway.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if path.is_symlink() {
        return Ok(());
    }
    if path.is_dir() {
        for entry in path.read_dir()? {
            collect(&entry?.path(), files)?;
        }
    } else if path.extension().is_some_and(|e| SOURCE_EXTENSIONS.iter().any(|s| e == *s)) {
        files.push(path.to_owned());
    }
    Ok(())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
