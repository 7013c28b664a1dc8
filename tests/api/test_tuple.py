"""tuple objects."""

import sys

import pytest
from support import NULL, function, module_fixture

mod = module_fixture(
    function("check", 1, "HPyTuple_Check(ctx, a)", "status")
    + function("pack_none", 0, "HPyTuple_Pack(ctx, 0)")
    + function("pack", 3, "HPyTuple_Pack(ctx, 3, a, b, c)")
    + """
HPyDef_METH(from_array, "from_array", HPyFunc_VARARGS)
static HPy from_array_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    return HPyTuple_FromArray(ctx, (HPy *)args, (HPy_ssize_t)nargs);
}

HPyDef_METH(negative, "negative", HPyFunc_O)
static HPy negative_impl(HPyContext *ctx, HPy self, HPy arg)
{
    return HPyTuple_FromArray(ctx, &arg, -1);
}

HPyDef_METH(empty, "empty", HPyFunc_NOARGS)
static HPy empty_impl(HPyContext *ctx, HPy self)
{
    return HPyTuple_FromArray(ctx, NULL, 0);
}

HPyDef_METH(null_item, "null_item", HPyFunc_O)
static HPy null_item_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPy items[] = { arg, HPy_NULL, arg };
    return HPyTuple_FromArray(ctx, items, 3);
}
"""
)


class Derived(tuple):
    pass


@pytest.mark.smoke
def test_check(mod):
    assert mod.check(()) == mod.check(Derived()) == 1
    assert mod.check([]) == mod.check(None) == 0


@pytest.mark.smoke
def test_from_array(mod):
    assert mod.from_array() == ()
    assert mod.from_array(1, "a", None) == (1, "a", None)
    assert mod.from_array(*range(1000)) == tuple(range(1000))


def test_from_array_duplicates_the_items(mod):
    x = object()
    before = sys.getrefcount(x)
    result = mod.from_array(x, x)
    assert sys.getrefcount(x) == before + 2
    del result
    assert sys.getrefcount(x) == before


def test_from_empty_array(mod):
    assert mod.empty() == ()


def test_from_array_negative_length(mod):
    with pytest.raises(SystemError, match="bad argument to internal function"):
        mod.negative(1)


@pytest.mark.smoke
def test_pack(mod):
    assert mod.pack_none() == ()
    assert mod.pack(1, 2, 3) == (1, 2, 3)


@pytest.mark.fixed_defect
def test_null_item_is_an_error(mod):
    x = object()
    before = sys.getrefcount(x)
    with pytest.raises(SystemError):
        mod.null_item(x)
    with pytest.raises(SystemError):
        mod.pack(1, NULL, 3)
    assert sys.getrefcount(x) == before


@pytest.mark.fixed_defect
def test_check_of_null_is_false(mod):
    assert mod.check(NULL) == 0
