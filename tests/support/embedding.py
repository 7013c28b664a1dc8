"""Python in a C program that starts it more than once."""

import os
import shlex
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

PROGRAM = """
#include <Python.h>

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        Py_InitializeEx(0);
        if (PyRun_SimpleString(argv[i]) != 0)
            return 1;
        if (Py_FinalizeEx() < 0)
            return 2;
    }
    return 0;
}
"""


def embed(folder, parts):
    """What a program prints that runs each part of Python code between `Py_Initialize` and `Py_Finalize`."""
    program = folder / "program"
    source = folder / "program.c"
    source.write_text(PROGRAM, encoding="utf-8")
    include = [f"-I{path}" for path in {sysconfig.get_path("include"), sysconfig.get_path("platinclude")}]
    compiler = shlex.split(os.environ.get("CC", "cc"))
    subprocess.run([*compiler, *include, str(source), "-o", str(program), *_library()], check=True)
    environment = {**os.environ, "PYTHONHOME": f"{sys.base_prefix}:{sys.base_exec_prefix}"}
    done = subprocess.run(
        [program, *parts], env=environment, capture_output=True, text=True, errors="replace", timeout=300
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def _library():
    """The options to link with this Python's library."""
    get = sysconfig.get_config_var
    libraries = [*shlex.split(get("LIBS") or ""), *shlex.split(get("SYSLIBS") or ""), "-lm"]
    # Static ones come last, and are not made for programs that may lie anywhere.
    for name in filter(None, [get("INSTSONAME"), get("LDLIBRARY"), get("LIBRARY")]):
        for folder in [get("LIBDIR"), get("LIBPL"), *_beside_python()]:
            path = Path(folder or "/nowhere", name)
            if path.is_file():
                paths = [f"-Wl,-rpath,{path.parent}", *_c_library(path.parent)]
                paths += ["-no-pie"] if path.suffix == ".a" else []
                return [str(path), *paths, "-Wl,-export-dynamic", *libraries]
    pytest.skip(f"there is no library of this Python to link with: {get('LDLIBRARY')}")


def _c_library(folder):
    """The options for a Python that was unpacked with a C library of its own, newer than the system's."""
    loaders = [str(path) for path in folder.glob("ld-linux*.so.*")]
    options = "--allow-shlib-undefined,--disable-new-dtags,--dynamic-linker="
    return [f"-Wl,{options}{loaders[0]}"] if loaders else []


def _beside_python():
    """Where the library is if Python was unpacked elsewhere than it was built for."""
    base = Path(sys.base_prefix, "lib")
    return [base, base / (sysconfig.get_config_var("MULTIARCH") or "")]
