"""What can be asked of any type, making instances, and reaching their struct.

More on types is in the files `test_types_*`, each named after its part.
"""

import abc
import collections
import gc
import sys
import types

import pytest
from support import NULL, function, module_fixture
from support.specs import BASE, maker, type_spec

mod = module_fixture(
    """
typedef struct { HPyField field; long long number; } Data;
HPyType_HELPERS(Data)
typedef struct { Data base; long long more; } DerivedData;

HPyDef_MEMBER(number, "number", HPyMember_LONGLONG, offsetof(Data, number))
HPyDef_SLOT(traverse, HPy_tp_traverse)
static int traverse_impl(void *data, HPyFunc_visitproc visit, void *arg)
{
    HPy_VISIT(&((Data *)data)->field);
    return 0;
}
HPyDef_SLOT(init, HPy_tp_init)
static int init_impl(HPyContext *ctx, HPy self, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    Data_AsStruct(ctx, self)->number = 100 + nargs;
    return 0;
}

static int data_is_zeroed(void *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (((char *)data)[i] != 0)
            return 0;
    return 1;
}

/* (object, whether its struct is zeroed and where AsStruct finds it) */
HPyDef_METH(new, "new", HPyFunc_O)
static HPy new_impl(HPyContext *ctx, HPy self, HPy type)
{
    Data *data = NULL;
    HPy object = HPy_New(ctx, type, &data);
    if (HPy_IsNull(object))
        return HPy_NULL;
    int is_right = data == Data_AsStruct(ctx, object) && data_is_zeroed(data, sizeof(Data));
    HPy result = HPy_BuildValue(ctx, "(Oi)", object, is_right);
    HPy_Close(ctx, object);
    return result;
}

HPyDef_METH(new_fails, "new_fails", HPyFunc_O)
static HPy new_fails_impl(HPyContext *ctx, HPy self, HPy type)
{
    void *data;
    return HPy_New(ctx, type, &data);
}

HPyDef_METH(new_leaves_pointer, "new_leaves_pointer", HPyFunc_O)
static HPy new_leaves_pointer_impl(HPyContext *ctx, HPy self, HPy type)
{
    void *untouched = &untouched, *data = untouched;
    HPy object = HPy_New(ctx, type, &data);
    if (!HPy_IsNull(object))
        return object;
    HPyErr_Clear(ctx);
    return HPyBool_FromBool(ctx, data == untouched);
}
"""
    + type_spec("Plain", "number", "init", basicsize="sizeof(Data)", builtin_shape="SHAPE(Data)")
    + type_spec(
        "Container",
        "number",
        "traverse",
        basicsize="sizeof(Data)",
        flags="HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_GC",
    )
    + type_spec("Final", basicsize="sizeof(Data)", flags="HPy_TPFLAGS_DEFAULT")
    + type_spec("Derived", basicsize="sizeof(DerivedData)")
    + type_spec("Unicode", name='"mod.Tÿpe"', basicsize="sizeof(Data)")
    + maker("Plain", "Container", "Final", "Derived", "Unicode")
    + function("name", 1, "HPyType_GetName(ctx, a)", "string")
    + function("is_subtype", 2, "HPyType_IsSubtype(ctx, a, b)", "status")
    + function("type_check", 2, "HPy_TypeCheck(ctx, a, b)", "status")
    + function("generic_new", 1, "HPyType_GenericNew(ctx, a, NULL, 0, HPy_NULL)")
    + function("generic_new_with", 3, "HPyType_GenericNew(ctx, a, &b, 1, c)")
    + function("as_struct_of_null", 0, "Data_AsStruct(ctx, HPy_NULL) == NULL", "status"),
    methods=[
        *"make new new_fails new_leaves_pointer".split(),
        *(
            f"method_{name}"
            for name in "name is_subtype type_check generic_new generic_new_with as_struct_of_null".split()
        ),
    ],
)


# Names


@pytest.mark.smoke
def test_name(mod):
    class Inner:
        pass

    for cls in (
        int,
        list,
        type,
        Inner,
        abc.ABC,
        collections.OrderedDict,
        collections.deque,
        types.FunctionType,
    ):
        assert mod.name(cls).decode() == cls.__name__
    assert mod.name(mod.make("Plain")) == b"Plain"
    assert mod.name(mod.make("Unicode")).decode() == "Tÿpe"


def test_name_follows_the_type(mod):
    cls = mod.make("Plain")
    cls.__name__ = "Renämed"
    assert mod.name(cls).decode() == "Renämed"


@pytest.mark.fixed_defect
def test_name_of_what_is_no_type(mod):
    for wrong in (1, "text", NULL):
        with pytest.raises(TypeError, match="HPyType_GetName arg must be a type"):
            mod.name(wrong)


def test_name_that_is_not_utf8(mod):
    with pytest.raises(UnicodeEncodeError):
        mod.name(type("\ud800", (), {}))


# Subtypes


@pytest.mark.smoke
def test_is_subtype(mod):
    base = mod.make("Plain")
    derived = mod.make("Derived", BASE, base)

    class Sub(derived):
        pass

    for sub in (base, derived, Sub):
        assert mod.is_subtype(sub, base) == mod.is_subtype(sub, object) == mod.is_subtype(sub, sub) == 1
    assert mod.is_subtype(base, derived) == mod.is_subtype(derived, Sub) == 0
    assert mod.is_subtype(mod.make("Plain"), base) == 0
    assert mod.is_subtype(bool, int) == 1
    assert mod.is_subtype(int, str) == 0


def test_is_subtype_does_not_ask_the_classes(mod):
    class Abstract(metaclass=abc.ABCMeta):
        @abc.abstractmethod
        def method(self): ...

        @classmethod
        def __subclasshook__(cls, other):
            raise AssertionError("called")

    assert mod.is_subtype(int, Abstract) == 0
    assert mod.is_subtype(Abstract, Abstract) == 1


@pytest.mark.fixed_defect
def test_is_subtype_of_what_is_no_type(mod):
    with pytest.raises(TypeError, match="HPyType_IsSubtype arg 1 must be a type"):
        mod.is_subtype(1, int)
    with pytest.raises(TypeError, match="HPyType_IsSubtype arg 2 must be a type"):
        mod.is_subtype(int, 1)


def test_type_check_of_instances(mod):
    base = mod.make("Plain")
    derived = mod.make("Derived", BASE, base)
    assert mod.type_check(derived(), base) == mod.type_check(base(), base) == 1
    assert mod.type_check(base(), derived) == mod.type_check(1, base) == 0


# Instances


@pytest.mark.smoke
@pytest.mark.parametrize("name", ["Plain", "Container", "Final", "Derived"])
def test_new(mod, name):
    cls = mod.make(name)
    for _ in range(20):  # memory that was in use before
        instance, is_zeroed = mod.new(cls)
        assert type(instance) is cls and is_zeroed
        if name in ("Plain", "Container"):
            instance.number = -1


@pytest.mark.fixed_defect
@pytest.mark.parametrize("name", ["Plain", "Container", "Derived"])
def test_new_of_a_python_subclass(mod, name):
    """The data pointer was that of the object header."""

    class Sub(mod.make(name)):
        def __init__(self):
            raise AssertionError("not called")

    for _ in range(20):
        instance, is_zeroed = mod.new(Sub)
        assert type(instance) is Sub and is_zeroed
        instance.attribute = 1


def test_init_is_left_to_calls_of_the_type(mod):
    cls = mod.make("Plain")
    assert cls(1, 2).number == 102
    assert mod.new(cls)[0].number == mod.generic_new(cls).number == 0


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="asks the garbage collector of CPython")
def test_instances_are_tracked_when_their_type_says_so(mod):
    plain, container = mod.make("Plain"), mod.make("Container")
    for make in (lambda cls: mod.new(cls)[0], mod.generic_new, lambda cls: cls()):
        assert gc.is_tracked(make(container))
        assert not gc.is_tracked(make(plain))


def test_new_that_fails(mod):
    for wrong in (1, "text", None, mod.make("Plain")()):
        with pytest.raises(TypeError, match="^HPy_New arg 1 must be a type$"):
            mod.new_fails(wrong)


@pytest.mark.fixed_defect("headers")
def test_new_that_fails_leaves_the_pointer(mod):
    for wrong in (1, None, mod.make("Plain")()):
        assert mod.new_leaves_pointer(wrong) is True


@pytest.mark.fixed_defect
def test_new_of_what_must_be_initialized_fails(mod):
    for cls in (type, set, types.ModuleType):
        with pytest.raises(TypeError, match="^HPy_New cannot create "):
            mod.new_fails(cls)


@pytest.mark.smoke
def test_generic_new(mod):
    cls = mod.make("Plain")
    instance = mod.generic_new(cls)
    assert type(instance) is cls and instance.number == 0
    assert type(mod.generic_new(object)) is object


def test_generic_new_ignores_arguments(mod):
    cls = mod.make("Final")
    assert type(mod.generic_new_with(cls, 1, {"a": 2})) is cls
    assert type(mod.generic_new_with(cls, 1, NULL)) is cls


@pytest.mark.fixed_defect
def test_generic_new_of_built_in_types(mod):
    for cls in (int, str, tuple, list, dict):
        assert mod.generic_new(cls) == cls()
        assert mod.generic_new(type("Sub", (cls,), {})) == cls()


def test_generic_new_of_what_is_no_type(mod):
    for wrong in (1, "text", None):
        # The name is not quite that of the function.
        with pytest.raises(TypeError, match="^HPy_Type_GenericNew arg 1 must be a type$"):
            mod.generic_new(wrong)


@pytest.mark.fixed_defect
def test_null_is_no_type(mod):
    for make in (mod.generic_new, mod.name):
        with pytest.raises(TypeError, match="must be a type"):
            make(NULL)


def test_instances_release_their_type(mod):
    cls = mod.make("Plain")
    before = sys.getrefcount(cls)
    instances = [make(cls) for make in (cls, mod.new, mod.generic_new)]
    assert sys.getrefcount(cls) > before
    del instances
    gc.collect()
    assert sys.getrefcount(cls) == before


# Structs


@pytest.mark.fixed_defect
def test_struct_of_null(mod):
    assert mod.as_struct_of_null() == 1
