"""HPy's helper sources, compiled once for all extensions of a build.

They are not added to the sources of each extension: parallel builds would write the same object files, and
options that authors choose for their own sources, such as a version of C++ or warnings as errors, are not
meant for them.
"""

import os
import sys
import threading
import zlib
from pathlib import Path


class Helpers:
    """The object files for one run of `build_ext`, compiled when the first extension needs them."""

    def __init__(self, command):
        self._command = command
        self._lock = threading.Lock()
        self._objects = None

    def objects(self):
        """Paths of the object files. Raises the errors of the compiler, at every call."""
        with self._lock:
            if self._objects is None:
                self._objects = self._compile()
            return self._objects

    def _compile(self):
        command, compiler = self._command, self._command.compiler
        devel, hpy_abi = command.distribution.hpydevel, command.distribution.hpy_abi
        include_dirs = devel.get_extra_include_dirs()
        if hpy_abi == "universal":
            include_dirs.insert(0, str(devel.get_include_dir_forbid_python_h()))
        macros = [("HPY", None), (f"HPY_ABI_{hpy_abi.upper()}", None)]
        sources = devel.get_extra_sources()
        if command.embeds_entry_point():
            sources += devel.get_entry_sources()

        # Each compiler, and each set of flags from the environment, has its own files.
        settings = [getattr(compiler, name, None) for name in ("compiler_so", "macros", "include_dirs")]
        key = zlib.crc32(repr([*settings, include_dirs, command.debug]).encode())
        folder = os.path.join(command.build_temp, f"hpy-helpers-{hpy_abi}-{key:08x}")
        objects = compiler.object_filenames(sources, output_dir=folder)
        # Those of the API, and what the helpers share.
        headers = [*Path(devel.include_dir).rglob("*.h"), *Path(sources[0]).parent.glob("*.h")]
        if not command.force and _are_newer(objects, [*sources, *headers]):
            return objects
        return compiler.compile(
            sources,
            output_dir=folder,
            macros=macros,
            include_dirs=include_dirs,
            debug=command.debug,
            extra_postargs=size_arguments(compiler),
        )


def size_arguments(compiler):
    """Arguments for the compiler, with which the linker can leave out each function that is not used, and
    data that is not code does not grow with the cases of a switch."""
    # What the compilers of macOS make can be taken apart anyway.
    if compiler.compiler_type == "unix" and sys.platform != "darwin":
        return ["-ffunction-sections", "-fdata-sections", "-fno-jump-tables"]
    return []


def _are_newer(targets, sources):
    """Whether all targets exist and are newer than all sources."""
    try:
        oldest = min(os.path.getmtime(target) for target in targets)
    except OSError:
        return False
    return all(os.path.getmtime(source) < oldest for source in sources)
