"""Building HPy extensions with setuptools.

    setup(..., hpy_ext_modules=[Extension("foo", sources=["foo.c"])])

This module connects a distribution to HPy: it knows where headers and helper sources are (`HPyDevel`), and
implements the setup keyword (`handle_hpy_ext_modules`). The commands that do the work are in
`hpy.devel.commands`, the choice of the ABI in `hpy.devel.settings`, file name suffixes in `hpy.devel.abitag`.
setuptools is imported only when a distribution is handled, so paths and suffixes are available without it.
"""

from pathlib import Path

from .abitag import get_hpy_ext_suffix
from .commands import (
    HPyExtensionName,
    bdist_egg_hpy_mixin,
    bdist_wheel_hpy_mixin,
    build_ext_hpy_mixin,
    build_hpy_mixin,
    editable_wheel_hpy_mixin,
    is_hpy_extension,
    make_mixin,
    monkeypatch,
    remember_hpy_extension,
)
from .settings import (
    DEFAULT_HPY_ABI,
    default_abi,
    default_abi_version,
    default_entry_point,
    default_use_static_libs,
)

__all__ = [
    "DEFAULT_HPY_ABI",
    "HPyDevel",
    "HPyExtensionName",
    "bdist_egg_hpy_mixin",
    "bdist_wheel_hpy_mixin",
    "build_ext_hpy_mixin",
    "build_hpy_mixin",
    "editable_wheel_hpy_mixin",
    "get_hpy_ext_suffix",
    "handle_hpy_ext_modules",
    "is_hpy_extension",
    "make_mixin",
    "monkeypatch",
    "remember_hpy_extension",
]


class HPyDevel:
    """The files that extensions are compiled with, and what a distribution needs to build extensions."""

    _HELPERS = ("argparse.c", "buildvalue.c", "err.c", "format.c", "helpers.c", "structseq.c")

    def __init__(self, base_dir=Path(__file__).parent):
        self.base_dir = Path(base_dir)
        self.include_dir = self.base_dir / "include"
        self.src_dir = self.base_dir / "src" / "runtime"
        self._static_libs = None

    def get_extra_include_dirs(self):
        """Include directories of every HPy extension."""
        return [str(self.include_dir)]

    def get_include_dir_forbid_python_h(self):
        """Directory whose `Python.h` is an error: first on the include path of universal extensions."""
        return self.include_dir / "hpy" / "forbid_python_h"

    def get_extra_sources(self):
        """C sources that are compiled into every HPy extension."""
        return [str(self.src_dir / name) for name in self._HELPERS]

    def get_entry_sources(self):
        """C sources of extensions that CPython itself imports, in addition."""
        return [str(self.src_dir / "entry.c")]

    def get_ctx_sources(self):
        """C sources that extensions of the cpython ABI are compiled with in addition.

        The list is empty, as they are linked with a library instead; see `get_static_libs`.
        """
        return [str(path) for path in sorted(self.src_dir.glob("ctx_*.c"))]

    def get_static_libs(self, hpy_abi):
        """Prebuilt libraries that replace the C sources for `hpy_abi`; None if there are none.

        The library for the cpython ABI contains more than the sources: extensions are always linked with it.
        """
        if hpy_abi == "hybrid":
            # The helpers call only the context, so their code is the same.
            hpy_abi = "universal"
        if self._static_libs is None:
            self._static_libs = {}
            for path in sorted(self.base_dir.glob("lib/*/*")):
                if path.is_file():
                    self._static_libs.setdefault(path.parent.name, []).append(str(path))
        return self._static_libs.get(hpy_abi)

    def fix_distribution(self, dist):
        """Make `dist`, and no other distribution, build its `hpy_ext_modules`."""
        from setuptools.errors import ModuleError

        dist.hpydevel = self
        if not hasattr(dist, "hpy_abi"):
            dist.hpy_abi = default_abi(dist.src_root)
        if not hasattr(dist, "hpy_abi_version"):
            dist.hpy_abi_version = default_abi_version(dist.src_root)
        if not hasattr(dist, "hpy_entry_point"):
            dist.hpy_entry_point = default_entry_point(dist.src_root)
        if not hasattr(dist, "hpy_use_static_libs"):
            dist.hpy_use_static_libs = default_use_static_libs(dist.src_root)

        # bdist_wheel uses it to find out whether there is native code that is not HPy's.
        dist.has_ext_modules_beside_hpy = dist.has_ext_modules

        @monkeypatch(dist)
        def has_ext_modules():
            return bool(dist.hpy_ext_modules) or has_ext_modules.super()

        mixins = {
            "build": build_hpy_mixin,
            "build_ext": build_ext_hpy_mixin,
            "bdist_wheel": bdist_wheel_hpy_mixin,
            "bdist_egg": bdist_egg_hpy_mixin,
            "editable_wheel": editable_wheel_hpy_mixin,
        }
        for command, mixin in mixins.items():
            try:
                base = dist.get_command_class(command)
            except ModuleError:
                # Before setuptools 70, bdist_wheel was in another distribution, which may not be installed.
                continue
            if command == "build_ext":
                self.build_ext_sanity_check(base)
            dist.cmdclass[command] = cls = make_mixin(base, mixin)
            # distutils looks for the command's options under this name, not under that of the class.
            cls.command_name = command

    def build_ext_sanity_check(self, build_ext):
        """Raise AssertionError unless `build_ext` is derived from the command of setuptools."""
        from setuptools.command.build_ext import build_ext as setuptools_build_ext

        assert issubclass(build_ext, setuptools_build_ext), (
            "dist.cmdclass['build_ext'] does not inherit from setuptools.command.build_ext.build_ext. "
            "The HPy build system does not currently support any other build_ext classes. "
            "If you are using distutils.commands.build_ext, please use setuptools.commands.build_ext instead."
        )


def handle_hpy_ext_modules(dist, attr, hpy_ext_modules):
    """The setup keyword `hpy_ext_modules`. setuptools calls this, through an entry point."""
    assert attr == "hpy_ext_modules"
    if getattr(dist, "hpydevel", None) is not None:
        return
    dist.global_options = [
        *dist.global_options,
        ("hpy-abi=", None, f"the ABI that HPy extensions are built for (default: {DEFAULT_HPY_ABI})"),
        ("hpy-abi-version=", None, "the version of the ABI that HPy extensions ask for (default: 0.0)"),
        (
            "hpy-entry-point=",
            None,
            "how Python finds HPy extensions: by a 'stub', by an entry point 'embedded' in the binary, or "
            "'both' (default: stub)",
        ),
        ("hpy-use-static-libs", None, "link HPy's prebuilt helper library instead of compiling its sources"),
    ]
    HPyDevel().fix_distribution(dist)
