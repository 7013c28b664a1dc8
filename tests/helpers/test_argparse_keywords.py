"""HPyArg_ParseKeywords, HPyArg_ParseKeywordsDict: how arguments are found by name, and how long they live."""

import collections
import itertools
import os
import sys
import weakref

import pytest
from support import c_text, debugging
from support.errors import error_of

headers_defect = pytest.mark.fixed_defect("headers")


# From ABI 0.1 on, the engine binds arguments that are objects.
@pytest.fixture(
    scope="module",
    params=[
        pytest.param("0x00000000", id="ABI 0.0"),
        pytest.param("0x00000001", id="ABI 0.1", marks=pytest.mark.after_0_9_0),
    ],
)
def mod(request, make_module):
    macros = [("HPY_TARGET_ABI_VERSION", request.param)]
    return make_module(c_text(__file__, "argparse.c"), macros=macros)


@pytest.fixture(params=["kwnames", "objects", "dict"])
def call(request, mod):
    """`call(fmt, names, *args, tracker=True, **kwargs)` of both keyword functions.

    For "objects", `O` stands in for `i` where there is a tracker.
    """
    if request.param != "dict":

        def call_with_kwnames(fmt, names, *args, tracker=True, **kwargs):
            if request.param == "objects" and tracker:
                fmt = fmt.replace("i", "O")
            return mod.keywords(fmt.encode(), names.encode(), tracker, *args, **kwargs)

        return call_with_kwnames

    def call_with_dict(fmt, names, *args, tracker=True, **kwargs):
        return mod.keywords_dict(fmt.encode(), names.encode(), tracker, args, kwargs, None)

    return call_with_dict


@pytest.mark.smoke
def test_by_position_and_by_name(call):
    assert call("ii", "a b", 1, 2) == (1, 2)
    assert call("ii", "a b", 1, b=2) == (1, 2)
    assert call("ii", "a b", b=2, a=1) == (1, 2)


def test_optional_keywords(call):
    assert call("i|ii", "a b c", 1) == (1, ..., ...)
    assert call("i|ii", "a b c", 1, c=3) == (1, ..., 3)
    assert call("i|ii", "a b c", c=3, a=1) == (1, ..., 3)


@pytest.mark.parametrize("fmt", ["|iiii", "$iiii", "|OOOO", "$OOOO", "|ii$OO"])
def test_any_keywords_in_any_order(call, fmt):
    for count in range(5):
        for given in itertools.permutations("abcd", count):
            values = {name: "abcd".index(name) for name in given}
            assert call(fmt, "a b c d", **values) == tuple(values.get(name, ...) for name in "abcd")


@pytest.mark.parametrize("fmt", ["OO|O$O", "ii|O$i"])
def test_all_ways_to_give_arguments(call, fmt):
    for n in range(4):
        for count in range(5 - n):
            for given in itertools.permutations("abcd"[n:], count):
                values = {name: "abcd".index(name) for name in given}
                by_position = range(n)
                if n < 2 and not set("ab"[n:]) <= set(given):
                    message = "function no value for required argument"
                    assert error_of(call, fmt, "a b c d", *by_position, **values) == (TypeError, message)
                    continue
                expected = (*by_position, *(values.get(name, ...) for name in "abcd"[n:]))
                assert call(fmt, "a b c d", *by_position, **values) == expected


def test_positional_only(call):
    assert call("ii", "- b", 1, b=2) == (1, 2)
    assert call("|ii", "- b", b=2) == (..., 2)
    assert call("OO", "- b", 1, b=2) == (1, 2)
    assert call("|OO", "- b", b=2) == (..., 2)


def test_positional_only_is_not_the_empty_keyword(call):
    kind, message = error_of(call, "i", "-", **{"": 1})
    assert (kind, message) == (TypeError, "function no value for required argument")


@headers_defect
def test_empty_keyword_for_optional_positional_only_is_unknown(call):
    assert error_of(call, "|i:fn", "-", **{"": 1}) == (
        TypeError,
        "fn() got an unexpected keyword argument ''",
    )


def test_keyword_only(call):
    assert call("i$i", "a b", 1) == (1, ...)
    assert call("i$i", "a b", 1, b=2) == (1, 2)
    assert call("i|$i", "a b", 1, b=2) == (1, 2)
    assert call("$i", "a") == (...,)
    assert error_of(call, "i$i:fn", "a b", 1, 2) == (
        TypeError,
        "fn() keyword only argument passed as positional argument",
    )


def test_missing_required(call):
    assert error_of(call, "ii", "a b", 1) == (TypeError, "function no value for required argument")
    assert error_of(call, "ii:fn", "a b", b=1) == (TypeError, "fn() no value for required argument")


def test_fewer_names_than_units(call):
    text = "function mismatched args (too few keywords for fmt)"
    assert error_of(call, "ii", "a", 1, 2) == (TypeError, text)
    assert error_of(call, "i|i", "a", 1) == (TypeError, text)


def test_more_names_than_units(call):
    text = "function mismatched args (too many keywords for fmt)"
    assert error_of(call, "i", "a b", 1) == (TypeError, text)


@pytest.mark.parametrize("names", ["a -", "- a -"])
def test_empty_name_after_a_name(call, names):
    assert error_of(call, "iii", names, 1, 2, 3) == (SystemError, "function empty keyword parameter name")


@pytest.mark.parametrize("args", [(), (1,)])
def test_o_needs_a_tracker(call, args):
    assert error_of(call, "|O", "a", *args, tracker=False) == (
        SystemError,
        "function HPyArg_ParseKeywords cannot use the format character 'O' unless an HPyTracker is provided. "
        "Please supply an HPyTracker.",
    )


@headers_defect
@pytest.mark.parametrize("tracker", [True, False])
def test_unknown_keyword(call, tracker):
    text = "got an unexpected keyword argument 'x'"
    assert error_of(call, "i", "a", 1, x=2, tracker=tracker) == (TypeError, "function " + text)
    assert error_of(call, "|i:fn", "a", x=2, tracker=tracker) == (TypeError, "fn() " + text)
    assert error_of(call, "|ii:fn", "a b", b=1, x=2, a=3, tracker=tracker) == (TypeError, "fn() " + text)
    assert error_of(call, ":fn", "", x=2, tracker=tracker) == (TypeError, "fn() " + text)
    assert error_of(call, "|i;only a", "a", x=2, tracker=tracker) == (TypeError, "only a")


@headers_defect
@pytest.mark.parametrize("name", ["\u00e4\u20ac", "a\udc80", "a\0", "x" * 1000])
def test_unknown_keyword_is_named_whatever_it_is(call, name):
    assert error_of(call, "|i", "a", **{name: 1}) == (
        TypeError,
        f"function got an unexpected keyword argument '{name}'",
    )


@headers_defect
def test_surplus_positionals(call):
    text = "function mismatched args (too many arguments for fmt)"
    assert error_of(call, "i", "a", 1, 2) == (TypeError, text)
    assert error_of(call, "", "", 1) == (TypeError, text)


@headers_defect
def test_given_by_position_and_by_name(call):
    assert error_of(call, "i:fn", "a", 1, a=2) == (TypeError, "fn() got multiple values for argument 'a'")
    assert error_of(call, "ii", "a b", 1, a=2, b=3) == (
        TypeError,
        "function got multiple values for argument 'a'",
    )


def test_names_that_begin_alike(call):
    assert call("|iii", "a ab abc", ab=1) == (..., 1, ...)


def test_non_ascii_names(call):
    assert call("|ii", "\u00e4 \u20ac", **{"\u20ac": 1}) == (..., 1)


def test_more_keywords_than_usual(call):
    names = [f"k{i}" for i in range(16)]
    assert call("i" * 16, " ".join(names), **{name: i for i, name in enumerate(names)}) == tuple(range(16))


@headers_defect
def test_many_unknown_keywords(call):
    kind, message = error_of(call, "|i", "a", a=1, **{f"k{i}": i for i in range(100)})
    assert (kind, message) == (TypeError, "function got an unexpected keyword argument 'k0'")


def test_failure_closes_what_was_tracked(call):
    thing = object()
    before = sys.getrefcount(thing)
    for _ in range(10):
        assert error_of(call, "Ol", "a b", thing, b="x")[0] is TypeError
        assert error_of(call, "lO", "b a", b="x", a=thing)[0] is TypeError
        assert error_of(call, "Oi", "a b", a=thing)[0] is TypeError
    assert sys.getrefcount(thing) == before


class Text(str):
    """A str with its own equality."""

    def __eq__(self, other):
        return str.__eq__(self, other.lower())

    __hash__ = str.__hash__


class BadText(str):
    def __eq__(self, other):
        raise ZeroDivisionError("no comparison")

    __hash__ = str.__hash__


def test_key_of_a_subclass_of_str(call):
    assert call("|ii", "a b", **{Text("b"): 1}) == (..., 1)


def test_key_of_a_subclass_of_str_decides_equality(mod):
    assert mod.with_kwnames((Text("b"),), 5) == -100 + 5


@headers_defect
def test_key_with_the_text_of_the_name_is_not_asked(mod):
    """As in functions of CPython."""
    assert mod.with_kwnames((BadText("a"),), 5) == 500 - 1


class Other(str):
    """A str that equals `a` alone, whatever its text."""

    def __eq__(self, other):
        return other == "a"

    __hash__ = str.__hash__


def test_key_with_the_text_of_a_later_name_decides_equality(mod):
    assert mod.with_kwnames((Other("b"),), 5) == 500 - 1


@headers_defect
def test_error_while_comparing_names_propagates(mod):
    expected = (ZeroDivisionError, "no comparison")
    assert error_of(mod.with_kwnames, (BadText("x"),), 1) == expected
    assert error_of(mod.keywords_dict, b"|i", b"a", True, (), {BadText("x"): 1}, None) == expected


@headers_defect
@pytest.mark.not_repeatable("it is a repetition")
@pytest.mark.skipif(
    "asan" in os.environ.get("LD_PRELOAD", ""), reason="the sanitizer keeps memory that was freed"
)
def test_kwnames_without_length_leaves_no_tracker(mod):
    """Each leaked tracker would take at least 64 bytes."""
    resource = pytest.importorskip("resource")
    expected = (SystemError, "f() could not retrieve length of keyword names tuple")
    assert error_of(mod.with_kwnames, 5) == expected

    def fail_often():
        for _ in range(200_000):
            try:
                mod.with_kwnames(5)
            except SystemError:
                pass

    fail_often()
    unit = 1 if sys.platform == "darwin" else 1024
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    fail_often()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit - before < 5_000_000


def test_kwnames_that_is_empty(mod):
    assert mod.with_kwnames(()) == -101


@headers_defect
def test_name_given_twice_in_kwnames(mod):
    assert error_of(mod.with_kwnames, ("a", "a"), 1, 2) == (
        TypeError,
        "f() got multiple values for argument 'a'",
    )


@headers_defect
def test_key_that_is_no_str(mod):
    assert error_of(mod.with_kwnames, (5,), 1) == (TypeError, "f() keywords must be strings")
    assert error_of(mod.keywords_dict, b"|i:f", b"a", True, (), {5: 1}, None) == (
        TypeError,
        "f() keywords must be strings",
    )


# ---- keywords in a dict ----


def test_null_dict(mod):
    assert mod.keywords_dict(b"i|i", b"a b", False, (1,), None, None) == (1, ...)


class Temporary(str):
    """A str that tells when it goes."""


class Made(dict):
    """A dict that makes values when asked."""

    def __missing__(self, key):
        if key == "none":
            raise KeyError(key)
        if key == "bad":
            raise ZeroDivisionError("bad key")
        self.last = weakref.ref(value := Temporary("made"))
        return value


def test_missing_hook_is_asked(mod):
    kw = collections.defaultdict(lambda: 7, b=1)
    assert mod.keywords_dict(b"|iii", b"a b c", False, (), kw, None) == (7, 1, 7)


@headers_defect
def test_lookup_errors_propagate(mod):
    assert error_of(mod.keywords_dict, b"|i", b"bad", True, (), Made(), None) == (
        ZeroDivisionError,
        "bad key",
    )
    assert error_of(mod.keywords_dict, b"i", b"bad", True, (), Made(), None) == (ZeroDivisionError, "bad key")

    class BadItems(dict):
        def __getitem__(self, key):
            raise ZeroDivisionError("bad item")

    assert error_of(mod.keywords_dict, b"i", b"a", True, (), BadItems(a=1), None) == (
        ZeroDivisionError,
        "bad item",
    )


def test_key_error_means_absent(mod):
    assert error_of(mod.keywords_dict, b"i", b"none", True, (), Made(), None) == (
        TypeError,
        "function no value for required argument",
    )


@headers_defect
def test_s_from_a_dict_lives_as_long_as_the_tracker(mod):
    made = Made()
    alive = []
    result = mod.keywords_dict(b"s", b"a", True, (), made, lambda: alive.append(made.last() is not None))
    assert result == (b"made",)
    assert alive == [True]
    assert made.last() is None


@pytest.mark.breaks_rules("raw-data", reason="the dict keeps the str, of which no handle is open")
@pytest.mark.unsanitized(debugging.DETOUR)
def test_s_from_a_plain_dict_needs_no_tracker(mod):
    assert mod.keywords_dict(b"s", b"a", False, (), {"a": "text"}, None) == (b"text",)


@headers_defect
def test_s_from_another_dict_needs_a_tracker(mod):
    assert error_of(mod.keywords_dict, b"s", b"a", False, (), Made(), None) == (
        SystemError,
        "function HPyArg_ParseKeywordsDict cannot use the format character 's' with a subclass of dict "
        "unless an HPyTracker is provided. Please supply an HPyTracker.",
    )


def test_values_of_a_dict_are_closed(mod):
    thing = object()
    kw = {"a": thing, "b": 1}
    before = sys.getrefcount(thing)
    for _ in range(10):
        assert mod.keywords_dict(b"O|i", b"a b", True, (), kw, None) == (thing, 1)
        assert mod.keywords_dict(b"p|i", b"a b", False, (), kw, None) == (1, 1)
    assert sys.getrefcount(thing) == before
