"""The API reference in `docs/api` has an entry for each public name of the headers, and its links lead
somewhere.

The names are read here in another way than by the generator of the pages: by regular expressions from the
text of the headers, and macros once more by a C compiler. So what the generator overlooks is found.
"""

import functools
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from support.toolchain import c_compiler

REPOSITORY = Path(__file__).resolve().parents[2]
INCLUDE = REPOSITORY / "include"
PAGES = REPOSITORY / "docs" / "api"
HEADERS = [INCLUDE / "hpy.h", *sorted((INCLUDE / "hpy").glob("*.h"))]
# Its macros are for the other headers.
INTERNAL = INCLUDE / "hpy" / "macros.h"

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
GUARD = re.compile(r"^#ifndef (\w+)\n#define \1$", re.MULTILINE)
DIRECTIVE = re.compile(r"^[ \t]*#(?:.*\\\n)*.*$", re.MULTILINE)
BODY = re.compile(r"\b(enum|struct)(?:\s+\w+)?\s*\{")
FUNCTION = re.compile(r"(HPy_ID\([^)]*\)\s*)?HPyAPI_(?:FUNC|VARIADIC|HELPER)\s[^(;{]*?(\w+)\(")


def is_public(name):
    return not name.startswith("_")


@functools.cache
def code(header):
    """The text of a header without comments and directives."""
    return DIRECTIVE.sub("", COMMENT.sub(" ", header.read_text(encoding="utf-8")))


BASE = code(INCLUDE / "hpy" / "base.h")


def braces(text, start):
    """What stands between the brace before `start` and the one that closes it."""
    depth = 1
    for i, character in enumerate(text[start:], start):
        depth += {"{": 1, "}": -1}.get(character, 0)
        if depth == 0:
            return text[start:i]
    raise AssertionError("a brace has no end")


def macros(header):
    text = COMMENT.sub(" ", header.read_text(encoding="utf-8"))
    guards = set(GUARD.findall(text))
    names = re.findall(r"^[ \t]*#[ \t]*define[ \t]+(\w+)", text, re.MULTILINE)
    return {name for name in names if is_public(name) and name not in guards}


def functions(header):
    """Those of the context have an entry even if their name is internal."""
    return {match[2] for match in FUNCTION.finditer(code(header)) if match[1] or is_public(match[2])}


def tags(text):
    """The structs that are not only named."""
    return set(re.findall(r"\bstruct\s+(\w+)\s*\{", text))


def types(header):
    """The names that `typedef` declares. That of a struct is where its fields are."""
    text = code(header)
    elsewhere = set().union(*(tags(code(other)) for other in HEADERS)) - tags(text)
    for tag, name in re.findall(r"\btypedef\s+struct\s+(\w+)\s+(\w+)\s*;", BASE):
        text = text.replace(f"struct {tag} {{", f"typedef struct {{ }} {name}; struct {{")
        if tag in elsewhere:
            text = re.sub(rf"\btypedef\s+struct\s+{tag}\s+{name}\s*;", "", text)
    while "{" in text:
        text = re.sub(r"\{[^{}]*\}", " ", text)
    names = set()
    for declaration in re.findall(r"\btypedef\b([^;]*);", text):
        pointer = re.search(r"\(\s*\*\s*(\w+)\s*\)", declaration)
        names.add(pointer[1] if pointer else re.findall(r"\w+", declaration)[-1])
    # The one enum with an internal name has public constants.
    return {name for name in names if is_public(name) or name == "_HPyCapsule_key"}


def bodies(header, kind):
    """The contents of all enums or structs."""
    text = code(header)
    return [braces(text, match.end()) for match in BODY.finditer(text) if match[1] == kind]


def enumerators(header):
    found = set()
    for body in bodies(header, "enum"):
        body = re.sub(r"(HPy_SINCE)?\([^()]*\)", "", body)
        found.update(item.split("=")[0].strip() for item in body.split(",") if item.strip())
    return {name for name in found if is_public(name)}


def constants(header):
    return set(re.findall(r"HPy_ID\([^)]*\)\s*HPy\s+(\w+);", code(header)))


def variables(header):
    names = re.findall(r"HPyAPI_DATA[^;(]*?(\w+);", code(header))
    return {name for name in names if is_public(name)}


def names(header):
    found = functions(header) | types(header) | enumerators(header) | constants(header) | variables(header)
    return found if header == INTERNAL else found | macros(header)


def page(header):
    return (PAGES / f"{header.stem}.md").read_text(encoding="utf-8")


def anchors(text):
    """What links may lead to, as GitHub makes it from headings, and what stands there."""
    found = {}
    for match in re.finditer(r"^#+ (.*)$\n((?:(?!^#).*\n?)*)", text, re.MULTILINE):
        name = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", match[1]))
        found[name.lower().replace(" ", "-")] = match[2]
    for match in re.finditer(r'^\| <a id="(.*?)"></a>(.*) \|$', text, re.MULTILINE):
        found[match[1]] = match[2]
    return found


def cells(row):
    return re.split(r"(?<!\\) \| ", row)


def index():
    """{name: (page, anchor)}"""
    text = (PAGES / "README.md").read_text(encoding="utf-8").partition("\n## Names\n")[2]
    rows = re.findall(r"^\| \[`(\w+)`\]\(([\w.]+)#(\w+)\) \| ", text, re.MULTILINE)
    assert len(rows) == text.count("\n| [")
    return {name: (target, anchor) for name, target, anchor in rows}


@pytest.mark.parametrize("header", HEADERS, ids=lambda header: header.name)
def test_every_name_has_an_entry(header):
    found, indexed = anchors(page(header)), index()
    for name in sorted(names(header)):
        assert indexed.get(name) == (f"{header.stem}.md", name.lower()), name
        entry = found[name.lower()]
        if entry.count("\n"):
            # Something is said besides the declaration.
            entry = re.sub(r"^```c\n.*?^```$", "", entry, flags=re.MULTILINE | re.DOTALL)
            assert re.search(r"[A-Za-z]", entry), name
        else:
            assert all(cell.strip() for cell in cells(entry)), name


def test_the_index_has_no_other_names():
    assert set(index()) == set().union(*(names(header) for header in HEADERS))


def test_the_names_are_read():
    counts = {read: sum(len(read(header)) for header in HEADERS) for read in [functions, types, enumerators]}
    assert counts[functions] > 220
    assert counts[types] > 70
    assert counts[enumerators] > 150
    assert {"HPyDef_METH", "HPy_MODINIT", "SHAPE", "HPY_ABI_VERSION"} <= set(index())


@pytest.mark.parametrize("header", HEADERS, ids=lambda header: header.name)
def test_every_field_has_a_row(header):
    text = page(header)
    for body in bodies(header, "struct"):
        for field in re.findall(r"(\w+)(?:\[\])?\s*;", body):
            if is_public(field):
                rows = re.findall(rf"^\| `[^`|]*\b{field}` \| (.*) \|$", text, re.MULTILINE)
                assert rows and all(rows), field


@pytest.mark.parametrize("header", HEADERS, ids=lambda header: header.name)
def test_every_function_has_its_facts(header):
    found = anchors(page(header))
    head = "| on failure | Python code | while an exception is set | since | context member |"
    for name in sorted(functions(header)):
        table = found[name.lower()].partition(head + "\n")[2].splitlines()
        assert len(table) >= 2, name
        assert all(cell.strip() for cell in cells(table[1].strip("|"))), name


@pytest.mark.skipif(shutil.which(c_compiler()[0]) is None, reason="needs a C compiler")
def test_every_macro_that_a_compiler_sees_has_an_entry():
    flags = ["-E", "-dM", "-DHPY_ABI_UNIVERSAL", "-DHPY", f"-I{INCLUDE}"]
    command = [*c_compiler(), *flags, str(INCLUDE / "hpy.h")]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    # An include guard has no value. Those on the command line are no API of the headers.
    seen = set(re.findall(r"^#define (H[Pp][Yy]\w*)(?:\(| \S)", output, re.MULTILINE))
    seen -= {"HPY", "HPY_ABI_UNIVERSAL"} | macros(INTERNAL)
    assert len(seen) >= 50
    assert seen <= set(index())


def test_every_header_is_in_the_index():
    text = (PAGES / "README.md").read_text(encoding="utf-8")
    for header in HEADERS:
        name = header.relative_to(INCLUDE).as_posix()
        assert re.search(rf"^\| \[`{name}`\]\({header.stem}\.md\) \| \S.* \|$", text, re.MULTILINE), name


@pytest.mark.parametrize("path", sorted(PAGES.glob("*.md")), ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)):
        file, _, anchor = target.partition("#")
        linked = (path.parent / file).resolve() if file else path
        assert linked.exists(), target
        if anchor:
            assert anchor in anchors(linked.read_text(encoding="utf-8")), target


def test_slots_have_a_meaning():
    rows = re.findall(r'^\| <a id="\w+"></a>`(HPy_\w+)` \| (.*) \|$', page(Path("slots.h")), re.MULTILINE)
    assert len(rows) > 60
    for name, row in rows:
        number, signature, meaning = cells(row)
        assert number.isdigit() and meaning, name
        assert "HPyFunc_" in signature or signature == "a value", name


@pytest.mark.parametrize("path", sorted(PAGES.glob("*.md")), ids=lambda path: path.name)
def test_counterparts_are_functions_of_the_c_api(path):
    """Functions of the static library behind the headers of the CPython ABI are none."""
    counterparts = re.findall(r"^\* In the C API: (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert not [line for line in counterparts if "`_HPy" in line]
