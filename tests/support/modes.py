"""What the modes of `--mode` are good for beside running the tests in them.

Debug mode looks over each test, see `support.broken_rules`, also in the processes that it starts. Trace mode
counts which functions the tests call (`--each-function`).
"""

import collections

import pytest
from support import loading

#: Stands before the leaks that a process tells of at its end.
LEAKS_OF_PROCESS = "Leaks of this process: "


def tell_leaks_of_process(write):
    """Called at the end of a process of a test."""
    from hpy.universal import _debug

    if leaks := _debug.get_leak_report(0):
        write(LEAKS_OF_PROCESS + leaks)


#: What tests call where it is not counted: in processes of their own, and from trampolines, which have the
#: context of the engine.
UNCOUNTED = {"ctx_CallRealFunctionFromTrampoline", "ctx_Dump", "ctx_FatalError"}

#: What debug mode does itself or leaves to the extension, so that trace mode below it has nothing to count.
DONE_BY_DEBUG_MODE = {
    "ctx_Arg_TrackObjects",
    "ctx_CloseArray",
    "ctx_Tracker_Add",
    "ctx_Tracker_Close",
    "ctx_Tracker_ForgetAll",
}


class EachFunction:
    """A plugin of pytest, for trace mode: the run fails if there is a function that no test has called."""

    def __init__(self):
        #: How often this process, and those that pytest-xdist started, called each function.
        self._counts = collections.Counter()

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node):
        self._add(node.workeroutput["calls"])

    def pytest_sessionfinish(self, session):
        from hpy import trace

        self._add(trace.get_call_counts())
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput["calls"] = dict(self._counts)
        elif self._uncalled():
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter):
        if uncalled := self._uncalled():
            terminalreporter.section("functions that no test calls", red=True)
            terminalreporter.line(", ".join(sorted(uncalled)))

    def _add(self, counts):
        for name, count in counts.items():  # update() would leave out zeros
            self._counts[name] += count

    def _uncalled(self):
        not_seen = UNCOUNTED | DONE_BY_DEBUG_MODE if "debug" in loading.mode else UNCOUNTED
        return {name for name, count in self._counts.items() if count == 0} - not_seen
