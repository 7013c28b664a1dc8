"""Each public function of the C API stands in a table: in the porting guide with what replaces it, or in
`docs/c-api.md` with the reason why nothing does. The names are those in the headers of the interpreter that
runs the test.
"""

import functools
import re
import sysconfig
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
HEADERS = Path(sysconfig.get_path("include"))

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
DECLARATIONS = (
    re.compile(r"PyAPI_FUNC\s*\([^)]*\)\s*\**\s*\(?(Py\w+)\s*\)?\s*\("),
    re.compile(r"static inline [\w\s*]*?\b(Py\w+)\s*\("),
    re.compile(r"#\s*define\s+(Py\w+)\("),
)


@functools.cache
def functions():
    """The public functions of the headers, and the macros that are called like functions."""
    names = set()
    for header in HEADERS.rglob("*.h"):
        if "internal" in header.relative_to(HEADERS).parts:
            continue
        text = COMMENT.sub(" ", header.read_text(encoding="utf-8", errors="replace"))
        names.update(*(declaration.findall(text) for declaration in DECLARATIONS))
    return names


@functools.cache
def replaced():
    """The names in the tables of the porting guide."""
    _, tables = (DOCS / "porting-guide.md").read_text(encoding="utf-8").split("\n## From the C API to HPy\n")
    return set(re.findall(r"\bPy\w+", tables))


@functools.cache
def not_replaced():
    """The names and patterns in the first column of the page of those without a counterpart."""
    rows = [
        line
        for line in (DOCS / "c-api.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| `")
    ]
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[1])]


def matches(name):
    return any(fnmatchcase(name, pattern) for pattern in not_replaced())


@pytest.mark.smoke
def test_each_function_of_the_c_api_is_in_a_table():
    assert len(functions()) > 800, "the headers were read"
    assert sorted(name for name in functions() - replaced() if not matches(name)) == []


def test_no_name_is_in_both_pages():
    assert [name for name in not_replaced() if name in replaced()] == []


def test_no_name_is_twice_on_the_page():
    assert len(set(not_replaced())) == len(not_replaced())
