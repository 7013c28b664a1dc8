"""Complex numbers."""

import math

import pytest
from support import NULL, function, module_fixture

pytestmark = pytest.mark.after_0_9_0

mod = module_fixture(
    """
static HPy parts(HPyContext *ctx, HPy h)
{
    double real, imag;
    if (HPyComplex_AsDoubles(ctx, h, &real, &imag) < 0)
        return HPy_NULL;
    return HPy_BuildValue(ctx, "(dd)", real, imag);
}
static HPy each_part(HPyContext *ctx, HPy h)
{
    double real, imag;
    if (HPyComplex_AsDoubles(ctx, h, &real, NULL) < 0 || HPyComplex_AsDoubles(ctx, h, NULL, &imag) < 0)
        return HPy_NULL;
    return HPy_BuildValue(ctx, "(dd)", real, imag);
}
"""
    + function("make", 2, "HPyComplex_FromDoubles(ctx, HPyFloat_AsDouble(ctx, a), HPyFloat_AsDouble(ctx, b))")
    + function("parts", 1, "parts(ctx, a)")
    + function("each_part", 1, "each_part(ctx, a)")
    + function("nowhere", 1, "HPyComplex_AsDoubles(ctx, a, NULL, NULL)", "signed"),
    macros=[("HPY_TARGET_ABI_VERSION", "0x00000001")],
)


class Complex:
    def __init__(self, value):
        self.value = value

    def __complex__(self):
        return self.value


@pytest.mark.smoke
def test_from_doubles(mod):
    assert mod.make(1.5, -2.0) == 1.5 - 2j
    assert type(mod.make(0.0, 0.0)) is complex
    assert math.isnan(mod.make(math.nan, 1.0).real)


@pytest.mark.smoke
@pytest.mark.parametrize("value", [1 + 2j, -1.0 + 0j, complex("inf"), 2.5, -1, True, 10**20])
def test_as_doubles(mod, value):
    expected = (complex(value).real, complex(value).imag)
    assert mod.parts(value) == mod.each_part(value) == expected
    assert mod.nowhere(value) == 0


def test_as_doubles_asks_special_methods(mod):
    class Float:
        def __float__(self):
            return 2.5

    class Index:
        def __index__(self):
            return 7

    assert mod.parts(Complex(3 - 4j)) == (3.0, -4.0)
    assert mod.parts(Float()) == (2.5, 0.0)
    assert mod.parts(Index()) == (7.0, 0.0)


def test_as_doubles_of_a_subclass(mod):
    class Derived(complex):
        pass

    assert mod.parts(Derived(1, 2)) == (1.0, 2.0)


def test_as_doubles_of_other_types(mod):
    for value in ["1", None, [], Complex("x"), Complex(1.5)]:
        with pytest.raises(TypeError):
            mod.parts(value)


def test_exception_of_a_special_method(mod):
    class Failing:
        def __complex__(self):
            raise LookupError("failed")

    with pytest.raises(LookupError, match="^failed$"):
        mod.nowhere(Failing())


def test_as_doubles_of_null_is_an_error(mod):
    with pytest.raises(SystemError, match="^null argument to HPyComplex_AsDoubles$"):
        mod.parts(NULL)
