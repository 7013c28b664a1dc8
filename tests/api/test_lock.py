"""Locks: mutexes, and critical sections of objects."""

import os
import textwrap
import threading
import time

import pytest
from support import c_text, module_fixture

pytestmark = pytest.mark.after_0_9_0

SOURCE = c_text(__file__)
METHODS = (
    "lock try_lock unlock count lock_while_an_exception_is_set lock_null try_lock_null unlock_null"
    " lock_no_mutex unlock_no_mutex exchange call_in_sections section_of_null begin_null end_null end_twice"
    " end_a_copy"
).split()
OPTIONS = {
    "macros": [("HPY_TARGET_ABI_VERSION", "0x00000001")],
    "types": ["Box"],
    "methods": METHODS,
}

mod = module_fixture(SOURCE, **OPTIONS)


def in_thread(function, *arguments):
    """A thread that runs a function."""
    thread = threading.Thread(target=function, args=arguments)
    thread.start()
    return thread


def test_locked_until_it_is_unlocked(mod):
    for place in [None, mod.Box()]:
        mod.lock(place)
        assert not mod.try_lock(place)
        mod.unlock(place)
        assert mod.try_lock(place)
        mod.unlock(place)


@pytest.mark.smoke
def test_threads_take_turns(mod):
    """Each reads the counter, lets the others run, and writes it."""
    before = mod.count(0)
    threads = [in_thread(mod.count, 300) for _ in range(8)]
    for thread in threads:
        thread.join()
    assert mod.count(0) - before == 8 * 300


@pytest.mark.smoke
def test_those_who_wait_let_others_run(mod):
    box = mod.Box()
    mod.lock(box)
    passed = []

    def wait():
        mod.lock(box)
        passed.append(threading.get_ident())
        mod.unlock(box)

    threads = [in_thread(wait) for _ in range(3)]
    time.sleep(0.05)
    assert passed == []
    mod.unlock(box)
    for thread in threads:
        thread.join()
    assert sorted(passed) == sorted(thread.ident for thread in threads)


def test_any_thread_may_unlock(mod):
    box = mod.Box()
    mod.lock(box)
    in_thread(mod.unlock, box).join()
    assert mod.try_lock(box)


def test_many_mutexes(mod):
    """More than there are rooms to wait in: those who wait for another mutex do not keep it."""
    boxes = [mod.Box() for _ in range(50)]
    for box in boxes:
        mod.lock(box)
    threads = [in_thread(mod.lock, box) for box in boxes]
    time.sleep(0.05)
    for box, thread in zip(reversed(boxes), reversed(threads)):
        mod.unlock(box)
        thread.join()
    assert not any(mod.try_lock(box) for box in boxes)


def test_exception_that_is_set(mod):
    with pytest.raises(ValueError, match="still set"):
        mod.lock_while_an_exception_is_set([])


@pytest.mark.parametrize(
    "name, function",
    [
        ("lock_null", "HPyMutex_Lock"),
        ("try_lock_null", "HPyMutex_TryLock"),
        ("unlock_null", "HPyMutex_Unlock"),
        ("begin_null", "HPyCriticalSection_Begin"),
        ("section_of_null", "HPyCriticalSection_Begin"),
        ("end_null", "HPyCriticalSection_End"),
    ],
)
def test_null(mod, name, function):
    with pytest.raises(SystemError, match=f"null argument to {function}"):
        getattr(mod, name)()


@pytest.mark.parametrize(
    "call, message",
    [
        ("unlock(None)", "HPyMutex_Unlock: the mutex is not locked: each lock is unlocked once"),
        ("unlock_no_mutex()", "HPyMutex_Unlock: what is there is no mutex"),
        ("lock_no_mutex()", "HPyMutex_Lock: what is there is no mutex"),
        ("end_twice()", "HPyCriticalSection_End: the critical section has not begun, or has ended"),
        ("end_a_copy()", "HPyCriticalSection_End: the critical section has not begun, or has ended"),
    ],
)
def test_mistake_that_is_fatal(run_in_subprocess, call, message):
    done = run_in_subprocess(f"mod.{call}", SOURCE, **OPTIONS)
    assert done.returncode != 0
    assert f"Fatal Python error: {message}" in done.stderr


def test_threads_that_wait_while_python_ends(run_in_subprocess):
    """A daemon thread never gets the lock without Python, so the end can have it."""
    code = """
        import os, sys, threading, time
        mod.lock(None)
        threading.Thread(target=mod.lock, args=(None,), daemon=True).start()
        time.sleep(0.05)

        class AtTheEnd:
            def __del__(self, lock=mod.lock, unlock=mod.unlock, write=os.write, sleep=time.sleep):
                unlock(None)
                sleep(0.05)  # The thread wakes up, and may not come back to Python.
                lock(None)
                write(1, b"locked")

        sys.at_the_end = AtTheEnd()
    """
    done = run_in_subprocess(textwrap.dedent(code), SOURCE, **OPTIONS)
    assert (done.returncode, done.stdout) == (0, "locked"), done.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_child_has_rooms_of_its_own(run_in_subprocess):
    """Threads wait while the process is copied; in the copy, threads wait as well."""
    code = """
        import os, threading, time
        boxes = [mod.Box() for _ in range(40)]
        for box in boxes:
            mod.lock(box)
        waiting = [threading.Thread(target=mod.lock, args=(box,)) for box in boxes]
        for thread in waiting:
            thread.start()
        child = os.fork()
        if child == 0:
            threads = [threading.Thread(target=mod.lock, args=(box,)) for box in boxes]
            for thread in threads:
                thread.start()
            time.sleep(0.05)
            for box, thread in zip(boxes, threads):
                mod.unlock(box)
                thread.join()
            os._exit(sum(mod.try_lock(box) for box in boxes))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        for box, thread in zip(boxes, waiting):
            mod.unlock(box)
            thread.join()
    """
    done = run_in_subprocess(textwrap.dedent(code), SOURCE, **OPTIONS)
    assert (done.returncode, done.stdout) == (0, "0\n"), done.stderr


def test_critical_section_of_an_object(mod):
    box = mod.Box()
    assert mod.exchange(box, 1) is None
    assert mod.exchange(box, 2) == 1


def test_critical_sections_nest(mod):
    box, other = mod.Box(), mod.Box()
    swap = lambda: mod.call_in_sections(other, box, lambda: mod.exchange(box, "called"))  # noqa: E731
    assert mod.call_in_sections(box, other, swap) is None
    assert mod.exchange(box, None) == "called"


@pytest.mark.smoke
def test_critical_sections_in_opposite_order(mod):
    boxes = [mod.Box(), mod.Box()]
    threads = [
        in_thread(lambda x, y: [mod.call_in_sections(x, y, list) for _ in range(200)], *order)
        for order in [boxes, boxes[::-1]] * 2
    ]
    for thread in threads:
        thread.join()
