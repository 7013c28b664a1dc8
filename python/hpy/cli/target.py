"""Running a script or module in this process as if it were the main program.

Afterwards this process continues, unless the program ends it: exceptions and `sys.exit` become an exit code.
"""

import importlib.machinery
import io
import os
import pkgutil
import runpy
import sys
import threading
import types
from dataclasses import dataclass, field

# The exit code that shells use for a program that Ctrl-C ended.
INTERRUPTED = 130


@dataclass
class Script:
    """A file, or a folder or archive with a `__main__.py`."""

    name: str
    arguments: list = field(default_factory=list)

    def run(self):
        """Run it. Returns its exit code."""
        path = os.path.abspath(self.name)
        sys.argv[:] = [self.name, *self.arguments]
        if pkgutil.get_importer(path):
            _replace_current_folder()  # runpy puts the folder or archive itself there
            return _exit_code(lambda: runpy.run_path(self.name, run_name="__main__"))
        _replace_current_folder(os.path.dirname(path))
        return _exit_code(lambda: _execute(path))


@dataclass
class Module:
    """A module, found as `python -m` does."""

    name: str
    arguments: list = field(default_factory=list)

    def run(self):
        """Run it. Returns its exit code."""
        _replace_current_folder(os.getcwd())
        sys.argv[:] = [self.name, *self.arguments]
        return _exit_code(lambda: runpy.run_module(self.name, run_name="__main__", alter_sys=True))


def _replace_current_folder(*folders):
    """Replace the current folder, which `python -m hpy` has put first into the path, by these."""
    if not (sys.flags.isolated or getattr(sys.flags, "safe_path", False)):
        sys.path[:1] = folders


def _execute(path):
    """Run a file as Python does: with its full path, and as `__main__` until the process ends."""
    main = types.ModuleType("__main__")
    main.__file__ = path
    main.__loader__ = importlib.machinery.SourceFileLoader("__main__", path)
    sys.modules["__main__"] = main
    with io.open_code(path) as file:
        code = compile(file.read(), path, "exec", dont_inherit=True)
    exec(code, vars(main))


def _exit_code(program):
    code = _run(program)
    try:
        _join_threads()
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


def _run(program):
    try:
        program()
        return 0
    except SystemExit as exit:
        if exit.code is None or isinstance(exit.code, int):
            return exit.code or 0
        print(exit.code, file=sys.stderr)
        return 1
    except BaseException as error:
        _without_runner(error)
        sys.excepthook(type(error), error, error.__traceback__)
        return INTERRUPTED if isinstance(error, KeyboardInterrupt) else 1


def _join_threads():
    """Wait for the threads that Python would wait for."""
    this = threading.current_thread()
    while threads := [thread for thread in threading.enumerate() if thread is not this and not thread.daemon]:
        for thread in threads:
            thread.join()


def _without_runner(error):
    """Remove our own frames from the traceback, which leaves none if the program could not be started."""
    inner = error.__traceback__
    while inner and inner.tb_frame.f_globals.get("__name__") in (__name__, "runpy"):
        inner = inner.tb_next
    error.__traceback__ = inner
    if inner is None:
        # These are about how it was searched for.
        error.__cause__ = error.__context__ = None
