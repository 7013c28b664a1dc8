"""Small projects that are really built, with setup.py and pip."""

import os
import re
import subprocess
import sys
import sysconfig
import textwrap
from importlib import metadata
from pathlib import Path

import pytest

#: As in the names of wheels.
PLATFORM = re.sub("[-.]", "_", sysconfig.get_platform())

SOURCE = """
#include <hpy.h>

HPyDef_METH(answer, "answer", HPyFunc_VARARGS)
static HPy answer_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    long value = VALUE;
    if (!HPyArg_Parse(ctx, NULL, args, nargs, "|l", &value))
        return HPy_NULL;
    return HPyLong_FromLong(ctx, value);
}

static HPyDef *defines[] = {&answer, NULL};
static HPyModuleDef moduledef = {.defines = defines};
HPy_MODINIT(NAME, moduledef)
"""

BUILD_SYSTEM = """
[build-system]
requires = ["setuptools>=64", "hpy"]
build-backend = "setuptools.build_meta"

[tool.hpy]
"""
PYPROJECT = BUILD_SYSTEM + "abi = 'universal'\n"

TWO_EXTENSIONS = """
    setup(
        name="demo",
        version="1.0",
        packages=["pkg"],
        hpy_ext_modules=[Extension("spam", ["spam.c"]), Extension("pkg.eggs", ["pkg/eggs.c"])],
    )
"""


class Project:
    """A directory with a setup.py."""

    def __init__(self, directory, setup, pyproject=PYPROJECT):
        self.directory = directory
        directory.mkdir(parents=True)
        self.write("setup.py", "from setuptools import setup, Extension\n" + textwrap.dedent(setup))
        self.write("pyproject.toml", pyproject)

    def write(self, path, content):
        path = self.directory / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)

    def write_extension(self, path, value=42, source=SOURCE):
        self.write(path, source.replace("NAME", Path(path).stem).replace("VALUE", str(value)))

    def python(self, *arguments, check=True, cwd=None, **environment):
        """Run Python; returns its output. With check=False, it must fail."""
        env = {name: value for name, value in os.environ.items() if not name.startswith("HPY")}
        # Optimising the helpers would take most of the time of these tests.
        env.update(CFLAGS="-O0", PIP_DISABLE_PIP_VERSION_CHECK="1", **environment)
        process = subprocess.run(
            [sys.executable, *arguments],
            cwd=cwd or self.directory,
            env=env,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert (process.returncode == 0) == check, process.stdout
        return process.stdout

    def pip(self, *arguments, **options):
        # Not found by importing it: that would take the distutils of setuptools from this process.
        if not any(metadata.distributions(name="pip")):
            pytest.skip("pip is not installed")
        return self.python("-m", "pip", *arguments, **options)

    def build_wheel(self):
        """Build a wheel in the running environment; returns its path."""
        self.pip("wheel", "--no-build-isolation", "--no-deps", "--no-index", "--wheel-dir=dist", ".")
        (wheel,) = self.directory.glob("dist/*.whl")
        return wheel

    def evaluate(self, expression, path, *imports):
        """The printed value of an expression in a Python that imports from `path` as well."""
        code = f"""
            import sys
            sys.path.insert(0, {str(path)!r})
            import {", ".join(imports)}
            print(({expression}))
        """
        return self.python("-c", textwrap.dedent(code), cwd=self.directory.parent).strip()
