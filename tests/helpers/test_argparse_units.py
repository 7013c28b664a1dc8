"""Units of argument parsing that HPy 0.9 refuses: text with sizes, bytes, types, converters, sequences."""

import sys

import pytest
from support import c_text, module_fixture
from support.errors import error_of

pytestmark = pytest.mark.fixed_defect("headers")

# unit: (variables, what is passed for them, the result)
UNITS = {
    "z": ('const char *s = "untouched";', "&s", "text(ctx, s, -1)"),
    "s#": ('const char *s = "untouched"; HPy_ssize_t n = 9;', "&s, &n", "text(ctx, s, n)"),
    "z#": ('const char *s = "untouched"; HPy_ssize_t n = 9;', "&s, &n", "text(ctx, s, n)"),
    "y": ('const char *s = "untouched";', "&s", "text(ctx, s, -1)"),
    "y#": ('const char *s = "untouched"; HPy_ssize_t n = 9;', "&s, &n", "text(ctx, s, n)"),
    "C": ("int c = -7;", "&c", "HPyLong_FromLong(ctx, c)"),
    "c": ("char c = '?';", "&c", "HPyLong_FromLong(ctx, (unsigned char)c)"),
    "U": ("HPy h = ctx->h_Ellipsis;", "&h", "HPy_Dup(ctx, h)"),
    "S": ("HPy h = ctx->h_Ellipsis;", "&h", "HPy_Dup(ctx, h)"),
    "O!": ("HPy h = ctx->h_Ellipsis;", "ctx->h_ListType, &h", "HPy_Dup(ctx, h)"),
    "O&": ("long n = -7;", "twice, &n", "HPyLong_FromLong(ctx, n)"),
    "(iO)": ("int i = -7; HPy h = ctx->h_Ellipsis;", "&i, &h", 'HPy_BuildValue(ctx, "(iO)", i, h)'),
    "(i(s#)())": (
        'int i = -7; const char *s = "untouched"; HPy_ssize_t n = 9;',
        "&i, &s, &n",
        'HPy_BuildValue(ctx, "(iN)", i, text(ctx, s, n))',
    ),
}
CASES = list(UNITS)


def parsers(number, unit):
    """C text of a function for each way to parse one argument, which is optional but beside others."""
    variables, passed, result = UNITS[unit]
    return f"""
HPyDef_METH(positional_{number}, "positional_{number}", HPyFunc_VARARGS)
static HPy positional_{number}_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{{
    HPyTracker ht;
    {variables}
    if (!HPyArg_Parse(ctx, &ht, args, nargs, "|{unit}:f", {passed}))
        return HPy_NULL;
    HPy result = {result};
    HPyTracker_Close(ctx, ht);
    return result;
}}

HPyDef_METH(keywords_{number}, "keywords_{number}", HPyFunc_KEYWORDS)
static HPy keywords_{number}_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{{
    static const char *names[] = {{"a", NULL}};
    HPyTracker ht;
    {variables}
    if (!HPyArg_ParseKeywords(ctx, &ht, args, nargs, kwnames, "|{unit}:f", names, {passed}))
        return HPy_NULL;
    HPy result = {result};
    HPyTracker_Close(ctx, ht);
    return result;
}}

/* With a dict; the values in it may be gone when the result is made. */
HPyDef_METH(dict_{number}, "dict_{number}", HPyFunc_O)
static HPy dict_{number}_impl(HPyContext *ctx, HPy self, HPy kw)
{{
    static const char *names[] = {{"a", NULL}};
    HPyTracker ht;
    {variables}
    if (!HPyArg_ParseKeywordsDict(ctx, &ht, NULL, 0, kw, "|{unit}:f", names, {passed}))
        return HPy_NULL;
    HPy result = {result};
    HPyTracker_Close(ctx, ht);
    return result;
}}

HPyDef_METH(among_{number}, "among_{number}", HPyFunc_VARARGS)
static HPy among_{number}_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{{
    HPyTracker ht;
    int before = -1, after = -1;
    {variables}
    if (!HPyArg_Parse(ctx, &ht, args, nargs, "i{unit}i", &before, {passed}, &after))
        return HPy_NULL;
    HPy result = HPy_BuildValue(ctx, "(iNi)", before, {result}, after);
    HPyTracker_Close(ctx, ht);
    return result;
}}
"""


mod = module_fixture(c_text(__file__) + "".join(parsers(number, unit) for number, unit in enumerate(CASES)))


def parse_in_all_ways(mod, unit, value):
    """The stored value, the same from all functions."""
    number = CASES.index(unit)
    results = [
        getattr(mod, f"positional_{number}")(value),
        getattr(mod, f"keywords_{number}")(value),
        getattr(mod, f"keywords_{number}")(a=value),
        getattr(mod, f"dict_{number}")({"a": value}),
    ]
    assert all(result == results[0] for result in results)
    assert getattr(mod, f"among_{number}")(1, value, 2) == (1, results[0], 2)
    return results[0]


def errors_in_all_ways(mod, unit, value):
    number = CASES.index(unit)
    found = [
        error_of(getattr(mod, f"positional_{number}"), value),
        error_of(getattr(mod, f"keywords_{number}"), value),
        error_of(getattr(mod, f"dict_{number}"), {"a": value}),
    ]
    assert found[0] == found[1] == found[2]
    return found[0]


class DerivedList(list):
    pass


@pytest.mark.smoke
@pytest.mark.parametrize(
    "unit, value, expected",
    [
        ("z", "été", "été".encode()),
        ("z", None, None),
        ("s#", "", b""),
        ("s#", "été\0x", "été\0x".encode()),
        ("z#", "a\0b", b"a\0b"),
        ("z#", None, None),
        ("y", b"bytes", b"bytes"),
        ("y#", b"by\0tes", b"by\0tes"),
        ("y#", b"", b""),
        ("C", "a", 97),
        ("C", "\U0001f600", 0x1F600),
        ("c", b"a", 97),
        ("c", b"\xff", 255),
        ("U", "text", "text"),
        ("S", b"bytes", b"bytes"),
        ("O!", [1], [1]),
        ("O!", DerivedList(), []),
        ("O&", 21, 42),
        ("(iO)", (1, "x"), (1, "x")),
        ("(iO)", [1, [2]], (1, [2])),
        ("(i(s#)())", (1, ("a\0b",), []), (1, b"a\0b")),
    ],
)
def test_unit(mod, unit, value, expected):
    assert parse_in_all_ways(mod, unit, value) == expected


@pytest.mark.parametrize("unit", CASES)
def test_absent_arguments_leave_variables_unchanged(mod, unit):
    number = CASES.index(unit)
    untouched = getattr(mod, f"positional_{number}")()
    assert untouched in (b"untouched", -7, ord("?"), ..., (-7, ...), (-7, b"untouched"))
    assert getattr(mod, f"keywords_{number}")() == getattr(mod, f"dict_{number}")({}) == untouched


@pytest.mark.parametrize(
    "unit, value, message",
    [
        ("z", 3, "a str is required"),
        ("z", b"x", "a str is required"),
        ("s#", None, "a str is required"),
        ("y", "text", "a bytes object is required"),
        ("y#", bytearray(b"x"), "a bytes object is required"),
        ("C", "ab", "a str of length 1 is required"),
        ("C", "", "a str of length 1 is required"),
        ("C", 97, "a str of length 1 is required"),
        ("c", b"", "a bytes object of length 1 is required"),
        ("c", "a", "a bytes object of length 1 is required"),
        ("U", b"x", "a str is required"),
        ("S", "x", "a bytes object is required"),
        ("O!", (), "an instance of 'list' is required"),
        ("(iO)", 3, "a tuple or list of length 2 is required"),
        ("(iO)", "ab", "a tuple or list of length 2 is required"),
        ("(iO)", (1,), "a tuple or list of length 2 is required"),
        ("(iO)", [1, 2, 3], "a tuple or list of length 2 is required"),
        ("(i(s#)())", (1, "x", ()), "a tuple or list of length 1 is required"),
        ("(i(s#)())", (1, ("x",), (1,)), "a tuple or list of length 0 is required"),
        ("(i(s#)())", (1, (2,), ()), "a str is required"),
    ],
)
def test_wrong_type(mod, unit, value, message):
    assert errors_in_all_ways(mod, unit, value) == (TypeError, f"f() {message}")


@pytest.mark.parametrize("unit, value", [("z", "a\0b"), ("y", b"a\0b")])
def test_units_without_a_size_refuse_nul(mod, unit, value):
    assert errors_in_all_ways(mod, unit, value) == (ValueError, "f() embedded null character")


@pytest.mark.parametrize("unit", ["z", "s#", "z#"])
def test_text_that_has_no_utf_8(mod, unit):
    assert errors_in_all_ways(mod, unit, "\ud800")[0] is UnicodeEncodeError


def test_values_of_a_temporary_dict_live_as_long_as_the_tracker(mod):
    class AnyKey(dict):
        def __missing__(self, key):
            return {"z": "made now", "y#": b"made now", "O!": ["made now"]}[self.unit]

    for unit, expected in [("z", b"made now"), ("y#", b"made now"), ("O!", ["made now"])]:
        kw = AnyKey()
        kw.unit = unit
        assert getattr(mod, f"dict_{CASES.index(unit)}")(kw) == expected


# Converters


def test_exception_of_a_converter(mod):
    assert errors_in_all_ways(mod, "O&", "x")[0] is TypeError
    assert errors_in_all_ways(mod, "O&", -5) == (LookupError, "negative")


def test_converter_that_fails_without_an_exception(mod):
    kind, message = errors_in_all_ways(mod, "O&", 0)
    assert (kind, message) == (SystemError, "f() a converter failed without setting an exception")


def test_converters_clean_up_after_a_failure(mod):
    """Those that have stored something, the last first."""
    for many in [1, 4, 5, 30]:
        numbers = list(range(1, many + 1))
        assert mod.convert_many(numbers, True) == numbers[::-1]


def test_converters_are_kept_after_success(mod):
    assert mod.convert_many(list(range(1, 31)), False) == []


def test_incomplete_units(mod):
    assert error_of(mod.null_converter, 1) == (SystemError, "function the converter of a unit O& is NULL")
    assert error_of(mod.null_type, 1) == (SystemError, "function the type of a unit O! is HPy_NULL")


# Formats


@pytest.mark.parametrize(
    "fmt, message",
    [
        (b"(i", "unmatched '(' in the format"),
        (b"((i)", "unmatched '(' in the format"),
        (b"(i:f)", "unmatched '(' in the format"),
        (b"O)", "unknown arg format code"),
        (b"O#", "unknown arg format code"),
        (b"(i|i)", "a tuple or list of length 3 is required"),
        (b"(" * 22 + b")" * 22, "a tuple or list of length 1 is required"),
        (b"w", "unknown arg format code"),
    ],
)
def test_wrong_formats(mod, fmt, message):
    kind, text = error_of(mod.parse_format, fmt, (1, 2), 3)
    assert kind in (SystemError, TypeError) and text.endswith(message)


def test_brackets_that_are_nested_too_deep(mod):
    value = ()
    for _ in range(21):
        value = (value,)
    assert error_of(mod.parse_format, b"(" * 22 + b")" * 22, value) == (
        SystemError,
        "function too many nested brackets in the format",
    )


def test_items_need_a_tracker(mod):
    kind, message = error_of(mod.parse_without_tracker, (1, 2))
    assert kind is SystemError and "'(' cannot be used unless an HPyTracker is provided" in message


@pytest.mark.parametrize("fmt", [b"O!", b"U", b"S", b"O"])
def test_keywords_need_a_tracker_for_handles(mod, fmt):
    kind, message = error_of(mod.keywords_without_tracker, fmt, "x")
    assert kind is SystemError and "unless an HPyTracker is provided" in message


def test_list_that_changes_while_it_is_parsed(mod):
    class Shrinking:
        def __index__(self):
            del items[1:]
            return 1

    for parse in [mod.positional_11, mod.keywords_11]:
        items = [Shrinking(), 2]
        assert error_of(parse, items)[0] is IndexError


# Buffers

buffers = module_fixture(
    c_text(__file__, "test_argparse_buffers.c"), macros=[("HPY_TARGET_ABI_VERSION", "0x00000001")]
)


@pytest.mark.smoke
@pytest.mark.after_0_9_0
def test_buffers_of_arguments(buffers):
    assert buffers.read(b"bytes") == b"bytes"
    assert buffers.read(memoryview(bytearray(b"view"))[1:3]) == b"ie"
    array = bytearray(b"abc")
    assert buffers.write(array) is None
    assert array == b"xbc"
    array.append(1)  # not exported any more
    assert buffers.text("été\0") == "été\0".encode()
    assert buffers.text(b"bytes") == b"bytes"
    assert buffers.text(None) is None


@pytest.mark.after_0_9_0
def test_wrong_buffers(buffers):
    for call in [buffers.read, buffers.write, buffers.text]:
        assert error_of(call, 3)[0] is TypeError
    assert error_of(buffers.read, "text")[0] is TypeError
    assert error_of(buffers.read, memoryview(b"abcd")[::2])[0] is BufferError
    assert error_of(buffers.write, b"bytes")[0] is BufferError
    assert error_of(buffers.text, "\ud800")[0] is UnicodeEncodeError


@pytest.mark.after_0_9_0
def test_buffers_are_released_if_the_parsing_fails(buffers):
    array = bytearray(b"abc")
    for call in [buffers.read, buffers.write, buffers.text]:
        assert error_of(call, array, "too many")[0] is TypeError
        array.append(1)
    text = "text that is not interned"
    before = sys.getrefcount(text)
    assert error_of(buffers.text, text, 1)[0] is TypeError
    assert sys.getrefcount(text) == before


@pytest.mark.after_0_9_0
def test_what_converters_of_buffers_return(buffers):
    cleanup = 0x20000
    array = bytearray(b"abc")
    assert buffers.statuses(array) == (cleanup, 1, cleanup, 1, cleanup, 1, 1)
    array.append(1)
