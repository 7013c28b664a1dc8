"""Traverse functions of a hierarchy: the collector hears of each field once, whoever visits it."""

import gc
import weakref

import pytest
from support import module_fixture
from support.specs import BASE, maker, type_spec

# HPy 0.9 calls the function of the most derived type only, and crashes where that leaves fields to its base.
pytestmark = pytest.mark.fixed_defect

GC_FLAGS = "HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_GC"

# Structs that begin with that of the base: one field more at each level.
SOURCE = """
typedef struct { HPyField f; } A;
typedef struct { A base; HPyField g; } B;
typedef struct { B base; HPyField h; } C;
"""


def level(symbol, struct, member, *visited, **fields):
    """A type with the struct and a member of that name; its function visits the fields in `visited`."""
    visits = "".join(f"    HPy_VISIT(&object->{field});\n" for field in visited)
    return f"""
HPyDef_SLOT({symbol}_traverse, HPy_tp_traverse)
static int {symbol}_traverse_impl(void *data, HPyFunc_visitproc visit, void *arg)
{{
    {struct} *object = ({struct} *)data;
    (void)object;
{visits}    return 0;
}}
HPyDef_MEMBER({symbol}_{member}, "{member}", HPyMember_OBJECT, offsetof({struct}, {member}))
""" + type_spec(
        symbol,
        f"{symbol}_traverse",
        f"{symbol}_{member}",
        flags=GC_FLAGS,
        basicsize=f"sizeof({struct})",
        **fields,
    )


def every_level(**fields):
    """A, and for B and C each a type that visits the base's fields and one that leaves them to the base."""
    return "".join(
        [
            level("A", "A", "f", "f", **fields),
            level("B", "B", "g", "base.f", "g", **fields),
            level("OnlyG", "B", "g", "g", **fields),
            level("C", "C", "h", "base.base.f", "base.g", "h", **fields),
            level("OnlyH", "C", "h", "h", **fields),
        ]
    )


# What `derive` makes of names, from the base to the most derived type.
HIERARCHIES = [
    "A B",
    "A OnlyG",
    "A B C",
    "A B OnlyH",
    "A OnlyG C",
    "A OnlyG OnlyH",
]

mod = module_fixture(SOURCE + every_level() + maker("A", "B", "OnlyG", "C", "OnlyH"))

legacy_mod = module_fixture(
    SOURCE.replace("{ HPyField f;", "{ PyObject_HEAD HPyField f;")
    + every_level(builtin_shape="HPyType_BuiltinShape_Legacy")
    + maker("A", "B", "OnlyG", "C", "OnlyH")
)


def derive(mod, names):
    first, *others = names.split()
    cls = mod.make(first)
    for name in others:
        cls = mod.make(name, BASE, cls)
    return cls


def visits_of_each_field(cls):
    """How often the collector hears of what is in the fields f, g and h."""
    instance = cls()
    values = {}
    for name in "fgh":
        if hasattr(instance, name):
            values[name] = [name]
            setattr(instance, name, values[name])
    referents = [id(referent) for referent in gc.get_referents(instance)]
    return {name: referents.count(id(value)) for name, value in values.items()}


@pytest.mark.parametrize("names", HIERARCHIES)
def test_each_field_is_visited_once(mod, names):
    cls = derive(mod, names)
    assert set(visits_of_each_field(cls).values()) == {1}


@pytest.mark.abis("hybrid", "cpython")
@pytest.mark.parametrize("names", HIERARCHIES)
def test_each_field_of_a_legacy_type_is_visited_once(legacy_mod, names):
    cls = derive(legacy_mod, names)
    assert set(visits_of_each_field(cls).values()) == {1}


@pytest.mark.parametrize("names", HIERARCHIES)
def test_python_classes_between_change_nothing(mod, names):
    cls = object
    for name in names.split():
        cls = mod.make(name, BASE, cls)

        class Between(cls):
            __slots__ = ()

        cls = Between
    assert set(visits_of_each_field(cls).values()) == {1}


@pytest.mark.parametrize("names", HIERARCHIES)
def test_living_objects_keep_what_is_in_their_fields(mod, names):
    cls = derive(mod, names)
    instance = cls()
    instance.f = instance
    child = cls()
    child.f, child.g = [1, 2], {}
    instance.g = child
    del child
    gc.collect()
    assert instance.f is instance
    assert (instance.g.f, instance.g.g) == ([1, 2], {})


@pytest.mark.parametrize("names", HIERARCHIES)
def test_cycles_through_fields_of_every_level_are_collected(mod, names):
    cls = derive(mod, names)

    def make_cycles():
        for name in ["f", "g"]:
            instance = cls()
            setattr(instance, name, [instance])

    make_cycles()
    gc.collect()
    assert not [o for o in gc.get_objects() if isinstance(o, cls)]


def many(symbol, first, count):
    """A type whose function visits `count` fields of an array that is not in the struct, from `first` on."""
    return f"""
HPyDef_SLOT({symbol}_traverse, HPy_tp_traverse)
static int {symbol}_traverse_impl(void *data, HPyFunc_visitproc visit, void *arg)
{{
    for (long i = {first}; i < {first} + {count}; i++)
        HPy_VISIT(&array[i]);
    return 0;
}}
""" + type_spec(symbol, f"{symbol}_traverse", flags=GC_FLAGS, basicsize="8")


array_mod = module_fixture(
    "static HPyField array[100000];\n"
    """
HPyDef_METH(fill, "fill", HPyFunc_O)
static HPy fill_impl(HPyContext *ctx, HPy self, HPy arg)
{
    for (long i = 0; i < 100000; i++)
        HPyField_Store(ctx, self, &array[i], HPy_Is(ctx, arg, ctx->h_None) ? HPy_NULL : arg);
    return HPy_Dup(ctx, ctx->h_None);
}
""" + many("Lower", 0, 60000) + many("Upper", 40000, 60000) + maker("Lower", "Upper"),
    methods=["make", "fill"],
)


def test_fields_outside_of_the_struct_are_visited_once_and_soon(array_mod):
    cls = array_mod.make("Upper", BASE, array_mod.make("Lower"))
    instance = cls()
    value = ["in all fields"]
    array_mod.fill(value)
    visits = sum(referent is value for referent in gc.get_referents(instance))
    array_mod.fill(None)
    assert visits == 100000


field_dict_mod = module_fixture(
    """
typedef struct { HPyField dict; } Struct;
HPyDef_MEMBER(dict, "__dictoffset__", HPyMember_HPYSSIZET, offsetof(Struct, dict), .readonly = 1)
HPyDef_SLOT(traverse, HPy_tp_traverse)
static int traverse_impl(void *data, HPyFunc_visitproc visit, void *arg)
{
    HPy_VISIT(&((Struct *)data)->dict);
    return 0;
}
"""
    + type_spec("T", "dict", "traverse", flags=GC_FLAGS, basicsize="sizeof(Struct)")
    + maker("T")
)


def test_dict_that_is_a_field_is_visited_once(field_dict_mod):
    """The runtime visits such a dict by itself, but an author who made it a field visits it as well."""
    instance = field_dict_mod.make("T")()
    instance.attribute = 1
    assert gc.get_referents(instance).count({"attribute": 1}) == 1


c_base_mod = module_fixture(
    SOURCE.replace("{ HPyField f;", "{ PyObject_HEAD HPyField f;")
    + """
static int c_traverse(PyObject *object, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(object));
    Py_VISIT((PyObject *)((A *)object)->f._i);
    return 0;
}
static int c_clear(PyObject *object)
{
    PyObject *value = (PyObject *)((A *)object)->f._i;
    ((A *)object)->f._i = 0;
    Py_XDECREF(value);
    return 0;
}
static PyType_Slot c_slots[] = {
    {Py_tp_traverse, (void *)c_traverse}, {Py_tp_clear, (void *)c_clear}, {0, NULL}};
HPyDef_MEMBER(CBase_f, "f", HPyMember_OBJECT, offsetof(A, f))
"""
    + type_spec(
        "CBase",
        "CBase_f",
        flags=GC_FLAGS,
        basicsize="sizeof(A)",
        builtin_shape="HPyType_BuiltinShape_Legacy",
        legacy_slots="c_slots",
    )
    + level("B", "B", "g", "base.f", "g", builtin_shape="HPyType_BuiltinShape_Legacy")
    + level("OnlyG", "B", "g", "g", builtin_shape="HPyType_BuiltinShape_Legacy")
    + maker("CBase", "B", "OnlyG")
)


@pytest.mark.not_repeatable(reason="the type of the C API has no function that drops its field")
@pytest.mark.abis("hybrid", "cpython")
@pytest.mark.parametrize("name", ["B", "OnlyG"])
def test_function_of_the_c_api_visits_the_same_field(c_base_mod, name):
    cls = derive(c_base_mod, f"CBase {name}")
    assert visits_of_each_field(cls) == {"f": 1, "g": 1}


@pytest.mark.abis("cpython")
def test_types_of_other_extensions_between_change_nothing(make_module):
    """Each extension of the CPython ABI has a library of its own; they must not pass on to each other."""
    source = SOURCE + every_level()
    one, two = (
        make_module(source + maker("A", "B", "OnlyG", "C", "OnlyH"), name=name) for name in ["one", "two"]
    )
    for second, third in [("B", "C"), ("OnlyG", "OnlyH")]:
        cls = one.make(third, BASE, two.make(second, BASE, one.make("A")))
        assert visits_of_each_field(cls) == {"f": 1, "g": 1, "h": 1}
        instance = cls()
        instance.f = instance
        del instance
        gc.collect()
        assert not [o for o in gc.get_objects() if isinstance(o, cls)]


dict_mod = module_fixture(
    """
HPyDef_SLOT(traverse, HPy_tp_traverse)
static int traverse_impl(void *data, HPyFunc_visitproc visit, void *arg) { return 0; }
"""
    + type_spec("T", "traverse", flags=GC_FLAGS)
    + maker("T")
)


class Value:
    pass


@pytest.mark.parametrize("base", [object, int, float, str, bytes, tuple, list, dict, set, Exception])
def test_attributes_are_visited_wherever_the_dict_is(dict_mod, base):
    """It stands before or behind the object, depending on the built-in type and the version of CPython."""

    class WithDict(base):
        pass

    cls = dict_mod.make("T", BASE, WithDict)

    def make(tie):
        instance = cls()
        instance.value = Value()
        if tie:
            instance.itself = instance
        return weakref.ref(instance.value)

    assert make(False)() is None
    reference = make(True)
    gc.collect()
    assert reference() is None

    living = [cls() for _ in range(100)]
    for instance in living:
        instance.itself = instance
    gc.collect()
    assert all(instance.itself is instance for instance in living)
