"""hpy.devel: real builds of small projects, with setup.py and pip, and the use of what they give."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import textwrap
import zipfile

import pytest
from support.projects import BUILD_SYSTEM, PLATFORM, PYPROJECT, SOURCE, TWO_EXTENSIONS, Project

pytest.importorskip("setuptools")

pytestmark = pytest.mark.not_repeatable("it runs compilers and other Pythons")

C_API_SOURCE = """
#include <Python.h>
static struct PyModuleDef moduledef = {PyModuleDef_HEAD_INIT, "NAME"};
PyMODINIT_FUNC PyInit_NAME(void) { return PyModule_Create(&moduledef); }
"""

STATIC_LIBS = "use-static-libs = true\n"
WITH_HELPERS_FROM = [
    pytest.param("", id="sources"),
    pytest.param(STATIC_LIBS, id="library", marks=pytest.mark.slow("as from sources")),
]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """A project with two universal extensions, one of them in a package."""
    project = Project(tmp_path_factory.mktemp("devel") / "demo", TWO_EXTENSIONS)
    project.write("pkg/__init__.py", "")
    project.write_extension("spam.c", 1)
    project.write_extension("pkg/eggs.c", 2)
    return project


@pytest.fixture(scope="module")
def demo_wheel(demo):
    return demo.build_wheel()


@pytest.fixture(scope="module")
def demo_installed(demo, demo_wheel, tmp_path_factory):
    """Directory that the wheel is installed in."""
    target = tmp_path_factory.mktemp("target")
    demo.pip("install", "--no-deps", "--no-index", f"--target={target}", str(demo_wheel))
    return target


def test_one_wheel_for_every_python(demo_wheel):
    assert demo_wheel.name == f"demo-1.0-py3-none-{PLATFORM}.whl"
    with zipfile.ZipFile(demo_wheel) as archive:
        metadata = archive.read("demo-1.0.dist-info/WHEEL").decode()
    assert f"Tag: py3-none-{PLATFORM}\n" in metadata
    assert "Root-Is-Purelib: false\n" in metadata


def test_wheel_contents(demo_wheel):
    with zipfile.ZipFile(demo_wheel) as archive:
        names = [name for name in archive.namelist() if ".dist-info/" not in name]
    assert sorted(names) == ["pkg/__init__.py", "pkg/eggs.hpy0.so", "pkg/eggs.py", "spam.hpy0.so", "spam.py"]


def test_installed_extensions_work(demo, demo_installed):
    expression = "spam.answer(), pkg.eggs.answer(), pkg.eggs.answer(7)"
    assert demo.evaluate(expression, demo_installed, "spam", "pkg.eggs") == "(1, 2, 7)"


def test_module_attributes(demo, demo_installed):
    module = "sys.modules['pkg.eggs']"
    expression = f"{module}.__name__, {module}.__package__, {module}.__file__, {module}.__spec__.name"
    library = str(demo_installed / "pkg" / "eggs.hpy0.so")
    expected = ("pkg.eggs", "pkg", library, "pkg.eggs")
    assert demo.evaluate(expression, demo_installed, "pkg.eggs") == str(expected)


def test_stub_needs_only_the_runtime(demo, demo_installed):
    """The stubs of HPy 0.9 imported pkg_resources, so setuptools had to be installed to run an extension."""
    names = "{'setuptools', 'pkg_resources', 'distutils', 'hpy.devel'}"
    assert demo.evaluate(f"sorted({names} & set(sys.modules))", demo_installed, "spam", "pkg.eggs") == "[]"


def test_stub_protocol(demo_installed):
    """The stub calls _load_bootstrap with the seven arguments that every loader of ABI 0.0 takes."""
    calls = []
    namespace = {
        "__name__": "pkg.eggs",
        "__package__": "pkg",
        "__file__": str(demo_installed / "pkg" / "eggs.py"),
        "__loader__": "loader",
        "__spec__": "spec",
    }
    source = (demo_installed / "pkg" / "eggs.py").read_text()
    assert "def __bootstrap__():" in source
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hpy.universal._load_bootstrap", lambda *args: calls.append(args) or "module")
        patch.setitem(sys.modules, "pkg.eggs", None)
        exec(compile(source, "eggs.py", "exec"), namespace)
        assert sys.modules["pkg.eggs"] == "module"
    library = str(demo_installed / "pkg" / "eggs.hpy0.so")
    assert calls == [("eggs", "pkg.eggs", "pkg", library, "loader", "spec", os.environ)]


def test_stub_without_source(demo, demo_installed, tmp_path):
    """A distribution may leave the sources out."""
    for path in demo_installed.glob("spam*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    demo.python("-m", "compileall", "-q", "-b", str(tmp_path))
    (tmp_path / "spam.py").unlink()
    assert demo.evaluate("spam.answer()", tmp_path, "spam") == "1"


def test_reload(demo, demo_installed):
    assert demo.evaluate("importlib.reload(spam).answer()", demo_installed, "spam", "importlib") == "1"


def test_editable_install(demo, tmp_path):
    prefix = tmp_path / "prefix"
    options = ["--no-build-isolation", "--no-deps", "--no-index", "--ignore-installed", f"--prefix={prefix}"]
    demo.pip("install", *options, "--editable", ".")
    (site_packages,) = {path.parent for path in prefix.rglob("*.dist-info")}
    code = f"""
        import site
        site.addsitedir({str(site_packages)!r})
        import spam, pkg.eggs
        print(spam.answer() + pkg.eggs.answer())
    """
    assert demo.python("-c", textwrap.dedent(code), cwd=tmp_path) == "3\n"
    assert (demo.directory / "spam.hpy0.so").is_file() and (demo.directory / "pkg" / "eggs.py").is_file()


def test_source_distribution(demo):
    demo.python("-c", "from setuptools import build_meta; build_meta.build_sdist('sdist')")
    (archive,) = demo.directory.glob("sdist/*.tar.gz")
    names = demo.python("-m", "tarfile", "--list", str(archive))
    assert "demo-1.0/pkg/eggs.c" in names
    assert "argparse" not in names


@pytest.fixture
def make_project(tmp_path):
    """`make_project(setup)`: a project with the extension source spam.c."""

    def make(setup, **options):
        project = Project(tmp_path / "project", setup, **options)
        project.write_extension("spam.c")
        return project

    return make


ONE_EXTENSION = (
    "setup(name='demo', version='1.0', py_modules=[], hpy_ext_modules=[Extension('spam', ['spam.c'])])"
)


def test_inplace_build_with_static_libs(make_project):
    project = make_project(ONE_EXTENSION)
    output = project.python(
        "setup.py", "--hpy-abi=universal", "--hpy-use-static-libs", "build_ext", "--inplace"
    )
    assert "writing hpy universal stub loader for spam to " in output
    assert "argparse.c" not in output
    assert not list(project.directory.glob("build/**/argparse*"))
    assert project.evaluate("spam.answer(5)", project.directory, "spam") == "5"
    # again, over what the first build left
    project.python("setup.py", "--hpy-use-static-libs", "build_ext", "--inplace", "--force")
    assert project.evaluate("spam.answer(6)", project.directory, "spam") == "6"


def test_inplace_build_below_src(make_project):
    project = make_project("""
        setup(
            name="demo",
            packages=["pkg"],
            package_dir={"": "src"},
            hpy_ext_modules=[Extension("pkg.spam", ["spam.c"])],
        )
    """)
    project.write("src/pkg/__init__.py", "")
    project.python("setup.py", "--hpy-use-static-libs", "build_ext", "--inplace")
    assert project.evaluate("pkg.spam.answer()", project.directory / "src", "pkg.spam") == "42"


def test_stub_does_not_replace_a_module_of_the_author(make_project):
    project = make_project(ONE_EXTENSION)
    project.write("spam.py", "mine = True\n")
    output = project.python("setup.py", "--hpy-use-static-libs", "build_ext", "--inplace", check=False)
    assert "spam.py already exists: an HPy extension and a Python module can't have the same name" in output
    assert (project.directory / "spam.py").read_text() == "mine = True\n"


def test_mixed_extensions(make_project):
    setup = ONE_EXTENSION.replace("name=", "ext_modules=[Extension('eggs', ['eggs.c'])], name=")
    project = make_project(setup, pyproject=PYPROJECT + STATIC_LIBS)
    project.write_extension("eggs.c", source=C_API_SOURCE)
    wheel = project.build_wheel()
    assert "-py3-" not in wheel.name
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(project.directory / "unpacked")
    expression = "spam.answer(), eggs.__name__"
    assert project.evaluate(expression, project.directory / "unpacked", "spam", "eggs") == "(42, 'eggs')"


LEGACY_SOURCE = """
#include <hpy.h>

static PyObject *legacy(PyObject *self, PyObject *arg) { return PyNumber_Negative(arg); }
static PyMethodDef legacy_methods[] = {{"negative", legacy, METH_O, NULL}, {NULL}};
HPyDef_METH(positive, "positive", HPyFunc_VARARGS)
static HPy positive_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    long value;
    return HPyArg_Parse(ctx, NULL, args, nargs, "l", &value) ? HPyLong_FromLong(ctx, value) : HPy_NULL;
}

static HPyDef *defines[] = {&positive, NULL};
static HPyModuleDef moduledef = {.legacy_methods = legacy_methods, .defines = defines};
HPy_MODINIT(NAME, moduledef)
"""


@pytest.mark.parametrize("settings", WITH_HELPERS_FROM)
def test_hybrid_wheel(make_project, settings):
    project = make_project(ONE_EXTENSION, pyproject=BUILD_SYSTEM + "abi = 'hybrid'\n" + settings)
    project.write_extension("spam.c", source=LEGACY_SOURCE)
    wheel = project.build_wheel()
    number = "{}{}".format(*sys.version_info)
    if sys.implementation.name == "pypy":
        tag, own = f"pp{number}", "-".join(sysconfig.get_config_var("SOABI").split("-")[:2])
    else:
        tag, own = f"cp{number}", f"cp{number}{getattr(sys, 'abiflags', '')}"
    assert wheel.name == f"demo-1.0-{tag}-{own.replace('-', '_')}-{PLATFORM}.whl"
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if ".dist-info/" not in name]
        archive.extractall(project.directory / "unpacked")
    assert sorted(names) == [f"spam.hpy0-{own}.so", "spam.py"]
    values = project.evaluate("spam.negative(5), spam.positive(5)", project.directory / "unpacked", "spam")
    assert values == "(-5, 5)"


@pytest.mark.parametrize("settings", WITH_HELPERS_FROM)
@pytest.mark.skipif(sys.implementation.name != "cpython", reason="its own ABI is the default")
def test_cpython_wheel(make_project, settings):
    project = make_project(ONE_EXTENSION, pyproject=BUILD_SYSTEM + settings)
    project.write_extension("spam.c", source=LEGACY_SOURCE)
    wheel = project.build_wheel()
    tag = "cp{}{}".format(*sys.version_info)
    own = tag + getattr(sys, "abiflags", "")
    assert wheel.name == f"demo-1.0-{tag}-{own}-{PLATFORM}.whl"
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if ".dist-info/" not in name]
        archive.extractall(project.directory / "unpacked")
    assert names == ["spam" + sysconfig.get_config_var("EXT_SUFFIX")]
    expression = "spam.negative(5), spam.positive(5), [name for name in sys.modules if 'hpy' in name]"
    assert project.evaluate(expression, project.directory / "unpacked", "spam") == "(-5, 5, [])"


def test_cpython_extension_exports_nothing_of_hpy(make_project):
    if sys.platform != "linux" or not shutil.which("nm"):
        pytest.skip("needs ELF and nm")
    project = make_project(ONE_EXTENSION, pyproject=BUILD_SYSTEM)
    project.python("setup.py", "--hpy-use-static-libs", "build_ext", "--inplace")
    (binary,) = project.directory.glob("spam.*.so")
    command = ["nm", "--dynamic", "--defined-only", "--format=posix", binary]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert [line.split()[0] for line in output.splitlines()] == ["PyInitU_spam", "PyInit_spam"]


def test_settings_of_pyproject_and_environment_reach_the_build(make_project):
    project = make_project(ONE_EXTENSION, pyproject=BUILD_SYSTEM + "abi = 'bogus'\n")
    assert "error: Unknown HPy ABI: bogus." in project.python("setup.py", "build_ext", check=False)
    project.python("setup.py", "--hpy-use-static-libs", "build_ext", HPY_ABI="universal")


def build_with_newer_function(project, abi, *options, check=True):
    """Build an extension that calls a function of ABI 0.1; returns what the build says."""
    call = """HPy found;
    if (HPy_GetOptionalAttr_s(ctx, self, "answer", &found) < 1)
        return HPy_NULL;
    HPy_Close(ctx, found);
"""
    project.write_extension("spam.c", 3, source=SOURCE.replace("    if (", f"    {call}    if (", 1))
    command = ["setup.py", f"--hpy-abi={abi}", *options, "build_ext", "--inplace"]
    return project.python(*command, check=check)


@pytest.mark.parametrize("abi", ["universal", "cpython"])
@pytest.mark.parametrize(
    "helpers",
    [
        pytest.param([], id="sources"),
        pytest.param(["--hpy-use-static-libs"], id="library", marks=pytest.mark.slow("as from sources")),
    ],
)
def test_asking_for_an_abi_version(make_project, abi, helpers):
    project = make_project(ONE_EXTENSION)
    refused = build_with_newer_function(project, abi, *helpers, check=False)
    assert "build with the option --hpy-abi-version=0.1 of hpy.devel" in refused
    build_with_newer_function(project, abi, *helpers, "--hpy-abi-version=0.1")
    assert project.evaluate("spam.answer()", project.directory, "spam") == "3"


@pytest.mark.skipif(sys.platform != "linux", reason="it is the linkers there that refuse it")
@pytest.mark.parametrize("abi", ["universal", "cpython"])
def test_sources_that_ask_for_different_abi_versions_do_not_link(make_project, abi):
    project = make_project(ONE_EXTENSION.replace("'spam.c'", "'spam.c', 'more.c'"))
    project.write("more.c", "#define HPY_TARGET_ABI_VERSION 0x00000001\n#include <hpy.h>\n")
    refused = project.python("setup.py", f"--hpy-abi={abi}", "build_ext", check=False)
    assert "HPy_all_files_of_an_extension_must_ask_for_the_same_ABI_version" in refused


def test_help_shows_the_options(make_project):
    output = make_project(ONE_EXTENSION).python("setup.py", "--help")
    assert "--hpy-abi" in output and "--hpy-abi-version" in output and "--hpy-use-static-libs" in output


def test_python_h_is_forbidden(make_project):
    project = make_project(ONE_EXTENSION)
    project.write_extension("spam.c", source="#include <Python.h>\n" + SOURCE)
    output = project.python("setup.py", "--hpy-use-static-libs", "build_ext", check=False)
    assert "It is forbidden to #include <Python.h> when targeting the HPy Universal ABI" in output


def test_setup_requires(make_project):
    project = make_project(ONE_EXTENSION.replace("name=", "setup_requires=['hpy'], name="))
    project.python("setup.py", "--hpy-use-static-libs", "build_ext", "--inplace")
    assert project.evaluate("spam.answer()", project.directory, "spam") == "42"


def test_optional_extension_that_fails(make_project):
    project = make_project(ONE_EXTENSION.replace("['spam.c']", "['spam.c'], optional=True"))
    project.write("spam.c", "#error broken")
    project.python("setup.py", "--hpy-use-static-libs", "build_ext", "--inplace")
    assert not (project.directory / "spam.py").exists()


def test_egg(make_project):
    project = make_project(ONE_EXTENSION)
    project.python("setup.py", "--hpy-use-static-libs", "bdist_egg")
    (egg,) = project.directory.glob("dist/*.egg")
    with zipfile.ZipFile(egg) as archive:
        names = [name for name in archive.namelist() if "spam" in name and "__pycache__" not in name]
        assert sorted(names) == ["spam.hpy0.so", "spam.py"]
        assert "_load_bootstrap" in archive.read("spam.py").decode()
        assert "EGG-INFO/not-zip-safe" in archive.namelist()


# What is compiled with what


HYBRID = pytest.param("hybrid", marks=pytest.mark.slow("seldom differs from the others"))
ABIS = ["universal", HYBRID, "cpython"]
# Of what `hpy.devel` does in the same way for all.
ONE_ABI = ["universal", HYBRID, pytest.param("cpython", marks=pytest.mark.slow("as for the universal ABI"))]
CPP20 = pytest.param("c++20", marks=pytest.mark.slow("seldom differs from C++17"))


@pytest.mark.parametrize("abi", ABIS)
def test_parallel_build_compiles_the_helpers_once(make_project, abi):
    project = make_project("""
        names = ["spam0", "spam1", "spam2", "spam3"]
        extensions = [Extension(name, [name + ".c"]) for name in names]
        setup(name="demo", py_modules=[], hpy_ext_modules=extensions)
    """)
    names = [f"spam{number}" for number in range(4)]
    for number, name in enumerate(names):
        project.write_extension(f"{name}.c", number)
    output = project.python("setup.py", f"--hpy-abi={abi}", "build_ext", "--inplace", "-j4")
    assert len(re.findall(r" -c \S*argparse\.c ", output)) == 1
    assert project.evaluate(
        "[m.answer() for m in (spam0, spam1, spam2, spam3)]", project.directory, *names
    ) == ("[0, 1, 2, 3]")
    # What is there is used again, as are the extensions.
    output = project.python("setup.py", f"--hpy-abi={abi}", "build_ext", "--inplace", "-j4")
    assert "argparse.c" not in output and "spam0.c" not in output


def test_helpers_that_changed_are_compiled_and_linked_again(make_project, tmp_path):
    project = make_project(ONE_EXTENSION)
    build = ["setup.py", "build_ext", "--inplace"]
    project.python(*build)
    (helper,) = project.directory.glob("build/**/argparse.o")
    binary = next(project.directory.glob("build/lib*/spam.hpy0.so"))
    before = binary.stat().st_mtime_ns
    os.utime(helper, (0, 0))
    output = project.python(*build)
    assert "argparse.c" in output and binary.stat().st_mtime_ns > before


STRICT = ["-Werror", "-Wall", "-Wextra", "-Wpedantic", "-Wcast-qual", "-Wshadow"]
CPP_SOURCE = SOURCE.replace("{.defines = defines}", "{nullptr, 0, nullptr, defines, nullptr}").replace(
    "HPy self, const HPy", "HPy, const HPy"
)


@pytest.mark.parametrize("abi", ONE_ABI)
@pytest.mark.parametrize("standard", ["c++17", CPP20])
def test_flags_of_the_author_are_for_the_author_s_files(make_project, abi, standard):
    if not shutil.which(os.environ.get("CXX", "g++")):
        pytest.skip("no C++ compiler")
    flags = [f"-std={standard}", *STRICT]
    project = make_project(f"""
        extension = Extension("spam", ["spam.cpp"], language="c++", extra_compile_args={flags})
        setup(name="demo", py_modules=[], hpy_ext_modules=[extension])
    """)
    project.write_extension("spam.cpp", source=CPP_SOURCE)
    project.python("setup.py", f"--hpy-abi={abi}", "build_ext", "--inplace")
    assert project.evaluate("spam.answer(5)", project.directory, "spam") == "5"


@pytest.mark.parametrize("abi", ONE_ABI)
def test_macros_of_the_author_do_not_reach_the_helpers(make_project, abi):
    project = make_project("""
        extension = Extension("spam", ["spam.c"], define_macros=[("value", "another")])
        setup(name="demo", py_modules=[], hpy_ext_modules=[extension])
    """)
    output = project.python("setup.py", f"--hpy-abi={abi}", "build_ext", "--inplace")
    assert re.findall(r"-Dvalue=another .* -c (\S+)", output) == ["spam.c"]


@pytest.mark.parametrize("abi", ONE_ABI)
def test_module_whose_name_is_not_ascii(make_project, abi):
    project = make_project(ONE_EXTENSION.replace("'spam', ['spam.c']", "'éclair', ['e.c']"))
    project.write("e.c", SOURCE.replace("NAME", "clair_9ra").replace("VALUE", "42"))
    project.python("setup.py", f"--hpy-abi={abi}", "build_ext", "--inplace")
    assert project.evaluate("éclair.answer(), éclair.__name__ == 'éclair'", project.directory, "éclair") == (
        "(42, True)"
    )


@pytest.mark.parametrize("abi", ONE_ABI)
def test_package_that_is_an_extension(make_project, abi):
    project = make_project("""
        extensions = [Extension("pkg.__init__", ["pkg.c"]), Extension("pkg.sub", ["sub.c"])]
        setup(name="demo", packages=["pkg"], hpy_ext_modules=extensions)
    """)
    project.write_extension("pkg.c", 1)
    project.write_extension("sub.c", 2)
    (project.directory / "pkg").mkdir()
    project.python("setup.py", f"--hpy-abi={abi}", "build_ext", "--inplace")
    expression = "pkg.answer(), pkg.sub.answer(), pkg.__name__, pkg.__package__, len(pkg.__path__)"
    values = project.evaluate(expression, project.directory, "pkg.sub")
    assert values == "(1, 2, 'pkg', 'pkg', 1)"
