"""The items of a view: where they are, copies of them, and numbers."""

import array
import ctypes
import struct
import sys

import pytest
from support import NULL, c_text, function, module_fixture

pytestmark = pytest.mark.after_0_9_0

mod = module_fixture(
    c_text(__file__)
    + function("check", 1, "HPyBuffer_Check(ctx, a)", "status")
    + function(
        "size_from_format",
        1,
        "HPyBuffer_SizeFromFormat(ctx, HPyUnicode_AsUTF8AndSize(ctx, a, NULL))",
        "status",
    )
    + function("size_from_null", 0, "HPyBuffer_SizeFromFormat(ctx, NULL)", "status"),
    macros=[("HPY_TARGET_ABI_VERSION", "0x00000001")],
)


def table():
    """Two rows of three."""
    return (ctypes.c_int16 * 3 * 2)((1, 2, 3), (4, 5, 6))


def shorts(*numbers):
    return struct.pack(f"{len(numbers)}h", *numbers)


@pytest.mark.smoke
def test_check(mod):
    assert mod.check(b"") == mod.check(array.array("i")) == mod.check(memoryview(b"")) == 1
    assert mod.check("") == mod.check(None) == mod.check(bytes) == mod.check(NULL) == 0


@pytest.mark.smoke
def test_size_from_format(mod):
    for text in ["B", "i", "<l", "3sd", "T"[:0]]:
        assert mod.size_from_format(text) == struct.calcsize(text)
    with pytest.raises(struct.error):
        mod.size_from_format("no format")
    with pytest.raises(SystemError):
        mod.size_from_null()


@pytest.mark.smoke
def test_get_pointer(mod):
    rows = table()
    assert [mod.short_at(rows, i, j) for i in (0, 1) for j in (0, 1, 2)] == [1, 2, 3, 4, 5, 6]
    assert mod.short_at(memoryview(rows)[::-1], 0, 2) == 6
    assert mod.indirect_at(1, 2) == 6
    assert mod.at_without_strides(rows, 1, 0) == 4


@pytest.mark.smoke
def test_to_contiguous(mod):
    rows = table()
    assert mod.to_contiguous(rows, "C") == mod.to_contiguous(rows, "A") == shorts(1, 2, 3, 4, 5, 6)
    assert mod.to_contiguous(rows, "F") == shorts(1, 4, 2, 5, 3, 6)
    back = memoryview(rows)[::-1]
    assert mod.to_contiguous(back, "C") == mod.to_contiguous(back, "A") == shorts(4, 5, 6, 1, 2, 3)
    assert mod.to_contiguous(back, "F") == shorts(4, 1, 5, 2, 6, 3)


def test_to_contiguous_of_one_dimension(mod):
    for order in "CFA":
        assert mod.to_contiguous(b"abcdef", order) == b"abcdef"
        assert mod.to_contiguous(memoryview(b"abcdef")[::-2], order) == b"fdb"
        assert mod.to_contiguous(b"", order) == b""


def test_to_contiguous_of_a_single_item(mod):
    assert mod.to_contiguous(ctypes.c_int16(7), "C") == shorts(7)


def test_to_contiguous_of_pointers(mod):
    assert mod.indirect_to_contiguous("C") == shorts(1, 2, 3, 4, 5, 6)
    assert mod.indirect_to_contiguous("F") == shorts(1, 4, 2, 5, 3, 6)


@pytest.mark.smoke
def test_from_contiguous(mod):
    for order, expected in [("C", [[1, 2, 3], [4, 5, 6]]), ("F", [[1, 3, 5], [2, 4, 6]])]:
        rows = (ctypes.c_int16 * 3 * 2)()
        mod.from_contiguous(rows, shorts(1, 2, 3, 4, 5, 6), order)
        assert [list(row) for row in rows] == expected


def test_from_contiguous_into_every_other_byte(mod):
    data = bytearray(b"abcdef")
    with memoryview(data) as whole, whole[::-2] as some:
        mod.from_contiguous(some, b"123", "A")
    assert data == b"a3c2e1"


def test_there_and_back(mod):
    rows = memoryview(table())[::-1]
    for order in "CFA":
        copy = (ctypes.c_int16 * 3 * 2)()
        target = memoryview(copy)[::-1]
        mod.from_contiguous(target, mod.to_contiguous(rows, order), order)
        assert mod.int64s(target, 0, 9) == mod.int64s(rows, 0, 9) == [4, 5, 6, 1, 2, 3]


def test_read_only_views_are_not_written_to(mod):
    for call in [lambda: mod.from_contiguous(b"abc", b"xyz", "C"), lambda: mod.copy_data(b"abc", b"xyz")]:
        with pytest.raises(BufferError, match="the view is read-only"):
            call()


def test_another_length(mod):
    for length in [0, 2, 4, -1, 2**63 - 1]:
        with pytest.raises(ValueError, match="the length is not that of the view"):
            mod.to_contiguous(b"abc", "C", length)
    with pytest.raises(ValueError, match="the length is not that of the view"):
        mod.from_contiguous(bytearray(3), b"ab", "C")


def test_another_order(mod):
    for order in ["c", "X", "\0"]:
        with pytest.raises(ValueError, match="the order must be"):
            mod.to_contiguous(b"abc", order)
        with pytest.raises(ValueError, match="the order must be"):
            mod.from_contiguous(bytearray(3), b"abc", order)


@pytest.mark.smoke
def test_copy_data(mod):
    copy = (ctypes.c_int16 * 3 * 2)()
    mod.copy_data(copy, table())
    assert mod.to_contiguous(copy, "C") == shorts(1, 2, 3, 4, 5, 6)
    mod.copy_data(memoryview(copy)[::-1], table())
    assert mod.to_contiguous(copy, "C") == shorts(4, 5, 6, 1, 2, 3)


def test_copy_data_within_an_object(mod):
    data = bytearray(b"abcdef")
    with memoryview(data) as whole, whole[:4] as source, whole[2:] as target:
        mod.copy_data(target, source)
    assert data == b"ababcd"


def test_copy_data_of_another_shape(mod):
    other = (ctypes.c_int16 * 2 * 3)()
    for to, source in [
        (table(), other),
        (other, table()),
        (bytearray(2), bytearray(3)),
        (array.array("i", [1]), bytearray(4)),
        (bytearray(12), table()),
    ]:
        with pytest.raises(ValueError, match="the views have other shapes or items"):
            mod.copy_data(to, source)


INTEGERS = "bBhHiIlLqQ"
OWN, OTHER = ("<", ">") if sys.byteorder == "little" else (">", "<")


@pytest.mark.smoke
@pytest.mark.parametrize("code", INTEGERS)
def test_integers_of_each_type(mod, code):
    bits = 8 * struct.calcsize(code)
    signed = code.islower()
    least, most = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, min(2**bits, 2**63) - 1)
    numbers = array.array(code, [least, 1, 0, most])
    assert mod.int64s(numbers, 0, 9) == [least, 1, 0, most]
    assert mod.doubles(numbers, 0, 9) == [float(least), 1, 0, float(most)]
    assert mod.int64s(numbers, 1, 2) == [1, 0]
    assert mod.int64s(memoryview(numbers)[::-2], 0, 9) == [most, 1]


@pytest.mark.smoke
@pytest.mark.parametrize("code", "fd")
def test_floating_point_numbers(mod, code):
    numbers = array.array(code, [0.5, -1e30, float("inf")])
    assert mod.doubles(numbers, 0, 9) == list(numbers)
    assert mod.doubles(memoryview(numbers)[::-1], 1, 1) == [numbers[1]]
    with pytest.raises(TypeError, match="no such numbers"):
        mod.int64s(numbers, 0, 9)


def test_what_does_not_fit_ends_it(mod):
    numbers = array.array("Q", [1, 2**63 - 1, 2**63, 1])
    assert mod.int64s(numbers, 0, 4) == [1, 2**63 - 1]
    assert mod.int64s(numbers, 2, 2) == []
    assert mod.doubles(numbers, 2, 1) == [2.0**63]


def test_numbers_of_several_dimensions(mod):
    rows = table()
    assert mod.int64s(rows, 0, 9) == [1, 2, 3, 4, 5, 6]
    assert mod.int64s(rows, 2, 3) == [3, 4, 5]
    assert mod.int64s(memoryview(rows)[::-1], 1, 4) == [5, 6, 1, 2]
    assert mod.doubles(rows, 5, 5) == [6]
    assert mod.indirect_int64s(1, 4) == [2, 3, 4, 5]


def test_a_single_number(mod):
    assert mod.int64s(ctypes.c_int16(7), 0, 5) == [7]


def test_numbers_from_the_end_on(mod):
    numbers = array.array("i", [1, 2])
    for start in [2, 3, 2**63 - 1]:
        assert mod.int64s(numbers, start, 3) == mod.doubles(numbers, start, 3) == []
    assert mod.int64s(numbers, 0, 0) == mod.int64s(b"", 0, 5) == []


@pytest.mark.parametrize("format", ["@i", "=i", OWN + "i", OWN + "q", "@n", "N"])
def test_formats_with_a_byte_order(mod, format):
    assert mod.ints_of_format(format, struct.calcsize(format)) == [5]


@pytest.mark.parametrize(
    "format, size",
    [
        (OTHER + "i", 4),
        ("?", 1),
        ("c", 1),
        ("2i", 8),
        ("ii", 8),
        ("", 4),
        ("e", 2),
        ("x", 1),
        ("=n", 8),
        ("i", 2),
    ]
    + [("P", 8), ("=", 4), ("i", 0)],
)
def test_other_formats(mod, format, size):
    with pytest.raises(TypeError, match="no such numbers"):
        mod.ints_of_format(format, size)


@pytest.mark.parametrize("name", ["int64s", "doubles"])
@pytest.mark.parametrize("start, count", [(-1, 2), (0, -1), (-(2**63), -(2**63))])
def test_negative_start_and_count(mod, name, start, count):
    with pytest.raises(ValueError, match="start and count must not be negative"):
        getattr(mod, name)(array.array("i", [1, 2]), start, count)


def test_numbers_of_no_view(mod):
    with pytest.raises(TypeError):
        mod.ints_of_null()
