"""What is there on PyPy beside this runtime: an HPy of its own, of another ABI."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(
    "_hpy_universal" not in sys.builtin_module_names, reason="this Python has no HPy of its own"
)


@pytest.mark.smoke
def test_this_runtime_stands_before_that_of_pypy():
    import hpy.universal

    assert hpy.universal.load.__module__ == "hpy.universal"
    assert "dev61" not in hpy.universal.get_version()[0]


@pytest.mark.smoke
def test_the_stub_refuses_the_runtime_of_pypy(tmp_path):
    from hpy.devel.commands import STUB

    tmp_path.joinpath("mod.py").write_text(STUB.format(file_name="mod.hpy0.so", short_name="mod"))
    # Without site-packages.
    command = [sys.executable, "-S", "-c", "import mod"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env={})
    assert done.returncode == 1
    assert "ImportError: the HPy that is built into this PyPy cannot load mod.hpy0.so" in done.stderr
    assert "pip install 'hpy>=0.10'" in done.stderr
