"""Integers: C numbers to int and back."""

import sys

import pytest
from support import NULL, function, module_fixture

POINTER_BITS = sys.maxsize.bit_length() + 1

FROM = {  # function: (C type of the literal, bits, signed)
    "FromInt32_t": ("int32_t", 32, True),
    "FromUInt32_t": ("uint32_t", 32, False),
    "FromInt64_t": ("int64_t", 64, True),
    "FromUInt64_t": ("uint64_t", 64, False),
    "FromSize_t": ("size_t", POINTER_BITS, False),
    "FromSsize_t": ("HPy_ssize_t", POINTER_BITS, True),
}
FROM_C_TYPES = {
    "FromLong": ("long", True),
    "FromUnsignedLong": ("unsigned long", False),
    "FromLongLong": ("long long", True),
    "FromUnsignedLongLong": ("unsigned long long", False),
}
AS = {
    "AsInt32_t": "signed",
    "AsUInt32_t": "unsigned",
    "AsUInt32_tMask": "unsigned",
    "AsInt64_t": "signed",
    "AsUInt64_t": "unsigned",
    "AsUInt64_tMask": "unsigned",
    "AsSize_t": "unsigned",
    "AsSsize_t": "signed",
    "AsDouble": "double",
    "AsLong": "signed",
    "AsUnsignedLong": "unsigned",
    "AsUnsignedLongMask": "unsigned",
    "AsLongLong": "signed",
    "AsUnsignedLongLong": "unsigned",
    "AsUnsignedLongLongMask": "unsigned",
}
EXACT = {  # functions that refuse what does not fit: (bits, signed)
    "AsInt32_t": (32, True),
    "AsUInt32_t": (32, False),
    "AsInt64_t": (64, True),
    "AsUInt64_t": (64, False),
    "AsSize_t": (POINTER_BITS, False),
    "AsSsize_t": (POINTER_BITS, True),
    "AsLongLong": (64, True),
    "AsUnsignedLongLong": (64, False),
}
MASKS = {"AsUInt32_tMask": 32, "AsUInt64_tMask": 64, "AsUnsignedLongLongMask": 64}

mod = module_fixture(
    "#include <stddef.h>\n"
    + "".join(
        # The bits travel as an unsigned number: the function under test sees every value of its C type.
        function(name, 1, f"HPyLong_{name}(ctx, ({ctype})HPyLong_AsUInt64_tMask(ctx, a))")
        for name, ctype in [(n, t[0]) for n, t in {**FROM, **FROM_C_TYPES}.items()]
    )
    + "".join(function(name, 1, f"HPyLong_{name}(ctx, a)", result) for name, result in AS.items())
    + function("AsVoidPtr", 1, "HPyLong_AsVoidPtr(ctx, a)", "pointer")
    + function("size_of_long", 0, "sizeof(long)", "signed")
)


def limits(bits, signed):
    return (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)


class Index:
    def __index__(self):
        return 42


@pytest.mark.smoke
@pytest.mark.parametrize("name", FROM)
def test_from_c_number(mod, name):
    _, bits, signed = FROM[name]
    for value in [0, 1, 256, *limits(bits, signed)]:
        assert getattr(mod, name)(value) == value


@pytest.mark.parametrize("name", FROM_C_TYPES)
def test_from_c_type(mod, name):
    ctype, signed = FROM_C_TYPES[name]
    bits = 64 if "long long" in ctype else 8 * mod.size_of_long()
    for value in [0, 1, *limits(bits, signed)]:
        assert getattr(mod, name)(value) == value


@pytest.mark.smoke
@pytest.mark.parametrize("name", EXACT)
def test_as_c_number_at_the_limits(mod, name):
    for value in [0, 1, *limits(*EXACT[name])]:
        assert getattr(mod, name)(value) == value


@pytest.mark.parametrize("name", EXACT)
def test_as_c_number_out_of_range(mod, name):
    low, high = limits(*EXACT[name])
    for value in [low - 1, high + 1, 1 << 200, -(1 << 200)]:
        with pytest.raises(OverflowError):
            getattr(mod, name)(value)


@pytest.mark.parametrize("name", [name for name in [*AS, "AsVoidPtr"] if name != "AsUInt32_t"])
def test_as_c_number_of_a_string(mod, name):
    with pytest.raises(TypeError):
        getattr(mod, name)("1")


@pytest.mark.fixed_defect
@pytest.mark.parametrize("value", ["1", 1.5, None])
def test_uint32_of_a_string_is_a_type_error(mod, value):
    with pytest.raises(TypeError):
        mod.AsUInt32_t(value)


def test_int32_overflow_text(mod):
    with pytest.raises(OverflowError, match="^Python int too large to convert to C int32_t$"):
        mod.AsInt32_t(1 << 31)


def test_int32_type_text(mod):
    with pytest.raises(
        TypeError, match="^'str' object cannot be interpreted as an integer$|^an integer is required"
    ):
        mod.AsInt32_t("1")


def test_uint32_overflow_text(mod):
    with pytest.raises(OverflowError, match="^Python int too large to convert to C uint32_t$"):
        mod.AsUInt32_t(1 << 32)


@pytest.mark.parametrize("name", ["AsUInt64_t", "AsSize_t"])
def test_unsigned_of_negative_text(mod, name):
    with pytest.raises(OverflowError, match="can't convert negative"):
        getattr(mod, name)(-1)


@pytest.mark.parametrize("name", ["AsUInt64_t", "AsSize_t", "AsSsize_t"])
def test_only_ints_text(mod, name):
    with pytest.raises(TypeError, match="^an integer is required$|cannot be interpreted as an integer"):
        getattr(mod, name)("1")


@pytest.mark.parametrize("name", ["AsInt32_t", "AsInt64_t", "AsUInt32_tMask", "AsUInt64_tMask", "AsLong"])
def test_index_is_used(mod, name):
    assert getattr(mod, name)(Index()) == 42


@pytest.mark.fixed_defect
def test_uint32_takes_ints_only(mod):
    with pytest.raises(TypeError):
        mod.AsUInt32_t(Index())


@pytest.mark.parametrize("name", ["AsUInt64_t", "AsSize_t", "AsSsize_t", "AsDouble"])
def test_index_is_not_used(mod, name):
    with pytest.raises(TypeError):
        getattr(mod, name)(Index())


@pytest.mark.parametrize("name", MASKS)
def test_mask_takes_the_low_bits(mod, name):
    modulus = 1 << MASKS[name]
    for value in [0, 1, -1, modulus, modulus + 5, -modulus - 5, 1 << 200, (1 << 200) + 7]:
        assert getattr(mod, name)(value) == value % modulus


def test_minus_one_is_a_value(mod):
    assert mod.AsInt32_t(-1) == mod.AsInt64_t(-1) == mod.AsSsize_t(-1) == mod.AsLong(-1) == -1


def test_error_value_of_unsigned_is_a_value(mod):
    assert mod.AsUInt32_t((1 << 32) - 1) == (1 << 32) - 1
    assert mod.AsUInt64_t((1 << 64) - 1) == (1 << 64) - 1


def test_long_follows_the_size_of_the_c_type(mod):
    bits = 8 * mod.size_of_long()
    low, high = limits(bits, True)
    assert mod.AsLong(low) == low
    assert mod.AsUnsignedLong((1 << bits) - 1) == (1 << bits) - 1
    assert mod.AsUnsignedLongMask((1 << bits) + 3) == 3
    with pytest.raises(OverflowError):
        mod.AsLong(high + 1)
    with pytest.raises(OverflowError):
        mod.AsUnsignedLong(1 << bits)


def test_as_double(mod):
    assert mod.AsDouble(-3) == -3.0
    assert mod.AsDouble(1 << 100) == float(1 << 100)


def test_as_double_out_of_range(mod):
    with pytest.raises(OverflowError):
        mod.AsDouble(1 << 2000)


def test_as_void_pointer(mod):
    assert mod.AsVoidPtr(0x1234) == 0x1234
    assert mod.AsVoidPtr(-1) == -1


def test_error_of_index_propagates(mod):
    class Broken:
        def __index__(self):
            raise KeyError("index")

    with pytest.raises(KeyError, match="index"):
        mod.AsInt64_t(Broken())


@pytest.mark.fixed_defect
@pytest.mark.parametrize("name", [*AS, "AsVoidPtr"])
def test_null_is_an_error(mod, name):
    with pytest.raises(SystemError):
        getattr(mod, name)(NULL)


# Around the ints that CPython keeps, and where another digit begins.
DIGITS = sorted(
    {
        sign * (middle + offset)
        for middle in (0, 5, 256, 1024, 1 << 15, 1 << 30, 1 << 31, 1 << 60)
        for offset in (-2, -1, 0, 1, 2)
        for sign in (1, -1)
    }
)


@pytest.mark.smoke
@pytest.mark.parametrize("name", [name for name in FROM if FROM[name][2]])
def test_from_numbers_of_any_number_of_digits(mod, name):
    low, high = limits(*FROM[name][1:])
    for value in DIGITS:
        if low <= value <= high:
            made = getattr(mod, name)(value)
            assert (made, type(made), hash(made), str(made)) == (value, int, hash(value), str(value))
            assert made + 1 == value + 1
            assert (made is int(str(value))) == (int(str(value)) is int(str(value)))


@pytest.mark.smoke
@pytest.mark.parametrize("name", EXACT)
def test_as_numbers_of_any_number_of_digits(mod, name):
    class Int(int):
        pass

    low, high = limits(*EXACT[name])
    for value in DIGITS:
        if low <= value <= high:
            assert getattr(mod, name)(value) == value
            assert getattr(mod, name)(Int(value)) == value


@pytest.mark.parametrize("name", EXACT)
def test_as_number_of_a_bool(mod, name):
    assert (getattr(mod, name)(True), getattr(mod, name)(False)) == (1, 0)


@pytest.mark.parametrize("name", EXACT)
def test_as_number_asks_no_subclass_of_int(mod, name):
    class Int(int):
        def __index__(self):
            raise AssertionError("__index__ was called")

        __int__ = __index__

    assert getattr(mod, name)(Int(7)) == 7


def test_made_numbers_go(mod):
    def make(count):
        for _ in range(count):
            mod.FromInt64_t(123456)
            mod.FromInt64_t(-123456)

    make(10)
    before = sys.getallocatedblocks()
    make(10_000)
    assert sys.getallocatedblocks() < before + 5000
