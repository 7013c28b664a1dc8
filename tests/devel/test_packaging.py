"""The distribution `hpy`: what is installed, what a source distribution has, and that it builds from one."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import textwrap
import zipfile
from importlib import metadata
from pathlib import Path

import hpy.universal
import pytest
from hpy.devel import HPyDevel, version

pytestmark = pytest.mark.not_repeatable("it builds, in other Pythons")

ROOT = Path(__file__).resolve().parents[2]

# PyPy has one of that name, too, which stands before it.
for distribution in metadata.distributions(name="hpy"):
    if Path(distribution.locate_file("hpy/__init__.py")) == Path(hpy.__file__):
        break
else:
    pytest.skip("hpy can be imported here, but is not installed", allow_module_level=True)

# What a source distribution can do without.
NOT_DISTRIBUTED = (".ci/", ".git", ".github/")


def run_python(*arguments, **options):
    process = subprocess.run(
        [sys.executable, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
    )
    assert process.returncode == 0, process.stdout
    return process.stdout


def files_below(directory):
    return {path.relative_to(directory).as_posix(): path for path in directory.rglob("*") if path.is_file()}


# The installed distribution


def test_version_comes_from_the_workspace():
    (cargo,) = re.findall(r'^version = "(.+)"', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)
    assert version.__version__ == cargo.replace("-dev.", ".dev")
    assert distribution.version == version.__version__


def test_runtime_and_devel_are_of_one_version():
    assert hpy.universal.get_version() == (version.__version__, version.__git_revision__)


def test_metadata():
    fields = distribution.metadata
    assert fields["Requires-Python"] == ">=3.9"
    assert fields["License-Expression"] == "MIT"
    assert fields["Description-Content-Type"] == "text/markdown"
    assert fields.get_all("Requires-Dist") == ["setuptools>=64"]


def test_entry_points():
    points = {(point.group, point.name, point.value) for point in distribution.entry_points}
    assert points == {
        ("distutils.setup_keywords", "hpy_ext_modules", "hpy.devel:handle_hpy_ext_modules"),
        ("pytest11", "hpy.debug.pytest", "hpy.debug.pytest"),
    }


def test_hpy_is_a_regular_package():
    """HPy 0.9 was a namespace package; an editable install of such a package loses hpy.universal."""
    assert Path(hpy.__file__).name == "__init__.py"


def test_runtime_needs_no_setuptools():
    code = """
        import sys
        sys.modules["setuptools"] = sys.modules["distutils"] = sys.modules["pkg_resources"] = None
        import hpy, hpy.universal
        assert "hpy.devel" not in sys.modules
    """
    run_python("-c", textwrap.dedent(code))


@pytest.mark.parametrize("source, directory", [("include", "include_dir"), ("helpers", "src_dir")])
def test_installed_files_are_those_of_the_repository(source, directory):
    expected = files_below(ROOT / source)
    installed = files_below(getattr(HPyDevel(), directory))
    assert sorted(installed) == sorted(expected)
    assert [name for name in expected if installed[name].read_bytes() != expected[name].read_bytes()] == []


def test_helper_sources_are_known_to_devel():
    devel = HPyDevel()
    sources = {Path(source).name for source in devel.get_extra_sources() + devel.get_entry_sources()}
    assert sources == {path.name for path in (ROOT / "helpers").glob("*.c")}


@pytest.mark.skipif(sys.platform != "linux" or not shutil.which("readelf"), reason="needs ELF and readelf")
def test_runtime_is_not_linked_to_libpython():
    command = ["readelf", "--dynamic", hpy.universal.__file__]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    needed = re.findall(r"\(NEEDED\).*\[(.+)\]", output)
    assert needed and not [name for name in needed if "python" in name]


@pytest.mark.skipif(sys.platform != "linux" or not shutil.which("nm"), reason="needs ELF and nm")
def test_runtime_exports_only_its_init_function():
    command = ["nm", "--dynamic", "--defined-only", "--format=posix", hpy.universal.__file__]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert [line.split()[0] for line in output.splitlines()] == ["PyInit_universal"]


# The source distribution


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    """The unpacked source distribution."""
    pytest.importorskip("setuptools_rust")
    directory = tmp_path_factory.mktemp("sdist")
    code = f"from setuptools import build_meta; build_meta.build_sdist({str(directory)!r})"
    run_python("-c", code, cwd=ROOT)
    (archive,) = directory.glob("*.tar.gz")
    assert archive.name == f"hpy-{version.__version__}.tar.gz"
    with tarfile.open(archive) as tar:
        tar.extractall(directory)
    return directory / f"hpy-{version.__version__}"


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="needs the repository to compare with")
def test_sdist_is_complete(sdist):
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    expected = {name for name in listed if (ROOT / name).is_file() and not name.startswith(NOT_DISTRIBUTED)}
    assert expected - set(files_below(sdist)) == set()


def test_sdist_has_nothing_that_was_built(sdist):
    built = re.compile(r"(^|/)(target|build|dist|__pycache__)/|\.(so|o|a|pyc)$")
    assert [name for name in files_below(sdist) if built.search(name)] == []


def test_sdist_records_the_revision(sdist):
    text = (sdist / "python" / "hpy" / "devel" / "version.py").read_text()
    assert re.search(r'^__version__ = "(.+)"$', text, re.MULTILINE).group(1) == version.__version__
    assert re.search(r'^__git_revision__ = "(.+)"$', text, re.MULTILINE)


@pytest.fixture(scope="module")
def build_environment():
    # Not found by importing it: that would take the distutils of setuptools from this process.
    if not any(metadata.distributions(name="pip")):
        pytest.skip("pip is not installed")
    # The crates that come from elsewhere are compiled once: this is where `cargo xtask` builds the runtimes.
    target = ROOT / "target" / "python"
    return {**os.environ, "CARGO_TARGET_DIR": str(target), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


@pytest.mark.slow("compiles the runtime, as installing it does before the tests")
def test_wheel_from_sdist(sdist, build_environment, tmp_path):
    options = ["--no-build-isolation", "--no-deps", "--no-index", f"--wheel-dir={tmp_path}"]
    run_python("-m", "pip", "wheel", *options, str(sdist), env=build_environment)
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.name.startswith(f"hpy-{version.__version__}-cp")

    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "unpacked")
    names = {name for name in files_below(tmp_path / "unpacked") if ".dist-info/" not in name}
    kinds = (".py", ".html", ".css", ".js")
    package = {name for name in files_below(ROOT / "python") if name.endswith(kinds)}
    package |= {f"hpy/devel/include/{name}" for name in files_below(ROOT / "include")}
    package |= {f"hpy/devel/src/runtime/{name}" for name in files_below(ROOT / "helpers")}
    package |= {"hpy/devel/lib/universal/libhpy-extra-universal.a", "hpy/devel/version.py"}
    package |= {"hpy/devel/lib/cpython/libhpy-ctx-cpython.a"}
    package |= {f"hpy/universal{sysconfig.get_config_var('EXT_SUFFIX')}"}
    assert names == package

    # The revision of the repository was handed on, by the source distribution.
    code = "import hpy.universal; print(hpy.universal.__file__, *hpy.universal.get_version())"
    output = run_python("-c", code, env={**build_environment, "PYTHONPATH": str(tmp_path / "unpacked")})
    library, *runtime_version = output.split()
    assert Path(library).parent == tmp_path / "unpacked" / "hpy"
    text = (sdist / "python" / "hpy" / "devel" / "version.py").read_text()
    assert runtime_version == re.findall('^__.+__ = "(.+)"$', text, re.MULTILINE)


@pytest.mark.slow("compiles the runtime")
def test_editable_install(sdist, build_environment, tmp_path):
    # Without --ignore-installed, pip would uninstall the hpy that is under test, in spite of the prefix.
    options = [
        "--no-build-isolation",
        "--no-deps",
        "--no-index",
        "--ignore-installed",
        f"--prefix={tmp_path}",
    ]
    run_python("-m", "pip", "install", *options, "--editable", str(sdist), env=build_environment)
    assert Path(hpy.universal.__file__).is_file()
    (pth,) = tmp_path.rglob("*.pth")
    assert pth.read_text().strip() == str(sdist / "python")

    code = """
        import hpy.universal, hpy.devel.version
        from pathlib import Path
        devel = hpy.devel.HPyDevel()
        assert (devel.include_dir / "hpy.h").is_file()
        files = [*devel.get_extra_sources(), *devel.get_static_libs("universal")]
        assert all(Path(path).is_file() for path in files)
        print(hpy.universal.__file__)
    """
    environment = {**build_environment, "PYTHONPATH": pth.read_text().strip()}
    output = run_python("-c", textwrap.dedent(code), env=environment)
    assert Path(output.strip()).parent == sdist / "python" / "hpy"
