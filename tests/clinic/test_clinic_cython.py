"""Cython calls typed functions without objects, by `cimport`."""

import importlib.util
import os
import subprocess
import sys

import pytest
from extension_api import parties
from support import c_text
from support.clinic import generated
from support.toolchain import c_compiler, python_include_flags

pytestmark = [pytest.mark.after_0_9_0, pytest.mark.not_repeatable("it runs compilers")]

PROVIDER = c_text(__file__, "typed.c")
PXD = """
cdef double add(double, long) except? -1
cdef object pair(object, object)
"""
PYX = """
# cython: language_level=3
from typed cimport add, pair

def sum_of(int n):
    cdef double total = 0
    cdef int i
    for i in range(n):
        total = add(total, i + 1)
    return total

def fails():
    return add(1, 0)

def make_pair(a, b):
    return pair(a, b)
"""


@pytest.fixture(scope="module")
def binary(tmp_path_factory):
    pytest.importorskip("Cython")
    folder = tmp_path_factory.mktemp("cython")
    (folder / "typed.pxd").write_text(PXD)
    (folder / "user_pyx.pyx").write_text(PYX)
    subprocess.run([sys.executable, "-m", "cython", "user_pyx.pyx"], cwd=folder, check=True)
    flags = ["-shared", "-fPIC", "-O1", "-w", *python_include_flags(), "-o", "user_pyx.so", "user_pyx.c"]
    subprocess.run([*c_compiler(), *flags], cwd=folder, check=True)
    return os.fspath(folder / "user_pyx.so")


@pytest.mark.parametrize("party", parties.PARTIES)
def test_cython_calls_typed_functions(party, binary, monkeypatch):
    typed = parties.load("typed", party, source=generated(PROVIDER, "typed"))
    monkeypatch.setitem(sys.modules, "typed", typed)
    spec = importlib.util.spec_from_file_location("user_pyx", binary)
    user = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(user)
    assert user.sum_of(4) == 10
    with pytest.raises(ValueError, match="b is 0"):
        user.fails()
    assert user.make_pair(1, "a") == (1, "a")
