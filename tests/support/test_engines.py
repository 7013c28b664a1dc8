"""The lists of what fails on other engines."""

import sys

import pytest
from support import engines
from support.toolchain import REPOSITORY

pytestmark = pytest.mark.not_repeatable("it reads files")

LISTS = sorted((REPOSITORY / "tests").glob("*.txt"))


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_what_is_listed_is_there(path):
    listed = engines.read(path)
    assert listed
    sources = {}
    for test in listed:
        name, _, function = test.partition("[")[0].partition("::")
        if name not in sources:
            sources[name] = (REPOSITORY / name).read_text(encoding="utf-8")
        assert not function or f"def {function}(" in sources[name], test


def test_two_reasons_for_a_test_are_one_too_many(tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("One reason.\n    a.py::test\nAnother.\n    - a.py::test\n")
    with pytest.raises(ValueError, match="^list.txt lists a.py::test twice$"):
        engines.read(path)


def test_what_counts_references_has_not_passed(monkeypatch):
    monkeypatch.setattr(sys, "getrefcount", None, raising=False)
    counts = engines.ReferenceCounts()
    call = counts.pytest_pyfunc_call(None)
    next(call)
    before = sys.getrefcount(sys)
    assert [sys.getrefcount(sys)] == [before + 1]
    assert sys.getrefcount(sys) <= before
    with pytest.raises(pytest.xfail.Exception):
        call.send(None)


def test_what_counts_none_has_passed(monkeypatch):
    monkeypatch.setattr(sys, "getrefcount", None, raising=False)
    call = engines.ReferenceCounts().pytest_pyfunc_call(None)
    next(call)
    with pytest.raises(StopIteration):
        call.send(None)
