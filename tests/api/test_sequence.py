"""Many items of a sequence at once, and what is asked of a sequence as a whole.

`items(seq, start, count)` and its kin have an array, and give what was stored; the rest must be untouched.
"""

import array

import pytest
from support import NULL, c_text, engines, function, module_fixture

pytestmark = pytest.mark.after_0_9_0

mod = module_fixture(
    c_text(__file__)
    + function("as_list", 1, "HPySequence_List(ctx, a)")
    + function("as_tuple", 1, "HPySequence_Tuple(ctx, a)")
    + function("count", 2, "HPySequence_Count(ctx, a, b)", "status")
    + function("index", 2, "HPySequence_Index(ctx, a, b)", "status"),
    macros=[("HPY_TARGET_ABI_VERSION", "0x00000001")],
)


class Sequence:
    """Neither list nor tuple."""

    def __init__(self, items, length=None):
        self.items = items
        self.length = length

    def __len__(self):
        return len(self.items) if self.length is None else self.length

    def __getitem__(self, index):
        return self.items[index]


class Lying(list):
    """Whose methods tell something else than it has."""

    def __getitem__(self, index):
        raise AssertionError("asked")

    __len__ = __iter__ = __getitem__


class LyingTuple(tuple):
    def __getitem__(self, index):
        raise AssertionError("asked")

    __len__ = __iter__ = __getitem__


MAKERS = [list, tuple, Sequence]
if engines.IS_CPYTHON:
    # PyPy asks the methods of subclasses, whichever function of its C API is called.
    MAKERS += [Lying, LyingTuple]
BULK = ["items", "int64s", "doubles"]


@pytest.mark.smoke
@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("start, count, expected", [(0, 3, "abc"), (1, 2, "bc"), (2, 5, "c"), (0, 0, "")])
def test_items(mod, make, start, count, expected):
    assert mod.items(make("abc"), start, count) == list(expected)


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("name", BULK)
def test_nothing_is_stored_from_the_end_on(mod, make, name):
    for start in (3, 4, 2**63 - 1):
        assert getattr(mod, name)(make([1, 2, 3]), start, 5) == []
    assert getattr(mod, name)(make([]), 0, 5) == []


def test_items_are_the_objects_themselves(mod):
    first, second = object(), object()
    found = mod.items([first, second], 0, 2)
    assert found[0] is first and found[1] is second


def test_any_sequence_has_items(mod):
    assert mod.items("äbc", 1, 2) == ["b", "c"]
    assert mod.items(range(5, 9), 1, 2) == [6, 7]
    assert mod.items(b"ab", 0, 9) == [97, 98]
    assert mod.items(array.array("d", [1, 2]), 0, 2) == [1.0, 2.0]


@pytest.mark.smoke
@pytest.mark.parametrize("make", MAKERS)
def test_int64s(mod, make):
    values = [0, 1, -1, 2**30 - 1, 2**30, -(2**30), 2**60, 2**63 - 1, -(2**63)]
    assert mod.int64s(make(values), 0, len(values)) == values
    assert mod.int64s(make(values), 3, 2) == [2**30 - 1, 2**30]


@pytest.mark.smoke
@pytest.mark.parametrize("make", MAKERS)
def test_doubles(mod, make):
    values = [0.5, -1.0, float("inf"), 3, -1, 2**53 + 1, 2**80]
    found = mod.doubles(make(values), 0, len(values))
    assert found == [float(value) for value in values]
    assert all(type(value) is float for value in found)


class Int(int):
    def __index__(self):
        raise AssertionError("asked")


class Float(float):
    def __float__(self):
        raise AssertionError("asked")


class Convertible:
    def __index__(self):
        raise AssertionError("asked")

    __float__ = __index__


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("other", ["2", None, True, Int(2), 2.0, Convertible(), 2**63, -(2**63) - 1])
def test_int64s_end_at_the_first_item_that_is_none(mod, make, other):
    assert mod.int64s(make([7, 8, other, 9]), 0, 4) == [7, 8]
    assert mod.int64s(make([7, 8, other, 9]), 2, 1) == []


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("other", ["2", None, False, Int(2), Float(2), Convertible(), 2**1024, 1j])
def test_doubles_end_at_the_first_item_that_is_none(mod, make, other):
    assert mod.doubles(make([7.0, 8.0, other, 9.0]), 0, 4) == [7, 8]
    assert mod.doubles(make([7.0, 8.0, other, 9.0]), 2, 1) == []


@pytest.mark.parametrize("name", BULK)
def test_a_sequence_that_becomes_shorter_ends_there(mod, name):
    assert getattr(mod, name)(Sequence([1, 2], length=5), 0, 5) == [1, 2]


@pytest.mark.parametrize("name", BULK)
def test_a_list_that_changes_between_calls(mod, name):
    items = [1, 2, 3, 4]
    assert getattr(mod, name)(items, 0, 2) == [1, 2]
    del items[1:]
    assert getattr(mod, name)(items, 2, 2) == []
    items += [5, 6, 7]
    assert getattr(mod, name)(items, 2, 2) == [6, 7]


@pytest.mark.parametrize("name", BULK)
def test_what_a_sequence_raises(mod, name):
    class Failing(Sequence):
        def __getitem__(self, index):
            return self.items[index] if index < 2 else {}["missing"]

    with pytest.raises(KeyError, match="missing"):
        getattr(mod, name)(Failing([1, 2, 3]), 0, 3)


@pytest.mark.parametrize("name", BULK)
def test_what_a_length_raises(mod, name):
    with pytest.raises(ValueError):
        getattr(mod, name)(Sequence([1], length=-1), 0, 3)


@pytest.mark.parametrize("name", BULK)
@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("start, count", [(-1, 2), (0, -1), (-(2**63), -(2**63))])
def test_negative_start_and_count(mod, name, make, start, count):
    with pytest.raises(ValueError, match="start and count must not be negative"):
        getattr(mod, name)(make([1, 2]), start, count)


@pytest.mark.parametrize("name", BULK)
@pytest.mark.parametrize("other", [{}, {1}, 3, None, iter([1])])
def test_what_is_no_sequence(mod, name, other):
    with pytest.raises(TypeError, match=f"expected a sequence, {type(other).__name__} found"):
        getattr(mod, name)(other, 0, 1)


@pytest.mark.parametrize("name", BULK)
def test_null_is_an_error(mod, name):
    with pytest.raises(SystemError, match="null argument to HPySequence_"):
        getattr(mod, name)(NULL, 0, 1)
    with pytest.raises(SystemError, match="null argument to HPySequence_"):
        getattr(mod, f"{name}_without_array")([1])


@pytest.mark.smoke
def test_close_array(mod):
    assert mod.close_array([object(), [], object()]) == 3


def test_closing_an_array_again_does_nothing(mod):
    assert mod.close_array_twice([object()]) is None


def test_close_array_of_nothing(mod):
    mod.close_no_array()


def test_close_array_keeps_an_exception(mod):
    with pytest.raises(KeyError, match="set before"):
        mod.close_array_with_exception([object()])


@pytest.mark.smoke
def test_list_and_tuple_of_any_iterable(mod):
    for iterable in ["abc", ["a", "b", "c"], dict.fromkeys("abc"), iter("abc")]:
        assert mod.as_list(iterable) == ["a", "b", "c"]
    assert mod.as_tuple({"a": 1}) == ("a",)
    assert mod.as_tuple(iter("ab")) == ("a", "b")


def test_a_list_is_copied_and_a_tuple_is_not(mod):
    items, fixed = ["a"], ("a",)
    assert mod.as_list(items) is not items
    assert mod.as_tuple(fixed) is fixed


@pytest.mark.parametrize("name", ["as_list", "as_tuple"])
def test_what_is_not_iterable(mod, name):
    with pytest.raises(TypeError, match="not iterable"):
        getattr(mod, name)(3)
    with pytest.raises(SystemError):
        getattr(mod, name)(NULL)


@pytest.mark.smoke
def test_count_and_index(mod):
    assert mod.count("banana", "a") == 3
    assert mod.count((1, 2, 1.0), 1) == 2
    assert mod.count([], 1) == 0
    assert mod.index(iter("banana"), "n") == 2


def test_index_of_what_is_not_there(mod):
    with pytest.raises(ValueError):
        mod.index([1, 2], 3)


@pytest.mark.parametrize("name", ["count", "index"])
def test_count_and_index_of_what_is_not_iterable(mod, name):
    with pytest.raises(TypeError, match="not iterable"):
        getattr(mod, name)(3, 1)
    for arguments in [(NULL, 1), ([], NULL)]:
        with pytest.raises(SystemError):
            getattr(mod, name)(*arguments)


def test_count_asks_only_for_equality(mod):
    class Unequal:
        def __eq__(self, other):
            return {}["missing"]

    with pytest.raises(KeyError, match="missing"):
        mod.count([1, Unequal()], 2)
