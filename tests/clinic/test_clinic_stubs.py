"""The stub files fit the modules, as `stubtest` of mypy compares them."""

import os
import subprocess
import sys

import pytest
from support import c_text
from support.clinic import generated, stub
from support.source import Extension
from support.toolchain import REPOSITORY, Toolchain, headers_of_repository

pytestmark = [pytest.mark.after_0_9_0]

SOURCES = {
    "typed": c_text(__file__, "typed.c"),
    "vectors": (REPOSITORY / "examples/vectors/vectors.c").read_text(encoding="utf-8"),
}


def build(name, folder):
    source = generated(SOURCES[name], name)
    numbers = (REPOSITORY / "examples/vectors/numbers.h").read_text(encoding="utf-8")
    source = source.replace('#include "numbers.h"\n', numbers)
    macros = (("HPY_TARGET_ABI_VERSION", "0x00000001"),)
    extension = Extension(source, name=name, raw=True, macros=macros)
    path = Toolchain(*headers_of_repository(), abi="cpython").compile(extension)
    (folder / path.name).write_bytes(path.read_bytes())
    (folder / f"{name}.pyi").write_text(stub(SOURCES[name], name), encoding="utf-8")


@pytest.mark.parametrize("name", SOURCES)
def test_stubtest_finds_no_difference(name, tmp_path):
    pytest.importorskip("mypy")
    build(name, tmp_path)
    command = [sys.executable, "-m", "mypy.stubtest", name]
    environment = {**os.environ, "MYPYPATH": str(tmp_path), "PYTHONPATH": str(tmp_path)}
    process = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert process.returncode == 0, process.stdout + process.stderr


def test_a_wrong_stub_is_found(tmp_path):
    pytest.importorskip("mypy")
    build("typed", tmp_path)
    path = tmp_path / "typed.pyi"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("pair(a: object, b", "pair(a: object, c"), encoding="utf-8")
    command = [sys.executable, "-m", "mypy.stubtest", "typed"]
    environment = {**os.environ, "MYPYPATH": str(tmp_path), "PYTHONPATH": str(tmp_path)}
    process = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert "typed.pair is inconsistent" in process.stdout
