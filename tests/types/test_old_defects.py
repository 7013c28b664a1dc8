"""Defects of HPy 0.9 that the tests by topic do not reach: they take memory limits, repetitions, reloads.

The others are marked `fixed_defect` in the file of their topic; docs/differences.md says what each is about.
"""

import gc
import os
import sys
import types
import weakref

import pytest
from support import c_text, function, module_fixture
from support.specs import BASE, maker, type_spec

fixed_defect = pytest.mark.fixed_defect
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="limits the address space, counts memory")
without_sanitizer = pytest.mark.skipif(
    "asan" in os.environ.get("LD_PRELOAD", ""),
    reason="the sanitizer keeps memory that was freed, and needs more",
)

SOURCE = c_text(__file__)

DEFINES = ["field", "readonly", "number", "computed", "itself", "traverse", "destroy", "getbuffer"]
NODE = {"basicsize": "sizeof(NodeStruct)"}
GC = "HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_GC"
HUGE = {"basicsize": "1 << 30"}
ITEMS = {"itemsize": "sizeof(void *)", "builtin_shape": "HPyType_BuiltinShape_Tuple"}

SOURCE += (
    type_spec("Node", *DEFINES, flags=GC, **NODE)
    + type_spec("Refused", *DEFINES, "in_a_type", flags=GC, **NODE)
    + type_spec("Huge", **HUGE)
    + type_spec("HugeNode", "traverse", flags=GC, **HUGE)
    + type_spec("Items", basicsize="sizeof(long long)", **ITEMS)
    + maker("Node", "Refused", "Huge", "HugeNode", "Items")
    + function("as_uint32", 1, "HPyLong_AsUInt32_t(ctx, a)", "unsigned")
)
METHODS = ["make", "new", "method_as_uint32"]

mod = module_fixture(SOURCE, methods=METHODS)


class Marker:
    pass


@fixed_defect
def test_type_itself_may_be_renamed(mod):
    """What the runtime knew about a type lay before the characters of its name."""
    cls = mod.make("Node")
    cls.__name__ = "Renamed" * 10
    for instance in (cls(), mod.new(cls)):
        instance.field, instance.number = instance, 5
        assert (instance.field, instance.number, instance.computed) == (instance, 5, instance)
    del instance
    gc.collect()
    derived = mod.make("Node", BASE, cls)
    assert derived().itself().number == 0


@fixed_defect
def test_object_members_are_ordinary_members(mod):
    """They were getsets, with another type of descriptor and other messages than in the cpython ABI."""
    cls = mod.make("Node")
    assert type(cls.field) is type(cls.readonly) is type(cls.number) is types.MemberDescriptorType
    with pytest.raises(AttributeError, match="^readonly attribute$"):
        cls().readonly = 1


@fixed_defect
def test_slots_of_a_python_subclass_are_cleared_and_visited(mod):
    class Sub(mod.make("Node")):
        __slots__ = ("slot",)

    def tie(cyclic):
        instance = Sub()
        instance.slot = [Marker(), instance if cyclic else None]
        return weakref.ref(instance.slot[0])

    reference = tie(cyclic=False)
    assert reference() is None
    reference = tie(cyclic=True)
    gc.collect()
    assert reference() is None


@fixed_defect
@pytest.mark.not_repeatable("it is a repetition")
@without_sanitizer
@pytest.mark.parametrize("name, error", [("Node", None), ("Refused", (RuntimeError, SystemError))])
def test_memory_of_types_is_freed(mod, name, error):
    """Tables of methods, members and getsets were kept for ever, also if the type could not be made."""
    resource = pytest.importorskip("resource")

    def make_many():
        for i in range(20_000):
            if error is None:
                mod.make(name)
            else:
                with pytest.raises(error):
                    mod.make(name)
            if i % 100 == 0:
                gc.collect()

    unit = 1 if sys.platform == "darwin" else 1024
    make_many()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    make_many()
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    # 100 bytes for each type would be 2 MB.
    assert after - before < 1_500_000


@fixed_defect
@linux_only
@without_sanitizer
@pytest.mark.parametrize("name", ["Huge", "HugeNode"])
def test_new_without_memory_raises(run_in_subprocess, name):
    """The new object was written to before it was looked at."""
    code = """
import resource, sys
cls = mod.make(sys.argv[1])
resource.setrlimit(resource.RLIMIT_AS, (1 << 29, 1 << 29))
for make in (lambda: mod.new(cls), cls):
    try:
        make()
    except MemoryError:
        print("MemoryError")
"""
    result = run_in_subprocess(code, SOURCE, arguments=[name], methods=METHODS)
    assert (result.returncode, result.stdout) == (0, "MemoryError\nMemoryError\n"), result.stderr


@fixed_defect
def test_new_has_no_items_of_an_earlier_object(mod):
    """The number of items was what the memory held before."""
    cls = mod.make("Items", BASE, tuple)
    for round_number in range(100):
        earlier = [cls((round_number, i)) for i in range(10)]
        del earlier
        instances = [mod.new(cls) for _ in range(10)]
        assert [tuple(instance) for instance in instances] == [()] * 10


@fixed_defect
def test_uint32_of_a_negative_number_says_so(mod):
    for value in (-1, -(1 << 31), -(1 << 100)):
        with pytest.raises(OverflowError, match="^can't convert negative value to C uint32_t$"):
            mod.as_uint32(value)


@fixed_defect
def test_loader_keeps_no_reference_of_its_own_making(run_in_subprocess):
    """The module's initialization leaked its spec, the origin in it, and helpers."""
    code = """
import gc, importlib.util, sys, weakref
def load():
    spec = importlib.util.find_spec("hpy.universal")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.load
    return weakref.ref(spec), weakref.ref(module)
references = [load() for _ in range(3)]
sys.modules.pop("hpy.universal", None)
gc.collect()
print([ref() for pair in references for ref in pair])
"""
    result = run_in_subprocess(code)
    assert (result.returncode, result.stdout) == (0, f"{[None] * 6}\n"), result.stderr
