"""What `hpy.debug.pytest` does when it is asked to: it checks each phase of each test, and each import."""

import os
from dataclasses import dataclass

import pytest

from hpy._modes import modes_of
from hpy.universal import _debug


class Phases:
    """A plugin that looks over each phase of each test: what debug mode finds fails the phase, or is shown
    beside what failed it.

    Subclasses have `findings(item, generation)`: a text of what was found since the generation began, or "".
    """

    def pytest_sessionstart(self):
        _debug.collect_reports()

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_setup(self, item):
        return (yield from self._look_over(item, "setup"))

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_call(self, item):
        return (yield from self._look_over(item, "call"))

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_teardown(self, item):
        return (yield from self._look_over(item, "teardown"))

    def pytest_sessionfinish(self):
        _debug.stop_collecting_reports()

    def _look_over(self, item, phase):
        generation = _debug.new_generation()
        try:
            result = yield
        except BaseException:
            text = self.findings(item, generation)
            if text:
                item.add_report_section(phase, "hpy debug", text)
            raise
        text = self.findings(item, generation)
        if text:
            pytest.fail(text, pytrace=False)
        return result


class EachTest(Phases):
    """The plugin. `limit` is the number of stack frames to keep; None leaves it as it is set."""

    def __init__(self, limit):
        if limit is not None:
            _debug.set_handle_stack_trace_limit(limit)
        # The reports from between the tests, which other threads made.
        self._remaining = ""
        # The mistakes by their numbers.
        self._mistakes = {}

    def pytest_report_header(self):
        mode = os.environ.get("HPY", "")
        is_debug = any("debug" in modes for modes in modes_of(mode))
        note = "" if is_debug else " (nothing is found without debug mode)"
        return f"hpy debug: checks each test, HPY={mode}{note}"

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self):
        generation = _debug.new_generation()
        report = yield
        text = self._findings(generation, report.nodeid)
        if text and report.passed:
            report.outcome = "failed"
            report.longrepr = text
            report.result = []
        elif text:
            report.sections.append(("hpy debug", text))
        return report

    def pytest_sessionfinish(self, session):
        super().pytest_sessionfinish()
        self._remaining = "\n\n".join(self._reports("no test"))
        if self._remaining and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter):
        if self._remaining:
            terminalreporter.section("hpy debug: in no test")
            terminalreporter.write_line(self._remaining)
        again = [mistake for mistake in self._mistakes.values() if mistake.count > 1]
        if again:
            terminalreporter.section("hpy debug: mistakes that were made again, each reported in full once")
            for mistake in sorted(again, key=lambda mistake: -mistake.count):
                terminalreporter.write_line(f"{mistake.count} × {mistake.place} [{mistake.rule}]")

    def findings(self, item, generation):
        return self._findings(generation, item.nodeid)

    def _findings(self, generation, where):
        """All reports since the generation began as a text, '' if there are none."""
        found = self._reports(where)
        leaks = _debug.get_leak_report(generation)
        if leaks:
            found.append(f"HPy debug mode: {leaks}".rstrip())
        return "\n\n".join(found)

    def _reports(self, where):
        """The collected reports. For a mistake that was made before, a line that says where its report is."""
        texts = []
        for rule, text, number, place, count in _debug.take_counted_reports():
            known = self._mistakes.get(number)
            if known is None:
                self._mistakes[number] = _Mistake(rule, place, count, where)
                texts.append(text.rstrip())
            else:
                known.count += count
                texts.append(
                    f"HPy debug mode: {place} [{rule}], {count} ×; the report is that of {known.where}"
                )
        return texts


@dataclass
class _Mistake:
    """A mistake of an extension at one place."""

    rule: str
    place: str
    count: int
    where: str
