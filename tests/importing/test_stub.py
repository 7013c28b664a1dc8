"""What only stubs do."""

import zipfile

import pytest
from support import noargs

pytestmark = [pytest.mark.fixed_defect, pytest.mark.abis("universal", "hybrid")]

ANSWER = noargs("answer", "return HPyLong_FromLong(ctx, 42);")


def test_a_stub_in_an_archive_says_what_to_do(tmp_path, place, run_in_subprocess):
    binary = place(ANSWER)
    with zipfile.ZipFile(tmp_path / "archive.zip", "w") as archive:
        for name in ("mod.py", binary.name):
            archive.write(tmp_path / name, name)
            (tmp_path / name).unlink()
    code = """
import sys
sys.path.insert(0, "archive.zip")
try:
    import mod
except RuntimeError as error:
    print(error)
"""
    result = run_in_subprocess(code)
    assert result.stdout.strip().endswith(
        "Extensions cannot be loaded from inside an archive: unpack 'archive.zip'"
    ), result.stderr


def test_a_stub_is_no_script(tmp_path, place, run_in_subprocess):
    binary = place(ANSWER)
    code = f"""
import runpy
try:
    runpy.run_path({str(tmp_path / "mod.py")!r})
except ImportError as error:
    print(error)
"""
    result = run_in_subprocess(code)
    path = tmp_path / binary.name
    expected = (
        f"cannot load the HPy extension '{path}' without a spec: import the module instead of "
        "running its stub as a script"
    )
    assert result.stdout.strip() == expected, result.stderr
