"""The suite on engines that are not CPython: what is different there, test by test, with the reason.

`tests/pypy.txt` lists it. A line without indentation is a reason; the tests below it fail for it. (Some do
not each time: when objects die is up to the collector.) A test behind `-` is not run at all, since it would
end the process.
"""

import functools
import gc
import sys
from pathlib import Path

import pytest

IS_CPYTHON = sys.implementation.name == "cpython"

#: The ABIs that extensions for this engine can be compiled for.
ABIS = ["universal", "hybrid", "cpython"] if IS_CPYTHON else ["universal"]
MISSING_ABIS = {"universal", "hybrid", "cpython"}.difference(ABIS)


def adapt(config):
    """Give tests what they have on CPython, as far as it goes."""
    if IS_CPYTHON:
        return
    collect_all()
    config.pluginmanager.register(ReferenceCounts())


def collect_all():
    """Let `gc.collect` do all at once. On PyPy, what an object refers to goes in a later collection."""
    collect = gc.collect

    def collect_until_done(*arguments):
        return sum(collect(*arguments) or 0 for _ in range(4))

    gc.collect = collect_until_done


class AnyNumber:
    """What stands for a number that is not known: all that a test says of it is true."""

    def _is_true(self, other):
        return True

    def _unknown(self, other):
        return self

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _is_true
    __add__ = __radd__ = __sub__ = __rsub__ = _unknown
    __hash__ = None


class ReferenceCounts:
    """Tests that count references run where nobody counts them, and have not passed: not all was tested."""

    def __init__(self):
        self._were_asked_for = False
        sys.getrefcount = self._count

    def _count(self, _):
        self._were_asked_for = True
        return AnyNumber()

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self, pyfuncitem):
        self._were_asked_for = False
        result = yield
        if self._were_asked_for:
            pytest.xfail("It counts references, and PyPy has no function for that. All else is right.")
        return result


def is_for_missing_abi(item):
    """Whether a parameter of the test is an ABI, alone or with a mode, that this engine has not got."""
    callspec = getattr(item, "callspec", None)
    values = callspec.params.values() if callspec else ()
    return any(isinstance(value, str) and value.partition(":")[0] in MISSING_ABIS for value in values)


def known_differences(items, root):
    """Mark the tests of the list for this engine."""
    path = Path(root, "tests", f"{sys.implementation.name}.txt")
    listed = read(path)
    for item in items:
        name = item.nodeid.replace("[universal-", "[").replace("-universal]", "]").replace("-universal-", "-")
        name = name.replace("[universal]", "")
        for key in (name, name.partition("[")[0], name.partition("::")[0]):
            if key in listed:
                reason, is_run = listed[key]
                item.add_marker(pytest.mark.xfail(reason=reason, run=is_run))
                break


def cannot_be_read(path, tests):
    """Whether a whole file is not run on this engine."""
    if IS_CPYTHON or path.suffix != ".py":
        return False
    name = path.relative_to(tests.parent).as_posix()
    return not read(tests / f"{sys.implementation.name}.txt").get(name, (None, True))[1]


@functools.cache
def read(path):
    """The tests of a list, each with the reason and whether it is run even so."""
    tests, reason = {}, None
    for line in path.read_text(encoding="utf-8").splitlines():
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        if line[0] != " ":
            reason = text
            continue
        test = text.removeprefix("- ")
        if test in tests:
            raise ValueError(f"{path.name} lists {test} twice")
        tests[test] = (reason, test == text)
    return tests
