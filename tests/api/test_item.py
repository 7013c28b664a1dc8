"""Length, items by object, index and C string, membership, slices."""

import pytest
from support import NULL, function, module_fixture

mod = module_fixture(
    function("length", 1, "HPy_Length(ctx, a)", "status")
    + function("get", 2, "HPy_GetItem(ctx, a, b)")
    + function("get_i", 2, "HPy_GetItem_i(ctx, a, HPyLong_AsSsize_t(ctx, b))")
    + function("get_s", 1, 'HPy_GetItem_s(ctx, a, "clé")')
    + function("contains", 2, "HPy_Contains(ctx, a, b)", "status")
    + function("set", 3, "HPy_SetItem(ctx, a, b, c)", "status")
    + function("set_i", 3, "HPy_SetItem_i(ctx, a, HPyLong_AsSsize_t(ctx, b), c)", "status")
    + function("set_s", 2, 'HPy_SetItem_s(ctx, a, "clé", b)', "status")
    + function("delete", 2, "HPy_DelItem(ctx, a, b)", "status")
    + function("delete_i", 2, "HPy_DelItem_i(ctx, a, HPyLong_AsSsize_t(ctx, b))", "status")
    + function("delete_s", 1, 'HPy_DelItem_s(ctx, a, "clé")', "status")
)

BOUNDS = "HPyLong_AsSsize_t(ctx, b), HPyLong_AsSsize_t(ctx, c)"
slices = module_fixture(
    function("get", 3, f"HPy_GetSlice(ctx, a, {BOUNDS})")
    + function("set", 4, f"HPy_SetSlice(ctx, a, {BOUNDS}, d)", "status")
    + function("delete", 3, f"HPy_DelSlice(ctx, a, {BOUNDS})", "status")
)


class Keys:
    """A container without length that answers with the key."""

    def __init__(self):
        self.log = []

    def __getitem__(self, key):
        return ("get", key)

    def __setitem__(self, key, value):
        self.log.append((key, value))

    def __delitem__(self, key):
        self.log.append(key)


class Sized(Keys):
    def __len__(self):
        return 10


class Broken:
    def __len__(self):
        raise KeyError("len")

    def __getitem__(self, key):
        raise ZeroDivisionError

    __setitem__ = __delitem__ = __contains__ = lambda self, *args: 1 // 0


@pytest.mark.smoke
def test_length(mod):
    assert mod.length([1, 2]) == 2
    assert mod.length({}) == 0
    assert mod.length("äöü") == 3


@pytest.mark.parametrize("base", [list, tuple, dict, str])
def test_length_asks_a_subclass(mod, base):
    class Sub(base):
        def __len__(self):
            return 7

    assert mod.length(base()) == 0
    assert mod.length(Sub()) == 7


def test_length_without_len(mod):
    with pytest.raises(TypeError, match=r"^object of type 'int' has no len\(\)$"):
        mod.length(3)


def test_length_error_propagates(mod):
    with pytest.raises(KeyError, match="len"):
        mod.length(Broken())


@pytest.mark.smoke
def test_get_by_object(mod):
    assert mod.get({"a": 1}, "a") == 1
    assert mod.get([10, 20], 1) == 20
    assert mod.get([10, 20], -1) == 20
    assert mod.get((10, 20, 30), slice(1, None)) == (20, 30)
    assert mod.get(Keys(), "k") == ("get", "k")


def test_get_by_object_missing(mod):
    with pytest.raises(KeyError):
        mod.get({}, "a")
    with pytest.raises(IndexError):
        mod.get([], 0)
    with pytest.raises(TypeError, match="^'int' object is not subscriptable$"):
        mod.get(3, 0)


def test_get_by_wrong_key(mod):
    with pytest.raises(TypeError):
        mod.get([1], "0")
    with pytest.raises(TypeError, match="unhashable type: 'list'"):
        mod.get({}, [])


@pytest.mark.smoke
@pytest.mark.parametrize("make", [list, tuple, bytes, bytearray])
def test_get_by_index(mod, make):
    container = make([1, 2, 3])
    assert [mod.get_i(container, i) for i in range(3)] == [1, 2, 3]
    assert [mod.get_i(container, i) for i in range(-3, 0)] == [1, 2, 3]
    for index in [3, -4, 1 << 40, -(1 << 40)]:
        with pytest.raises(IndexError):
            mod.get_i(container, index)


@pytest.mark.parametrize("base", [list, tuple])
def test_get_by_index_of_a_subclass_calls_its_method(mod, base):
    class Derived(base):
        def __getitem__(self, index):
            return ("mine", index)

    assert mod.get_i(Derived([1, 2]), 0) == ("mine", 0)


def test_get_by_index_of_a_dict_uses_the_int_as_key(mod):
    assert mod.get_i({3: "three", -1: "minus"}, 3) == "three"
    assert mod.get_i({3: "three", -1: "minus"}, -1) == "minus"
    with pytest.raises(KeyError):
        mod.get_i({}, 0)


@pytest.mark.fixed_defect  # 0.9.0 passes the index on, the line after it adds the length, as CPython does
def test_get_by_negative_index_adds_the_length(mod):
    assert mod.get_i(Sized(), -1) == ("get", 9)


def test_get_by_index_without_items(mod):
    with pytest.raises(TypeError):
        mod.get_i(3, 0)


@pytest.mark.smoke
def test_get_by_c_string(mod):
    assert mod.get_s({"clé": 1}) == 1
    assert mod.get_s(Keys()) == ("get", "clé")
    with pytest.raises(KeyError, match="clé"):
        mod.get_s({})


def test_get_by_c_string_of_a_list(mod):
    with pytest.raises(TypeError):
        mod.get_s([1])


@pytest.mark.smoke
def test_contains(mod):
    assert mod.contains([1, 2], 2) == 1
    assert mod.contains([1, 2], 3) == 0
    assert mod.contains({"a": 1}, "a") == 1
    assert mod.contains("abc", "bc") == 1
    with pytest.raises(TypeError):
        mod.contains(3, 3)


@pytest.mark.smoke
def test_set_by_object(mod):
    d, x = {}, [1, 2]
    assert mod.set(d, "a", 1) == 0
    assert mod.set(x, -1, "last") == 0
    assert (d, x) == ({"a": 1}, [1, "last"])


def test_set_on_immutable(mod):
    with pytest.raises(TypeError, match="^'tuple' object does not support item assignment$"):
        mod.set((1,), 0, 1)
    with pytest.raises(TypeError):
        mod.set_i((1,), 0, 1)


def test_set_by_index(mod):
    d, x = {}, [1, 2]
    assert mod.set_i(d, 5, "five") == 0
    assert mod.set_i(x, 0, "first") == 0
    assert mod.set_i(x, -1, "last") == 0
    assert (d, x) == ({5: "five"}, ["first", "last"])
    with pytest.raises(IndexError):
        mod.set_i(x, 2, None)


def test_set_by_negative_index_passes_it_on(mod):
    x = Sized()
    mod.set_i(x, -1, "v")
    mod.delete_i(x, -2)
    assert x.log == [(-1, "v"), -2]


def test_set_by_c_string(mod):
    d = {}
    assert mod.set_s(d, 1) == 0
    assert d == {"clé": 1}


@pytest.mark.smoke
def test_delete(mod):
    d = {"a": 1, 5: 2, "clé": 3}
    x = [1, 2, 3]
    assert mod.delete(d, "a") == mod.delete_i(d, 5) == mod.delete_s(d) == 0
    assert mod.delete(x, 0) == mod.delete_i(x, -1) == 0
    assert (d, x) == ({}, [2])


def test_delete_missing(mod):
    for call in [lambda: mod.delete({}, 1), lambda: mod.delete_i({}, 1), lambda: mod.delete_s({})]:
        with pytest.raises(KeyError):
            call()
    with pytest.raises(IndexError):
        mod.delete_i([], 0)


def test_errors_of_methods_propagate(mod):
    x = Broken()
    for call in [
        lambda: mod.get(x, 1),
        lambda: mod.get_s(x),
        lambda: mod.set(x, 1, 1),
        lambda: mod.set_i(x, 1, 1),
        lambda: mod.set_s(x, 1),
        lambda: mod.delete(x, 1),
        lambda: mod.delete_i(x, 1),
        lambda: mod.delete_s(x),
        lambda: mod.contains(x, 1),
    ]:
        with pytest.raises(ZeroDivisionError):
            call()


def test_null_container_of_length_and_get_text(mod):
    for call in [lambda: mod.length(NULL), lambda: mod.get(NULL, 1), lambda: mod.get([], NULL)]:
        with pytest.raises(SystemError, match="null argument to internal routine"):
            call()


@pytest.mark.fixed_defect
def test_null_is_an_error(mod):
    for call in [
        lambda: mod.get_i(NULL, 0),
        lambda: mod.get_s(NULL),
        lambda: mod.contains(NULL, 1),
        lambda: mod.contains([1], NULL),
        lambda: mod.contains({}, NULL),
        lambda: mod.set(NULL, 1, 1),
        lambda: mod.set({}, NULL, 1),
        lambda: mod.set({}, 1, NULL),
        lambda: mod.set_i(NULL, 0, 1),
        lambda: mod.set_i([1], 0, NULL),
        lambda: mod.set_s(NULL, 1),
        lambda: mod.set_s({}, NULL),
        lambda: mod.delete(NULL, 1),
        lambda: mod.delete({}, NULL),
        lambda: mod.delete_i(NULL, 1),
        lambda: mod.delete_s(NULL),
    ]:
        with pytest.raises(SystemError):
            call()


@pytest.mark.after_0_9_0
def test_get_slice(slices):
    assert slices.get([1, 2, 3, 4], 1, 3) == [2, 3]
    assert slices.get("abcd", -2, 100) == "cd"
    with pytest.raises(TypeError):
        slices.get(3, 0, 1)


@pytest.mark.after_0_9_0
def test_set_slice(slices):
    x = [1, 2, 3, 4]
    assert slices.set(x, 1, 3, "xyz") == 0
    assert x == [1, "x", "y", "z", 4]
    with pytest.raises(TypeError):
        slices.set((1,), 0, 1, ())


@pytest.mark.after_0_9_0
def test_delete_slice(slices):
    x = [1, 2, 3, 4]
    assert slices.delete(x, 1, 3) == 0
    assert x == [1, 4]
    with pytest.raises(TypeError):
        slices.delete("abc", 0, 1)


@pytest.mark.after_0_9_0
def test_slice_of_null_is_an_error(slices):
    for call in [
        lambda: slices.get(NULL, 0, 1),
        lambda: slices.set(NULL, 0, 1, []),
        lambda: slices.delete(NULL, 0, 1),
    ]:
        with pytest.raises(SystemError):
            call()


mappings = module_fixture(
    function("keys", 1, "HPyMapping_Keys(ctx, a)")
    + function("values", 1, "HPyMapping_Values(ctx, a)")
    + function("items", 1, "HPyMapping_Items(ctx, a)"),
    macros=[("HPY_TARGET_ABI_VERSION", "0x00000001")],
)


class Mapping:
    """By its methods alone."""

    def keys(self):
        return iter("ab")

    def values(self):
        return (1, 2)

    def items(self):
        return {"ab": 12}


@pytest.mark.after_0_9_0
@pytest.mark.smoke
def test_lists_of_a_mapping(mappings):
    assert mappings.keys({"a": 1}) == ["a"]
    assert mappings.values({"a": 1}) == [1]
    assert mappings.items({"a": 1}) == [("a", 1)]
    assert mappings.keys(Mapping()) == ["a", "b"]
    assert mappings.values(Mapping()) == [1, 2]
    assert mappings.items(Mapping()) == ["ab"]


@pytest.mark.after_0_9_0
@pytest.mark.parametrize("name", ["keys", "values", "items"])
def test_lists_of_what_is_no_mapping(mappings, name):
    with pytest.raises(AttributeError, match=name):
        getattr(mappings, name)(3)
    with pytest.raises(SystemError):
        getattr(mappings, name)(NULL)

    class Wrong:
        keys = values = items = lambda self: 3

    with pytest.raises(TypeError):
        getattr(mappings, name)(Wrong())
