"""A short run of each target of `tests/fuzz`; `cargo xtask fuzz` makes long ones.

What fails here fails again by its number: the message ends with the command.
"""

import subprocess
import sys
from pathlib import Path

import pytest
from fuzz import engine, supervisor
from fuzz.__main__ import TARGETS
from support import toolchain
from support.engines import IS_CPYTHON

#: About as many as run in a second; on PyPy, each takes ten times as long and more.
INPUTS = {"argparse": 10_000, "buildvalue": 10_000, "format": 10_000, "types": 1_000, "modules": 800}
if not IS_CPYTHON:
    INPUTS = {target: inputs // 10 for target, inputs in INPUTS.items()}


def abis():
    for abi in toolchain.ABIS:
        marks = [pytest.mark.slow("has the code of the universal ABI")] if abi == "hybrid" else []
        yield pytest.param(abi, marks=marks)


@pytest.fixture(scope="module", params=abis())
def abi(request):
    engine.extension(request.param)
    return request.param


def fuzz(*arguments):
    command = [sys.executable, "-m", "fuzz", *map(str, arguments)]
    return subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True)


@pytest.mark.parametrize("target", TARGETS)
def test_inputs_are_refused_or_work(target, abi):
    result = fuzz(target, "--inputs", INPUTS[target], "--abi", abi)
    assert result.returncode == 0, result.stdout + result.stderr
    accepted = int(result.stdout.split()[3])
    # A target that refuses nearly everything tests nothing.
    assert INPUTS[target] * 0.2 < accepted < INPUTS[target] * 0.9


@pytest.mark.parametrize("target", ["argparse", "buildvalue", "format"])
def test_inputs_leave_no_handles_open(target):
    result = fuzz(target, "--inputs", INPUTS[target] // 10, "--mode", "debug")
    assert result.returncode == 0, result.stdout + result.stderr


def test_an_input_is_told_by_its_number():
    first, again = (fuzz("buildvalue", "--input", 7).stdout for _ in range(2))
    assert first == again != fuzz("buildvalue", "--input", 7, "--seed", 1).stdout


def find_fault(monkeypatch, fault):
    """What is found with a fault in the extension, and the options."""
    monkeypatch.setenv("HPY_FUZZ_FAULT", fault)
    options = supervisor.Options("buildvalue", 0, "universal", "universal")
    _, found = supervisor.run(options, 0, 3000, 3000)
    return found, options


@pytest.mark.parametrize(
    "fault, kind",
    [
        ("crash", "the process died of signal "),
        ("leak", "fuzz.engine.Finding: leak:  times leave  blocks of memory,"),
        ("lie", "AssertionError: a result with an exception"),
        ("hang", "it takes more than  seconds"),
    ],
)
def test_a_fault_is_found(fault, kind, monkeypatch):
    """The targets themselves: with a fault in the extension they must fail."""
    if fault == "hang":  # the others must not look like it on a machine with other work
        monkeypatch.setattr(supervisor, "PATIENCE", 1)
    found, _ = find_fault(monkeypatch, fault)
    assert found.kind().startswith(kind)


def test_what_fails_is_made_small(monkeypatch):
    found, options = find_fault(monkeypatch, "crash")
    keep, smaller = supervisor.shrink(options, found.index)
    assert (len(keep), smaller.kind()) == (1, found.kind())
    assert "(b'K', " in smaller.text
