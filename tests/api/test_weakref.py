"""Weak references and proxies."""

import gc
import weakref

import pytest
from support import NULL, function, module_fixture

pytestmark = pytest.mark.after_0_9_0

mod = module_fixture(
    """
typedef struct {
    void *weak_references; /* the engine's */
} Referable;

HPyDef_MEMBER(Referable_weak_references, "__weaklistoffset__", HPyMember_HPYSSIZET,
              offsetof(Referable, weak_references), .readonly = 1)
HPyDef_SLOT(Referable_new, HPy_tp_new)
static HPy Referable_new_impl(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    Referable *data;
    return HPy_New(ctx, type, &data);
}

HPyDef_SLOT(Referable_destroy, HPy_tp_destroy)
static void Referable_destroy_impl(void *data)
{
    (void)data;
}

static HPyDef *Referable_defines[] = {&Referable_weak_references, &Referable_new, &Referable_destroy, NULL};
static HPyType_Spec Referable_spec = {
    .name = "mod.Referable",
    .basicsize = sizeof(Referable),
    .flags = HPy_TPFLAGS_DEFAULT,
    .builtin_shape = HPyType_BuiltinShape_Object,
    .defines = Referable_defines,
};

HPyDef_METH(make_type, "make_type", HPyFunc_NOARGS)
static HPy make_type_impl(HPyContext *ctx, HPy self)
{
    return HPyType_FromSpec(ctx, &Referable_spec, NULL);
}

static HPy get(HPyContext *ctx, HPy ref)
{
    HPy object = HPy_Dup(ctx, ctx->h_None), kept = object;
    int status = HPyWeakref_GetRef(ctx, ref, &object);
    HPy_Close(ctx, kept);
    if (status < 0)
        return HPy_IsNull(object) ? HPy_NULL : HPyErr_SetString(ctx, ctx->h_AssertionError, "not null");
    HPy result = HPy_BuildValue(ctx, "(iO)", status, HPy_IsNull(object) ? ctx->h_None : object);
    HPy_Close(ctx, object);
    return result;
}
"""
    + function("check", 1, "HPyWeakref_Check(ctx, a)", "status")
    + function("new_ref", 2, "HPyWeakref_NewRef(ctx, a, b)")
    + function("new_proxy", 2, "HPyWeakref_NewProxy(ctx, a, b)")
    + function("get", 1, "get(ctx, a)")
    + function("get_nowhere", 1, "HPyWeakref_GetRef(ctx, a, NULL)", "status"),
    macros=[("HPY_TARGET_ABI_VERSION", "0x00000001")],
)


class Thing:
    pass


class Callable:
    def __call__(self):
        return "called"


@pytest.mark.smoke
def test_check(mod):
    thing, function = Thing(), Callable()
    assert mod.check(weakref.ref(thing)) == mod.check(weakref.proxy(thing)) == 1
    assert mod.check(weakref.proxy(function)) == 1
    assert mod.check(thing) == mod.check(None) == mod.check(NULL) == 0


@pytest.mark.smoke
def test_a_reference_does_not_keep_the_object(mod):
    thing = Thing()
    for ref in [mod.new_ref(thing, NULL), mod.new_ref(thing, None)]:
        assert type(ref) is weakref.ref
        assert ref() is thing
        status, found = mod.get(ref)
        assert (status, found is thing) == (1, True)
        del found
    del thing
    gc.collect()
    assert ref() is None
    assert mod.get(ref) == (0, None)


@pytest.mark.smoke
def test_a_proxy(mod):
    thing = Thing()
    thing.name = "value"
    proxy = mod.new_proxy(thing, NULL)
    assert proxy.name == "value"
    status, found = mod.get(proxy)
    assert (status, found is thing) == (1, True)
    del thing, found
    gc.collect()
    with pytest.raises(ReferenceError):
        proxy.name  # noqa: B018
    assert mod.get(proxy) == (0, None)


def test_a_proxy_of_a_function(mod):
    function = Callable()
    proxy = mod.new_proxy(function, NULL)
    assert proxy() == "called"
    status, found = mod.get(proxy)
    assert (status, found is function) == (1, True)


def test_a_proxy_of_a_class(mod):
    class Gone:
        pass

    status, found = mod.get(mod.new_proxy(Gone, NULL))
    assert (status, found is Gone) == (1, True)


@pytest.mark.parametrize("name", ["new_ref", "new_proxy"])
def test_a_callback_gets_the_reference(mod, name):
    got = []
    thing = Thing()
    ref = getattr(mod, name)(thing, got.append)
    del thing
    gc.collect()
    assert len(got) == 1 and got[0] is ref


def test_a_callback_sees_that_the_object_is_gone(mod):
    seen = []
    thing = Thing()
    ref = mod.new_ref(thing, lambda ref: seen.append(mod.get(ref)))
    del thing
    gc.collect()
    assert seen == [(0, None)]
    assert mod.check(ref) == 1


@pytest.mark.parametrize("name", ["new_ref", "new_proxy"])
def test_what_has_no_weak_references(mod, name):
    for other in [3, None, (), "text"]:
        with pytest.raises(TypeError, match="cannot create weak reference"):
            getattr(mod, name)(other, NULL)


def test_get_of_what_is_no_reference(mod):
    for other in [Thing(), None, 3]:
        with pytest.raises(TypeError, match=f"expected a weak reference, {type(other).__name__} found"):
            mod.get(other)


def test_null_is_an_error(mod):
    for call in [
        lambda: mod.get(NULL),
        lambda: mod.get_nowhere(weakref.ref(Thing)),
        lambda: mod.new_ref(NULL, NULL),
        lambda: mod.new_proxy(NULL, NULL),
    ]:
        with pytest.raises(SystemError, match="null argument to HPyWeakref_"):
            call()


def test_instances_of_a_type_with_a_place_for_them(mod):
    made = mod.make_type()()
    ref = mod.new_ref(made, NULL)
    status, found = mod.get(ref)
    assert (status, found is made) == (1, True)
    del made, found
    gc.collect()
    assert mod.get(ref) == (0, None)
