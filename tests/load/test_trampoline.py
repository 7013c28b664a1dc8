"""Calls through the extension's own trampolines, where the runtime has no entry of its own for a function.

That is so where the runtime makes no entries at all, and once it has used them up. The tests here use them up
first, in a process of their own.
"""

from pathlib import Path

import pytest

# In the cpython ABI there is nothing but trampolines.
pytestmark = pytest.mark.abis("universal", "hybrid")

TESTS = Path(__file__).parents[1]

# `use_up()` asks for so many entries that none is left. The functions behind them do not exist and are never
# called.
SOURCE = """
#include <stdio.h>

static HPyDef definitions[5000];
static HPyDef *pointers[5001];
static char names[5000][8];

HPyDef_METH(nothing, "nothing", HPyFunc_NOARGS)
static HPy nothing_impl(HPyContext *ctx, HPy self) { return HPy_Dup(ctx, ctx->h_None); }
HPyDef_SLOT(call, HPy_tp_call)
static HPy call_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    return HPyLong_FromSize_t(ctx, nargs);
}
static HPyDef *callable_defines[] = {&call, NULL};
static HPyType_Spec callable_spec = {
    .name = "mod.Callable",
    .defines = callable_defines,
    .flags = HPy_TPFLAGS_DEFAULT,
};

static HPyCFunction nowhere(int number) { return (HPyCFunction)(uintptr_t)(0x10000 + number); }

static int use_up_methods(HPyContext *ctx, HPyFunc_Signature signature)
{
    HPyType_Spec spec = {.name = "mod.Methods", .defines = pointers, .flags = HPy_TPFLAGS_DEFAULT};
    for (int i = 0; i < 5000; i++) {
        definitions[i] = nothing;
        definitions[i].meth.impl = nowhere(i);
        definitions[i].meth.signature = signature;
        snprintf(names[i], sizeof(names[i]), "m%d", i);
        definitions[i].meth.name = names[i];
        pointers[i] = &definitions[i];
    }
    HPy type = HPyType_FromSpec(ctx, &spec, NULL);
    HPy_Close(ctx, type);
    return HPy_IsNull(type) ? -1 : 0;
}

static int use_up_call_functions(HPyContext *ctx)
{
    HPy type = HPyType_FromSpec(ctx, &callable_spec, NULL);
    if (HPy_IsNull(type))
        return -1;
    HPy object = HPyType_GenericNew(ctx, type, NULL, 0, HPy_NULL);
    int status = 0;
    for (int i = 0; i < 1000 && status == 0; i++) {
        HPyCallFunction function = {call_trampoline, (HPyFunc_keywords)nowhere(i)};
        status = HPy_SetCallFunction(ctx, object, &function);
    }
    HPy_Close(ctx, object);
    HPy_Close(ctx, type);
    return status;
}

HPyDef_METH(use_up, "use_up", HPyFunc_NOARGS)
static HPy use_up_impl(HPyContext *ctx, HPy self)
{
    if (use_up_methods(ctx, HPyFunc_NOARGS) < 0 || use_up_methods(ctx, HPyFunc_O) < 0
        || use_up_methods(ctx, HPyFunc_VARARGS) < 0 || use_up_methods(ctx, HPyFunc_KEYWORDS) < 0
        || use_up_call_functions(ctx) < 0)
        return HPy_NULL;
    return HPy_Dup(ctx, ctx->h_None);
}
"""

# The trampolines of this extension go through a context of its own, which counts their calls.
COUNTED = """
static HPyContext *real, counting;
static long calls;

static void count(HPyContext *ctx, HPyFunc_Signature signature, HPyCFunction function, void *args)
{
    calls++;
    real->ctx_CallRealFunctionFromTrampoline(real, signature, function, args);
}

HPyDef_METH(take_calls, "take_calls", HPyFunc_NOARGS)
static HPy take_calls_impl(HPyContext *ctx, HPy self)
{
    long result = calls;
    calls = 0;
    return HPyLong_FromLong(ctx, result);
}
HPyDef_METH(one, "one", HPyFunc_O)
static HPy one_impl(HPyContext *ctx, HPy self, HPy arg) { return HPyTuple_Pack(ctx, 1, arg); }
HPyDef_METH(many, "many", HPyFunc_VARARGS)
static HPy many_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    return HPyTuple_FromArray(ctx, (HPy *)args, (HPy_ssize_t)nargs);
}
HPyDef_METH(named, "named", HPyFunc_KEYWORDS)
static HPy named_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    return HPy_IsNull(kwnames) ? HPyLong_FromSize_t(ctx, nargs) : HPy_Dup(ctx, kwnames);
}
"""
COUNTED_OPTIONS = {
    "methods": ["take_calls", "one", "many", "named"],
    "exec_code": """
    real = _ctx_for_trampolines;
    counting = *real;
    counting.ctx_CallRealFunctionFromTrampoline = count;
    _ctx_for_trampolines = &counting;
""",
}

# The files whose extensions have definitions of every kind and signature. Left out are tests of what there is
# no trampoline for.
FILES = """
    types/test_types_slots.py types/test_types_call.py types/test_types_buffer.py types/test_types_members.py
    types/test_types_lifetime.py types/test_types_metaclass.py types/test_types_spec.py
    types/test_types_shapes.py types/test_types.py api/test_module.py api/test_capsule.py
""".split()


@pytest.mark.not_repeatable("starts processes")
def test_calls_go_through_trampolines(compile_module, run_in_subprocess):
    counted = compile_module(COUNTED, name="counted", **COUNTED_OPTIONS)
    result = run_in_subprocess(
        """
import sys
from support.loading import load_extension
mod.use_up()
counted = load_extension("counted", sys.argv[1])
counted.take_calls()
assert counted.take_calls() == 1, "no trampoline was used"
assert counted.one(5) == (5,) and counted.many(1, 2) == (1, 2)
assert counted.named(1, 2) == 2 and counted.named(1, x=2) == ("x",)
assert counted.take_calls() == 5
""",
        SOURCE,
        methods=["use_up"],
        arguments=[str(counted)],
    )
    assert result.returncode == 0, result.stderr


@pytest.mark.not_repeatable("starts processes")
def test_files_pass_with_trampolines(run_in_subprocess, pytestconfig, abi):
    """Takes 20 seconds where Python is a debug build: it is a quarter of the suite in one process."""
    options = [
        "-q",
        "-p",
        "no:cacheprovider",
        "-k",
        "not without_trampoline",
        f"--abi={abi}",
        f"--mode={pytestconfig.getoption('mode')}",
        f"--headers={pytestconfig.getoption('headers')}",
    ]
    if pytestconfig.getoption("peer_prefix"):
        options.append(f"--peer-prefix={pytestconfig.getoption('peer_prefix')}")
    result = run_in_subprocess(
        "import pytest, sys\nmod.use_up()\nsys.exit(pytest.main(sys.argv[1:]))",
        SOURCE,
        methods=["use_up"],
        arguments=[*options, *(str(TESTS / name) for name in FILES)],
    )
    assert result.returncode == 0, result.stdout[-6000:] + result.stderr[-6000:]
