import pathlib
import subprocess
import sys
import threading

import pytest


@pytest.fixture(scope="module", params=["universal", "hybrid", "cpython"])
def worker(request, build_example):
    """The module, built for each ABI."""
    return build_example("worker", "worker", request.param)


def test_calls_from_another_thread(worker):
    calls = []
    worker.start(lambda number: calls.append((number, threading.get_ident())), 3)
    worker.wait()
    assert [number for number, _ in calls] == [0, 1, 2]
    assert all(thread != threading.get_ident() for _, thread in calls)


def test_several_at_once(worker):
    calls = []
    for name in "abc":
        worker.start(lambda number, name=name: calls.append((name, number)), 100)
    worker.wait()
    assert sorted(calls) == [(name, number) for name in "abc" for number in range(100)]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_exception_ends_the_thread(worker, monkeypatch):
    reports = []
    monkeypatch.setattr(sys, "unraisablehook", lambda report: reports.append(str(report.exc_value)))
    calls = []

    def function(number):
        calls.append(number)
        if number == 1:
            raise ValueError("enough")

    worker.start(function, 10)
    worker.wait()
    assert calls == [0, 1]
    assert reports == ["enough"]


def test_a_thread_that_is_running_at_the_end_of_the_process(worker):
    code = "import worker; worker.start(lambda number: number, 10**9)"
    folder = pathlib.Path(worker.__file__).parent
    subprocess.run([sys.executable, "-c", code], cwd=folder, check=True, timeout=60)


def test_arguments(worker):
    with pytest.raises(TypeError):
        worker.start(print)
    with pytest.raises(TypeError):
        worker.start(print, "x")
