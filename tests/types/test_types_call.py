"""The call protocol: `HPy_tp_call`, call functions of single objects, and how both are inherited."""

import copy
import gc
import sys
import weakref

import pytest
from support import c_text, function, module_fixture, unary, varargs
from support.specs import BASE, maker, type_spec

SOURCE = c_text(__file__)

SPECS = {
    "Plain": (["call", "number"], "Data", {}),
    "WithoutStruct": (["call"], None, {}),
    "Made": (["call", "number", "new"], "Data", {}),
    "GenericMade": (["call", "number", "generic_new"], "Data", {}),
    "Counting": (["count_call"], None, {}),
    "Raising": (["raising_call"], None, {}),
    "Derived": (["number"], "Data", {}),
    "DerivedWithoutStruct": ([], None, {}),
    "DerivedCall": (["derived_call"], None, {}),
    "Big": (["more_first", "more_last"], "BigData", {}),
    "BigCall": (["more_first", "more_last", "derived_call"], "BigData", {}),
    "BigMade": (["more_first", "more_last", "new"], "BigData", {}),
    "Own": (["offset", "number", "new"], "OwnData", {}),
    "WrongOwn": (["wrong_offset", "number"], "OwnData", {}),
    "Silent": (["number", "new"], "Data", {}),
    "List": (["call"], "Data", {"builtin_shape": "HPyType_BuiltinShape_List"}),
    "Tuple": (["call", "number"], "Data", {"builtin_shape": "HPyType_BuiltinShape_Tuple"}),
    "Long": (["call", "number"], "Data", {"builtin_shape": "HPyType_BuiltinShape_Long"}),
}

EXTENSION = (
    SOURCE
    + "".join(
        type_spec(name, *defines, basicsize=f"sizeof({struct})" if struct else "0", **fields)
        for name, (defines, struct, fields) in SPECS.items()
    )
    + maker(*SPECS)
    + function("set_special", 1, "HPy_SetCallFunction(ctx, a, &special)", "status")
    + function("set_other", 1, "HPy_SetCallFunction(ctx, a, &other)", "status")
    + function("set_null", 1, "HPy_SetCallFunction(ctx, a, NULL)", "status")
    + unary("new", "    void *data;\n    return HPy_New(ctx, arg, &data);")
    + function("generic_new", 1, "HPyType_GenericNew(ctx, a, NULL, 0, HPy_NULL)")
    + varargs("call_all", "    return HPy_Call(ctx, args[0], args + 1, nargs - 1, HPy_NULL);")
)
METHODS = [
    "make",
    *(f"method_{name}" for name in "set_special set_other set_null new generic_new call_all".split()),
]

mod = module_fixture(EXTENSION, methods=METHODS)


def check_calls(callable, name="type"):
    assert callable() == (name, callable, (), None, ())
    assert callable(1, "b") == (name, callable, (1, "b"), None, ())
    assert callable(1, x=2, y=3) == (name, callable, (1,), ("x", "y"), (2, 3))
    assert callable(*[1, 2], **{"x": 3}) == (name, callable, (1, 2), ("x",), (3,))
    assert callable(*(), **{})[:3] == (name, callable, ())
    assert callable.__call__(1, x=2) == (name, callable, (1,), ("x",), (2,))


@pytest.mark.smoke
def test_call(mod):
    check_calls(mod.make("Plain")())


def test_call_of_a_type_without_a_struct(mod):
    check_calls(mod.make("WithoutStruct")())


def test_call_through_the_api(mod):
    instance = mod.make("Plain")()
    assert mod.call_all(instance, 1, 2) == ("type", instance, (1, 2), None, ())


def test_call_as_a_callback(mod):
    instance = mod.make("Plain")()
    assert list(map(instance, [1, 2])) == [("type", instance, (n,), None, ()) for n in (1, 2)]
    assert sorted([3, 1, 2], key=mod.make("Counting")()) == [3, 1, 2]


def test_call_as_a_method(mod):
    """Callable objects are no functions: they do not bind."""

    class Owner:
        attribute = mod.make("Plain")()

    assert Owner().attribute(1) == ("type", Owner.attribute, (1,), None, ())


def test_exception_of_a_call(mod):
    with pytest.raises(ValueError, match="from the call"):
        mod.make("Raising")()(1)


def test_objects_are_callable(mod):
    assert callable(mod.make("Plain")())
    assert not callable(mod.make("Silent")())


@pytest.mark.fixed_defect("runtime", "headers")
def test_call_with_millions_of_arguments(run_in_subprocess):
    """The array of arguments was copied to the stack.

    In a process of its own: debug mode looks through all handles that there ever were at the same time.
    """
    code = """
arguments = (None,) * 3_000_000
print(mod.make("Counting")()(*arguments))
print(mod.call_all(mod.make("Counting")(), *arguments))
"""
    result = run_in_subprocess(code, EXTENSION, methods=METHODS)
    assert (result.returncode, result.stdout) == (0, "3000000\n3000000\n"), result.stderr


def test_struct_and_call_field_do_not_overlap(mod):
    for cls in (mod.make("Plain"), mod.make("Made")):
        instance = cls()
        instance.number = -1
        check_calls(instance)
        assert instance.number == -1


# Making callable objects


@pytest.mark.fixed_defect
@pytest.mark.parametrize("name", ["Plain", "WithoutStruct", "Made", "GenericMade"])
def test_objects_made_in_any_way_are_callable(mod, name):
    """`HPyType_GenericNew` did not store the call function."""
    cls = mod.make(name)

    class Sub(cls):
        pass

    for kind in (cls, Sub):
        for instance in (
            kind(),
            mod.new(kind),
            mod.generic_new(kind),
            object.__new__(kind) if name == "Plain" else kind(),
        ):
            assert type(instance) is kind
            check_calls(instance)


# Call functions of single objects


@pytest.mark.smoke
@pytest.mark.parametrize("name", ["Made", "GenericMade"])
def test_call_function_of_an_object(mod, name):
    cls = mod.make(name)
    special, plain = cls("special"), cls()
    check_calls(special, "special")
    if name == "Made":
        check_calls(plain)
    assert mod.set_other(special) == 0
    check_calls(special, "other")


@pytest.mark.fixed_defect
@pytest.mark.parametrize("name", ["Made", "GenericMade", "Plain"])
def test_call_function_of_an_object_of_a_python_subclass(mod, name):
    """Only objects of the very type could have one."""

    class Sub(mod.make(name)):
        pass

    special, plain = mod.new(Sub), mod.new(Sub)
    assert mod.set_special(special) == 0
    check_calls(special, "special")
    check_calls(plain)


def test_set_call_function_of_an_object_that_is_not_callable(mod):
    for wrong, name in [(object(), "object"), (mod.make("Silent")(), "mod.Silent")]:
        # The quote is not closed.
        with pytest.raises(TypeError, match=f"^type '{name} does not implement the HPy call protocol$"):
            mod.set_special(wrong)


@pytest.mark.fixed_defect
def test_set_call_function_of_an_object_that_hpy_did_not_make(mod):
    """The vectorcall functions of CPython's own objects were overwritten."""
    for wrong in (len, lambda: 0, print):
        with pytest.raises(TypeError, match="does not implement the HPy call protocol"):
            mod.set_special(wrong)
    assert len([1]) == 1


@pytest.mark.fixed_defect
def test_set_call_function_to_null(mod):
    with pytest.raises(SystemError, match="NULL HPyCallFunction passed to HPy_SetCallFunction"):
        mod.set_null(mod.make("Made")())


# A field of the extension's own


def test_own_field_for_the_call_function(mod):
    special = mod.make("Own")("special")
    special.number = -1
    check_calls(special, "special")
    assert special.number == -1


def test_own_field_that_is_not_set(mod):
    with pytest.raises(TypeError, match="^'mod.Own' object does not support vectorcall$"):
        mod.make("Own")()(1)


@pytest.mark.fixed_defect
def test_own_field_in_subclasses(mod):
    base = mod.make("Own")

    class Sub(base):
        pass

    check_calls(Sub("special"), "special")
    check_calls(mod.make("DerivedWithoutStruct", BASE, base)("special"), "special")
    with pytest.raises(TypeError, match="object does not support vectorcall"):
        Sub()(1)


@pytest.mark.fixed_defect
def test_own_field_must_be_readonly(mod):
    with pytest.raises((TypeError, SystemError), match="readonly"):
        mod.make("WrongOwn")


def test_offset_is_in_the_type(mod):
    for name in ("Plain", "Own"):
        cls = mod.make(name)
        assert type(cls.__dict__["__vectorcalloffset__"]).__name__ == "member_descriptor"


# Inheritance


@pytest.mark.fixed_defect
@pytest.mark.parametrize("name", ["Plain", "WithoutStruct", "Made", "GenericMade"])
def test_python_subclass_is_callable(mod, name):
    """Making an instance recursed until the stack was used up."""

    class Sub(mod.make(name)):
        pass

    class SubSub(Sub):
        __slots__ = ()

        def __init__(self, *args):
            self.attribute = "kept"

    for cls in (Sub, SubSub):
        check_calls(cls())
    assert SubSub().attribute == "kept"


@pytest.mark.fixed_defect
def test_python_subclass_overrides_the_call(mod):
    class Sub(mod.make("Made")):
        def __call__(self, *args):
            return ("overridden", *super().__call__(*args))

    instance = Sub()
    assert instance(1) == ("overridden", "type", instance, (1,), None, ())


@pytest.mark.fixed_defect
def test_python_subclass_with_a_call_set_later(mod):
    cls = mod.make("Made")

    class Sub(cls):
        pass

    instance = Sub()
    instance(1)
    Sub.__call__ = lambda self, *args: ("changed", args)
    assert instance(1) == ("changed", (1,))
    del Sub.__call__
    check_calls(instance)
    if sys.version_info >= (3, 12):  # before, CPython does not see it for types with vectorcall
        cls.__call__ = lambda self, *args: ("changed below", args)
        for other in (instance, cls()):
            assert other(1) == ("changed below", (1,))


@pytest.mark.fixed_defect
@pytest.mark.parametrize("base", ["Plain", "WithoutStruct", "Made", "GenericMade"])
@pytest.mark.parametrize("derived", ["Derived", "DerivedWithoutStruct"])
def test_derived_type_is_callable(mod, base, derived):
    """Making an instance recursed until the stack was used up."""
    cls = mod.make(derived, BASE, mod.make(base))
    instance = cls()
    if hasattr(instance, "number"):
        instance.number = -1
    check_calls(instance)
    check_calls(type("Sub", (cls,), {})())


@pytest.mark.fixed_defect
@pytest.mark.parametrize("base", ["Plain", "Made", "GenericMade"])
def test_derived_type_with_a_larger_struct(mod, base):
    """The struct overlapped the field for the call function."""
    cls = mod.make("Big", BASE, mod.make(base))

    class Sub(cls):
        pass

    for instance in (cls(), Sub(), mod.new(cls), mod.new(Sub)):
        instance.number = instance.more_first = instance.more_last = -1
        check_calls(instance)
        assert (instance.number, instance.more_first, instance.more_last) == (-1, -1, -1)
        mod.set_special(instance)
        instance.more_first = instance.more_last = -1
        check_calls(instance, "special")


@pytest.mark.fixed_defect
@pytest.mark.parametrize("derived", ["DerivedCall", "BigCall"])
def test_derived_type_overrides_the_call(mod, derived):
    base = mod.make("Plain")
    cls = mod.make(derived, BASE, base)
    for instance in (cls(), type("Sub", (cls,), {})(), mod.new(cls)):
        check_calls(instance, "derived")
    check_calls(base())
    # The call function belongs to the object; the slot of the base makes the same call.
    instance = cls()
    assert base.__call__(instance, 1)[0] in ("type", "derived")


@pytest.mark.fixed_defect
def test_call_function_of_an_object_of_a_derived_type(mod):
    for name in ("Derived", "DerivedCall", "BigMade"):
        cls = mod.make(name, BASE, mod.make("Made"))
        check_calls(cls("special"), "special")
        check_calls(type("Sub", (cls,), {})("special"), "special")


@pytest.mark.fixed_defect
def test_callable_type_over_a_silent_one(mod):
    for name in ("DerivedCall", "BigCall"):
        cls = mod.make(name, BASE, mod.make("Silent"))
        instance = cls()
        instance.number = -1
        check_calls(instance, "derived")
        assert instance.number == -1
        check_calls(type("Sub", (cls,), {})(), "derived")


# Other shapes


def test_list_that_is_callable(mod):
    cls = mod.make("List", BASE, list)
    instance = cls([1, 2])
    check_calls(instance)
    instance.extend(range(100))
    check_calls(instance)


@pytest.mark.fixed_defect
@pytest.mark.parametrize("name, base, value", [("Tuple", tuple, (1, 2, 3)), ("Long", int, 2**100)])
def test_object_with_items_that_is_callable(mod, name, base, value):
    """There is no place for a field, so calls go another way."""
    cls = mod.make(name, BASE, base)

    class Sub(cls):
        pass

    for kind in (cls, Sub):
        instance = kind(value)
        instance.number = -1
        check_calls(instance)
        assert instance == value and instance.number == -1
        with pytest.raises(TypeError, match="does not implement the HPy call protocol"):
            mod.set_special(instance)


# Lifetime


@pytest.mark.fixed_defect
def test_callable_types_and_objects_are_freed(mod):
    def make():
        base = mod.make("Plain")
        cls = mod.make("Big", BASE, base)

        class Sub(cls):
            pass

        objects = [base, cls, Sub, Sub()]
        for instance in (base(), cls(), objects[-1]):
            instance()
        return [weakref.ref(item) for item in objects]

    references = make()
    gc.collect()
    assert [reference() for reference in references] == [None] * 4


callback_mod = module_fixture(
    """
HPyDef_SLOT(calling_call, HPy_tp_call)
static HPy calling_call_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    return HPy_Call(ctx, args[0], NULL, 0, HPy_NULL);
}
"""
    + type_spec("Calling", "calling_call", basicsize="8", builtin_shape="HPyType_BuiltinShape_Tuple")
    + maker("Calling")
    + function("call_with", 3, "HPy_CallTupleDict(ctx, a, b, c)"),
    methods=["make", "method_call_with"],
)


@pytest.mark.fixed_defect
def test_keyword_values_live_as_long_as_the_call(callback_mod):
    """The caller's dict may change meanwhile."""

    class Value:
        pass

    keywords = {"value": Value()}
    reference = weakref.ref(keywords["value"])

    def callback():
        keywords.clear()
        return reference() is not None

    instance = callback_mod.make("Calling", BASE, tuple)()
    assert callback_mod.call_with(instance, (callback,), keywords) is True
    assert reference() is None


@pytest.mark.fixed_defect
def test_keywords_that_are_no_strings(callback_mod):
    instance = callback_mod.make("Calling", BASE, tuple)()
    with pytest.raises(TypeError, match="keywords must be strings"):
        callback_mod.call_with(instance, (int,), {1: 2})


@pytest.mark.smoke
def test_call_field_counts_as_a_struct_of_its_own(mod):
    """What types.h says of `HPy_tp_call`."""
    cls, other = mod.make("WithoutStruct"), mod.make("Counting")
    for bases in [(cls, other), (cls, list)]:
        with pytest.raises(TypeError, match="multiple bases have instance lay-out conflict"):
            type("Both", bases, {})
    with pytest.raises(TypeError, match="WithoutStruct"):
        copy.copy(cls())


@pytest.mark.fixed_defect
@pytest.mark.parametrize("base, value", [(int, 2**100), (tuple, (1, 2, 3)), (bytes, b"many bytes")])
def test_callable_type_on_a_base_with_items(mod, base, value):
    """The items begin where a field for the call function would."""
    cls = mod.make("WithoutStruct", BASE, base)
    instance = cls(value)
    assert instance(1)[1:3] == (instance, (1,)) and instance == value
