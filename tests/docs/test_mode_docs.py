"""The guides to debug and trace mode, `docs/debug-mode.md` and `docs/trace-mode.md`, say what is so.

Their programs run here and show what is written there: a block of the kind `console` is a command and its
output, in which a line `...` stands for any lines. Files are the blocks that begin with their name as a
comment.
"""

import importlib.util
import os
import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import hpy.trace
import pytest
from hpy.universal import _debug

REPOSITORY = Path(__file__).resolve().parents[2]
DEBUG = (REPOSITORY / "docs" / "debug-mode.md").read_text(encoding="utf-8")
TRACE = (REPOSITORY / "docs" / "trace-mode.md").read_text(encoding="utf-8")
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")

# What the stub beside an extension does.
STUB = """
import os, sys
from importlib.machinery import ModuleSpec
import hpy.universal
spec = ModuleSpec({name!r}, None, origin={path!r})
sys.modules[{name!r}] = hpy.universal._load_bootstrap(
    {name!r}, {name!r}, "", {path!r}, None, spec, os.environ
)
"""


def blocks(text, kind):
    """The contents of all blocks of a kind."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def files(text):
    """`{name: content}` of the files that a guide shows."""
    found = blocks(text, "c") + blocks(text, "python")
    named = ((re.match(r"(?:# |/\* )(\S+\.(?:c|py))\b", content), content) for content in found)
    return {match[1]: content for match, content in named if match}


def column(text, heading, number=0):
    """The names in code in a column of the tables of a section."""
    section = text.partition(f"\n{heading}\n")[2]
    level = heading.split(" ")[0]
    section = re.split(rf"^#{{1,{len(level)}}} ", section, maxsplit=1, flags=re.MULTILINE)[0]
    cells = [line.split(" | ")[number] for line in section.splitlines() if line.startswith("| `")]
    return re.findall(r"`([\w-]+)", "\n".join(cells))


def pattern(expected):
    """What fits an output that is shown, apart from what differs from run to run."""
    text = ""
    for line in expected.splitlines():
        if line == "...":
            text += r"(?:.*\n)*?"
            continue
        line = re.escape(line)
        line = re.sub(r"0x[0-9a-f]+", r"0x[0-9a-f]+", line)
        line = re.sub(r"number\\ \d+", r"number\\ \\d+", line)
        line = line.replace("/path/to/", ".*/")
        # Titles of pytest are as wide as the terminal.
        line = re.sub(r"^_\\ (.*)\\ _$", r"_+ \1 _+", line)
        text += line + r"\n"
    return re.compile(text)


@pytest.fixture
def run(compile_module, tmp_path):
    """`run(command, directory)`: the output of a command, where the guides' files and extensions are."""
    commands = tmp_path / "bin"
    commands.mkdir()
    (commands / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (commands / "python").chmod(0o755)
    folder = tmp_path / "work"
    folder.mkdir()
    for name, content in {**files(DEBUG), **files(TRACE)}.items():
        (folder / name).write_text(content, encoding="utf-8")
    example = REPOSITORY / "examples" / "csvscan"
    for name in ("demo.py", "readings.csv"):
        (folder / name).write_bytes((example / name).read_bytes())
    sources = {
        "words": files(DEBUG)["words.c"],
        "csvscan": (example / "csvscan.c").read_text(encoding="utf-8"),
    }
    for name, source in sources.items():
        path = str(compile_module(source, name=name, raw=True))
        (folder / f"{name}.py").write_text(STUB.format(name=name, path=path), encoding="utf-8")
    # The tables that are shown are those without it.
    (folder / "rich.py").write_text("raise ImportError")

    def run_command(command):
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("HPY", "PYTEST"))
        }
        environment["PATH"] = os.pathsep.join([str(commands), environment["PATH"]])
        environment["PYTHONIOENCODING"] = "utf-8"
        package = Path(importlib.util.find_spec("hpy").origin).parents[1]
        environment["PYTHONPATH"] = os.pathsep.join([str(folder), str(package)])
        if "pytest" in command:
            command += f" -p no:cacheprovider -c {os.devnull} --rootdir=."
            if not plugin_is_installed():
                environment["PYTEST_PLUGINS"] = "hpy.debug.pytest"
        result = subprocess.run(
            ["sh", "-c", f"{command} 2>&1"],
            cwd=folder,
            env=environment,
            timeout=120,
            capture_output=True,
            encoding="utf-8",
        )
        return result.stdout

    return run_command


def plugin_is_installed():
    found = entry_points()
    group = found.select(group="pytest11") if hasattr(found, "select") else found.get("pytest11", [])
    return any(entry.name == "hpy.debug.pytest" for entry in group)


CONSOLES = [
    block.removeprefix("$ ").partition("\n") for text in (DEBUG, TRACE) for block in blocks(text, "console")
]
TABLES = [(command, output) for command, _, output in CONSOLES if "hpy trace" in command]
EXAMPLES = [(command, output) for command, _, output in CONSOLES if "hpy trace" not in command]


@pytest.mark.abis("universal", "hybrid")
@pytest.mark.parametrize(("command", "output"), EXAMPLES, ids=[command for command, _ in EXAMPLES])
def test_example_shows_what_is_written(run, command, output):
    actual = run(command)
    assert pattern(output).fullmatch(actual), f"{command}\n{actual}"


def rows_of(table):
    """Columns, and those cells of each row that are the same in each run."""
    lines = table.splitlines()
    head = next(i for i, line in enumerate(lines) if line.startswith("function"))
    rows = {tuple(line.split()[:3]) for line in lines[head + 2 :] if len(line.split("  ")) > 5}
    return lines[head].split(), rows


@pytest.mark.abis("universal", "hybrid")
@pytest.mark.parametrize(("command", "output"), TABLES, ids=[command for command, _ in TABLES])
def test_table_has_the_calls_that_are_written(run, command, output):
    columns, shown = rows_of(output)
    actual_columns, actual = rows_of(run(command.replace("--top 7", "--top 0")))
    assert columns == actual_columns
    assert len(shown) == 7
    assert shown <= actual


def test_table_of_rules_is_complete():
    source = (REPOSITORY / "crates/hpy-layers/src/debug/reports/rule.rs").read_text(encoding="utf-8")
    variants = re.findall(
        r"^    (\w+),$", re.search(r"^pub enum Rule \{\n(.*?)^\}", source, re.M | re.S)[1], re.M
    )
    names = re.findall(r'Self::\w+ => Texts \{\s*name: "([a-z-]+)"', source)
    assert len(names) == len(variants) > 20
    assert column(DEBUG, "## What it finds") == ["leak", *names]


def test_functions_for_python_are_documented():
    documented = column(DEBUG, "## Hooks, and reports from Python") + column(DEBUG, "## Handles from Python")
    # Those in "Limits" are not in a table.
    documented += re.findall(r"`_debug\.(\w+)", DEBUG.partition("\n## Limits\n")[2])
    members = [name for name in vars(_debug.DebugHandle) if not name.startswith("__")]
    functions = [name for name in vars(_debug) if not name.startswith("__") and name != "DebugHandle"]
    getters = {
        name for name in functions if re.sub("^get_(.*_size)$", r"set_\1", name) in {*documented} - {name}
    }
    assert set(documented) == {*functions, *members} - getters
    assert set(column(TRACE, "## From Python")) == {*hpy.trace.__all__} - {"Row"}


def test_samples_of_the_readme_are_those_of_the_guides():
    known = [output for _, _, output in CONSOLES]
    samples = [block for block in blocks(README, "console") if re.search("HPy debug mode|hpy trace", block)]
    assert len(samples) == 2
    for sample in samples:
        shown = sample.partition("\n")[2].rstrip("\n").removesuffix("...").strip("\n")
        assert any(shown in output for output in known), sample


def anchors(text):
    """The anchors of the headings, as they are made for pages of Markdown."""
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


PAGES = [*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/*.md")]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    for link in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
        if re.match("https?:", link):
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file) if file else path
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target.read_text(encoding="utf-8")), link
