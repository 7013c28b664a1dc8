"""Types over bases that have a `__dict__` or weak references: there is one place for each, or an error."""

import gc
import weakref

import pytest
from support import module_fixture
from support.specs import BASE, maker, type_spec

SOURCE = r"""
typedef struct { HPy_ssize_t dict; HPy_ssize_t weaklist; } Places;
HPyDef_MEMBER(dict_place, "__dictoffset__", HPyMember_HPYSSIZET, offsetof(Places, dict), .readonly = 1)
HPyDef_MEMBER(weak_place, "__weaklistoffset__", HPyMember_HPYSSIZET, offsetof(Places, weaklist),
              .readonly = 1)
HPyDef_SLOT(traverse, HPy_tp_traverse)
static int traverse_impl(void *data, HPyFunc_visitproc visit, void *arg)
{
    (void)data, (void)visit, (void)arg;
    return 0;
}
"""
STRUCT = {
    "basicsize": "sizeof(Places)",
    "flags": "HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_GC",
}
LIST = {"builtin_shape": "HPyType_BuiltinShape_List"}
META = {**STRUCT, "builtin_shape": "HPyType_BuiltinShape_Type"}
mod = module_fixture(
    SOURCE
    + type_spec("Bare")
    + type_spec("List", **LIST)
    + type_spec("WithDict", "traverse", "dict_place", **STRUCT)
    + type_spec("ListWithDict", "traverse", "dict_place", **STRUCT, **LIST)
    + type_spec("MetaWithDict", "traverse", "dict_place", **META)
    + type_spec("MetaWithWeak", "traverse", "weak_place", **META)
    + maker("Bare", "List", "WithDict", "ListWithDict", "MetaWithDict", "MetaWithWeak"),
)


class Open:
    pass


class Slotted:
    __slots__ = ("a",)


class Empty:
    __slots__ = ()


@pytest.mark.fixed_defect
@pytest.mark.parametrize("name, other", [("List", list), ("Bare", Slotted), ("Bare", Empty)])
def test_dict_of_a_base_with_another_layout(mod, name, other):
    """CPython would look for the dict in the middle of the instance."""
    message = (
        f"^type 'mod.{name}': instances of its base 'Open' have a __dict__, but their layout comes from its "
        f"base '{other.__name__}', which has no place for one; add a member '__dictoffset__', or give "
        "'Open' an empty __slots__$"
    )
    with pytest.raises(TypeError, match=message):
        # Of two bases with no fields the first has the layout.
        mod.make(name, *((BASE, other, BASE, Open) if other is Empty else (BASE, Open, BASE, other)))


@pytest.mark.fixed_defect
def test_own_dict_beside_that_of_a_base_with_another_layout(mod):
    cls = mod.make("ListWithDict", BASE, Open, BASE, list)
    instance = cls()
    instance.append(1)
    instance.x = instance
    assert instance.__dict__ == {"x": instance}
    alive = weakref.ref(cls)
    del cls, instance
    gc.collect()
    assert alive() is None


def test_dict_of_the_base_with_the_layout(mod):
    for bases in [(BASE, Open), (BASE, Open, BASE, Empty), (BASE, Open, BASE, Exception)]:
        instance = mod.make("Bare", *bases)()
        instance.x = 1
        assert instance.x == 1


@pytest.mark.fixed_defect
@pytest.mark.parametrize(
    "name, member", [("MetaWithDict", "__dictoffset__"), ("MetaWithWeak", "__weaklistoffset__")]
)
def test_second_place(mod, name, member):
    message = f"its base 'type' already has what the member '{member}' stands for; remove the member$"
    with pytest.raises(TypeError, match=f"^type 'mod.{name}': {message}"):
        mod.make(name, BASE, type)


def test_place_that_a_derived_type_tells_again(mod):
    """Its struct begins with that of its base."""
    cls = mod.make("WithDict", BASE, mod.make("WithDict"))
    instance = cls()
    instance.x = 1
    assert instance.x == 1
