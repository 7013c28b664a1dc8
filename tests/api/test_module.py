"""Module definitions: what `HPyModuleDef` may say, and the modules that come of it."""

import gc
import re
import sys
import types
import weakref

import pytest
from support.loading import load_extension

fixed_defect = pytest.mark.fixed_defect

HELP = (
    " This is not allowed because custom HPy_mod_create slot cannot return a builtin module object and"
    " cannot make any use of any other data defined in the HPyModuleDef. Either do not define HPy_mod_create"
    " slot and let the runtime create a builtin module object from the provided HPyModuleDef, or do not"
    " define anything else but the HPy_mod_create slot."
)
OTHER_SLOTS = "HPyModuleDef defines a HPy_mod_create slot and some other slots or methods." + HELP
OTHER_FIELDS = (
    "HPyModuleDef defines a HPy_mod_create slot and some of the other fields are not set to their default"
    " value." + HELP
)


def definition(source="", *fields):
    """A complete extension `mod`, with these initialisers of its HPyModuleDef."""
    return f"""
#include <hpy.h>
{source}
static HPyModuleDef definition = {{ {" ".join(fields)} }};
HPy_MODINIT(mod, definition)
"""


def defines(*symbols):
    return f".defines = (HPyDef *[]){{ {''.join(f'&{symbol}, ' for symbol in symbols)}NULL }},"


@pytest.fixture(scope="session")
def raw_module(compile_module):
    """A function that compiles and loads a whole file; keywords become attributes of the spec."""

    def load(source, **attributes):
        return load_extension("mod", compile_module(source, raw=True), **attributes)

    return load


@pytest.fixture
def refused(raw_module):
    """A function that gives the error text for a definition."""

    def error(source, kind=SystemError):
        with pytest.raises(kind) as info:
            raw_module(source)
        assert type(info.value) is kind
        return str(info.value)

    return error


def function(symbol, body, *, name="f"):
    """C text of a method definition `symbol`."""
    return (
        f'HPyDef_METH({symbol}, "{name}", HPyFunc_NOARGS)\n'
        f"static HPy {symbol}_impl(HPyContext *ctx, HPy self) {{ {body} }}\n"
    )


F = function("f", "return HPyLong_FromInt32_t(ctx, 1);")
EXEC = "HPyDef_SLOT(exec, HPy_mod_exec)\nstatic int exec_impl(HPyContext *ctx, HPy mod) { return 0; }\n"
CREATE = (
    "HPyDef_SLOT(create, HPy_mod_create)\n"
    'static HPy create_impl(HPyContext *ctx, HPy spec) { return HPy_GetAttr_s(ctx, spec, "custom"); }\n'
)
MEMBER = 'HPyDef_MEMBER(member, "member", HPyMember_INT, 0)\n'
GETSET = (
    'HPyDef_GET(getset, "getset")\n'
    "static HPy getset_get(HPyContext *ctx, HPy self, void *closure) { (void)closure; return HPy_NULL; }\n"
)
GLOBAL = "HPyGlobal value;\n"
GLOBALS = ".globals = (HPyGlobal *[]){ &value, NULL },"


# What is allowed


@pytest.mark.smoke
def test_an_empty_definition(raw_module):
    mod = raw_module(definition("", ".defines = NULL, .globals = NULL"))
    assert type(mod) is types.ModuleType
    assert mod.__name__ == "mod"
    assert set(vars(mod)) == {"__name__", "__doc__", "__package__", "__loader__", "__spec__"}


def test_empty_lists(raw_module):
    mod = raw_module(definition("", defines(), ".globals = (HPyGlobal *[]){ NULL },"))
    assert mod.__doc__ is None


def test_the_doc_string(raw_module):
    assert raw_module(definition("", '.doc = "what it \\303\\274bt",')).__doc__ == "what it übt"
    assert raw_module(definition("", '.doc = "",')).__doc__ == ""
    assert raw_module(definition("")).__doc__ is None


@pytest.mark.smoke
def test_methods_get_the_module_as_self(raw_module):
    mod = raw_module(definition(function("me", "return HPy_Dup(ctx, self);", name="me"), defines("me")))
    assert mod.me() is mod
    assert mod.me.__self__ is mod
    assert mod.me.__module__ == "mod"


@pytest.mark.breaks_rules("definition", reason="definitions without effect")
def test_the_last_of_equal_method_names_wins(raw_module):
    g = function("g", "return HPyLong_FromInt32_t(ctx, 2);")
    assert raw_module(definition(F + g, defines("f", "g"))).f() == 2
    assert raw_module(definition(F + g, defines("g", "f"))).f() == 1


@pytest.mark.breaks_rules("definition", reason="definitions without effect")
def test_members_and_getsets_are_passed_over(raw_module):
    mod = raw_module(definition(F + MEMBER + GETSET, defines("member", "f", "getset")))
    assert mod.f() == 1
    assert not hasattr(mod, "member") and not hasattr(mod, "getset")


def test_globals_are_registered_and_work(raw_module):
    mod = raw_module(
        definition(
            GLOBAL
            + function("set", "HPyGlobal_Store(ctx, &value, self); return HPy_Dup(ctx, self);", name="set")
            + function("get", "return HPyGlobal_Load(ctx, value);", name="get")
            + function(
                "clear", "HPyGlobal_Store(ctx, &value, HPy_NULL); return HPy_Dup(ctx, self);", name="clear"
            ),
            defines("set", "get", "clear"),
            GLOBALS,
        )
    )
    mod.set()
    assert mod.get() is mod
    mod.clear()


# What is not


@pytest.mark.parametrize("size", [-1, -(2**63)])
def test_negative_size(refused, size):
    source = definition("", f".size = ({size} + 1) - 1," if size == -1 else ".size = INTPTR_MIN,")
    assert refused(source) == "HPy does not permit HPyModuleDef.size < 0"


@pytest.mark.parametrize("size", ["1", "INTPTR_MAX"])
def test_module_state(refused, size):
    assert refused(definition("", f".size = {size},")) == (
        "Module state is not supported yet in HPy, set HPyModuleDef.size = 0 if module state is not needed"
    )


def hand_made_method(**fields):
    values = {"name": '"f"', "impl": "(HPyCFunction)f_impl", "signature": "HPyFunc_NOARGS", **fields}
    meth = ", ".join(f".{key} = {value}" for key, value in values.items())
    return f"""
static HPy f_impl(HPyContext *ctx, HPy self) {{ return HPy_Dup(ctx, self); }}
HPyDef f = {{ .kind = HPyDef_Kind_Meth, .meth = {{ {meth} }} }};
HPyCFunction use_f = (HPyCFunction)f_impl;
"""


@pytest.mark.parametrize(
    "signature",
    ["HPyFunc_INQUIRY", "HPyFunc_UNARYFUNC", "0", "(HPyFunc_Signature)99", "(HPyFunc_Signature)-1"],
)
def test_methods_of_another_signature(refused, signature):
    source = definition(hand_made_method(signature=f"(HPyFunc_Signature){signature}"), defines("f"))
    assert refused(source, ValueError) == "Unsupported HPyMeth signature"


@fixed_defect
@pytest.mark.abis("universal", "hybrid")
def test_a_method_without_trampoline_works(raw_module):
    """The trampoline of an extension need not be used, and one written for another engine may have none."""
    mod = raw_module(definition(hand_made_method(), defines("f")))
    assert mod.f() is mod


@pytest.mark.abis("cpython")
def test_a_method_needs_a_trampoline_where_there_is_no_runtime(refused):
    assert refused(definition(hand_made_method(), defines("f"))) == (
        "a definition has no cpy_trampoline (NULL); define it with the HPyDef_... macros"
    )


@fixed_defect
def test_a_method_without_implementation(refused):
    source = definition(hand_made_method(impl="NULL"), defines("f"))
    assert refused(source) == "the definition of method 'f' has no implementation (impl is NULL)"


@fixed_defect
def test_a_method_without_name_does_not_hide_the_others(refused):
    source = definition(hand_made_method(name="NULL"), defines("f"))
    assert refused(source) == "HPyModuleDef.defines[0] is a function without a name (name is NULL)"


@fixed_defect
@pytest.mark.parametrize("slot", ["HPy_mod_exec", "HPy_mod_create"])
def test_a_slot_without_implementation(refused, slot):
    source = f"HPyDef slot = {{ .kind = HPyDef_Kind_Slot, .slot = {{ .slot = {slot} }} }};"
    assert "has no implementation (impl is NULL)" in refused(definition(source, defines("slot")))


def test_two_create_slots(refused):
    source = definition(CREATE, defines("create", "create"))
    assert refused(source) == "Multiple definitions of the HPy_mod_create slot in HPyModuleDef.defines."


@pytest.mark.parametrize("slot", ["HPy_nb_add", "HPy_tp_new", "(HPySlot_Slot)9999", "(HPySlot_Slot)0"])
def test_slots_of_types(refused, slot):
    source = f"""
static void nothing(void) {{ }}
HPyDef slot = {{ .kind = HPyDef_Kind_Slot, .slot = {{ .slot = {slot}, .impl = nothing }} }};
int number = {slot};
"""
    message = refused(definition(source, defines("slot")))
    number = {"HPy_nb_add": 7, "HPy_tp_new": 65}.get(slot) or int(slot.rpartition(")")[2])
    assert message == f"Unsupported slot in HPyModuleDef.defines (value: {number})."


@pytest.mark.parametrize("other, symbol", [(F, "f"), (MEMBER, "member"), (GETSET, "getset"), (EXEC, "exec")])
@pytest.mark.parametrize("is_first", [True, False])
def test_create_beside_other_definitions(refused, other, symbol, is_first):
    symbols = [symbol, "create"] if is_first else ["create", symbol]
    assert refused(definition(CREATE + other, defines(*symbols))) == OTHER_SLOTS


@pytest.mark.parametrize(
    "field",
    ['.doc = "",', GLOBALS, ".globals = (HPyGlobal *[]){ NULL },", ".legacy_methods = (void *)&value,"],
)
def test_create_beside_other_fields(refused, field):
    source = definition(CREATE + GLOBAL + "HPyGlobal *use = &value;", defines("create"), field)
    assert refused(source) == OTHER_FIELDS


def test_the_first_check_that_fails_tells(refused):
    """Size before methods, methods before slots, slots before what stands beside HPy_mod_create."""
    bad_method = hand_made_method(signature="HPyFunc_INQUIRY")
    bad_slot = "HPyDef slot = { .kind = HPyDef_Kind_Slot, .slot = { .slot = HPy_nb_add } };"
    source = CREATE + bad_method + bad_slot
    everything = defines("create", "slot", "f")
    assert "size < 0" in refused(definition(source, everything, ".size = -1,", '.doc = "x",'))
    assert "signature" in refused(definition(source, everything, '.doc = "x",'), ValueError)
    assert "Unsupported slot" in refused(definition(source, defines("create", "slot"), '.doc = "x",'))
    assert refused(definition(CREATE + F, defines("create", "f"), '.doc = "x",')) == OTHER_SLOTS


# HPy_mod_exec


EXECUTION = "execution of (module mod|(module )?<module 'mod'>)"


def exec_slot(name, body):
    head = f"HPyDef_SLOT({name}, HPy_mod_exec)\nstatic int {name}_impl(HPyContext *ctx, HPy mod)"
    return f"{head}\n{{\n{body}\n}}\n"


@pytest.mark.smoke
def test_exec_slots_run_in_order(raw_module):
    append = """
    HPy value = HPyLong_FromInt32_t(ctx, {number});
    HPy log = HPy_HasAttr_s(ctx, mod, "log") ? HPy_GetAttr_s(ctx, mod, "log") : HPyList_New(ctx, 0);
    int status = HPyList_Append(ctx, log, value);
    if (status == 0)
        status = HPy_SetAttr_s(ctx, mod, "log", log);
    HPy_Close(ctx, value);
    HPy_Close(ctx, log);
    return status;
"""
    slots = "".join(exec_slot(f"exec{n}", append.format(number=n)) for n in range(3))
    source = definition(slots, defines("exec2", "exec0", "exec1", "exec0"))
    assert raw_module(source).log == [2, 0, 1, 0]
    assert raw_module(source).log == [2, 0, 1, 0]


def test_an_exec_slot_that_raises(raw_module):
    source = exec_slot("exec", 'HPyErr_SetString(ctx, ctx->h_KeyError, "from exec"); return -1;')
    with pytest.raises(KeyError, match="from exec"):
        raw_module(definition(source, defines("exec")))


@pytest.mark.parametrize(
    "status",
    [
        pytest.param(
            -1, marks=pytest.mark.breaks_rules("no-exception", reason="failure without an exception")
        ),
        1,
    ],
)
def test_an_exec_slot_that_fails_without_an_exception(refused, status):
    source = definition(exec_slot("exec", f"return {status};"), defines("exec"))
    # CPython's own words; 3.15 shows the module instead of its name.
    assert re.fullmatch(EXECUTION + " failed without setting an exception", refused(source))


@pytest.mark.breaks_rules("result-with-exception", reason="success with an exception")
def test_an_exec_slot_that_leaves_an_exception(raw_module):
    source = exec_slot("exec", 'HPyErr_SetString(ctx, ctx->h_KeyError, "left"); return 0;')
    with pytest.raises(SystemError) as info:
        raw_module(definition(source, defines("exec")))
    assert re.fullmatch(EXECUTION + " raised unreported exception", str(info.value))
    if sys.version_info >= (3, 12):  # CPython's own habit
        assert type(info.value.__cause__) is KeyError


@pytest.mark.breaks_rules("no-exception", reason="failure without an exception")
def test_after_a_failure_no_further_exec_slot_runs(refused):
    source = exec_slot("first", "return -1;") + exec_slot("second", 'HPy_FatalError(ctx, "ran"); return 0;')
    assert "failed without setting" in refused(definition(source, defines("first", "second")))


@fixed_defect
def test_a_module_may_outlive_its_failed_execution(raw_module):
    save_and_fail = """
    HPy sys = HPyImport_ImportModule(ctx, "sys");
    int status = HPy_SetAttr_s(ctx, sys, "hpy_test_module", mod);
    HPy_Close(ctx, sys);
    if (status == 0)
        HPyErr_SetString(ctx, ctx->h_ValueError, "failed");
    return -1;
"""
    source = definition(F + exec_slot("exec", save_and_fail), defines("f", "exec"))
    with pytest.raises(ValueError, match="failed"):
        raw_module(source)
    mod = sys.hpy_test_module
    del sys.hpy_test_module
    gc.collect()
    assert mod.f() == 1
    assert mod.__name__ == "mod"


# HPy_mod_create


@pytest.fixture(scope="module")
def create_source():
    return definition(CREATE, defines("create"))


@pytest.mark.smoke
@pytest.mark.parametrize("value", ["text", 1.5, None, types.SimpleNamespace(a=1), types], ids=repr)
def test_create_may_return_any_object_but_a_module(raw_module, create_source, value):
    if value is types:
        value = types.ModuleType
    assert raw_module(create_source, custom=value) is value


def test_create_gets_the_spec(raw_module):
    source = CREATE.replace('HPy_GetAttr_s(ctx, spec, "custom")', "HPy_Dup(ctx, spec)")
    assert raw_module(definition(source, defines("create")), mark=7).mark == 7


@pytest.mark.parametrize("kind", [types.ModuleType, type("Module", (types.ModuleType,), {})])
def test_create_must_not_return_a_module(raw_module, create_source, kind):
    with pytest.raises(SystemError) as info:
        raw_module(create_source, custom=kind("m"))
    assert str(info.value) == (
        "HPy_mod_create slot returned a builtin module object. This is currently not supported."
    )


@fixed_defect
def test_a_module_that_create_must_not_return_is_not_leaked(raw_module, create_source):
    module = types.ModuleType("m")
    references = sys.getrefcount(module)
    for _ in range(3):
        with pytest.raises(SystemError):
            raw_module(create_source, custom=module)
    gc.collect()
    assert sys.getrefcount(module) == references


def test_create_that_raises(raw_module, create_source):
    with pytest.raises(AttributeError, match="custom"):
        raw_module(create_source)


@pytest.mark.breaks_rules("no-exception", reason="failure without an exception")
def test_create_that_fails_without_an_exception(refused):
    source = CREATE.replace('HPy_GetAttr_s(ctx, spec, "custom")', "HPy_NULL")
    assert refused(definition(source, defines("create"))) == (
        "creation of module mod failed without setting an exception"
    )


@pytest.mark.breaks_rules("result-with-exception", reason="success with an exception")
def test_create_that_leaves_an_exception(refused):
    source = CREATE.replace("{ return", '{ HPyErr_SetString(ctx, ctx->h_KeyError, "left"); return')
    source = source.replace('HPy_GetAttr_s(ctx, spec, "custom")', "HPy_Dup(ctx, spec)")
    assert (
        refused(definition(source, defines("create"))) == "creation of module mod raised unreported exception"
    )


# Life


def test_a_module_lives_as_long_as_one_of_its_functions(raw_module):
    class Mark:
        pass

    freed = []
    mod = raw_module(definition(F, defines("f")))
    mod.mark = Mark()
    weakref.finalize(mod.mark, freed.append, True)
    f = mod.f
    del mod
    gc.collect()
    assert freed == []
    assert f() == 1
    del f
    gc.collect()
    assert freed == [True]


def test_module_functions_work_at_the_end_of_the_interpreter(run_in_subprocess):
    code = """
import os, sys
class AtEnd:
    def __init__(self, function):
        self.function = function
    def __del__(self, write=os.write):
        write(1, b"%d" % self.function())
sys.at_end = AtEnd(mod.f)
at_end = AtEnd(mod.f)
cycle = AtEnd(mod.f)
cycle.self = cycle
"""
    result = run_in_subprocess(code, definition(F, defines("f")), raw=True)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == "111"
