"""The import hook: which files it finds, what comes before what, and what others see of it.

That importing does what it should once a file is found is tested in `test_importing`.
"""

import os
import shutil
import sysconfig
import zipfile

import pytest
from support import noargs
from support.placing import ENTRY

pytestmark = [
    pytest.mark.abis("universal", "hybrid"),
    pytest.mark.fixed_defect,
    pytest.mark.after_0_9_0("headers"),
]

EXT_SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")
ANSWER = noargs("answer", "return HPyLong_FromLong(ctx, 42);")
#: Prints where `mod` comes from, and the warnings on the way.
WHICH = """
import os, sys, warnings
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    import hpy, mod
print(os.path.relpath(mod.__file__), type(mod.__loader__).__name__)
for warning in caught:
    print(warning.category.__name__, os.path.basename(warning.filename), warning.message)
"""


@pytest.fixture
def which(lines_of):
    """`which()`: the file that `import mod` gets and its loader, then the warnings."""
    return lambda **options: lines_of(WHICH, **options)


@pytest.mark.smoke
def test_binary_is_found_without_a_stub(place, which):
    path = place(ANSWER, way="hook")
    assert which() == [f"{path.name} Loader"]


def test_what_python_knows_of_the_module(place, lines_of):
    path = place(ANSWER, "pkg.sub", "hook")
    code = """
import hpy, pkg.sub as mod
spec = mod.__spec__
print(spec.name, spec.origin == mod.__file__, spec.has_location, spec.cached, spec.loader is mod.__loader__)
print(mod.__package__, mod, mod.__loader__.get_code("pkg.sub"), mod.__loader__.is_package("pkg.sub"))
"""
    expected = ["pkg.sub True True None True", f"pkg <module 'pkg.sub' from {str(path)!r}> None False"]
    assert lines_of(code) == expected


def test_modes(place, lines_of):
    place(ANSWER, way="hook")
    printed = lines_of("import hpy, mod", {"HPY": "mod:debug+trace", "HPY_LOG": "1"})
    assert printed == ["Loading 'mod' in HPy debug+trace mode"]


@pytest.mark.abis("hybrid")
def test_hybrid_binary_of_another_python_is_not_found(place, run_in_subprocess):
    place(ANSWER, way="hook", suffix=".hpy0-cp36.so")
    assert "No module named 'mod'" in run_in_subprocess("import hpy, mod").stderr


# What comes first in one folder.


def set_times(older, newer, difference=60):
    now = newer.stat().st_mtime
    os.utime(older, (now - difference, now - difference))


@pytest.mark.smoke
def test_before_source_of_the_same_name(place, which, tmp_path):
    path = place(ANSWER, way="hook")
    (tmp_path / "mod.py").write_text("raise ImportError('twin')")
    assert which() == [f"{path.name} Loader"]


def test_before_a_stub(place, which):
    path = place(ANSWER, way="stub")
    assert which() == [f"{path.name} Loader"]


@pytest.mark.abis("hybrid")
def test_hybrid_before_universal(place, which, tmp_path):
    path = place(ANSWER, way="hook")
    (tmp_path / "mod.hpy0.so").write_text("not read")
    assert which() == [f"{path.name} Loader"]


@pytest.mark.parametrize("suffix", [EXT_SUFFIX, ".abi3.so", ".so"])
def test_after_binaries_of_cpython(place, which, suffix):
    own = place(ANSWER, way="entry", suffix=suffix)
    set_times(place(ANSWER, way="hook"), own)
    assert which() == [f"{own.name} ExtensionFileLoader"]


@pytest.mark.smoke
def test_warning_of_an_older_build(place, which):
    own, ours = place(ANSWER, way="entry", suffix=EXT_SUFFIX), place(ANSWER, way="hook")
    set_times(own, ours)
    assert which() == [
        f"{own.name} ExtensionFileLoader",
        f"RuntimeWarning <test> {own} hides the HPy extension {ours}, as it is an older build, and for this "
        "version of Python alone. Remove one of them",
    ]


def test_no_warning_of_what_one_wheel_brought(place, which):
    own, ours = place(ANSWER, way="entry", suffix=EXT_SUFFIX), place(ANSWER, way="hook")
    set_times(own, ours, difference=1)
    assert which() == [f"{own.name} ExtensionFileLoader"]


def test_warning_of_a_package_of_the_same_name(place, which, tmp_path):
    ours = place(ANSWER, way="hook")
    (tmp_path / "mod").mkdir()
    package = tmp_path / "mod" / "__init__.py"
    package.touch()
    assert which() == [
        "mod/__init__.py SourceFileLoader",
        f"RuntimeWarning <test> {package} hides the HPy extension {ours}, as packages come before modules. "
        "Remove one of them",
    ]


def test_before_a_folder_that_is_no_package(place, which, tmp_path):
    path = place(ANSWER, way="hook")
    (tmp_path / "mod").mkdir()
    assert which() == [f"{path.name} Loader"]


def test_earlier_folder_of_the_path_comes_first(place, lines_of, tmp_path):
    place(ANSWER, way="hook", folder=tmp_path / "second")
    (tmp_path / "first").mkdir()
    (tmp_path / "first" / "mod.py").touch()
    code = "import sys; sys.path[:0] = ['first', 'second']\n" + WHICH
    assert lines_of(code)[0] == "first/mod.py SourceFileLoader"


def test_warning_of_a_twin_that_was_imported_before(place, lines_of, tmp_path):
    ours = place(ANSWER, way="hook")
    twin = tmp_path / "mod.py"
    twin.touch()
    printed = lines_of("import sys; sys.path[:0] = ['']; import mod\n" + WHICH)
    assert printed == [
        "mod.py SourceFileLoader",
        f"RuntimeWarning <test> the module mod was imported from {twin}, not from the HPy extension "
        f"{ours.name} beside it, which is found only after hpy was imported: import hpy before, or run "
        "python -m hpy enable",
    ]


def test_no_warning_of_a_stub_that_was_imported_before(place, lines_of):
    ours = place(ANSWER, way="stub")
    code = """
import warnings
with warnings.catch_warnings():
    warnings.simplefilter("error")
    import mod
"""
    assert lines_of(code + WHICH) == [f"{ours.name} SourceFileLoader"]


# Others who look for modules.


@pytest.mark.smoke
def test_a_package_may_be_a_binary(place, lines_of, tmp_path):
    path = place(ANSWER, "pkg", "hook")
    (tmp_path / "pkg").mkdir()
    path.rename(tmp_path / "pkg" / ("__init__" + path.name[len("pkg") :]))
    (tmp_path / "pkg" / "sub.py").write_text("value = 1")
    (tmp_path / "pkg" / "data.txt").write_text("text")
    code = """
import hpy, pkg.sub, sys
print(pkg.answer(), pkg.sub.value, pkg.__path__ == [pkg.__file__.rpartition("/")[0]], pkg.__package__)
from importlib.resources import files
print((files("pkg") / "data.txt").read_text(), files("pkg").joinpath("data.txt").is_file())
import pkgutil
print(pkgutil.get_data("pkg", "data.txt"))
"""
    # Resources of a package whose loader is for binaries: from 3.10 on.
    assert lines_of(code) == ["42 1 True pkg", "text True", "b'text'"]


def test_pkgutil_and_inspect_know_the_names(place, lines_of, tmp_path):
    place(ANSWER, "pkg.sub", "hook")
    (tmp_path / "pkg" / "__init__.py").touch()
    code = """
import hpy, inspect, pkgutil, pkg
print([(module.name, module.ispkg) for module in pkgutil.iter_modules(pkg.__path__)])
import pkg.sub
print(inspect.getmodulename(pkg.sub.__file__), pkgutil.resolve_name("pkg.sub:answer")())
"""
    assert lines_of(code) == ["[('sub', False)]", "sub 42"]


def test_archives_beside_it(place, lines_of, tmp_path):
    place(ANSWER, way="hook", folder=tmp_path / "folder")
    with zipfile.ZipFile(tmp_path / "archive.zip", "w") as archive:
        archive.writestr("other.py", "value = 1")
        archive.write(tmp_path / "folder" / next(os.scandir(tmp_path / "folder")).name, "nested.hpy0.so")
    code = """
import sys
sys.path[:0] = ["archive.zip", "folder"]
import hpy, mod, other
print(mod.answer(), other.value, type(other.__loader__).__name__)
try:
    import nested
except ImportError as error:
    print(error)
"""
    assert lines_of(code) == ["42 1 zipimporter", "No module named 'nested'"]


def test_importing_hpy_again_changes_nothing(lines_of, abi):
    code = """
import importlib, importlib.machinery, sys, hpy, hpy._import_hook
before = list(sys.path_hooks), list(importlib.machinery.EXTENSION_SUFFIXES)
hpy._import_hook.install()
importlib.reload(hpy)
print(before == (sys.path_hooks, importlib.machinery.EXTENSION_SUFFIXES))
print(len(sys.path_hooks), hpy._import_hook.is_installed())
"""
    assert lines_of(code) == ["True", "3 True"]


def test_files_that_appear_later_are_found(place, lines_of, tmp_path):
    """As others: after the caches are invalidated."""
    path = place(ANSWER, way="hook")
    path.rename(tmp_path / "hidden")
    code = f"""
import hpy, importlib
try:
    import mod
except ImportError:
    pass
import os
os.rename("hidden", {path.name!r})
importlib.invalidate_caches()
import mod
print(mod.answer())
"""
    assert lines_of(code) == ["42"]


def test_each_interpreter_has_a_hook(place, lines_of):
    from support.subinterpreters import Interpreters

    Interpreters()  # skips where there are none
    place(ANSWER, way="hook")
    code = """
from support.subinterpreters import Interpreters
interpreters = Interpreters()
id = interpreters.create()
interpreters.run(id, "import sys; sys.path.insert(0, ''); import hpy, mod; print(mod.answer(), flush=True)")
interpreters.destroy(id)
import hpy, mod
print(mod.answer())
"""
    assert lines_of(code) == ["42", "42"]


# Bad files.

FAILS = """
import hpy
try:
    import mod
except ImportError as error:
    print(error)
"""


@pytest.mark.parametrize("part", [0, 1, 100, 0.3, 0.9])
def test_truncated_file(place, lines_of, part):
    path = place(ANSWER, way="hook")
    data = path.read_bytes()
    path.write_bytes(data[: part if isinstance(part, int) else int(len(data) * part)])
    [message] = lines_of(FAILS)
    assert f"the HPy extension module at path '{path}'" in message
    assert "truncated" in message or "too short" in message


def test_file_that_is_no_binary(place, lines_of):
    path = place(ANSWER, way="hook")
    path.write_text("import sys")
    assert str(path) in lines_of(FAILS)[0]


def test_binary_of_another_name(place, lines_of, tmp_path):
    path = place(ANSWER, "other", "hook")
    path.rename(tmp_path / path.name.replace("other", "mod"))
    assert "get_required_hpy_minor_version_mod" in lines_of(FAILS)[0]


def test_binary_of_another_major_version(place, lines_of, tmp_path):
    path = place(ANSWER, way="hook", suffix=".hpy7.so")
    assert lines_of(FAILS) == ["No module named 'mod'"]
    shutil.copy(path, tmp_path / "mod.hpy0.so")
    assert lines_of(FAILS) == []


def test_failure_of_the_extension_leaves_nothing(place, lines_of):
    raises = 'HPyErr_SetString(ctx, ctx->h_ImportError, "no"); return -1;'
    place(ANSWER, way="hook", exec_code=raises)
    assert lines_of(FAILS + "import sys; print('mod' in sys.modules)") == ["no", "False"]


def test_a_binary_with_both_ways(place, which, abi, tmp_path):
    """An entry point does not disturb under a name for HPy."""
    path = place(ANSWER, way="hook", macros=[ENTRY])
    assert which() == [f"{path.name} Loader"]
