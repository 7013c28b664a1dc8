"""The import hook at the start of Python: `python -m hpy enable`, `disable` and `status`.

What is written is one line, in a file that `site` reads. That is `hpy.pth`; Python 3.18 will not run
code from there, but from `hpy.start` (PEP 829). Python 3.15 reads both, but takes twenty times longer for the
latter.
"""

import site
import sys
import sysconfig
from pathlib import Path

from hpy import _import_hook

if sys.version_info >= (3, 18):
    FILE_NAME, TEXT = "hpy.start", "hpy._import_hook:install\n"
else:
    # Lines that begin with "import" are run. Where hpy was uninstalled, nothing happens.
    FILE_NAME = "hpy.pth"
    TEXT = 'import sys; exec("try: import hpy._import_hook\\nexcept ImportError: pass")\n'


def folder(for_user):
    """Where Python looks for such files: beside the packages of this environment, or of this user."""
    return Path(site.getusersitepackages() if for_user else sysconfig.get_path("purelib"))


def enable(for_user):
    """Install the hook at each start of Python. Returns the exit code of the process."""
    if for_user and not site.ENABLE_USER_SITE:
        print("this Python does not look for packages of the user: leave out --user", file=sys.stderr)
        return 1
    path = folder(for_user) / FILE_NAME
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(TEXT, encoding="utf-8")
    except OSError as error:
        print(f"could not write {path}: {error.strerror}. {_what_else(for_user)}", file=sys.stderr)
        return 1
    print(f"enabled by {path}: Python finds HPy extensions without stubs. To undo: python -m hpy disable")
    return 0


def _what_else(for_user):
    return "Use a virtual environment" if for_user else "Use a virtual environment, or --user"


def disable():
    """Undo `enable`. Returns the exit code of the process."""
    code = 0
    found = _files()
    for path in found:
        try:
            path.unlink()
            print(f"removed {path}")
        except OSError as error:
            print(f"could not remove {path}: {error.strerror}", file=sys.stderr)
            code = 1
    if not found:
        print("the import hook is not enabled: there is nothing to undo")
    return code


def status():
    """Tell whether the hook is there from the start, and what it finds. Returns the exit code."""
    for path in _files():
        print(f"enabled by {path}")
    if not _files():
        print("not enabled: Python finds no HPy extension without a stub before hpy is imported")
        print("to enable: python -m hpy enable")
    print("suffixes: " + ", ".join(_import_hook.SUFFIXES))
    return 0


def _files():
    folders = dict.fromkeys([folder(False), folder(True)])
    return [path / FILE_NAME for path in folders if (path / FILE_NAME).is_file()]
