"""The two sides of an API in C++, where templates do what `_Generic` does in C."""

import os
import shlex
import shutil
import subprocess
from functools import cache

import pytest
from extension_api import parties

pytestmark = pytest.mark.after_0_9_0

COMPILER = shlex.split(os.environ.get("CXX", "c++"))


@pytest.fixture(scope="module")
def compile_cpp(tmp_path_factory):
    if shutil.which(COMPILER[0]) is None:
        pytest.skip(f"no C++ compiler: {COMPILER[0]} is not installed")

    @cache
    def compile_party(name, abi):
        toolchain = parties.toolchain_of(abi)
        folder = tmp_path_factory.mktemp(name)
        (folder / f"{name}.cc").write_text(parties.text_of(name), encoding="utf-8")
        binary = folder / (name + toolchain.suffix)
        flags = [flag for flag in toolchain.flags if not flag.startswith("-std=")]
        inputs = [f"{name}.cc", toolchain.common_parts() / "libhelpers.a", *toolchain.libraries]
        # In C++ it also tells of designated initialisers.
        flags.append("-Wno-missing-field-initializers")
        command = [
            *COMPILER,
            "-std=c++17",
            *flags,
            "-DHPY_TARGET_ABI_VERSION=0x00000001",
            *toolchain.link_flags,
        ]
        subprocess.run([*command, "-o", binary, *inputs], cwd=folder, check=True)
        return binary

    return compile_party


@pytest.mark.parametrize("provider", ["universal", "universal:debug", "hybrid", "cpython"])
@pytest.mark.parametrize("user", ["universal", "universal:trace", "hybrid", "cpython"])
def test_both_sides(compile_cpp, provider, user):
    binaries = [
        compile_cpp(name, party.partition(":")[0]) for name, party in [("pairs", provider), ("user", user)]
    ]
    with parties.published(provider, binary=binaries[0]) as pairs:
        module = parties.load_binary("user", user, binaries[1])
        module.import_api()
    h = module.new_pair()
    module.swap(h)
    a = object()
    assert (type(h), h.first) == (pairs.Pair, 2.5)
    assert module.divide(17, 5) == (0, 3, 2, 0)
    assert module.divide(17, 0) == (-1, None, 17, 1)
    assert module.ten(a, a) == ((a, -2, a, 1 << 30, 0.25, 255, None), (a, a))
