"""Calls from one extension to functions of another, in every combination of ABI and mode."""

import sys

import pytest
from extension_api import parties

pytestmark = pytest.mark.after_0_9_0

EVERY_PAIR = [(provider, user) for provider in parties.PARTIES for user in parties.USERS]


@pytest.fixture(scope="module", params=EVERY_PAIR, ids=lambda pair: "-from-".join(pair))
def pair(request):
    """The provider's party, and a `user` of it."""
    provider, user = request.param
    with parties.published(provider) as pairs:
        yield pairs, parties.user(user)


@pytest.fixture(autouse=True)
def no_leaks():
    """What was opened in debug mode is closed after each test."""
    from hpy.debug import LeakDetector

    with LeakDetector():
        yield


def test_a_handle_is_returned(pair):
    pairs, user = pair
    h = user.new_pair()
    assert type(h) is pairs.Pair and (h.first, h.second) == (1.5, 2.5)
    other = object()
    assert sys.getrefcount(h) == sys.getrefcount(other)


def test_numbers_are_passed_and_returned(pair):
    _, user = pair
    assert user.add(3) == 6.5


def test_an_exception_is_passed_on(pair):
    _, user = pair
    with pytest.raises(ValueError, match="times must not be negative"):
        user.add(-1)


@pytest.mark.parametrize("count", [0, 1, 8, 9, 1000])
def test_an_array_of_handles_is_passed(pair, count):
    _, user = pair
    items = [object() for _ in range(count)]
    before = [sys.getrefcount(item) for item in items]
    assert user.tuple(*items) == tuple(items)
    assert [sys.getrefcount(item) for item in items] == before


def test_handles_are_stored(pair):
    _, user = pair
    assert user.divide(17, 5) == (0, 3, 2, 0)


@pytest.mark.smoke
def test_handles_are_stored_also_on_failure(pair):
    _, user = pair
    value = object()
    before = sys.getrefcount(value)
    status, quotient, remainder, raised = user.divide(17, 0)
    assert (status, quotient, remainder, raised) == (-1, None, 17, 1)
    with pytest.raises(TypeError):
        user.divide(value, 0)
    assert sys.getrefcount(value) == before


def test_a_place_that_is_null_is_passed_on(pair):
    _, user = pair
    assert user.divide(17, 5, "without a remainder") == (0, 3, None, 0)


def test_a_function_without_parameters_and_result(pair):
    pairs, user = pair
    before = pairs.get_count()
    user.count()
    assert pairs.get_count() == before + 1


@pytest.mark.smoke
def test_ten_parameters_of_different_types(pair):
    _, user = pair
    a, b = object(), object()
    before = sys.getrefcount(a)
    assert user.ten(a, b) == ((a, -2, b, 1 << 30, 0.25, 255, None), (a, b))
    assert sys.getrefcount(a) == sys.getrefcount(b) == before


@pytest.mark.smoke
def test_the_struct_of_an_object_is_given_to_who_asks(pair):
    _, user = pair
    h = user.new_pair()
    user.swap(h)
    assert (h.first, h.second) == (2.5, 1.5)


def test_the_struct_of_another_object_is_refused(pair):
    _, user = pair
    with pytest.raises(TypeError, match="expected Pair, int found"):
        user.swap(1)
