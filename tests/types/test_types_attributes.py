"""The slots for attributes of any name, the functions that they fall back on, and `HPy_tp_descr_set`."""

import pytest
from support import NULL, function, module_fixture
from support.specs import BASE, METACLASS, maker, type_spec

pytestmark = pytest.mark.after_0_9_0

mod = module_fixture(
    """
/* Attributes whose names begin with x are their names, and cannot be set; "fail" fails. */
static int first(HPyContext *ctx, HPy name)
{
    const char *text = HPyUnicode_AsUTF8AndSize(ctx, name, NULL);
    return text == NULL ? -1 : text[0];
}

HPyDef_SLOT(get, HPy_tp_getattro)
static HPy get_impl(HPyContext *ctx, HPy self, HPy name)
{
    switch (first(ctx, name)) {
        case 'x': return HPy_Dup(ctx, name);
        case 'f': return HPyErr_SetString(ctx, ctx->h_LookupError, "get");
        case -1: return HPy_NULL;
        default: return HPy_GenericGetAttr(ctx, self, name);
    }
}

HPyDef_SLOT(set, HPy_tp_setattro)
static int set_impl(HPyContext *ctx, HPy self, HPy name, HPy value)
{
    switch (first(ctx, name)) {
        case 'x':
            HPyErr_SetString(ctx, ctx->h_AttributeError, HPy_IsNull(value) ? "deleted" : "set");
            return -1;
        case 'f':
            HPyErr_SetString(ctx, ctx->h_LookupError, "set");
            return -1;
        case -1: return -1;
        default: return HPy_GenericSetAttr(ctx, self, name, value);
    }
}

typedef struct { HPyField value; } Cell;
HPyType_HELPERS(Cell)

HPyDef_SLOT(Cell_traverse, HPy_tp_traverse)
static int Cell_traverse_impl(void *self, HPyFunc_visitproc visit, void *arg)
{
    HPy_VISIT(&((Cell *)self)->value);
    return 0;
}

HPyDef_SLOT(Cell_get, HPy_tp_descr_get)
static HPy Cell_get_impl(HPyContext *ctx, HPy self, HPy object, HPy type)
{
    Cell *cell = Cell_AsStruct(ctx, self);
    if (HPyField_IsNull(cell->value))
        return HPyErr_SetString(ctx, ctx->h_AttributeError, "empty");
    return HPyField_Load(ctx, self, cell->value);
}

HPyDef_SLOT(Cell_set, HPy_tp_descr_set)
static int Cell_set_impl(HPyContext *ctx, HPy self, HPy object, HPy value)
{
    if (!HPy_IsNull(value) && HPy_Is(ctx, value, object)) {
        HPyErr_SetString(ctx, ctx->h_ValueError, "itself");
        return -1;
    }
    HPyField_Store(ctx, self, &Cell_AsStruct(ctx, self)->value, value);
    return 0;
}
"""
    + function("generic_get", 2, "HPy_GenericGetAttr(ctx, a, b)")
    + function("generic_set", 3, "HPy_GenericSetAttr(ctx, a, b, c)", "status")
    + type_spec("Open", "get", "set")
    + type_spec("Reading", "get")
    + type_spec(
        "Cell",
        "Cell_traverse",
        "Cell_get",
        "Cell_set",
        basicsize="sizeof(Cell)",
        builtin_shape="SHAPE(Cell)",
        flags="HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_GC",
    )
    + maker("Open", "Reading", "Cell"),
    macros=[("HPY_TARGET_ABI_VERSION", "0x00000001")],
)


class Meta(type):
    pass


@pytest.fixture(params=[(), (METACLASS, Meta)], ids=["type", "metaclass"])
def make(mod, request):
    """`make(name, *params)` with and without a metaclass: before CPython 3.12 they are another way."""
    return lambda name, *params: mod.make(name, *params, *request.param)


@pytest.mark.smoke
def test_get_any_attribute(make):
    instance = make("Open")()
    assert (instance.xyz, getattr(instance, "x é")) == ("xyz", "x é")
    assert instance.__class__ is type(instance)
    assert instance.__getattribute__("x") == "x"


@pytest.mark.smoke
def test_set_and_delete_any_attribute(make):
    class Sub(make("Open")):
        pass

    instance = Sub()
    instance.a = 1
    assert (instance.a, vars(instance)) == (1, {"a": 1})
    del instance.a
    assert vars(instance) == {}
    with pytest.raises(AttributeError, match="^set$"):
        instance.x = 1
    with pytest.raises(AttributeError, match="^deleted$"):
        del instance.x
    with pytest.raises(AttributeError, match="^deleted$"):
        instance.__delattr__("x")


def test_exceptions_of_the_slots(make):
    instance = make("Open")()
    with pytest.raises(LookupError, match="^get$"):
        instance.fail  # noqa: B018
    with pytest.raises(LookupError, match="^set$"):
        instance.fail = 1
    with pytest.raises(AttributeError, match="has no attribute 'missing'"):
        instance.missing  # noqa: B018
    with pytest.raises(AttributeError, match="missing"):
        instance.missing = 1


def test_derived_type_inherits(make):
    instance = make("Reading", BASE, make("Open"))()
    assert instance.x == "x"
    with pytest.raises(AttributeError, match="^set$"):
        instance.x = 1


def test_python_subclass_overrides(make):
    class Sub(make("Open")):
        def __getattribute__(self, name):
            return ("sub", super().__getattribute__(name))

        def __setattr__(self, name, value):
            raise KeyError(name)

    assert Sub().xy == ("sub", "xy")
    with pytest.raises(KeyError, match="^'x'$"):
        Sub().x = 1


def test_getattr_of_a_subclass_is_asked_next(make):
    class Sub(make("Open")):
        def __getattr__(self, name):
            return ("fallback", name)

    assert (Sub().x, Sub().y) == ("x", ("fallback", "y"))


def test_only_reading(make):
    class Sub(make("Reading")):
        pass

    instance = Sub()
    instance.x = 5
    assert (instance.x, vars(instance)) == ("x", {"x": 5})


@pytest.mark.smoke
def test_descriptor_that_can_be_set(make):
    class Owner:
        cell = make("Cell")()

    owner = Owner()
    owner.cell = [1]
    assert (owner.cell, vars(owner)) == ([1], {})
    del owner.cell
    with pytest.raises(AttributeError, match="^empty$"):
        owner.cell  # noqa: B018
    with pytest.raises(ValueError, match="^itself$"):
        owner.cell = owner
    type(owner).__dict__["cell"].__set__(owner, 2)
    assert owner.cell == 2
    type(owner).__dict__["cell"].__delete__(owner)
    with pytest.raises(AttributeError):
        owner.cell  # noqa: B018


# HPy_GenericGetAttr and HPy_GenericSetAttr


class Python:
    here = 1

    def __getattribute__(self, name):
        raise AssertionError

    def __setattr__(self, name, value):
        raise AssertionError


def test_generic_functions_pass_by_special_methods(mod):
    instance = Python()
    assert mod.generic_get(instance, "here") == 1
    assert mod.generic_set(instance, "here", 2) == 0
    assert (mod.generic_get(instance, "here"), Python.here) == (2, 1)
    assert mod.generic_set(instance, "here", NULL) == 0
    assert mod.generic_get(instance, "here") == 1


def test_generic_functions_raise_for_what_is_missing(mod):
    with pytest.raises(AttributeError, match="has no attribute 'missing'"):
        mod.generic_get(Python(), "missing")
    with pytest.raises(AttributeError, match="missing"):
        mod.generic_set(Python(), "missing", NULL)
    with pytest.raises(AttributeError):
        mod.generic_set(3, "missing", 4)


def test_generic_functions_want_a_name(mod):
    for call in [lambda: mod.generic_get([], 3), lambda: mod.generic_set([], 3, 4)]:
        with pytest.raises(TypeError, match="must be string, not 'int'"):
            call()


def test_generic_functions_of_null_are_errors(mod):
    for call in [
        lambda: mod.generic_get(NULL, "x"),
        lambda: mod.generic_get([], NULL),
        lambda: mod.generic_set(NULL, "x", 1),
        lambda: mod.generic_set([], NULL, 1),
    ]:
        with pytest.raises(SystemError, match="^null argument to HPy_Generic"):
            call()
