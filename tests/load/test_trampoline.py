"""Calls through the extension's own trampolines, where the runtime has no entry of its own for a function.

That is so where the runtime makes no entries at all, and once it has used them up. The tests here use them up
first, in a process of their own.
"""

from pathlib import Path

import pytest
from support import c_text, loading
from support.source import noargs
from support.specs import maker, type_spec

# In the cpython ABI there is nothing but trampolines.
pytestmark = pytest.mark.abis("universal", "hybrid")

TESTS = Path(__file__).parents[1]

# `use_up()` asks for so many entries that none is left. The functions behind them do not exist and are never
# called.
SOURCE = c_text(__file__)

# The trampolines of this extension go through a context of its own, which counts their calls.
COUNTED = c_text(__file__, "test_trampoline_counted.c")
COUNTED_OPTIONS = {
    "methods": ["take_calls", "one", "many", "named"],
    "exec_code": """
    real = _ctx_for_trampolines;
    counting = *real;
    counting.ctx_CallRealFunctionFromTrampoline = count;
    _ctx_for_trampolines = &counting;
""",
}

# Each function tells the name of the context that it got, and the type has functions of several kinds.
MODES = (
    noargs("name", "return HPyUnicode_FromString(ctx, ctx->name);")
    + noargs("leak", "HPyLong_FromLong(ctx, 77); return HPy_Dup(ctx, ctx->h_None);")
    + c_text(__file__, "test_trampoline_modes.c")
    + type_spec(
        "Object",
        "new",
        "made_by",
        "attribute",
        "add",
        "traverse",
        "destroy",
        basicsize="sizeof(Object)",
        flags="HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_GC",
    )
    + maker("Object")
)
IN_MODES = """
import sys
from importlib.machinery import ModuleSpec
import hpy.universal

mod.use_up()

def load(mode, name="modes"):
    return hpy.universal.load(name, sys.argv[1], ModuleSpec(name, None), mode=mode)

"""

# The files whose extensions have definitions of every kind and signature. Left out are tests of what there is
# no trampoline for.
FILES = """
    types/test_types_slots.py types/test_types_call.py types/test_types_buffer.py types/test_types_members.py
    types/test_types_lifetime.py types/test_types_metaclass.py types/test_types_spec.py
    types/test_types_shapes.py types/test_types.py api/test_module.py api/test_capsule.py
""".split()


@pytest.mark.not_repeatable("starts processes")
def test_calls_go_through_trampolines(compile_module, run_in_subprocess):
    counted = compile_module(COUNTED, name="counted", **COUNTED_OPTIONS)
    result = run_in_subprocess(
        """
import sys
from support import c_text, loading
from support.loading import load_extension
mod.use_up()
counted = load_extension("counted", sys.argv[1])
counted.take_calls()
assert counted.take_calls() == 1, "no trampoline was used"
assert counted.one(5) == (5,) and counted.many(1, 2) == (1, 2)
assert counted.named(1, 2) == 2 and counted.named(1, x=2) == ("x",)
assert counted.take_calls() == 5
""",
        SOURCE,
        methods=["use_up"],
        arguments=[str(counted)],
    )
    assert result.returncode == 0, result.stderr


@pytest.mark.not_repeatable("starts processes")
def test_files_pass_with_trampolines(run_in_subprocess, pytestconfig, abi):
    """Takes 20 seconds where Python is a debug build: it is a quarter of the suite in one process."""
    if loading.mode != "universal" and not pytestconfig.getoption("slow"):
        pytest.skip("in modes only with --slow: trampolines call the layers as thunks do")
    options = [
        "-q",
        "-p",
        "no:cacheprovider",
        "-k",
        "not without_trampoline",
        f"--abi={abi}",
        f"--mode={pytestconfig.getoption('mode')}",
        f"--headers={pytestconfig.getoption('headers')}",
    ]
    if pytestconfig.getoption("peer_prefix"):
        options.append(f"--peer-prefix={pytestconfig.getoption('peer_prefix')}")
    result = run_in_subprocess(
        "import pytest, sys\nmod.use_up()\nsys.exit(pytest.main(sys.argv[1:]))",
        SOURCE,
        methods=["use_up"],
        arguments=[*options, *(str(TESTS / name) for name in FILES)],
        timeout=1200,
    )
    assert result.returncode == 0, result.stdout[-6000:] + result.stderr[-6000:]


@pytest.mark.after_0_9_0("runtime")
@pytest.mark.not_repeatable("starts processes")
def test_each_module_stays_in_its_mode(compile_module, run_in_subprocess):
    result = run_in_subprocess(
        IN_MODES
        + """
modules = [load(mode) for mode in range(4)]
names = [module.name() for module in modules]
assert len(set(names)) == 3, names
for module, name in zip(modules, names):
    Type = module.make("Object")
    class Derived(Type): pass
    for cls in [Type, Derived]:
        object = cls()
        assert object.made_by() == object.attribute == object + 1 == 1 + object == name
first, second = (module.make("Object") for module in modules[:2])
class Both(first): pass
assert second.attribute.__get__(second()) == names[1] and first.made_by(Both()) == names[0]
""",
        SOURCE,
        methods=["use_up"],
        arguments=[str(compile_module(MODES, name="modes"))],
    )
    assert result.returncode == 0, result.stderr


@pytest.mark.after_0_9_0("runtime")
@pytest.mark.not_repeatable("starts processes")
@pytest.mark.breaks_rules("leak", reason="leaks to see who notices")
def test_leaks_are_those_of_the_module_in_debug_mode(compile_module, run_in_subprocess):
    result = run_in_subprocess(
        IN_MODES
        + """
from hpy.debug import HPyLeakError, LeakDetector
debugged, traced = load(hpy.universal.MODE_DEBUG), load(hpy.universal.MODE_TRACE)
with LeakDetector():
    traced.leak()
try:
    with LeakDetector():
        debugged.leak()
except HPyLeakError as error:
    assert "77" in str(error)
else:
    raise AssertionError("no leak was found")
""",
        SOURCE,
        methods=["use_up"],
        arguments=[str(compile_module(MODES, name="modes"))],
    )
    assert result.returncode == 0, result.stderr


@pytest.mark.after_0_9_0("runtime")
@pytest.mark.not_repeatable("starts processes")
def test_layers_see_traverse_and_destroy(compile_module, run_in_subprocess):
    result = run_in_subprocess(
        IN_MODES
        + """
import gc, hpy.trace
object = load(hpy.universal.MODE_TRACE).make("Object")()
gc.collect()
del object
calls = {row.name: row.calls for row in hpy.trace.get_profile() if row.kind == "function"}
assert calls["Object.tp_traverse"] >= 1 and calls["Object.tp_destroy"] == 1, calls
""",
        SOURCE,
        methods=["use_up"],
        arguments=[str(compile_module(MODES, name="modes"))],
    )
    assert result.returncode == 0, result.stderr
