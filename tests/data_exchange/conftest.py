"""The other sides, which have wheels for some Pythons only."""

import pytest


def other_side(name, package, minversion=None):
    """A fixture whose value is a module; without it, tests are left out."""

    @pytest.fixture(scope="session")
    def module():
        return pytest.importorskip(
            name, reason=f"{package} has no wheels for this Python", minversion=minversion
        )

    return module


np = other_side("numpy", "NumPy", minversion="1.22")
pa = other_side("pyarrow", "PyArrow", minversion="14")
tvm_ffi = other_side("tvm_ffi", "apache-tvm-ffi")
