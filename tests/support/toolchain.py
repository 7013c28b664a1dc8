"""Compiling test extensions, each once.

A binary of the universal ABI does not depend on the Python that loads it, so the cache is keyed only by what
goes into the compiler, and every engine loads the same files. The other ABIs compile against the headers of
one Python, which then are part of the key. Modes need no binaries of their own.

What all extensions of a toolchain have in common is compiled once, too: the helpers, and with gcc the
headers, which would take most of the time of each.
"""

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]

# Not optimized, which would take half of the time; the warnings that this costs are seen where the examples
# are built.
FLAGS = ["-O0", "-g", "-fPIC", "-fvisibility=hidden", "-Wall", "-Wextra", "-Wno-unused-parameter"]
ABIS = ["universal", "hybrid", "cpython"]
HELPERS = "libhelpers.a"


class CompileError(Exception):
    """The compiler refused; the text has its messages and the numbered source."""


def headers_of_repository():
    """Include directory and helper sources of this tree."""
    helpers = sorted((REPOSITORY / "helpers").glob("*.c"))
    return REPOSITORY / "include", helpers


def headers_of_installation(prefix):
    """The same of an HPy distribution installed under `prefix`, a virtual environment."""
    found = sorted(Path(prefix).resolve().glob("lib*/python*/site-packages/hpy/devel"))
    if not found:
        raise FileNotFoundError(f"no hpy.devel in {prefix}")
    helpers = ["argparse.c", "buildvalue.c", "format.c", "helpers.c", "structseq.c"]
    return found[0] / "include", [found[0] / "src" / "runtime" / name for name in helpers]


def suffix(abi):
    """What the names of the binaries of an ABI end with."""
    if abi == "universal":
        return ".hpy0.so"
    if abi in ("cpython", "c"):
        return sysconfig.get_config_var("EXT_SUFFIX")
    _, tag, *_ = sysconfig.get_config_var("EXT_SUFFIX").split(".")
    return f".hpy0-{'cp' + tag.split('-')[1]}.so"


def python_include_flags():
    """Where the headers of this Python lie.

    Not as those of a system: gcc then follows links, and on Debian finds the configuration of the release
    build beside the headers that both builds have in common.
    """
    folders = dict.fromkeys(sysconfig.get_path(name) for name in ("include", "platinclude"))
    return [f"-I{folder}" for folder in folders]


def static_library():
    """What extensions of the cpython ABI are linked with: part of the installed HPy."""
    import hpy

    library = Path(hpy.__file__).parent / "devel" / "lib" / "cpython" / "libhpy-ctx-cpython.a"
    if not library.exists():
        raise FileNotFoundError(f"the installed HPy has no {library}")
    return library


def c_compiler():
    """The command of the C compiler, as a list."""
    return shlex.split(os.environ.get("CC", "cc"))


class Toolchain:
    """One compiler, one set of headers and helper sources, one ABI.

    The ABI `c` is that of extensions that use CPython's C API alone. `strict` demands plain C11 without any
    warning; the headers of HPy 0.9 need the GNU dialect.
    """

    def __init__(self, include, helpers, *, abi="universal", strict=True, cache=None):
        self.include = Path(include)
        self.helpers = [Path(helper) for helper in helpers]
        self.compiler = c_compiler()
        self.cache = Path(cache) if cache else REPOSITORY / "target" / "test-extensions"
        self.abi = abi
        self.suffix = suffix(abi)
        self.flags = [*FLAGS] if abi == "c" else [*FLAGS, "-DHPY", f"-DHPY_ABI_{abi.upper()}"]
        # The Python that the binaries are for; the universal ABI has none.
        self.python = ""
        if abi == "universal":
            self.flags.append(f"-I{self.include / 'hpy' / 'forbid_python_h'}")
        else:
            self.flags += python_include_flags()
            self.python = sys.version
        if strict:
            self.flags += ["-std=c11", "-Werror", f"-I{self.include}"]
        else:
            self.flags += ["-std=gnu11", f"-isystem{self.include}"]
        self.link_flags = ["-shared"]
        if sys.platform == "linux" and abi == "universal":
            # It needs nothing of the process that loads it: a linker that can says what is missing.
            self.link_flags.append("-Wl,-z,defs")
        elif sys.platform == "darwin" and abi != "universal":
            self.link_flags.append("-Wl,-undefined,dynamic_lookup")
        # What all extensions are linked with, besides the helpers.
        self.libraries = []
        if abi == "cpython":
            self.libraries.append(static_library())
            if sys.platform == "linux":
                self.link_flags += ["-Wl,--gc-sections", "-Wl,--exclude-libs,ALL"]
        version = subprocess.run([*self.compiler, "--version"], capture_output=True, text=True).stdout
        self._is_gcc = "Free Software Foundation" in version
        self._base = self._fingerprint(version)

    def compile(self, extension):
        """Path of the compiled extension; compiles only what the cache does not have."""
        texts = [(f"{extension.short_name}.c", extension.text()), *extension.extra_texts()]
        options = [*(f"-D{name}={value}" for name, value in extension.macros), *extension.flags]
        key = _hash(self._base, repr(extension.name), repr(options), *map(repr, texts))
        target = self.cache / key / (extension.short_name + self.suffix)
        if target.exists():
            return target
        with _new_directory(target.parent) as build:
            for name, text in texts:
                (build / name).write_text(text, encoding="utf-8")
            names = [name for name, _ in texts]
            common = self.common_parts()
            command = [
                # Before the headers themselves. Where it does not fit, gcc takes those.
                f"-I{common}",
                *self.flags,
                *options,
                *self.link_flags,
                "-o",
                target.name,
                *names,
                *([str(common / HELPERS)] if self.helpers else []),
                *map(str, self.libraries),
            ]
            self._run(command, build)
        return target

    def common_parts(self):
        """The directory of what is compiled for all extensions: the helpers and the precompiled `hpy.h`.

        The helpers are a static library, so that extensions contain only those they use.
        """
        target = self.cache / f"common-{self._base}"
        if not target.exists():
            with _new_directory(target) as build:
                if self._is_gcc and self.abi != "c":
                    header = [*self.flags, "-x", "c-header", str(self.include / "hpy.h")]
                    self._run([*header, "-o", "hpy.h.gch"], build)
                if self.helpers:
                    self._run([*self.flags, "-c", *map(str, self.helpers)], build)
                    objects = [f"{helper.stem}.o" for helper in self.helpers]
                    archive = [os.environ.get("AR", "ar"), "rcs", HELPERS, *objects]
                    _check(subprocess.run(archive, cwd=build))
        return target

    def _run(self, arguments, directory):
        command = [*self.compiler, *arguments]
        result = subprocess.run(command, cwd=directory, capture_output=True, text=True, errors="replace")
        if result.returncode != 0:
            raise CompileError(f"{shlex.join(command)}\n{result.stderr}{_excerpts(result.stderr, directory)}")

    def _fingerprint(self, compiler):
        headers = sorted(path for path in self.include.rglob("*") if path.is_file())
        private = sorted({header for helper in self.helpers for header in helper.parent.glob("*.h")})
        files = [*headers, *self.helpers, *private, *self.libraries]
        contents = [part for path in files for part in (path.name, path.read_bytes())]
        return _hash(compiler, self.python, *self.compiler, *self.flags, *self.link_flags, *contents)


def _hash(*parts):
    digest = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else part.encode("utf-8")
        digest.update(b"%d:" % len(data))
        digest.update(data)
    return digest.hexdigest()[:24]


class _new_directory:
    """A directory that appears under its name when it is complete: several test runs may share the cache."""

    def __init__(self, target):
        self.target = target

    def __enter__(self):
        self.target.parent.mkdir(parents=True, exist_ok=True)
        self.temporary = Path(tempfile.mkdtemp(dir=self.target.parent, prefix="building-"))
        return self.temporary

    def __exit__(self, kind, value, traceback):
        if kind is None:
            try:
                self.temporary.rename(self.target)
                return
            except OSError:
                if not self.target.exists():
                    raise  # not the other run's directory: a real failure
        shutil.rmtree(self.temporary, ignore_errors=True)


def _check(result):
    if result.returncode != 0:
        raise CompileError(f"{shlex.join(map(str, result.args))} failed")


def _excerpts(messages, directory):
    """The lines that the compiler's messages point at, and two around each; all lines of a short file."""
    text = ""
    for path in sorted(directory.glob("*.c")):
        pointed = {
            int(number) for number in re.findall(rf"^{re.escape(path.name)}:(\d+)", messages, re.MULTILINE)
        }
        lines = path.read_text(encoding="utf-8").splitlines()
        shown = {n for number in pointed for n in range(number - 2, number + 3)} if len(lines) > 40 else None
        text += f"\n--- {path.name}\n"
        text += "".join(f"{n:4} {line}\n" for n, line in enumerate(lines, 1) if shown is None or n in shown)
    return text
