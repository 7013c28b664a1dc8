"""The ABI to build for, its version, how to build, and how extensions are found: from the environment,
pyproject.toml or defaults.

Global options of the distribution override what is chosen here; see `hpy.devel`.
"""

import os
import sys
from pathlib import Path

from .abi_versions import VERSIONS

HPY_ABIS = ("cpython", "hybrid", "universal")

# Extensions of the cpython ABI read the objects of CPython.
DEFAULT_HPY_ABI = "cpython" if sys.implementation.name == "cpython" else "universal"

# How Python finds an extension that needs the runtime.
ENTRY_POINTS = ("stub", "embedded", "both")

_KINDS = {"abi": str, "abi-version": str, "entry-point": str, "use-static-libs": bool}


def default_abi(project_dir=None):
    """The ABI to build for unless `--hpy-abi` is given."""
    return os.environ.get("HPY_ABI") or _setting(project_dir, "abi") or DEFAULT_HPY_ABI


def default_abi_version(project_dir=None):
    """The version of the ABI to ask for without `--hpy-abi-version`; None leaves it to the sources."""
    return os.environ.get("HPY_ABI_VERSION") or _setting(project_dir, "abi-version")


def default_entry_point(project_dir=None):
    """How extensions are found without `--hpy-entry-point`."""
    return os.environ.get("HPY_ENTRY_POINT") or _setting(project_dir, "entry-point") or "stub"


def default_use_static_libs(project_dir=None):
    """Whether to link the prebuilt helper library unless `--hpy-use-static-libs` is given."""
    return _setting(project_dir, "use-static-libs") or False


def check_abi(hpy_abi):
    """Raise DistutilsError unless extensions can be built for `hpy_abi`."""
    from setuptools.errors import BaseError

    if hpy_abi not in HPY_ABIS:
        raise BaseError(f"Unknown HPy ABI: {hpy_abi}. Valid values are: {', '.join(HPY_ABIS)}")
    engine = sys.implementation.name
    if hpy_abi == "cpython" and engine != "cpython":
        raise BaseError(
            f"Extensions of the cpython ABI can't be built for {engine}, as they read the objects of "
            "CPython. Build for the universal ABI, which is what --hpy-abi is here by default"
        )


def check_entry_point(entry_point):
    """Raise DistutilsError unless extensions can be found in this way."""
    from setuptools.errors import BaseError

    if entry_point not in ENTRY_POINTS:
        valid = ", ".join(ENTRY_POINTS)
        raise BaseError(f"Unknown HPy entry point: {entry_point}. Valid values are: {valid}")


def abi_version_macros(version):
    """The macros that ask for `version`, such as "0.1"; none for None. Raise DistutilsError if unknown."""
    from setuptools.errors import BaseError

    if version is None:
        return []
    if version not in VERSIONS:
        raise BaseError(
            f"Unknown version of the HPy ABI: {version}. Valid values are: {', '.join(VERSIONS)}; "
            "newer versions need a newer HPy"
        )
    return [("HPY_TARGET_ABI_VERSION", VERSIONS[version])]


def _setting(project_dir, key):
    """The value of `key` in the table [tool.hpy] of the project's pyproject.toml, or None."""
    from setuptools.errors import SetupError

    path = Path(project_dir or os.curdir, "pyproject.toml")
    if not path.is_file():
        return None
    table = _load_toml(path).get("tool", {}).get("hpy", {})
    if not isinstance(table, dict):
        raise SetupError(f"{path}: tool.hpy must be a table, not {table!r}")
    for name, value in table.items():
        if name not in _KINDS:
            raise SetupError(f"{path}: unknown key tool.hpy.{name}. Valid keys are: {', '.join(_KINDS)}")
        if not isinstance(value, _KINDS[name]):
            raise SetupError(
                f"{path}: tool.hpy.{name} must be of type {_KINDS[name].__name__}, not {value!r}"
            )
    return table.get(key)


def _load_toml(path):
    try:
        import tomllib
    except ImportError:
        # Python 3.9 and 3.10. All versions of setuptools from 64 on have a reader there.
        from setuptools.config.pyprojecttoml import load_file

        return load_file(path)
    with open(path, "rb") as file:
        return tomllib.load(file)
