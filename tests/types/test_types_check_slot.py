"""Whether a type fills a slot with a definition.

The functions behind the definitions are never called: no test makes an instance.
"""

import re
import sys
from pathlib import Path

import pytest
from support import NULL, function, module_fixture
from support.specs import BASE, maker, type_spec

pytestmark = pytest.mark.after_0_9_0

HEADER = (Path(__file__).parents[2] / "include" / "hpy" / "slots.h").read_text(encoding="utf-8")
SLOTS = re.findall(r"\bHPy_((?:nb|sq|mp|tp|bf)_\w+) = HPy_SLOT", HEADER)
# Slots with the same special method are in different types: in a subclass, CPython cannot tell them apart.
GROUPS = {
    "Number": [slot for slot in SLOTS if slot.startswith("nb_")],
    "Sequence": [slot for slot in SLOTS if slot.startswith("sq_")],
    "Mapping": [slot for slot in SLOTS if slot.startswith("mp_")],
    "General": [slot for slot in SLOTS if slot.startswith(("tp_", "bf_"))],
}
GROUP = {slot: group for group, slots in GROUPS.items() for slot in slots}

DEFINITION = """
static void {0}_impl(void) {{}}
static void {0}_trampoline(void) {{}}
static HPyDef {0} = {{
    HPyDef_Kind_Slot,
    {{{{HPy_{1}, (HPyCFunction){0}_impl, (cpy_PyCFunction)(HPyCFunction){0}_trampoline}}}}}};
"""
GC = "HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_GC"
STRUCT = {"basicsize": "sizeof(Data)", "flags": GC}
OTHERS = ["mp_subscript", "tp_call", "tp_traverse", "tp_destroy", "tp_repr"]

SOURCE = (
    "typedef struct { void *first, *second; } Data;\n"
    + "".join(DEFINITION.format(slot, slot) for slot in SLOTS)
    + "".join(DEFINITION.format(f"other_{slot}", slot) for slot in OTHERS)
    + type_spec("Number", *GROUPS["Number"])
    + type_spec("Sequence", *GROUPS["Sequence"])
    + type_spec("Mapping", *GROUPS["Mapping"])
    + type_spec("General", *GROUPS["General"], **STRUCT)
    + type_spec("Twice", "tp_repr", "other_tp_repr")
    + type_spec("Plain", basicsize="0")
    + type_spec("OtherMapping", "other_mp_subscript")
    + type_spec("OtherGeneral", *(f"other_{slot}" for slot in OTHERS if slot.startswith("tp")), **STRUCT)
    + maker(*GROUPS, "Twice", "Plain", "OtherMapping", "OtherGeneral")
    + "".join(function("has_" + slot, 1, f"HPyType_CheckSlot(ctx, a, &{slot})", "status") for slot in SLOTS)
    + "".join(
        function("has_other_" + slot, 1, f"HPyType_CheckSlot(ctx, a, &other_{slot})", "status")
        for slot in OTHERS
    )
    + """
static HPyDef unknown = {.kind = (HPyDef_Kind)77};
HPyDef_METH(method, "method", HPyFunc_NOARGS)
static HPy method_impl(HPyContext *ctx, HPy self) { return HPy_Dup(ctx, self); }
HPyDef_SLOT(module_slot, HPy_mod_exec)
static int module_slot_impl(HPyContext *ctx, HPy module) { return 0; }
"""
    + "".join(
        function("has_" + name, 1, f"HPyType_CheckSlot(ctx, a, {pointer})", "status")
        for name, pointer in {
            "method": "&method",
            "module_slot": "&module_slot",
            "unknown": "&unknown",
            "null": "NULL",
        }.items()
    )
)
mod = module_fixture(SOURCE, macros=[("HPY_TARGET_ABI_VERSION", "0x00000001")])


def has(mod, kind, slot):
    return getattr(mod, "has_" + slot)(kind)


@pytest.mark.smoke
@pytest.mark.parametrize("group", GROUPS)
def test_a_type_has_the_slots_of_its_spec(mod, group):
    kind = mod.make(group)
    assert {slot for slot in SLOTS if has(mod, kind, slot)} == set(GROUPS[group])


@pytest.mark.smoke
@pytest.mark.parametrize("group", GROUPS)
def test_a_subclass_inherits_the_slots(mod, group):
    class Derived(mod.make(group)):
        pass

    class More(Derived):
        def something_else(self):
            pass

    for kind in [Derived, More]:
        assert {slot for slot in SLOTS if has(mod, kind, slot)} == set(GROUPS[group])


OVERRIDES = {
    "__add__": {"nb_add"},
    "__radd__": {"nb_add"},
    "__ipow__": {"nb_inplace_power"},
    "__bool__": {"nb_bool"},
    "__index__": {"nb_index"},
    "__getitem__": {"mp_subscript"},
    "__setitem__": {"mp_ass_subscript"},
    "__delitem__": {"mp_ass_subscript"},
    "__len__": {"mp_length"},
    "__contains__": {"sq_contains"},
    "__imul__": {"sq_inplace_repeat"},
    "__repr__": {"tp_repr"},
    "__hash__": {"tp_hash"},
    "__lt__": {"tp_richcompare"},
    "__init__": {"tp_init"},
    "__new__": {"tp_new"},
    "__call__": {"tp_call"},
    "__iter__": {"tp_iter"},
    "__next__": {"tp_iternext"},
    "__get__": {"tp_descr_get"},
    "__del__": {"tp_finalize"},
}
# To override this is to have another hash.
OVERRIDES["__eq__"] = {"tp_richcompare", "tp_hash"}
if sys.version_info >= (3, 12):
    OVERRIDES["__buffer__"] = {"bf_getbuffer"}


def group_of(method):
    return GROUP[min(OVERRIDES[method])]


@pytest.mark.smoke
@pytest.mark.parametrize("method", OVERRIDES)
def test_a_subclass_that_overrides_the_method_does_not_have_the_slot(mod, method):
    group = group_of(method)
    kind = type("Overriding", (mod.make(group),), {method: lambda self, *args: None})
    lost = {slot for slot in GROUPS[group] if not has(mod, kind, slot)}
    assert lost == OVERRIDES[method]


def test_a_method_set_on_the_type_itself(mod):
    kind = mod.make("Mapping")
    derived = type("Derived", (kind,), {})
    kind.__getitem__ = lambda self, key: key
    assert has(mod, kind, "mp_subscript") == has(mod, derived, "mp_subscript") == 0
    assert has(mod, kind, "mp_length") == has(mod, derived, "mp_length") == 1


def test_a_method_set_on_a_subclass_and_deleted(mod):
    kind = type("Derived", (mod.make("Mapping"),), {})
    kind.__getitem__ = lambda self, key: key
    assert has(mod, kind, "mp_subscript") == 0
    del kind.__getitem__
    assert has(mod, kind, "mp_subscript") == 1


def test_a_mixin_before_the_type(mod):
    class Mixin:
        def __getitem__(self, key):
            return key

    kind = mod.make("Mapping")
    assert has(mod, type("First", (Mixin, kind), {}), "mp_subscript") == 0
    assert has(mod, type("Last", (kind, Mixin), {}), "mp_subscript") == 1


def test_a_slot_from_another_base_than_the_first(mod):
    kind = type("Both", (mod.make("Plain"), mod.make("Mapping")), {})
    assert has(mod, kind, "mp_subscript") == 1


@pytest.mark.smoke
def test_a_spec_with_another_definition(mod):
    base = mod.make("Mapping")
    other = mod.make("OtherMapping", BASE, base)
    assert (has(mod, other, "mp_subscript"), has(mod, other, "other_mp_subscript")) == (0, 1)
    assert has(mod, other, "mp_length") == 1
    assert has(mod, base, "other_mp_subscript") == 0


def test_a_spec_without_a_definition_inherits(mod):
    kind = mod.make("Plain", BASE, mod.make("Mapping"))
    assert has(mod, kind, "mp_subscript") == 1


def test_functions_for_calls_and_lifetime(mod):
    base = mod.make("General")
    other = mod.make("OtherGeneral", BASE, base)
    for slot in ["tp_call", "tp_traverse", "tp_destroy"]:
        for kind in [other, type("Derived", (other,), {})]:
            assert (has(mod, kind, slot), has(mod, kind, "other_" + slot)) == (0, 1)
        assert has(mod, base, slot) == 1


@pytest.mark.breaks_rules("definition", reason="a slot that is there twice")
def test_of_several_definitions_the_last_counts(mod):
    kind = mod.make("Twice")
    assert (has(mod, kind, "tp_repr"), has(mod, kind, "other_tp_repr")) == (0, 1)


def test_types_that_are_not_of_this_extension(mod, make_module):
    other = make_module(
        SOURCE.replace("mod.", "other."), name="other", macros=[("HPY_TARGET_ABI_VERSION", "0x00000001")]
    )
    for kind in [int, type, object, Exception, type("Python", (), {}), other.make("Mapping")]:
        assert has(mod, kind, "mp_subscript") == 0


@pytest.mark.parametrize("name", ["method", "module_slot", "unknown"])
def test_a_definition_that_is_no_slot_of_types(mod, name):
    with pytest.raises(ValueError, match="^HPyType_CheckSlot arg 2 must define a slot of types"):
        has(mod, int, name)


def test_null_in_the_place_of_a_definition(mod):
    with pytest.raises(SystemError, match="^null argument to HPyType_CheckSlot$"):
        has(mod, int, "null")


def test_what_is_no_type(mod):
    for x in [3, mod, NULL]:
        with pytest.raises(TypeError, match="^HPyType_CheckSlot arg 1 must be a type$"):
            has(mod, x, "nb_add")
