"""Class methods, static methods, and `__class_getitem__`."""

import types

import pytest
from support import NULL, function, module_fixture
from support.specs import BASE, METACLASS, maker, type_spec

pytestmark = pytest.mark.after_0_9_0

BODIES = {
    "NOARGS": ("HPy self", "ANY(self)"),
    "O": ("HPy self, HPy arg", "ANY(self), arg"),
    "VARARGS": (
        "HPy self, const HPy *args, size_t nargs",
        "ANY(self), nargs == 2 ? args[1] : ctx->h_None",
    ),
    "KEYWORDS": (
        "HPy self, const HPy *args, size_t nargs, HPy kwnames",
        "ANY(self), HPy_IsNull(kwnames) ? ctx->h_None : kwnames",
    ),
}


def methods(kind, prefix):
    """C text of a method of each signature that returns its `self` and one thing more."""
    text = ""
    for signature, (parameters, values) in BODIES.items():
        name = f"{prefix}_{signature.lower()}"
        codes = "O" * len(values.split(", "))
        text += f"""
HPyDef_{kind}({name}, "{name}", HPyFunc_{signature}, .doc = "doc of {name}")
static HPy {name}_impl(HPyContext *ctx, {parameters}) {{ return HPy_BuildValue(ctx, "({codes})", {values}); }}
"""
    return text


def names(prefix):
    return [f"{prefix}_{signature.lower()}" for signature in BODIES]


SOURCE = (
    "#define ANY(h) (HPy_IsNull(h) ? ctx->h_Ellipsis : (h))\n"
    + methods("CLASSMETH", "of_class")
    + methods("STATICMETH", "static")
    + """
HPyDef_CLASSMETH(defined, "defined", HPyFunc_METHOD)
static HPy defined_impl(HPyContext *ctx, HPy defining_class, HPy self, const HPy *args, size_t nargs,
                        HPy kwnames)
{
    return HPy_BuildValue(ctx, "(OO)", defining_class, self);
}
HPyDef_CLASSMETH(failing, "failing", HPyFunc_NOARGS)
static HPy failing_impl(HPyContext *ctx, HPy self)
{
    return HPyErr_SetString(ctx, ctx->h_LookupError, "failed");
}
HPyDef_STATICMETH(bound, "bound", HPyFunc_METHOD)
static HPy bound_impl(HPyContext *ctx, HPy defining_class, HPy self, const HPy *args, size_t nargs,
                      HPy kwnames)
{
    return HPy_NULL;
}
HPyDef_CLASS_GETITEM(generic)
"""
)

mod = module_fixture(
    SOURCE
    + type_spec("Base", *names("of_class"), *names("static"), "defined", "failing", "generic")
    + type_spec("Derived")
    + type_spec("Bound", "bound")
    + function("alias", 2, "HPy_GenericAlias(ctx, a, b)")
    + maker("Base", "Derived", "Bound"),
    macros=[("HPY_TARGET_ABI_VERSION", "0x00000001")],
)


class Meta(type):
    pass


@pytest.fixture(params=[(), (METACLASS, Meta)], ids=["type", "metaclass"])
def make(mod, request):
    """`make(name, *params)` with and without a metaclass: before CPython 3.12 they are another way."""
    return lambda name, *params: mod.make(name, *params, *request.param)


def arguments(prefix, owner):
    """What each method of `owner` with this prefix got."""
    return [
        getattr(owner, f"{prefix}_noargs")(),
        getattr(owner, f"{prefix}_o")(1),
        getattr(owner, f"{prefix}_varargs")(1, 2),
        getattr(owner, f"{prefix}_keywords")(1, a=2),
        getattr(owner, f"{prefix}_keywords")(),
    ]


def expected(cls):
    return [(cls,), (cls, 1), (cls, 2), (cls, ("a",)), (cls, None)]


@pytest.mark.smoke
def test_class_method_gets_the_class(make):
    base = make("Base")

    class Sub(make("Derived", BASE, base)):
        pass

    for cls in [base, Sub]:
        assert arguments("of_class", cls) == arguments("of_class", cls()) == expected(cls)


@pytest.mark.smoke
def test_static_method_gets_nothing(make):
    base = make("Base")

    class Sub(base):
        pass

    for owner in [base, base(), Sub, Sub()]:
        assert arguments("static", owner) == expected(...)


def test_class_method_with_the_defining_class(make):
    base = make("Base")
    derived = make("Derived", BASE, base)
    assert (base.defined(), derived.defined(), derived().defined()) == (
        (base, base),
        (base, derived),
        (base, derived),
    )


def test_exception_of_a_class_method(make):
    with pytest.raises(LookupError, match="^failed$"):
        make("Base").failing()


def test_wrong_arguments(make):
    base = make("Base")
    for method in [base.of_class_noargs, base.static_noargs]:
        with pytest.raises(TypeError, match="takes no arguments"):
            method(1)
    for method in [base.of_class_o, base.static_o]:
        with pytest.raises(TypeError, match="takes exactly one argument"):
            method()


def test_kinds_and_docs_in_python(make):
    base = make("Base")
    assert type(vars(base)["of_class_o"]) is types.ClassMethodDescriptorType
    assert type(vars(base)["static_o"]) is staticmethod
    assert (base.of_class_o.__doc__, base.static_o.__doc__) == ("doc of of_class_o", "doc of static_o")


def test_static_method_that_gets_a_class_is_refused(make):
    with pytest.raises(TypeError, match="^the static method 'bound' gets a state or a class"):
        make("Bound")


@pytest.mark.parametrize("kind", ["CLASSMETH", "STATICMETH"])
def test_modules_have_none(make_module, kind):
    source = f'HPyDef_{kind}(f, "f", HPyFunc_NOARGS)\n'
    source += "static HPy f_impl(HPyContext *ctx, HPy self) { return HPy_NULL; }"
    with pytest.raises(
        SystemError, match=r"^HPyModuleDef.defines\[0\]: 'f' is a class method or a static method"
    ):
        make_module(source, defines=["f"], macros=[("HPY_TARGET_ABI_VERSION", "0x00000001")])


@pytest.mark.smoke
def test_class_getitem(make):
    base = make("Base")
    alias = base[int, str]
    assert type(alias) is types.GenericAlias
    assert (alias.__origin__, alias.__args__) == (base, (int, str))
    assert type(alias()) is base

    class Sub(base[int]):
        pass

    assert Sub.__bases__ == (base,) and Sub[str].__origin__ is Sub


# HPy_GenericAlias


def test_generic_alias(mod):
    assert mod.alias(list, int) == list[int]
    assert mod.alias(dict, (str, int)) == dict[str, int]


def test_generic_alias_of_null_is_an_error(mod):
    for call in [lambda: mod.alias(NULL, int), lambda: mod.alias(list, NULL)]:
        with pytest.raises(SystemError, match="^null argument to HPy_GenericAlias$"):
            call()
