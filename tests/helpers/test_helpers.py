"""HPyHelpers_AddType, HPyHelpers_PackArgsAndKeywords."""

import sys

import pytest
from support import c_text, module_fixture

SOURCE = c_text(__file__)

mod = module_fixture(SOURCE)


class Namespace:
    pass


class Frozen:
    def __setattr__(self, name, value):
        raise ZeroDivisionError(f"cannot set {name}")


@pytest.mark.smoke
def test_add_type(mod):
    space = Namespace()
    assert mod.add_type(space, b"Plain") == 1
    assert isinstance(space.Plain, type)
    assert space.Plain.__name__ == "Plain"


def test_add_type_under_another_name(mod):
    space = Namespace()
    mod.add_type(space, b"Other")
    assert space.Other.__name__ == "Plain"


def test_add_type_with_params(mod):
    class Base:
        pass

    space = Namespace()
    mod.add_subtype(space, b"Sub", Base)
    assert space.Sub.__bases__ == (Base,)


def test_add_type_that_cannot_be_set(mod):
    with pytest.raises(ZeroDivisionError, match="^cannot set Plain$"):
        mod.add_type(Frozen(), b"Plain")


def test_add_type_that_cannot_be_made(mod):
    space = Namespace()
    with pytest.raises(TypeError, match="bool"):
        mod.add_subtype(space, b"Sub", bool)
    assert not hasattr(space, "Sub")


@pytest.mark.smoke
@pytest.mark.parametrize(
    "args, kwargs",
    [
        ((), {}),
        ((1,), {}),
        ((1, 2, 3), {}),
        ((), {"a": 1}),
        ((1, 2), {"a": 3, "b": 4}),
        ((), {"\u00e4": None}),
    ],
)
def test_pack(mod, args, kwargs):
    assert mod.pack(*args, **kwargs) == (args or None, kwargs or None)


def test_pack_duplicates(mod):
    thing = object()
    before = sys.getrefcount(thing)
    for _ in range(10):
        assert mod.pack(thing, a=thing) == ((thing,), {"a": thing})
    assert sys.getrefcount(thing) == before


@pytest.mark.parametrize("kwnames", [("a", []), 5])
def test_pack_failure_leaves_the_outputs(mod, kwnames):
    thing = object()
    before = sys.getrefcount(thing)
    for _ in range(10):
        try:
            mod.pack_kwnames(kwnames, thing, thing, thing)
        except TypeError:
            continue
        pytest.fail("no exception")
    assert sys.getrefcount(thing) == before


def test_pack_empty_kwnames(mod):
    assert mod.pack_kwnames(("a",), 0, 1) == {"a": 1}


@pytest.mark.parametrize("first, name", [(True, "out_pos_args"), (False, "out_kwd")])
def test_pack_needs_both_outputs(mod, first, name):
    with pytest.raises(SystemError, match=f"^argument '{name}' must not be NULL$"):
        mod.pack_nowhere(first)
