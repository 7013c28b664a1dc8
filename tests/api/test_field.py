"""Fields: references that live in the struct of an object."""

import gc
import sys
import weakref

import pytest
from support import NULL, function, module_fixture

mod = module_fixture(
    """
typedef struct {
    HPyField first;
    HPyField second;
} Box;
HPyType_HELPERS(Box)

HPyDef_SLOT(Box_new, HPy_tp_new)
static HPy Box_new_impl(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    Box *data;
    return HPy_New(ctx, type, &data);
}

HPyDef_SLOT(Box_traverse, HPy_tp_traverse)
static int Box_traverse_impl(void *self, HPyFunc_visitproc visit, void *arg)
{
    Box *data = self;
    HPy_VISIT(&data->first);
    HPy_VISIT(&data->second);
    return 0;
}

static HPyDef *Box_defines[] = { &Box_new, &Box_traverse, NULL };
static HPyType_Spec Box_spec = {
    .name = "mod.Box",
    .basicsize = sizeof(Box),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_HAVE_GC | HPy_TPFLAGS_BASETYPE,
    .defines = Box_defines,
};
"""
    + function("store", 2, "HPyField_Store(ctx, a, &Box_AsStruct(ctx, a)->first, b)", "void")
    + function("store_second", 2, "HPyField_Store(ctx, a, &Box_AsStruct(ctx, a)->second, b)", "void")
    + function("load", 1, "HPyField_Load(ctx, a, Box_AsStruct(ctx, a)->first)")
    + function("load_second", 1, "HPyField_Load(ctx, a, Box_AsStruct(ctx, a)->second)")
    + function("is_null", 1, "HPyField_IsNull(Box_AsStruct(ctx, a)->first)", "status")
    + function("load_is_null", 1, "HPy_IsNull(HPyField_Load(ctx, a, Box_AsStruct(ctx, a)->first))", "status")
    + function("null_is_null", 0, "HPyField_IsNull(HPyField_NULL)", "status"),
    methods=[
        f"method_{name}"
        for name in [
            "store",
            "store_second",
            "load",
            "load_second",
            "is_null",
            "load_is_null",
            "null_is_null",
        ]
    ],
    types=["Box"],
)


class Item:
    """Something that weak references can watch."""


def test_null_field_is_null(mod):
    assert mod.null_is_null() == 1


@pytest.mark.smoke
def test_field_of_a_new_object_is_null(mod):
    assert mod.is_null(mod.Box()) == 1


@pytest.mark.smoke
def test_store_and_load(mod):
    box, x, y = mod.Box(), object(), object()
    mod.store(box, x)
    mod.store_second(box, y)
    assert mod.is_null(box) == 0
    assert mod.load(box) is x
    assert mod.load_second(box) is y


def test_store_takes_its_own_reference(mod):
    box, x = mod.Box(), object()
    before = sys.getrefcount(x)
    mod.store(box, x)
    assert sys.getrefcount(x) == before + 1
    mod.load(box)
    assert sys.getrefcount(x) == before + 1
    mod.store(box, None)
    assert sys.getrefcount(x) == before


def test_store_of_null_clears(mod):
    box, x = mod.Box(), object()
    before = sys.getrefcount(x)
    mod.store(box, x)
    mod.store(box, NULL)
    mod.store(box, NULL)
    assert mod.is_null(box) == 1
    assert sys.getrefcount(x) == before


@pytest.mark.fixed_defect
def test_load_of_a_null_field_is_null(mod):
    assert mod.load_is_null(mod.Box()) == 1


def test_old_value_is_dropped_after_the_new_one_is_stored(mod):
    box, seen = mod.Box(), []

    class Old:
        def __del__(self):
            seen.append(mod.load(box))

    mod.store(box, Old())
    mod.store(box, "new")
    assert seen == ["new"]


@pytest.mark.smoke
def test_fields_die_with_their_owner(mod):
    box, x, y = mod.Box(), Item(), Item()
    watch = [weakref.ref(x), weakref.ref(y)]
    mod.store(box, x)
    mod.store_second(box, y)
    del x, y
    assert all(ref() is not None for ref in watch)
    del box
    assert [ref() for ref in watch] == [None, None]


@pytest.mark.smoke
def test_cycles_through_fields_are_collected(mod):
    a, b, x = mod.Box(), mod.Box(), Item()
    watch = weakref.ref(x)
    mod.store(a, b)
    mod.store(b, a)
    mod.store_second(a, x)
    del a, b, x
    assert watch() is not None
    gc.collect()
    assert watch() is None


def test_fields_are_visible_to_the_collector(mod):
    box, x = mod.Box(), [1]
    mod.store(box, x)
    assert any(referent is x for referent in gc.get_referents(box))
