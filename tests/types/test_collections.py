"""Garbage collections at any time, over everything that keeps objects. On PyPy objects move, and with a small
nursery (the variable PYPY_GC_NURSERY) often."""

import pytest
from support import c_text
from support.loading import run_in_subprocess

pytestmark = pytest.mark.after_0_9_0

SOURCE = c_text(__file__)
OPTIONS = {"macros": [("HPY_TARGET_ABI_VERSION", "0x00000001")], "globals": ["global"]}

CODE = """
import gc

SHAPES = [object, list, dict, str, float, int, tuple]
ARGUMENTS = [(), ([1, 2],), ({"a": 1},), ("text",), (1.5,), (2**70,), ((1, 2, 3),)]
types = []
for number, base in enumerate(SHAPES):
    made = mod.make(number, base)
    types += [(base, made, ARGUMENTS[number])]
    types += [(base, type("Sub", (made,), {}), ARGUMENTS[number])]

def check(base, instance, arguments, n):
    first, second, number = mod.content(instance)
    assert first == f"first {n}" and second == [n] and number == n + 1, (first, second, number, n)
    if arguments:
        assert base(instance) == arguments[0]

kept = {}
for n in range(ROUNDS):
    for index, (base, cls, arguments) in enumerate(types):
        instance = cls(*arguments)
        mod.fill(instance, f"first {n}", [n], n + 1)
        check(base, instance, arguments, n)
        if n % 7 == 0:
            kept[n, index] = instance
        if isinstance(instance, dict):
            instance.pop("b", None)
    mod.store([n, "global"])
    churn = [str(i) for i in range(300)]
    assert mod.load() == [n, "global"]
    captured = []
    closure = mod.capture(captured)
    mod.call(closure, n + 1)
    if n % 10 == 0:
        gc.collect()
    mod.call(closure, n + 2)
    assert captured == [n + 1, n + 2]
    mod.let_go(closure)
    del instance, captured
    expected = ["some text" if i % 2 == 0 else 1000 + i for i in range(16)]
    assert mod.across(gc.collect if n % 10 == 5 else list) == expected
for (n, index), instance in kept.items():
    base, _, arguments = types[index]
    check(base, instance, arguments, n)
del instance
kept.clear()
for _ in range(6):
    gc.collect()
print(mod.count())
"""


@pytest.mark.smoke
@pytest.mark.parametrize("nursery", ["64K", "4M"])
def test_nothing_is_lost_or_mixed_up(compile_module, nursery):
    path = compile_module(SOURCE, **OPTIONS)
    code = f"ROUNDS = 60\n{CODE}"
    result = run_in_subprocess(code, path=path, environment={"PYPY_GC_NURSERY": nursery})
    assert (result.returncode, result.stderr) == (0, ""), result.stderr
    # Of those made last, some may wait for another collection.
    assert int(result.stdout) <= 14
