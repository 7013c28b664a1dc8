"""Built-in shapes: where the struct of a type lies, which bases it fits, and Python subclasses."""

import pytest
from support import c_text, module_fixture, unary, varargs

SHAPES = {
    "Object": "BaseObject",
    "Long": "Long",
    "Float": "Float",
    "Unicode": "Unicode",
    "Tuple": "Tuple",
    "List": "List",
}
AFTER_0_9_0 = {"Dict": "Dict"}


def pure_type(name, shape, base="BaseObject"):
    """A type with a struct of two integers, readable and writable through methods and members."""
    return f"""
typedef struct {{ long long first; long long second; }} {name}Struct;
HPyType_HELPERS({name}Struct, HPyType_BuiltinShape_{shape})
HPyDef_METH({name}_fill, "fill", HPyFunc_O)
static HPy {name}_fill_impl(HPyContext *ctx, HPy self, HPy arg)
{{
    {name}Struct *data = {name}Struct_AsStruct(ctx, self);
    data->first = data->second = HPyLong_AsLongLong(ctx, arg);
    return HPyErr_Occurred(ctx) ? HPy_NULL : HPy_Dup(ctx, ctx->h_None);
}}
HPyDef_MEMBER({name}_first, "first", HPyMember_LONGLONG, offsetof({name}Struct, first))
HPyDef_MEMBER({name}_second, "second", HPyMember_LONGLONG, offsetof({name}Struct, second), .readonly = 1)
static HPyDef *{name}_defines[] = {{&{name}_fill, &{name}_first, &{name}_second, NULL}};
static HPyType_Spec {name}_spec = {{
    .name = "mod.{name}", .basicsize = sizeof({name}Struct), .builtin_shape = SHAPE({name}Struct),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE, .defines = {name}_defines,
}};
static HPyType_SpecParam {name}_params[2]; /* filled when the module is executed */
"""


def module_of(shapes):
    return module_fixture(
        "".join(pure_type(shape, shape) for shape in shapes)
        + varargs(
            "new",
            """
    void *data;
    if (nargs != 1) return HPy_NULL;
    HPy result = HPy_New(ctx, args[0], &data);
    if (HPy_IsNull(result)) return HPy_NULL;
    for (size_t i = 0; i < 16; i++)
        if (((char *)data)[i] != 0) {
            HPyErr_SetString(ctx, ctx->h_AssertionError, "the struct is not zeroed");
            HPy_Close(ctx, result);
            return HPy_NULL;
        }
    *(long long *)data = 42;
    return result;""",
        )
        + unary("new_only", "    void *data;\n    return HPy_New(ctx, arg, &data);")
        + unary("generic_new", "    return HPyType_GenericNew(ctx, arg, NULL, 0, HPy_NULL);")
        + unary(
            "shape",
            "    int s = _HPyType_GetBuiltinShape(ctx, arg);\n"
            "    return s == -2 ? HPy_NULL : HPyLong_FromLong(ctx, s);",
        ),
        methods=["method_new", "method_new_only", "method_generic_new", "method_shape"],
        exec_code="".join(
            f"    {shape}_params[0].kind = HPyType_SpecParam_Base;\n"
            f"    {shape}_params[0].object = ctx->h_{base}Type;\n"
            f'    if (!HPyHelpers_AddType(ctx, mod, "{shape}", &{shape}_spec, {shape}_params)) return -1;\n'
            for shape, base in shapes.items()
        ),
    )


mod = module_of(SHAPES)
mod_after_0_9_0 = module_of(AFTER_0_9_0)

EMPTY = {"Object": None, "Long": 0, "Float": 0.0, "Unicode": "", "Tuple": (), "List": [], "Dict": {}}
NUMBERS = {"Object": 0, "Long": 2, "Float": 3, "Unicode": 4, "Tuple": 5, "List": 6, "Dict": 7}


@pytest.fixture(
    params=[*SHAPES, *(pytest.param(shape, marks=pytest.mark.after_0_9_0) for shape in AFTER_0_9_0)]
)
def shape(request):
    return request.param


@pytest.fixture
def shape_mod(request, c_toolchain, shape):
    """The module that has a type of this shape."""
    return request.getfixturevalue("mod" if shape in SHAPES else "mod_after_0_9_0")


def check_struct(instance):
    instance.fill(7)
    assert (instance.first, instance.second) == (7, 7)
    instance.first = -1
    assert (instance.first, instance.second) == (-1, 7)
    with pytest.raises(AttributeError):
        instance.second = 1


@pytest.mark.smoke
@pytest.mark.fixed_defect
def test_new_makes_an_empty_built_in_part_and_a_zeroed_struct(shape_mod, shape):
    instance = shape_mod.new(getattr(shape_mod, shape))
    assert type(instance) is getattr(shape_mod, shape)
    assert instance.first == 42 and instance.second == 0
    if EMPTY[shape] is not None:
        assert instance == EMPTY[shape]
    check_struct(instance)


@pytest.mark.fixed_defect
def test_python_subclass_finds_its_struct(shape_mod, shape):
    class Sub(getattr(shape_mod, shape)):
        pass

    for instance in (Sub(), shape_mod.new(Sub)):
        instance.attribute = "kept"
        check_struct(instance)
        assert instance.attribute == "kept"
    assert shape_mod.new(Sub).first == 42


@pytest.mark.fixed_defect
@pytest.mark.parametrize("value", [0, 1, -1, 2**30, -(2**30), 2**60, 2**100, -(2**1000)])
def test_digits_of_a_long_do_not_overlap_the_struct(mod, value):
    class Sub(mod.Long):
        pass

    for cls in (mod.Long, Sub):
        instance = cls(value)
        check_struct(instance)
        instance.fill(-1)
        assert int(instance) == value and instance + 1 == value + 1


@pytest.mark.fixed_defect
@pytest.mark.parametrize("count", [0, 1, 2, 3, 10, 1000])
def test_items_of_a_tuple_do_not_overlap_the_struct(mod, count):
    class Sub(mod.Tuple):
        pass

    items = tuple(object() for _ in range(count))
    for cls in (mod.Tuple, Sub):
        instance = cls(items)
        check_struct(instance)
        instance.fill(-1)
        assert tuple(instance) == items


@pytest.mark.fixed_defect
def test_built_in_part_of_new_objects_works(mod):
    a_list = mod.new(mod.List)
    a_list.extend(range(100))
    check_struct(a_list)
    assert a_list == list(range(100))
    assert mod.new(mod.Unicode) + "x" == "x"
    assert mod.new(mod.Long) + 1 == 1
    assert mod.new(mod.Float) + 1 == 1.0
    assert hash(mod.new(mod.Tuple)) == hash(())


def test_instances_behave_as_the_built_in(mod):
    assert mod.List("abc") == ["a", "b", "c"]
    assert mod.Unicode("abc") == "abc" and len(mod.Unicode("abc")) == 3
    assert mod.Float(1.5) == 1.5


@pytest.mark.fixed_defect
def test_new_of_a_plain_built_in_gives_a_valid_object(mod):
    for cls in (list, dict, tuple, str, int):
        assert mod.new_only(cls) == cls()
    assert type(mod.new_only(object)) is object


@pytest.mark.fixed_defect
def test_new_refuses_what_it_cannot_initialize(mod):
    with pytest.raises(TypeError, match="HPy_New cannot create a type"):
        mod.new_only(type)
    with pytest.raises(TypeError, match="HPy_New cannot create 'set' instances"):
        mod.new_only(set)


def test_new_of_a_non_type(mod):
    with pytest.raises(TypeError, match="HPy_New arg 1 must be a type"):
        mod.new_only(1)


def test_shape_of_a_type(shape_mod, shape):
    assert shape_mod.shape(getattr(shape_mod, shape)) == NUMBERS[shape]


@pytest.mark.fixed_defect
def test_shape_of_a_python_subclass_is_that_of_its_base(mod):
    class Sub(mod.List):
        pass

    class Plain:
        pass

    assert mod.shape(Sub) == NUMBERS["List"]
    assert mod.shape(int) == mod.shape(Plain) == -1
    with pytest.raises(TypeError, match="arg must be a type"):
        mod.shape(1)


@pytest.mark.fixed_defect
def test_struct_is_found_after_the_type_is_renamed(mod):
    class Sub(mod.Object):
        pass

    Sub.__name__ = "Renamed"
    check_struct(Sub())


@pytest.mark.fixed_defect
def test_python_class_is_not_taken_for_a_type_of_hpy(mod):
    class Plain:
        def __init__(self):
            self.x = 1

    assert mod.shape(Plain) == -1
    assert Plain().x == 1


def test_instances_have_the_size_of_header_and_struct(mod):
    header = object.__basicsize__
    assert mod.Object.__basicsize__ == (header + 15) // 16 * 16 + 16


DERIVED = c_text(__file__)
derive = module_fixture(DERIVED)
OBJECT, TYPE, LONG, FLOAT, UNICODE, TUPLE, LIST, DICT = range(8)


def test_derived_struct_begins_with_that_of_its_base(derive):
    base = derive.make_base()
    instance = derive.make_derived(base)()
    instance.a, instance.b = 1, 2
    assert (instance.a, instance.b) == (1, 2)
    assert isinstance(instance, base)


def test_derived_type_over_a_python_class_over_a_type(derive):
    class Middle(derive.make_base()):
        __slots__ = ()

    instance = derive.make_derived(Middle)()
    instance.a, instance.b = 1, 2
    assert (instance.a, instance.b) == (1, 2)


def test_size_zero_inherits_the_struct(derive):
    base = derive.make_base()
    instance = derive.derive(base, OBJECT, 0)()
    instance.a = 5
    assert instance.a == 5
    assert derive.derive(Exception, OBJECT, 0)("message").args == ("message",)


@pytest.mark.fixed_defect
@pytest.mark.parametrize(
    "base, shape, size",
    [
        (object, LIST, 8),
        (object, LONG, 8),
        (int, TUPLE, 8),
        (str, DICT, 8),
        (object, TYPE, 8),
        (list, UNICODE, 0),
    ],
)
def test_shape_must_fit_the_base(derive, base, shape, size):
    with pytest.raises(TypeError, match="requires the base '.*' or a subclass of it"):
        derive.derive(base, shape, size)


@pytest.mark.fixed_defect
@pytest.mark.parametrize("base", [list, int, Exception, set, bytearray])
def test_object_shape_on_a_base_with_fields_of_its_own(derive, base):
    with pytest.raises(TypeError, match="overlap|too small"):
        derive.derive(base, OBJECT, 8)


@pytest.mark.fixed_defect
def test_struct_smaller_than_that_of_the_base(derive):
    with pytest.raises(TypeError, match="basicsize 4 is smaller than that of its base 'mod.Base'"):
        derive.derive(derive.make_base(), OBJECT, 4)


@pytest.mark.fixed_defect
def test_legacy_struct_smaller_than_the_base(derive):
    with pytest.raises(TypeError, match="basicsize 8 is smaller than that of its base 'object'"):
        derive.derive(object, -1, 8)


@pytest.mark.fixed_defect
def test_shape_differs_from_that_of_a_base_of_hpy(derive):
    a_list = derive.derive(list, LIST, 8)
    with pytest.raises(TypeError, match="must be that of its base 'mod.New'"):
        derive.derive(a_list, OBJECT, 16)


@pytest.mark.fixed_defect
def test_negative_size(derive):
    with pytest.raises(TypeError, match="must not be negative"):
        derive.derive(object, OBJECT, -8)


@pytest.mark.fixed_defect
def test_struct_would_overlap_the_slots_of_a_python_class(derive):
    class Middle(derive.make_base()):
        __slots__ = ("slot",)

    with pytest.raises(TypeError, match="give that base an empty"):
        derive.make_derived(Middle)


def test_legacy_type_on_a_pure_one(derive):
    with pytest.raises(
        TypeError, match="A legacy type should not inherit its memory layout from a pure type"
    ):
        derive.derive(derive.make_base(), -1, 64)


def test_unknown_shape(derive):
    for shape in (-2, 8, 1000):
        with pytest.raises(ValueError, match=f"invalid shape: {shape}"):
            derive.derive(object, shape, 8)


@pytest.mark.after_0_9_0
def test_dict_shape_follows_the_dict(derive):
    cls = derive.derive(dict, DICT, 8)
    instance = cls(a=1)
    instance["b"] = 2
    assert instance == {"a": 1, "b": 2} and cls.__basicsize__ > dict.__basicsize__


@pytest.mark.fixed_defect
@pytest.mark.abis("universal", "hybrid")  # in the cpython ABI an extension knows only the types it made
@pytest.mark.parametrize("base", [ValueError, OSError, set, bytearray, float])
def test_new_on_a_base_that_must_initialize_its_part(mod, derive, base):
    """Zeroed memory is no exception, and no set."""
    cls = derive.derive(base, OBJECT, 0)

    class Sub(cls):
        pass

    for kind in (cls, Sub, derive.derive(Sub, OBJECT, 0)):
        for instance in (mod.new_only(kind), mod.generic_new(kind)):
            assert type(instance) is kind
            assert kind.__name__ in repr(instance) or base is float
            assert getattr(instance, "args", ()) == () and bool(instance) == bool(base())


@pytest.mark.fixed_defect
def test_size_that_does_not_fit_with_the_header(derive):
    with pytest.raises(TypeError, match="basicsize [0-9]+ is too large"):
        derive.derive(object, OBJECT, 2**31 - 1)
