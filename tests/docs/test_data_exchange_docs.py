"""The extension in `docs/data-exchange.md` does what is written there."""

import re
import sys
from pathlib import Path

import pytest

GUIDE = Path(__file__).parents[2].joinpath("docs/data-exchange.md").read_text(encoding="utf-8")


def blocks(kind):
    return re.findall(rf"^```{kind}\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def samples(make_module, monkeypatch):
    """All blocks of C, in the order of the guide."""
    macros = [("HPY_TARGET_ABI_VERSION", "0x00000001")]
    module = make_module("\n".join(blocks("c")), name="samples", raw=True, macros=macros)
    monkeypatch.setitem(sys.modules, "samples", module)
    return module


def test_the_program_runs(samples):
    pytest.importorskip("numpy", reason="NumPy has no wheels for this Python", minversion="2.1")
    pytest.importorskip("pyarrow", reason="PyArrow has no wheels for this Python")
    (program,) = blocks("python")
    exec(program, {})


def test_other_data_are_refused(samples):
    for function in (samples.of_tensor, samples.of_column):
        with pytest.raises(TypeError, match="expected an object with"):
            function(b"bytes")
    with pytest.raises(TypeError, match="expected one dimension of doubles"):
        samples.of_buffer(b"bytes")


def test_without_other_packages(samples):
    ours = samples.Samples(4)
    assert samples.of_buffer(ours) == samples.of_tensor(ours) == samples.of_column(ours) == 6
