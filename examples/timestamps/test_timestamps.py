"""Tests of both variants against the module datetime."""

import random
from array import array
from datetime import date, datetime, timedelta, timezone, tzinfo

import pytest

VARIANTS = ["universal", "hybrid", "cpython", None]
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
FIRST = (datetime(1, 1, 1, tzinfo=timezone.utc) - EPOCH) // timedelta(microseconds=1)
LAST = (datetime(9999, 12, 31, 23, 59, 59, 999999, timezone.utc) - EPOCH) // timedelta(microseconds=1)


@pytest.fixture(scope="module", params=VARIANTS, ids=lambda abi: abi or "C API")
def timestamps(request, build_example):
    if request.param:
        return build_example("timestamps", "timestamps", request.param)
    return build_example("timestamps", "timestamps_capi", None, setup="setup_capi.py")


def random_times(count):
    rng = random.Random(13)
    return [rng.randrange(FIRST, LAST + 1) for _ in range(count)]


# Those that `datetime.fromisoformat` of all versions reads.
TEXTS = [
    "2024-02-29T12:30:15.250000+01:00",
    "2024-02-29T12:30:15-23:59",
    "2000-02-29 00:00:00",
    "0001-01-01",
    "9999-12-31T23:59:59.999999",
    "1999-12-31T23:59",
]


@pytest.mark.parametrize("text", TEXTS)
def test_reads_as_datetime_does(timestamps, text):
    time = timestamps.parse(text)
    assert (time, time.tzinfo) == (datetime.fromisoformat(text), datetime.fromisoformat(text).tzinfo)


def test_reads_z_and_fractions(timestamps):
    time = timestamps.parse("2024-01-01T00:00:00.5Z")
    assert time == datetime(2024, 1, 1, 0, 0, 0, 500000, timezone.utc)
    assert time.tzinfo is timezone.utc
    assert timestamps.parse("2024-01-01T00:00:00.123456789").microsecond == 123456


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2024",
        "2024-13-01",
        "2023-02-29",
        "2024-00-01",
        "0000-01-01",
        "2024-01-01T",
        "2024-01-01T24:00",
        "2024-01-01T1:00",
        "2024-01-01T00:60",
        "2024-01-01T00:00:60",
        "2024-01-01T00:00:00.",
        "2024-01-01T00:00+24:00",
        "2024-01-01x",
        "２０２４-01-01",
    ],
)
def test_refuses_what_is_no_time(timestamps, text):
    with pytest.raises(ValueError, match="not a time in ISO 8601"):
        timestamps.parse(text)


def test_refuses_other_types(timestamps):
    with pytest.raises(TypeError):
        timestamps.parse(b"2024-01-01")
    with pytest.raises(TypeError):
        timestamps.parse_lines("2024-01-01")
    with pytest.raises(TypeError, match="expected an array of 64-bit integers"):
        timestamps.from_epoch(array("d", [0]))
    with pytest.raises(TypeError, match="expected datetime, not date"):
        timestamps.to_epoch([date(2024, 1, 1)], array("q", [0]))


def test_reads_lines_of_any_buffer(timestamps):
    texts = [(EPOCH + timedelta(microseconds=us)).isoformat() for us in random_times(100)]
    data = "\n".join(texts).encode()
    expected = [datetime.fromisoformat(text) for text in texts]
    for buffer in data, bytearray(data), memoryview(b"x" + data)[1:]:
        assert timestamps.parse_lines(buffer) == expected
    assert timestamps.parse_lines(b"") == []
    with pytest.raises(ValueError, match="line 2 is not a time"):
        timestamps.parse_lines(b"2024-01-01\nx\n")


def test_numbers_become_times_and_back(timestamps):
    numbers = array("q", [FIRST, -1, 0, 1, LAST, *random_times(1000)])
    times = timestamps.from_epoch(numbers)
    assert times == [EPOCH + timedelta(microseconds=us) for us in numbers]
    out = array("q", bytes(8 * len(times)))
    assert timestamps.to_epoch(times, out) == len(times)
    assert out == numbers
    assert timestamps.to_epoch(tuple(times[:2]), out) == 2


def test_numbers_out_of_range_are_refused(timestamps):
    for number in FIRST - 1, LAST + 1, 2**63 - 1, -(2**63):
        with pytest.raises(OverflowError, match="number 1 is not in the years"):
            timestamps.from_epoch(array("q", [0, number]))


def test_times_of_all_zones_become_numbers(timestamps):
    class Odd(tzinfo):
        def utcoffset(self, when):
            return timedelta(hours=-5, microseconds=7)

    class Unknown(tzinfo):
        def utcoffset(self, when):
            return None

    out = array("q", bytes(24))
    zones = [None, Odd(), Unknown()]
    assert timestamps.to_epoch([datetime(1970, 1, 1, tzinfo=zone) for zone in zones], out) == 3
    assert out.tolist() == [0, 5 * 3600 * 10**6 - 7, 0]


def test_errors_of_a_zone_are_passed_on(timestamps):
    class Broken(tzinfo):
        def utcoffset(self, when):
            raise LookupError("no zone")

    with pytest.raises(LookupError, match="no zone"):
        timestamps.to_epoch([datetime(1970, 1, 1, tzinfo=Broken())], array("q", [0]))


def test_the_array_must_be_writable_and_large_enough(timestamps):
    with pytest.raises((BufferError, TypeError)):
        timestamps.to_epoch([EPOCH], memoryview(bytes(8)).cast("q"))
    with pytest.raises(ValueError, match="more datetimes than room: 1"):
        timestamps.to_epoch([EPOCH] * 2, array("q", [0]))
