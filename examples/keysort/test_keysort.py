import random

import pytest


@pytest.fixture(scope="module", params=["universal", "hybrid", "cpython"])
def keysort(request, build_example):
    """The module, built for each ABI."""
    return build_example("keysort", "keysort", request.param)


def test_sorts_by_the_key(keysort):
    numbers = [float(number) for number in range(100)]
    random.Random(1).shuffle(numbers)
    assert keysort.sort(numbers, lambda number: -number) == sorted(numbers, reverse=True)
    assert keysort.sort([], abs) == []


def test_an_exception_of_the_key(keysort):
    calls = []

    def key(number):
        calls.append(number)
        if len(calls) == 5:
            raise KeyError("no more")
        return number

    with pytest.raises(KeyError, match="no more"):
        keysort.sort(list(range(50, 0, -1)), key)
    assert len(calls) == 5


def test_a_key_that_is_no_number(keysort):
    with pytest.raises(TypeError):
        keysort.sort([1, 2], str)


def test_the_key_may_sort(keysort):
    assert keysort.sort([3, 1, 2], lambda number: keysort.sort([number, 0], abs)[1]) == [1, 2, 3]
