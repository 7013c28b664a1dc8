"""Members and computed attributes: reading, writing and deleting each type of member."""

import gc
import re
import warnings
import weakref

import pytest
from support import engines, function, module_fixture
from support.specs import BASE, maker, type_spec

# name: (C declaration, type of member)
MEMBERS = {
    "a_short": ("short a_short", "SHORT"),
    "an_int": ("int an_int", "INT"),
    "a_long": ("long a_long", "LONG"),
    "a_float": ("float a_float", "FLOAT"),
    "a_double": ("double a_double", "DOUBLE"),
    "a_string": ("const char *a_string", "STRING"),
    "an_object": ("HPyField an_object", "OBJECT"),
    "a_char": ("char a_char", "CHAR"),
    "a_byte": ("signed char a_byte", "BYTE"),
    "an_ubyte": ("unsigned char an_ubyte", "UBYTE"),
    "an_ushort": ("unsigned short an_ushort", "USHORT"),
    "an_uint": ("unsigned int an_uint", "UINT"),
    "an_ulong": ("unsigned long an_ulong", "ULONG"),
    "an_inplace": ("char an_inplace[8]", "STRING_INPLACE"),
    "a_bool": ("char a_bool", "BOOL"),
    "an_object_ex": ("HPyField an_object_ex", "OBJECT_EX"),
    "a_longlong": ("long long a_longlong", "LONGLONG"),
    "an_ulonglong": ("unsigned long long an_ulonglong", "ULONGLONG"),
    "an_ssize": ("HPy_ssize_t an_ssize", "HPYSSIZET"),
    "a_none": ("char a_none", "NONE"),
}
NAMES = list(MEMBERS)

# shape: (base, how to make an instance)
SHAPES = {
    "Object": (object, lambda cls: cls()),
    "List": (list, lambda cls: cls([1, 2, 3])),
    "Type": (type, lambda cls: cls("Class", (), {})),
    "Long": (int, lambda cls: cls(2**200)),
    "Tuple": (tuple, lambda cls: cls((1, 2, 3))),
}

if not engines.IS_CPYTHON:
    del SHAPES["Type"]  # no room in classes

STRUCT = (
    "typedef struct {\n"
    + "".join(f"    {c}; char after_{name};\n" for name, (c, _) in MEMBERS.items())
    + "} Data;\n"
)

DEFINITIONS = (
    "".join(
        f'HPyDef_MEMBER({name}, "{name}", HPyMember_{kind}, offsetof(Data, {name}), .doc = "The {name}.")\n'
        f'HPyDef_MEMBER(readonly_{name}, "readonly_{name}", HPyMember_{kind}, offsetof(Data, {name}),'
        " .readonly = 1)\n"
        for name, (_, kind) in MEMBERS.items()
    )
    + """
HPyDef_SLOT(traverse, HPy_tp_traverse)
static int traverse_impl(void *object, HPyFunc_visitproc visit, void *arg)
{
    HPy_VISIT(&((Data *)object)->an_object);
    HPy_VISIT(&((Data *)object)->an_object_ex);
    return 0;
}

static HPyGlobal stored;
HPyDef_GETSET(computed, "computed", .doc = "The stored object.")
static HPy computed_get(HPyContext *ctx, HPy self, void *closure)
{
    return closure == NULL ? HPyGlobal_Load(ctx, stored) : HPy_NULL;
}
static int computed_set(HPyContext *ctx, HPy self, HPy value, void *closure)
{
    /* A null value means deletion. */
    HPyGlobal_Store(ctx, &stored, HPy_IsNull(value) ? ctx->h_Ellipsis : value);
    return 0;
}
HPyDef_GET(readable, "readable")
static HPy readable_get(HPyContext *ctx, HPy self, void *closure)
{
    HPyErr_SetString(ctx, ctx->h_KeyError, "from the getter");
    return HPy_NULL;
}
HPyDef_SET(writable, "writable")
static int writable_set(HPyContext *ctx, HPy self, HPy value, void *closure) { return 0; }

static const char *names[] = {"one", "two"};
HPyDef_GETSET(closed_one, "closed_one", .closure = &names[0])
HPyDef_GETSET(closed_two, "closed_two", .closure = &names[1])
"""
    + "".join(
        f"""
static HPy closed_{name}_get(HPyContext *ctx, HPy self, void *closure)
{{
    return HPyUnicode_FromString(ctx, *(const char **)closure);
}}
static int closed_{name}_set(HPyContext *ctx, HPy self, HPy value, void *closure)
{{
    HPyErr_SetString(ctx, ctx->h_ValueError, *(const char **)closure);
    return -1;
}}
"""
        for name in ("one", "two")
    )
)

AS_DATA = (
    "".join(
        f"typedef Data {shape}Data;\nHPyType_HELPERS({shape}Data, HPyType_BuiltinShape_{shape})\n"
        for shape in SHAPES
    )
    + """
static Data *as_data(HPyContext *ctx, HPy h)
{
    HPy type = HPy_Type(ctx, h);
    HPyType_BuiltinShape shape = _HPyType_GetBuiltinShape(ctx, type);
    HPy_Close(ctx, type);
    switch (shape) {
"""
    + "".join(
        f"    case HPyType_BuiltinShape_{shape}: return {shape}Data_AsStruct(ctx, h);\n" for shape in SHAPES
    )
    + """
    default: return NULL;
    }
}

/* Only C code can write strings. Marks what lies between the members, to see that nothing else is written. */
static int prepare(Data *data)
{
    data->a_string = "A text: \\303\\244";
    for (int i = 0; i < 8; i++)
        data->an_inplace[i] = "inplace"[i];
"""
    + "".join(f"    data->after_{name} = 77;\n" for name in MEMBERS)
    + "    return 0;\n}\nstatic int is_intact(Data *data)\n{\n    return 1"
    + "".join(f" && data->after_{name} == 77" for name in MEMBERS)
    + ";\n}\n"
)

DEFINES = [*MEMBERS, *(f"readonly_{name}" for name in MEMBERS), "traverse"]
GETSETS = ["computed", "readable", "writable", "closed_one", "closed_two"]

mod = module_fixture(
    STRUCT
    + DEFINITIONS
    + AS_DATA
    + "".join(
        type_spec(
            shape,
            *DEFINES,
            *GETSETS,
            basicsize="sizeof(Data)",
            builtin_shape=f"SHAPE({shape}Data)",
            flags="HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_GC",
        )
        for shape in SHAPES
    )
    + maker(*SHAPES)
    + function("prepare", 1, "prepare(as_data(ctx, a))", "status")
    + function("is_intact", 1, "is_intact(as_data(ctx, a))", "status"),
    methods=["make", "method_prepare", "method_is_intact"],
    globals=["stored"],
)


# In HPy 0.9 only one type can be made of these definitions, which are adjusted for it.
@pytest.fixture(
    params=[
        "Object",
        *(pytest.param(shape, marks=pytest.mark.fixed_defect) for shape in SHAPES if shape != "Object"),
    ]
)
def shape(request):
    return request.param


@pytest.fixture(scope="module")
def plain_class(mod):
    return mod.make("Object")


@pytest.fixture
def make_instance(mod, shape, plain_class):
    """`make_instance(cls)`, where `cls` defaults to a type of that shape."""
    base, instantiate = SHAPES[shape]

    def make(cls=None):
        instance = instantiate(cls or (plain_class if shape == "Object" else mod.make(shape, BASE, base)))
        mod.prepare(instance)
        return instance

    return make


@pytest.fixture
def instance(mod, make_instance):
    """An instance of a type of each shape; checks that only members were written to."""
    instance = make_instance()
    yield instance
    assert mod.is_intact(instance)


INTEGERS = {
    "a_byte": 1,
    "a_short": 2,
    "an_int": 4,
    "a_long": None,
    "a_longlong": 8,
    "an_ssize": None,
}
UNSIGNED = {"an_ubyte": 1, "an_ushort": 2, "an_uint": 4, "an_ulong": None, "an_ulonglong": 8}
FLOATS = ["a_float", "a_double"]
NUMBERS = [*INTEGERS, *UNSIGNED, *FLOATS]
WIDE = ["a_long", "an_ulong", "a_longlong", "an_ulonglong", "an_ssize"]


def test_struct_is_zeroed(make_instance):
    instance = make_instance()
    assert [getattr(instance, name) for name in NUMBERS] == [0] * len(NUMBERS)
    assert (instance.a_bool, instance.a_char) == (False, "\0")
    assert (instance.an_object, instance.a_none) == (None, None)
    assert not hasattr(instance, "an_object_ex")


# Numbers


@pytest.mark.smoke
@pytest.mark.parametrize("name", INTEGERS)
def test_signed_integer(instance, name):
    size = INTEGERS[name] or 4  # at least
    for value in (1, -1, 2 ** (8 * size - 1) - 1, -(2 ** (8 * size - 1))):
        setattr(instance, name, value)
        assert getattr(instance, name) == getattr(instance, f"readonly_{name}") == value


@pytest.mark.parametrize("name", UNSIGNED)
def test_unsigned_integer(instance, name):
    size = UNSIGNED[name] or 4
    for value in (0, 1, 2 ** (8 * size) - 1):
        setattr(instance, name, value)
        assert getattr(instance, name) == getattr(instance, f"readonly_{name}") == value


@pytest.mark.parametrize("name", FLOATS)
def test_float(instance, name):
    for value in (0.0, 1.5, -0.25, 3):
        setattr(instance, name, value)
        assert getattr(instance, name) == value and type(getattr(instance, name)) is float
    setattr(instance, name, 0.1)
    assert getattr(instance, name) == pytest.approx(0.1, rel=1e-7 if name == "a_float" else 0)


@pytest.mark.parametrize(
    "name, value, stored", [("a_byte", 200, -56), ("a_short", 40000, -25536), ("an_ubyte", 300, 44)]
)
def test_truncation_warns(instance, name, value, stored):
    with pytest.warns(RuntimeWarning, match="Truncation of value to"):
        setattr(instance, name, value)
    assert getattr(instance, name) == stored


def test_negative_value_for_an_unsigned_member_warns(instance):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        instance.an_uint = -1
    # CPython 3.9 warns of truncation too.
    assert str(caught[0].message) == "Writing negative value into unsigned field"
    assert instance.an_uint == 2**32 - 1


@pytest.mark.parametrize("name", NUMBERS)
def test_number_of_the_wrong_type(instance, name):
    with pytest.raises(TypeError):
        setattr(instance, name, "text")
    # CPython writes -1 into some types before it raises.
    assert getattr(instance, name) in (0, -1, 2**32 - 1, 2**64 - 1)


@pytest.mark.parametrize("name", [*INTEGERS, "an_ulong", "an_ulonglong"])
def test_number_too_big(instance, name):
    with pytest.raises(OverflowError):
        setattr(instance, name, 2**100)


@pytest.mark.parametrize("name", [*NUMBERS, "a_bool", "a_char"])
def test_number_cannot_be_deleted(instance, name):
    with pytest.raises(TypeError, match="^can't delete numeric/char attribute$"):
        delattr(instance, name)


def test_bool(instance):
    instance.a_bool = True
    assert instance.a_bool is True and instance.readonly_a_bool is True
    with pytest.raises(TypeError, match="^attribute value type must be bool$"):
        instance.a_bool = 1
    instance.a_bool = False
    assert instance.a_bool is False


# Text


def test_char(instance):
    instance.a_char = "x"
    assert instance.a_char == instance.readonly_a_char == "x"
    for wrong in ("", "xy", 3, b"x"):
        with pytest.raises(TypeError, match="^bad argument type for built-in operation$"):
            instance.a_char = wrong
    assert instance.a_char == "x"


@pytest.mark.parametrize("name, text", [("a_string", "A text: ä"), ("an_inplace", "inplace")])
def test_string_is_readonly(instance, name, text):
    assert getattr(instance, name) == getattr(instance, f"readonly_{name}") == text
    with pytest.raises(TypeError, match="^readonly attribute$"):
        setattr(instance, name, "other")
    with pytest.raises(TypeError, match="^can't delete numeric/char attribute$"):
        delattr(instance, name)


def test_string_that_is_null(plain_class):
    instance = plain_class()
    assert (instance.a_string, instance.an_inplace) == (None, "")


def test_none(instance):
    assert instance.a_none is None and instance.readonly_a_none is None
    with pytest.raises(SystemError, match="^bad memberdescr type for a_none$"):
        instance.a_none = 1


# Objects


@pytest.mark.smoke
def test_object(instance):
    for value in ([1], "text", instance, None):
        instance.an_object = value
        assert instance.an_object is value and instance.readonly_an_object is value
    instance.an_object = 1
    for _ in range(2):  # again: there is nothing then, which is no error
        del instance.an_object
        assert instance.an_object is None


@pytest.mark.smoke
def test_object_ex(instance, shape):
    # Older CPython says only the name.
    text = re.escape(f"'mod.{shape}' object has no attribute 'an_object_ex'") + "|an_object_ex"
    with pytest.raises(AttributeError, match=f"^({text})$"):
        instance.an_object_ex  # noqa: B018
    for value in ([1], "text", None):
        instance.an_object_ex = value
        assert instance.an_object_ex is value and instance.readonly_an_object_ex is value
    del instance.an_object_ex
    assert not hasattr(instance, "an_object_ex")
    with pytest.raises(AttributeError):
        instance.readonly_an_object_ex  # noqa: B018


@pytest.mark.fixed_defect
def test_object_ex_that_is_null_cannot_be_deleted(instance):
    """As with other attributes that are not there."""
    instance.an_object_ex = 1
    del instance.an_object_ex
    with pytest.raises(AttributeError, match="^an_object_ex$"):
        del instance.an_object_ex


def test_references_of_objects(instance):
    class Item:
        pass

    for name in ("an_object", "an_object_ex"):
        first, second = Item(), Item()
        references = weakref.ref(first), weakref.ref(second)
        setattr(instance, name, first)
        del first
        assert references[0]() is getattr(instance, name)
        setattr(instance, name, second)
        del second
        assert references[0]() is None
        assert references[1]() is getattr(instance, name)
        delattr(instance, name)
        assert references[1]() is None


def test_cycle_through_members_is_collected(make_instance):
    class Item:
        pass

    def make():
        instance = make_instance()
        instance.an_object, instance.an_object_ex = instance, Item()
        return weakref.ref(instance.an_object_ex)

    reference = make()
    gc.collect()
    assert reference() is None


# All types of members


@pytest.mark.parametrize("name", NAMES)
def test_readonly(instance, name):
    for change in (
        lambda: setattr(instance, f"readonly_{name}", 1),
        lambda: delattr(instance, f"readonly_{name}"),
    ):
        with pytest.raises(AttributeError, match=r"^readonly attribute$|is not writable$"):
            change()


def test_doc(instance):
    cls = type(instance)
    for name in NAMES:
        assert getattr(cls, name).__doc__ == f"The {name}."
        assert getattr(cls, f"readonly_{name}").__doc__ is None
        assert getattr(cls, name).__name__ == name


@pytest.mark.fixed_defect
def test_members_of_python_subclasses(mod, make_instance):
    class Sub(type(make_instance())):
        pass

    instance = make_instance(Sub)
    instance.an_int, instance.a_double, instance.an_object = 1, 2.5, [3]
    instance.attribute = 4
    assert (instance.an_int, instance.a_double, instance.an_object, instance.attribute) == (1, 2.5, [3], 4)
    assert mod.is_intact(instance)


def test_members_belong_to_instances_of_the_type(plain_class):
    cls = plain_class
    for wrong in (object(), 1, cls):
        with pytest.raises(TypeError, match="an_int"):
            cls.an_int.__get__(wrong)
        with pytest.raises(TypeError, match="an_int"):
            cls.an_int.__set__(wrong, 1)


@pytest.mark.fixed_defect
def test_definitions_of_object_members_serve_several_types(mod, shape):
    """The offset in the extension's own definition was moved each time."""
    base, instantiate = SHAPES[shape]
    instances = [instantiate(mod.make(shape, BASE, base)) for _ in range(3)]
    for number, instance in enumerate(instances):
        mod.prepare(instance)
        instance.an_object, instance.an_object_ex = number, str(number)
    for number, instance in enumerate(instances):
        assert (instance.an_object, instance.an_object_ex) == (number, str(number))
        assert mod.is_intact(instance)


# Computed attributes


@pytest.mark.smoke
def test_computed_attribute(instance):
    instance.computed = value = object()
    assert instance.computed is value
    del instance.computed
    assert instance.computed is ...
    assert type(instance).computed.__doc__ == "The stored object."


def test_exception_of_a_getter_or_setter(instance):
    with pytest.raises(KeyError, match="from the getter"):
        instance.readable  # noqa: B018
    with pytest.raises(ValueError, match="^one$"):
        instance.closed_one = 1


def test_attribute_without_setter(plain_class):
    instance = plain_class()
    text = "attribute 'readable' of 'mod.Object' objects is not writable"
    with pytest.raises(AttributeError, match=f"^{re.escape(text)}$"):
        instance.readable = 1
    with pytest.raises(AttributeError, match=f"^{re.escape(text)}$"):
        del instance.readable


def test_attribute_without_getter(plain_class):
    instance = plain_class()
    instance.writable = 1
    del instance.writable
    with pytest.raises(
        AttributeError, match="^attribute 'writable' of 'mod.Object' objects is not readable$"
    ):
        instance.writable  # noqa: B018


def check_closures(instance):
    assert (instance.closed_one, instance.closed_two) == ("one", "two")
    for name in ("one", "two"):
        with pytest.raises(ValueError, match=f"^{name}$"):
            setattr(instance, f"closed_{name}", 1)
        with pytest.raises(ValueError, match=f"^{name}$"):
            delattr(instance, f"closed_{name}")


def test_closures(instance):
    check_closures(instance)


@pytest.mark.fixed_defect("headers")
def test_closures_tell_attributes_with_the_same_functions_apart(make_module):
    """The functions could be named in one definition only."""
    mod = make_module(
        """
HPyFunc_DECLARE(closed_get, HPyFunc_GETTER);
HPyFunc_DECLARE(closed_set, HPyFunc_SETTER);
static const char *names[] = {"one", "two"};
HPyDef_GETSET_IMPL(closed_one, "closed_one", closed_get, closed_set, .closure = &names[0])
HPyDef_GETSET_IMPL(closed_two, "closed_two", closed_get, closed_set, .closure = &names[1])
static HPy closed_get(HPyContext *ctx, HPy self, void *closure)
{
    return HPyUnicode_FromString(ctx, *(const char **)closure);
}
static int closed_set(HPyContext *ctx, HPy self, HPy value, void *closure)
{
    HPyErr_SetString(ctx, ctx->h_ValueError, *(const char **)closure);
    return -1;
}
"""
        + type_spec("Closed", "closed_one", "closed_two"),
        types=["Closed"],
    )
    check_closures(mod.Closed())
