"""Debug mode: what was not closed, and `hpy.debug`."""

import subprocess
import sys
import warnings

import pytest
from support import debugging
from support.source import noargs, unary, varargs

pytestmark = pytest.mark.abis("universal", "hybrid")
after_0_9_0 = pytest.mark.after_0_9_0("runtime")

SOURCE = (
    """
static void open_one(HPyContext *ctx) { HPyLong_FromLong(ctx, 12345); }
"""
    + unary("leak", "HPy_Dup(ctx, arg); return HPy_Dup(ctx, ctx->h_None);")
    + unary(
        "leak_many",
        "for (long n = HPyLong_AsLong(ctx, arg); n > 0; n--) open_one(ctx);\n"
        "return HPy_Dup(ctx, ctx->h_None);",
    )
    + unary(
        "leak_on_error",
        """
    HPy list = HPyList_New(ctx, 0);
    if (HPyList_Append(ctx, list, arg) < 0) return HPy_NULL;
    long value = HPyLong_AsLong(ctx, arg);
    if (value == -1 && HPyErr_Occurred(ctx))
        return HPy_NULL;
    HPy_Close(ctx, list);
    return HPyLong_FromLong(ctx, value);
""",
    )
    + unary("call", "return HPy_Call(ctx, arg, NULL, 0, HPy_NULL);")
    + noargs("leak_list_builder", "HPyListBuilder_New(ctx, 3); return HPy_Dup(ctx, ctx->h_None);")
    + noargs("leak_tuple_builder", "HPyTupleBuilder_New(ctx, 3); return HPy_Dup(ctx, ctx->h_None);")
    + noargs("leak_tracker", "HPyTracker_New(ctx, 3); return HPy_Dup(ctx, ctx->h_None);")
    + varargs(
        "leak_none",
        """
    HPyTracker t = HPyTracker_New(ctx, 0);
    for (size_t i = 0; i < nargs; i++)
        HPyTracker_Add(ctx, t, HPy_Dup(ctx, args[i]));
    HPyListBuilder b = HPyListBuilder_New(ctx, 1);
    HPyListBuilder_Set(ctx, b, 0, ctx->h_None);
    HPy result = HPyListBuilder_Build(ctx, b);
    HPyTupleBuilder_Cancel(ctx, HPyTupleBuilder_New(ctx, 1));
    HPyTracker_Close(ctx, t);
    return result;
""",
    )
)


@pytest.fixture(scope="module")
def mod(compile_module):
    return debugging.load_debug(compile_module(SOURCE))


@pytest.fixture
def hpy_debug():
    """The package, without traces."""
    import hpy.debug

    hpy.debug.disable_handle_stack_traces()
    yield hpy.debug
    hpy.debug.disable_handle_stack_traces()


@pytest.fixture
def leaks_of(hpy_debug):
    """`leaks_of(function)`: the `HPyLeakError` after a call, with the `objects`, or None. It closes them."""

    def find(function, *arguments, error=None):
        detector = hpy_debug.LeakDetector()
        detector.start()
        if error is None:
            function(*arguments)
        else:
            with pytest.raises(error):
                function(*arguments)
        try:
            detector.stop()
        except hpy_debug.HPyLeakError as leak:
            leak.objects = [handle.obj for handle in leak.leaks]
            for handle in leak.leaks:
                handle._force_close()
            return leak
        return None

    return find


def test_no_leak(mod, leaks_of):
    assert leaks_of(mod.leak_none, 1, "2", []) is None


def test_leaked_handle(mod, leaks_of):
    error = leaks_of(mod.leak, "the leaked")
    assert error.objects == ["the leaked"]
    assert str(error).startswith("1 unclosed handle:\n")
    assert error.args == ()


def test_error_of_leaks_alone(mod, leaks_of, hpy_debug):
    """As the constructor of HPy 0.9 takes them."""
    leaks = leaks_of(mod.leak_many, 2).leaks
    error = hpy_debug.HPyLeakError(leaks)
    assert isinstance(error, hpy_debug.HPyDebugError)
    assert str(error) == f"2 unclosed handles:\n    {leaks[0]!r}\n    {leaks[1]!r}"


@after_0_9_0
def test_control_characters_are_escaped_in_errors_of_leaks(hpy_debug):
    """pytest and tracebacks write the error to the terminal."""
    error = hpy_debug.HPyLeakError([None], "named \x1b[31mred\n\u202eother\n")
    assert str(error) == "1 unclosed handle:\nnamed \\x1b[31mred\n\\u202eother"


@after_0_9_0
def test_report_names_the_place(mod, leaks_of):
    report = leaks_of(mod.leak, ["some"]).report
    assert "1 handle not closed" in report
    assert "1 × opened by HPy_Dup in method_leak_impl (begins at mod.c:" in report
    assert "list ['some']" in report
    assert "HPY_DEBUG=trace" in report


@after_0_9_0
def test_report_is_grouped_most_first(mod, leaks_of):
    def run():
        mod.leak("one")
        mod.leak_many(5)
        mod.leak("two")

    error = leaks_of(run)
    assert len(error.leaks) == 7
    report = error.report
    assert report.index("5 × opened by HPyLong_FromInt64_t") < report.index("2 × opened by HPy_Dup")
    assert "str 'one'" in report and "str 'two'" in report


@after_0_9_0
def test_report_shows_control_characters(mod, leaks_of):
    Odd = type("Odd\x1b[2J", (), {"__repr__": lambda self: "\x07\n"})
    assert "      Odd\\x1b[2J \\x07\\n\n" in leaks_of(mod.leak, Odd()).report


@after_0_9_0
def test_report_counts_bytes(mod, leaks_of):
    import re

    small, large = (leaks_of(mod.leak, b"x" * size).report for size in (10, 100_010))
    counts = [int(re.search(r"whose objects take (\d+) bytes", report).group(1)) for report in (small, large)]
    assert counts[1] - counts[0] == 100_000


@after_0_9_0
@pytest.mark.parametrize(
    ("function", "kind", "api"),
    [
        ("leak_list_builder", "1 list builder", "HPyListBuilder_New"),
        ("leak_tuple_builder", "1 tuple builder", "HPyTupleBuilder_New"),
        ("leak_tracker", "1 tracker", "HPyTracker_New"),
    ],
)
def test_leaked_builder_or_tracker(compile_module, function, kind, api):
    code = f"""
import hpy.debug
with hpy.debug.LeakDetector():
    mod.{function}()
"""
    stderr = debugging.run(compile_module(SOURCE), code).stderr
    assert f"{kind} not closed" in stderr
    assert f"1 × opened by {api} in method_{function}_impl (begins at mod.c:" in stderr


@after_0_9_0
def test_leak_on_an_error_path(mod, leaks_of, hpy_debug):
    """The report has the stack of what was not closed."""
    hpy_debug.set_handle_stack_trace_limit(16)
    assert leaks_of(mod.leak_on_error, 5) is None
    report = leaks_of(mod.leak_on_error, "five", error=TypeError).report
    assert "1 × opened by HPyList_New in method_leak_on_error_impl (mod.c:" in report
    assert 'test_debug_leaks.py", line' in report


@after_0_9_0
def test_groups_are_told_apart_by_stack(mod, leaks_of, hpy_debug):
    hpy_debug.set_handle_stack_trace_limit(16)
    report = leaks_of(mod.leak_many, 2).report
    assert "2 × opened by HPyLong_FromLong in open_one (mod.c:" in report
    assert "        at method_leak_many_impl (mod.c:" in report
    assert "HPY_DEBUG=trace" not in report


def test_detector_is_a_context_manager(mod, hpy_debug):
    with hpy_debug.LeakDetector() as detector:
        assert detector.generation > 0
        mod.leak_none()
    with pytest.raises(hpy_debug.HPyLeakError) as leak, hpy_debug.LeakDetector():
        mod.leak(1)
    leak.value.leaks[0]._force_close()


def test_detector_is_started_and_stopped_in_turn(hpy_debug):
    detector = hpy_debug.LeakDetector()
    assert detector.generation is None
    with pytest.raises(ValueError, match="^LeakDetector not started yet$"):
        detector.stop()
    detector.start()
    with pytest.raises(ValueError, match="^LeakDetector already started$"):
        detector.start()
    detector.stop()
    detector.stop()


def test_detector_looks_only_at_its_time(mod, leaks_of, hpy_debug):
    leaks_of(mod.leak, "before")
    detector = hpy_debug.LeakDetector()
    detector.start()
    detector.stop()


@pytest.mark.fixed_defect
def test_arguments_are_no_leaks(mod, hpy_debug):
    detector = hpy_debug.LeakDetector()
    detector.start()
    mod.call(detector.stop)


@pytest.mark.fixed_defect
def test_detector_may_be_started_again(mod, hpy_debug):
    """After the first `stop`, `start` said that the detector was already started."""
    detector = hpy_debug.LeakDetector()
    detector.start()
    first = detector.generation
    mod.leak("first")
    with pytest.raises(hpy_debug.HPyLeakError) as leak:
        detector.stop()
    leak.value.leaks[0]._force_close()
    detector.start()
    assert detector.generation > first
    detector.stop()


@pytest.mark.fixed_defect
def test_detector_does_not_hide_what_the_body_raised(mod, hpy_debug):
    """The leak error took the place of the exception that led to the leak."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with pytest.raises(KeyError, match="body") as error, hpy_debug.LeakDetector() as detector:
            mod.leak("in the body")
            raise KeyError("body")
    texts = [str(warning.message) for warning in caught] + getattr(error.value, "__notes__", [])
    assert "HPyLeakError" not in repr(error.value.__context__)
    assert len(texts) == 1 and "1 unclosed handle:" in texts[0] and "method_leak_impl" in texts[0]
    with pytest.raises(hpy_debug.HPyLeakError) as leak:
        detector.stop()
    leak.value.leaks[0]._force_close()


@after_0_9_0
def test_importing_the_package_does_not_load_the_runtime():
    """As pytest imports it always."""
    code = "import sys, hpy.debug, hpy.debug.pytest; print('hpy.universal' in sys.modules)"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output == "False\n"
