"""The command line: `python -m hpy trace script.py` and `python -m hpy run --mode debug script.py`.

Here are the commands and their options. How a script is run is in `hpy.cli.target`, what is reported of it in
`hpy.cli.profile`, and how that looks in `hpy.cli.table`, `hpy.cli.page` (HTML) and `hpy.cli.progress`.
"""

import argparse
import contextlib
import io
import os
import re
import sys
from pathlib import Path

from hpy._printable import printable
from hpy.universal import get_version

from . import target


def main(arguments=None):
    """Run a command. Returns the exit code of the process, which is that of the script."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.module is None and not options.script:
        options.parser.error("what to run is missing: a script, or -m and a module")
    return options.command(options)


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m hpy", description="Run Python programs with HPy extensions in another mode."
    )
    parser.add_argument("--version", action="version", version="HPy {} ({})".format(*get_version()))
    commands = parser.add_subparsers(metavar="command", required=True)

    run = _add_command(commands, "run", _run, "run a program with its HPy extensions in a mode")
    run.add_argument(
        "--mode",
        type=_mode,
        required=True,
        help="universal, debug, trace or debug+trace, the first of which is next to the extension; for some "
        "modules only, as in the variable HPY: NAME:MODE,NAME:MODE",
    )
    _add_target(run)

    trace = _add_command(commands, "trace", _trace, "show what a program's HPy extensions call, and its cost")
    trace.add_argument("--json", type=_output, metavar="FILE", help="write the numbers to FILE")
    trace.add_argument("--html", type=_output, metavar="FILE", help="write a page that shows them to FILE")
    trace.add_argument(
        "--top", type=int, default=20, metavar="N", help="rows of the table, 0 for all (default: %(default)s)"
    )
    trace.add_argument("--no-progress", action="store_true", help="no progress line while the program runs")
    _add_target(trace)
    return parser


def _add_command(commands, name, command, description):
    parser = commands.add_parser(name, help=description, description=description[0].upper() + description[1:])
    parser.set_defaults(command=command, parser=parser)
    return parser


def _add_target(parser):
    """The end of the command line; what follows the name of a script or module is for that."""
    parser.usage = f"{parser.prog} [options] (script.py | -m module) [arguments ...]"
    parser.add_argument(
        "-m", dest="module", nargs=argparse.REMAINDER, metavar="module", help="run a module, as python -m"
    )
    parser.add_argument("script", nargs=argparse.REMAINDER, help="the script to run, with its arguments")


def _mode(value):
    """The value of the variable HPY for --mode."""
    modes = r"(?:universal|debug(?:\+trace)?|trace(?:\+debug)?)"
    entry = rf"[\w.-]+:{modes}"
    if not re.fullmatch(rf"{modes}|{entry}(?:,{entry})*", value, re.IGNORECASE):
        raise argparse.ArgumentTypeError(
            f"no mode: {value!r}; modes are universal, debug, trace and debug+trace"
        )
    return value


def _output(value):
    """A path that does not depend on the current folder, which the program may change."""
    path = Path(value).absolute()
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {printable(str(path.parent))}")
    if path.is_dir():
        raise argparse.ArgumentTypeError(f"{printable(str(path))} is a folder")
    return path


def _target(options):
    if options.module is not None:
        if not options.module:
            options.parser.error("argument -m: expected the name of a module")
        return target.Module(options.module[0], options.module[1:])
    name, *arguments = options.script
    if not os.path.exists(name):
        options.parser.error(f"there is no file {printable(name)}")
    return target.Script(name, arguments)


def _run(options):
    program = _target(options)
    os.environ["HPY"] = options.mode
    return program.run()


def _trace(options):
    program = _target(options)
    # Whoever has chosen the modules to trace with HPY keeps that choice.
    if not re.search(r"(^|[:+])trace([+,]|$)", os.environ.get("HPY", ""), re.IGNORECASE):
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
    """Returns whether that was possible."""
    try:
        # Arguments of the program may hold what has no UTF-8; JSON takes the escapes for it.
        path.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        print(f"could not write {printable(str(path))}: {error.strerror}", file=stream)
        return False
    print(f"wrote {printable(str(path))}", file=stream)
    return True
