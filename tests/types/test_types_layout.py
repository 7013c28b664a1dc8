"""Sizes, offsets and the other numbers of types: what is checked, and how memory is laid out."""

import gc
import struct
import sys
import weakref

import pytest
from support import module_fixture
from support.specs import BASE, METACLASS, maker, type_spec

pytestmark = pytest.mark.fixed_defect

POINTER = struct.calcsize("P")


def member(symbol, offset, kind="INT", name="x", readonly=0):
    return f'HPyDef_MEMBER({symbol}, "{name}", HPyMember_{kind}, {offset}, .readonly = {readonly})\n'


LIST = {"builtin_shape": "HPyType_BuiltinShape_List"}
LEGACY = {"builtin_shape": "HPyType_BuiltinShape_Legacy"}
TYPE = {"builtin_shape": "HPyType_BuiltinShape_Type"}

# Types of a size, by shape; "Bare" ones have no struct.
SIZES = {
    "Bare": {},
    "BareList": LIST,
    "Small": {"basicsize": "16"},
    "Large": {"basicsize": "64"},
    "SmallList": {"basicsize": "16", **LIST},
    "Char": {"basicsize": "1"},
    "Three": {"basicsize": "3"},
    "Fills": {"basicsize": "8"},
    "Odd": {"basicsize": "17"},
    "CharList": {"basicsize": "1", **LIST},
    "CharTuple": {"basicsize": "1", "builtin_shape": "HPyType_BuiltinShape_Tuple"},
    "CharMeta": {"basicsize": "1", **TYPE},
}

SOURCE = (
    """
#include <string.h>
HPyDef_METH(fill, "fill", HPyFunc_O)
static HPy fill_impl(HPyContext *ctx, HPy self, HPy size)
{
    memset(_HPy_AsStruct_Object(ctx, self), 0x41, HPyLong_AsLong(ctx, size));
    return HPy_Dup(ctx, ctx->h_None);
}
HPyDef_SLOT(call, HPy_tp_call)
static HPy call_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kw)
{
    return HPyLong_FromSize_t(ctx, nargs);
}
"""
    + member("inside", 0)
    + member("negative", -4)
    + member("behind", 5)
    + member("odd_dict", 1, "HPYSSIZET", "__dictoffset__", readonly=1)
)

MISTAKES = {
    "CallMember": (["call", "inside"], {}),
    "Items": ([], {"basicsize": "16", "itemsize": "8", **LIST}),
    "ObjectItems": ([], {"basicsize": "16", "itemsize": "1"}),
    "LegacyItems": ([], {"basicsize": "0", "itemsize": "8", "builtin_shape": "HPyType_BuiltinShape_Legacy"}),
    "Before": (["negative"], {"basicsize": "8"}),
    "Behind": (["behind"], {"basicsize": "8"}),
    "OddDict": (["odd_dict"], {"basicsize": "16"}),
    "Ready": ([], {"flags": "HPy_TPFLAGS_DEFAULT | (1UL << 12)"}),
    "IntFlag": ([], {"flags": "HPy_TPFLAGS_DEFAULT | (1UL << 24)"}),
}

mod = module_fixture(
    SOURCE
    + "".join(type_spec(name, "fill", **fields) for name, fields in SIZES.items())
    + type_spec("Callable", "call", "fill")
    + "".join(type_spec(name, *defines, **fields) for name, (defines, fields) in MISTAKES.items())
    + maker(*SIZES, "Callable", *MISTAKES),
    methods=["make"],
)


class Slots:
    __slots__ = ("a", "b")


# Structs and fields of bases


@pytest.mark.parametrize(
    "between", [[], ["Bare"], ["Callable"], ["Bare", "Bare"], ["Bare", None, "Callable"]]
)
@pytest.mark.parametrize("base", [Slots, Exception, bytearray, set, ValueError])
def test_struct_over_fields_at_any_distance_is_refused(mod, base, between):
    cls = base
    for name in between:
        cls = mod.make(name, BASE, cls) if name else type("Python", (cls,), {"__slots__": ()})
    with pytest.raises(TypeError, match="its struct would overlap the fields that its base '.*' adds to"):
        mod.make("Large", BASE, cls)


def test_struct_over_slots_between_types_of_a_shape_is_refused(mod):
    class ListWithSlots(mod.make("BareList", BASE, list)):
        __slots__ = ("a",)

    bare = mod.make("BareList", BASE, ListWithSlots)
    with pytest.raises(TypeError, match=r"overlap the fields that its base 'mod\.BareList' adds to 'mod\."):
        mod.make("SmallList", BASE, bare)


def test_slots_over_a_struct_are_no_obstacle_for_one_of_that_size(mod):
    class SmallWithSlots(mod.make("Small")):
        __slots__ = ("a",)

    instance = mod.make("Small", BASE, SmallWithSlots)()
    instance.a = "kept"
    instance.fill(16)
    assert instance.a == "kept"


def test_struct_may_grow_over_types_without_one(mod):
    cls = mod.make("Large", BASE, mod.make("Bare", BASE, mod.make("Small", BASE, mod.make("Callable"))))
    instance = cls()
    instance.fill(64)
    assert instance(1, 2) == 2


def test_struct_may_fill_the_room_before_slots(mod):
    """Slots begin at the next place for a pointer."""

    class CharWithSlots(mod.make("Char")):
        __slots__ = ("a",)

    instance = mod.make("Three", BASE, CharWithSlots)()
    instance.a = "kept"
    instance.fill(3)
    assert instance.a == "kept"
    assert mod.make("Fills", BASE, CharWithSlots).__basicsize__ == CharWithSlots.__basicsize__
    with pytest.raises(TypeError, match="overlap"):
        mod.make("Small", BASE, CharWithSlots)


legacy_mod = module_fixture(
    SOURCE
    + type_spec("Bare", **LEGACY)
    + type_spec("Legacy", basicsize="sizeof(PyObject) + 17", **LEGACY)
    + type_spec("Small", "fill", basicsize="16")
    + type_spec("Large", "fill", basicsize="64")
    + maker("Bare", "Legacy", "Small", "Large"),
    methods=["make"],
)


@pytest.mark.abis("hybrid", "cpython")
@pytest.mark.parametrize("base", [Slots, list, Exception])
def test_struct_over_a_legacy_type_without_one_is_refused(legacy_mod, base):
    bare = legacy_mod.make("Bare", BASE, base)
    with pytest.raises(TypeError, match="overlap the fields that its base 'mod.Bare' adds to 'object'"):
        legacy_mod.make("Large", BASE, legacy_mod.make("Bare", BASE, bare))


@pytest.mark.abis("hybrid", "cpython")
def test_struct_over_a_legacy_type_includes_that_of_the_legacy_type(legacy_mod):
    legacy = legacy_mod.make("Legacy")
    assert legacy.__basicsize__ == object.__basicsize__ + 24
    with pytest.raises(TypeError, match=r"smaller than that of its base 'mod\.Legacy' \(24\)"):
        legacy_mod.make("Small", BASE, legacy)
    instance = legacy_mod.make("Large", BASE, legacy)()
    instance.fill(64)


# Alignment


@pytest.mark.parametrize("name", ["Char", "Three", "Odd", "CharList", "CharTuple"])
def test_sizes_are_multiples_of_that_of_a_pointer(mod, name):
    cls = mod.make(name, BASE, {"CharList": list, "CharTuple": tuple}.get(name, object))
    assert cls.__basicsize__ % POINTER == 0

    class Sub(cls):
        if name != "CharTuple":
            __slots__ = ("a", "__weakref__", "__dict__")

    assert Sub.__basicsize__ % POINTER == 0
    instance = Sub()
    instance.a, instance.x = [instance], 1
    assert instance.x == 1
    if name != "CharTuple":
        assert Sub.__weakrefoffset__ % POINTER == 0
        reference = weakref.ref(instance)
        del instance
        gc.collect()
        assert reference() is None


def test_smallest_struct_takes_one_place(mod):
    assert mod.make("Char").__basicsize__ == object.__basicsize__ + POINTER


def test_metaclass_of_an_odd_size(mod):
    meta = mod.make("CharMeta", BASE, type)
    assert meta.__basicsize__ % POINTER == 0
    cls = meta("Class", (), {"__slots__": ("a",)})
    instance = cls()
    instance.a = 1
    assert instance.a == 1


odd_meta_mod = module_fixture(
    member("inside", 0)
    + type_spec("Instance", "inside", basicsize="16")
    + maker("Instance")
    + """
HPyDef_METH(odd_meta, "odd_meta", HPyFunc_NOARGS)
static HPy odd_meta_impl(HPyContext *ctx, HPy self)
{
    PyType_Slot slots[] = {{0, NULL}};
    PyType_Spec spec = {"mod.OddMeta", (int)PyType_Type.tp_basicsize + 1, 0, Py_TPFLAGS_DEFAULT, slots};
    PyObject *bases = PyTuple_Pack(1, &PyType_Type);
    PyObject *result = bases == NULL ? NULL : PyType_FromSpecWithBases(&spec, bases);
    Py_XDECREF(bases);
    HPy h = HPy_FromPyObject(ctx, result);
    Py_XDECREF(result);
    return h;
}
""",
    methods=["make", "odd_meta"],
)


@pytest.mark.abis("hybrid", "cpython")
@pytest.mark.skipif(sys.version_info >= (3, 12), reason="the members are then CPython's matter")
def test_metaclass_of_the_c_api_with_an_odd_size(odd_meta_mod):
    cls = odd_meta_mod.make("Instance", METACLASS, odd_meta_mod.odd_meta())
    instance = cls()
    instance.x = 5
    assert instance.x == 5


# Numbers of a spec


@pytest.mark.parametrize(
    "name, bases, message",
    [
        ("CallMember", [], r"^Type claims to have basicsize==0 but defines members$"),
        ("Items", [BASE, list], r"^type 'mod\.Items': itemsize must be 0, not 8$"),
        ("ObjectItems", [], r"^type 'mod\.ObjectItems': itemsize must be 0, not 1$"),
        ("LegacyItems", [], r"^type 'mod\.LegacyItems': itemsize is 8, so its struct must begin with "),
        ("Before", [], r"^type 'mod\.Before': member 'x' at offset -4 is outside the struct"),
        ("Behind", [], r"^type 'mod\.Behind': member 'x' at offset 5 is outside the struct, .* 8$"),
        ("OddDict", [], r"^type 'mod\.OddDict': member '__dictoffset__' at offset 1 of .*pointer"),
        (
            "Ready",
            [],
            r"^type 'mod\.Ready': the flags 0x1000 are reserved for CPython; use only HPy_TPFLAGS_",
        ),
        (
            "IntFlag",
            [],
            r"^type 'mod\.IntFlag': the flags 0x1000000 are reserved for CPython; use only HPy_TPFLAGS_",
        ),
    ],
)
def test_number_that_cannot_be_right_is_refused(mod, name, bases, message):
    with pytest.raises(TypeError, match=message):
        mod.make(name, *bases)
