"""HPyArg_Parse, and what all three parsing functions share: units, formats, messages."""

import os
import random
import sys

import pytest
from support import c_text, module_fixture
from support.errors import error_of

headers_defect = pytest.mark.fixed_defect("headers")

mod = module_fixture(c_text(__file__, "argparse.c"))

INT_MAX = 2**31 - 1
LONG_BITS = 64 if sys.maxsize > 2**32 and sys.platform != "win32" else 32
LONG_MAX = 2 ** (LONG_BITS - 1) - 1
needs_strict_integers = pytest.mark.skipif(
    sys.version_info < (3, 10), reason="Python takes floats for integers"
)
needs_long = pytest.mark.skipif(LONG_BITS == 32, reason="long is as small as int")


class Index:
    def __index__(self):
        return 7


class Float:
    def __float__(self):
        return 2.5


class NoTruth:
    def __bool__(self):
        raise ZeroDivisionError("no truth")


def parse_in_all_ways(mod, fmt, value):
    """The stored value, the same from the three functions."""
    code = fmt.encode()
    results = [
        mod.parse(code, value),
        mod.parse_tracked(code, value),
        mod.keywords(code, b"a", True, value),
        mod.keywords(code, b"a", True, a=value),
        mod.keywords_dict(code, b"a", True, (value,), None, None),
        mod.keywords_dict(code, b"a", True, (), {"a": value}, None),
    ]
    assert all(result == results[0] for result in results)
    (stored,) = results[0]
    return stored


# ---- units ----


@pytest.mark.smoke
@pytest.mark.parametrize(
    "unit, value, expected",
    [
        ("b", 0, 0),
        ("b", 255, 255),
        ("B", 255, 255),
        ("B", 256, 0),
        ("B", -1, 255),
        ("B", 2**100 + 3, 3),
        ("h", -32768, -32768),
        ("h", 32767, 32767),
        ("H", 65536 + 5, 5),
        ("H", -1, 65535),
        ("i", -INT_MAX - 1, -INT_MAX - 1),
        ("i", INT_MAX, INT_MAX),
        ("I", 2**32 + 5, 5),
        ("I", -1, 2**32 - 1),
        ("l", LONG_MAX, LONG_MAX),
        ("l", -LONG_MAX - 1, -LONG_MAX - 1),
        ("k", -1, 2**LONG_BITS - 1),
        ("k", 2**64 + 9, 9),
        ("L", 2**63 - 1, 2**63 - 1),
        ("L", -(2**63), -(2**63)),
        ("K", -1, 2**64 - 1),
        ("K", 2**64 + 9, 9),
        ("n", sys.maxsize, sys.maxsize),
        ("n", -sys.maxsize - 1, -sys.maxsize - 1),
        ("f", 1.5, 1.5),
        ("f", 1e300, float("inf")),
        ("d", 1e300, 1e300),
        ("d", 3, 3.0),
        ("p", [], 0),
        ("p", "x", 1),
        ("s", "", b""),
        ("s", "h\u00e4\u20ac", "h\u00e4\u20ac".encode()),
    ],
)
def test_unit(mod, unit, value, expected):
    assert parse_in_all_ways(mod, unit, value) == expected


@pytest.mark.parametrize("unit", "bBhHiIlkLK")
def test_integer_units_accept_index(mod, unit):
    assert parse_in_all_ways(mod, unit, Index()) == 7


@pytest.mark.parametrize("unit", "bBhHiIlkLKn")
def test_integer_units_accept_minus_one_or_refuse_it_as_out_of_range(mod, unit):
    """-1 is also the error value of the conversions."""
    if unit == "b":
        assert error_of(mod.parse, b"b", -1)[0] is OverflowError
    else:
        mod.parse(unit.encode(), -1)


@pytest.mark.parametrize("unit", "bBhHiIlkLKn")
@pytest.mark.parametrize("value", [pytest.param(1.0, marks=needs_strict_integers), "1", None])
def test_integer_units_refuse_other_types(mod, unit, value):
    assert error_of(mod.parse, unit.encode(), value)[0] is TypeError


def test_n_refuses_index(mod):
    assert error_of(mod.parse, b"n", Index()) == (TypeError, "an integer is required")


def test_floats_accept_float_protocol(mod):
    assert mod.parse(b"fd", Float(), Float()) == (2.5, 2.5)
    assert mod.parse(b"fd", -1, -1.0) == (-1.0, -1.0)


@pytest.mark.parametrize("unit", "fd")
def test_floats_refuse_other_types(mod, unit):
    assert error_of(mod.parse, unit.encode(), "x") == (TypeError, "must be real number, not str")


@pytest.mark.parametrize(
    "unit, value, message",
    [
        ("b", -1, "unsigned byte integer is less than minimum"),
        ("b", 256, "unsigned byte integer is greater than maximum"),
        ("h", -32769, "signed short integer is less than minimum"),
        ("h", 32768, "signed short integer is greater than maximum"),
        pytest.param("i", -INT_MAX - 2, "signed integer is less than minimum", marks=needs_long),
        pytest.param("i", INT_MAX + 1, "signed integer is greater than maximum", marks=needs_long),
    ],
)
def test_out_of_range(mod, unit, value, message):
    assert error_of(mod.parse, unit.encode(), value) == (OverflowError, "function " + message)
    assert error_of(mod.parse, (unit + ":fn").encode(), value) == (OverflowError, "fn() " + message)
    assert error_of(mod.keywords, (unit + ":fn").encode(), b"a", False, a=value) == (
        OverflowError,
        "fn() " + message,
    )


@pytest.mark.parametrize("unit", "bhilL")
def test_overflow_of_the_conversion_is_left_as_it_is(mod, unit):
    kind, message = error_of(mod.parse, (unit + ":fn").encode(), 2**100)
    assert kind is OverflowError
    assert "fn()" not in message and "too " in message


def test_n_overflow(mod):
    assert error_of(mod.parse, b"n", 2**100) == (
        OverflowError,
        "Python int too large to convert to C ssize_t",
    )


def test_p_propagates_exceptions(mod):
    assert error_of(mod.parse, b"p", NoTruth()) == (ZeroDivisionError, "no truth")


@pytest.mark.parametrize(
    "value, kind, message",
    [
        (b"bytes", TypeError, "a str is required"),
        (None, TypeError, "a str is required"),
        ("a\0b", ValueError, "embedded null character"),
    ],
)
def test_s_errors(mod, value, kind, message):
    assert error_of(mod.parse, b"s", value) == (kind, "function " + message)
    assert error_of(mod.keywords_dict, b"s:fn", b"a", True, (), {"a": value}, None) == (
        kind,
        "fn() " + message,
    )


@headers_defect
@pytest.mark.parametrize("fmt", [b"s", b"s:fn", b"s;own message", b"|s"])
def test_s_of_a_lone_surrogate_raises_what_encoding_raises(mod, fmt):
    value = os.fsdecode(b"caf\xe9")
    message = "'utf-8' codec can't encode character '\\udce9' in position 3: surrogates not allowed"
    expected = (UnicodeEncodeError, message)
    assert error_of(mod.parse, fmt, value) == expected
    assert error_of(mod.parse_tracked, fmt, value) == expected
    assert error_of(mod.keywords, fmt, b"a", False, value) == expected
    assert error_of(mod.keywords, fmt, b"a", True, a=value) == expected
    assert error_of(mod.keywords_dict, fmt, b"a", True, (), {"a": value}, None) == expected


def test_o_is_the_object_itself(mod):
    thing = object()
    assert parse_in_all_ways(mod, "O", thing) is thing


def test_o_leaves_the_reference_count(mod):
    thing = object()
    before = sys.getrefcount(thing)
    parse_in_all_ways(mod, "O", thing)
    assert sys.getrefcount(thing) == before


def test_many_units_keep_their_order(mod):
    assert mod.parse(b"ibOdsp", 1, 2, 3, 4, "5", 6) == (1, 2, 3, 4.0, b"5", 1)


# ---- formats ----


@pytest.mark.smoke
def test_optional_arguments(mod):
    assert mod.parse(b"i|ii", 1) == (1, ..., ...)
    assert mod.parse(b"i|ii", 1, 2) == (1, 2, ...)
    assert mod.parse(b"i|ii", 1, 2, 3) == (1, 2, 3)


@pytest.mark.parametrize("unit", "bBhHiIlkLKnfdO")
def test_absent_optional_leaves_the_target(mod, unit):
    fmt = f"|{unit}i".encode()
    assert mod.parse(fmt) == (..., ...)
    assert mod.keywords(fmt, b"a b", True, b=2) == (..., 2)
    assert mod.keywords_dict(fmt, b"a b", True, (), {"b": 2}, None) == (..., 2)


@headers_defect
@pytest.mark.parametrize("unit", "ps")
def test_absent_optional_p_and_s_leave_the_target(mod, unit):
    fmt = f"|{unit}i".encode()
    assert mod.parse(fmt) == (..., ...)
    assert mod.keywords(fmt, b"a b", True, b=2) == (..., 2)
    assert mod.keywords(f"${unit}i".encode(), b"a b", False, b=2) == (..., 2)
    assert mod.keywords_dict(fmt, b"a b", True, (), {"b": 2}, None) == (..., 2)


@pytest.mark.parametrize("fmt", [b"", b"|", b":fn", b";text"])
def test_no_units(mod, fmt):
    assert mod.parse(fmt) == ()
    assert mod.keywords(fmt, b"", False) == ()
    assert mod.keywords_dict(fmt, b"", False, (), {}, None) == ()


def test_missing_positional(mod):
    assert error_of(mod.parse, b"ii", 1) == (TypeError, "function required positional argument missing")
    assert error_of(mod.parse, b"i|") == (TypeError, "function required positional argument missing")


def test_too_many_positionals(mod):
    text = "function mismatched args (too many arguments for fmt)"
    assert error_of(mod.parse, b"i", 1, 2) == (TypeError, text)
    assert error_of(mod.parse, b"", 1) == (TypeError, text)


@pytest.mark.parametrize("unit", ["q", "$", " ", ")", "u", "w", "e", "Y", "D", "#", "!", "&", "\n"])
def test_unknown_unit(mod, unit):
    assert error_of(mod.parse, unit.encode(), 1) == (SystemError, "function unknown arg format code")
    if unit != "$":
        assert error_of(mod.keywords, unit.encode(), b"a", True, 1) == (
            SystemError,
            "function unknown arg format code",
        )


def test_message_with_function_name(mod):
    assert error_of(mod.parse, b"i:fn")[1] == "fn() required positional argument missing"
    assert error_of(mod.parse, b"i:fn;x")[1] == "fn;x() required positional argument missing"


def test_message_of_the_format(mod):
    assert error_of(mod.parse, b"i;want: one int")[1] == "want: one int"
    assert error_of(mod.keywords, b"i;want one int", b"a", False)[1] == "want one int"


def test_message_limits(mod):
    assert error_of(mod.parse, b"i:" + b"n" * 300)[1] == "n" * 200 + "() required positional argument missing"
    assert error_of(mod.parse, b"i;" + b"m" * 600)[1] == "m" * 511


@headers_defect
def test_message_limits_do_not_cut_characters(mod):
    name = "n" + "\u00e4" * 150
    assert (
        error_of(mod.parse, f"i:{name}".encode())[1] == name[:100] + "() required positional argument missing"
    )
    text = "\u20ac" * 300
    assert error_of(mod.parse, f"i;{text}".encode())[1] == text[:170]


# ---- any format ----


@headers_defect
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_no_format_crashes(mod):
    generator = random.Random(2718)
    values = [0, -1, 2**70, 1.5, "text", "a\0", "\udc80", b"", None, Index(), NoTruth()]
    expected = (TypeError, ValueError, OverflowError, SystemError, ZeroDivisionError)
    for _ in range(3000):
        fmt = "".join(generator.choices("bBhHiIlkLKnfdOps|$:; (q", k=generator.randrange(9))).encode()
        args = generator.choices(values, k=generator.randrange(5))
        names = generator.choices(["a", "b", "c", "d", "e", "-"], k=generator.randrange(7))
        kw = dict(zip(generator.choices("abcdex", k=generator.randrange(4)), generator.choices(values, k=4)))
        joined = " ".join(names).encode()
        tracker = generator.random() < 0.7
        for function, arguments, keywords in [
            (mod.parse, (fmt, *args), {}),
            (mod.keywords, (fmt, joined, tracker, *args), kw),
            (mod.keywords_dict, (fmt, joined, tracker, tuple(args), kw, None), {}),
        ]:
            try:
                function(*arguments, **keywords)
            except expected:
                pass
