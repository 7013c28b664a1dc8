"""The two sides of an API: extensions that have functions (`pairs`), and that use them (`user`, `c_user`),
compiled for any ABI and loaded in any mode."""

import importlib.machinery
import shutil
import sys
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from support import engines, loading, toolchain
from support.source import Extension, c_text

HEADER = Path(__file__).with_name("pairs_api.h").read_text(encoding="utf-8")

#: An ABI with a mode, or the ABI alone where there are no modes.
PARTIES = [
    "universal",
    "universal:debug",
    "universal:trace",
    "universal:debug+trace",
    "hybrid",
    "hybrid:debug",
    "cpython",
]
PARTIES = [party for party in PARTIES if party.partition(":")[0] in engines.ABIS]

#: Who uses what is published: also extensions of CPython's C API.
USERS = [*PARTIES, "c"]


@cache
def toolchain_of(abi):
    include, helpers = toolchain.headers_of_repository()
    return toolchain.Toolchain(include, [] if abi == "c" else helpers, abi=abi)


def text_of(name):
    """The header of the API stands in the place of its include."""
    return c_text(__file__, f"{name}.c").replace('#include "pairs_api.h"\n', HEADER)


def compile_party(name, abi, macros=(), source=None):
    """Path of the binary, of `name.c` or of the text `source`."""
    if source is None:
        source = text_of("c_user" if (name, abi) == ("user", "c") else name)
    macros = (("HPY_TARGET_ABI_VERSION", "0x00000001"), *macros)
    return toolchain_of(abi).compile(Extension(source, name=name, raw=True, macros=macros))


def load(name, party, macros=(), source=None, folder=None):
    """A new module object; with `folder`, of a copy of the binary there, which has its own static
    variables."""
    path = compile_party(name, party.partition(":")[0], macros, source)
    if folder is not None:
        copy = folder / path.name
        # Not over one that is loaded.
        path = copy if copy.exists() else Path(shutil.copy(path, copy))
    return load_binary(name, party, path)


def load_binary(name, party, path):
    abi, _, mode = party.partition(":")
    if abi in ("cpython", "c"):
        return loading.load_extension(name, path)
    import hpy.universal

    spec = importlib.machinery.ModuleSpec(name, None, origin=str(path))
    return hpy.universal.load(name, str(path), spec, mode=loading.MODES[mode or "universal"])


@contextmanager
def published(party, macros=(), source=None, binary=None):
    """`pairs` where imports find it."""
    if binary is None:
        sys.modules["pairs"] = load("pairs", party, macros, source)
    else:
        sys.modules["pairs"] = load_binary("pairs", party, binary)
    yield sys.modules["pairs"]
    del sys.modules["pairs"]


def load_user(party, macros=(), folder=None):
    return load("user", party, macros, folder=folder)


def user(party, macros=(), folder=None):
    """`user`, with the functions of what is published."""
    module = load_user(party, macros, folder)
    module.import_api()
    return module
