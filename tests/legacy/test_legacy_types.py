"""Types of shape Legacy: slots of the C API beside those of HPy, structs with `PyObject_HEAD`, static types.

The errors that need nothing of Python.h are in `test_types_spec.py` and `test_types_shapes.py`.
"""

import gc
import sys
import weakref

import pytest
from support import c_text, module_fixture
from support.specs import BASE, METACLASS, maker, type_spec

pytestmark = pytest.mark.abis("hybrid", "cpython")

GC = "HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_GC"


def legacy(symbol, *defines, struct="Point", **fields):
    """C text of a type of shape Legacy, with the struct and slots of its name."""
    fields = {"basicsize": f"sizeof({struct})", "builtin_shape": "HPyType_BuiltinShape_Legacy", **fields}
    return type_spec(symbol, *defines, **fields)


SOURCE = c_text(__file__)

TYPES = {
    "Both": legacy(
        "Both",
        *"product twice y y_tenfold subtract add new_point".split(),
        legacy_slots="Both_slots",
        doc='"New doc."',
    ),
    "Callable": legacy("Callable", "call", "y"),
    "Bare": legacy("Bare"),
    "Dealloc": legacy("Dealloc", legacy_slots="Dealloc_slots"),
    "Inherits": legacy("Inherits", basicsize="0", legacy_slots="No_slots"),
    "Refused": legacy("Refused", "traverse", legacy_slots="Dealloc_slots"),
    "RefusedDestroy": legacy("RefusedDestroy", "destroy", legacy_slots="Dealloc_slots"),
    "Node": legacy(
        "Node", "field", "traverse", "destroy", struct="Node", legacy_slots="Node_slots", flags=GC
    ),
    "OldNode": legacy("OldNode", "field", struct="Node", legacy_slots="OldNode_slots", flags=GC),
    "Special": legacy("Special", struct="Special", legacy_slots="Special_slots", flags=GC),
    "Point3": legacy("Point3", "set_z", "z", struct="Point3", legacy_slots="Point3_slots"),
    "Tagged": legacy("Tagged", "tag", struct="Tagged"),
    "Pure": type_spec("Pure", "more", basicsize="sizeof(Pure)"),
    "Plain": type_spec("Plain"),
}

mod = module_fixture(
    SOURCE + "".join(TYPES.values()) + maker(*TYPES),
    methods="make new take_counts static_types".split(),
)


@pytest.fixture(autouse=True)
def counts_start_at_zero(request):
    if "mod" in request.fixturenames:
        request.getfixturevalue("mod").take_counts()


@pytest.fixture
def static_types(mod):
    return mod.static_types()


# Definitions of both APIs


@pytest.mark.smoke
def test_struct(mod):
    cls = mod.make("Both")
    assert cls.__basicsize__ == object.__basicsize__ + 16
    instance = cls(3)
    assert (instance.x, instance.y) == (3, 5)
    assert (cls().x, mod.new(cls).y) == (0, 0)


@pytest.mark.smoke
def test_methods(mod):
    cls = mod.make("Both")
    instance = cls(3)
    assert (instance.old_sum(), instance.product()) == (8, 15)
    assert cls.old_sum.__doc__ == "The sum."
    assert cls.old_class() is instance.old_class() is cls
    assert cls.old_static("argument") == ("argument",)
    with pytest.raises(TypeError):
        cls.old_sum(object())


def test_members(mod):
    instance = mod.make("Both")(3)
    instance.x, instance.y = 1, 2
    assert (instance.x, instance.y, instance.read_only) == (1, 2, 1)
    with pytest.raises(AttributeError, match="readonly attribute"):
        instance.read_only = 1
    assert type(instance).x.__doc__ == "The first."


def test_computed_attributes(mod):
    instance = mod.make("Both")(3)
    assert (instance.old_tenfold, instance.y_tenfold) == (30, 50)
    instance.old_tenfold = 70
    assert instance.x == 7
    with pytest.raises(AttributeError, match="it stays"):
        del instance.old_tenfold


def test_slots(mod):
    instance = mod.make("Both")(3)
    assert repr(instance) == "<3>"
    assert instance - 1 == "new subtract"
    assert list(instance) == [0, 1, 2] and len(instance) == 3
    assert instance(1, 2) == (2,)
    assert int.from_bytes(memoryview(instance), sys.byteorder) == 3


def test_same_name_in_both_apis(mod):
    """HPy's come first. CPython takes the last value of a slot, but the first method of a name."""
    cls = mod.make("Both")
    instance = cls()
    assert instance + 1 == "old add"
    assert cls.__doc__ == "Old doc."
    assert instance.twice() == "HPy"


def test_python_subclass(mod):
    class Sub(mod.make("Both")):
        def __init__(self):
            super().__init__(1, 2)
            self.attribute = "kept"

    instance = Sub()
    assert (instance.old_sum(), instance.product(), instance.attribute) == (3, 2, "kept")


def test_type_without_slots(mod):
    """Neither `legacy_slots` nor `defines` is required."""
    cls = mod.make("Bare")
    assert cls.__basicsize__ == object.__basicsize__ + 16
    assert type(cls()) is type(mod.new(cls)) is cls


def test_call_of_hpy(mod):
    cls = mod.make("Callable")
    for instance in (cls(), mod.new(cls)):
        instance.y = 40
        assert instance(1, 2) == 42 and instance.y == 40


def test_types_are_made_anew_from_one_spec(mod):
    first, second = mod.make("Both"), mod.make("Both")
    assert first is not second
    del first
    gc.collect()
    assert second(1).old_sum() == 6 and second(1).product() == 5


@pytest.mark.fixed_defect
def test_special_members(mod):
    cls = mod.make("Special")
    instance = cls()
    instance.attribute = instance
    assert instance(1, 2, 3) == 3
    assert weakref.ref(instance)() is instance
    assert instance.__dict__ == {"attribute": instance}
    instance.__dict__.clear()
    del instance
    assert mod.take_counts() == (1, 0)


# The end of objects


def test_dealloc_of_the_c_api(mod):
    cls = mod.make("Dealloc")
    before = sys.getrefcount(cls)
    instances = [cls(), mod.new(cls)]
    assert sys.getrefcount(cls) == before + 2
    instances.clear()
    assert sys.getrefcount(cls) == before
    assert mod.take_counts() == (2, 0)


def test_dealloc_is_inherited(mod):
    cls = mod.make("Dealloc")

    class Sub(cls):
        pass

    derived = mod.make("Inherits", BASE, cls)
    assert derived.__basicsize__ == cls.__basicsize__
    before = [sys.getrefcount(c) for c in (Sub, derived)]
    Sub()
    assert mod.take_counts() == (1, 0)
    derived()
    assert mod.take_counts() == (1, 0)
    mod.new(derived)
    assert mod.take_counts() == (1, 0)
    assert [sys.getrefcount(c) for c in (Sub, derived)] == before


@pytest.mark.parametrize("name", ["Refused", "RefusedDestroy"])
def test_dealloc_excludes_traverse_and_destroy(mod, name):
    message = r"^legacy tp_dealloc is incompatible with HPy_tp_traverse or HPy_tp_destroy\.$"
    with pytest.raises(TypeError, match=message):
        mod.make(name)


def test_destroy(mod):
    cls = mod.make("Node")

    class Marker:
        pass

    def fill():
        node = cls()
        node.field, node.object = Marker(), Marker()
        return weakref.ref(node.field), weakref.ref(node.object)

    field, in_object = fill()
    assert field() is None and in_object() is None
    assert mod.take_counts() == (0, 1)


@pytest.mark.fixed_defect
def test_destroy_on_a_type_with_dealloc(mod):
    """The base's own disposal follows that of the derived type."""
    base = mod.make("Dealloc")
    cls = mod.make("Node", BASE, base)
    before = sys.getrefcount(cls), sys.getrefcount(base)
    cls()
    assert mod.take_counts() == (1, 1)
    assert (sys.getrefcount(cls), sys.getrefcount(base)) == before


@pytest.mark.fixed_defect
@pytest.mark.parametrize("name, attribute", [("Node", "field"), ("OldNode", "object")])
def test_cycles_are_collected(mod, name, attribute):
    cls = mod.make(name)

    class Marker:
        pass

    def tie():
        node, marker = cls(), Marker()
        setattr(node, attribute, [node, marker])
        return weakref.ref(marker)

    reference = tie()
    gc.collect()
    assert reference() is None
    assert sum(mod.take_counts()) == 1


@pytest.mark.fixed_defect
def test_type_in_a_cycle_with_its_instance_is_collected(mod):
    for name, attribute in [("Node", "field"), ("OldNode", "object")]:
        cls = mod.make(name)
        reference = weakref.ref(cls)
        cls.instance = cls()
        setattr(cls.instance, attribute, cls)
        del cls
        gc.collect()
        assert reference() is None, name


# Bases and metaclasses


@pytest.mark.smoke
def test_static_base(mod, static_types):
    static, _ = static_types
    cls = mod.make("Point3", BASE, static)
    assert cls.__base__ is static
    instance = cls()
    instance.x = 1
    instance.set_z(30)
    assert (instance.z, instance.old_sum(), instance.sum3()) == (30, 1, 31)
    created = mod.new(cls)
    assert created.z == 0


def test_static_base_whose_struct_is_inherited(mod, static_types):
    static, _ = static_types
    cls = mod.make("Inherits", BASE, static)
    assert cls.__basicsize__ == static.__basicsize__
    instance = cls()
    instance.x = 4
    assert instance.old_sum() == 4


def test_dealloc_of_a_static_base(mod, static_types):
    static, _ = static_types
    types = [mod.make("Inherits", BASE, static), mod.make("Point3", BASE, static)]
    before = [sys.getrefcount(cls) for cls in types]
    for i in range(2):
        types[i]()
        mod.new(types[i])
    assert mod.take_counts() == (4, 0)
    assert [sys.getrefcount(cls) for cls in types] == before


def test_static_metaclass(mod, static_types):
    _, meta = static_types
    for name in ("Both", "Plain"):
        cls = mod.make(name, METACLASS, meta)
        assert type(cls) is meta and repr(cls) == "static metaclass"
        assert type(cls()) is cls


def test_builtin_base(mod):
    cls = mod.make("Tagged", BASE, list)
    instance = cls([1, 2])
    instance.tag = 7
    instance.append(3)
    assert (instance, instance.tag) == ([1, 2, 3], 7)
    created = mod.new(cls)
    created.extend("ab")
    assert (created, created.tag) == (["a", "b"], 0)


@pytest.mark.fixed_defect
def test_type_for_another_base_than_the_struct(mod):
    with pytest.raises(TypeError, match="basicsize .* is smaller than that of its base 'list'"):
        mod.make("Bare", BASE, list)


def test_legacy_type_on_a_legacy_one(mod):
    base = mod.make("Both")
    cls = mod.make("Point3", BASE, base)
    instance = cls(1, 2)
    instance.set_z(3)
    assert (instance.sum3(), instance.old_sum(), instance.product()) == (6, 3, 2)


def test_pure_type_on_a_legacy_one(mod):
    cls = mod.make("Pure", BASE, mod.make("Both"))
    instance = cls(4)
    assert (instance.more(), instance.more(), instance.old_sum(), instance.y) == (4, 8, 9, 5)


@pytest.mark.parametrize("name", ["Bare", "Inherits"])
def test_legacy_type_on_a_pure_one(mod, name):
    base = mod.make("Plain")
    before = sys.getrefcount(base)
    message = "^A legacy type should not inherit its memory layout from a pure type$"
    with pytest.raises(TypeError, match=message):
        mod.make(name, BASE, base)
    gc.collect()
    assert sys.getrefcount(base) == before
