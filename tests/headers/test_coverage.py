"""Each function of the headers is called by some test, and the tests that documentation names exist.

What the context has is counted where it is called, in trace mode (`--mode=trace --each-function`). Here
are the functions that are compiled into extensions: looked for in the C text of the tests.
"""

import ast
import re
import runpy
from pathlib import Path

import pytest
import support

TESTS = Path(__file__).parents[1]
HEADERS = TESTS.parent / "include" / "hpy"

DECLARATION = re.compile(
    r"^(HPy_ID\(\d+.*\)\s*)?HPyAPI_(?:FUNC|VARIADIC|HELPER)\s[^(;]*?\b(_?HPy\w*)\(", re.MULTILINE
)


def functions():
    """The public functions by name, and whether they have an index in the ABI."""
    texts = (header.read_text(encoding="utf-8") for header in sorted(HEADERS.glob("*.h")))
    matches = [match for text in texts for match in DECLARATION.finditer(text)]
    # Some are also defined in the header.
    indexed = {match[2] for match in matches if match[1]}
    names = {match[2]: match[2] in indexed for match in matches}
    # Those of the headers alone are called by the others.
    return {name: has_index for name, has_index in names.items() if has_index or not name.startswith("_")}


def test_headers_declare_all_functions_of_the_abi():
    context = (HEADERS / "generated" / "context.h").read_text(encoding="utf-8")
    assert sum(functions().values()) == context.count("(*ctx_") >= 191


@pytest.fixture(scope="module")
def sources():
    """C files and strings of the tests, and what they become, without the comments of C; no doc strings."""
    texts = [path.read_text(encoding="utf-8") for path in TESTS.rglob("*.c")]
    for path in TESTS.rglob("*.py"):
        if path != Path(__file__):
            text = path.read_text(encoding="utf-8")
            texts += strings(ast.parse(text))
            if "= module_fixture(" in text:
                runpy.run_path(path)  # makes its fixtures known
    return re.sub(r"/\*.*?\*/|//.*?$", "", "\n".join([*texts, *support.fixture_sources]), flags=re.S | re.M)


def strings(tree):
    """The strings in Python code, but for those that stand alone."""
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            yield node.value


@pytest.mark.parametrize("name", [name for name, indexed in functions().items() if not indexed])
def test_function_is_called_by_a_test(name, sources):
    assert re.search(rf"\b{name}\(", sources), f"no test calls {name}"


@pytest.fixture(scope="module")
def definitions():
    """The names of all tests, by file."""
    return {
        path.name: set(re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE))
        for path in TESTS.rglob("test_*.py")
    }


def test_tests_that_designs_name_exist(definitions):
    texts = [path.read_text(encoding="utf-8") for path in (TESTS.parent / "docs" / "design").glob("*.md")]
    named = re.findall(r"`(test_\w+\.py)(?:::(test_\w+))?`", "\n".join(texts))
    assert len(named) >= 15
    wrong = [
        (file, name)
        for file, name in named
        if file not in definitions or name and name not in definitions[file]
    ]
    assert wrong == []


def test_tests_that_differences_name_exist(definitions):
    """`test_file.py::test_name`; without a file, that of the one before in the row or in the table's head."""
    head, named = None, []
    for line in (TESTS.parent / "docs" / "differences.md").read_text(encoding="utf-8").splitlines():
        files = re.findall(r"`(test_\w+\.py)", line)
        if line.startswith("| HPy 0.9 |"):
            head = files[0] if files else None
            continue
        current = head
        for file, name in re.findall(r"`(test_\w+\.py)?(?:::(test_\w+))?`", line):
            current = file or current
            if name:
                named.append((current, name))
    assert len(named) > 150
    assert [(file, name) for file, name in named if name not in definitions.get(file, ())] == []
