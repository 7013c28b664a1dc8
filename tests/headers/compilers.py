"""Compiling small texts with the public headers, by each compiler and for each version of C and C++."""

import itertools
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

INCLUDE = Path(__file__).resolve().parents[2] / "include"
WARNINGS = ["-Wall", "-Wextra", "-Werror", "-Wpedantic", "-Wundef", "-Wshadow", "-Wcast-qual"]
UNIVERSAL = ["-DHPY", "-DHPY_ABI_UNIVERSAL"]
# The headers of the Python that runs the tests.
WITH_PYTHON_H = [f"-isystem{sysconfig.get_path('include')}"]
FLAGS = {
    "universal": UNIVERSAL,
    "hybrid": ["-DHPY", "-DHPY_ABI_HYBRID", *WITH_PYTHON_H],
    "cpython": ["-DHPY", "-DHPY_ABI_CPYTHON", *WITH_PYTHON_H],
}


class Compiler:
    """A compiler for one version of C or C++."""

    def __init__(self, program, standard):
        self.program, self.standard = program, standard
        self.language = "c++" if "++" in standard else "c"

    def __call__(self, directory, *sources, flags=(), libraries=(), **texts):
        """Writes each text to a file of its name, compiles these files and `sources`, links `libraries`."""
        for name, text in texts.items():
            path = Path(directory, f"{name}.{'cc' if self.language == 'c++' else 'c'}")
            path.write_text(text)
            sources += (path,)
        command = [
            self.program,
            f"-std={self.standard}",
            "-x",
            self.language,
            f"-I{INCLUDE}",
            *flags,
            # Standard in C23 and C++20; clang tells of it where a macro of a system header is used, too.
            *(["-Wno-gnu-zero-variadic-macro-arguments"] if "clang" in self.program else []),
            *map(str, sources),
            "-x",
            "none",
            *map(str, libraries),
        ]
        return subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)


def compilers():
    """All of them with --slow, otherwise each language and each vendor once."""
    for (c, cpp), standard in itertools.product(
        [("gcc", "g++"), ("clang", "clang++")], ["c11", "c17", "c++17"]
    ):
        program = cpp if "++" in standard else c
        marks = [pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed")]
        if (program, standard) not in [("gcc", "c11"), ("clang++", "c++17")]:
            marks.append(pytest.mark.slow("seldom differs from the compilers that are not"))
        yield pytest.param(Compiler(program, standard), id=f"{program}-{standard}", marks=marks)


def succeeds(result):
    assert result.returncode == 0, result.stderr
    return result.stderr == ""


def fails_with(result, message):
    return result.returncode != 0 and message in result.stderr
