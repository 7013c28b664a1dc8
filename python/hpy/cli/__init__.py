"""The command line: `python -m hpy trace script.py`, `python -m hpy run --mode debug script.py` and
`python -m hpy enable`, `python -m hpy clinic source.c`.

This module has the commands and their options. `hpy.cli.target` runs a program, `hpy.cli.profile` has the
results, and `hpy.cli.table`, `hpy.cli.page` (HTML) and `hpy.cli.progress` show them. `hpy.cli.startup` is
about the import hook.
"""

import argparse
import contextlib
import io
import os
import sys
from pathlib import Path

from hpy._modes import modes_of
from hpy._printable import printable
from hpy.universal import get_version

from . import startup, target


def main(arguments=None):
    """Run a command. Returns the exit code of the process, which is that of the script."""
    parser = _parser()
    options = parser.parse_args(arguments)
    runs_program = hasattr(options, "script")
    if runs_program and options.module is None and not options.script:
        options.parser.error("nothing to run: name a script, or use -m and name a module")
    return options.command(options)


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m hpy", description="Tools for HPy extensions and for programs that use them."
    )
    parser.add_argument("--version", action="version", version="HPy {} ({})".format(*get_version()))
    commands = parser.add_subparsers(metavar="command", required=True)

    run = _add_command(commands, "run", _run, "run a program with its HPy extensions in a mode")
    run.add_argument(
        "--mode",
        type=_mode,
        required=True,
        help="universal, debug, trace or debug+trace (the first is nearest to the extension); or, as in "
        "the environment variable HPY, NAME:MODE,NAME:MODE for some modules only",
    )
    _add_target(run)

    trace = _add_command(commands, "trace", _trace, "show what HPy extensions call, and how long it takes")
    trace.add_argument("--json", type=_output, metavar="FILE", help="write the numbers to FILE")
    trace.add_argument("--html", type=_output, metavar="FILE", help="write a page with the numbers to FILE")
    trace.add_argument(
        "--top", type=int, default=20, metavar="N", help="rows of the table, 0 for all (default: %(default)s)"
    )
    trace.add_argument("--no-progress", action="store_true", help="show no progress line during the run")
    _add_target(trace)

    enable = _add_command(
        commands, "enable", _enable, "let every start of Python find HPy extensions without stubs"
    )
    enable.add_argument("--user", action="store_true", help="for this user, not for this environment")
    _add_command(commands, "disable", _disable, "undo what enable did")
    _add_command(commands, "status", _status, "show whether Python finds HPy extensions without stubs")

    clinic = _add_command(commands, "clinic", _clinic, "generate headers from the declarations in C sources")
    clinic.add_argument("sources", nargs="+", metavar="source.c", help="a source in C or C++")
    clinic.add_argument(
        "--check", action="store_true", help="write nothing, and fail if a file is out of date"
    )
    clinic.add_argument(
        "--stubs", action="store_true", help="also write a stub file (.pyi) with the types, for type checkers"
    )
    return parser


def _add_command(commands, name, command, description):
    parser = commands.add_parser(name, help=description, description=description[0].upper() + description[1:])
    parser.set_defaults(command=command, parser=parser)
    return parser


def _add_target(parser):
    """Add the end of the command line: a script or module, and its arguments."""
    parser.usage = f"{parser.prog} [options] (script.py | -m module) [arguments ...]"
    parser.add_argument(
        "-m", dest="module", nargs=argparse.REMAINDER, metavar="module", help="run a module, as python -m"
    )
    parser.add_argument("script", nargs=argparse.REMAINDER, help="the script to run, with its arguments")


def _mode(value):
    """The value of the variable HPY for --mode."""
    if not modes_of(value):
        raise argparse.ArgumentTypeError(
            f"invalid mode {value!r}: use universal, debug, trace or debug+trace"
        )
    return value


def _output(value):
    """A path that does not depend on the current folder, which the program may change."""
    path = Path(value).absolute()
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"the folder {printable(str(path.parent))} does not exist")
    if path.is_dir():
        raise argparse.ArgumentTypeError(f"{printable(str(path))} is a folder, not a file")
    return path


def _target(options):
    if options.module is not None:
        if not options.module:
            options.parser.error("argument -m: expected the name of a module")
        return target.Module(options.module[0], options.module[1:])
    name, *arguments = options.script
    if not os.path.exists(name):
        options.parser.error(f"the file {printable(name)} does not exist")
    return target.Script(name, arguments)


def _enable(options):
    return startup.enable(options.user)


def _disable(options):
    return startup.disable()


def _status(options):
    return startup.status()


def _run(options):
    program = _target(options)
    os.environ["HPY"] = options.mode
    return program.run()


def _clinic(options):
    from hpy.devel import clinic

    try:
        changed = clinic.update(options.sources, check=options.check, stubs=options.stubs)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    for path in changed:
        print(f"{'out of date:' if options.check else 'wrote'} {printable(str(path))}")
    return int(options.check and bool(changed))


def _trace(options):
    program = _target(options)
    # If HPY already says which modules to trace, it is not changed.
    if not any("trace" in modes for modes in modes_of(os.environ.get("HPY", ""))):
        os.environ["HPY"] = "trace"

    from .profile import Recorder
    from .progress import ProgressLine
    from .table import show

    # The program may replace it, and there may be none.
    stream = sys.stderr or io.StringIO()
    recorder = Recorder([program.name, *program.arguments])
    with ProgressLine(recorder, stream, enabled=not options.no_progress):
        code = program.run()
    profile = recorder.profile()
    with contextlib.suppress(AttributeError, OSError, ValueError):
        sys.stdout.flush()  # so that what the program has written is above the table
    show(profile, stream, options.top)
    reports = {}
    if options.json:
        reports[options.json] = profile.to_json()
    if options.html:
        from .page import render

        reports[options.html] = render(profile)
    written = [_write(path, text, stream) for path, text in reports.items()]
    return code if all(written) else code or 1


def _write(path, text, stream):
    """Write a report. Returns whether that was possible."""
    try:
        # Arguments of the program may contain text that has no UTF-8 form; JSON accepts the escapes.
        path.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        print(f"could not write {printable(str(path))}: {error.strerror}", file=stream)
        return False
    print(f"wrote {printable(str(path))}", file=stream)
    return True
