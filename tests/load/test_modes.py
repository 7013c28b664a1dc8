"""One extension in all modes at once, in one process."""

import pytest
from support import loading
from support.source import unary, varargs
from support.specs import maker, type_spec

pytestmark = [pytest.mark.abis("universal", "hybrid"), pytest.mark.after_0_9_0("runtime")]

SOURCE = (
    """
typedef struct { HPyField other; } Pair;
HPyType_HELPERS(Pair)

HPyDef_SLOT(pair_traverse, HPy_tp_traverse)
static int pair_traverse_impl(void *object, HPyFunc_visitproc visit, void *arg)
{
    HPy_VISIT(&((Pair *)object)->other);
    return 0;
}

static int destroyed;

HPyDef_SLOT(pair_destroy, HPy_tp_destroy)
static void pair_destroy_impl(void *object)
{
    destroyed++;
}

HPyDef_SLOT(pair_finalize, HPy_tp_finalize)
static void pair_finalize_impl(HPyContext *ctx, HPy self)
{
    HPy other = HPyField_Load(ctx, self, Pair_AsStruct(ctx, self)->other);
    if (!HPy_IsNull(other)) {
        HPy text = HPy_Repr(ctx, other);
        HPy_Close(ctx, text);
        HPy_Close(ctx, other);
    }
}

HPyDef_SLOT(pair_call, HPy_tp_call)
static HPy pair_call_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    return HPy_Call(ctx, args[0], args + 1, nargs - 1, kwnames);
}
"""
    + varargs(
        "store",
        "HPyField_Store(ctx, args[0], &Pair_AsStruct(ctx, args[0])->other, args[1]);\n"
        "return HPy_Dup(ctx, ctx->h_None);",
    )
    + unary("load", "return HPyField_Load(ctx, arg, Pair_AsStruct(ctx, arg)->other);")
    + unary(
        "text",
        "const char *s = HPyUnicode_AsUTF8AndSize(ctx, arg, NULL);\n"
        "return s == NULL ? HPy_NULL : HPyUnicode_FromString(ctx, s);",
    )
    + unary(
        "release",
        "HPyThreadState s = HPy_LeavePythonExecution(ctx); HPy_ReenterPythonExecution(ctx, s);\n"
        "return HPy_Dup(ctx, arg);",
    )
    + unary("count_destroyed", "return HPyLong_FromLong(ctx, destroyed);")
    + type_spec(
        "Pair",
        "pair_traverse",
        "pair_destroy",
        "pair_finalize",
        "pair_call",
        basicsize="sizeof(Pair)",
        flags="HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_GC",
    )
    + maker("Pair")
)

#: `outer` and `inner` are module objects of the extension, each in some mode.
CODE = """
import gc, sys, threading
from importlib.machinery import ModuleSpec
import hpy.universal

def load(mode):
    return hpy.universal.load("mod", sys.argv[1], ModuleSpec("mod", None), mode=mode)

modules = [load(mode) for mode in range(4)]
generation = hpy.universal._debug.new_generation()
failures = []

def use(outer, inner):
    class Derived(outer.make("Pair")):
        def __repr__(self):
            return inner.text("repr")

    derived, plain = Derived(), inner.make("Pair")()
    inner.store(derived, plain)
    outer.store(plain, derived)
    assert outer.load(derived) is plain and inner.load(plain) is derived
    assert derived(plain, inner.release, 5) == 5
    try:
        derived(plain, inner.text, 5)
    except TypeError:
        pass
    else:
        raise AssertionError("no exception")

def work():
    try:
        for outer in modules:
            for inner in modules:
                for _ in range(5):
                    use(outer, inner)
                gc.collect()
    except BaseException as failure:
        failures.append(failure)

threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
gc.collect()
assert not failures, failures
assert hpy.universal._debug.get_leaks(generation) == []
print(modules[0].count_destroyed(0))
"""


def test_objects_and_calls_go_from_mode_to_mode(compile_module):
    """With types that have bases in other modes, on several threads, while the collector runs."""
    path = compile_module(SOURCE)
    result = loading.run_in_subprocess(CODE, arguments=[str(path)], environment={"HPY_DEBUG": ""})
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    assert int(result.stdout) == 4 * 16 * 5 * 2
