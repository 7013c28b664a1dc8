"""The memory of instances that have died, which the next instances of the type may get."""

import gc
import sys
import weakref

import pytest
from support import module_fixture
from support.specs import maker, type_spec

#: HPy 0.9 has no such lists, and its subclasses in Python write over the headers of their instances.
pytestmark = pytest.mark.after_0_9_0("runtime")

PURE = {"builtin_shape": "HPyType_BuiltinShape_Object"}
SIZES = [8, 16, 24, 40, 200]
SOURCE = (
    "".join(
        f"""
typedef struct {{ char bytes[{size}]; }} Bytes{size};
HPyDef_GET(bytes_{size}, "value")
static HPy bytes_{size}_get(HPyContext *ctx, HPy self, void *closure)
{{
    return HPyBytes_FromStringAndSize(ctx, (char *)_HPy_AsStruct_Object(ctx, self), {size});
}}
HPyDef_METH(fill_{size}, "fill", HPyFunc_NOARGS)
static HPy fill_{size}_impl(HPyContext *ctx, HPy self)
{{
    memset(_HPy_AsStruct_Object(ctx, self), 0x5a, {size});
    return HPy_Dup(ctx, ctx->h_None);
}}
"""
        + type_spec(
            f"Bytes{size}",
            "new",
            f"bytes_{size}",
            f"fill_{size}",
            basicsize=f"sizeof(Bytes{size})",
            **PURE,
        )
        for size in SIZES
    )
    + type_spec(
        "Node",
        "new",
        "traverse",
        "object",
        basicsize="sizeof(HPyField)",
        flags="HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_GC",
        **PURE,
    )
    + maker(*(f"Bytes{size}" for size in SIZES), "Node")
)
mod = module_fixture(
    """
#include <string.h>
HPyDef_SLOT(new, HPy_tp_new)
static HPy new_impl(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    void *data;
    return HPy_New(ctx, type, &data);
}
HPyDef_SLOT(traverse, HPy_tp_traverse)
static int traverse_impl(void *self, HPyFunc_visitproc visit, void *arg)
{
    HPy_VISIT((HPyField *)self);
    return 0;
}
HPyDef_MEMBER(object, "object", HPyMember_OBJECT, 0)
"""
    + SOURCE,
    methods=["make"],
)


@pytest.mark.smoke
@pytest.mark.parametrize("size", SIZES)
def test_memory_is_cleared_before_it_is_used_again(mod, size):
    ty = mod.make(f"Bytes{size}")
    for count in (1, 2, 40):
        for _ in range(2):
            made = [ty() for _ in range(count)]
            assert {one.value for one in made} == {bytes(size)}
            assert len({id(one) for one in made}) == count
            for one in made:
                one.fill()


@pytest.mark.smoke
def test_instances_with_garbage_collection_are_collected_each_time(mod):
    node = mod.make("Node")
    for _ in range(3):
        made = [node() for _ in range(40)]
        assert all(map(gc.is_tracked, made))
        assert {one.object for one in made} == {None}
        for one in made:
            one.object = one
        references = [weakref.ref(mark) for mark in [type("Mark", (), {})() for _ in made]]
        del made, one
        gc.collect()
        assert not any(reference() for reference in references)
    assert not [one for one in gc.get_objects() if type(one) is node]


def test_finalizer_of_memory_that_is_used_again(mod):
    node = mod.make("Node")
    finalized = []
    for turn in range(3):
        node.__del__ = lambda self, turn=turn: finalized.append(turn)
        first, second = node(), node()
        first.object, second.object = second, first
        del first, second
        gc.collect()
        del node.__del__
        # These take the memory.
        made = [node() for _ in range(4)]
        del made
    assert finalized == [0, 0, 1, 1, 2, 2]


def test_object_that_its_finalizer_keeps(mod):
    node = mod.make("Node")
    kept = []
    node.__del__ = lambda self: kept.append(self)
    made = node()
    made.object = [1]
    del made
    assert kept[0].object == [1]
    del node.__del__
    other = node()
    assert other is not kept[0]
    assert kept[0].object == [1]


@pytest.mark.parametrize("name", ["Bytes16", "Node"])
def test_type_goes_with_what_waits(mod, name):
    ty = mod.make(name)
    made = [ty() for _ in range(40)]
    del made
    gc.collect()
    reference = weakref.ref(ty)
    del ty
    gc.collect()
    assert reference() is None


@pytest.mark.parametrize("name", ["Bytes16", "Node"])
def test_instances_refer_to_their_type_while_they_live(mod, name):
    ty = mod.make(name)
    before = sys.getrefcount(ty)
    made = [ty() for _ in range(40)]
    assert sys.getrefcount(ty) >= before  # those of CPython without the GIL count elsewhere
    del made
    for _ in range(100):
        ty()
    assert sys.getrefcount(ty) == before


@pytest.mark.parametrize("name", ["Bytes16", "Node"])
def test_subclasses(mod, name):
    ty = mod.make(name)

    class Sub(ty):
        pass

    class Slots(ty):
        __slots__ = ("more",)

    for _ in range(3):
        made = [cls() for cls in (ty, Sub, Slots) for _ in range(20)]
        for one in made:
            if type(one) is not ty:
                one.more = "x" * 100
        marks = [weakref.ref(one) for one in made if type(one) is Sub]
        del made, one
        gc.collect()
        assert not any(mark() for mark in marks)
