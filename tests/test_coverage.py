"""Every function of the ABI is called by some test.

Read from the headers' annotations and the C text of the tests: it finds what was forgotten, not what is tested badly.
"""

import importlib
import re
from pathlib import Path

import pytest
import support

TESTS = Path(__file__).parent
HEADERS = TESTS.parent / "include" / "hpy"

DECLARATION = re.compile(r"^HPy_ID\((\d+)[^)]*\)\s*\n[^;]*?\b(_?HPy\w+)\(HPyContext \*ctx", re.MULTILINE)

# What the tests call by another name: {function: a text that implies the call}.
INDIRECT = {
    "_HPy_New": r"\bHPy_New\(",
    # Each method and slot that is called through its own trampoline; the runtime decides which are.
    "_HPy_CallRealFunctionFromTrampoline": r"\bHPyDef_METH\(",
    # These need the hybrid or cpython ABI.
    "HPy_FromPyObject": None,
    "HPy_AsPyObject": None,
    **{
        f"_HPy_AsStruct_{shape}": rf"HPyType_HELPERS\(\w+, HPyType_BuiltinShape_{shape}\)"
        for shape in ["Type", "Long", "Float", "Unicode", "Tuple", "List", "Dict"]
    },
    "_HPy_AsStruct_Object": r"HPyType_HELPERS\(\w+\)",
    "_HPy_AsStruct_Legacy": None,
}


def functions():
    """The public functions with an index, by name."""
    found = {}
    for header in sorted(HEADERS.glob("*.h")):
        for match in DECLARATION.finditer(header.read_text(encoding="utf-8")):
            found[match[2]] = int(match[1])
    return found


def test_headers_declare_all_functions():
    # 273 members less 84 constants.
    assert len(functions()) == 189


@pytest.fixture(scope="module")
def test_texts():
    """The texts of all test files, and the C text that they put together."""
    paths = [path for path in sorted(TESTS.glob("test_*.py")) if path.name != Path(__file__).name]
    for path in paths:
        importlib.import_module(path.stem)
    return [path.read_text(encoding="utf-8") for path in paths] + support.fixture_sources


@pytest.mark.parametrize("name", functions())
def test_function_is_called_by_a_test(name, test_texts):
    pattern = INDIRECT.get(name, rf"\b{name}\(")
    if pattern is None:
        pytest.skip("not in the universal ABI")
    assert any(re.search(pattern, text) for text in test_texts), f"no test calls {name}"
