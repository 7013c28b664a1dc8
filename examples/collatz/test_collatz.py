import pathlib
import sys

import pytest

if sys.implementation.name != "cpython":
    pytest.skip("there is one interpreter", allow_module_level=True)

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import interpreters

sys.path.pop(0)


@pytest.fixture(scope="module", params=["universal", "hybrid", "cpython"])
def collatz(request, build_example):
    """The module, built for each ABI."""
    return build_example("collatz", "collatz", request.param)


def test_the_longest_way(collatz):
    assert collatz.longest(10) == (9, 19)
    assert collatz.longest(1000) == (871, 178)
    assert collatz.longest(0) == (1, 0)


def test_the_history(collatz):
    calls, _ = collatz.history()
    last = collatz.longest(7)
    assert collatz.history() == (calls + 1, last)


def test_each_interpreter_has_its_own_history(collatz):
    path = [str(pathlib.Path(collatz.__file__).parent), *sys.path]
    before = collatz.history()
    code = f"""
import sys
sys.path[:] = {path!r}
import collatz
assert collatz.history() == (0, None)
for limit in (10, 100, 1000):
    last = collatz.longest(limit)
assert collatz.history() == (3, last)
"""
    interpreters.in_parallel([code, code])
    assert collatz.history() == before
