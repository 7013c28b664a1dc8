"""HPyUnicode_FromFormat, HPyUnicode_FromFormatV, HPyErr_Format.

There is a C function per type of argument; each takes the format, as bytes, at run time.
"""

import random
import re
import struct
import sys

import pytest
from support import module_fixture, varargs
from support.errors import error_of

headers_defect = pytest.mark.fixed_defect("headers")

# Function name: the C expression of the argument.
ARGUMENTS = {
    "int": "(int)HPyLong_AsLong(ctx, args[1])",
    "unsigned": "(unsigned int)HPyLong_AsUnsignedLong(ctx, args[1])",
    "long": "HPyLong_AsLong(ctx, args[1])",
    "unsigned_long": "HPyLong_AsUnsignedLong(ctx, args[1])",
    "long_long": "HPyLong_AsLongLong(ctx, args[1])",
    "unsigned_long_long": "HPyLong_AsUnsignedLongLong(ctx, args[1])",
    "ssize": "HPyLong_AsSsize_t(ctx, args[1])",
    "size": "HPyLong_AsSize_t(ctx, args[1])",
    "pointer": "HPyLong_AsVoidPtr(ctx, args[1])",
    "string": "string_or_null(ctx, args[1])",
    "object": "handle_or_null(ctx, args[1])",
    "object_or_string": "handle_or_null(ctx, args[1]), string_or_null(ctx, args[2])",
    "three_objects": "args[1], args[2], args[3]",
    "mixed": (
        '(int)HPyLong_AsLong(ctx, args[1]), "two", args[2], 4LL, args[3], (HPy_ssize_t)6, 7ul, 8, "nine", 10u'
    ),
}

SOURCE = r"""
static HPy handle_or_null(HPyContext *ctx, HPy h)
{
    return HPy_Is(ctx, h, ctx->h_Ellipsis) ? HPy_NULL : h;
}

static const char *string_or_null(HPyContext *ctx, HPy h)
{
    return HPy_Is(ctx, h, ctx->h_None) ? NULL : HPyBytes_AsString(ctx, h);
}

static HPy forward(HPyContext *ctx, const char *fmt, ...)
{
    va_list vargs;
    va_start(vargs, fmt);
    HPy result = HPyUnicode_FromFormatV(ctx, fmt, vargs);
    va_end(vargs);
    return result;
}

/* forwarded(fmt, int, bytes): through a va_list */
HPyDef_METH(forwarded, "forwarded", HPyFunc_VARARGS)
static HPy forwarded_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    const char *fmt = HPyBytes_AsString(ctx, args[0]);
    return forward(ctx, fmt, (int)HPyLong_AsLong(ctx, args[1]), HPyBytes_AsString(ctx, args[2]));
}

/* error(type, fmt, object) */
HPyDef_METH(error, "error", HPyFunc_VARARGS)
static HPy error_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    return HPyErr_Format(ctx, args[0], HPyBytes_AsString(ctx, args[1]), args[2]);
}

/* error_after(type, object): while another exception is set */
HPyDef_METH(error_after, "error_after", HPyFunc_VARARGS)
static HPy error_after_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPyErr_SetString(ctx, ctx->h_KeyError, "before");
    return HPyErr_Format(ctx, args[0], "%S", args[1]);
}

/* error_returns_null(): the result tells */
HPyDef_METH(error_returns_null, "error_returns_null", HPyFunc_NOARGS)
static HPy error_returns_null_impl(HPyContext *ctx, HPy self)
{
    int is_null = HPy_IsNull(HPyErr_Format(ctx, ctx->h_ValueError, "%d", 5));
    int matches = HPyErr_ExceptionMatches(ctx, ctx->h_ValueError);
    HPyErr_Clear(ctx);
    return HPyLong_FromLong(ctx, is_null * 10 + matches);
}

/* any_string(fmt): all arguments are strings, whatever the format takes them for */
HPyDef_METH(any_string, "any_string", HPyFunc_O)
static HPy any_string_impl(HPyContext *ctx, HPy self, HPy arg)
{
    const char *s = "h\xc3\xa4";
    return HPyUnicode_FromFormat(ctx, HPyBytes_AsString(ctx, arg), s, s, s, s, s, s, s, s, s, s);
}

/* any_object(fmt, object): the same with handles */
HPyDef_METH(any_object, "any_object", HPyFunc_VARARGS)
static HPy any_object_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPy o = args[1];
    return HPyUnicode_FromFormat(ctx, HPyBytes_AsString(ctx, args[0]), o, o, o, o, o, o, o, o, o, o);
}
""" + "".join(
    varargs(
        name,
        f"""    const char *fmt = HPyBytes_AsString(ctx, args[0]);
    if (fmt == NULL) return HPy_NULL;
    return HPyUnicode_FromFormat(ctx, fmt, {expression});""",
    )
    for name, expression in ARGUMENTS.items()
)

mod = module_fixture(SOURCE)

LONG_BITS = 64 if sys.maxsize > 2**32 and sys.platform != "win32" else 32
EURO = "\u20ac"


class Shown:
    def __str__(self):
        return "as str \u00e4"

    def __repr__(self):
        return "as repr \u00e4"


class Bad:
    def __str__(self):
        raise ZeroDivisionError("bad str")

    def __repr__(self):
        raise ZeroDivisionError("bad repr")


# ---- numbers ----


@pytest.mark.smoke
@pytest.mark.parametrize(
    "function, unit, values",
    [
        ("int", "d", [0, 1, -1, 2**31 - 1, -(2**31)]),
        ("int", "i", [0, 1, -1, 2**31 - 1, -(2**31)]),
        ("unsigned", "u", [0, 1, 2**32 - 1]),
        ("long", "ld", [0, -1, 2 ** (LONG_BITS - 1) - 1, -(2 ** (LONG_BITS - 1))]),
        ("long", "li", [0, -1, 2 ** (LONG_BITS - 1) - 1, -(2 ** (LONG_BITS - 1))]),
        ("unsigned_long", "lu", [0, 1, 2**LONG_BITS - 1]),
        ("long_long", "lld", [0, -1, 2**63 - 1, -(2**63)]),
        ("long_long", "lli", [0, -1, 2**63 - 1, -(2**63)]),
        ("unsigned_long_long", "llu", [0, 1, 2**64 - 1]),
        ("ssize", "zd", [0, -1, sys.maxsize, -sys.maxsize - 1]),
        ("ssize", "zi", [0, -1, sys.maxsize, -sys.maxsize - 1]),
        ("size", "zu", [0, 1, sys.maxsize * 2 + 1]),
    ],
)
def test_integers(mod, function, unit, values):
    for value in values:
        assert getattr(mod, function)(f"[%{unit}]".encode(), value) == f"[{value}]"


def test_x_is_lower_case_and_unsigned(mod):
    assert mod.int(b"%x", 0xABCDEF) == "abcdef"
    assert mod.int(b"%x", -1) == "ffffffff"
    assert mod.int(b"%08x", 0xAB) == "000000ab"


@pytest.mark.parametrize(
    "spec, value, expected",
    [
        ("%5d", -42, "  -42"),
        ("%2d", -42, "-42"),
        ("%05d", -42, "-0042"),
        ("%05d", 42, "00042"),
        ("%00005d", -42, "-0042"),
        ("%0d", 42, "42"),
        ("%.5d", -42, "-00042"),
        ("%.1d", -42, "-42"),
        ("%7.4d", -42, "  -0042"),
        ("%07.4d", -42, "-000042"),
        ("%.0d", 0, "0"),
        ("%.d", 0, "0"),
        ("%5.d", -42, "  -42"),
        ("%5x", 255, "   ff"),
        ("%.4x", 255, "00ff"),
        ("%300d", 1, " " * 299 + "1"),
        ("%0300d", -1, "-" + "0" * 298 + "1"),
        ("%.300d", 1, "0" * 299 + "1"),
    ],
)
def test_width_precision_and_zeros_of_numbers(mod, spec, value, expected):
    assert mod.int(spec.encode(), value) == expected


@pytest.mark.parametrize("function, unit", [("long", "ld"), ("long_long", "lld"), ("ssize", "zd")])
def test_width_precision_and_zeros_of_longer_numbers(mod, function, unit):
    assert getattr(mod, function)(f"%8.4{unit}|".encode(), -42) == "   -0042|"
    assert getattr(mod, function)(f"%08{unit}|".encode(), -42) == "-0000042|"


# ---- characters, pointers ----


def test_c(mod):
    assert mod.int(b"<%c>", ord("A")) == "<A>"
    assert mod.int(b"<%c>", 127) == "<\x7f>"


@headers_defect
@pytest.mark.parametrize("code", [0x80, 0xFF, 0x7FF, 0x800, 0x20AC, 0xFFFF, 0x10000, 0x10FFFF])
def test_c_above_127(mod, code):
    assert mod.int(b"<%c>", code) == f"<{chr(code)}>"


@headers_defect
@pytest.mark.parametrize("code", [0, 0xD800, 0xDFFF])
def test_c_that_utf8_or_c_strings_cannot_have(mod, code):
    assert mod.int(b"<%c>", code) == f"<{chr(code)}>"


@pytest.mark.parametrize("code", [-1, 0x110000, -(2**31), 2**31 - 1])
def test_c_out_of_range(mod, code):
    assert error_of(mod.int, b"%c", code) == (OverflowError, "character argument not in range(0x110000)")


def test_p(mod):
    assert mod.pointer(b"<%p>", 0xABC123) == "<0xabc123>"
    assert mod.pointer(b"%p", 0).startswith("0x")


# ---- strings ----


@pytest.mark.smoke
def test_s(mod):
    assert mod.string(b"<%s>", EURO.encode()) == f"<{EURO}>"
    assert mod.string(b"%s", b"") == ""


def test_s_width_and_precision_are_bytes(mod):
    text = "\u00e4bc".encode()
    assert mod.string(b"%6s", text) == "  \u00e4bc"
    assert mod.string(b"%3s", text) == "\u00e4bc"
    assert mod.string(b"%.3s", text) == "\u00e4b"
    assert mod.string(b"%5.2s", text) == "   \u00e4"
    assert mod.string(b"%.0s|", text) == "|"
    assert mod.string(b"%.99s|", text) == "\u00e4bc|"
    assert mod.string(b"%.s|", text) == "\u00e4bc|"


def test_s_cut_within_a_character(mod):
    assert error_of(mod.string, b"%.1s", "\u00e4".encode())[0] is UnicodeDecodeError


def test_s_that_is_no_utf8(mod):
    assert error_of(mod.string, b"%s", b"\xff")[0] is UnicodeDecodeError


def test_s_null(mod):
    assert error_of(mod.string, b"%s", None) == (
        SystemError,
        "null c string passed as value for formatting unit '%s'",
    )


# ---- objects ----


@pytest.mark.smoke
def test_objects(mod):
    thing = Shown()
    assert mod.object(b"<%U>", "\u00e4") == "<\u00e4>"
    assert mod.object(b"<%S>", thing) == "<as str \u00e4>"
    assert mod.object(b"<%R>", thing) == "<as repr \u00e4>"
    assert mod.object(b"<%A>", thing) == "<as repr \\xe4>"
    assert mod.three_objects(b"%S%R%A", 1, "2", "\u00e4") == "1'2''\\xe4'"


def test_v(mod):
    assert mod.object_or_string(b"<%V>", "object", b"string") == "<object>"
    assert mod.object_or_string(b"<%V>", "object", None) == "<object>"
    assert mod.object_or_string(b"<%V>", ..., b"string") == "<string>"
    assert mod.object_or_string(b"%7.3V|", "object", b"string") == "    obj|"
    assert mod.object_or_string(b"%7.3V|", ..., b"string") == "    str|"


@headers_defect
def test_v_with_nothing(mod):
    assert error_of(mod.object_or_string, b"%V", ..., None) == (
        SystemError,
        "null c string passed as value for formatting unit '%V'",
    )


@pytest.mark.parametrize("unit", "USRAV")
def test_width_and_precision_of_ascii_objects(mod, unit):
    text = {"R": "'abc'", "A": "'abc'"}.get(unit, "abc")
    assert mod.object(f"%8{unit}|".encode(), "abc") == text.rjust(8) + "|"
    assert mod.object(f"%.2{unit}|".encode(), "abc") == text[:2] + "|"
    assert mod.object(f"%8.2{unit}|".encode(), "abc") == text[:2].rjust(8) + "|"
    assert mod.object(f"%.0{unit}|".encode(), "abc") == "|"
    assert mod.object(f"%.99{unit}|".encode(), "abc") == text + "|"


def test_width_counts_characters(mod):
    assert mod.object(b"%5U", "\u00e4" + EURO) == "   \u00e4" + EURO
    assert mod.object(b"%4U", "\U0001f600") == "   \U0001f600"


@headers_defect
@pytest.mark.parametrize("unit", "USV")
def test_precision_counts_characters(mod, unit):
    text = "a\u00e4" + EURO + "\U0001f600z"
    for precision in range(7):
        for width in (0, 3, 9):
            spec = f"{width or ''}.{precision}{unit}"
            assert mod.object(f"%{spec}|".encode(), text) == text[:precision].rjust(width) + "|"


@headers_defect
@pytest.mark.parametrize("unit", "USRV")
def test_long_text_with_precision_stays_within_the_buffer(mod, unit):
    text = "\u20ac" * 5000
    assert mod.object(f"%.4000{unit}".encode(), text)[-3000:] == "\u20ac" * 3000


@headers_defect
@pytest.mark.parametrize("unit", "USV")
def test_embedded_null_characters_are_kept(mod, unit):
    assert mod.object(f"<%{unit}>".encode(), "a\0\u00e4") == "<a\0\u00e4>"
    assert mod.object(f"%5.2{unit}|".encode(), "a\0b") == "   a\0|"


@headers_defect
@pytest.mark.parametrize("unit", "USV")
def test_lone_surrogates_are_kept(mod, unit):
    text = "a\udc80\0\u00e4"
    assert mod.object(f"<%{unit}>".encode(), text) == f"<{text}>"
    assert mod.object(f"%5.2{unit}|".encode(), text) == "   a\udc80|"


@pytest.mark.parametrize("unit", "RA")
def test_repr_of_what_cannot_be_written(mod, unit):
    assert mod.object(f"%{unit}".encode(), "a\0\udc80") == "'a\\x00\\udc80'"


@headers_defect
def test_u_of_something_else(mod):
    assert error_of(mod.object, b"%U", 5)[0] is TypeError
    assert error_of(mod.object_or_string, b"%V", 5, b"string")[0] is TypeError


@pytest.mark.parametrize("unit", "SRA")
def test_exceptions_of_objects_propagate(mod, unit):
    assert error_of(mod.object, f"%{unit}".encode(), Bad())[0] is ZeroDivisionError


def test_null_handles(mod):
    assert error_of(mod.object, b"%U", ...) == (
        SystemError,
        "HPy_NULL passed as value for formatting unit '%U'",
    )
    for unit in "SRA":
        assert error_of(mod.object, f"%{unit}".encode(), ...) == (
            SystemError,
            "HPy_NULL passed as value for formatting unit '%S' or '%R' or '%A'",
        )


def test_objects_are_not_consumed(mod):
    thing = Shown()
    before = sys.getrefcount(thing)
    for _ in range(10):
        mod.three_objects(b"%S%R%A", thing, thing, thing)
    assert sys.getrefcount(thing) == before


# ---- the format ----


def test_plain_text(mod):
    assert mod.int(b"", 0) == ""
    assert mod.int(b"plain", 0) == "plain"
    assert mod.int(b"x" * 5000, 0) == "x" * 5000


def test_percent(mod):
    assert mod.int(b"100%%", 0) == "100%"
    assert mod.int(b"%%%d%%%%", 5) == "%5%%"


def test_many_arguments(mod):
    assert (
        mod.mixed(b"%d %s %S %lld %R %zd %lu %i %s %u", 1, "three", "five")
        == "1 two three 4 'five' 6 7 8 nine 10"
    )


def test_length_modifiers_end_at_the_unit(mod):
    assert mod.long(b"%ld5", 4) == "45"


def test_text_longer_than_any_buffer(mod):
    assert mod.string(b"<%s>", b"y" * 100_000) == "<" + "y" * 100_000 + ">"


@pytest.mark.parametrize(
    "fmt",
    "%-5d %+d %*d %X %o %f %e %g %hd %hhd %lx %zx %lc %ls %zs %n %q % %5 %. %.5 %l %ll %z %0 %#x %'d "
    "%1$d %.3% %5% %05% %.-5d %llld %lzd".split()
    + ["% d", "%5 d", "a%", "%0 5d", "%\x7f"],
)
def test_invalid_format(mod, fmt):
    assert error_of(mod.long_long, fmt.encode(), 65) == (SystemError, "invalid format string")


@pytest.mark.parametrize("fmt, byte", [(b"a\xffb", "0xff"), (b"%d\xe9", "0xe9"), (b"\x80%q", "0x80")])
def test_format_must_be_ascii(mod, fmt, byte):
    assert error_of(mod.int, fmt, 1) == (
        ValueError,
        f"expected an ASCII-encoded format string, got a non-ASCII byte: {byte}",
    )


def test_non_ascii_unit_is_invalid(mod):
    assert error_of(mod.int, b"%\xe9", 1) == (SystemError, "invalid format string")


def test_width_and_precision_too_big(mod):
    assert error_of(mod.int, b"%99999999999999999999d", 1) == (ValueError, "width too big")
    assert error_of(mod.int, b"%.99999999999999999999d", 1) == (ValueError, "precision too big")


@pytest.mark.parametrize("spec", ["%{}d", "%.{}d", "%0{}d", "%{0}.{0}d", "abc%{}d"])
def test_no_memory(mod, spec):
    fmt = spec.format(sys.maxsize).encode()
    assert error_of(mod.int, fmt, 1) == (MemoryError, "cannot allocate memory for string format")


@pytest.mark.parametrize("unit", "sUVSRApc")
def test_no_zero_padding(mod, unit):
    function = mod.string if unit == "s" else mod.int if unit == "c" else mod.object
    argument = b"x" if unit == "s" else 65 if unit == "c" else "x"
    text = f"formatting unit '%{unit}' does not support 0-padding"
    assert error_of(function, f"%05{unit}".encode(), argument) == (SystemError, text)
    assert error_of(function, f"%0{unit}".encode(), argument) == (SystemError, text)
    assert error_of(function, f"%0.5{unit}".encode(), argument) == (SystemError, text)


@pytest.mark.parametrize("unit", "cp")
def test_no_width_nor_precision(mod, unit):
    text = f"formatting unit '%{unit}' does not support width nor precision"
    for spec in ("5", ".5", "5.5"):
        assert error_of(mod.pointer, f"%{spec}{unit}".encode(), 65) == (SystemError, text)


def test_forwarded_va_list(mod):
    assert mod.forwarded(b"%d-%s-%%", 5, b"text") == "5-text-%"
    assert error_of(mod.forwarded, b"%q", 5, b"") == (SystemError, "invalid format string")


# ---- HPyErr_Format ----


@pytest.mark.smoke
def test_error(mod):
    assert error_of(mod.error, ValueError, b"got %R", "x") == (ValueError, "got 'x'")
    assert error_of(mod.error, KeyError, b"", None) == (KeyError, "''")


def test_error_returns_null(mod):
    assert mod.error_returns_null() == 11


@headers_defect
def test_error_of_the_formatting_propagates(mod):
    assert error_of(mod.error, ValueError, b"%S", Bad()) == (ZeroDivisionError, "bad str")
    assert error_of(mod.error, ValueError, b"%q", None) == (SystemError, "invalid format string")


@headers_defect
def test_error_replaces_an_earlier_exception(mod):
    assert error_of(mod.error_after, ValueError, Shown()) == (ValueError, "as str \u00e4")


# ---- any format ----


@headers_defect
def test_no_format_crashes(mod):
    """Strings stand for numbers of any size, so that any unit of these finds an argument it can take."""
    generator = random.Random(3141)
    objects = ["", "abc", "\u00e4" + EURO, "a\0\udc80" * 100, Shown(), 5]
    has_pointers = struct.calcsize("P") == 8

    def random_format(alphabet):
        fmt = "".join(generator.choices(alphabet, k=generator.randrange(11)))
        # Fewer than five digits, to keep the text small.
        return re.sub(r"(\d{3})\d+", r"\1", fmt).encode()

    for _ in range(5000):
        calls = [(mod.any_object, random_format("%%%%USRAU0059.. x\u00e9q"), generator.choice(objects))]
        if has_pointers:
            calls.append((mod.any_string, random_format("%%%%%sdiuxlzcp0059..-*x \u00e9q")))
        for function, *arguments in calls:
            try:
                assert isinstance(function(*arguments), str)
            except (SystemError, ValueError, TypeError, OverflowError):
                pass
