"""Builds examples as an author would, for tests that want a particular ABI.

With `--installed`, the universal ABI alone is tested, with the binaries that are installed.
"""

import importlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent / "tests"))

from support import engines, selection  # noqa: E402 - what the suite knows of engines counts here, too

WARNINGS = "-O1 -Wall -Werror"


def pytest_configure(config):
    engines.adapt(config)


def pytest_addoption(parser):
    parser.getgroup("hpy").addoption(
        "--installed",
        action="store_true",
        help="test the universal ABI alone, with the binaries that are installed",
    )


def pytest_collection_modifyitems(config, items):
    """Deselect the ABIs that --installed or the engine leaves out, and mark what is known to differ on it."""

    def is_for_another(item):
        return "build_example" in item.fixturenames and "universal" not in re.split(r"[][-]", item.name)

    def is_left_out(item):
        return engines.is_for_missing_abi(item) or (config.getoption("installed") and is_for_another(item))

    selection.deselect(config, items, is_left_out)
    if not engines.IS_CPYTHON:
        engines.known_differences(items, config.rootpath)


@pytest.fixture(scope="session")
def build_example(request, tmp_path_factory):
    """`build_example(folder, name, abi)`: the module `name`, built from a copy of a folder of `examples/`.

    `abi` is None for an extension that is not HPy's. `setup` is the script that builds it.
    """
    pytest.importorskip("setuptools")

    def build(folder, name, abi, setup="setup.py"):
        # The steps of the port are not.
        if request.config.getoption("installed") and importlib.util.find_spec(name):
            return importlib.import_module(name)
        directory = tmp_path_factory.mktemp(f"{name}-{abi}")
        shutil.copytree(HERE / folder, directory, dirs_exist_ok=True)
        command = [sys.executable, setup, "--quiet"]
        if abi:
            command += [f"--hpy-abi={abi}", "--hpy-use-static-libs"]  # compiles less
        command += ["build_ext", "--inplace"]
        process = subprocess.run(
            command,
            cwd=directory,
            env={**os.environ, "CFLAGS": WARNINGS, "CXXFLAGS": f"{WARNINGS} -std=c++17"},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert process.returncode == 0, process.stdout
        return import_from(directory, name)

    return build


def import_from(directory, name):
    """The module in a directory, even if another of that name has been imported from elsewhere."""
    sys.modules.pop(name, None)
    importlib.invalidate_caches()
    sys.path.insert(0, str(directory))
    try:
        module = importlib.import_module(name)
    finally:
        sys.path.remove(str(directory))
        sys.modules.pop(name, None)
    assert Path(module.__file__).parent == directory
    return module
