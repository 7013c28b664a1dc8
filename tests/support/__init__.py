"""What the tests share: writing, compiling and loading extensions, and running Python apart.

Test files import from here; fixtures that need the session are in `conftest.py`.
"""

import contextlib
import sys

from support.source import Extension, c_text, function, noargs, unary, varargs

__all__ = [
    "NULL",
    "Extension",
    "c_text",
    "fixture_sources",
    "function",
    "module_fixture",
    "noargs",
    "unary",
    "unraisable_reports",
    "varargs",
]

# Functions made by `function()` pass HPy_NULL for an argument that is this object.
NULL = ...

# The C text of every `module_fixture` so far.
fixture_sources = []


def module_fixture(source, **options):
    """A module-scoped fixture whose value is the loaded extension: `mod = module_fixture(SOURCE)`.

    `options` are those of `Extension`.
    """
    import pytest

    fixture_sources.append(source)

    @pytest.fixture(scope="module")
    def loaded_module(make_module):
        return make_module(source, **options)

    return loaded_module


@contextlib.contextmanager
def unraisable_reports():
    """Collects what is reported as unraisable meanwhile: a list of (exception type, text, object)."""
    reported = []
    hook = sys.unraisablehook
    sys.unraisablehook = lambda report: reported.append(
        (report.exc_type, str(report.exc_value), report.object)
    )
    try:
        yield reported
    finally:
        sys.unraisablehook = hook
