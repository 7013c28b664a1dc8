"""Trace mode: `hpy.trace`, and what it says of extensions that are loaded in that mode.

The counters belong to the interpreter, so tests look at differences. The command line is in `test_cli`.
"""

import gc
import importlib.machinery
import sys
import threading
import time
import weakref
from pathlib import Path

import hpy.trace
import hpy.universal
import pytest
from support import noargs, unary

pytestmark = pytest.mark.abis("universal", "hybrid")

INCLUDE = Path(__file__).resolve().parents[2] / "include"

ours_only = pytest.mark.after_0_9_0("runtime")
fixed_defect = pytest.mark.fixed_defect

SOURCE = (
    noargs(
        "none",
        """
    HPy number = HPyLong_FromInt64_t(ctx, 42);
    HPy_Close(ctx, number);
    return HPy_Dup(ctx, ctx->h_None);""",
    )
    + unary(
        "call",
        """
    HPy none = HPyTuple_FromArray(ctx, NULL, 0);
    HPy result = HPy_CallTupleDict(ctx, arg, none, HPy_NULL);
    HPy_Close(ctx, none);
    return result;""",
    )
    + unary(
        "fail",
        """
    HPyErr_SetString(ctx, ctx->h_ValueError, "that of the extension");
    HPy_Close(ctx, HPy_Dup(ctx, arg));
    return HPy_NULL;""",
    )
    + unary(
        "without_python",
        """
    HPy_BEGIN_LEAVE_PYTHON(ctx)
    HPy_END_LEAVE_PYTHON(ctx)
    return HPy_Dup(ctx, arg);""",
    )
)


def load_traced(path, name="mod"):
    spec = importlib.machinery.ModuleSpec(name, None, origin=str(path))
    return hpy.universal.load(name, str(path), spec, mode=hpy.universal.MODE_TRACE)


@pytest.fixture(scope="module")
def binary(compile_module):
    return compile_module(SOURCE)


@pytest.fixture
def mod(binary):
    yield load_traced(binary)
    hpy.trace.set_trace_functions(on_enter=None, on_exit=None)


def changes(function, read=hpy.trace.get_call_counts):
    """What `function` adds to the numbers, where that is not 0."""
    before = read()
    function()
    after = read()
    return {name: after[name] - before[name] for name in after if after[name] != before[name]}


def row(name, module="mod"):
    """The one row of a function."""
    rows = [row for row in hpy.trace.get_profile() if (row.name, row.module) == (name, module)]
    assert len(rows) <= 1
    return rows[0] if rows else hpy.trace.Row(module, None, name, 0, 0, 0)


# The interface


def test_modules():
    module = hpy.universal._trace
    assert (module.__name__, module.__doc__) == ("hpy.trace._trace", "HPy trace mode")
    assert "hpy.trace._trace" not in sys.modules
    for name in ["get_call_counts", "get_durations", "get_frequency", "set_trace_functions"]:
        assert getattr(hpy.trace, name) is getattr(module, name)


@pytest.mark.after_0_9_0("runtime")
def test_there_is_a_number_for_each_function():
    counts, durations = hpy.trace.get_call_counts(), hpy.trace.get_durations()
    assert list(counts) == list(durations)
    context = (INCLUDE / "hpy" / "generated" / "context.h").read_text(encoding="utf-8")
    assert len(counts) == context.count("(*ctx_")
    names = list(counts)
    assert (names[0], names[1]) == ("ctx_Dup", "ctx_Close")
    assert names.index("ctx_Add") < names.index("ctx_Tracker_New") < names.index("ctx_Call")
    assert all(type(value) is int for numbers in (counts, durations) for value in numbers.values())
    assert hpy.trace.get_call_counts() is not counts


@pytest.mark.parametrize("name", ["get_call_counts", "get_durations", "get_frequency"])
def test_arguments_are_refused(name):
    message = rf"hpy\.trace\._trace\.{name}\(\) takes no arguments \(1 given\)"
    with pytest.raises(TypeError, match=message):
        getattr(hpy.trace, name)(1)


def test_frequency():
    assert type(hpy.trace.get_frequency()) is int
    assert 1_000_000 <= hpy.trace.get_frequency() <= 1_000_000_000


# Counts and durations


def test_each_call_is_counted(mod):
    expected = {"ctx_Long_FromInt64_t": 1, "ctx_Close": 1, "ctx_Dup": 1}
    assert changes(mod.none) == expected
    assert changes(lambda: [mod.none() for _ in range(100)]) == {name: 100 for name in expected}


@fixed_defect
def test_only_traced_modules_are_counted(binary, mod):
    spec = importlib.machinery.ModuleSpec("mod", None)
    other = hpy.universal.load("mod", str(binary), spec)
    # In HPy 0.9 the mode of a binary is that of its last loading.
    assert changes(other.none) == {}


def test_durations_are_nanoseconds_and_include_what_is_called(mod):
    added = changes(lambda: mod.call(lambda: time.sleep(0.05)), hpy.trace.get_durations)
    assert 0.05e9 * 0.99 < added["ctx_CallTupleDict"] < 0.05e9 + 1e9
    assert "ctx_Add" not in added


def test_a_call_counts_from_its_beginning(mod):
    inside = []
    before = hpy.trace.get_call_counts()["ctx_CallTupleDict"]
    mod.call(lambda: inside.append(hpy.trace.get_call_counts()["ctx_CallTupleDict"]))
    assert inside == [before + 1]


def test_threads(mod):
    threads = [threading.Thread(target=lambda: [mod.none() for _ in range(500)]) for _ in range(4)]

    def run():
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert changes(run) == {"ctx_Long_FromInt64_t": 2000, "ctx_Close": 2000, "ctx_Dup": 2000}


def test_loading_is_counted(compile_module):
    path = compile_module(
        noargs("nothing", "return HPy_NULL;"), exec_code="HPy_Close(ctx, HPy_Dup(ctx, mod));"
    )
    assert changes(lambda: load_traced(path))["ctx_Dup"] >= 1


# The profile


@ours_only
def test_profile(mod):
    before = row("HPy_Dup"), row("none")
    mod.none()
    api, function = row("HPy_Dup"), row("none")
    assert (api.kind, function.kind) == ("api", "function")
    assert (api.calls - before[0].calls, function.calls - before[1].calls) == (1, 1)
    for numbers in (api, function):
        assert 0 < numbers.own <= numbers.total
    assert all(type(numbers) is hpy.trace.Row for numbers in hpy.trace.get_profile())


@ours_only
def test_self_time_is_without_nested_calls(mod):
    """Python code is the time of the API call in which it runs; another traced function is not."""
    hpy.trace.reset()
    mod.call(lambda: (time.sleep(0.05), mod.call(lambda: time.sleep(0.1))))
    api, function = row("HPy_CallTupleDict"), row("call")
    assert 0.15e9 * 0.99 < api.total < 0.15e9 + 1e9
    assert 0.15e9 * 0.99 < api.own <= api.total <= function.total
    assert function.own < 0.1e9
    assert (api.calls, function.calls) == (2, 2)


@ours_only
def test_modules_are_told_apart(compile_module, mod):
    source = noargs("nothing", "return HPy_Dup(ctx, ctx->h_None);")
    other = load_traced(compile_module(source, name="other"), "other")
    before = row("HPy_Dup"), row("HPy_Dup", "other")
    other.nothing()
    assert row("HPy_Dup").calls == before[0].calls
    assert row("HPy_Dup", "other").calls == before[1].calls + 1
    assert row("nothing", "other").kind == "function"


@ours_only
def test_reset(mod):
    mod.none()
    hpy.trace.reset()
    assert hpy.trace.get_profile() == []
    assert set(hpy.trace.get_call_counts().values()) == {0}
    assert set(hpy.trace.get_durations().values()) == {0}
    mod.none()
    assert row("none").calls == 1


# Hooks


def log_hooks():
    """A list of what the hooks are told from now on, with the signs + and -."""
    told = []
    hpy.trace.set_trace_functions(
        on_enter=lambda name: told.append("+" + name), on_exit=lambda name: told.append("-" + name)
    )
    return told


def test_hooks(mod):
    log = log_hooks()
    mod.none()
    assert log == [
        "+ctx_Long_FromInt64_t",
        "-ctx_Long_FromInt64_t",
        "+ctx_Close",
        "-ctx_Close",
        "+ctx_Dup",
        "-ctx_Dup",
    ]


def test_what_is_left_out_stays(mod):
    log = log_hooks()
    assert hpy.trace.set_trace_functions(on_enter=None) is None
    mod.none()
    assert [entry[0] for entry in log] == ["-"] * 3
    del log[:]
    hpy.trace.set_trace_functions(lambda name: log.append(name))
    hpy.trace.set_trace_functions(on_exit=None)
    hpy.trace.set_trace_functions()
    mod.none()
    assert log == ["ctx_Long_FromInt64_t", "ctx_Close", "ctx_Dup"]
    del log[:]
    hpy.trace.set_trace_functions(None, None)
    mod.none()
    assert log == []


@pytest.mark.parametrize("argument", ["on_enter", "on_exit"])
def test_hooks_must_be_callable(argument, mod):
    log = log_hooks()
    with pytest.raises(TypeError, match="^Expected a callable object or None$"):
        hpy.trace.set_trace_functions(**{argument: 1})
    mod.none()
    assert len(log) == 6, "those that were there stay"


@fixed_defect
def test_unknown_keywords_are_refused():
    with pytest.raises(TypeError):
        hpy.trace.set_trace_functions(on_leave=None)
    with pytest.raises(TypeError):
        hpy.trace.set_trace_functions(None, None, None)


class Token:
    pass


@fixed_defect
def test_hooks_and_their_results_are_released(mod):
    alive = []

    def hook(name):
        token = Token()
        alive.append(weakref.ref(token))
        return token

    hooks = [lambda name: hook(name), lambda name: hook(name)]
    alive += map(weakref.ref, hooks)
    hpy.trace.set_trace_functions(*hooks)
    mod.none()
    hpy.trace.set_trace_functions(None, lambda name: None)
    del hooks
    gc.collect()
    assert len(alive) == 8
    assert [reference() for reference in alive] == [None] * 8


@fixed_defect
def test_hooks_do_not_see_the_exception_of_the_extension(mod):
    seen = []

    def hook(name):
        seen.append(name)
        try:
            int("no number")
        except ValueError as error:
            seen.append(error.__context__)

    hpy.trace.set_trace_functions(hook, hook)
    with pytest.raises(ValueError, match="^that of the extension$"):
        mod.fail(None)
    assert seen[::2] == [name for name in ["ctx_Err_SetString", "ctx_Dup", "ctx_Close"] for _ in range(2)]
    assert set(seen[1::2]) == {None}


@fixed_defect
def test_hooks_may_call_traced_extensions(mod):
    told = []

    def hook(name):
        told.append(name)
        mod.none()

    hpy.trace.set_trace_functions(on_enter=hook)
    assert changes(mod.none) == {"ctx_Long_FromInt64_t": 4, "ctx_Close": 4, "ctx_Dup": 4}
    assert told == ["ctx_Long_FromInt64_t", "ctx_Close", "ctx_Dup"]


@ours_only
def test_time_in_hooks_belongs_to_nobody(mod):
    hpy.trace.reset()
    hpy.trace.set_trace_functions(lambda name: time.sleep(0.1), lambda name: time.sleep(0.1))
    mod.none()
    hpy.trace.set_trace_functions(None, None)
    # Of each there are three.
    assert row("none").total < 0.3e9


@fixed_defect
def test_hooks_run_inside_of_python(mod):
    """HPy 0.9 calls them while other threads may run."""
    log = log_hooks()
    assert mod.without_python(5) == 5
    leave, reenter = "ctx_LeavePythonExecution", "ctx_ReenterPythonExecution"
    expected = [sign + name for name in (leave, reenter, "ctx_Dup") for sign in "+-"]
    assert log == expected


@pytest.mark.parametrize("argument, word", [("on_enter", "on-enter"), ("on_exit", "on-exit")])
def test_hooks_that_raise_end_the_process(run_in_subprocess, binary, argument, word):
    code = f"""
import hpy.trace, hpy.universal, importlib.machinery, sys
spec = importlib.machinery.ModuleSpec("mod", None)
mod = hpy.universal.load("mod", sys.argv[1], spec, mode=hpy.universal.MODE_TRACE)
def hook(name):
    raise ValueError("of the hook")
hpy.trace.set_trace_functions({argument}=hook)
mod.none()
print("still there")
"""
    result = run_in_subprocess(code, arguments=[str(binary)])
    assert result.returncode != 0
    assert f"error when executing {word} trace function" in result.stderr
    assert "still there" not in result.stdout


@fixed_defect
def test_the_exception_of_a_hook_is_shown(run_in_subprocess, binary):
    code = """
import hpy.trace, hpy.universal, importlib.machinery, sys
spec = importlib.machinery.ModuleSpec("mod", None)
mod = hpy.universal.load("mod", sys.argv[1], spec, mode=hpy.universal.MODE_TRACE)
hpy.trace.set_trace_functions(lambda name: [][0])
mod.none()
"""
    assert "IndexError" in run_in_subprocess(code, arguments=[str(binary)]).stderr


# How it is asked for


def test_variable(run_in_subprocess, binary):
    code = """
import hpy.trace, hpy.universal, importlib.machinery, os, sys
spec = importlib.machinery.ModuleSpec("mod", None)
load = hpy.universal._load_bootstrap
mod = load("mod", "mod", "", sys.argv[1], None, spec, os.environ)
mod.none()
print(hpy.trace.get_call_counts()["ctx_Long_FromInt64_t"])
"""
    for value, expected in [("trace", "1"), ("mod:trace", "1"), ("mod:universal", "0")]:
        result = run_in_subprocess(code, arguments=[str(binary)], environment={"HPY": value})
        assert result.stdout == expected + "\n", result.stderr


@ours_only
def test_interpreters_count_apart(mod, binary):
    interpreters = pytest.importorskip(
        "_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters",
        reason="this Python has no module for interpreters",
    )
    script = f"""
import sys
sys.path[:] = {sys.path!r}
import hpy.trace, hpy.universal, importlib.machinery
spec = importlib.machinery.ModuleSpec("mod", None)
mod = hpy.universal.load("mod", {str(binary)!r}, spec, mode=hpy.universal.MODE_TRACE)
calls = []
hpy.trace.set_trace_functions(on_enter=calls.append)
mod.none()
assert calls == ["ctx_Long_FromInt64_t", "ctx_Close", "ctx_Dup"], calls
assert hpy.trace.get_call_counts()["ctx_Long_FromInt64_t"] == 1
"""
    before = hpy.trace.get_call_counts()
    interpreter = interpreters.create()
    try:
        failure = interpreters.run_string(interpreter, script)
        assert failure is None, failure
    finally:
        interpreters.destroy(interpreter)
    assert hpy.trace.get_call_counts() == before
    mod.none()
