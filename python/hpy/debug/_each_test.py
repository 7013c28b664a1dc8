"""What `hpy.debug.pytest` does once it is asked for: looks over each phase of each test, and each import."""

import os

import pytest

from hpy._printable import printable
from hpy.universal import _debug


class EachTest:
    """The plugin. `limit` is the number of stack frames to keep, None for what is set."""

    def __init__(self, limit):
        if limit is not None:
            _debug.set_handle_stack_trace_limit(limit)
        # What came between the tests, from other threads.
        self._remaining = ""

    def pytest_report_header(self):
        mode = os.environ.get("HPY", "")
        note = "" if "debug" in mode.lower() else " (nothing is found without debug mode)"
        return f"hpy debug: checks each test, HPY={mode}{note}"

    def pytest_sessionstart(self):
        _debug.collect_reports()

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self):
        generation = _debug.new_generation()
        report = yield
        text = _findings(generation)
        if text and report.passed:
            report.outcome = "failed"
            report.longrepr = text
            report.result = []
        elif text:
            report.sections.append(("hpy debug", text))
        return report

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_setup(self, item):
        return (yield from _look_over(item, "setup"))

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_call(self, item):
        return (yield from _look_over(item, "call"))

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_teardown(self, item):
        return (yield from _look_over(item, "teardown"))

    def pytest_sessionfinish(self, session):
        _debug.stop_collecting_reports()
        self._remaining = _reports()
        if self._remaining and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter):
        if self._remaining:
            terminalreporter.section("hpy debug: in no test")
            terminalreporter.write_line(self._remaining)


def _look_over(item, phase):
    """Around a phase: what debug mode has to say fails the phase, or is told beside what failed it."""
    generation = _debug.new_generation()
    try:
        result = yield
    except BaseException:
        text = _findings(generation)
        if text:
            item.add_report_section(phase, "hpy debug", text)
        raise
    text = _findings(generation)
    if text:
        pytest.fail(text, pytrace=False)
    return result


def _findings(generation):
    """All that is to be said since the generation began, '' if there is nothing."""
    leaks = _debug.get_leak_report(generation)
    leaks = printable(leaks or "", keep="\n").rstrip()
    found = [_reports(), f"HPy debug mode: {leaks}" if leaks else ""]
    return "\n\n".join(filter(None, found))


def _reports():
    text = "\n\n".join(text.rstrip() for _, text in _debug.take_reports())
    return printable(text, keep="\n")
