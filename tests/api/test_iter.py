"""Iteration (appended after 0.9.0)."""

import pytest
from support import NULL, function, module_fixture, unary

pytestmark = pytest.mark.after_0_9_0

mod = module_fixture(
    function("get_iter", 1, "HPy_GetIter(ctx, a)")
    + function("check", 1, "HPyIter_Check(ctx, a)", "status")
    + function("next", 1, "HPyIter_Next(ctx, a)")
    + function("is_exhausted", 1, "HPy_IsNull(HPyIter_Next(ctx, a)) && !HPyErr_Occurred(ctx)", "status")
    + unary(
        "collect",
        """
    HPy iterator = HPy_GetIter(ctx, arg);
    if (HPy_IsNull(iterator))
        return HPy_NULL;
    HPy list = HPyList_New(ctx, 0);
    HPy item;
    while (!HPy_IsNull(item = HPyIter_Next(ctx, iterator))) {
        HPyList_Append(ctx, list, item);
        HPy_Close(ctx, item);
    }
    HPy_Close(ctx, iterator);
    if (HPyErr_Occurred(ctx)) {
        HPy_Close(ctx, list);
        return HPy_NULL;
    }
    return list;""",
    )
)


class Failing:
    def __init__(self, after):
        self.after = after

    def __iter__(self):
        return self

    def __next__(self):
        if self.after == 0:
            raise ZeroDivisionError
        self.after -= 1
        return self.after


@pytest.mark.smoke
def test_iterate_to_the_end(mod):
    assert mod.collect([1, 2, 3]) == [1, 2, 3]
    assert mod.collect({}) == []
    assert mod.collect(c for c in "abc") == ["a", "b", "c"]


def test_error_while_iterating_propagates(mod):
    with pytest.raises(ZeroDivisionError):
        mod.collect(Failing(after=2))


def test_get_iter_of_an_iterator_is_the_iterator(mod):
    iterator = iter([1])
    assert mod.get_iter(iterator) is iterator


def test_get_iter_of_a_number(mod):
    with pytest.raises(TypeError, match="^'int' object is not iterable$"):
        mod.get_iter(3)


def test_get_iter_checks_what_iter_returns(mod):
    class Wrong:
        def __iter__(self):
            return 3

    with pytest.raises(TypeError, match="non-iterator|must return an iterator"):
        mod.get_iter(Wrong())


def test_check(mod):
    assert mod.check(iter([])) == 1
    assert mod.check(Failing(0)) == 1
    assert mod.check([]) == 0
    assert mod.check(3) == 0


def test_exhausted_iterator_gives_null_without_exception(mod):
    assert mod.is_exhausted(iter([])) == 1


def test_next_of_what_is_no_iterator(mod):
    with pytest.raises((TypeError, SystemError)):
        mod.next([1])


def test_null_is_an_error(mod):
    for call in [lambda: mod.get_iter(NULL), lambda: mod.next(NULL)]:
        with pytest.raises(SystemError):
            call()


def test_check_of_null_is_false(mod):
    assert mod.check(NULL) == 0


# HPySeqIter_New

sequences = module_fixture(
    function("iter", 1, "HPySeqIter_New(ctx, a)"), macros=[("HPY_TARGET_ABI_VERSION", "0x00000001")]
)


class Squares:
    def __getitem__(self, index):
        if index == 4:
            raise self.end
        return index * index


@pytest.mark.smoke
def test_sequence_iterator(sequences):
    assert list(sequences.iter([5, 6])) == [5, 6]
    for Squares.end in [IndexError, StopIteration]:
        assert list(sequences.iter(Squares())) == [0, 1, 4, 9]


def test_sequence_iterator_passes_errors_on(sequences):
    Squares.end = ZeroDivisionError
    iterator = sequences.iter(Squares())
    assert [next(iterator) for _ in range(4)] == [0, 1, 4, 9]
    with pytest.raises(ZeroDivisionError):
        next(iterator)


def test_sequence_iterator_asks_no_iter(sequences):
    class Derived(list):
        def __iter__(self):
            return iter("x")

    assert list(sequences.iter(Derived([1]))) == [1]


def test_sequence_iterator_of_what_is_no_sequence(sequences):
    for x in [3, {}, set()]:
        with pytest.raises(SystemError):
            sequences.iter(x)
    with pytest.raises(SystemError, match="^null argument to HPySeqIter_New$"):
        sequences.iter(NULL)
