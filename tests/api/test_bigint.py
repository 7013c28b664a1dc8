"""Large integers: to and from bytes, and to and from digits."""

import sys

import pytest
from support import NULL, c_text, function, module_fixture

pytestmark = pytest.mark.after_0_9_0

mod = module_fixture(
    c_text(__file__)
    + function("sign", 1, "sign(ctx, a)")
    + function("sign_nowhere", 1, "HPyLong_GetSign(ctx, a, NULL)", "signed")
    + function("from_string", 3, "from_string(ctx, a, HPy_IsTrue(ctx, b), (int)HPyLong_AsLong(ctx, c))")
    + function("from_null", 0, "HPyLong_FromString(ctx, NULL, NULL, 10)")
    + function("to_bytes", 3, "to_bytes(ctx, a, HPyLong_AsSsize_t(ctx, b), (int)HPyLong_AsLong(ctx, c))")
    + function("needed", 2, "HPyLong_AsNativeBytes(ctx, a, NULL, 0, (int)HPyLong_AsLong(ctx, b))", "signed")
    + function("negative_size", 1, "HPyLong_AsNativeBytes(ctx, a, &self, -1, -1)", "signed")
    + function(
        "from_bytes",
        2,
        "HPyLong_FromNativeBytes(ctx, HPyBytes_AsString(ctx, a), (size_t)HPyBytes_Size(ctx, a),"
        " (int)HPyLong_AsLong(ctx, b))",
    )
    + function(
        "from_unsigned_bytes",
        2,
        "HPyLong_FromUnsignedNativeBytes(ctx, HPyBytes_AsString(ctx, a), (size_t)HPyBytes_Size(ctx, a),"
        " (int)HPyLong_AsLong(ctx, b))",
    )
    + function("from_null_bytes", 0, "HPyLong_FromNativeBytes(ctx, NULL, 1, -1)")
    + function("from_unsigned_null_bytes", 0, "HPyLong_FromUnsignedNativeBytes(ctx, NULL, 1, -1)")
    + function("layout", 0, "layout(ctx)")
    + function("exported", 1, "exported(ctx, a)")
    + function("export_nowhere", 1, "HPyLong_Export(ctx, a, NULL)", "signed")
    + function("written", 2, "written(ctx, HPy_IsTrue(ctx, a), b)")
    + function("discarded", 1, "discarded(ctx, HPyLong_AsSsize_t(ctx, a))")
    + function("create_nowhere", 0, "create_nowhere(ctx)")
    + function("finish_null", 0, "HPyLongWriter_Finish(ctx, (HPyLongWriter){0})")
    + function("discard_null", 0, "HPyLongWriter_Discard(ctx, (HPyLongWriter){0})", "void"),
    macros=[("HPY_TARGET_ABI_VERSION", "0x00000001")],
)

DEFAULTS, BIG, LITTLE, NATIVE, UNSIGNED, REJECT_NEGATIVE, ALLOW_INDEX = -1, 0, 1, 3, 4, 8, 16

INTEGERS = [0, 1, -1, 127, 128, -128, -129, 255, 256, 2**30 - 1, 2**30, -(2**30), 2**31, 2**62, 2**63 - 1]
INTEGERS += [2**63, -(2**63), -(2**63) - 1, 2**64 - 1, 2**64, 2**90, 10**40, -(10**40), 3**2000, -(3**2000)]
SMALL = range(-(2**63), 2**63)


class Index:
    def __index__(self):
        return 300


class Derived(int):
    def __index__(self):
        raise AssertionError


@pytest.mark.smoke
@pytest.mark.parametrize("value", INTEGERS)
def test_sign(mod, value):
    assert mod.sign(value) == mod.sign(Derived(value)) == (value > 0) - (value < 0)


def test_sign_of_wrong_arguments(mod):
    with pytest.raises(TypeError, match="^expected an int, float found$"):
        mod.sign(1.5)
    for call in [lambda: mod.sign(NULL), lambda: mod.sign_nowhere(3)]:
        with pytest.raises(SystemError, match="^null argument to HPyLong_GetSign$"):
            call()


# From text


@pytest.mark.smoke
def test_from_string(mod):
    assert mod.from_string(b"-12", False, 10) == -12
    assert mod.from_string(b" 0x_ff ", False, 0) == 255
    assert mod.from_string(b"zz", False, 36) == 35 * 36 + 35
    assert mod.from_string(b"1" * 100, False, 10) == int("1" * 100)


def test_from_string_tells_the_end(mod):
    assert mod.from_string(b" 12 ", True, 10) == (12, b"")
    assert mod.from_string(b"12 apples", True, 10) == (None, b"apples")
    assert mod.from_string(b"0b102", True, 0) == (None, b"2")


def test_from_wrong_strings(mod):
    for text, base in [(b"", 10), (b"12x", 10), (b"9", 8), (b"0x", 0), (b"1__0", 10)]:
        with pytest.raises(ValueError, match="invalid literal"):
            mod.from_string(text, False, base)
    with pytest.raises(ValueError):
        mod.from_string(b"\xff", False, 10)
    for base in [1, -1, 37]:
        with pytest.raises(ValueError, match="must be >= 2 and <= 36"):
            mod.from_string(b"1", False, base)
    with pytest.raises(SystemError, match="^null argument to HPyLong_FromString$"):
        mod.from_null()


# Bytes


@pytest.mark.smoke
@pytest.mark.parametrize("value", INTEGERS)
@pytest.mark.parametrize(
    "flags, order", [(DEFAULTS, sys.byteorder), (BIG, "big"), (LITTLE, "little"), (NATIVE, sys.byteorder)]
)
def test_bytes_both_ways(mod, value, flags, order):
    length = value.bit_length() // 8 + 1
    for size in [length, length + 1, length + 9]:
        expected = value.to_bytes(size, order, signed=True)
        needed, written = mod.to_bytes(value, size, flags)
        assert needed <= size and written == expected
        assert mod.from_bytes(expected, flags) == value
        assert mod.from_unsigned_bytes(expected, flags) == int.from_bytes(expected, order)


@pytest.mark.parametrize("value", [128, -129, 2**31, 2**63, -(2**63) - 1, 10**40, -(10**40)])
def test_too_few_bytes_get_the_lowest(mod, value):
    for size in range(1, value.bit_length() // 8 + 1):
        needed, written = mod.to_bytes(value, size, LITTLE)
        assert needed > size
        assert written == (value % 256**size).to_bytes(size, "little")


@pytest.mark.parametrize("value", INTEGERS)
def test_asking_for_the_size(mod, value):
    size = mod.needed(value, DEFAULTS)
    assert value.bit_length() // 8 <= size <= value.bit_length() // 8 + 9
    value.to_bytes(size, "big", signed=True)


def test_unsigned_buffers(mod):
    for value in [128, 255, 2**16 - 1, 2**64 - 1, 256**20 - 1]:
        size = value.bit_length() // 8
        assert mod.to_bytes(value, size, LITTLE)[0] > size
        needed, written = mod.to_bytes(value, size, LITTLE | UNSIGNED)
        assert needed <= size and written == value.to_bytes(size, "little")
    assert mod.to_bytes(256, 1, LITTLE | UNSIGNED)[0] > 1
    assert mod.to_bytes(-129, 1, LITTLE | UNSIGNED)[0] > 1


def test_rejecting_negative_integers(mod):
    assert mod.to_bytes(3, 1, BIG | REJECT_NEGATIVE) == (1, b"\x03")
    for value in [-1, -(10**40)]:
        with pytest.raises(ValueError, match="negative"):
            mod.to_bytes(value, 30, BIG | REJECT_NEGATIVE)


def test_objects_with_index(mod):
    assert mod.to_bytes(Index(), 2, BIG | ALLOW_INDEX)[1] == b"\x01\x2c"
    for flags in [BIG, DEFAULTS]:
        with pytest.raises(TypeError):
            mod.to_bytes(Index(), 2, flags)
    with pytest.raises(TypeError):
        mod.to_bytes(1.5, 2, BIG | ALLOW_INDEX)


def test_no_bytes_are_zero(mod):
    assert mod.from_bytes(b"", DEFAULTS) == mod.from_unsigned_bytes(b"", LITTLE) == 0


def test_wrong_arguments_of_bytes(mod):
    with pytest.raises(ValueError, match="^HPyLong_AsNativeBytes: n_bytes must not be negative$"):
        mod.negative_size(3)
    for call in [
        lambda: mod.to_bytes(NULL, 1, DEFAULTS),
        mod.from_null_bytes,
        mod.from_unsigned_null_bytes,
    ]:
        with pytest.raises(SystemError, match="^null argument to HPyLong_"):
            call()


# Digits


@pytest.fixture
def base(mod):
    return 2 ** mod.layout()[0]


def digits_of(value, base):
    value = abs(value)
    digits = []
    while value:
        digits.append(value % base)
        value //= base
    return digits


def test_layout(mod):
    endianness = -1 if sys.byteorder == "little" else 1
    info = sys.int_info
    assert mod.layout() == (info.bits_per_digit, info.sizeof_digit, -1, endianness)


@pytest.mark.smoke
@pytest.mark.parametrize("value", INTEGERS)
def test_export(mod, base, value):
    expected = value if value in SMALL else (value < 0, digits_of(value, base))
    assert mod.exported(value) == mod.exported(Derived(value)) == expected


def test_export_keeps_the_integer(mod):
    value = 3**500
    before = sys.getrefcount(value)
    mod.exported(value)
    assert sys.getrefcount(value) == before


def test_export_of_wrong_arguments(mod):
    for value in [1.5, "1", Index()]:
        with pytest.raises(TypeError, match="^expected an int, .* found$"):
            mod.exported(value)
    for call in [lambda: mod.exported(NULL), lambda: mod.export_nowhere(3)]:
        with pytest.raises(SystemError, match="^null argument to HPyLong_Export$"):
            call()


@pytest.mark.smoke
@pytest.mark.parametrize("value", INTEGERS)
def test_write(mod, base, value):
    digits = digits_of(value, base) or [0]
    assert mod.written(value < 0, digits) == value
    assert mod.written(value < 0, [*digits, 0, 0]) == value
    assert mod.written(value >= 0, digits) == -value


def test_written_integers_are_ordinary(mod, base):
    assert mod.written(False, [5]) is 5  # noqa: F632
    assert mod.written(True, [0, 0, 0]) is 0  # noqa: F632
    value = mod.written(False, [1, 2, 3])
    assert hash(value) == hash(1 + 2 * base + 3 * base**2)
    assert value + 1 - 1 == value and str(value) == str(1 + 2 * base + 3 * base**2)


def test_digits_that_are_too_large(mod, base):
    for digits in [[base], [1, base, 1], [2 * base - 1]]:
        with pytest.raises(ValueError, match="^HPyLongWriter_Finish: a digit is not below the base$"):
            mod.written(False, digits)


def test_discard(mod):
    assert mod.discarded(1) is None
    assert mod.discarded(1000) is None
    assert mod.discard_null() is None


def test_impossible_writers(mod):
    for count in [0, -1]:
        with pytest.raises(ValueError, match="ndigits must be positive"):
            mod.discarded(count)
    with pytest.raises((OverflowError, MemoryError)):
        mod.discarded(sys.maxsize)
    with pytest.raises(SystemError, match="^null argument to HPyLongWriter_Create$"):
        mod.create_nowhere()
    with pytest.raises(SystemError, match="^null argument to HPyLongWriter_Finish$"):
        mod.finish_null()
