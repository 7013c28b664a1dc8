"""The pytest plugin `hpy.debug.pytest`: in a pytest of its own, over tests that use an extension."""

import os
import re
import subprocess
import sys

import pytest
from support import debugging
from support.source import noargs, unary

pytestmark = [pytest.mark.abis("universal", "hybrid"), pytest.mark.after_0_9_0("runtime")]

SOURCE = (
    unary("leak", "HPy_Dup(ctx, arg);\nreturn HPy_Dup(ctx, ctx->h_None);")
    + noargs("fine", "return HPy_Dup(ctx, ctx->h_None);")
    + noargs(
        "close_twice", "HPy h = HPyLong_FromLong(ctx, 1);\nHPy_Close(ctx, h);\nHPy_Close(ctx, h);\nreturn h;"
    )
    + noargs(
        "read_closed",
        """
    HPy h = HPyUnicode_FromString(ctx, "some text");
    const char *s = HPyUnicode_AsUTF8AndSize(ctx, h, NULL);
    HPy_Close(ctx, h);
    return HPyLong_FromLong(ctx, s[0]);
""",
    )
)

# What the stub beside an extension does.
STUB = """
import os, sys
from importlib.machinery import ModuleSpec
import hpy.universal
path = {path!r}
spec = ModuleSpec("ext", None, origin=path)
env = os.environ
sys.modules["ext"] = hpy.universal._load_bootstrap("mod", "ext", "", path, None, spec, env)
"""


@pytest.fixture
def run_pytest(compile_module, tmp_path):
    """`run_pytest(*arguments, tests=text)`: the CompletedProcess; tests import the extension `ext`."""
    (tmp_path / "ext.py").write_text(STUB.format(path=str(compile_module(SOURCE))))

    def run(*arguments, tests, conftest="", hpy=None):
        (tmp_path / "test_ext.py").write_text(tests)
        (tmp_path / "conftest.py").write_text(conftest)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("HPY")}
        environment["PYTHONPATH"] = os.pathsep.join([str(tmp_path), *map(str, package_path())])
        if hpy is not None:
            environment["HPY"] = hpy
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir=."]
        return subprocess.run(
            [*command, *arguments, "test_ext.py"],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


def package_path():
    """Where this process has found `hpy`, in case it is not installed."""
    import hpy

    return [os.path.dirname(os.path.dirname(hpy.__file__))]


PLUGIN = ["-p", "hpy.debug.pytest"]

LEAKY = """
import ext

def test_leaks():
    ext.leak("the leaked object")

def test_fine():
    ext.fine()
"""


def section(output, title):
    """The lines of pytest's output below a line with this title, up to the next."""
    lines = output.splitlines()
    start = next(i for i, line in enumerate(lines) if line.strip("_-= ") == title)
    end = next((i for i in range(start + 1, len(lines)) if lines[i][:4] in ("____", "----", "====")), None)
    return "\n".join(lines[start + 1 : end])


def test_test_that_leaks_fails(run_pytest):
    result = run_pytest(*PLUGIN, tests=LEAKY)
    assert "1 failed, 1 passed" in result.stdout, result.stdout + result.stderr
    report = section(result.stdout, "test_leaks")
    assert "HPy debug mode: 1 handle not closed" in report
    assert "1 × opened by HPy_Dup in method_leak_impl (begins at mod.c:" in report
    assert "str 'the leaked object'" in report


@pytest.mark.parametrize("arguments", [["--hpy-debug"], ["--hpy-debug", *PLUGIN], ["--hpy-debug-trace=8"]])
def test_options(run_pytest, arguments):
    """As an entry point, the plugin is there before the option is seen."""
    plugin = "" if is_installed_as_entry_point() else "pytest_plugins = ['hpy.debug.pytest']"
    if plugin and PLUGIN[1] not in arguments:
        arguments = [*PLUGIN, *arguments]
    result = run_pytest(*arguments, tests=LEAKY)
    assert "1 failed, 1 passed" in result.stdout, result.stdout + result.stderr
    assert ('test_ext.py", line 5, in test_leaks' in result.stdout) == ("--hpy-debug-trace=8" in arguments)


def is_installed_as_entry_point():
    from importlib.metadata import entry_points

    found = entry_points()
    group = found.select(group="pytest11") if hasattr(found, "select") else found.get("pytest11", [])
    return any(entry.name == "hpy.debug.pytest" for entry in group)


def test_without_option_nothing_is_checked(run_pytest):
    """Nor is anything of HPy loaded, where the plugin is there as an entry point."""
    tests = "import sys\ndef test_it(): assert 'hpy.universal' not in sys.modules"
    result = run_pytest(tests=tests, conftest="pytest_plugins = ['hpy.debug.pytest']")
    assert "1 passed" in result.stdout, result.stdout + result.stderr
    result = run_pytest(tests=LEAKY)
    assert "2 passed" in result.stdout, result.stdout + result.stderr


def test_test_that_fails_by_itself_has_the_report_as_well(run_pytest):
    tests = "import ext\ndef test_it():\n    ext.leak('x')\n    assert 0, 'its own'"
    result = run_pytest(*PLUGIN, tests=tests)
    assert "1 failed" in result.stdout
    assert "its own" in section(result.stdout, "test_it")
    assert "1 handle not closed" in section(result.stdout, "Captured hpy debug call")


def test_broken_rule_fails_the_test_and_the_others_run(run_pytest):
    tests = "import ext\ndef test_it():\n    ext.close_twice()\ndef test_fine():\n    ext.fine()"
    result = run_pytest(*PLUGIN, tests=tests)
    assert "1 failed, 1 passed" in result.stdout, result.stdout + result.stderr
    report = section(result.stdout, "test_it")
    first = debugging.parse(report)[0]
    assert first.rule == "closed-twice"
    assert "HPy_Close in method_close_twice_impl (mod.c:" in first.misused
    assert first.Python.endswith('test_ext.py", line 3, in test_it')


@pytest.mark.unsanitized(debugging.DETOUR)
def test_use_of_raw_data_fails_the_test_and_the_others_run(run_pytest):
    """In place of a crash."""
    tests = "import ext\ndef test_it():\n    ext.read_closed()\ndef test_fine():\n    ext.fine()"
    result = run_pytest(*PLUGIN, tests=tests)
    assert "1 failed, 1 passed" in result.stdout, result.stdout + result.stderr
    assert debugging.parse(section(result.stdout, "test_it"))[0].rule == "raw-data"


@pytest.mark.parametrize(
    ("before", "after", "title"),
    [("ext.leak(1)", "", "ERROR at setup of test_it"), ("", "ext.leak(1)", "ERROR at teardown of test_it")],
    ids=["setup", "teardown"],
)
def test_fixture_that_leaks(run_pytest, before, after, title):
    tests = f"""
import ext, pytest

@pytest.fixture
def fixture():
    {before}
    yield
    {after}

def test_it(fixture): pass
"""
    result = run_pytest(*PLUGIN, tests=tests)
    assert "1 error" in result.stdout, result.stdout + result.stderr
    assert "1 handle not closed" in section(result.stdout, title)


def test_import_that_leaks(run_pytest):
    result = run_pytest(*PLUGIN, tests="import ext\next.leak(1)\ndef test_it(): pass")
    assert "1 error" in result.stdout, result.stdout + result.stderr
    assert "1 handle not closed" in section(result.stdout, "ERROR collecting test_ext.py")
    assert result.returncode == 2


def test_mode_that_is_set_stays(run_pytest):
    result = run_pytest(*PLUGIN, tests=LEAKY, hpy="universal")
    assert "2 passed" in result.stdout, result.stdout + result.stderr
    assert "HPY=universal (nothing is found without debug mode)" in result.stdout


def test_mode_that_is_empty_is_none(run_pytest):
    assert "1 failed, 1 passed" in run_pytest(*PLUGIN, tests=LEAKY, hpy="").stdout


@pytest.mark.parametrize("place", ["conftest", "plugin"])
def test_fixture_for_single_tests(run_pytest, place):
    tests = """
import ext

def test_leaks_unseen():
    ext.leak(1)

def test_leaks(hpy_debug):
    assert hpy_debug.generation > 0
    ext.leak(2)

def test_fine(hpy_debug):
    ext.fine()
"""
    conftests = {
        "conftest": "from hpy.debug.pytest import *",
        "plugin": "pytest_plugins = ['hpy.debug.pytest']",
    }
    result = run_pytest(tests=tests, conftest=conftests[place], hpy="debug")
    assert "3 passed, 1 error" in result.stdout, result.stdout + result.stderr
    assert "HPyLeakError: 1 unclosed handle:" in section(result.stdout, "ERROR at teardown of test_leaks")


def test_a_mistake_is_told_in_full_once_and_summed_up(run_pytest):
    tests = """
import ext

def test_first():
    ext.close_twice()

def test_second():
    for i in range(3):
        ext.close_twice()
"""
    result = run_pytest(*PLUGIN, tests=tests)
    # Where pytest finds that it runs in CI, its summary repeats all that a test failed of.
    told, _, _ = result.stdout.partition("short test summary")
    # The handle that is returned is closed, too.
    rules = [report.rule for report in debugging.parse(told)]
    assert sorted(rules) == ["closed-twice", "returned-closed"], result.stdout
    assert "[closed-twice], 3 ×; the report is that of test_ext.py::test_first" in result.stdout
    end = result.stdout.partition("mistakes that were made again")[2]
    assert re.search(
        r"^4 × HPy_Close in method_close_twice_impl \(mod\.c:\d+\) \[closed-twice\]$", end, re.MULTILINE
    )
    assert "2 failed" in result.stdout
