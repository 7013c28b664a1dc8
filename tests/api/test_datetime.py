"""Dates and times by their fields, and time zones."""

import datetime
import sys
import textwrap

import pytest
from support import NULL, c_text, function, loading, module_fixture
from support.subinterpreters import Interpreters

pytestmark = pytest.mark.after_0_9_0

SOURCE = c_text(__file__) + function("time_zone", 2, "HPyTimeZone_FromOffset(ctx, a, b)")
OPTIONS = {"macros": [("HPY_TARGET_ABI_VERSION", "0x00000001")]}
mod = module_fixture(SOURCE, **OPTIONS)

NAMES = ["kind", "year", "month", "day", "hour", "minute", "second", "microsecond", "fold", "days"]
NONE, DATE, TIME, DATETIME, DELTA = range(5)
UTC = datetime.timezone.utc
INT_MAX, INT_MIN = 2**31 - 1, -(2**31)


def make(mod, kind, tzinfo=NULL, **fields):
    return mod.from_fields(*[{"kind": kind, **fields}.get(name, 0) for name in NAMES], tzinfo)


def fields_of(mod, obj):
    """The kind, the fields that are not zero, and the time zone."""
    kind, *fields, tzinfo = mod.get_fields(obj)
    return kind, {name: value for name, value in zip(NAMES[1:], fields) if value}, tzinfo


SAMPLES = [
    (DATE, {"year": 1, "month": 1, "day": 1}, None, datetime.date.min),
    (DATE, {"year": 9999, "month": 12, "day": 31}, None, datetime.date.max),
    (DATE, {"year": 2024, "month": 2, "day": 29}, None, datetime.date(2024, 2, 29)),
    (TIME, {}, None, datetime.time.min),
    (
        TIME,
        {"hour": 23, "minute": 59, "second": 58, "microsecond": 999999, "fold": 1},
        UTC,
        datetime.time(23, 59, 58, 999999, UTC, fold=1),
    ),
    (DATETIME, {"year": 2024, "month": 2, "day": 29}, None, datetime.datetime(2024, 2, 29)),
    (
        DATETIME,
        {
            "year": 2024,
            "month": 2,
            "day": 29,
            "hour": 1,
            "minute": 2,
            "second": 3,
            "microsecond": 4,
            "fold": 1,
        },
        UTC,
        datetime.datetime(2024, 2, 29, 1, 2, 3, 4, UTC, fold=1),
    ),
    (DELTA, {}, None, datetime.timedelta()),
    (DELTA, {"days": -1, "second": 86399, "microsecond": 999999}, None, -datetime.timedelta.resolution),
    (DELTA, {"days": 999999999, "second": 86399, "microsecond": 999999}, None, datetime.timedelta.max),
    (DELTA, {"days": -999999999}, None, datetime.timedelta.min),
]


@pytest.mark.smoke
@pytest.mark.parametrize("kind, fields, tzinfo, expected", SAMPLES)
def test_from_fields(mod, kind, fields, tzinfo, expected):
    made = make(mod, kind, NULL if tzinfo is None else tzinfo, **fields)
    assert made == expected and type(made) is type(expected)
    assert getattr(made, "fold", 0) == fields.get("fold", 0)
    assert getattr(made, "tzinfo", None) is tzinfo


@pytest.mark.smoke
@pytest.mark.parametrize("kind, fields, tzinfo, expected", SAMPLES)
def test_get_fields(mod, kind, fields, tzinfo, expected):
    assert fields_of(mod, expected) == (kind, fields, tzinfo)
    assert mod.kind_of(expected) == kind


@pytest.mark.smoke
@pytest.mark.parametrize("other", [3, None, "2024-02-29", UTC, datetime, datetime.date])
def test_fields_of_what_is_no_time(mod, other):
    assert fields_of(mod, other) == (NONE, {}, None)
    assert mod.kind_of(other) == NONE


def test_fields_of_an_instance_of_a_subclass(mod):
    class Asking(datetime.datetime):
        @property
        def year(self):
            raise AssertionError("asked")

        hour = tzinfo = year

    assert fields_of(mod, Asking(2024, 2, 29, 1)) == (
        DATETIME,
        {"year": 2024, "month": 2, "day": 29, "hour": 1},
        None,
    )


def test_fields_that_the_kind_does_not_have_are_ignored(mod):
    everything = {name: 1 for name in NAMES[1:]}
    assert make(mod, DATE, **everything) == datetime.date(1, 1, 1)
    assert make(mod, TIME, **everything) == datetime.time(1, 1, 1, 1)
    assert make(mod, DELTA, **everything) == datetime.timedelta(1, 1, 1)


def test_none_is_no_time_zone(mod):
    assert make(mod, TIME, None).tzinfo is None


@pytest.mark.parametrize(
    "kind, field, values",
    [
        (kind, field, values)
        for kinds, field, values in [
            ([DATE, DATETIME], "year", [0, -1, 10000, INT_MIN, INT_MAX]),
            ([DATE, DATETIME], "month", [0, -1, 13, INT_MIN, INT_MAX]),
            ([DATE, DATETIME], "day", [0, -1, 30, INT_MIN, INT_MAX]),
            ([TIME, DATETIME], "hour", [-1, 24, INT_MIN, INT_MAX]),
            ([TIME, DATETIME], "minute", [-1, 60, INT_MIN, INT_MAX]),
            ([TIME, DATETIME], "second", [-1, 60, INT_MIN, INT_MAX]),
            ([TIME, DATETIME], "microsecond", [-1, 1000000, INT_MIN, INT_MAX]),
            ([TIME, DATETIME], "fold", [-1, 2, INT_MIN, INT_MAX]),
        ]
        for kind in kinds
    ],
)
def test_fields_out_of_range(mod, kind, field, values):
    for value in values:
        with pytest.raises(ValueError):
            make(mod, kind, **{"year": 2024, "month": 2, "day": 1, field: value})


@pytest.mark.parametrize("kind", [NONE, -1, 5, INT_MIN, INT_MAX])
def test_another_kind(mod, kind):
    with pytest.raises(ValueError, match="none of HPyDateTime_Kind"):
        make(mod, kind)


def test_a_duration_is_normalised(mod):
    for fields in [
        {"days": 1, "second": -1, "microsecond": -1},
        {"second": INT_MAX, "microsecond": INT_MAX},
        {"days": -3, "second": INT_MIN, "microsecond": INT_MIN},
    ]:
        expected = datetime.timedelta(
            fields.get("days", 0), fields["second"], microseconds=fields["microsecond"]
        )
        assert make(mod, DELTA, **fields) == expected


def test_a_duration_that_is_too_long(mod):
    for fields in [
        {"days": 10**9},
        {"days": -(10**9)},
        {"days": INT_MAX, "second": INT_MAX},
        {"days": INT_MIN, "second": INT_MIN},
        {"days": -999999999, "microsecond": -1},
    ]:
        with pytest.raises(OverflowError):
            make(mod, DELTA, **fields)


@pytest.mark.parametrize("kind", [DATE, TIME, DATETIME, DELTA])
def test_what_is_no_time_zone(mod, kind):
    for other in [3, "UTC", datetime.timedelta(), datetime.timezone]:
        with pytest.raises(TypeError, match="tzinfo"):
            make(mod, kind, other, year=1, month=1, day=1)


@pytest.mark.smoke
def test_time_zones(mod):
    assert mod.time_zone(NULL, NULL) is UTC
    hour = datetime.timedelta(hours=1)
    assert mod.time_zone(hour, NULL) == datetime.timezone(hour)
    named = mod.time_zone(hour, "CET")
    assert named.tzname(None) == "CET" and named.utcoffset(None) == hour
    assert mod.time_zone(NULL, "GMT").tzname(None) == "GMT"


def test_offsets_that_no_time_zone_has(mod):
    for offset in [datetime.timedelta(days=1), -datetime.timedelta(days=1)]:
        with pytest.raises(ValueError):
            mod.time_zone(offset, NULL)
    for offset in [3600, None, datetime.time()]:
        with pytest.raises(TypeError, match="timedelta"):
            mod.time_zone(offset, NULL)
    for name in [3, None, b"CET"]:
        with pytest.raises(TypeError, match="name"):
            mod.time_zone(datetime.timedelta(), name)


def test_null_is_an_error(mod):
    with pytest.raises(SystemError, match="null argument to HPyDateTime_FromFields"):
        mod.from_no_fields()
    with pytest.raises(SystemError, match="null argument to HPyDateTime_GetFields"):
        mod.get_fields(NULL)
    with pytest.raises(SystemError, match="null argument to HPyDateTime_GetFields"):
        mod.get_no_fields(datetime.date.min)


@pytest.mark.not_repeatable(reason="an interpreter that ends leaves memory behind")
def test_each_interpreter_has_its_own_table(mod, compile_module):
    code = f"""
        import sys
        sys.path[:] = {sys.path!r}
        from support import loading
        loading.mode = {loading.mode!r}
        mod = loading.load_extension("mod", {str(compile_module(SOURCE, **OPTIONS))!r})
        import datetime
        made = mod.from_fields(3, 2024, 2, 29, 1, 2, 3, 4, 0, 0, mod.time_zone(..., ...))
        assert made == datetime.datetime(2024, 2, 29, 1, 2, 3, 4, datetime.timezone.utc)
        assert made.tzinfo is datetime.timezone.utc
        assert mod.get_fields(made)[:4] == (3, 2024, 2, 29)
    """
    interpreters = Interpreters()
    for _ in range(2):
        interpreter = interpreters.create(threads=True)
        interpreters.run(interpreter, textwrap.dedent(code))
        interpreters.destroy(interpreter)
        assert mod.time_zone(NULL, NULL) is UTC
        assert fields_of(mod, datetime.date(1, 2, 3)) == (DATE, {"year": 1, "month": 2, "day": 3}, None)
