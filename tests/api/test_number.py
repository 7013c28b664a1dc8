"""The number protocol: each function does what the operator of the same name does."""

import operator

import pytest
from support import NULL, function, module_fixture

BINARY = {
    "Add": operator.add,
    "Subtract": operator.sub,
    "Multiply": operator.mul,
    "MatrixMultiply": operator.matmul,
    "FloorDivide": operator.floordiv,
    "TrueDivide": operator.truediv,
    "Remainder": operator.mod,
    "Divmod": divmod,
    "Lshift": operator.lshift,
    "Rshift": operator.rshift,
    "And": operator.and_,
    "Xor": operator.xor,
    "Or": operator.or_,
}
IN_PLACE = {f"InPlace{name}": op for name, op in BINARY.items() if name != "Divmod"}
UNARY = {
    "Negative": operator.neg,
    "Positive": operator.pos,
    "Absolute": abs,
    "Invert": operator.invert,
    "Index": operator.index,
    "Long": int,
    "Float": float,
}
SYMBOLS = {
    "Add": "+",
    "Subtract": "-",
    "Multiply": "*",
    "MatrixMultiply": "@",
    "FloorDivide": "//",
    "TrueDivide": "/",
}

mod = module_fixture(
    "".join(function(name, 2, f"HPy_{name}(ctx, a, b)") for name in [*BINARY, *IN_PLACE])
    + "".join(function(name, 1, f"HPy_{name}(ctx, a)") for name in UNARY)
    + "".join(function(name, 3, f"HPy_{name}(ctx, a, b, c)") for name in ["Power", "InPlacePower"])
    + function("Check", 1, "HPyNumber_Check(ctx, a)", "status")
)


class Logged:
    """Answers every operator with what was asked."""

    def __getattr__(self, name):
        raise AttributeError(name)


def _make_method(name):
    return lambda self, *others: (name, *others)


METHODS = {
    "Add": "add",
    "Subtract": "sub",
    "Multiply": "mul",
    "MatrixMultiply": "matmul",
    "FloorDivide": "floordiv",
    "TrueDivide": "truediv",
    "Remainder": "mod",
    "Divmod": "divmod",
    "Lshift": "lshift",
    "Rshift": "rshift",
    "And": "and",
    "Xor": "xor",
    "Or": "or",
    "Power": "pow",
}
for _method in METHODS.values():
    for _prefix in ("", "r", "i"):
        _name = f"__{_prefix}{_method}__"
        setattr(Logged, _name, _make_method(_name))


@pytest.mark.smoke
@pytest.mark.parametrize("name", [n for n in BINARY if n != "MatrixMultiply"])
def test_binary_on_ints(mod, name):
    assert getattr(mod, name)(29, 5) == BINARY[name](29, 5)


@pytest.mark.parametrize("name", BINARY)
def test_binary_calls_the_method(mod, name):
    assert getattr(mod, name)(Logged(), 5) == (f"__{METHODS[name]}__", 5)


@pytest.mark.parametrize("name", BINARY)
def test_binary_calls_the_reflected_method(mod, name):
    assert getattr(mod, name)(5, Logged()) == (f"__r{METHODS[name]}__", 5)


@pytest.mark.parametrize("name", IN_PLACE)
def test_in_place_calls_its_method(mod, name):
    assert getattr(mod, name)(Logged(), 5) == (f"__i{METHODS[name[len('InPlace') :]]}__", 5)


@pytest.mark.parametrize("name", [n for n in IN_PLACE if n != "InPlaceMatrixMultiply"])
def test_in_place_falls_back_on_the_binary_method(mod, name):
    assert getattr(mod, name)(29, 5) == IN_PLACE[name](29, 5)


def test_in_place_changes_the_object(mod):
    x = [1]
    assert mod.InPlaceAdd(x, [2]) is x
    assert mod.InPlaceMultiply(x, 2) is x
    assert x == [1, 2, 1, 2]


@pytest.mark.parametrize("name", SYMBOLS)
def test_unsupported_operands_text(mod, name):
    with pytest.raises(TypeError) as error:
        getattr(mod, name)(object(), 1)
    assert str(error.value) == f"unsupported operand type(s) for {SYMBOLS[name]}: 'object' and 'int'"


def test_division_by_zero(mod):
    for name in ["FloorDivide", "TrueDivide", "Remainder", "Divmod"]:
        with pytest.raises(ZeroDivisionError):
            getattr(mod, name)(1, 0)


def test_sequences_add_and_multiply(mod):
    assert mod.Add("a", "b") == "ab"
    assert mod.Multiply([1], 3) == [1, 1, 1]
    assert mod.Multiply(3, (1,)) == (1, 1, 1)


@pytest.mark.parametrize("name", ["Power", "InPlacePower"])
def test_power(mod, name):
    assert getattr(mod, name)(2, 10, None) == 1024
    assert getattr(mod, name)(2, 10, 1000) == 24
    assert getattr(mod, name)(Logged(), 2, None)[0] in ("__pow__", "__ipow__")


def test_in_place_power_calls_its_method(mod):
    assert mod.InPlacePower(Logged(), 2, None) == ("__ipow__", 2)


@pytest.mark.parametrize("name", UNARY)
def test_unary_on_ints(mod, name):
    result = getattr(mod, name)(-7)
    assert result == UNARY[name](-7)
    assert type(result) is type(UNARY[name](-7))


def test_unary_calls_the_method(mod):
    class Unary:
        def __neg__(self):
            return "neg"

        def __pos__(self):
            return "pos"

        def __abs__(self):
            return "abs"

        def __invert__(self):
            return "invert"

    x = Unary()
    assert [mod.Negative(x), mod.Positive(x), mod.Absolute(x), mod.Invert(x)] == [
        "neg",
        "pos",
        "abs",
        "invert",
    ]


def test_conversions(mod):
    assert mod.Long(3.9) == 3
    assert mod.Long("42") == 42
    assert mod.Float("1.5") == 1.5
    with pytest.raises(TypeError, match="cannot be interpreted as an integer"):
        mod.Index(1.5)
    with pytest.raises(ValueError):
        mod.Long("x")


def test_unary_of_a_string(mod):
    with pytest.raises(TypeError, match="^bad operand type for unary -: 'str'$"):
        mod.Negative("x")


@pytest.mark.parametrize("value, expected", [(1, 1), (1.5, 1), (1j, 1), ("1", 0), (None, 0), (NULL, 0)])
def test_check(mod, value, expected):
    assert mod.Check(value) == expected


@pytest.mark.fixed_defect
@pytest.mark.parametrize("name", [*BINARY, *IN_PLACE])
def test_null_operand_is_an_error(mod, name):
    for operands in [(NULL, 1), (1, NULL), (NULL, NULL)]:
        with pytest.raises(SystemError):
            getattr(mod, name)(*operands)


@pytest.mark.fixed_defect
@pytest.mark.parametrize("name", ["Power", "InPlacePower"])
def test_null_operand_of_power_is_an_error(mod, name):
    for operands in [(NULL, 1, None), (1, NULL, None), (1, 2, NULL)]:
        with pytest.raises(SystemError):
            getattr(mod, name)(*operands)


@pytest.mark.parametrize("name", UNARY)
def test_null_of_unary_is_an_error(mod, name):
    with pytest.raises(SystemError):
        getattr(mod, name)(NULL)
