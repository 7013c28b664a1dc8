"""Contexts from an HPyVM, in each situation of a thread: the table in docs/design/current-context.md."""

import os
import re
import sys
import textwrap
import threading

import pytest
from support import c_text, loading, module_fixture, unraisable_reports
from support.embedding import embed
from support.subinterpreters import Interpreters

pytestmark = [
    pytest.mark.after_0_9_0,
    pytest.mark.skipif(sys.platform == "win32", reason="the extension uses POSIX threads"),
]

SOURCE = c_text(__file__)
OPTIONS = {
    "macros": [("HPY_TARGET_ABI_VERSION", "0x00000001"), ("_GNU_SOURCE", "1")],
    "globals": ["callback"],
}

# HPyVM_Status
OPENED, INVALID, ENDED, ENDING, OTHER_INTERPRETER, FORKED = range(6)

loaded = module_fixture(SOURCE, **OPTIONS)


@pytest.fixture
def mod(loaded):
    loaded.get_vm()
    yield loaded
    loaded.set_callback(None)


@pytest.fixture
def calls(mod):
    """What the callback of the module has seen: the threads that called it."""
    seen = []
    mod.set_callback(lambda: seen.append(threading.get_ident()))
    return seen


@pytest.mark.smoke
def test_inside_python(mod, calls):
    calls.clear()
    assert mod.call_inside() == OPENED
    assert calls == [threading.get_ident()]


@pytest.mark.smoke
def test_outside_python(mod, calls):
    """The thread keeps its thread state, and so what belongs to the thread."""
    calls.clear()
    local = threading.local()
    local.value = "here"
    mod.set_callback(lambda: calls.append(local.value))
    assert mod.call_outside() == OPENED
    assert calls == ["here"]


@pytest.mark.smoke
def test_unknown_thread(mod, calls):
    calls.clear()
    assert mod.call_in_thread() == OPENED
    assert len(calls) == 1 and calls != [threading.get_ident()]


@pytest.mark.smoke
def test_thread_of_python(mod, calls):
    calls.clear()
    statuses = []
    thread = threading.Thread(target=lambda: statuses.extend([mod.call_inside(), mod.call_outside()]))
    thread.start()
    thread.join()
    assert statuses == [OPENED, OPENED] and calls == [thread.ident] * 2


def test_contexts_nest(mod, calls):
    calls.clear()
    assert mod.nest_in_thread() == OPENED
    assert len(calls) == 2


def test_nothing_is_left_of_a_thread(mod, calls):
    """Each opening has a thread state of its own, which goes with what belongs to it."""
    calls.clear()
    local = threading.local()
    mod.set_callback(lambda: calls.append(hasattr(local, "value") or setattr(local, "value", 1)))
    for _ in range(3):
        assert mod.call_in_thread() == OPENED
    assert calls == [None] * 3


def test_exception_that_is_set_when_a_context_is_closed(mod, calls):
    calls.clear()
    with unraisable_reports() as reports:
        assert mod.fail_in_thread() == OPENED
    assert [(kind, text) for kind, text, _ in reports] == [(ValueError, "left behind")]


@pytest.mark.smoke
def test_zeroed_vm(mod):
    mod.forget_vm()
    assert mod.call_inside() == mod.call_outside() == mod.call_in_thread() == INVALID


@pytest.mark.smoke
def test_vm_of_another_process(mod):
    mod.spoil_mark()
    assert mod.call_inside() == mod.call_in_thread() == INVALID
    with pytest.raises(RuntimeError, match="names no interpreter of this engine"):
        mod.get_vm()
    mod.forget_vm()


def test_storage_with_something_else(mod):
    with pytest.raises(RuntimeError, match="initialise it to zero"):
        mod.get_vm_into("no HPyVM")
    mod.get_vm_into("")


def test_same_name_again(mod, calls):
    calls.clear()
    mod.get_vm()
    assert mod.call_in_thread() == OPENED


def test_null(mod):
    assert mod.use_null() == (INVALID, INVALID, 1)
    with pytest.raises(SystemError, match="null argument to HPy_GetVM"):
        mod.get_null()


@pytest.fixture
def other_interpreter(compile_module):
    """Runs code with the extension as `mod` in another interpreter, of which nothing is left afterwards."""
    interpreters = Interpreters()
    before = f"""
        import sys
        sys.path[:] = {sys.path!r}
        from support import loading
        loading.mode = {loading.mode!r}
        mod = loading.load_extension("mod", {str(compile_module(SOURCE, **OPTIONS))!r})
    """

    def run(code):
        interpreter = interpreters.create(threads=True)
        try:
            interpreters.run(interpreter, textwrap.dedent(before) + textwrap.dedent(code))
        finally:
            interpreters.destroy(interpreter)

    return run


@pytest.mark.smoke
@pytest.mark.breaks_rules("context-refused", reason="opens a context of another interpreter")
def test_inside_another_interpreter(mod, other_interpreter):
    other_interpreter(f"assert mod.call_inside() == {OTHER_INTERPRETER}")


@pytest.mark.smoke
@pytest.mark.breaks_rules("context-refused", reason="opens a context of another interpreter")
def test_thread_inside_another_interpreter(mod, other_interpreter):
    code = """
        import threading
        statuses = []
        thread = threading.Thread(target=lambda: statuses.append(mod.call_inside()))
        thread.start()
        thread.join()
        assert statuses == [4], statuses
    """
    other_interpreter(code)


@pytest.mark.smoke
def test_thread_of_another_interpreter_outside(mod, calls, other_interpreter):
    """It is inside none then, and may enter any."""
    calls.clear()
    other_interpreter(f"assert mod.call_outside() == mod.call_in_thread() == {OPENED}")
    assert len(calls) == 2


@pytest.mark.smoke
def test_vm_of_another_interpreter_in_that(other_interpreter):
    code = f"""
        import threading
        statuses = [mod.call_own()]
        thread = threading.Thread(target=lambda: statuses.append(mod.call_own()))
        thread.start()
        thread.join()
        assert statuses == [{OPENED}] * 2
    """
    other_interpreter(code)


@pytest.mark.smoke
def test_storage_of_another_interpreter(mod, calls, other_interpreter):
    """It keeps the name that it has."""
    code = """
        try:
            mod.get_vm()
        except RuntimeError as error:
            assert "names another interpreter" in str(error)
        else:
            raise AssertionError("no error")
    """
    other_interpreter(code)
    calls.clear()
    assert mod.call_inside() == OPENED
    assert len(calls) == 1


@pytest.mark.smoke
def test_another_interpreter_that_has_ended(mod, calls, other_interpreter):
    """Its name can be replaced."""
    calls.clear()
    mod.forget_vm()
    other_interpreter(f"mod.get_vm(); assert mod.call_inside() == mod.call_in_thread() == {OPENED}")
    assert mod.call_inside() == mod.call_outside() == mod.call_in_thread() == ENDED
    mod.get_vm()
    assert mod.call_inside() == OPENED


@pytest.mark.smoke
def test_python_that_is_started_again(compile_module, run_embedded):
    first = f"""
        mod.get_vm()
        assert mod.call_inside() == mod.call_outside() == mod.call_in_thread() == {OPENED}
    """
    second = f"""
        for call in mod.call_inside, mod.call_outside, mod.call_in_thread:
            assert call() == {ENDED}, call
        mod.get_vm()
        assert mod.call_inside() == mod.call_outside() == mod.call_in_thread() == {OPENED}
        print("done", flush=True)
    """
    assert run_embedded(first, second, compile_module(SOURCE, **OPTIONS)) == "done\n"


@pytest.mark.smoke
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_child_that_python_makes(run_vm):
    code = """
        import os
        mod.get_vm()
        mod.set_callback(lambda: print("called", flush=True))
        child = os.fork()
        if child == 0:
            os._exit(mod.call_inside() + mod.call_outside() + mod.call_in_thread())
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """
    assert run_vm(code) == "called\ncalled\ncalled\n0\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_extension_that_is_loaded_while_a_fork_begins(run_vm, compile_module):
    """Functions that were registered earlier run later, when HPy has prepared for the fork."""
    code = """
        import os, sys
        from support.loading import load_extension
        os.register_at_fork(before=lambda: load_extension("mod", sys.argv[1]))
        mod.get_vm()
        child = os.fork()
        if child == 0:
            os._exit(mod.call_in_thread())
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """
    assert run_vm(code, arguments=[str(compile_module(SOURCE, **OPTIONS))]) == "0\n"


@pytest.mark.smoke
def test_child_that_python_does_not_know_of(mod):
    assert mod.call_in_child() == FORKED


@pytest.mark.smoke
@pytest.mark.parametrize("threads", [1, 10, 100])
def test_interpreter_that_ends_while_threads_call(run_vm, threads, request):
    """They get contexts, then none, with the reason; nobody hangs or crashes."""
    if threads == 100 and loading.mode != "universal" and not request.config.getoption("slow"):
        pytest.skip("layers look at each call of each thread, so many take long: left to --slow")
    end_while_threads_call(run_vm, threads)


@pytest.mark.parametrize("rounds", [7, pytest.param(992, marks=pytest.mark.slow("a process each"))])
def test_interpreter_that_ends_while_threads_call_again(run_vm, rounds):
    if loading.mode != "universal":
        pytest.skip("layers look at each call of each thread, so a round takes long")
    for _ in range(rounds):
        end_while_threads_call(run_vm, 100)


def end_while_threads_call(run_vm, threads):
    code = f"""
        import time
        mod.get_vm()
        mod.start_threads({threads})
        while not mod.count_opened():
            time.sleep(0.001)
        time.sleep(0.02)
    """
    assert run_vm(code) == f"opened refused 0, then {ENDED}\n"


@pytest.mark.smoke
def test_inside_while_the_interpreter_ends(run_vm):
    code = """
        import atexit
        # What was registered first is called last, when no thread gets in any more.
        calls = mod.call_inside, mod.call_outside, mod.call_in_thread
        atexit.register(lambda: print(*(call() for call in calls), flush=True))
        mod.get_vm()
    """
    assert run_vm(code) == f"{OPENED} {ENDING} {ENDING}\n"


@pytest.mark.smoke
def test_end_waits_for_contexts(run_vm):
    code = """
        import atexit
        atexit.register(print, "ended", flush=True)
        mod.get_vm()
        mod.hold_context(300_000)
    """
    # What was registered last is called first.
    assert run_vm(code) == "closed\nended\n"


# Mistakes, which debug mode reports and other modes ignore.


@pytest.mark.breaks_rules("context-not-open", reason="closes a context twice")
def test_context_closed_twice(mod, calls):
    calls.clear()
    assert mod.close_twice() == OPENED
    assert mod.call_in_thread() == OPENED


@pytest.mark.breaks_rules("context-left-open", reason="leaves a context open")
def test_context_left_open(mod, calls):
    calls.clear()
    assert mod.leave_open() is mod.leave_open() is True
    assert mod.call_inside() == mod.call_outside() == mod.call_in_thread() == OPENED


@pytest.mark.abis("universal")
def test_end_that_waits_long_says_for_whom(compile_module):
    if loading.mode != "universal":
        pytest.skip("sets the mode itself")
    code = "mod.get_vm()\nmod.hold_context(2_000_000)"
    path = compile_module(SOURCE, **OPTIONS)
    done = loading.run_in_subprocess(
        f"from support import loading\nloading.mode = 'debug'\n"
        f"mod = loading.load_extension('mod', {str(path)!r})\n{code}"
    )
    assert (done.returncode, done.stdout) == (0, "closed\n")
    told = "HPy debug mode: the interpreter cannot end before contexts are closed that were opened by "
    assert re.fullmatch(told + r"holding_body .*\n", done.stderr)


@pytest.mark.breaks_rules("context-not-open", reason="closes a context of another thread")
def test_context_closed_by_another_thread(mod, calls):
    """It stays open, and is closed by its own."""
    calls.clear()
    assert mod.close_elsewhere() == OPENED


@pytest.mark.breaks_rules("context-not-open", reason="closes what it was called with")
def test_context_of_a_call_is_not_closed(mod, calls):
    calls.clear()
    mod.close_own()
    assert mod.call_outside() == OPENED


@pytest.fixture
def run_embedded(tmp_path):
    """Runs code in a Python that a C program starts, and other code when it has started that again.

    The extension is `mod` in both. Returns what they print.
    """

    def run(first, second, extension):
        before = f"""
            import sys
            sys.path[:] = {sys.path!r}
            from support import loading
            loading.mode = {loading.mode!r}
            mod = loading.load_extension("mod", {str(extension)!r})
        """
        parts = [textwrap.dedent(before) + textwrap.dedent(part) for part in (first, second)]
        return embed(tmp_path, parts)

    return run


@pytest.fixture
def run_vm(run_in_subprocess):
    """Runs code with the extension as `mod` in a process of its own, and returns what that prints."""

    def run(code, arguments=()):
        done = run_in_subprocess(textwrap.dedent(code), SOURCE, arguments=arguments, **OPTIONS)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    return run
