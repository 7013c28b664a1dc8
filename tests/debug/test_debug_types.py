"""Debug mode: mistakes with types, their structs and fields, globals and definitions."""

import re

import pytest
from support import debugging
from support.source import noargs, unary
from support.specs import maker, type_spec

pytestmark = [pytest.mark.abis("universal", "hybrid"), pytest.mark.after_0_9_0("runtime")]

SOURCE = (
    """
#include <stdlib.h>

typedef struct { HPyField first, second; } Pair;
HPyType_HELPERS(Pair)
typedef struct { long extra; } Derived;
HPyType_HELPERS(Derived, HPyType_BuiltinShape_List)

HPyDef_SLOT(pair_traverse, HPy_tp_traverse)
static int pair_traverse_impl(void *object, HPyFunc_visitproc visit, void *arg)
{
    HPy_VISIT(&((Pair *)object)->first);
    HPy_VISIT(&((Pair *)object)->second);
    return 0;
}

HPyDef_SLOT(half_traverse, HPy_tp_traverse)
static int half_traverse_impl(void *object, HPyFunc_visitproc visit, void *arg)
{
    HPy_VISIT(&((Pair *)object)->first);
    return 0;
}

static HPyContext *kept;

HPyDef_SLOT(calling_destroy, HPy_tp_destroy)
static void calling_destroy_impl(void *object)
{
    HPy_Dup(kept, kept->h_None);
}

HPyDef_SLOT(calling_traverse, HPy_tp_traverse)
static int calling_traverse_impl(void *object, HPyFunc_visitproc visit, void *arg)
{
    if (kept)
        HPyErr_Occurred(kept);
    return 0;
}

HPyDef_SLOT(calling_finalize, HPy_tp_finalize)
static void calling_finalize_impl(HPyContext *ctx, HPy self)
{
    HPy_Close(ctx, HPy_Repr(ctx, self));
}

HPyDef_SLOT(closing_repr, HPy_tp_repr)
static HPy closing_repr_impl(HPyContext *ctx, HPy self)
{
    HPy_Close(ctx, self);
    return HPyUnicode_FromString(ctx, "repr");
}

HPyDef_METH(keep, "keep", HPyFunc_NOARGS)
static HPy keep_impl(HPyContext *ctx, HPy self)
{
    kept = ctx;
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(new, "new", HPyFunc_O)
static HPy new_impl(HPyContext *ctx, HPy self, HPy arg)
{
    void *data;
    return HPy_New(ctx, arg, &data);
}

static HPyGlobal listed, unlisted;
"""
    + unary(
        "store_first",
        "HPyField_Store(ctx, arg, &Pair_AsStruct(ctx, arg)->first, ctx->h_None); return HPy_Dup(ctx, arg);",
    )
    + unary(
        "store_second",
        "HPyField_Store(ctx, arg, &Pair_AsStruct(ctx, arg)->second, ctx->h_None); return HPy_Dup(ctx, arg);",
    )
    + unary(
        "store_local",
        "HPyField f = HPyField_NULL; HPyField_Store(ctx, arg, &f, ctx->h_None); return HPy_Dup(ctx, arg);",
    )
    + unary(
        "store_on_heap",
        "HPyField *f = calloc(1, sizeof *f);\n"
        "HPyField_Store(ctx, arg, f, ctx->h_None); return HPy_Dup(ctx, arg);",
    )
    + unary("as_pair", "Pair_AsStruct(ctx, arg); return HPy_Dup(ctx, arg);")
    + unary("as_list", "Derived_AsStruct(ctx, arg); return HPy_Dup(ctx, arg);")
    + noargs(
        "store_listed", "HPyGlobal_Store(ctx, &listed, ctx->h_True); return HPyGlobal_Load(ctx, listed);"
    )
    + noargs(
        "store_unlisted", "HPyGlobal_Store(ctx, &unlisted, ctx->h_True); return HPy_Dup(ctx, ctx->h_None);"
    )
    + noargs("load_unlisted", "HPyGlobal g = { 12345 }; return HPyGlobal_Load(ctx, g);")
    + type_spec(
        "Good",
        "pair_traverse",
        basicsize="sizeof(Pair)",
        flags="HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_GC",
    )
    + type_spec("Untraversed", basicsize="sizeof(Pair)")
    + type_spec(
        "Half", "half_traverse", basicsize="sizeof(Pair)", flags="HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_HAVE_GC"
    )
    + type_spec("List", basicsize="sizeof(Derived)", builtin_shape="SHAPE(Derived)")
    + type_spec("Calling", "calling_destroy")
    + type_spec(
        "Traversing",
        "calling_traverse",
        basicsize="sizeof(Pair)",
        flags="HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_HAVE_GC",
    )
    + type_spec("Finalized", "calling_finalize")
    + type_spec("Closing", "closing_repr")
    + """
HPyDef_GET(both, "both")
static HPy both_get(HPyContext *ctx, HPy self, void *closure) { return HPy_Dup(ctx, self); }
HPyDef_METH(both_meth, "both", HPyFunc_NOARGS)
static HPy both_meth_impl(HPyContext *ctx, HPy self) { return HPy_Dup(ctx, self); }
HPyDef_MEMBER(outside, "outside", HPyMember_INT, 4096)
HPyDef_SLOT(release, HPy_bf_releasebuffer)
static void release_impl(HPyContext *ctx, HPy self, HPy_buffer *buffer) {}
"""
    + type_spec("TwoOfAName", "both", "both_meth")
    + type_spec("OnlyRelease", "release")
    + maker(
        "Good",
        "Untraversed",
        "Half",
        "List",
        "Calling",
        "Traversing",
        "Finalized",
        "Closing",
        "TwoOfAName",
        "OnlyRelease",
    )
)


@pytest.fixture
def run(compile_module):
    """Runs Python code with the extension: a `debugging.Run`."""
    path = compile_module(SOURCE, globals=["listed"])
    return lambda code: debugging.run(path, code)


@pytest.fixture
def provoke(run):
    """The same for code that ends the process: its report."""

    def provoke(code):
        ended = run(code)
        assert ended.aborted, ended.stderr
        return ended.report

    return provoke


@pytest.mark.parametrize(
    "code", ["mod.as_pair(mod.make('Good')())", "mod.as_list(mod.make('List', 1, list)([1]))"]
)
def test_struct_of_the_right_shape(run, code):
    assert run(code).returncode == 0


@pytest.mark.fixed_defect
def test_struct_of_a_python_subclass(run):
    """It was taken for a type that is not made by HPy."""
    ended = run("class Sub(mod.make('Good')): pass\nmod.as_pair(Sub())")
    assert ended.returncode == 0, ended.stderr


WRONG_TYPES = (
    unary(
        "name",
        "const char *s = HPyType_GetName(ctx, arg);\n"
        "return s == NULL ? HPy_NULL : HPyUnicode_FromString(ctx, s);",
    )
    + unary(
        "subtype",
        "int r = HPyType_IsSubtype(ctx, arg, ctx->h_LongType);\n"
        "return HPyErr_Occurred(ctx) ? HPy_NULL : HPyBool_FromBool(ctx, r);",
    )
    + unary("substring", "return HPyUnicode_Substring(ctx, arg, 0, 1);")
    + unary("call", "HPy args[] = {ctx->h_True}; return HPy_Call(ctx, ctx->h_LongType, args, 1, arg);")
    + unary("check", "return HPyBool_FromBool(ctx, HPy_TypeCheck(ctx, ctx->h_None, arg));")
)


@pytest.mark.fixed_defect
@pytest.mark.parametrize("mode", ["debug", "universal"])
def test_arguments_of_a_wrong_type(compile_module, mode):
    """They were fatal errors in debug mode."""
    code = """
import hpy.universal, importlib.machinery
if sys.argv[2] == "universal":
    mod = hpy.universal.load("mod", sys.argv[1], importlib.machinery.ModuleSpec("mod", None))
for function in mod.name, mod.subtype, mod.substring, mod.call:
    try:
        print(function(5))
    except TypeError as error:
        print(error)
"""
    ended = debugging.run(compile_module(WRONG_TYPES), code.replace("sys.argv[2]", repr(mode)))
    assert ended.stdout.splitlines() == [
        "HPyType_GetName arg must be a type",
        "HPyType_IsSubtype arg 1 must be a type",
        "expected str, int found",
        "HPy_Call arg 'kwnames' must be a tuple object or HPy_NULL",
    ], ended.stderr


def test_type_check_without_a_type(compile_module):
    """Unlike the others it has no way to raise: in universal mode it answers that this is not the type."""
    code = "assert not mod.check(str)\nprint(mod.check([1]))"
    path = compile_module(WRONG_TYPES)
    ended = debugging.run(path, code)
    assert ended.aborted, ended.stderr
    assert ended.report.rule == "not-a-type"
    assert ended.report.fatal == "HPy_TypeCheck arg 2 must be a type"
    assert ended.report.object == "list [1]"
    assert "HPy_TypeCheck in method_check_impl (mod.c:" in ended.report.misused
    ended = debugging.run(path, code, environment={"HPY_DEBUG": "warn"})
    assert (ended.returncode, ended.stdout) == (0, "False\n"), ended.stderr


@pytest.mark.parametrize(
    ("code", "title", "object"),
    [
        (
            "mod.as_pair(mod.make('List', 1, list)([1]))",
            "_Object. Expected shape HPyType_BuiltinShape_Object but got HPyType_BuiltinShape_List",
            "List [1]",
        ),
        (
            "mod.as_list(mod.make('Good')())",
            "_List. Expected shape HPyType_BuiltinShape_List but got HPyType_BuiltinShape_Object",
            "Good <mod.Good object",
        ),
        (
            "mod.as_pair([])",
            "_Object. Expected shape HPyType_BuiltinShape_Object but got HPyType_BuiltinShape_Legacy",
            "list []",
        ),
    ],
    ids=["list", "object", "foreign"],
)
def test_struct_of_another_shape(provoke, code, title, object):
    report = provoke(code)
    assert report.rule == "wrong-shape"
    assert report.fatal == "Invalid usage of _HPy_AsStruct" + title
    assert report.fatal.endswith(report.shape)
    assert report.object.startswith(object)
    frames = r"_HPy_AsStruct_\w+ in \w+_AsStruct \(mod\.c:\d+\) at method_as_\w+_impl \(mod\.c:\d+\)"
    assert re.fullmatch(frames, report.misused)


def test_mistake_in_a_repr_that_a_report_asks_for(provoke):
    """It is not made again for the report about itself, and so on."""
    report = provoke("repr(mod.make('Closing')())")
    assert report.rule == "closed-argument"
    assert report.object == "Closing"
    assert "HPy_Close in closing_repr_impl" in report.misused


def test_fields_that_are_traversed(run):
    ended = run(
        "Good = mod.make('Good')\na = Good()\nfor i in range(3): mod.store_first(a); mod.store_second(a)"
    )
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("function", ["store_local", "store_on_heap"])
def test_field_outside_of_its_object(provoke, function):
    report = provoke(f"mod.{function}(mod.make('Good')())")
    assert report.rule == "field-outside-object"
    assert report.object.startswith("Good <mod.Good object")
    assert f"HPyField_Store in method_{function}_impl (mod.c:" in report.misused


def test_field_of_a_type_without_traverse(provoke):
    report = provoke("mod.store_second(mod.make('Untraversed')())")
    assert report.rule == "field-not-traversed"
    assert report.object.startswith("Untraversed <mod.Untraversed object")
    assert report.field == "at offset 8 of the struct; the type has no HPy_tp_traverse"
    assert "HPyField_Store in method_store_second_impl" in report.misused


def test_field_that_traverse_passes_by(provoke):
    report = provoke("a = mod.make('Half')()\nmod.store_first(a)\nmod.store_second(a)")
    assert report.rule == "field-not-traversed"
    assert report.field == "at offset 8 of the struct; HPy_tp_traverse of Half does not visit it"
    assert "HPyField_Store in method_store_second_impl" in report.misused


def test_listed_global(run):
    ended = run("assert mod.store_listed() is True")
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize(
    ("function", "api", "variable"),
    [("store_unlisted", "HPyGlobal_Store", "unlisted"), ("load_unlisted", "HPyGlobal_Load", "")],
)
def test_global_that_is_not_listed(provoke, function, api, variable):
    report = provoke(f"mod.{function}()")
    assert report.rule == "global-not-registered"
    assert variable in report.parts["global"]
    assert f"{api} in method_{function}_impl (mod.c:" in report.misused


def test_destroy_that_calls_the_api(provoke):
    report = provoke("a = mod.make('Calling')()\nmod.keep()\ndel a")
    assert report.rule == "api-without-context"
    assert report.misused.startswith("HPy_Dup in calling_destroy_impl (mod.c:")
    assert report.Python == 'File "<test>", line 8, in <module>'


def test_traverse_that_calls_the_api(provoke):
    report = provoke("import gc\na = mod.make('Traversing')()\nmod.keep()\ngc.collect()")
    assert report.rule == "api-without-context"
    assert report.misused.startswith("HPyErr_Occurred in calling_traverse_impl (mod.c:")
    assert report.Python == 'File "<test>", line 9, in <module>'


def test_finalize_may_call_the_api(run):
    ended = run("a = mod.make('Finalized')()\ndel a")
    assert (ended.returncode, ended.reports) == (0, []), ended.stderr


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("TwoOfAName", "method both: the name is defined before"),
        ("OnlyRelease", "HPy_bf_releasebuffer is defined without HPy_bf_getbuffer"),
    ],
)
def test_type_that_says_what_has_no_effect(provoke, name, text):
    report = provoke(f"mod.make({name!r})")
    assert report.rule == "definition"
    assert report.of == f"type mod.{name} - {text}"
    assert "HPyType_FromSpec in make_impl (mod.c:" in report.misused


MODULE = """
HPyDef_METH(one, "name", HPyFunc_NOARGS)
static HPy one_impl(HPyContext *ctx, HPy self) { return HPy_Dup(ctx, ctx->h_None); }
HPyDef_METH(two, "name", HPyFunc_NOARGS)
static HPy two_impl(HPyContext *ctx, HPy self) { return HPy_Dup(ctx, ctx->h_None); }
"""


def test_module_that_says_what_has_no_effect(compile_module):
    ended = debugging.run(compile_module(MODULE), "")
    assert ended.aborted, ended.stderr
    assert ended.report.rule == "definition"
    assert "function name: the name is defined before" in ended.report.of
    assert ended.report.of.startswith("module in mod.hpy0")
