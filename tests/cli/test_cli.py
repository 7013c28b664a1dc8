"""The command line, `python -m hpy`, and the table of what trace mode counted.

The page is in `test_cli_page`, trace mode itself in `test_trace`.
"""

import dataclasses
import doctest
import io
import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest
from hpy import _printable
from hpy._printable import printable
from hpy.cli import numbers, profile, progress, table
from hpy.trace import Row
from support import noargs, unary
from support.profiles import make_profile


@pytest.fixture
def run(tmp_path):
    """`run(*arguments)`: `python -m hpy` with these in a folder of its own; texts in, texts out."""

    def run_command(*arguments, environment=(), **options):
        variables = {name: value for name, value in os.environ.items() if name not in ("HPY", "HPY_LOG")}
        variables.update(environment, COLUMNS="160", PYTHONIOENCODING="utf-8")
        return subprocess.run(
            [sys.executable, "-m", "hpy", *map(str, arguments)],
            cwd=tmp_path,
            env=variables,
            timeout=120,
            encoding="utf-8",
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options},
        )

    return run_command


@pytest.fixture
def script(tmp_path):
    """`script(text, name="script.py")`: write it to where `run` runs."""

    def write(text, name="script.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    return write


# Running programs


@pytest.mark.parametrize("command", [["run", "--mode", "universal"], ["trace"]])
def test_script_is_the_main_program(run, script, command):
    script("value = 5", "folder/neighbour.py")
    script(
        """
        import neighbour, os, pickle, sys
        class Local: pass
        assert isinstance(pickle.loads(pickle.dumps(Local())), Local)
        assert sys.modules["__main__"].Local is Local
        assert __file__ == os.path.abspath("folder/script.py")
        print(__name__, sys.argv, neighbour.value, os.path.basename(sys.path[0]))
        """,
        "folder/script.py",
    )
    result = run(*command, "folder/script.py", "--html", "-m", "x")
    arguments = ["folder/script.py", "--html", "-m", "x"]
    assert result.stdout == f"__main__ {arguments} 5 folder\n", result.stderr


@pytest.mark.parametrize("command", [["run", "--mode=universal"], ["trace"]])
def test_module_is_the_main_program(run, script, command):
    script("", "package/__init__.py")
    path = script("import sys\nfrom . import other\nprint(__name__, sys.argv)", "package/__main__.py")
    script("", "package/other.py")
    result = run(*command, "-m", "package", "--json", "x")
    assert result.stdout == f"__main__ {[str(path), '--json', 'x']}\n", result.stderr


@pytest.mark.parametrize(
    "statement, code, error",
    [
        ("pass", 0, ""),
        ("raise SystemExit", 0, ""),
        ("raise SystemExit(3)", 3, ""),
        ("raise SystemExit('a reason')", 1, "a reason\n"),
        ("raise KeyboardInterrupt", 130, "KeyboardInterrupt"),
    ],
)
def test_exit_codes(run, script, statement, code, error):
    script(statement)
    for command in [["run", "--mode", "universal"], ["trace"]]:
        result = run(*command, "script.py")
        assert result.returncode == code
        assert error in result.stderr


@pytest.mark.parametrize(
    "arguments, error",
    [
        (["broken.py"], " line 1\n    def f(:\n          ^\nSyntaxError: invalid syntax"),
        (["-m", "missing"], "ImportError: No module named missing"),
        (["-m", "folder.missing"], "ImportError: No module named folder.missing"),
        (["folder"], "ImportError: can't find '__main__' module in 'folder'"),
    ],
    ids=["syntax", "module", "submodule", "folder"],
)
def test_what_can_not_be_run(run, script, arguments, error):
    """As Python says it, without where it was looked for."""
    script("def f(:", "broken.py")
    script("", "folder/other.py")
    result = run("run", "--mode", "universal", *arguments)
    assert result.returncode == 1
    assert error in result.stderr
    assert "hpy" not in result.stderr and "runpy" not in result.stderr


def test_traceback_is_that_of_the_program(run, script):
    script("def f():\n    return 1 / 0\nf()")
    result = run("run", "--mode", "universal", "script.py")
    assert result.returncode == 1
    files = re.findall('File "(.*)", line', result.stderr)
    assert [os.path.basename(name) for name in files] == ["script.py", "script.py"]
    assert result.stderr.rstrip().endswith("ZeroDivisionError: division by zero")


@pytest.mark.parametrize("end, code", [("", 0), ("raise SystemExit(3)", 3)], ids=["end", "exit"])
def test_threads_of_the_program_are_waited_for(run, script, tmp_path, end, code):
    """The report is about them as well, so it comes later; nothing of what is printed does."""
    script(
        f"""
        import threading, time
        def late():
            threading.Thread(target=later).start()
        def later():
            time.sleep(0.3)
            print("late")
        threading.Thread(target=late).start()
        {end}
        """
    )
    result = run("trace", "script.py", stderr=subprocess.STDOUT)
    assert (result.returncode, result.stdout) == (code, f"late\n{table.NOTHING}\n")


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such signal")
def test_interrupted_program(script, tmp_path):
    # A signal that comes just before a sleep does not end that, so it is a short one.
    script("import time\nprint('ready', flush=True)\nwhile True: time.sleep(0.1)")
    command = [sys.executable, "-m", "hpy", "trace", "--json", "out.json", "script.py"]
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Where the tests run in the background of a shell, it is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "KeyboardInterrupt" in error and table.NOTHING in error
    assert json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["rows"] == []


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python has no option -P")
def test_safe_path_stays(run, script, tmp_path):
    script("import sys; print(sys.path)")
    command, environment = ["run", "--mode", "universal"], {"PYTHONSAFEPATH": "1"}
    result = run(*command, "script.py", environment=environment)
    assert result.returncode == 0 and str(tmp_path) not in result.stdout
    result = run(*command, "-m", "script", environment=environment)
    assert "No module named script" in result.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="closes a file descriptor in between")
def test_program_without_standard_error(run, script):
    script("print('ran')")
    result = run("trace", "script.py", preexec_fn=lambda: os.close(2))
    assert (result.returncode, result.stdout) == (0, "ran\n")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
def test_report_that_can_not_be_written(run, script, tmp_path):
    script("pass")
    result = run("trace", "--json", "/dev/full", "--html", "out.html", "script.py")
    assert result.returncode == 1
    assert "could not write /dev/full: No space left on device\nwrote " in result.stderr
    assert (tmp_path / "out.html").exists()


@pytest.mark.parametrize(
    "arguments, message",
    [
        ([], "the following arguments are required: command"),
        (["run", "script.py"], "the following arguments are required: --mode"),
        (
            ["run", "--mode", "fast", "script.py"],
            "invalid mode 'fast': use universal, debug, trace or debug+trace",
        ),
        (["run", "--mode", "debug,trace", "script.py"], "invalid mode 'debug,trace'"),
        (["run", "--mode", "debug+", "script.py"], "invalid mode 'debug+'"),
        (["run", "--mode", "debug+debug", "script.py"], "invalid mode 'debug+debug'"),
        (["run", "--mode", ":debug", "script.py"], "invalid mode ':debug'"),
        (["run", "--mode", "debug"], "nothing to run: name a script"),
        (["trace"], "nothing to run: name a script"),
        (["trace", "-m"], "expected the name of a module"),
        (["trace", "missing.py"], "the file missing.py does not exist"),
        (["trace", "--json", "no/such/file", "script.py"], "does not exist"),
        (["trace", "--html", "no/such/file", "script.py"], "does not exist"),
        (["trace", "--json", ".", "script.py"], "is a folder, not a file"),
    ],
)
def test_mistakes(run, script, arguments, message):
    script("print('ran')")
    result = run(*arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert message in result.stderr
    assert "usage: python -m hpy" in result.stderr


@pytest.mark.parametrize(
    "mode", ["debug", "Trace", "debug+trace", "trace+debug", "a.b:debug,c+d:debug+trace"]
)
def test_mode_is_the_variable(run, script, mode):
    script("import os; print(os.environ['HPY'])")
    assert run("run", "--mode", mode, "script.py").stdout == mode + "\n"


def test_trace_keeps_a_choice_of_modules(run, script):
    script("import os; print(os.environ['HPY'])")
    for value in ["a:trace", "debug+trace", "a:debug,b:Trace+debug,c:debug"]:
        assert run("trace", "script.py", environment={"HPY": value}).stdout == value + "\n"
    for value in ["", "debug", "tracer:debug", "a.trace:debug", "trace:debug+trace+", ":trace"]:
        assert run("trace", "script.py", environment={"HPY": value}).stdout == "trace\n"


def test_version(run):
    import hpy.universal

    assert run("--version").stdout == "HPy {} ({})\n".format(*hpy.universal.get_version())


def test_nothing_to_report_says_why(run, script):
    script("pass")
    result = run("trace", "script.py")
    assert result.stderr == table.NOTHING + "\n"


# With an extension

SOURCE = noargs("none", "return HPy_Dup(ctx, ctx->h_None);") + unary(
    "call",
    """
    HPy none = HPyTuple_FromArray(ctx, NULL, 0);
    HPy result = HPy_CallTupleDict(ctx, arg, none, HPy_NULL);
    HPy_Close(ctx, none);
    return result;""",
)


@pytest.mark.abis("universal", "hybrid")
def test_trace_of_an_extension(run, script, compile_module, tmp_path):
    binary = compile_module(SOURCE)
    script(
        f"""
        import importlib.machinery, os, sys, time
        import hpy.universal
        spec = importlib.machinery.ModuleSpec("mod", None)
        mod = hpy.universal._load_bootstrap("mod", "mod", "", {str(binary)!r}, None, spec, os.environ)
        for _ in range(1000):
            mod.none()
        mod.call(lambda: time.sleep(0.2))
        os.mkdir("elsewhere")
        os.chdir("elsewhere")
        """
    )
    result = run("trace", "--json", "out.json", "--html", "out.html", "script.py")
    assert result.returncode == 0, result.stderr
    assert result.stdout == ""
    report = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    rows = {(row["kind"], row["name"]): row for row in report["rows"]}
    assert list(rows)[0] == ("api", "HPy_CallTupleDict"), "the most self time is first"
    assert rows["api", "HPy_Dup"]["calls"] == rows["function", "none"]["calls"] == 1000
    assert rows["function", "call"]["calls"] == 1
    slept = rows["api", "HPy_CallTupleDict"]
    assert 0.19e9 < slept["self_ns"] <= slept["total_ns"] < report["wall_ns"]
    assert rows["function", "call"]["self_ns"] < 0.1e9
    assert {row["module"] for row in report["rows"]} == {"mod"}
    assert re.search("HPy_CallTupleDict +mod +1 ", result.stderr)
    assert "HPy_<wbr>CallTupleDict" in (tmp_path / "out.html").read_text(encoding="utf-8")


# Numbers


def test_examples_of_numbers():
    result = doctest.testmod(numbers)
    assert result.attempted > 0
    assert result.failed == 0


# The profile, as JSON and as a table


def test_json():
    document = json.loads(make_profile().to_json())
    rows = document.pop("rows")
    assert document == {
        "format": "hpy-trace",
        "version": profile.FORMAT_VERSION,
        "command": ["script.py", "--name", "<b> & co"],
        "started": "2025-03-09T14:05:00+00:00",
        "wall_ns": 3_000_000_000,
        "python": "CPython 3.11.7 on linux",
        "hpy": "0.10.0",
    }
    assert [row["name"] for row in rows] == ["HPy_Call", "work", "Type.<method>", "HPy_Dup", "HPy_Dup"]
    assert rows[0] == {
        "module": "alpha",
        "kind": "api",
        "name": "HPy_Call",
        "calls": 10,
        "total_ns": 2_000_000_000,
        "self_ns": 1_200_000_000,
    }


@pytest.fixture(params=["plain", "rich"])
def table_kind(request, monkeypatch):
    if request.param == "rich":
        pytest.importorskip("rich", reason="rich is not installed")
        monkeypatch.setenv("COLUMNS", "120")
    else:
        monkeypatch.setitem(sys.modules, "rich", None)
    return request.param


def test_table(table_kind):
    stream = io.StringIO()
    table.show(make_profile(), stream)
    text = stream.getvalue()
    assert "1,500,017 API calls and 703 calls of extension functions took 2.10 s of 3.00 s" in text
    lines = [line.split() for line in text.splitlines()]
    first = next(line for line in lines if line[:1] == ["HPy_Call"])
    cells = [cell for cell in first if not set(cell) <= set("█▏▎▍▌▋▊▉")]
    assert " ".join(cells) == "HPy_Call alpha 10 1.20 s 57.2 % 2.00 s 120 ms"
    names = [line[0] for line in lines if line and line[0] in ("HPy_Call", "work", "HPy_Dup")]
    assert names == ["HPy_Call", "work", "HPy_Dup", "HPy_Dup"]


EVIL = "a\x1b[31m\n\u202e\x9b\ud800b"
SHOWN = r"a\x1b[31m\n\u202e\x9b\ud800b"


def test_control_characters_are_escaped_in_tables(table_kind):
    rows = [Row(EVIL, "function", EVIL, 1, 10, 10), Row("m", "api", "HPy_Dup", 1, 10, 10)]
    stream = io.StringIO()
    table.show(make_profile(rows), stream)
    text = stream.getvalue()
    assert text.count(SHOWN) == 2
    assert [char for char in text if not char.isprintable() and char != "\n"] == []


def test_control_characters_are_escaped_in_the_progress_line():
    text = progress.line(make_profile([Row(EVIL, "function", EVIL, 1, 10, 10)]), 200)
    assert f"{SHOWN} {SHOWN} 100 %" in text and text.isprintable()


def test_what_is_printable_stays():
    assert doctest.testmod(_printable).failed == 0
    assert printable("café → 日本 \\n 'x'") == "café → 日本 \\n 'x'"
    assert printable(printable(EVIL)) == printable(EVIL) == SHOWN
    assert printable("a\nb\tc", keep="\n") == "a\nb\\tc"


def test_arguments_that_have_no_utf_8_are_in_the_reports(run, script, tmp_path):
    argument = os.fsdecode(b"caf\xe9")
    files = ["--json=out.json", "--html=out.html"]
    run("trace", *files, script("import sys; print(ascii(sys.argv[1]))"), argument)
    assert json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["command"][1] == argument
    assert r"caf\udce9" in (tmp_path / "out.html").read_text(encoding="utf-8")


def test_names_of_functions_are_in_narrow_tables(monkeypatch):
    pytest.importorskip("rich", reason="rich is not installed")
    whole = make_profile()
    row = Row("csvscan", "api", "HPyUnicode_DecodeASCII", 127_015, 10**10, 10**10)
    for columns in (40, 80):
        monkeypatch.setenv("COLUMNS", str(columns))
        stream = io.StringIO()
        table.show(dataclasses.replace(whole, rows=[row]), stream)
        assert "HPyUnicode_DecodeASC" in stream.getvalue()
        assert "self/call" in stream.getvalue() and "78.7 µs" in stream.getvalue()
        assert max(map(len, stream.getvalue().splitlines())) <= 80


def test_a_single_call_in_the_summary():
    rows = [Row("m", "api", "HPy_Dup", 1, 10, 10), Row("m", "function", "f", 1, 30, 20)]
    text = table.summary(make_profile(rows))
    assert text == "1 API call and 1 call of extension functions took 30 ns of 3.00 s"


def test_top_of_the_table(table_kind):
    for top, shown in [(2, 2), (0, 5), (5, 5)]:
        stream = io.StringIO()
        table.show(make_profile(), stream, top)
        names = re.findall("^ *(HPy_Call|work|Type|HPy_Dup)", stream.getvalue(), re.MULTILINE)
        assert len(names) == shown
        assert ("3 more with 100 ms of self time" in stream.getvalue()) == (shown == 2)


# The progress line


class Terminal(io.StringIO):
    def isatty(self):
        return True


class StubRecorder:
    def profile(self):
        return make_profile()


def test_text_of_the_progress_line():
    text = progress.line(make_profile(), 200)
    assert text == "hpy trace  3.00 s · 1.50M API calls (500k/s) · alpha HPy_Call 57.2 %"
    assert progress.line(make_profile(), 20) == text[:19]
    assert "0 API calls" in progress.line(make_profile([], wall=0), 200)


def test_progress_line_is_erased_before_others_write(monkeypatch):
    monkeypatch.setattr(progress, "FIRST_AFTER", 0.01)
    monkeypatch.setattr(progress, "INTERVAL", 60)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    with progress.ProgressLine(StubRecorder(), terminal):
        deadline = time.monotonic() + 10
        while "API calls" not in terminal.getvalue() and time.monotonic() < deadline:
            time.sleep(0.01)
        print("the program")
        print("again")
    assert sys.stdout is terminal
    drawn, _, rest = terminal.getvalue().rpartition(progress.ERASE)
    assert drawn.count("API calls") == 1
    assert rest == "the program\nagain\n"


def busy_terminal(monkeypatch):
    """One on which the line is drawn every few milliseconds."""
    monkeypatch.setattr(progress, "FIRST_AFTER", 0.01)
    monkeypatch.setattr(progress, "INTERVAL", 0.01)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    return terminal


def test_unfinished_lines_of_the_program_are_left_alone(monkeypatch):
    terminal = busy_terminal(monkeypatch)
    with progress.ProgressLine(StubRecorder(), terminal):
        print("half a", end="")
        time.sleep(0.1)
        print(" line")
        deadline = time.monotonic() + 10
        while not terminal.getvalue().endswith("\x1b[0m") and time.monotonic() < deadline:
            time.sleep(0.01)
    _, whole, after = terminal.getvalue().partition("half a line\n")
    assert whole and "API calls" in after


def test_no_progress_line_while_the_program_asks(monkeypatch):
    terminal = busy_terminal(monkeypatch)

    def ask(prompt):
        terminal.write(prompt)  # not through sys.stdout
        time.sleep(0.1)
        assert terminal.getvalue().endswith(prompt)
        return "an answer"

    monkeypatch.setattr("builtins.input", ask)
    with progress.ProgressLine(StubRecorder(), terminal):
        assert input("a question? ") == "an answer"
    assert input is ask


def test_terminal_that_does_not_tell_its_width(monkeypatch):
    class Stream(Terminal):
        def fileno(self):
            return 1

    monkeypatch.setattr(os, "get_terminal_size", lambda fd: os.terminal_size((0, 0)))
    assert progress._columns(Stream()) == progress.DEFAULT_COLUMNS


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_processes_that_are_forked_while_the_progress_line_is_drawn(monkeypatch):
    """A lock that is held at that moment stays so in the child."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    with progress.ProgressLine(StubRecorder(), terminal) as line:
        held = threading.Event()

        def draw():
            with line._lock:
                held.set()
                time.sleep(0.3)

        thread = threading.Thread(target=draw)
        thread.start()
        held.wait()
        child = os.fork()
        if child == 0:
            signal.alarm(10)
            print("the child")
            os._exit(terminal.getvalue().count("the child"))
        thread.join()
        _, status = os.waitpid(child, 0)
    assert os.WIFEXITED(status) and os.WEXITSTATUS(status) == 1


def test_no_progress_line_without_a_terminal(monkeypatch):
    monkeypatch.setattr(progress, "FIRST_AFTER", 0)
    for stream, enabled in [(io.StringIO(), True), (Terminal(), False)]:
        with progress.ProgressLine(StubRecorder(), stream, enabled):
            time.sleep(0.05)
        assert stream.getvalue() == ""
