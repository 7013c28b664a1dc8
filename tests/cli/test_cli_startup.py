"""`python -m hpy enable`, `disable` and `status`: the import hook at each start of a Python of its own."""

import os
import shutil
import sys

import pytest
from support import engines, noargs
from support.environments import Environment

pytestmark = pytest.mark.not_repeatable("it is about other processes")

FILE_NAME = "hpy.start" if sys.version_info >= (3, 18) else "hpy.pth"
ANSWER = noargs("answer", "return HPyLong_FromLong(ctx, 42);")


@pytest.fixture
def environment(tmp_path):
    return Environment(tmp_path / "venv")


@pytest.mark.smoke
@pytest.mark.abis("universal")
def test_extensions_are_found_at_the_start_once_enabled(environment, compile_module):
    shutil.copy(compile_module(ANSWER), environment.packages)
    assert "No module named 'mod'" in environment("-c", "import mod")[2]
    path = environment.packages / FILE_NAME
    told = f"enabled by {path}: Python finds HPy extensions without stubs. To undo: python -m hpy disable\n"
    assert environment("-m", "hpy", "enable") == (0, told, "")
    assert environment("-c", "import mod; print(mod.answer())") == (0, "42\n", "")
    assert environment("-m", "hpy", "disable") == (0, f"removed {path}\n", "")
    assert "No module named 'mod'" in environment("-c", "import mod")[2]


def test_enabled_without_anything_imported(environment):
    """What costs time at each start: neither the runtime nor a module of importlib."""
    names = ("hpy", "importlib", "warnings")
    code = f"import sys; print(*(name for name in sys.modules if name.startswith({names})))"
    without = set(environment("-c", code)[1].split())
    environment("-m", "hpy", "enable")
    added = set(environment("-c", code)[1].split()) - without
    assert added == {"hpy", "hpy._abi_tag", "hpy._import_hook", "hpy._suffixes"}


def test_status(environment):
    code, printed, _ = environment("-m", "hpy", "status")
    assert code == 0
    first, second, third = printed.splitlines()
    assert first == "not enabled: Python finds no HPy extension without a stub before hpy is imported"
    assert second == "to enable: python -m hpy enable"
    engine = "cp" if engines.IS_CPYTHON else sys.implementation.name
    version = "{}{}".format(*sys.version_info)
    assert third.startswith(f"suffixes: .hpy0-{engine}{version}") and third.endswith(", .hpy0.so")
    environment("-m", "hpy", "enable")
    printed = environment("-m", "hpy", "status")[1]
    assert printed.splitlines()[0] == f"enabled by {environment.packages / FILE_NAME}"


def test_disabling_what_is_not_enabled(environment):
    told = "the import hook is not enabled: there is nothing to undo\n"
    assert environment("-m", "hpy", "disable") == (0, told, "")


def test_enabling_twice_changes_nothing(environment):
    environment("-m", "hpy", "enable")
    before = (environment.packages / FILE_NAME).read_text()
    assert environment("-m", "hpy", "enable")[0] == 0
    assert (environment.packages / FILE_NAME).read_text() == before


def test_environment_that_hides_packages_of_the_user(environment):
    told = "this Python does not look for packages of the user: leave out --user\n"
    assert environment("-m", "hpy", "enable", "--user") == (1, "", told)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_folder_that_cannot_be_written(environment):
    environment.packages.chmod(0o500)
    code, _, told = environment("-m", "hpy", "enable")
    assert code == 1 and told.startswith(f"could not write {environment.packages / FILE_NAME}")


@pytest.mark.skipif(sys.version_info >= (3, 18), reason="start files have no conditions")
def test_python_starts_without_a_word_when_hpy_is_gone(environment):
    environment("-m", "hpy", "enable")
    environment.remove_hpy()
    assert environment("-c", "print(1)") == (0, "1\n", "")
