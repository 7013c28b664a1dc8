"""dict objects; items go through the item protocol."""

import types

import pytest
from support import NULL, c_text, function, module_fixture

mod = module_fixture(
    function("check", 1, "HPyDict_Check(ctx, a)", "status")
    + function("new", 0, "HPyDict_New(ctx)")
    + function("keys", 1, "HPyDict_Keys(ctx, a)")
    + function("copy", 1, "HPyDict_Copy(ctx, a)")
)


class Derived(dict):
    def keys(self):
        return ["mine"]


@pytest.mark.smoke
def test_check(mod):
    assert mod.check({}) == mod.check(Derived()) == 1
    assert mod.check([]) == mod.check(None) == 0


@pytest.mark.smoke
def test_new(mod):
    first, second = mod.new(), mod.new()
    assert first == {}
    assert first is not second


@pytest.mark.smoke
def test_keys_is_a_list(mod):
    assert mod.keys({"b": 1, "a": 2}) == ["b", "a"]
    assert mod.keys({}) == []


def test_keys_of_a_subclass_asks_no_method(mod):
    assert mod.keys(Derived(a=1)) == ["a"]


@pytest.mark.smoke
def test_copy(mod):
    original = {"a": [1]}
    copy = mod.copy(original)
    assert copy == original
    assert copy is not original
    assert copy["a"] is original["a"]


def test_copy_of_a_subclass_is_a_dict(mod):
    assert type(mod.copy(Derived(a=1))) is dict


@pytest.mark.parametrize("name", ["keys", "copy"])
def test_what_is_no_dict(mod, name):
    for x in [3, [], NULL]:
        with pytest.raises(SystemError):
            getattr(mod, name)(x)


@pytest.mark.fixed_defect
def test_check_of_null_is_false(mod):
    assert mod.check(NULL) == 0


ABI_1 = [("HPY_TARGET_ABI_VERSION", "0x00000001")]
abi_1 = module_fixture(
    c_text(__file__)
    + function("values", 1, "HPyDict_Values(ctx, a)")
    + function("items", 1, "HPyDict_Items(ctx, a)")
    + function("merge", 3, "HPyDict_Merge(ctx, a, b, (int)HPyLong_AsLong(ctx, c))", "status")
    + function("clear", 1, "HPyDict_Clear(ctx, a)", "status")
    + function("proxy", 1, "HPyDictProxy_New(ctx, a)")
    + function("set_default", 3, "set_default(ctx, a, b, c)")
    + function("set_default_only", 3, "HPyDict_SetDefaultRef(ctx, a, b, c, NULL)", "status")
    + function("pop", 2, "pop(ctx, a, b)")
    + function("pop_only", 2, "HPyDict_Pop(ctx, a, b, NULL)", "status"),
    macros=ABI_1,
)


class Unhashable:
    __hash__ = None


class Failing:
    """A key whose comparison raises."""

    def __hash__(self):
        return hash("key")

    def __eq__(self, other):
        raise ZeroDivisionError


@pytest.mark.after_0_9_0
@pytest.mark.smoke
def test_values_and_items(abi_1):
    assert abi_1.values({"a": 1, "b": 2}) == [1, 2]
    assert abi_1.items({"a": 1, "b": 2}) == [("a", 1), ("b", 2)]
    assert abi_1.values({}) == abi_1.items({}) == []


@pytest.mark.after_0_9_0
@pytest.mark.parametrize("name", ["values", "items"])
def test_values_and_items_of_what_is_no_dict(abi_1, name):
    for x in [3, [], NULL]:
        with pytest.raises(SystemError):
            getattr(abi_1, name)(x)


class Mapping:
    def keys(self):
        return ["b", "c"]

    def __getitem__(self, key):
        return f"mapped {key}"


@pytest.mark.after_0_9_0
@pytest.mark.smoke
def test_merge(abi_1):
    target = {"a": 1, "b": 2}
    assert abi_1.merge(target, {"b": 3, "c": 4}, 0) == 0
    assert target == {"a": 1, "b": 2, "c": 4}
    assert abi_1.merge(target, {"b": 3}, 1) == 0
    assert target == {"a": 1, "b": 3, "c": 4}
    assert abi_1.merge(target, Mapping(), 1) == 0
    assert target == {"a": 1, "b": "mapped b", "c": "mapped c"}
    assert abi_1.merge(target, target, 1) == 0


@pytest.mark.after_0_9_0
def test_merge_of_what_is_no_mapping(abi_1):
    with pytest.raises(AttributeError, match="keys"):
        abi_1.merge({}, 3, 1)
    for arguments in [([], {}, 1), (NULL, {}, 1), ({}, NULL, 1)]:
        with pytest.raises(SystemError):
            abi_1.merge(*arguments)


@pytest.mark.after_0_9_0
@pytest.mark.smoke
def test_set_default(abi_1):
    items, first, second = {}, ["first"], ["second"]
    status, value = abi_1.set_default(items, "key", first)
    assert (status, value is first) == (0, True)
    status, value = abi_1.set_default(items, "key", second)
    assert (status, value is first) == (1, True)
    assert abi_1.set_default_only(items, "other", second) == 0
    assert abi_1.set_default_only(items, "other", first) == 1
    assert items == {"key": ["first"], "other": ["second"]}


@pytest.mark.after_0_9_0
@pytest.mark.smoke
def test_pop(abi_1):
    items, value = {"key": ["value"], "other": 2}, None
    value = items["key"]
    status, popped = abi_1.pop(items, "key")
    assert (status, popped is value) == (1, True)
    assert abi_1.pop(items, "key") == (0, None)
    assert abi_1.pop_only(items, "other") == 1
    assert abi_1.pop_only(items, "other") == 0
    assert items == {}


@pytest.mark.after_0_9_0
def test_changes_ask_no_method_of_a_subclass(abi_1):
    class Asking(dict):
        def __missing__(self, key):
            raise AssertionError("asked")

        __setitem__ = __delitem__ = __getitem__ = pop = setdefault = clear = __missing__

    items = Asking(a=1)
    assert abi_1.set_default(items, "b", 2) == (0, 2)
    assert abi_1.pop(items, "a") == (1, 1)
    assert abi_1.pop(items, "a") == (0, None)
    assert abi_1.clear(items) == 0
    assert len(items) == 0


@pytest.mark.after_0_9_0
@pytest.mark.parametrize("key, error", [(Unhashable(), TypeError), (Failing(), ZeroDivisionError)])
def test_keys_that_raise(abi_1, key, error):
    items = {"key": 1}
    for name, more in [("set_default", [1]), ("set_default_only", [1]), ("pop", []), ("pop_only", [])]:
        with pytest.raises(error):
            getattr(abi_1, name)(items, key, *more)
    assert items == {"key": 1}


@pytest.mark.after_0_9_0
@pytest.mark.smoke
def test_clear(abi_1):
    items = {"a": 1}
    assert abi_1.clear(items) == 0
    assert items == {}


@pytest.mark.after_0_9_0
def test_changes_of_what_is_no_dict(abi_1):
    for other in [[], 3, None]:
        for call in [
            lambda x: abi_1.set_default(x, "a", 1),
            lambda x: abi_1.pop(x, "a"),
            abi_1.clear,
        ]:
            with pytest.raises(TypeError, match=f"expected a dict, {type(other).__name__} found"):
                call(other)


@pytest.mark.after_0_9_0
def test_changes_with_null(abi_1):
    for name, arguments in [
        ("set_default", (NULL, "a", 1)),
        ("set_default", ({}, NULL, 1)),
        ("set_default", ({}, "a", NULL)),
        ("pop", (NULL, "a")),
        ("pop", ({}, NULL)),
        ("clear", (NULL,)),
        ("proxy", (NULL,)),
    ]:
        with pytest.raises(SystemError):
            getattr(abi_1, name)(*arguments)


@pytest.mark.after_0_9_0
@pytest.mark.smoke
def test_a_proxy_cannot_be_written_to(abi_1):
    items = {"a": 1}
    proxy = abi_1.proxy(items)
    assert type(proxy) is types.MappingProxyType
    items["b"] = 2
    assert proxy == {"a": 1, "b": 2}
    with pytest.raises(TypeError):
        proxy["a"] = 2


@pytest.mark.after_0_9_0
def test_a_proxy_of_what_is_no_mapping(abi_1):
    with pytest.raises(TypeError):
        abi_1.proxy(3)


@pytest.mark.after_0_9_0
@pytest.mark.smoke
@pytest.mark.parametrize("count", [1, 2, 3, 4, 8])
@pytest.mark.parametrize("size", [0, 1, 3, 7])
def test_next(abi_1, count, size):
    items = {f"key {i}": [i] for i in range(size)}
    assert abi_1.iterate(items, count, None) == list(items.items())


@pytest.mark.after_0_9_0
def test_next_of_a_subclass_asks_no_method(abi_1):
    assert abi_1.iterate(Derived(a=1), 2, None) == [("a", 1)]


@pytest.mark.after_0_9_0
def test_next_skips_what_was_removed(abi_1):
    items = dict.fromkeys("abcdef", 1)
    for key in "ace":
        del items[key]
    assert abi_1.iterate(items, 2, None) == [("b", 1), ("d", 1), ("f", 1)]


@pytest.mark.after_0_9_0
def test_next_of_keys_or_values_alone(abi_1):
    items = {"a": 1, "b": 2, "c": 3}
    assert abi_1.iterate_keys(items) == ["a", "b", "c"]
    assert abi_1.iterate_values(items) == [1, 2, 3]
    assert abi_1.iterate_neither(items) == 3


@pytest.mark.after_0_9_0
def test_values_may_be_replaced_between_calls(abi_1):
    items = {"a": 1, "b": 2, "c": 3}

    def change():
        items["c"] = items["a"] = 9

    assert abi_1.iterate(items, 1, change) == [("a", 1), ("b", 2), ("c", 9)]


@pytest.mark.after_0_9_0
@pytest.mark.smoke
def test_a_dict_that_changes_size_between_calls(abi_1):
    def grow():
        items["new"] = 0

    def shrink():
        items.popitem()

    for change in [grow, shrink]:
        items = dict.fromkeys("abcd", 1)
        with pytest.raises(RuntimeError, match="dictionary changed size during iteration"):
            abi_1.iterate(items, 2, change)


@pytest.mark.after_0_9_0
def test_a_size_that_has_changed_is_an_error_from_then_on(abi_1):
    items = {"a": 1, "b": 2}

    def back():
        items.pop("c", None)

    def change():
        items["c"] = 3

    assert abi_1.iterate_after_error(items, change, back) == ["RuntimeError", "RuntimeError"]


@pytest.mark.after_0_9_0
def test_a_dict_whose_keys_change_ends(abi_1):
    items = dict.fromkeys("abcd", 1)
    number = iter(range(100))

    def change():
        del items[next(iter(items))]
        items[next(number)] = 1

    try:
        found = abi_1.iterate(items, 1, change)
    except RuntimeError as error:
        assert str(error) == "dictionary keys changed during iteration"
    else:
        assert len(found) <= 4


@pytest.mark.after_0_9_0
def test_next_of_what_is_no_dict(abi_1):
    for other in [[], 3, None]:
        with pytest.raises(TypeError, match=f"expected a dict, {type(other).__name__} found"):
            abi_1.iterate(other, 1, None)


@pytest.mark.after_0_9_0
@pytest.mark.parametrize("count", [0, -1, -(2**63)])
def test_next_of_no_items(abi_1, count):
    with pytest.raises(ValueError, match="count must be positive"):
        abi_1.iterate({"a": 1}, count, None)


@pytest.mark.after_0_9_0
def test_next_with_null(abi_1):
    with pytest.raises(SystemError, match="null argument to HPyDict_Next"):
        abi_1.next_of_null()
    with pytest.raises(SystemError, match="null argument to HPyDict_Next"):
        abi_1.next_without_iter({})


@pytest.mark.after_0_9_0
def test_next_survives_an_iterator_of_garbage(abi_1):
    assert abi_1.next_with_garbage({"a": 1}) in (-1, 0, 1)
