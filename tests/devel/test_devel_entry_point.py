"""hpy.devel with the choices `embedded` and `both`: real builds, installed in new environments."""

import sysconfig
import zipfile
from pathlib import Path

import pytest
from support.environments import Environment
from support.projects import BUILD_SYSTEM, PLATFORM, TWO_EXTENSIONS, Project
from support.toolchain import REPOSITORY

pytest.importorskip("setuptools")

pytestmark = pytest.mark.not_repeatable("it runs compilers and other Pythons")

EXT_SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")


@pytest.fixture(scope="module")
def make_project(tmp_path_factory):
    """`make_project(settings)`: a project with two extensions, one of them in a package."""

    def make(settings):
        folder = tmp_path_factory.mktemp("building") / "demo"
        project = Project(folder, TWO_EXTENSIONS, BUILD_SYSTEM + settings)
        project.write("pkg/__init__.py", "")
        project.write_extension("spam.c", 1)
        project.write_extension("pkg/eggs.c", 2)
        return project

    return make


@pytest.fixture(scope="module")
def wheel(make_project):
    """One for every Python."""
    return make_project("abi = 'universal'\nentry-point = 'embedded'\n").build_wheel()


def modules_of(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return sorted(name for name in archive.namelist() if ".dist-info/" not in name)


EMBEDDED = "" if sysconfig.get_config_var("Py_GIL_DISABLED") else ".abi3"


def test_one_wheel_for_every_python(wheel):
    assert wheel.name == f"demo-1.0-py3-none-{PLATFORM}.whl"
    assert modules_of(wheel) == ["pkg/__init__.py", f"pkg/eggs{EMBEDDED}.so", f"spam{EMBEDDED}.so"]


CODE = "import spam, pkg.eggs; print(spam.answer(), pkg.eggs.answer(7), type(spam.__loader__).__name__)"


@pytest.mark.smoke
def test_wheel_in_a_new_environment(wheel, tmp_path):
    environment = Environment(tmp_path / "venv")
    environment.install(wheel)
    assert environment("-c", CODE) == (0, "1 7 ExtensionFileLoader\n", "")


@pytest.mark.slow("makes an environment of each Python; the one above is for this")
def test_the_same_wheel_for_each_python(wheel, tmp_path):
    """Of those that `cargo xtask test` has made environments for."""
    pythons = sorted((REPOSITORY / "target" / "venvs").glob("3.*[0-9]/bin/python"))
    pythons = [python for python in pythons if "-" not in python.parts[-3]]
    assert pythons
    results = {}
    for python in pythons:
        environment = Environment(tmp_path / python.parts[-3], python)
        environment.install(wheel)
        results[python.parts[-3]] = environment("-c", CODE)
    assert results == dict.fromkeys(results, (0, "1 7 ExtensionFileLoader\n", ""))


def test_environment_without_hpy_shows_the_documented_message(wheel, tmp_path):
    environment = Environment(tmp_path / "venv", with_hpy=False)
    environment.install(wheel)
    code, _, messages = environment("-c", "import spam")
    shown = messages.splitlines()[-1]
    assert code == 1 and shown.startswith("ImportError: the extension module 'spam' needs the package hpy")
    assert shown.replace("spam", "foo") in (REPOSITORY / "docs" / "importing.md").read_text(encoding="utf-8")


def test_both(make_project, tmp_path):
    """The stub is for Pythons that do not look for the binary."""
    project = make_project("abi = 'universal'\nentry-point = 'both'\nuse-static-libs = true\n")
    wheel = project.build_wheel()
    binaries = [f"pkg/eggs{EMBEDDED}.so", f"spam{EMBEDDED}.so"]
    assert modules_of(wheel) == ["pkg/__init__.py", binaries[0], "pkg/eggs.py", binaries[1], "spam.py"]
    environment = Environment(tmp_path / "venv")
    environment.install(wheel)
    assert environment("-c", CODE) == (0, "1 7 ExtensionFileLoader\n", "")
    code = """
import sys, hpy.universal
from importlib.machinery import FileFinder, SourceFileLoader
sys.path_hooks[:] = [FileFinder.path_hook((SourceFileLoader, [".py"]))]
sys.path_importer_cache.clear()
"""
    assert environment("-c", code + CODE) == (0, "1 7 SourceFileLoader\n", "")


def test_hybrid_in_place(make_project):
    project = make_project("abi = 'hybrid'\nentry-point = 'embedded'\n")
    project.python("setup.py", "build_ext", "--inplace")
    assert (project.directory / f"spam{EXT_SUFFIX}").is_file()
    assert not (project.directory / "spam.py").exists()
    expression = "spam.answer(), pkg.eggs.answer()"
    assert project.evaluate(expression, project.directory, "spam", "pkg.eggs") == "(1, 2)"


def test_editable_install(make_project, tmp_path):
    project = make_project("abi = 'universal'\nentry-point = 'embedded'\n")
    prefix = tmp_path / "prefix"
    options = ["--no-build-isolation", "--no-deps", "--no-index", "--ignore-installed", f"--prefix={prefix}"]
    project.pip("install", *options, "--editable", ".")
    (packages,) = {path.parent for path in prefix.rglob("*.dist-info")}
    code = f"import site; site.addsitedir({str(packages)!r}); {CODE}"
    assert project.python("-c", code, cwd=tmp_path) == "1 7 ExtensionFileLoader\n"


@pytest.mark.parametrize(
    "entry_point", [pytest.param("stub", marks=pytest.mark.slow("as with an entry point")), "embedded"]
)
def test_warning_of_an_older_build_in_place(make_project, entry_point):
    project = make_project(f"abi = 'universal'\nentry-point = '{entry_point}'\n")
    older = Path(project.directory, f"spam{EXT_SUFFIX}")
    older.touch()
    output = project.python("setup.py", "build_ext", "--inplace")
    name = "spam.hpy0.so" if entry_point == "stub" else f"spam{EMBEDDED}.so"
    [line] = [line for line in output.splitlines() if "Python will import" in line]
    assert line.endswith(f"{older.name}, not {name} beside it: remove the former")
