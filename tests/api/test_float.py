"""Floating point numbers."""

import math

import pytest
from support import NULL, function, module_fixture

mod = module_fixture(
    function("as_double", 1, "HPyFloat_AsDouble(ctx, a)", "double")
    + function("from_double", 1, "HPyFloat_FromDouble(ctx, HPyFloat_AsDouble(ctx, a) / 2)")
    + function("infinity", 0, "HPyFloat_FromDouble(ctx, 1e308 * 10)")
)


@pytest.mark.smoke
def test_from_double(mod):
    result = mod.from_double(5.0)
    assert result == 2.5
    assert type(result) is float


def test_special_values(mod):
    assert mod.infinity() == math.inf
    assert math.isnan(mod.as_double(math.nan))
    assert math.copysign(1, mod.as_double(-0.0)) == -1


@pytest.mark.smoke
def test_as_double(mod):
    assert mod.as_double(1.5) == 1.5
    assert mod.as_double(-1.0) == -1.0


def test_as_double_uses_float_and_index(mod):
    class Float:
        def __float__(self):
            return 0.25

    class Index:
        def __index__(self):
            return 7

    assert mod.as_double(Float()) == 0.25
    assert mod.as_double(Index()) == 7.0
    assert mod.as_double(3) == 3.0


def test_as_double_of_a_string(mod):
    with pytest.raises(TypeError, match="^must be real number, not str$"):
        mod.as_double("1.5")


def test_error_of_float_propagates(mod):
    class Broken:
        def __float__(self):
            raise KeyError("float")

    with pytest.raises(KeyError):
        mod.as_double(Broken())


@pytest.mark.fixed_defect
def test_null_is_an_error(mod):
    with pytest.raises((SystemError, TypeError)):
        mod.as_double(NULL)


def test_as_double_of_an_instance_of_a_subclass(mod):
    class Float(float):
        def __float__(self):
            raise AssertionError("__float__ was called")

    assert mod.as_double(Float(2.5)) == 2.5
