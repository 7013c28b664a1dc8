"""Closures: called from anywhere, with the object that they have captured."""

import gc
import sys
import textwrap
import threading
import weakref

import pytest
from support import c_text, module_fixture, unraisable_reports
from support.subinterpreters import Interpreters

pytestmark = [
    pytest.mark.after_0_9_0,
    pytest.mark.skipif(sys.platform == "win32", reason="the extension uses POSIX threads"),
]

SOURCE = c_text(__file__)
METHODS = [
    "make",
    "make_null",
    "call",
    "free_closure",
    "run_thread",
    "use_null",
    "count_destroyed",
    "use_at_end",
    "start_threads",
    "await_at_exit",
    "await_stopped",
]
OPTIONS = {
    "macros": [("HPY_TARGET_ABI_VERSION", "0x00000001"), ("_GNU_SOURCE", "1")],
    "types": ["Owner"],
    "methods": METHODS,
}

# Closures that a test makes are freed after its last repetition; `test_nothing_is_left` frees them itself.
freed_at_the_end = pytest.mark.not_repeatable("the closures are freed when the test has ended")

# HPyVM_Status
OPENED, INVALID, ENDED, ENDING, OTHER_INTERPRETER, FORKED, NO_MEMORY, FREED = range(8)

mod = module_fixture(SOURCE, **OPTIONS)


@pytest.fixture
def make(mod):
    """Makes closures that are freed in the end, if they were not before."""
    made = []

    def make(captured):
        made.append(mod.make(captured))
        return made[-1]

    yield make
    for closure in made:
        mod.free(closure, "inside")


class Callback:
    """Something to capture, of which a weak reference tells whether it is alive."""

    def __init__(self, function=lambda n: n + 1):
        self.function = function

    def __call__(self, n):
        return self.function(n)


@pytest.mark.parametrize("where", ["inside", "outside", "thread"])
def test_nothing_is_left(mod, where):
    closure = mod.make(Callback())
    assert mod.call(closure, 4, where) == (OPENED, 5)
    mod.free(closure, where)


@freed_at_the_end
@pytest.mark.smoke
@pytest.mark.parametrize("where", ["inside", "outside", "thread"])
def test_call(mod, make, where):
    closure = make(lambda n: n + 1)
    assert mod.call(closure, 4, where) == (OPENED, 5)
    assert mod.call(closure, 5, where) == (OPENED, 6)


@freed_at_the_end
@pytest.mark.smoke
def test_thread_that_runs_a_closure(mod, make):
    threads = []
    closure = make(lambda n: threads.append(threading.get_ident()) or n + 7)
    assert mod.run_thread(closure) == 7
    assert threads != [threading.get_ident()]


@freed_at_the_end
def test_thread_of_python(mod, make):
    results = []
    closure = make(lambda n: n * 2)
    thread = threading.Thread(
        target=lambda: results.extend(mod.call(closure, 3, where) for where in ["inside", "outside"])
    )
    thread.start()
    thread.join()
    assert results == [(OPENED, 6)] * 2


@freed_at_the_end
def test_calls_nest(mod, make):
    def down(n):
        return n and mod.call(closure, n - 1, ["inside", "outside", "thread"][n % 3])[1] + 1

    closure = make(down)
    assert mod.call(closure, 9, "inside") == (OPENED, 9)


@freed_at_the_end
def test_exception_inside_is_the_callers(mod, make):
    closure = make(lambda n: 1 // n)
    with pytest.raises(ZeroDivisionError):
        mod.call(closure, 0, "inside")


@freed_at_the_end
def test_exception_in_a_thread_is_unraisable(mod, make):
    closure = make(lambda n: 1 // n)
    with unraisable_reports() as reports:
        assert mod.call(closure, 0, "thread") == (OPENED, 0)
    assert [kind for kind, _, _ in reports] == [ZeroDivisionError]


@freed_at_the_end
@pytest.mark.smoke
def test_captured_object_lives_as_long_as_the_closure(mod, make):
    callback = Callback()
    alive = weakref.ref(callback)
    closure = make(callback)
    del callback
    gc.collect()
    assert mod.call(closure, 1, "inside") == (OPENED, 2)
    mod.free(closure, "inside")
    assert alive() is None


@freed_at_the_end
@pytest.mark.parametrize("where", ["outside", "thread"])
def test_free_elsewhere(mod, make, where):
    callback = Callback()
    alive = weakref.ref(callback)
    closure = make(callback)
    del callback
    mod.free(closure, where)
    assert alive() is None
    assert mod.call(closure, 1, where) == (FREED, 0)


def test_null(mod):
    assert mod.use_null() == (1, INVALID)
    for function_is_null in [True, False]:
        with pytest.raises(SystemError, match="null argument to HPyClosure_New"):
            mod.make_null(function_is_null)


@freed_at_the_end
def test_freed(mod, make):
    closure = make(print)
    mod.free(closure, "inside")
    for where in ["inside", "outside", "thread"]:
        assert mod.call(closure, 1, where) == (FREED, 0)
    assert mod.run_thread(closure) == 0


@freed_at_the_end
def test_freed_twice(mod, make):
    closure = make(print)
    other = make(lambda n: n)
    mod.free(closure, "inside")
    for where in ["inside", "outside", "thread"]:
        mod.free(closure, where)
    assert mod.call(other, 1, "inside") == (OPENED, 1)


@freed_at_the_end
def test_freed_is_recognized_when_others_have_its_place(mod, make):
    closure = make(print)
    mod.free(closure, "inside")
    # Each place is used many times.
    for _ in range(20):
        for other in [mod.make(abs) for _ in range(2000)]:
            assert other != closure
            mod.free(other, "inside")
    assert mod.call(closure, 1, "inside") == (FREED, 0)


@freed_at_the_end
@pytest.mark.smoke
@pytest.mark.parametrize("where", ["inside", "outside", "thread"])
@pytest.mark.parametrize("frees", ["inside", "thread"])
def test_freed_while_it_runs(mod, make, where, frees):
    """The call goes on with what it has captured."""

    def run(n):
        mod.free(closure, frees)
        gc.collect()
        seen.append(alive() is not None)
        seen.append(mod.call(closure, 1, "inside"))
        return n

    seen = []
    callback = Callback(run)
    alive = weakref.ref(callback)
    closure = make(callback)
    del callback
    assert mod.call(closure, 3, where) == (OPENED, 3)
    assert seen == [True, (FREED, 0)]
    assert alive() is None
    assert mod.call(closure, 3, where) == (FREED, 0)


@pytest.mark.smoke
def test_owner_that_its_closure_captures(mod):
    """object -> closure -> object: the collector takes it, and the destroy function frees the closure."""
    before = mod.count_destroyed()
    callback = Callback()
    closure = mod.make(callback)
    callback.owner = mod.Owner(closure)
    alive = weakref.ref(callback)
    gc.collect()
    assert mod.call(closure, 1, "inside") == (OPENED, 2)
    del callback
    gc.collect()
    assert alive() is None
    assert mod.count_destroyed() == before + 1
    assert mod.call(closure, 1, "inside") == (FREED, 0)


def test_owner_that_is_not_in_a_cycle(mod):
    callback = Callback()
    closure = mod.make(callback)
    owner = mod.Owner(closure)
    alive = weakref.ref(callback)
    del callback
    gc.collect()
    assert mod.call(closure, 1, "inside") == (OPENED, 2)
    del owner
    assert alive() is None


@freed_at_the_end
def test_captured_object_that_the_collector_has_taken(mod, make):
    closure = make(Callback())
    # Visits the closure, but does not free it.
    owner = mod.Owner(closure, "keeps")
    del owner
    gc.collect()
    assert mod.call(closure, 1, "inside") == mod.call(closure, 1, "thread") == (FREED, 0)


@pytest.mark.parametrize("where", ["inside", "thread"])
def test_cycle_is_kept_while_its_closure_runs(mod, where):
    seen = []

    def run(n):
        gc.collect()
        seen.append(alive() is not None and alive().owner is not None)
        return n

    callback = Callback(run)
    alive = weakref.ref(callback)
    closure = mod.make(callback)
    callback.owner = mod.Owner(closure)
    gc.disable()
    try:
        del callback
        assert mod.call(closure, 1, where) == (OPENED, 1)
    finally:
        gc.enable()
    assert seen == [True]
    gc.collect()
    assert alive() is None


@pytest.fixture
def run_closures(run_in_subprocess):
    """Runs code with the extension as `mod` in a process of its own, and returns what that prints."""

    def run(code, arguments=()):
        done = run_in_subprocess(textwrap.dedent(code), SOURCE, arguments=arguments, **OPTIONS)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    return run


@pytest.mark.smoke
def test_interpreter_that_has_ended(run_closures):
    code = "mod.use_at_end(mod.make(abs))"
    assert run_closures(code) == f"{ENDED} {FREED}\n"


def test_captured_object_goes_with_the_interpreter(run_closures):
    code = """
        import os
        class Callback:
            def __del__(self, write=os.write):
                write(1, b"gone\\n")
        mod.make(Callback())
    """
    assert run_closures(code) == "gone\n"


@pytest.mark.smoke
def test_threads_that_call_while_the_interpreter_ends(run_closures):
    code = """
        import time
        mod.await_at_exit()
        mod.start_threads(mod.make(abs), 20)
        time.sleep(0.05)
    """
    assert run_closures(code) == "all stopped\n"


def test_threads_that_call_while_it_is_freed(mod):
    closure = mod.make(Callback())
    mod.start_threads(closure, 10)
    mod.free(closure, "inside")
    mod.await_stopped()
    assert mod.call(closure, 1, "inside") == (FREED, 0)


@freed_at_the_end
@pytest.mark.smoke
def test_child_that_python_does_not_know_of(mod, make):
    assert mod.call(make(abs), 1, "child") == (FORKED, -1)


@freed_at_the_end
@pytest.mark.smoke
def test_thread_inside_another_interpreter(mod, make, compile_module):
    closure = make(abs)
    interpreters = Interpreters()
    interpreter = interpreters.create()
    code = f"""
        import sys
        sys.path[:] = {sys.path!r}
        from support import loading
        loading.mode = {loading_mode()!r}
        mod = loading.load_extension("mod", {str(compile_module(SOURCE, **OPTIONS))!r})
        assert mod.call({closure}, 1, "inside") == ({OTHER_INTERPRETER}, 0)
        mod.free({closure}, "inside")
        assert mod.call({closure}, 1, "inside") == ({FREED}, 0)
        own = mod.make(abs)
        assert mod.call(own, -1, "inside") == mod.call(own, -1, "thread") == ({OPENED}, 1)
        mod.free(own, "inside")
    """
    interpreters.run(interpreter, textwrap.dedent(code))
    interpreters.destroy(interpreter)
    assert mod.call(closure, 1, "inside") == (FREED, 0)


def loading_mode():
    from support import loading

    return loading.mode
