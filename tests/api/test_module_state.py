"""The state of modules, and the module of a type: module.h and what types.h has of it."""

import gc
import importlib.util
import sys
import textwrap
import weakref

import pytest
from support import c_text, loading
from support.subinterpreters import Interpreters

pytestmark = pytest.mark.after_0_9_0

SOURCE = c_text(__file__)
ABI_0_1 = [("HPY_TARGET_ABI_VERSION", "0x00000001")]
METHODS = (
    "next",
    "put",
    "first",
    "arguments",
    "look",
    "state_of",
    "module_of",
    "state_of_type",
    "statistics",
)
OPTIONS = {
    "methods": METHODS,
    "defines": ("state_traverse", "state_destroy"),
    "exec_code": "    if (add_type(ctx, mod) < 0) return -1;",
    "size": "sizeof(module_state)",
    "macros": ABI_0_1,
}


@pytest.fixture
def mod(make_module):
    return make_module(SOURCE, **OPTIONS)


@pytest.mark.smoke
def test_a_new_state_is_zero(mod):
    assert mod.look() == 0


@pytest.mark.smoke
def test_functions_get_the_state(mod):
    count = mod.next()
    assert mod.next() == count + 1
    assert mod.put("kept") is None
    assert mod.look() == "kept"
    assert mod.first("a", "b") == "a"
    assert mod.first() is mod
    assert mod.arguments(1, k=2) == (0, (1, 2), ("k",))
    assert mod.arguments() == (0, (), None)
    mod.first(*range(7))
    assert mod.arguments() == (7, (), None)


@pytest.mark.smoke
def test_functions_with_state_check_their_arguments(mod):
    for call in (
        lambda: mod.next(1),
        lambda: mod.next(k=1),
        lambda: mod.put(),
        lambda: mod.put(1, 2),
        lambda: mod.put(k=1),
        lambda: mod.first(k=1),
    ):
        with pytest.raises(TypeError):
            call()
    assert mod.look() == 0


def test_a_function_with_state_looks_like_others(mod, abi):
    assert mod.next.__name__ == "next"
    if abi != "cpython":  # CPython's own type for functions that get a class hides the doc string
        assert mod.next.__doc__ == "Counts."
    assert mod.next.__text_signature__ == "()"
    assert mod.next.__self__ is mod
    assert mod.next.__module__ == mod.__name__


def test_a_function_keeps_the_state(make_module):
    function = make_module(SOURCE, **OPTIONS).next
    gc.collect()
    assert [function(), function()] == [1, 2]


def test_each_module_object_has_a_state(make_module):
    first, second = (make_module(SOURCE, **OPTIONS) for _ in range(2))
    first.next()
    assert (first.look(), second.look()) == (1, 0)
    assert (first.Counter().next(), second.Counter().next()) == (2, 1)


@pytest.mark.smoke
def test_methods_of_types_get_the_state(mod):
    counter, start = mod.Counter(), mod.next()
    assert [counter.next(), mod.next(), counter.next()] == [start + 1, start + 2, start + 3]
    assert counter.pair("x") == (start + 3, counter, "x")
    assert counter.all(1, 2, k=3) == (start + 3, (1, 2, 3), ("k",))
    with pytest.raises(TypeError):
        counter.next(1)
    with pytest.raises(TypeError):
        counter.pair()


def test_inherited_methods_get_the_state(mod):
    class Derived(mod.Counter):
        pass

    start = mod.next()
    assert Derived().next() == start + 1
    assert mod.Counter.next(Derived()) == start + 2


@pytest.mark.smoke
def test_a_method_gets_the_class_that_defines_it(mod):
    class Derived(mod.Counter):
        pass

    derived = Derived()
    assert derived.defining_class() == (mod.Counter, derived, 0, 0)
    assert derived.defining_class(1, 2, k=3) == (mod.Counter, derived, 2, 1)


def test_the_module_of_a_type(mod):
    class Derived(mod.Counter):
        pass

    assert mod.module_of(mod.Counter) is mod
    assert mod.module_of(Derived) is mod
    with pytest.raises(TypeError, match="'int' was made without a module"):
        mod.module_of(int)
    with pytest.raises(TypeError, match="arg must be a type"):
        mod.module_of(1)


def test_the_state_of_the_module_of_a_type(mod):
    count = mod.next()
    assert mod.state_of_type(mod.Counter) == count
    assert mod.state_of_type(type("Derived", (mod.Counter,), {})) == count
    with pytest.raises(TypeError, match="'int' was made without a module"):
        mod.state_of_type(int)
    with pytest.raises(TypeError, match="arg must be a type"):
        mod.state_of_type(1)


def test_what_has_no_state(mod):
    with pytest.raises(TypeError, match="expected a module, int found"):
        mod.state_of(1)
    with pytest.raises(SystemError, match="the module has no state"):
        mod.state_of(sys)
    with pytest.raises(SystemError, match="the module has no state"):
        mod.state_of(type(sys)("empty"))


@pytest.mark.not_repeatable("looks at counts of the whole binary")
def test_the_collector_sees_the_state(make_module):
    class Canary:
        pass

    options = {**OPTIONS, "macros": [*ABI_0_1, ("TEST", "1")]}  # a binary of its own
    mod = make_module(SOURCE, **options)
    canary = Canary()
    canary.module = mod
    mod.put(canary)
    mod.first(1, 2, 3)
    gone = weakref.ref(canary)
    statistics = mod.statistics
    del mod, canary
    gc.collect()
    assert gone() is not None  # `statistics` keeps the module
    del statistics
    gc.collect()
    assert gone() is None
    traversed, destroyed, count = make_module(SOURCE, **options).statistics()
    assert (destroyed, count) == (1, 3)
    assert traversed > 0


def test_a_type_keeps_the_module(make_module):
    mod = make_module(SOURCE, **OPTIONS)
    counter = mod.Counter()
    del mod
    gc.collect()
    assert counter.next() == 1


def test_collections_before_the_state_exists(make_module):
    threshold = gc.get_threshold()
    gc.set_threshold(1, 1, 1)
    try:
        mod = make_module(SOURCE, **OPTIONS)
    finally:
        gc.set_threshold(*threshold)
    assert mod.next() == 1


@pytest.mark.abis("cpython")
def test_a_module_that_is_never_executed(compile_module):
    path = compile_module(SOURCE, **OPTIONS)
    spec = importlib.util.spec_from_file_location("mod", path)
    module = importlib.util.module_from_spec(spec)
    gc.collect()
    del module
    gc.collect()


@pytest.mark.not_repeatable("looks at counts of the whole binary")
def test_the_state_is_destroyed_when_exec_fails(make_module):
    options = {
        **OPTIONS,
        "exec_code": "    if (destroyed == 0) {\n"
        '        HPyErr_SetString(ctx, ctx->h_ValueError, "not the first time");\n'
        "        return -1;\n"
        "    }",
    }
    with pytest.raises(ValueError, match="not the first time"):
        make_module(SOURCE, **options)
    gc.collect()
    mod = make_module(SOURCE, **options)
    assert mod.statistics()[1:] == (1, 0)


@pytest.mark.smoke
def test_state_in_several_interpreters(make_module, compile_module):
    own = make_module(SOURCE, **OPTIONS)
    own.next()
    code = f"""
        import sys
        sys.path[:] = {sys.path!r}
        from support import loading
        loading.mode = {loading.mode!r}
        mod = loading.load_extension("mod", {str(compile_module(SOURCE, **OPTIONS))!r})
        assert mod.look() == 0
        assert [mod.next(), mod.Counter().next()] == [1, 2]
    """
    interpreters = Interpreters()
    interpreter = interpreters.create()
    try:
        interpreters.run(interpreter, textwrap.dedent(code))
    finally:
        interpreters.destroy(interpreter)
    assert own.next() == 2


# What is refused

FUNCTION = """
HPyDef_METH(f, "f", {signature})
static HPy f_impl(HPyContext *ctx, {first}, HPy self{rest})
{{
    return HPy_Dup(ctx, ctx->h_None);
}}
"""
STATE_FUNCTION = FUNCTION.format(signature="HPyFunc_STATE_NOARGS", first="void *state", rest="")
METHOD = FUNCTION.format(
    signature="HPyFunc_METHOD",
    first="HPy defining_class",
    rest=", const HPy *args, size_t nargs, HPy kwnames",
)


def refusal(make_module, source, error=SystemError, **options):
    with pytest.raises(error) as caught:
        make_module(source, macros=ABI_0_1, **options)
    return str(caught.value)


def test_a_negative_size(make_module):
    assert "HPyModuleDef.size < 0" in refusal(make_module, "", size="-1")


def test_a_size_that_no_memory_has(make_module):
    refusal(make_module, "", error=MemoryError, size="HPY_SSIZE_T_MAX - 64")


def test_a_function_with_state_in_a_module_without(make_module):
    assert "function 'f' gets the state of its module" in refusal(make_module, STATE_FUNCTION)


def test_a_function_of_a_module_has_no_class(make_module):
    assert "function 'f' of a module has the signature HPyFunc_METHOD" in refusal(make_module, METHOD)


@pytest.mark.parametrize("slot", ["state_traverse", "state_destroy"])
def test_a_slot_for_a_state_that_is_not_there(make_module, slot):
    assert "HPyModuleDef.size is 0" in refusal(make_module, SOURCE, methods=(), defines=(slot,))


TYPE = (
    STATE_FUNCTION
    + """
static HPyDef *T_defines[] = {&f, NULL};
static HPyType_Spec T_spec = {.name = "mod.T", .defines = T_defines};
"""
)


def test_a_method_with_state_in_a_type_without_module(make_module):
    message = refusal(make_module, TYPE, TypeError, types=("T",), size="8")
    assert message.startswith("type 'mod.T': the method 'f' gets the state of a module")


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ("{HPyType_SpecParam_Module, ctx->h_None}", "must be a module"),
        ("{HPyType_SpecParam_Module, HPy_NULL}", "HPy_NULL passed"),
        ("{HPyType_SpecParam_Module, mod}, {HPyType_SpecParam_Module, mod}", "multiple specifications"),
        # One without a state.
        ("{HPyType_SpecParam_Module, mod}", "gets the state of a module"),
    ],
)
def test_a_wrong_module_for_a_type(make_module, params, message):
    add = f"""
    HPyType_SpecParam params[] = {{{params}, {{(HPyType_SpecParam_Kind)0, HPy_NULL}}}};
    if (!HPyHelpers_AddType(ctx, mod, "T", &T_spec, params)) return -1;
    """
    assert message in refusal(make_module, TYPE, TypeError, methods=(), exec_code=add)
