"""`hpy.universal._debug`: handles as Python sees them, limits and hooks."""

import gc
import sys

import pytest
from support import debugging, unraisable_reports
from support.errors import error_of
from support.loading import runtime_is_peer
from support.source import noargs, unary, varargs

pytestmark = pytest.mark.abis("universal", "hybrid")

SOURCE = (
    unary("leak", "HPy_Dup(ctx, arg); return HPy_Dup(ctx, ctx->h_None);")
    + unary(
        "open_and_close",
        "for (long n = HPyLong_AsLong(ctx, arg); n > 0; n--)\n"
        "    HPy_Close(ctx, HPyLong_FromLong(ctx, 1000 + n));\n"
        "return HPy_Dup(ctx, ctx->h_None);",
    )
    + unary("call", "return HPy_Call(ctx, arg, NULL, 0, HPy_NULL);")
    + unary(
        "leak_text",
        "HPyUnicode_AsUTF8AndSize(ctx, HPy_Dup(ctx, arg), NULL); return HPy_Dup(ctx, ctx->h_None);",
    )
    + unary(
        "text_address",
        "return HPyLong_FromSsize_t(ctx, (HPy_ssize_t)HPyUnicode_AsUTF8AndSize(ctx, arg, NULL));",
    )
    + unary(
        "close_twice",
        "HPy h = HPy_Dup(ctx, arg); HPy_Close(ctx, h); HPy_Close(ctx, h); return HPy_Dup(ctx, arg);",
    )
    + unary("repr_closed", "HPy h = HPy_Dup(ctx, arg); HPy_Close(ctx, h); return HPy_Repr(ctx, h);")
    + noargs(
        "build_twice",
        "HPyListBuilder b = HPyListBuilder_New(ctx, 0); HPyListBuilder_Cancel(ctx, b);\n"
        "return HPyListBuilder_Build(ctx, b);",
    )
)


@pytest.fixture(scope="module")
def mod(compile_module):
    return debugging.load_debug(compile_module(SOURCE))


@pytest.fixture
def debug():
    """`hpy.universal._debug`, put back in order afterwards."""
    from hpy.universal import _debug

    generation = _debug.new_generation()
    sizes = _debug.get_closed_handles_queue_max_size(), _debug.get_protected_raw_data_max_size()
    yield _debug
    for handle in _debug.get_open_handles(generation):
        handle._force_close()
    _debug.set_closed_handles_queue_max_size(sizes[0])
    _debug.set_protected_raw_data_max_size(sizes[1])
    _debug.set_handle_stack_trace_limit(None)
    _debug.set_on_invalid_handle(None)
    if not runtime_is_peer():
        _debug.set_on_invalid_builder_handle(None)


@pytest.fixture
def leaked(mod, debug):
    """`leaked(*objects)`: one open handle of each, in order."""

    def leak(*objects):
        generation = debug.new_generation()
        for object in objects:
            mod.leak(object)
        return debug.get_open_handles(generation)

    return leak


def test_module_name(debug):
    assert debug.__name__ == "hpy.debug._debug"


def test_generations_count(debug):
    first = debug.new_generation()
    assert debug.new_generation() == first + 1


def test_open_handles_oldest_first(leaked):
    assert [handle.obj for handle in leaked("a", (), "c")] == ["a", (), "c"]


def test_open_handles_of_later_generations_only(mod, debug):
    first = debug.new_generation()
    mod.leak("first")
    second = debug.new_generation()
    mod.leak("second")
    assert [handle.obj for handle in debug.get_open_handles(first)] == ["first", "second"]
    assert [handle.obj for handle in debug.get_open_handles(second)] == ["second"]


def test_constants_are_open_in_generation_zero(mod, debug):
    handles = debug.get_open_handles(0)
    objects = [handle.obj for handle in handles]
    assert any(object is None for object in objects) and int in objects and ValueError in objects
    assert not any(object is int for object in (handle.obj for handle in debug.get_open_handles(1)))


def test_arguments_are_open_during_the_call(mod, debug):
    seen = []
    generation = debug.new_generation()

    def look():
        seen.extend(handle.obj for handle in debug.get_open_handles(generation))

    mod.call(look)
    assert any(object is look for object in seen)
    assert debug.get_open_handles(generation) == []


def test_attributes_of_an_open_handle(leaked):
    (handle,) = leaked("text")
    assert handle.obj == "text"
    assert isinstance(handle.id, int) and handle.id > 0
    assert handle.is_closed is False
    assert handle.raw_data_size == -1


def test_raw_data_size_counts_the_nul(mod, debug):
    generation = debug.new_generation()
    mod.leak_text("text")
    (handle,) = debug.get_open_handles(generation)
    assert handle.raw_data_size == 5


def test_force_close(debug, leaked):
    (handle,) = leaked(object())
    generation = debug.new_generation()
    assert handle._force_close() is None
    assert handle.is_closed is True
    assert handle not in debug.get_open_handles(0)
    assert handle in debug.get_closed_handles()
    assert debug.get_open_handles(generation) == []


def test_closed_handles(mod, debug):
    generation = debug.new_generation()
    mod.open_and_close(3)
    closed = debug.get_closed_handles(generation)
    assert len(closed) >= 3 and all(handle.is_closed for handle in closed)
    assert debug.get_closed_handles(generation + 1) == []


def test_equality_is_of_the_handle(debug, leaked):
    one, two = leaked("same", "same")
    generation = debug.new_generation() - 1
    again = debug.get_open_handles(generation)[0]
    assert again is not one
    assert again == one and not (again != one)
    assert one != two and not (one == two)
    assert one != 5 and one != one.id


def test_handles_have_no_order_and_no_hash(leaked):
    one, two = leaked(1, 2)
    assert error_of(lambda: one < two)[0] is TypeError
    assert error_of(hash, one) == (TypeError, "unhashable type: 'hpy.debug._debug.DebugHandle'")


HINT = "To get the stack trace of where it was allocated use:\nhpy.debug.set_handle_stack_trace_limit"


def test_repr(leaked):
    (handle,) = leaked(["x"])
    assert repr(handle) == f"<DebugHandle 0x{handle.id:x} for ['x']>\n{HINT}"
    handle._force_close()
    assert repr(handle) == f"<DebugHandle 0x{handle.id:x} CLOSED>\n{HINT}"


@pytest.mark.after_0_9_0("runtime")
def test_repr_of_builders_and_trackers(compile_module):
    source = noargs(
        "leak",
        "HPyListBuilder_New(ctx, 1); HPyTupleBuilder_New(ctx, 1); HPyTracker_New(ctx, 1);\n"
        "return HPy_Dup(ctx, ctx->h_None);",
    )
    code = (
        "mod.leak()\nfor leak in _debug.get_leaks(0): print(repr(leak).splitlines()[0].partition(' for ')[2])"
    )
    ended = debugging.run(compile_module(source), code)
    assert ended.stdout == "a list builder>\na tuple builder>\na tracker>\n", ended.stderr


@pytest.mark.parametrize("limit", [1, 8])
def test_repr_with_a_trace(debug, leaked, limit):
    debug.set_handle_stack_trace_limit(limit if not runtime_is_peer() else limit + 2)
    (handle,) = leaked("x")
    first, title, *frames = repr(handle).splitlines()
    assert first == f"<DebugHandle 0x{handle.id:x} for 'x'>"
    assert title == "Allocation stacktrace:"
    assert 1 <= len(frames) <= limit
    assert any("mod.hpy0" in frame for frame in frames)


@pytest.mark.parametrize("limit", [None, 0, -1])
def test_no_trace(debug, leaked, limit):
    debug.set_handle_stack_trace_limit(limit)
    (handle,) = leaked("x")
    assert repr(handle).endswith(HINT)


def test_wrong_arguments(debug):
    not_index = "'str' object cannot be interpreted as an integer"
    if sys.version_info < (3, 10):
        not_index = "an integer is required (got type str)"
    assert error_of(debug.get_open_handles, "1") == (TypeError, not_index)
    assert error_of(debug.get_closed_handles, "1") == (TypeError, not_index)
    text = "get_closed_handles expects no arguments or exactly one argument"
    assert error_of(debug.get_closed_handles, 1, 2) == (TypeError, text)
    for function in debug.set_closed_handles_queue_max_size, debug.set_protected_raw_data_max_size:
        assert error_of(function, "1") == (TypeError, "an integer is required")
        assert error_of(function, -1) == (OverflowError, "can't convert negative value to size_t")
    assert error_of(debug.set_handle_stack_trace_limit, "1") == (TypeError, "an integer is required")
    for function in debug.set_on_invalid_handle, debug.set_on_invalid_builder_handle:
        assert error_of(function, 1) == (TypeError, "Expected a callable object")


def test_default_limits(mod, debug):
    assert debug.get_closed_handles_queue_max_size() == 1024
    assert debug.get_protected_raw_data_max_size() == 10 * 1024 * 1024


def test_closed_queue_is_bounded(mod, debug):
    debug.set_closed_handles_queue_max_size(10)
    assert debug.get_closed_handles_queue_max_size() == 10
    mod.open_and_close(5000)
    assert len(debug.get_closed_handles()) == 10


def test_records_are_recycled(mod, debug):
    """However many handles are opened, only so many records are used."""
    debug.set_closed_handles_queue_max_size(4)
    ids = set()
    for _ in range(5000):
        mod.open_and_close(1)
        ids.update(handle.id for handle in debug.get_closed_handles())
    assert len(ids) < 2000


@pytest.mark.after_0_9_0("runtime")
@pytest.mark.skipif(sys.platform != "linux", reason="looks at the memory of the process")
@pytest.mark.unsanitized("AddressSanitizer keeps freed memory")
@pytest.mark.parametrize("environment", [{}, {"HPY_DEBUG": "trace"}], ids=["plain", "trace"])
def test_long_runs_need_no_more_memory(compile_module, environment):
    """Records are used again, once as many as are kept were closed."""
    source = varargs(
        "work",
        """
    HPy sum = HPy_Add(ctx, args[0], args[1]), text = HPy_Str(ctx, args[0]);
    HPyTracker tracker = HPyTracker_New(ctx, 1);
    HPyTracker_Add(ctx, tracker, sum);
    HPyListBuilder builder = HPyListBuilder_New(ctx, 1);
    HPyListBuilder_Set(ctx, builder, 0, text);
    if (nargs > 2)
        HPyUnicode_AsUTF8AndSize(ctx, text, NULL);
    HPyTracker_Close(ctx, tracker);
    HPy_Close(ctx, text);
    return HPyListBuilder_Build(ctx, builder);
""",
    )
    code = """
import os, sys
def run(calls, *arguments):
    for _ in range(calls): mod.work(1, 2, *arguments)
def memory(): return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
calls = 3_000 if os.environ["HPY_DEBUG"] else 300_000
run(3_000)
run(3_000, "with raw data")
def growth():
    before = memory()
    run(calls)
    run(3_000, "with raw data")
    return memory() - before
# PyPy's collector takes some memory for itself; what is lost, is lost each time.
print(min(growth() for _ in range(4 if sys.implementation.name == "pypy" else 1)) // 1024)
assert _debug.get_leaks(0) == []
"""
    ended = debugging.run(compile_module(source), code, environment=environment)
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout) < 1024  # kB


def test_raw_data_of_closed_handles_is_bounded(mod, debug):
    debug.set_protected_raw_data_max_size(3000)
    assert debug.get_protected_raw_data_max_size() == 3000
    generation = debug.new_generation()
    for _ in range(10):
        mod.text_address("x" * 999)
    kept = [handle for handle in debug.get_closed_handles(generation) if handle.raw_data_size > 0]
    assert len(kept) == 3


def test_hook_is_called_and_the_extension_goes_on(mod, debug):
    calls = []
    debug.set_on_invalid_handle(lambda: calls.append(1))
    assert mod.close_twice("x") == "x"
    assert calls == [1]
    debug.set_on_invalid_handle(None)


@pytest.mark.after_0_9_0("runtime")
def test_hook_lets_a_living_object_be_used(mod, debug):
    debug.set_on_invalid_handle(lambda: None)
    assert mod.repr_closed(["x"]) == "['x']"


# Defects of HPy 0.9.


@pytest.mark.fixed_defect
def test_builder_misuse_is_reported_without_a_hook(compile_module):
    """The hook was not initialized, so the process crashed or not, as it happened."""
    ended = debugging.run(compile_module(SOURCE), "mod.build_twice()")
    assert ended.aborted
    assert ended.report.fatal == "Invalid usage of already closed builder"


@pytest.mark.fixed_defect
def test_builder_hook(mod, debug):
    """After the hook, a result was returned with an exception set."""
    calls = []
    debug.set_on_invalid_builder_handle(lambda: calls.append(1))
    assert error_of(mod.build_twice)[0] is MemoryError
    assert calls == [1]


@pytest.mark.fixed_defect
def test_closed_queue_may_have_no_room(compile_module):
    """The next handle that was opened crashed."""
    code = """
_debug.set_closed_handles_queue_max_size(0)
mod.open_and_close(5000)
assert _debug.get_closed_handles() == []
"""
    ended = debugging.run(compile_module(SOURCE), code)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.fixed_defect
def test_constant_that_was_closed_stays_usable(compile_module):
    """After the hook, it was put into the queue of closed handles, and freed at its end."""
    source = SOURCE + noargs("close_none", "HPy_Close(ctx, ctx->h_None); return HPy_Dup(ctx, ctx->h_None);")
    code = """
calls = []
_debug.set_on_invalid_handle(lambda: calls.append(1))
assert mod.close_none() is None
mod.open_and_close(5000)
assert mod.open_and_close(1) is None
assert calls == [1]
"""
    ended = debugging.run(compile_module(source), code)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.fixed_defect
@pytest.mark.parametrize("name", ["set_on_invalid_handle", "set_on_invalid_builder_handle"])
def test_hooks_are_released(debug, name):
    class Hook:
        def __call__(self):
            pass

    set_hook = getattr(debug, name)
    hook = Hook()
    before = sys.getrefcount(hook)
    set_hook(hook)
    set_hook(Hook())
    assert sys.getrefcount(hook) == before
    set_hook(None)


@pytest.mark.fixed_defect
def test_exception_of_a_hook_does_not_stay(mod, debug, capfd):
    """It became a SystemError of the function that was called, which is not wrong itself."""

    def hook():
        raise ValueError("in the hook")

    debug.set_on_invalid_handle(hook)
    with unraisable_reports() as reports:
        assert mod.close_twice("x") == "x"
    assert reports == [(ValueError, "in the hook", hook)]
    assert "Error when executing the on_invalid_handle callback\n" in capfd.readouterr().err


@pytest.mark.fixed_defect
def test_handles_belong_to_an_interpreter(compile_module):
    """There was one set of handles in the process."""
    interpreters = pytest.importorskip(
        "_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters",
        reason="this Python has no module for interpreters",
    )
    code = f"""
import {interpreters.__name__} as interpreters
from hpy.universal import _debug
mod.leak("here")
code = '''
import sys
sys.path[:] = {sys.path!r}
from support.debugging import load_debug
from hpy.universal import _debug
assert _debug.get_leaks(0) == []
load_debug(PATH).leak("there")
assert [leak.obj for leak in _debug.get_leaks(0)] == ["there"]
assert _debug.new_generation() == 1
'''.replace("PATH", repr(sys.argv[1]))
_debug.new_generation()
failure = interpreters.run_string(interpreters.create(), code)
assert failure is None, failure
assert [leak.obj for leak in _debug.get_leaks(0)] == ["here"]
"""
    ended = debugging.run(compile_module(SOURCE), code)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.fixed_defect
def test_comparing_handles_leaks_nothing(debug, leaked):
    one, two = leaked(1, 2)
    before = sys.getrefcount(debug.DebugHandle)
    for _ in range(100):
        assert one != two
        assert not one == 5
    assert sys.getrefcount(debug.DebugHandle) < before + 50


@pytest.mark.fixed_defect
def test_handles_are_not_made_by_python(debug):
    """What that made crashed when it was used."""
    text = "cannot create 'hpy.debug._debug.DebugHandle' instances"
    assert error_of(debug.DebugHandle) == (TypeError, text)
    assert error_of(debug.DebugHandle.__new__, debug.DebugHandle) == (TypeError, text)
    assert error_of(type, "Sub", (debug.DebugHandle,), {})[0] is TypeError


@pytest.mark.fixed_defect
def test_handle_may_outlive_what_is_known_of_it(mod, debug):
    """The record was freed while the object still pointed to it."""
    generation = debug.new_generation()
    mod.open_and_close(1)
    handle = debug.get_closed_handles(generation)[0]
    mod.open_and_close(10_000)
    assert handle.is_closed
    assert handle.obj is None
    assert handle.raw_data_size == -1
    assert "CLOSED" in repr(handle)
    assert handle._force_close() is None
    assert handle not in debug.get_closed_handles()


@pytest.mark.fixed_defect
def test_object_of_a_closed_handle_is_never_a_dangling_reference(mod, debug, leaked):
    generation = debug.new_generation()
    (handle,) = leaked(type("Gone", (), {})())
    handle._force_close()
    gc.collect()
    assert handle.obj is None
    assert handle in debug.get_closed_handles(generation)


@pytest.mark.fixed_defect
@pytest.mark.skipif(sys.platform != "linux", reason="counts mappings")
def test_repeated_requests_for_raw_data_make_no_more_copies(compile_module):
    """Each took pages of its own, which stayed."""
    source = unary(
        "ask",
        """
    const char *first = HPyUnicode_AsUTF8AndSize(ctx, arg, NULL);
    for (int i = 0; i < 2000; i++)
        if (HPyUnicode_AsUTF8AndSize(ctx, arg, NULL) != first)
            return HPy_Dup(ctx, ctx->h_False);
    return HPy_Dup(ctx, ctx->h_True);
""",
    )
    code = """
def mappings(): return len(open("/proc/self/maps").readlines())
mod.ask("warm up")
before = mappings()
assert mod.ask("text")
assert mappings() - before < 20
"""
    ended = debugging.run(compile_module(source), code)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.fixed_defect
@pytest.mark.skipif(sys.platform != "linux", reason="limits the address space")
def test_no_memory_for_raw_data_is_an_error(compile_module):
    """A failure of mmap was not seen, and its value used as an address."""
    source = unary(
        "size",
        "HPy_ssize_t n = 0; const char *s = HPyUnicode_AsUTF8AndSize(ctx, arg, &n);\n"
        "return s == NULL ? HPy_NULL : HPyLong_FromSsize_t(ctx, n);",
    )
    code = """
import resource
text = "x" * (300 << 20)
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (100 << 20), -1))
try:
    mod.size(text)
except MemoryError:
    print("MemoryError")
"""
    ended = debugging.run(compile_module(source), code)
    assert ended.stdout == "MemoryError\n", ended.stderr


@pytest.mark.fixed_defect
def test_failing_type_name_is_an_error(compile_module):
    """The null that it returns was measured and copied."""
    source = unary(
        "name",
        "const char *s = HPyType_GetName(ctx, arg);\n"
        "return s == NULL ? HPy_NULL : HPyUnicode_FromString(ctx, s);",
    )
    code = """
print(mod.name(int))
try:
    mod.name(5)
except TypeError as error:
    print(error)
"""
    ended = debugging.run(compile_module(source), code)
    assert ended.stdout == "int\nHPyType_GetName arg must be a type\n", ended.stderr


@pytest.mark.fixed_defect
def test_stack_trace_limit_is_the_number_of_frames(debug, leaked):
    """Two frames of the runtime itself were counted, so up to 2 there was no trace."""
    debug.set_handle_stack_trace_limit(1)
    (handle,) = leaked("x")
    assert len(repr(handle).splitlines()) == 3


@pytest.mark.fixed_defect
def test_handles_of_several_threads(compile_module):
    """The queues of handles were not locked."""
    code = """
import threading
def work():
    for _ in range(200): mod.open_and_close(20)
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert _debug.get_leaks(0) == []
assert len(_debug.get_closed_handles()) == 1024
"""
    ended = debugging.run(compile_module(SOURCE), code)
    assert ended.returncode == 0, ended.stderr
