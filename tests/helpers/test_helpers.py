"""HPyHelpers_AddType, HPyHelpers_PackArgsAndKeywords."""

import sys

import pytest
from support import module_fixture

SOURCE = r"""
static HPyType_Spec Plain_spec = {.name = "mod.Plain"};

/* add_type(obj, name): HPyHelpers_AddType, and its result */
HPyDef_METH(add_type, "add_type", HPyFunc_VARARGS)
static HPy add_type_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    int result = HPyHelpers_AddType(ctx, args[0], HPyBytes_AsString(ctx, args[1]), &Plain_spec, NULL);
    if (result == 0) return HPy_NULL;
    return HPyLong_FromLong(ctx, result);
}

/* add_subtype(obj, name, base) */
HPyDef_METH(add_subtype, "add_subtype", HPyFunc_VARARGS)
static HPy add_subtype_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPyType_SpecParam params[] = {{HPyType_SpecParam_Base, args[2]}, {(HPyType_SpecParam_Kind)0, HPy_NULL}};
    int result = HPyHelpers_AddType(ctx, args[0], HPyBytes_AsString(ctx, args[1]), &Plain_spec, params);
    if (result == 0) return HPy_NULL;
    return HPyLong_FromLong(ctx, result);
}

static HPy or_none(HPyContext *ctx, HPy h)
{
    return HPy_IsNull(h) ? HPy_Dup(ctx, ctx->h_None) : h;
}

/* pack(*args, **kwargs): (tuple or None, dict or None) */
HPyDef_METH(pack, "pack", HPyFunc_KEYWORDS)
static HPy pack_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    HPy pair[2];
    if (!HPyHelpers_PackArgsAndKeywords(ctx, args, nargs, kwnames, &pair[0], &pair[1])) return HPy_NULL;
    pair[0] = or_none(ctx, pair[0]);
    pair[1] = or_none(ctx, pair[1]);
    HPy result = HPyTuple_FromArray(ctx, pair, 2);
    HPy_Close(ctx, pair[0]);
    HPy_Close(ctx, pair[1]);
    return result;
}

/* pack_kwnames(kwnames, *args): one positional argument, the rest by name; checks that a failure leaves the
   outputs */
HPyDef_METH(pack_kwnames, "pack_kwnames", HPyFunc_VARARGS)
static HPy pack_kwnames_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPy positional = args[0], keywords = args[0];
    if (HPyHelpers_PackArgsAndKeywords(ctx, args + 1, 1, args[0], &positional, &keywords)) {
        HPy_Close(ctx, positional);
        return keywords;
    }
    if (!HPy_Is(ctx, positional, args[0]) || !HPy_Is(ctx, keywords, args[0]))
        return HPyErr_SetString(ctx, ctx->h_AssertionError, "outputs were touched");
    return HPy_NULL;
}

/* pack_nowhere(which): one output is NULL */
HPyDef_METH(pack_nowhere, "pack_nowhere", HPyFunc_O)
static HPy pack_nowhere_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPy out = HPy_NULL;
    int first = HPy_IsTrue(ctx, arg);
    if (HPyHelpers_PackArgsAndKeywords(ctx, NULL, 0, HPy_NULL, first ? NULL : &out, first ? &out : NULL))
        return HPy_Dup(ctx, ctx->h_None);
    return HPy_NULL;
}
"""

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
