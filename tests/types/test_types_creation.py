"""What Python code can do with a type while it is being made, and what happens when memory is out."""

import gc
import importlib.util
import os
import warnings

import pytest
from support import c_text, module_fixture
from support.specs import BASE, METACLASS, maker, type_spec

pytestmark = pytest.mark.fixed_defect

SOURCE = """
typedef struct { long a, b; } Pair;
HPyDef_MEMBER(a, "a", HPyMember_LONG, offsetof(Pair, a))
HPyDef_MEMBER(b, "b", HPyMember_LONG, offsetof(Pair, b))
HPyDef_METH(method, "method", HPyFunc_NOARGS)
static HPy method_impl(HPyContext *ctx, HPy self) { return HPyLong_FromLong(ctx, 5); }
HPyDef_SLOT(new, HPy_tp_new)
static HPy new_impl(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    Pair *pair;
    HPy result = HPy_New(ctx, type, &pair);
    if (!HPy_IsNull(result)) {
        pair->a = 0x4141;
        pair->b = 0x4242;
    }
    return result;
}
"""
DEFINES = ["new", "a", "b", "method"]
SOURCE += (
    type_spec("T", *DEFINES, basicsize="sizeof(Pair)")
    + type_spec("NoDot", *DEFINES, basicsize="sizeof(Pair)", name='"NoDot"')
    + maker("T", "NoDot")
)
METHODS = ["make"]

mod = module_fixture(SOURCE, methods=METHODS)


def is_whole(instance):
    return (instance.a, instance.b, instance.method()) == (0x4141, 0x4242, 5)


@pytest.fixture
def base():
    class Base:
        __slots__ = ()

    return Base


@pytest.fixture
def warning_hook(monkeypatch):
    """`warning_hook(function)`: warnings call the function."""

    def set_hook(function):
        warnings.simplefilter("always")
        monkeypatch.setattr(warnings, "showwarning", lambda *args, **kwargs: function())

    with warnings.catch_warnings():
        yield set_hook


@pytest.mark.not_repeatable(reason="the fixture keeps the hook of each run, and that the type")
def test_warning_about_a_type_comes_when_it_is_whole(mod, base, warning_hook):
    made = []
    warning_hook(lambda: made.append(base.__subclasses__()[0]()))
    cls = mod.make("NoDot", BASE, base)
    assert type(made[0]) is cls and is_whole(made[0])


@pytest.mark.not_repeatable(reason="the fixture keeps the hook of each run, and that the type")
def test_exception_of_a_warning_hook_leaves_a_type_that_is_whole(mod, base, warning_hook):
    def fail():
        kept.append(base.__subclasses__()[0])
        raise ArithmeticError

    kept = []
    warning_hook(fail)
    with pytest.raises(ArithmeticError):
        mod.make("NoDot", BASE, base)
    gc.collect()
    assert is_whole(kept[0]())


def test_type_whose_warning_is_an_error_is_freed(mod, base):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(DeprecationWarning, match="^builtin type NoDot has no __module__ attribute$"):
            mod.make("NoDot", BASE, base)
    gc.collect()
    assert base.__subclasses__() == []


def test_name_without_a_module(mod):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cls = mod.make("NoDot")
    assert (cls.__name__, cls.__qualname__, "__module__" in vars(cls)) == ("NoDot", "NoDot", False)
    with pytest.raises(TypeError, match="^unsupported operand .*: 'NoDot' and 'int'$"):
        cls() + 1


def test_mro_of_a_metaclass_cannot_use_the_type(mod, base):
    errors = []

    class Meta(type):
        def mro(cls):
            for use in (lambda: mod.make("T").__new__(cls), lambda: mod.make("T", BASE, cls)):
                try:
                    use()
                except TypeError as error:
                    errors.append(str(error))
            return super().mro()

    cls = mod.make("T", METACLASS, Meta)
    assert is_whole(cls())
    assert len(errors) == 2
    assert "type 'mod.T' cannot be used yet: the call that creates it has not returned" in errors


def test_collections_find_only_whole_types(mod, base):
    """Before CPython 3.12 any allocation may begin one."""
    made = []

    def look(phase, info):
        made.extend(cls() for cls in base.__subclasses__())

    threshold = gc.get_threshold()
    gc.callbacks.append(look)
    gc.set_threshold(1)
    try:
        types = [mod.make(name, BASE, base) for name in ["T", "T"]]
    finally:
        gc.set_threshold(*threshold)
        gc.callbacks.remove(look)
    assert all(is_whole(instance) for instance in made)
    assert len(types) == 2


def test_half_made_type_that_its_metaclass_keeps(mod):
    kept = []

    class Meta(type):
        def mro(cls):
            kept.append(cls)
            raise ArithmeticError

    with pytest.raises(ArithmeticError):
        mod.make("T", METACLASS, Meta)
    gc.collect()
    method = vars(kept[0]).get("method")
    assert method is None or method.__name__ == "method"


# Without memory

LIMIT = """
import resource

def limit(megabytes):
    with open("/proc/self/statm") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + (megabytes << 20), resource.RLIM_INFINITY))

def fails(function, *args):
    limit(16)
    try:
        function(*args)
    except MemoryError:
        print("MemoryError")
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
"""

needs_address_space_limit = pytest.mark.skipif(
    importlib.util.find_spec("resource") is None or not os.path.exists("/proc/self/statm"),
    reason="needs limits of the address space",
)

LARGE = c_text(__file__)


@needs_address_space_limit
@pytest.mark.parametrize(
    "prepare, use",
    [
        ("mod.prepare()", "mod.make_long_name()"),
        ("", "mod.make_many_bases()"),
        ("args, instance = (None,) * (4 << 20), mod.make_callable()()", "instance(*args)"),
    ],
    ids=["name", "bases", "arguments"],
)
def test_what_is_too_large_is_a_memory_error(run_in_subprocess, prepare, use):
    result = run_in_subprocess(f"{LIMIT}{prepare}\nfails(lambda: {use})", LARGE)
    assert (result.returncode, result.stdout) == (0, "MemoryError\n"), result.stderr


@pytest.mark.skipif(importlib.util.find_spec("_testcapi") is None, reason="needs _testcapi")
def test_each_failure_of_cpython_is_a_memory_error(run_in_subprocess):
    """Some versions forget to set it."""
    code = """
import _testcapi, gc
gc.disable()
failures = 0
for start in range(1, 200):
    _testcapi.set_nomemory(start, start + 1)
    try:
        mod.make("T")
    except MemoryError:
        failures += 1
    finally:
        _testcapi.remove_mem_hooks()
print("some" if failures > 10 else failures)
"""
    result = run_in_subprocess(code, SOURCE, methods=METHODS)
    assert (result.returncode, result.stdout) == (0, "some\n"), result.stderr
