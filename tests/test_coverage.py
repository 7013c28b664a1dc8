"""Every function of the API is called by some test, and the tests that documentation names exist.

Read from the headers' annotations and the text of the tests: it finds what was forgotten, not what is tested
badly.
"""

import importlib
import re
from pathlib import Path

import pytest
import support

TESTS = Path(__file__).parent
HEADERS = TESTS.parent / "include" / "hpy"

DECLARATION = re.compile(r"^(HPy_ID\(\d+.*\)\s*)?HPyAPI_(?:FUNC|HELPER)\s[^(;]*?\b(_?HPy\w*)\(", re.MULTILINE)

# What the tests call by another name: {function: a pattern that implies the call}.
INDIRECT = {
    "_HPy_New": r"\bHPy_New\(",
    # Each method and slot that is called through its own trampoline; the runtime decides which are.
    "_HPy_CallRealFunctionFromTrampoline": r"\bHPyDef_METH\(",
    **{
        f"_HPy_AsStruct_{shape}": rf"HPyType_HELPERS\(\w+, HPyType_BuiltinShape_{shape}\)"
        for shape in ["Type", "Long", "Float", "Unicode", "Tuple", "List", "Dict"]
    },
    "_HPy_AsStruct_Object": r"HPyType_HELPERS\(\w+\)",
}


def functions():
    """The public functions by name, and whether they have an index in the ABI."""
    texts = (header.read_text(encoding="utf-8") for header in sorted(HEADERS.glob("*.h")))
    matches = [match for text in texts for match in DECLARATION.finditer(text)]
    # Some are also defined in the header.
    indexed = {match[2] for match in matches if match[1]}
    return {match[2]: match[2] in indexed for match in matches}


def test_headers_declare_all_functions_of_the_abi():
    # 274 members less 84 constants.
    assert sum(functions().values()) == 190


@pytest.fixture(scope="module")
def test_texts():
    """The texts of all test files, and the C text that they put together."""
    paths = [path for path in sorted(TESTS.glob("test_*.py")) if path.name != Path(__file__).name]
    texts = {path.stem: path.read_text(encoding="utf-8") for path in paths}
    for name, text in texts.items():
        if "module_fixture" in text:
            importlib.import_module(name)  # makes its fixtures known
    return [*texts.values(), *support.fixture_sources]


@pytest.mark.parametrize("name", functions())
def test_function_is_called_by_a_test(name, test_texts):
    pattern = INDIRECT.get(name, rf"\b{name}\(")
    assert any(re.search(pattern, text) for text in test_texts), f"no test calls {name}"


def test_tests_that_differences_name_exist():
    """`test_file.py::test_name`; without a file, that of the one before in the row or in the table's head."""
    definitions = {
        path.name: set(re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE))
        for path in TESTS.glob("test_*.py")
    }
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
