"""Sets and frozen sets; length and membership go through the item protocol, iteration through iterators."""

import pytest
from support import NULL, function, module_fixture

pytestmark = pytest.mark.after_0_9_0

mod = module_fixture(
    function("check", 1, "HPySet_Check(ctx, a)", "status")
    + function("check_frozen", 1, "HPyFrozenSet_Check(ctx, a)", "status")
    + function("new", 1, "HPySet_New(ctx, a)")
    + function("new_frozen", 1, "HPyFrozenSet_New(ctx, a)")
    + function("add", 2, "HPySet_Add(ctx, a, b)", "status")
    + function("discard", 2, "HPySet_Discard(ctx, a, b)", "status")
    + function("pop", 1, "HPySet_Pop(ctx, a)")
    + function("clear", 1, "HPySet_Clear(ctx, a)", "status")
    + function("length", 1, "HPy_Length(ctx, a)", "status")
    + function("contains", 2, "HPy_Contains(ctx, a, b)", "status")
    + function("as_list", 1, "HPySequence_List(ctx, a)"),
    macros=[("HPY_TARGET_ABI_VERSION", "0x00000001")],
)


class Asking(set):
    """Whose own methods must not be asked."""

    def add(self, key):
        raise AssertionError("asked")

    discard = pop = clear = add


class Frozen(frozenset):
    pass


@pytest.mark.smoke
def test_check(mod):
    assert mod.check(set()) == mod.check(Asking()) == 1
    assert mod.check(frozenset()) == mod.check([]) == mod.check(NULL) == 0
    assert mod.check_frozen(frozenset()) == mod.check_frozen(Frozen()) == 1
    assert mod.check_frozen(set()) == mod.check_frozen([]) == mod.check_frozen(NULL) == 0


@pytest.mark.smoke
@pytest.mark.parametrize("name, kind", [("new", set), ("new_frozen", frozenset)])
def test_new(mod, name, kind):
    new = getattr(mod, name)
    assert new("abca") == kind("abc") and type(new("ab")) is kind
    assert new(iter([1, 2])) == kind([1, 2])
    assert new(NULL) == kind()


@pytest.mark.parametrize("name", ["new", "new_frozen"])
def test_new_of_what_has_no_such_items(mod, name):
    for other in [3, None, [[]]]:
        with pytest.raises(TypeError):
            getattr(mod, name)(other)


def test_what_an_iterable_raises(mod):
    def items():
        yield 1
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        mod.new(items())


@pytest.mark.smoke
@pytest.mark.parametrize("kind", [set, Asking])
def test_add_and_discard(mod, kind):
    items = kind()
    assert mod.add(items, "a") == mod.add(items, "b") == mod.add(items, "a") == 0
    assert items == {"a", "b"}
    assert mod.discard(items, "a") == 1
    assert mod.discard(items, "a") == 0
    assert items == {"b"}
    assert mod.length(items) == mod.contains(items, "b") == 1


@pytest.mark.smoke
def test_pop_and_clear(mod):
    items = {"a", "b", "c"}
    popped = mod.pop(items)
    assert items | {popped} == {"a", "b", "c"} and popped not in items
    assert mod.clear(items) == mod.clear(items) == 0
    assert items == set()


def test_pop_of_an_empty_set(mod):
    with pytest.raises(KeyError):
        mod.pop(set())


def test_a_set_as_list(mod):
    assert sorted(mod.as_list({1, 2, 3})) == [1, 2, 3]


def test_a_frozen_set_is_never_changed(mod):
    items = mod.new_frozen("a")
    with pytest.raises(TypeError, match="expected a set, frozenset found"):
        mod.add(items, "b")
    with pytest.raises(TypeError, match="expected a set, frozenset found"):
        mod.add(mod.new_frozen(NULL), "b")
    for change in [lambda x: mod.discard(x, "a"), mod.pop, mod.clear]:
        with pytest.raises(SystemError):
            change(items)
    assert items == {"a"}


@pytest.mark.parametrize("other", [[], {}, 3, None])
def test_what_is_no_set(mod, other):
    with pytest.raises(TypeError, match=f"expected a set, {type(other).__name__} found"):
        mod.add(other, 1)
    for change in [lambda x: mod.discard(x, 1), mod.pop, mod.clear]:
        with pytest.raises(SystemError):
            change(other)


@pytest.mark.parametrize("name", ["add", "discard"])
def test_a_key_that_cannot_be_hashed(mod, name):
    with pytest.raises(TypeError, match="unhashable"):
        getattr(mod, name)({1}, {})


def test_a_comparison_that_raises(mod):
    class Failing:
        def __hash__(self):
            return hash("a")

        def __eq__(self, other):
            raise ZeroDivisionError

    for name in ["add", "discard"]:
        with pytest.raises(ZeroDivisionError):
            getattr(mod, name)({"a"}, Failing())


def test_null_is_an_error(mod):
    for name, arguments in [
        ("add", (NULL, 1)),
        ("add", (set(), NULL)),
        ("discard", (NULL, 1)),
        ("discard", (set(), NULL)),
        ("pop", (NULL,)),
        ("clear", (NULL,)),
    ]:
        with pytest.raises(SystemError):
            getattr(mod, name)(*arguments)
