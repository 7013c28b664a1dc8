"""Functions that are made of definitions at run time."""

import gc
import types
import weakref

import pytest
from support import NULL, function, module_fixture

pytestmark = pytest.mark.after_0_9_0

MACROS = [("HPY_TARGET_ABI_VERSION", "0x00000001")]
ANY = "#define ANY(h) (HPy_IsNull(h) ? ctx->h_Ellipsis : (h))\n"

mod = module_fixture(
    ANY
    + """
HPyDef_METH(f_noargs, "f_noargs", HPyFunc_NOARGS, .doc = "f_noargs()\\n--\\n\\nNo arguments.")
static HPy f_noargs_impl(HPyContext *ctx, HPy self) { return HPy_BuildValue(ctx, "(O)", ANY(self)); }
HPyDef_METH(f_o, "f_o", HPyFunc_O)
static HPy f_o_impl(HPyContext *ctx, HPy self, HPy arg)
{
    return HPy_BuildValue(ctx, "(OO)", ANY(self), arg);
}
HPyDef_METH(f_varargs, "f_varargs", HPyFunc_VARARGS)
static HPy f_varargs_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    return HPy_BuildValue(ctx, "(OI)", ANY(self), (unsigned)nargs);
}
HPyDef_METH(f_keywords, "f_keywords", HPyFunc_KEYWORDS)
static HPy f_keywords_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    return HPy_BuildValue(ctx, "(OIO)", ANY(self), (unsigned)nargs, ANY(kwnames));
}
HPyDef_METH(f_failing, "f_failing", HPyFunc_NOARGS)
static HPy f_failing_impl(HPyContext *ctx, HPy self)
{
    return HPyErr_SetString(ctx, ctx->h_LookupError, "failed");
}
HPyDef_METH(f_state, "f_state", HPyFunc_STATE_NOARGS)
static HPy f_state_impl(HPyContext *ctx, void *state, HPy self) { return HPy_NULL; }
HPyDef_CLASSMETH(f_class, "f_class", HPyFunc_NOARGS)
static HPy f_class_impl(HPyContext *ctx, HPy self) { return HPy_NULL; }
HPyDef_SLOT(f_slot, HPy_tp_repr)
static HPy f_slot_impl(HPyContext *ctx, HPy self) { return HPy_NULL; }
HPyDef_METH(f_unnamed, NULL, HPyFunc_NOARGS)
static HPy f_unnamed_impl(HPyContext *ctx, HPy self) { return HPy_NULL; }
static HPyDef f_empty = {.kind = HPyDef_Kind_Meth, .meth = {.name = "f_empty", .signature = HPyFunc_NOARGS}};
static HPyDef f_wrong;

static const HPyDef *const all[] = {&f_noargs, &f_o, &f_varargs, &f_keywords, &f_failing, &f_state,
                                    &f_class, &f_slot, &f_unnamed, &f_empty, &f_wrong, NULL};
"""
    + function("make", 3, "HPyFunction_New(ctx, all[HPyLong_AsLong(ctx, a)], b, c)"),
    methods=["method_make"],
    macros=MACROS,
)

NAMES = "noargs o varargs keywords failing state class slot unnamed empty wrong null".split()


@pytest.fixture
def make(mod):
    return lambda name, this=NULL, module=NULL: mod.make(NAMES.index(name), this, module)


@pytest.mark.smoke
def test_call_each_signature(make):
    this = object()
    assert make("noargs", this)() == (this,)
    assert make("o", this)(1) == (this, 1)
    assert make("varargs", this)(1, 2, 3) == (this, 3)
    assert make("keywords", this)(1, a=2) == (this, 1, ("a",))
    assert make("keywords", this)(1) == (this, 1, ...)


def test_without_self(make):
    assert make("noargs")() == (...,)
    assert make("o")(1) == (..., 1)


def test_wrong_arguments(make):
    with pytest.raises(TypeError, match=r"f_noargs\(\) takes no arguments \(1 given\)"):
        make("noargs")(1)


def test_exception(make):
    with pytest.raises(LookupError, match="^failed$"):
        make("failing")()


@pytest.mark.smoke
def test_name_doc_and_module(mod, make):
    f = make("noargs", NULL, mod)
    assert type(f) is types.BuiltinFunctionType
    assert (f.__name__, f.__doc__, f.__module__) == ("f_noargs", "No arguments.", mod.__name__)
    assert f.__text_signature__ == "()"
    assert make("o", NULL, "some.module").__module__ == "some.module"
    assert make("o").__module__ is None


def test_each_call_makes_a_function(make):
    first, second = make("noargs", 1), make("noargs", 2)
    assert first is not second
    assert (first(), second()) == ((1,), (2,))


def test_function_keeps_self(make):
    class This:
        pass

    this = This()
    reference = weakref.ref(this)
    f = make("noargs", this)
    del this
    gc.collect()
    assert f() == (reference(),)
    del f
    gc.collect()
    assert reference() is None


@pytest.mark.parametrize("name", ["class", "slot", "wrong"])
def test_other_definitions_are_refused(make, name):
    with pytest.raises(
        ValueError, match="^HPyFunction_New: the definition is not one that HPyDef_METH makes$"
    ):
        make(name)


def test_signature_with_a_state_is_refused(make):
    with pytest.raises(ValueError, match="^HPyFunction_New: 'f_state' gets a state or a class"):
        make("state")


def test_incomplete_definitions_are_refused(make):
    with pytest.raises(SystemError, match="^HPyFunction_New: the definition has no name"):
        make("unnamed")
    with pytest.raises(SystemError, match="^the definition of method 'f_empty' has no implementation"):
        make("empty")


def test_module_of_a_wrong_type(make):
    with pytest.raises(TypeError, match="^HPyFunction_New: module must be a module or its name$"):
        make("o", NULL, 3)


def test_null_definition_is_an_error(make):
    with pytest.raises(SystemError, match="^null argument to HPyFunction_New$"):
        make("null")
