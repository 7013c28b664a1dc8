"""What the modes of `--mode` are good for beside running the tests in them.

In debug mode each test is looked over: what is found fails it. Tests that break rules on purpose name them:
`breaks_rules("no-exception", reason="...")`, by the names that reports have, and "leak". They fail if debug
mode finds another, or misses one.

Trace mode counts which functions the tests call (`--each-function`).
"""

import collections

import pytest
from support import debugging

LEAK = "leak"


class EachTest:
    """A plugin of pytest, for modes with debug mode in them."""

    def __init__(self):
        from hpy.universal import _debug

        self.debug = _debug
        self._generation = 0
        #: Pairs of a rule and a report, of processes that the test started.
        self._elsewhere = []
        #: The rules that were broken in this test.
        self._broken = set()

    def pytest_sessionstart(self):
        self.debug.collect_reports()

    def pytest_sessionfinish(self):
        self.debug.stop_collecting_reports()

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_setup(self, item):
        self._broken.clear()
        self._elsewhere.clear()
        return (yield from self._look_over(item, "setup"))

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_call(self, item):
        result = yield from self._look_over(item, "call")
        if missed := allowed_rules(item) - self._broken:
            pytest.fail(f"debug mode does not find what the mark names: {', '.join(missed)}", pytrace=False)
        return result

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_teardown(self, item):
        return (yield from self._look_over(item, "teardown"))

    def add_output(self, text):
        """Look for reports in what a process wrote."""
        self._elsewhere += [(report.rule, str(report)) for report in debugging.parse(text)]
        if LEAKS_OF_PROCESS in text:
            self._elsewhere.append((LEAK, text[text.index(LEAKS_OF_PROCESS) :]))

    def _look_over(self, item, phase):
        generation = self.debug.new_generation()
        try:
            result = yield
        except BaseException:
            if text := self._findings(item, generation):
                item.add_report_section(phase, "debug mode", text)
            raise
        if text := self._findings(item, generation):
            pytest.fail(text, pytrace=False)
        return result

    def _findings(self, item, generation):
        """What was found since the generation began and is not expected."""
        found = self._elsewhere + self.debug.take_reports()
        self._elsewhere = []
        if leaks := self.debug.get_leak_report(generation):
            found.append((LEAK, leaks))
        self._broken.update(rule for rule, _ in found)
        allowed = allowed_rules(item)
        return "\n".join(text for rule, text in found if rule not in allowed)


def allowed_rules(item):
    """The rules that a test breaks on purpose."""
    return {rule for mark in item.iter_markers("breaks_rules") for rule in mark.args}


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
        return {name for name, count in self._counts.items() if count == 0} - UNCOUNTED
