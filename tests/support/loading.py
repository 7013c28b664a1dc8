"""Loading a compiled extension into this process, or into one of its own.

The runtime is whatever `hpy.universal` is importable; extensions of the cpython ABI have none. Also run as a
program by `run_in_subprocess`.
"""

import importlib.machinery
import os
import subprocess
import sys
from pathlib import Path

PEER_VERSION = "0.9."

#: The modes that `hpy.universal.load` knows by number.
MODES = {"universal": 0, "debug": 1, "trace": 2, "debug+trace": 3}

#: The mode that extensions are loaded in; conftest.py sets it.
mode = "universal"


def runtime_is_peer():
    """True when the installed runtime is the released HPy 0.9, false for the one of this tree."""
    import hpy.universal

    return hpy.universal.get_version()[0].startswith(PEER_VERSION)


def load_extension(name, path, **attributes):
    """A new module object; it is not entered in `sys.modules`. `attributes` are added to its spec."""
    spec = importlib.machinery.ModuleSpec(name, None, origin=str(path))
    vars(spec).update(attributes)
    if ".hpy" in Path(path).name:
        return load(name, str(path), spec)
    loader = importlib.machinery.ExtensionFileLoader(name, str(path))
    module = loader.create_module(spec)
    loader.exec_module(module)
    return module


def load(name, path, spec, **options):
    """`hpy.universal.load` in the mode of this run, unless there are other options."""
    import hpy.universal

    if mode != "universal":
        options = options or {"mode": MODES[mode]}
    return hpy.universal.load(name, path, spec, **options)


def name_of_context(mode=None):
    """What the context says that extensions get in a mode, by default that of this run.

    In the ABIs that have modes.
    """
    names = {"universal": "HPy Universal ABI (CPython backend)", "trace": "HPy Trace Mode ABI"}
    return names.get(mode or globals()["mode"], "HPy Debug Mode ABI")


def run_in_subprocess(code, *, name="mod", path=None, arguments=(), environment=None, timeout=300, cwd=None):
    """Run Python `code` in a process of its own; with `path`, the extension there is its variable `mod`.

    Returns the CompletedProcess, with text in `stdout` and `stderr`. A crash is a negative return code.
    """
    command = [
        sys.executable,
        "-X",
        "faulthandler",
        "-c",
        _BOOTSTRAP,
        mode,
        code,
        name,
        str(path or ""),
        *arguments,
    ]
    variables = dict(os.environ, **(environment or {}))
    variables["PYTHONPATH"] = os.pathsep.join(
        part for part in [str(Path(__file__).parents[1]), variables.get("PYTHONPATH")] if part
    )
    return subprocess.run(
        command, env=variables, cwd=cwd, timeout=timeout, capture_output=True, text=True, errors="replace"
    )


_BOOTSTRAP = """
import sys
mode, code, name, path = sys.argv[1:5]
del sys.argv[1:5]
if mode != "universal":
    from support import loading
    loading.mode = mode
variables = {"__name__": "__main__"}
if path:
    from support.loading import load_extension
    variables["mod"] = load_extension(name, path)
try:
    exec(compile(code, "<test>", "exec"), variables)
finally:
    if "debug" in mode:
        from support.modes import tell_leaks_of_process
        tell_leaks_of_process(sys.stderr.write)
"""
