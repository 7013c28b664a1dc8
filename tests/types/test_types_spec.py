"""`HPyType_FromSpec`: names, docs, flags and bases, and every mistake in a spec with its exact error.

Metaclasses are in `test_types_metaclass`, the layout of structs in `test_types_shapes`.
"""

import gc
import re
import sys
import warnings

import pytest
from support import c_text, module_fixture
from support.specs import BASE, BASES, METACLASS, maker, type_spec

SIZE = {"basicsize": "sizeof(Data)"}
DEFAULT = "HPy_TPFLAGS_DEFAULT"
GC = "HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_HAVE_GC"
LEGACY = {"builtin_shape": "HPyType_BuiltinShape_Legacy"}
UNKNOWN_SHAPE = {"builtin_shape": "(HPyType_BuiltinShape)99"}
LEGACY_SLOTS = {"legacy_slots": "(void *)dealloc_slots"}

# symbol: (definitions, fields)
SPECS = {
    "Empty": ([], {}),
    "Plain": (["number", "member", "repr"], SIZE),
    "Sized": ([], SIZE),
    "Constant": (["const_object", "const_method", "const_traverse"], {"const": "const", "flags": GC, **SIZE}),
    "Shared": (["object", "traverse", "number"], {"flags": GC, **SIZE}),
    # names, docs, flags
    "Deep": ([], {"name": '"a.b.c.Deep"'}),
    "NoModule": ([], {"name": '"NoModule"'}),
    "Refused": (["number", "member", "destroy"], {"name": '"Refused"', **SIZE}),
    "Unicode": ([], {"name": '"mödule.Tÿpe"'}),
    "BadUtf8": ([], {"name": r'"mod.\xff"'}),
    "NullName": ([], {"name": "NULL"}),
    "Documented": ([], {"doc": '"A text."'}),
    "Signed": ([], {"doc": r'"Signed(x, *, y=3)\n--\n\nA text."'}),
    "NoFlags": (["repr"], {"flags": "0"}),
    "Final": ([], {"flags": DEFAULT}),
    "VectorcallFlag": ([], {"flags": "HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_HAVE_VECTORCALL"}),
    # odd definitions that are accepted
    "TwoReprs": (["repr", "other_repr"], {}),
    "TwoCalls": (["call", "other_call"], SIZE),
    "UnknownKind": (["unknown_kind", "repr"], {}),
    "Iterable": (["iter"], {}),
    "TraverseWithoutGC": (["object", "traverse"], SIZE),
    # mistakes
    "LegacySlots": ([], LEGACY_SLOTS),
    "LegacyDestroy": (["destroy"], {**LEGACY, **LEGACY_SLOTS, "basicsize": "64"}),
    "LegacyTraverse": (["traverse"], {**LEGACY, **LEGACY_SLOTS, "basicsize": "64"}),
    "GCWithoutTraverse": ([], {"flags": GC}),
    "Shapeless": ([], UNKNOWN_SHAPE),
    "CallItems": (["call"], {"itemsize": "4"}),
    "CallLegacy": (["call"], LEGACY),
    "BadMethod": (["bad_method"], {}),
    "MemberWithoutSize": (["member"], {}),
    "CallMember": (["call", "call_offset"], SIZE),
    "UnknownSlot": (["unknown_slot"], {}),
    "NoSlot": (["no_slot"], {}),
    "SlotOfMembers": (["slot_of_members"], {}),
    "SlotOfBase": (["slot_of_base"], {}),
    "ModuleSlot": (["module_exec"], {}),
    "NamelessMethod": (["nameless_method"], {}),
    "NamelessMember": (["number", "repr", "nameless_member"], SIZE),
    "NamelessGetSet": (["nameless_getset"], {}),
    "EmptyMethod": (["empty_method"], {}),
    "EmptyRepr": (["empty_repr"], {}),
    "EmptyCall": (["empty_call"], {}),
    "EmptyTraverse": (["empty_traverse"], {}),
    "EmptyDestroy": (["empty_destroy"], {}),
    # two mistakes each
    "Order2": ([], {**LEGACY_SLOTS, "flags": GC}),
    "Order3": (["destroy"], {**LEGACY, **LEGACY_SLOTS, "flags": GC}),
    "Order4": ([], {**UNKNOWN_SHAPE, "flags": GC}),
    "Order5": (["call"], {**UNKNOWN_SHAPE, "itemsize": "4"}),
    "Order6": (["call"], {**LEGACY, "itemsize": "4"}),
    "Order7": (["call", "bad_method"], LEGACY),
    "Order8": (["member", "bad_method"], {}),
    "Order9": (["call_offset", "call"], {}),
}

mod = module_fixture(
    c_text(__file__)
    + "".join(type_spec(symbol, *defines, **fields) for symbol, (defines, fields) in SPECS.items())
    + maker(*SPECS)
    + """
HPyDef_METH(make_null, "make_null", HPyFunc_NOARGS)
static HPy make_null_impl(HPyContext *ctx, HPy self) { return HPyType_FromSpec(ctx, NULL, NULL); }
HPyDef_METH(make_on_stack, "make_on_stack", HPyFunc_NOARGS)
static HPy make_on_stack_impl(HPyContext *ctx, HPy self)
{
    HPyDef *defines[] = {&number, NULL};
    HPyType_Spec spec = {.name = "mod.OnStack", .flags = HPy_TPFLAGS_DEFAULT, .defines = defines};
    return HPyType_FromSpec(ctx, &spec, NULL);
}
"""
)


def exactly(text):
    return f"^{re.escape(text)}$"


# Names, docs and flags


@pytest.mark.smoke
def test_type_has_name_and_module(mod):
    cls = mod.make("Plain")
    assert type(cls) is type
    assert (cls.__module__, cls.__name__, cls.__qualname__) == ("mod", "Plain", "Plain")
    assert cls.__bases__ == (object,)
    assert cls.__doc__ is None
    instance = cls()
    assert (repr(instance), instance.number(), instance.member) == ("first", 42, 0)


def test_last_dot_ends_the_module_name(mod):
    cls = mod.make("Deep")
    assert (cls.__module__, cls.__name__, cls.__qualname__) == ("a.b.c", "Deep", "Deep")
    assert repr(cls) == "<class 'a.b.c.Deep'>"


def test_name_is_utf8(mod):
    cls = mod.make("Unicode")
    assert (cls.__module__, cls.__name__) == ("mödule", "Tÿpe")
    with pytest.raises(UnicodeDecodeError):
        mod.make("BadUtf8")


@pytest.mark.parametrize("params", [(), (METACLASS, type)])
def test_name_without_a_dot(mod, params):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        cls = mod.make("NoModule", *params)
    assert [(w.category, str(w.message)) for w in caught] == [
        (DeprecationWarning, "builtin type NoModule has no __module__ attribute")
    ]
    assert cls.__name__ == "NoModule"
    assert "__module__" not in cls.__dict__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(DeprecationWarning):
            mod.make("NoModule", *params)


def test_doc(mod):
    cls = mod.make("Documented")
    assert (cls.__doc__, cls.__text_signature__) == ("A text.", None)


def test_doc_with_a_signature(mod):
    cls = mod.make("Signed")
    assert (cls.__doc__, cls.__text_signature__) == ("A text.", "(x, *, y=3)")
    method = mod.make("Plain").number
    assert (method.__doc__, method.__text_signature__) == ("The answer.", "($self)")


def test_only_basetype_can_be_subclassed(mod):
    with pytest.raises(TypeError, match=exactly("type 'mod.Final' is not an acceptable base type")):
        type("Sub", (mod.make("Final"),), {})
    with pytest.raises(TypeError, match="type 'mod.Final' is not an acceptable base type"):
        mod.make("Plain", BASE, mod.make("Final"))
    assert issubclass(type("Sub", (mod.make("Empty"),), {}), object)


def test_no_flags_at_all(mod):
    assert repr(mod.make("NoFlags")()) == "first"


@pytest.mark.fixed_defect
def test_vectorcall_flag_without_a_call_function(mod):
    # Calls were made through whatever stood in the object header.
    with pytest.raises(TypeError, match="'mod.VectorcallFlag' object is not callable"):
        mod.make("VectorcallFlag")()()


def test_types_are_heap_types(mod):
    cls = mod.make("Plain")
    cls.attribute = 1
    assert cls().attribute == 1


# Definitions


@pytest.mark.breaks_rules("definition", reason="slots that are there twice")
def test_last_of_several_slots_counts(mod):
    assert repr(mod.make("TwoReprs")()) == "second"
    assert mod.make("TwoCalls")()(1, 2, 3) == "second"


@pytest.mark.breaks_rules("definition", reason="a kind that there is not")
def test_unknown_kind_of_definition_is_passed_over(mod):
    assert repr(mod.make("UnknownKind")()) == "first"


def test_slot_that_only_cpython_knows(mod):
    instance = mod.make("Iterable")()
    assert list(instance) == [instance]


def test_traverse_without_the_gc_flag(mod):
    instance = mod.make("TraverseWithoutGC")()
    instance.object = [instance]
    assert instance.object == [instance]
    instance.object = None


def test_spec_and_definitions_array_may_be_temporary(mod):
    assert mod.make_on_stack()().number() == 42


@pytest.mark.fixed_defect
def test_definitions_are_not_written_to(mod):
    """The offset of an OBJECT member was adjusted in the extension's own definition."""
    cls = mod.make("Constant")
    instance = cls()
    instance.object = "value"
    assert (instance.object, instance.number()) == ("value", 42)


@pytest.mark.fixed_defect
def test_definitions_serve_several_types(mod):
    classes = [mod.make("Shared") for _ in range(3)]
    instances = [cls() for cls in classes]
    for number, instance in enumerate(instances):
        instance.object = number
    assert [instance.object for instance in instances] == [0, 1, 2]
    assert [instance.number() for instance in instances] == [42] * 3
    assert len(set(classes)) == 3


# Mistakes in a spec, in the order of the checks

MISTAKES = [
    (
        "LegacySlots",
        TypeError,
        "cannot specify .legacy_slots without setting .builtin_shape=HPyType_BuiltinShape_Legacy",
    ),
    ("LegacyDestroy", TypeError, "legacy tp_dealloc is incompatible with HPy_tp_traverse or HPy_tp_destroy."),
    (
        "LegacyTraverse",
        TypeError,
        "legacy tp_dealloc is incompatible with HPy_tp_traverse or HPy_tp_destroy.",
    ),
    (
        "GCWithoutTraverse",
        ValueError,
        "You must provide an HPy_tp_traverse slot if you specify HPy_TPFLAGS_HAVE_GC",
    ),
    ("Shapeless", ValueError, "invalid shape: 99"),
    ("CallItems", TypeError, "Cannot use HPy call protocol with var objects"),
    (
        "CallLegacy",
        TypeError,
        "Cannot use HPy call protocol with legacy types that inherit the struct. Either set the basicsize to "
        "anon-zero value or use legacy slot 'Py_tp_call'.",
    ),
    ("BadMethod", ValueError, "Unsupported HPyMeth signature"),
    ("MemberWithoutSize", TypeError, "Type claims to have basicsize==0 but defines members"),
    (
        "CallMember",
        TypeError,
        "Cannot have HPy_tp_call and explicit member'__vectorcalloffset__'. Specify just one of them.",
    ),
]


@pytest.mark.parametrize("name, kind, message", MISTAKES, ids=[name for name, _, _ in MISTAKES])
def test_mistake(mod, name, kind, message):
    with pytest.raises(kind, match=exactly(message)):
        mod.make(name)


@pytest.mark.parametrize("name", ["ModuleSlot", "UnknownSlot"])
def test_slot_that_types_do_not_have(mod, name):
    # CPython 3.15 has a text of its own.
    with pytest.raises((RuntimeError, SystemError), match="^(invalid slot offset|unknown type slot ID .*)$"):
        mod.make(name)


@pytest.mark.parametrize(
    "name, kind, message",
    [
        ("Order2", TypeError, "cannot specify .legacy_slots"),
        ("Order3", TypeError, "legacy tp_dealloc is incompatible"),
        ("Order4", ValueError, "You must provide an HPy_tp_traverse"),
        ("Order5", ValueError, "invalid shape"),
        ("Order6", TypeError, "Cannot use HPy call protocol with var objects"),
        ("Order7", TypeError, "Cannot use HPy call protocol with legacy types"),
        ("Order8", ValueError, "Unsupported HPyMeth signature"),
        # The hidden field for the call function counts as a size.
        ("Order9", TypeError, "Cannot have HPy_tp_call and explicit member"),
    ],
)
def test_first_of_two_mistakes_is_reported(mod, name, kind, message):
    with pytest.raises(kind, match=message):
        mod.make(name)


def test_parameters_are_checked_before_the_spec(mod):
    with pytest.raises(TypeError, match="unknown HPyType_SpecParam"):
        mod.make("LegacySlots", 5, object)


def test_spec_is_checked_before_the_bases(mod):
    with pytest.raises(TypeError, match="Cannot have HPy_tp_call"):
        mod.make("CallMember", BASE, 42)


@pytest.mark.fixed_defect
def test_null_spec(mod):
    with pytest.raises(SystemError, match="NULL HPyType_Spec passed to HPyType_FromSpec"):
        mod.make_null()


@pytest.mark.fixed_defect
def test_null_name(mod):
    with pytest.raises(SystemError, match="Type spec does not define the name field"):
        mod.make("NullName")


@pytest.mark.fixed_defect
@pytest.mark.parametrize(
    "name, index, kind",
    [("NamelessMethod", 0, "method"), ("NamelessMember", 2, "member"), ("NamelessGetSet", 0, "getset")],
)
def test_definition_without_a_name(mod, name, index, kind):
    message = f"type 'mod.{name}': defines[{index}] is a {kind} without a name (name is NULL)"
    with pytest.raises(SystemError, match=exactly(message)):
        mod.make(name)


@pytest.mark.fixed_defect
@pytest.mark.parametrize(
    "name, what",
    [
        ("EmptyMethod", "the definition of method 'empty'"),
        ("EmptyRepr", "the definition of slot 66"),
        ("EmptyCall", "the definition of slot 50"),
        ("EmptyTraverse", "the definition of slot 71"),
        ("EmptyDestroy", "the definition of slot 1000"),
    ],
)
def test_definition_without_an_implementation(mod, name, what):
    with pytest.raises(SystemError, match=exactly(f"{what} has no implementation (impl is NULL)")):
        mod.make(name)


# Parameters


@pytest.mark.smoke
def test_base(mod):
    base = mod.make("Plain")
    cls = mod.make("Sized", BASE, base)
    assert cls.__bases__ == (base,)
    assert cls().number() == 42


def test_several_bases(mod):
    class First:
        __slots__ = ()
        value = 1

    class Second:
        __slots__ = ()
        value, other = 2, 3

    cls = mod.make("Sized", BASE, First, BASE, Second)
    assert cls.__mro__ == (cls, First, Second, object)
    assert (cls().value, cls().other) == (1, 3)


def test_base_that_decides_the_layout_comes_last(mod):
    class First:
        __slots__ = ()

    base = mod.make("Plain")
    cls = mod.make("Sized", BASE, First, BASE, base)
    assert cls.__base__ is base and cls.__bases__ == (First, base)
    instance = cls()
    instance.member = 7
    assert instance.member == 7


def test_tuple_of_bases(mod):
    class First:
        __slots__ = ()

    base = mod.make("Plain")
    bases = (First, base)
    cls = mod.make("Sized", BASES, bases)
    assert cls.__bases__ == bases
    assert cls().number() == 42


@pytest.mark.fixed_defect
def test_empty_tuple_of_bases_means_no_base(mod):
    """Null without an exception was returned."""
    assert mod.make("Plain", BASES, ()).__bases__ == (object,)


@pytest.mark.parametrize(
    "params, kind, message",
    [
        ((5, object), TypeError, "unknown HPyType_SpecParam specification for 'mod.Plain'"),
        ((-1, object), TypeError, "unknown HPyType_SpecParam specification for 'mod.Plain'"),
        (
            (BASES, (int,), BASES, (int,)),
            TypeError,
            "multiple specifications of HPyType_SpecParam_BasesTuple",
        ),
        (
            (BASE, int, BASES, (int,)),
            TypeError,
            "cannot specify both HPyType_SpecParam_Base and HPytype_SpecParam_BasesTuple",
        ),
        (
            (BASES, (int,), BASE, int),
            TypeError,
            "cannot specify both HPyType_SpecParam_Base and HPytype_SpecParam_BasesTuple",
        ),
        ((METACLASS, type, METACLASS, type), ValueError, "metaclass was specified multiple times"),
        ((METACLASS, 42), TypeError, "Metaclass '42' is not a subclass of 'type'."),
        ((METACLASS, "text"), TypeError, "Metaclass ''text'' is not a subclass of 'type'."),
    ],
)
def test_mistake_in_parameters(mod, params, kind, message):
    with pytest.raises(kind, match=exactly(message)):
        mod.make("Plain", *params)


@pytest.mark.fixed_defect
@pytest.mark.parametrize("kind", [BASE, BASES, METACLASS])
def test_null_parameter(mod, kind):
    with pytest.raises(TypeError, match="HPy_NULL passed as an HPyType_SpecParam object"):
        mod.make("Plain", kind, ...)


@pytest.mark.fixed_defect
def test_bases_that_are_no_tuple(mod):
    for bases in ([object], object, 1):
        with pytest.raises(TypeError, match="HPyType_SpecParam_BasesTuple must be a tuple"):
            mod.make("Plain", BASES, bases)


class Meta(type):
    pass


# A type with a metaclass is made in another way before CPython 3.12, with the same outcome.
@pytest.mark.parametrize("metaclass", [(), (METACLASS, Meta)], ids=["type", "metaclass"])
@pytest.mark.parametrize(
    "bases, message",
    [
        ([42], "bases must be types"),
        ([object(), int], "bases must be types"),
        ([bool], "type 'bool' is not an acceptable base type"),
        ([object, bool], "type 'bool' is not an acceptable base type"),
        ([int, str], "multiple bases have instance lay-out conflict"),
        ([object, Meta], "Cannot create a consistent method resolution"),
    ],
    ids=["no type", "no type first", "final", "final second", "layouts", "order"],
)
def test_bases_that_cpython_refuses(mod, bases, message, metaclass):
    params = [part for base in bases for part in (BASE, base)]
    with pytest.raises(TypeError, match=message):
        mod.make("Empty", *params, *metaclass)


def test_same_base_twice(mod):
    with pytest.raises(TypeError, match="duplicate base class"):
        mod.make("Empty", BASE, list, BASE, list)


@pytest.mark.fixed_defect
def test_parameters_stay_with_the_caller(mod):
    base = mod.make("Empty")
    bases = (base,)

    def counts():
        return sys.getrefcount(base), sys.getrefcount(bases), sys.getrefcount(Meta)

    def make_all():
        for params in [(BASE, base), (BASES, bases), (BASE, base, METACLASS, Meta)]:
            mod.make("Empty", *params)
            for name in ["BadMethod", "ModuleSlot"]:
                with pytest.raises((ValueError, RuntimeError, SystemError)):
                    mod.make(name, *params)

    before = counts()
    make_all()
    gc.collect()
    assert counts() == before


def test_init_subclass_and_set_name_are_not_called(mod):
    """As documented for CPython's `PyType_FromMetaclass`."""

    class Base:
        __slots__ = ()

        def __init_subclass__(cls):
            raise AssertionError("called")

    assert issubclass(mod.make("Plain", BASE, Base), Base)


@pytest.mark.not_repeatable("what CPython still uses of a type that it refused is never freed")
@pytest.mark.parametrize("params", [(), (METACLASS, type("OwnMeta", (type,), {}))])
def test_type_that_a_warning_prevents(mod, params):
    """CPython warns when the type is complete, so until the next collection it is among the subclasses."""
    gc.collect()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(DeprecationWarning):
            mod.make("Refused", *params)
    (left,) = (cls for cls in object.__subclasses__() if cls.__name__ == "Refused")
    assert left.number.__doc__ == "The answer."
    assert (left.__name__, left.member.__name__) == ("Refused", "member")
    assert repr(left) == "<class 'Refused'>"
    del left
    gc.collect()
    assert not any(cls.__name__ == "Refused" for cls in object.__subclasses__())


@pytest.mark.fixed_defect
def test_slot_number_zero(mod):
    """For CPython that is the end of the slots."""
    with pytest.raises(RuntimeError, match="invalid slot offset"):
        mod.make("NoSlot")


@pytest.mark.fixed_defect  # before CPython 3.12 the metaclasses of bases are ignored
def test_special_methods_for_class_statements_do_not_run(mod):
    """As in `PyType_FromSpec`; only a class statement calls them."""
    calls = []

    class Meta(type):
        def __init__(cls, *args):
            calls.append("metaclass")

    class Base(metaclass=Meta):
        def __init_subclass__(cls):
            calls.append("subclass")

    calls.clear()
    derived = mod.make("NoFlags", BASE, Base)
    assert (type(derived), calls) == (Meta, [])


@pytest.mark.fixed_defect
@pytest.mark.parametrize("name", ["SlotOfMembers", "SlotOfBase"])
def test_slot_that_is_no_function(mod, name):
    """CPython would read a function, or NULL, as a table or as a type."""
    with pytest.raises(RuntimeError, match="invalid slot offset"):
        mod.make(name)
