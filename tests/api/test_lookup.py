"""Look-ups that do not raise for what is missing: of attributes, items, and items of dicts."""

import sys

import pytest
from support import function, module_fixture

pytestmark = pytest.mark.after_0_9_0

# What a look-up returned, with what it stored; it must store null where it stores nothing else.
FOUND = """
static HPy found(HPyContext *ctx, int status, HPy *value)
{
    if (status < 0)
        return HPy_IsNull(*value) ? HPy_NULL : HPyErr_NoMemory(ctx);
    HPy result = HPy_BuildValue(ctx, "(iO)", status, HPy_IsNull(*value) ? ctx->h_Ellipsis : *value);
    HPy_Close(ctx, *value);
    return result;
}
"""

# By the name of the test function.
FUNCTIONS = {
    "attr": "HPy_GetOptionalAttr",
    "item": "HPy_GetOptionalItem",
    "item_s": "HPy_GetOptionalItem_s",
    "dict": "HPyDict_GetItemRef",
    "dict_s": "HPyDict_GetItemRef_s",
}


def look_up(name):
    call = FUNCTIONS[name]
    key, bad_key, arity = ('"été"', '"\\xff"', 1) if name.endswith("_s") else ("b", "b", 2)
    null = "NULL" if name.endswith("_s") else "HPy_NULL"
    # The storage is not null before.
    return (
        function(name, arity, f"found(ctx, {call}(ctx, a, {key}, &self), &self)")
        + function(name + "_bad_key", arity, f"found(ctx, {call}(ctx, a, {bad_key}, &self), &self)")
        + function(
            name + "_null", 0, f"found(ctx, {call}(ctx, HPy_NULL, {key.replace('b', 'self')}, &self), &self)"
        )
        + function(name + "_no_key", 1, f"found(ctx, {call}(ctx, a, {null}, &self), &self)")
        + function(name + "_nowhere", arity, f"{call}(ctx, a, {key}, NULL)", "status")
    )


mod = module_fixture(
    FOUND + "".join(map(look_up, FUNCTIONS)), macros=[("HPY_TARGET_ABI_VERSION", "0x00000001")]
)


class Attributes:
    def __init__(self, **attributes):
        vars(self).update(attributes)


class Derived(dict):
    def __missing__(self, key):
        return ("missing", key)


class Items:
    """A mapping that is no dict: `error` is raised for each key."""

    def __init__(self, error=None):
        self.error = error

    def __getitem__(self, key):
        if self.error:
            raise self.error
        return key


@pytest.fixture(params=FUNCTIONS)
def name(request):
    return request.param


@pytest.fixture
def get(mod, name):
    """Looks up "été"."""
    function = getattr(mod, name)
    return function if name.endswith("_s") else lambda container: function(container, "été")


def container(name, *values):
    return Attributes(**dict(values)) if name == "attr" else dict(values)


@pytest.mark.smoke
def test_what_is_there(name, get):
    value = object()
    assert get(container(name, ("été", value))) == (1, value)


@pytest.mark.smoke
def test_what_is_missing(name, get):
    assert get(container(name)) == (0, ...)
    assert sys.exc_info() == (None, None, None)


def test_the_result_is_a_new_reference(name, get):
    value = object()
    holder = container(name, ("été", value))
    before = sys.getrefcount(value)
    for _ in range(10):
        get(holder)
    assert sys.getrefcount(value) == before


def test_null(mod, name):
    for test, args in {"null": (), "no_key": ({},), "nowhere": ({}, "x")}.items():
        with pytest.raises(SystemError, match=f"^null argument to {FUNCTIONS[name]}$"):
            getattr(mod, f"{name}_{test}")(*args[: 1 if name.endswith("_s") else 2])


def test_text_that_is_no_utf8(mod):
    for name in ["item_s", "dict_s"]:
        with pytest.raises(UnicodeDecodeError):
            getattr(mod, name + "_bad_key")({})


# Attributes


def test_attribute_that_getattr_misses(mod):
    class Missing:
        def __getattr__(self, name):
            raise AttributeError(name)

    assert mod.attr(Missing(), "x") == (0, ...)


def test_attribute_error_propagates(mod):
    class Failing:
        def __getattr__(self, name):
            raise KeyError(name)

    with pytest.raises(KeyError):
        mod.attr(Failing(), "x")


def test_attribute_name_must_be_str(mod):
    with pytest.raises(TypeError, match="attribute name must be string, not 'int'"):
        mod.attr(Attributes(), 3)


# Items


def test_item_of_a_mapping(mod):
    assert mod.item(Items(), 3) == (1, 3)
    assert mod.item_s(Items()) == (1, "été")
    assert mod.item(Items(KeyError(3)), 3) == (0, ...)
    assert mod.item_s(Items(KeyError())) == (0, ...)


def test_item_of_a_dict_asks_a_subclass(mod):
    assert mod.item(Derived(), 3) == (1, ("missing", 3))
    assert mod.item_s(Derived()) == (1, ("missing", "été"))


def test_subclass_of_key_error_is_missing(mod):
    class Unknown(KeyError):
        pass

    assert mod.item(Items(Unknown()), 3) == (0, ...)


@pytest.mark.parametrize("error", [IndexError, LookupError, ZeroDivisionError])
def test_item_error_propagates(mod, error):
    with pytest.raises(error):
        mod.item(Items(error()), 3)
    with pytest.raises(error):
        mod.item_s(Items(error()))


def test_item_of_a_sequence(mod):
    assert mod.item([5, 6], -1) == (1, 6)
    with pytest.raises(IndexError):
        mod.item([5, 6], 2)
    with pytest.raises(TypeError, match="list indices must be integers"):
        mod.item_s([5, 6])


def test_item_of_what_has_none(mod):
    for x in [3, object()]:
        with pytest.raises(TypeError, match="object is not subscriptable"):
            mod.item(x, 3)


# Dicts


def test_dict_asks_no_subclass(mod):
    assert mod.dict(Derived(), 3) == (0, ...)
    assert mod.dict(Derived({3: 4}), 3) == (1, 4)
    assert mod.dict_s(Derived()) == (0, ...)


def test_what_is_no_dict(mod):
    for x in [3, [], Items()]:
        with pytest.raises(SystemError):
            mod.dict(x, "été")
        with pytest.raises(SystemError):
            mod.dict_s(x)


@pytest.mark.parametrize("name", ["item", "dict"])
def test_key_that_cannot_be_hashed(mod, name):
    with pytest.raises(TypeError, match="unhashable"):
        getattr(mod, name)({1: 2}, [])


@pytest.mark.parametrize("name", ["item", "dict"])
def test_comparison_error_propagates(mod, name):
    class Key:
        def __hash__(self):
            return hash(1)

        def __eq__(self, other):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        getattr(mod, name)({1: 2}, Key())
