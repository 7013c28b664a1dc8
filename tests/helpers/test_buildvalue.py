"""HPy_BuildValue. Formats are given at run time, as bytes."""

import random
import struct
import sys

import pytest
from support import module_fixture, noargs
from support.errors import error_of

headers_defect = pytest.mark.fixed_defect("headers")

# Function name: format and arguments, as they stand in C.
CALLS = {
    "int_min": '"i", INT_MIN',
    "unsigned_max": '"I", UINT_MAX',
    "long_min": '"l", LONG_MIN',
    "unsigned_long_max": '"k", ULONG_MAX',
    "long_long_min": '"L", LLONG_MIN',
    "unsigned_long_long_max": '"K", ULLONG_MAX',
    "ssize_min": '"n", HPY_SSIZE_T_MIN',
    "float_": '"f", 0.5f',
    "double_": '"d", 1e300',
    "string": '"s", "h\\xc3\\xa4"',
    "null_string": '"s", NULL',
    "null_string_in_list": '"[s,i]", NULL, 5',
    "bad_string": '"s", "\\xff"',
    "all_units": '"iIlkLKnfds", 1, 2u, 3l, 4ul, 5ll, 6ull, (HPy_ssize_t)7, 8.5f, 9.5, "ten"',
    "nested": '"(i,[ii],{s:i,s:(s[])})", 1, 2, 3, "a", 4, "b", "c"',
    "mixed_dict": '"{i:s,d:[i],s:{}}", 1, "one", 2.5, 3, "four"',
}

SOURCE = r"""
#include <limits.h>

/* ints(fmt): the arguments are 1, 2, 3, ... */
HPyDef_METH(ints, "ints", HPyFunc_O)
static HPy ints_impl(HPyContext *ctx, HPy self, HPy arg)
{
    return HPy_BuildValue(ctx, HPyBytes_AsString(ctx, arg), 1, 2, 3, 4, 5, 6, 7, 8);
}

/* objects(fmt, *args): `...` is HPy_NULL */
HPyDef_METH(objects, "objects", HPyFunc_VARARGS)
static HPy objects_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPy o[4] = {HPy_NULL, HPy_NULL, HPy_NULL, HPy_NULL};
    for (size_t i = 1; i < nargs && i < 5; i++)
        if (!HPy_Is(ctx, args[i], ctx->h_Ellipsis)) o[i - 1] = args[i];
    return HPy_BuildValue(ctx, HPyBytes_AsString(ctx, args[0]), o[0], o[1], o[2], o[3]);
}

/* consumed(fmt, *args): the handles are the function's, which has no others left; `...` is HPy_NULL */
HPyDef_METH(consumed, "consumed", HPyFunc_VARARGS)
static HPy consumed_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPy o[4] = {HPy_NULL, HPy_NULL, HPy_NULL, HPy_NULL};
    for (size_t i = 1; i < nargs && i < 5; i++)
        if (!HPy_Is(ctx, args[i], ctx->h_Ellipsis)) o[i - 1] = HPy_Dup(ctx, args[i]);
    const char *fmt = HPyBytes_AsString(ctx, args[0]);
    HPy result = HPy_BuildValue(ctx, fmt, o[0], o[1], o[2], o[3], 1);
    int used = 0;
    for (; *fmt != '\0'; fmt++)
        used += *fmt == 'N';
    while (used < 4) HPy_Close(ctx, o[used++]);
    return result;
}

/* pending(): the argument is the null handle of a call that failed */
HPyDef_METH(pending, "pending", HPyFunc_NOARGS)
static HPy pending_impl(HPyContext *ctx, HPy self)
{
    HPyErr_SetString(ctx, ctx->h_KeyError, "before");
    return HPy_BuildValue(ctx, "(iO)", 1, HPy_NULL);
}

/* strings(fmt): all arguments are strings, whatever the format takes them for */
HPyDef_METH(strings, "strings", HPyFunc_O)
static HPy strings_impl(HPyContext *ctx, HPy self, HPy arg)
{
    const char *s = "abc";
    return HPy_BuildValue(ctx, HPyBytes_AsString(ctx, arg), s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s);
}
""" + "".join(
    noargs(name, f"    return HPy_BuildValue(ctx, {arguments});") for name, arguments in CALLS.items()
)

mod = module_fixture(SOURCE)

SUFFIX = " in the format string passed to HPy_BuildValue"


# ---- units ----


@pytest.mark.smoke
def test_integers(mod):
    long_bits = struct.calcsize("l") * 8
    assert mod.int_min() == -(2**31)
    assert mod.unsigned_max() == 2**32 - 1
    assert mod.long_min() == -(2 ** (long_bits - 1))
    assert mod.unsigned_long_max() == 2**long_bits - 1
    assert mod.long_long_min() == -(2**63)
    assert mod.unsigned_long_long_max() == 2**64 - 1
    assert mod.ssize_min() == -sys.maxsize - 1


def test_floats(mod):
    assert mod.float_() == 0.5
    assert mod.double_() == 1e300


def test_strings(mod):
    assert mod.string() == "h\u00e4"
    assert error_of(mod.bad_string)[0] is UnicodeDecodeError


@headers_defect
def test_null_string_is_none(mod):
    assert mod.null_string() is None
    assert mod.null_string_in_list() == [None, 5]


@pytest.mark.parametrize("unit", "OS")
def test_object_is_the_object_itself(mod, unit):
    thing = object()
    assert mod.objects(unit.encode(), thing) is thing


@pytest.mark.parametrize("fmt", [b"O", b"(O)", b"[OO]", b"{O:O}", b"{O:[O,S]}"])
def test_objects_are_not_consumed(mod, fmt):
    thing = object()
    before = sys.getrefcount(thing)
    for _ in range(10):
        mod.objects(fmt, thing, thing, thing)
    assert sys.getrefcount(thing) == before


def test_all_units_in_order(mod):
    assert mod.all_units() == (1, 2, 3, 4, 5, 6, 7, 8.5, 9.5, "ten")


# ---- structure ----


@pytest.mark.smoke
@pytest.mark.parametrize(
    "fmt, expected",
    [
        ("", None),
        ("i", 1),
        ("ii", (1, 2)),
        ("i,i", (1, 2)),
        ("i,", 1),
        ("i,i,", (1, 2)),
        ("()", ()),
        ("[]", []),
        ("{}", {}),
        ("(i)", (1,)),
        ("(i,)", (1,)),
        ("[i]", [1]),
        ("[ii,i,]", [1, 2, 3]),
        ("(i)(i)", ((1,), (2,))),
        ("(i),i", ((1,), 2)),
        ("[(i)[i]]", [(1,), [2]]),
        ("{i:i}", {1: 2}),
        ("{i:i,}", {1: 2}),
        ("{i:i,i:i}", {1: 2, 3: 4}),
        ("{(i,i):[i]}", {(1, 2): [3]}),
        ("{i:{i:i}}", {1: {2: 3}}),
        ("((()))", (((),),)),
        (",", None),
        (" ", None),
        ("i ", 1),
        ("(i) ", (1,)),
        ("{ i:i , i:i }", {1: 2, 3: 4}),
    ],
)
def test_structure(mod, fmt, expected):
    assert mod.ints(fmt.encode()) == expected


def test_nested(mod):
    assert mod.nested() == (1, [2, 3], {"a": 4, "b": ("c", [])})
    assert mod.mixed_dict() == {1: "one", 2.5: [3], "four": {}}


@headers_defect
@pytest.mark.parametrize(
    "fmt, expected",
    [
        (" i", 1),
        ("i i", (1, 2)),
        ("i , i", (1, 2)),
        ("ii ", (1, 2)),
        ("ii, ", (1, 2)),
        ("  i  i  ", (1, 2)),
        ("( i )", (1,)),
        ("( i , i )", (1, 2)),
        ("(i )", (1,)),
        ("( )", ()),
        ("[i ]", [1]),
        ("[ i i , ]", [1, 2]),
        ("[ ]", []),
        ("{ }", {}),
        ("{i : i}", {1: 2}),
        ("{ ( i ) : [ i ] , }", {(1,): [2]}),
    ],
)
def test_blanks_separate_everywhere(mod, fmt, expected):
    assert mod.ints(fmt.encode()) == expected


# ---- errors ----


@pytest.mark.parametrize(
    "fmt, character",
    [
        ("z", "z"),
        ("q", "q"),
        ("iq", "q"),
        ("(iq)", "q"),
        ("i\n", None),
        ("i:i", ":"),
        (":", ":"),
        ("{:i}", ":"),
        (",i", ","),
        ("i,,i", ","),
        ("(,i)", ","),
        ("[i,,i]", ","),
        ("{i:,i}", ","),
        ("#", "#"),
        ("%d", "%"),
    ],
)
def test_bad_format_char(mod, fmt, character):
    kind, message = error_of(mod.ints, fmt.encode())
    assert kind is SystemError
    if character is not None:
        assert message == f"bad format char '{character}'" + SUFFIX


@headers_defect
@pytest.mark.parametrize("fmt", ["(,)", "[,]", "(i,,)", "[i,,]", "ii,,", "i,,"])
def test_surplus_comma(mod, fmt):
    assert error_of(mod.ints, fmt.encode()) == (SystemError, "bad format char ','" + SUFFIX)


@headers_defect
def test_bad_format_char_that_is_not_ascii(mod):
    assert error_of(mod.ints, b"i\xff") == (SystemError, "bad format char '\\xff'" + SUFFIX)


@pytest.mark.parametrize(
    "fmt, opener",
    [
        ("(", "("),
        ("[", "["),
        ("{", "{"),
        ("(i", "("),
        ("[i", "["),
        ("[i,", "["),
        ("{i", "{"),
        ("{i:", "{"),
        ("{i:i", "{"),
        ("{i:i,", "{"),
        ("(i]", "("),
        ("(i}", "("),
        ("[i)", "["),
        ("((i)", "("),
        ("((", "("),
        ("i(", "("),
        ("ii[", "["),
    ],
)
def test_unmatched(mod, fmt, opener):
    assert error_of(mod.ints, fmt.encode()) == (SystemError, f"unmatched '{opener}'" + SUFFIX)


@headers_defect
@pytest.mark.parametrize("fmt", ["[(i]", "[(i])", "[ (i, ]", "{i:(i}", "(i ]"])
def test_unmatched_names_the_innermost(mod, fmt):
    assert error_of(mod.ints, fmt.encode()) == (SystemError, "unmatched '('" + SUFFIX)


@pytest.mark.parametrize("fmt", ["i)", "i]", "i}", ")", "ii)", "i)i"])
def test_closer_without_opener(mod, fmt):
    assert error_of(mod.ints, fmt.encode()) == (SystemError, "internal error in HPy_BuildValue")


@headers_defect
@pytest.mark.parametrize("fmt", ["(i))", "[i])", "{i:i}]"])
def test_closer_too_many(mod, fmt):
    assert error_of(mod.ints, fmt.encode()) == (SystemError, "internal error in HPy_BuildValue")


@pytest.mark.parametrize(
    "fmt, text",
    [
        ("{,}", "unexpected ','"),
        ("{,i:i}", "unexpected ','"),
        ("{i:i,,i:i}", "unexpected ','"),
        ("{i:i i:i}", "missing ','"),
        ("{i:ii:i}", "missing ','"),
        ("{i:i)", "missing ','"),
        ("{i}", "missing ':'"),
        ("{i,i}", "missing ':'"),
        ("{ii}", "missing ':'"),
    ],
)
def test_dict_syntax(mod, fmt, text):
    assert error_of(mod.ints, fmt.encode()) == (SystemError, text + SUFFIX)


@headers_defect
@pytest.mark.parametrize(
    "fmt, expected",
    [(b"N", 1), (b"NNNN", (1, 2, 3, 4)), (b"[N,(NN)],{N:i}", ([1, (2, 3)], {4: 1}))],
)
def test_n_is_closed(mod, fmt, expected):
    """Debug mode, and the look at leaks, would find what is not."""
    assert mod.consumed(fmt, 1, 2, 3, 4, 1) == expected


@headers_defect
@pytest.mark.parametrize(
    "fmt", [b"NNNN)", b"(NNNN", b"[NN,[N,{N", b"{N:N,N:N", b"{N:N,,N:N}", b"{N:NN:N}", b"NN]NN", b"{NN}NN"]
)
def test_n_is_closed_after_a_failure(mod, fmt):
    things = [object() for _ in range(4)]
    before = [sys.getrefcount(thing) for thing in things]
    assert error_of(mod.consumed, fmt, *things)[0] is SystemError
    assert [sys.getrefcount(thing) for thing in things] == before


@headers_defect
def test_n_that_is_null_keeps_the_exception(mod):
    assert error_of(mod.consumed, b"NN", 1, ...) == (SystemError, "HPy_NULL object passed to HPy_BuildValue")
    thing = object()
    before = sys.getrefcount(thing)
    assert error_of(mod.consumed, b"NNN", thing, ..., thing)[0] is SystemError
    assert sys.getrefcount(thing) == before


@pytest.mark.parametrize("fmt", [b"O", b"S", b"(O)", b"[O]", b"{O:O}", b"OO"])
def test_null_object(mod, fmt):
    assert error_of(mod.objects, fmt, ..., ...) == (SystemError, "HPy_NULL object passed to HPy_BuildValue")
    if fmt.count(b"O") == 2:
        assert error_of(mod.objects, fmt, 1, ...) == (SystemError, "HPy_NULL object passed to HPy_BuildValue")


def test_null_object_keeps_the_pending_exception(mod):
    assert error_of(mod.pending) == (KeyError, "'before'")


def test_unhashable_key(mod):
    assert error_of(mod.ints, b"{[i]:i}") == error_of({}.__setitem__, [], 1)


@pytest.mark.parametrize(
    "fmt", [b"(OOq)", b"[OOq]", b"{O:Oq}", b"{O:q}", b"OO)", b"O)", b"[OO", b"{O", b"OO,,"]
)
def test_failure_closes_what_was_built(mod, fmt):
    thing = object()
    before = sys.getrefcount(thing)
    for _ in range(10):
        assert error_of(mod.objects, fmt, thing, thing)[0] is SystemError
    assert sys.getrefcount(thing) == before


@headers_defect
def test_nesting_has_a_limit(mod):
    assert mod.ints(b"(" * 200 + b")" * 200) is not None
    for opener in (b"(", b"[", b"{"):
        assert error_of(mod.ints, opener * 100_000) == (
            SystemError,
            "too many nested brackets" + SUFFIX,
        )


@headers_defect
@pytest.mark.skipif(struct.calcsize("P") != 8, reason="strings stand for numbers of any size")
def test_no_format_crashes(mod):
    generator = random.Random(1618)
    for _ in range(5000):
        fmt = "".join(
            generator.choices("iIlkLKnss()()[[]]{{}}::,,  x\u00e9", k=generator.randrange(13))
        ).encode()
        try:
            mod.strings(fmt)
        except (SystemError, TypeError):
            pass
