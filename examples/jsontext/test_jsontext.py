"""Tests of both variants against the module json: what it reads and writes, and the errors that it raises."""

import json
import math
import random
import sys

import pytest

# The variant in the C API uses functions that only CPython has.
VARIANTS = ["universal", "hybrid", "cpython", *([None] if sys.implementation.name == "cpython" else [])]


@pytest.fixture(scope="module", params=VARIANTS, ids=lambda abi: abi or "C API")
def jsontext(request, build_example):
    if request.param:
        return build_example("jsontext", "jsontext", request.param)
    return build_example("jsontext", "jsontext_capi", None, setup="setup_capi.py")


TEXTS = [
    "null",
    " true ",
    "[false]",
    "0",
    "-0",
    "12345678901234567890",
    "-1.5e-3",
    "1E400",
    "123456789012345678",
    '""',
    '"a\\"b\\\\\\/\\b\\f\\n\\r\\t"',
    '"\\u00e9\\ud83d\\ude00\\ud800\\u0041"',
    '"\ud800"',
    '"\U0001f600é"',
    "[]",
    "{}",
    "[1, [2, [3, {}]], {}]",
    '{"a": 1, "b": {"a": [null]}, "a": 2}',
]
WRONG = [
    "",
    " ",
    "nul",
    "-",
    "+1",
    "01",
    "1.",
    "1e",
    ".5",
    "1 2",
    "[",
    "[1",
    "[1,",
    "[1 2]",
    "{",
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,',
    '{"a" 1}',
    "{1: 2}",
    '"',
    '"\\',
    '"\\"',
    '"\\x"',
    '"\\u12"',
    '"\\ud800\\u12"',
    '"\\ud800\\udc"',
    '"a\tb"',
    '"a\0b"',
]


@pytest.mark.parametrize("text", TEXTS)
def test_reads_as_json_does(jsontext, text):
    value, expected = jsontext.loads(text), json.loads(text)
    assert repr(value) == repr(expected)


@pytest.mark.parametrize("text", WRONG)
def test_refuses_what_json_refuses(jsontext, text):
    decode = json.JSONDecoder().decode  # PyPy's `json.loads` has texts of its own
    try:
        expected = repr(decode(text))
    except json.JSONDecodeError as error:
        with pytest.raises(json.JSONDecodeError) as raised:
            jsontext.loads(text)
        # What json says of a comma before a bracket differs from one version to another.
        assert (raised.value.pos, raised.value.doc) == (error.pos, text)
        assert raised.value.msg == error.msg
    else:
        assert repr(jsontext.loads(text)) == expected


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        1,
        -(10**30),
        1.5,
        1e300,
        math.inf,
        -math.inf,
        math.nan,
        "",
        'é\U0001f600\ud800\0\x7f"\\\n',
        [],
        {},
        (),
    ],
)
def test_writes_as_json_does(jsontext, value):
    assert jsontext.dumps(value) == json.dumps(value)
    assert jsontext.dumps([value, {"key": value}] * 20) == json.dumps([value, {"key": value}] * 20)


def random_value(rng, depth=4):
    if depth and rng.random() < 0.5:
        values = [random_value(rng, depth - 1) for _ in range(rng.randrange(20))]
        return values if rng.random() < 0.5 else {random_text(rng): value for value in values}
    return rng.choice([None, True, False, rng.randrange(-(2**70), 2**70), rng.random(), random_text(rng)])


def random_text(rng):
    return "".join(
        chr(rng.choice([rng.randrange(128), rng.randrange(0x110000)])) for _ in range(rng.randrange(6))
    )


def test_reads_and_writes_random_values(jsontext):
    rng = random.Random(13)
    for _ in range(200):
        value = random_value(rng)
        text = json.dumps(value)
        assert jsontext.dumps(value) == text
        assert jsontext.loads(text) == json.loads(text)


def test_equal_keys_are_one_object(jsontext):
    first, second = jsontext.loads('[{"some key": 1}, {"some key": 2}]')
    assert next(iter(first)) is next(iter(second))


def test_refuses_other_types(jsontext):
    with pytest.raises(TypeError):
        jsontext.loads(b"1")
    with pytest.raises(TypeError, match="Object of type set is not JSON serializable"):
        jsontext.dumps([set()])
    with pytest.raises(TypeError, match="keys must be str, not int"):
        jsontext.dumps({1: 2})


def test_refuses_deep_values(jsontext):
    deep = []
    for _ in range(5000):
        deep = [deep]
    with pytest.raises(RecursionError):
        jsontext.dumps(deep)
    with pytest.raises(RecursionError):
        jsontext.loads("[" * 5000)


def test_a_dict_that_contains_itself_is_refused(jsontext):
    circle = {}
    circle["self"] = circle
    with pytest.raises(RecursionError):
        jsontext.dumps(circle)
