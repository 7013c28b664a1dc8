"""A pytest plugin that checks every test in debug mode.

    pytest --hpy-debug              HPy extensions are loaded in debug mode, and each test is checked
    pytest -p hpy.debug.pytest      the same
    pytest --hpy-debug-trace=16     the same, and reports have the lines where handles are opened and closed

A test fails if what it runs leaves handles, builders or trackers open, or breaks another rule of debug mode.
The process does not end; the failure of the test contains the report.

To check only some tests, use the fixture `hpy_debug`. The variable HPY then has to set the mode.

pytest imports this file if HPy is installed, so it does nothing unless it is asked to.
"""

import os

import pytest

from .leakdetector import LeakDetector

# A conftest.py may import all of this.
__all__ = ["LeakDetector", "hpy_debug"]

# As an entry point and after `-p`.
NAME = "hpy.debug.pytest"


@pytest.fixture
def hpy_debug():
    """A `LeakDetector` that is started before the test and stopped after it."""
    with LeakDetector() as detector:
        yield detector


def pytest_addoption(parser):
    group = parser.getgroup("hpy")
    group.addoption(
        "--hpy-debug",
        action="store_true",
        help="load HPy extensions in debug mode, and fail the tests in which they leak or break another rule",
    )
    group.addoption(
        "--hpy-debug-trace",
        type=int,
        metavar="N",
        help="the same, and keep N stack frames of where each handle is opened and closed",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config):
    # Before any extension is imported. If HPY is set, it is left as it is.
    if _is_wanted(early_config.known_args_namespace) and not os.environ.get("HPY"):
        os.environ["HPY"] = "debug"


def pytest_configure(config):
    if _is_wanted(config.option):
        from ._each_test import EachTest

        config.pluginmanager.register(EachTest(config.getoption("hpy_debug_trace")), f"{NAME}.each_test")


def _is_wanted(options):
    return options.hpy_debug or options.hpy_debug_trace is not None or NAME in (options.plugins or ())
