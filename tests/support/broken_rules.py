"""What debug mode finds in tests.

Each test is looked over: what is found fails it. Tests that break rules on purpose name them:
`breaks_rules("no-exception", reason="...")`, by the names that reports have, and "leak". They fail if debug
mode finds another, or misses one.
"""

import pytest
from hpy.debug._each_test import Phases
from hpy.universal import _debug
from support import debugging
from support.modes import LEAKS_OF_PROCESS

LEAK = "leak"


class BrokenRules(Phases):
    """A plugin of pytest, for modes with debug mode in them."""

    def __init__(self):
        #: Pairs of a rule and a report, of processes that the test started.
        self._elsewhere = []
        #: The rules that were broken in this test.
        self._broken = set()

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_setup(self, item):
        self._broken.clear()
        self._elsewhere.clear()
        return (yield from super().pytest_runtest_setup(item))

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_call(self, item):
        result = yield from super().pytest_runtest_call(item)
        if missed := allowed_rules(item) - self._broken:
            pytest.fail(f"debug mode does not find what the mark names: {', '.join(missed)}", pytrace=False)
        return result

    def add_output(self, text):
        """Look for reports in what a process wrote."""
        self._elsewhere += [(report.rule, str(report)) for report in debugging.parse(text)]
        if LEAKS_OF_PROCESS in text:
            self._elsewhere.append((LEAK, text[text.index(LEAKS_OF_PROCESS) :]))

    def findings(self, item, generation):
        """What was found and is not expected."""
        found = self._elsewhere + _debug.take_reports()
        self._elsewhere = []
        if leaks := _debug.get_leak_report(generation):
            found.append((LEAK, leaks))
        self._broken.update(rule for rule, _ in found)
        allowed = allowed_rules(item)
        return "\n".join(text for rule, text in found if rule not in allowed)


def allowed_rules(item):
    """The rules that a test breaks on purpose."""
    return {rule for mark in item.iter_markers("breaks_rules") for rule in mark.args}
