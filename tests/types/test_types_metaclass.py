"""Metaclasses: types of a metaclass, and metaclasses that are types of shape Type themselves."""

import abc
import enum
import gc
import weakref

import pytest
from support import c_text, function, module_fixture
from support.specs import BASE, BASES, METACLASS, maker, type_spec

SOURCE = c_text(__file__)

FLAGS = "HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_GC"
META = {"builtin_shape": "SHAPE(MetaStruct)", "basicsize": "sizeof(MetaStruct)"}
SPECS = {
    "Meta": (
        ["meta_object", "meta_number", "meta_traverse", "meta_destroy", "meta_repr", "meta_name"],
        {"flags": FLAGS, **META},
    ),
    "DerivedMeta": (
        ["meta_more"],
        {"builtin_shape": "SHAPE(DerivedMetaStruct)", "basicsize": "sizeof(DerivedMetaStruct)"},
    ),
    "PlainMeta": (["meta_number"], META),
    "SmallMeta": (["meta_name"], {"builtin_shape": "HPyType_BuiltinShape_Type"}),
    "MetaWithNew": (["meta_new"], META),
    "MetaWithInit": (["meta_init"], META),
    "Full": (
        ["object", "a", "b", "c", "total", "method", "traverse", "call"],
        {"flags": FLAGS, "basicsize": "sizeof(Data)", "doc": r'"Full(x)\n--\n\nA text."'},
    ),
    "Empty": ([], {}),
}

mod = module_fixture(
    SOURCE
    + "".join(type_spec(symbol, *defines, **fields) for symbol, (defines, fields) in SPECS.items())
    + maker(*SPECS)
    + function("read", 1, "MetaStruct_AsStruct(ctx, a)->number", "signed")
    + function("write", 2, "MetaStruct_AsStruct(ctx, a)->number = HPyLong_AsLongLong(ctx, b)", "signed")
    + function("read_more", 1, "DerivedMetaStruct_AsStruct(ctx, a)->more", "signed")
    + """
HPyDef_METH(take_destroyed, "take_destroyed", HPyFunc_NOARGS)
static HPy take_destroyed_impl(HPyContext *ctx, HPy self)
{
    long result = destroyed;
    destroyed = 0;
    return HPyLong_FromLong(ctx, result);
}
""",
)


class PythonMeta(type):
    in_metaclass = "found"

    def __init__(cls, *args, **kwargs):
        raise AssertionError("__init__ was called")

    @classmethod
    def __prepare__(metacls, *args):
        raise AssertionError("__prepare__ was called")

    def __call__(cls, *args):
        return ("called", super().__call__(), *args)


class QuietMeta(type):
    pass


class DerivedQuietMeta(QuietMeta):
    pass


class OtherMeta(type):
    pass


def make_meta(mod, name="Meta", *params):
    return mod.make(name, BASE, type, *params)


def check_full(instance):
    """Everything that the type Full defines works."""
    instance.a, instance.c, instance.total = 1, 3, 2
    assert (instance.a, instance.b, instance.c, instance.total) == (1, 2, 3, 6)
    assert instance.object is None
    instance.object = instance
    assert instance.object is instance
    assert instance.method(5) == (instance, 5)
    assert instance(1, 2) == 2
    with pytest.raises(AttributeError):
        instance.b = 1
    instance.object = None


# Types with a metaclass


@pytest.mark.smoke
def test_metaclass_of_python(mod):
    cls = mod.make("Full", METACLASS, PythonMeta)
    assert type(cls) is PythonMeta
    assert cls.in_metaclass == "found"
    kind, instance, argument = cls(1)
    assert (kind, argument, type(instance)) == ("called", 1, cls)
    check_full(instance)


@pytest.mark.fixed_defect
def test_type_differs_in_nothing_but_the_metaclass(mod):
    plain, cls = mod.make("Full"), mod.make("Full", METACLASS, QuietMeta)
    version_tag = 1 << 19  # says only whether CPython has cached something
    assert cls.__flags__ | version_tag == plain.__flags__ | version_tag
    for name in (
        "__name__ __qualname__ __module__ __doc__ __bases__ __base__ __basicsize__ __itemsize__ "
        "__dictoffset__ __weakrefoffset__"
    ).split():
        assert getattr(cls, name) == getattr(plain, name), name
    assert cls.__text_signature__ == "(x)"
    assert {name: type(value) for name, value in vars(cls).items()} == {
        name: type(value) for name, value in vars(plain).items()
    }
    assert list(vars(cls)) == list(vars(plain))
    assert cls.__mro__ == (cls, object)
    assert any(sub is cls for sub in object.__subclasses__())
    assert (cls.a.__doc__, cls.total.__doc__, cls.method.__doc__) == ("A number.", "The sum.", "A method.")


@pytest.mark.fixed_defect
def test_metaclass_and_bases(mod):
    class First(metaclass=QuietMeta):
        __slots__ = ()
        in_first = 1

    base = mod.make("Full")
    for params in [(BASE, First, BASE, base), (BASES, (First, base))]:
        cls = mod.make("Empty", *params, METACLASS, DerivedQuietMeta)
        assert type(cls) is DerivedQuietMeta
        assert cls.__mro__ == (cls, First, base, object)
        instance = cls()
        assert instance.in_first == 1
        check_full(instance)


@pytest.mark.fixed_defect
def test_python_subclass_of_a_type_with_a_metaclass(mod):
    class Sub(mod.make("Full", METACLASS, QuietMeta)):
        def __init__(self):
            self.attribute = "kept"

    assert type(Sub) is QuietMeta
    instance = Sub()
    check_full(instance)
    assert instance.attribute == "kept" and weakref.ref(instance)() is instance


@pytest.mark.fixed_defect
def test_type_on_a_python_class_with_metaclass_and_dict(mod):
    class Base(metaclass=QuietMeta):
        def __init__(self):
            self.attribute = "kept"

    for params in [(), (METACLASS, QuietMeta)]:
        cls = mod.make("Empty", BASE, Base, *params)
        assert type(cls) is QuietMeta

        class Sub(cls):
            pass

        for kind in (cls, Sub):
            instance = kind()
            instance.other = 1
            assert instance.__dict__ == {"attribute": "kept", "other": 1}
            assert weakref.ref(instance)() is instance


@pytest.mark.fixed_defect
def test_class_attributes_can_change(mod):
    cls = mod.make("Full", METACLASS, QuietMeta)
    instance = cls()
    cls.method = lambda self, value: "changed"
    assert instance.method(1) == "changed"
    cls.__name__ = "Renamed"
    cls.__doc__ = "Another text."
    assert (cls.__name__, cls.__doc__) == ("Renamed", "Another text.")
    instance.a = 1
    assert instance.total == 1


@pytest.mark.fixed_defect
def test_type_with_a_metaclass_is_freed(mod):
    def make():
        cls = mod.make("Full", METACLASS, PythonMeta)
        cls.cycle = cls()[1]
        cls.cycle.object = cls
        return weakref.ref(cls)

    reference = make()
    gc.collect()
    assert reference() is None


# Which metaclass it is


@pytest.mark.fixed_defect
def test_metaclass_is_inherited_from_the_bases(mod):
    class Base(metaclass=DerivedQuietMeta):
        __slots__ = ()

    class Other(metaclass=QuietMeta):
        __slots__ = ()

    assert type(mod.make("Full", BASE, Base)) is DerivedQuietMeta
    assert type(mod.make("Empty", BASE, Other, BASE, Base)) is DerivedQuietMeta
    assert type(mod.make("Empty", BASES, (Base, Other))) is DerivedQuietMeta
    check_full(mod.make("Full", BASE, Base)())


@pytest.mark.fixed_defect
def test_most_derived_metaclass_wins(mod):
    class Base(metaclass=DerivedQuietMeta):
        __slots__ = ()

    assert type(mod.make("Empty", BASE, Base, METACLASS, QuietMeta)) is DerivedQuietMeta
    assert type(mod.make("Empty", BASE, Base, METACLASS, type)) is DerivedQuietMeta


@pytest.mark.fixed_defect
def test_conflicting_metaclasses(mod):
    class Base(metaclass=QuietMeta):
        __slots__ = ()

    class Other(metaclass=OtherMeta):
        __slots__ = ()

    for params in [(BASE, Base, METACLASS, OtherMeta), (BASE, Base, BASE, Other)]:
        with pytest.raises(TypeError, match="^metaclass conflict: the metaclass of a derived class must be"):
            mod.make("Empty", *params)


def test_metaclass_with_new(mod):
    class WithNew(type):
        def __new__(metacls, *args):
            raise AssertionError("called")

    for metaclass in (WithNew, abc.ABCMeta, enum.EnumMeta, make_meta(mod, "MetaWithNew")):
        with pytest.raises(TypeError, match=r"^Metaclasses with custom tp_new are not supported\.$"):
            mod.make("Full", METACLASS, metaclass)


@pytest.mark.fixed_defect
def test_inherited_metaclass_with_new(mod):
    base = abc.ABCMeta("Base", (), {"__slots__": ()})
    with pytest.raises(TypeError, match=r"^Metaclasses with custom tp_new are not supported\.$"):
        mod.make("Empty", BASE, base)


@pytest.mark.fixed_defect
def test_class_that_is_no_metaclass(mod):
    with pytest.raises(TypeError, match="^Metaclass '<class 'int'>' is not a subclass of 'type'.$"):
        mod.make("Full", METACLASS, int)


# Metaclasses with a struct


@pytest.mark.smoke
def test_metatype_makes_classes(mod):
    meta = make_meta(mod)
    assert issubclass(meta, type)

    class Class(metaclass=meta):
        def __init__(self):
            self.attribute = 1

    assert type(Class) is meta
    assert (mod.read(Class), Class.meta_number, Class.meta_object, repr(Class)) == (0, 0, None, "<0>")
    Class.meta_number = 7
    assert (mod.read(Class), repr(Class), Class.meta_name()) == (7, "<7>", "Class")
    assert Class().attribute == 1
    dynamic = meta("Dynamic", (Class,), {"in_dict": 3})
    assert (dynamic.meta_number, dynamic.in_dict) == (0, 3)
    with pytest.raises(AttributeError):
        Class().meta_number  # noqa: B018


@pytest.mark.fixed_defect
@pytest.mark.parametrize("name", ["Meta", "PlainMeta"])
def test_metatype_for_types(mod, name):
    """The members of a type stand after the struct of its metatype."""
    cls = mod.make("Full", METACLASS, make_meta(mod, name))
    assert cls.meta_number == 0
    cls.meta_number = -1
    assert (mod.read(cls), cls.meta_number) == (-1, -1)
    check_full(cls())

    class Sub(cls):
        __slots__ = ("slot",)

    instance = Sub()
    instance.slot = "kept"
    mod.write(Sub, -1)
    check_full(instance)
    assert (instance.slot, Sub.meta_number, cls.meta_number) == ("kept", -1, -1)


@pytest.mark.fixed_defect
def test_metatype_without_a_struct(mod):
    meta = make_meta(mod, "SmallMeta")
    cls = mod.make("Full", METACLASS, meta)
    assert cls.meta_name() == "Full"
    check_full(cls())


@pytest.mark.fixed_defect
def test_metatype_is_inherited(mod):
    base = mod.make("Full", METACLASS, make_meta(mod))
    cls = mod.make("Empty", BASE, base)
    assert type(cls) is type(base)
    base.meta_number, cls.meta_number = 1, 2
    assert (mod.read(base), mod.read(cls)) == (1, 2)
    check_full(cls())


@pytest.mark.fixed_defect
def test_python_subclass_of_a_metatype(mod):
    class Sub(make_meta(mod)):
        attribute = "found"

    class Class(metaclass=Sub):
        pass

    for cls in (Class, mod.make("Full", METACLASS, Sub)):
        cls.meta_number = 5
        assert (mod.read(cls), cls.attribute, repr(cls)) == (5, "found", "<5>")
    check_full(mod.make("Full", METACLASS, Sub)())


@pytest.mark.fixed_defect
def test_derived_metatype(mod):
    meta = make_meta(mod)
    derived = mod.make("DerivedMeta", BASE, meta)

    class Class(metaclass=derived):
        pass

    for cls in (Class, mod.make("Full", METACLASS, derived)):
        cls.meta_number, cls.meta_more = 5, 6
        assert (mod.read(cls), mod.read_more(cls), cls.meta_name()) == (5, 6, cls.__name__)
    check_full(mod.make("Full", METACLASS, derived)())


def test_init_of_a_metatype(mod):
    meta = make_meta(mod, "MetaWithInit")
    with pytest.raises(AssertionError, match="tp_init was called"):
        meta("Class", (), {})


@pytest.mark.fixed_defect
def test_init_of_a_metatype_is_not_called_for_types(mod):
    """As `__init__` of a Python metaclass."""
    check_full(mod.make("Full", METACLASS, make_meta(mod, "MetaWithInit"))())


@pytest.mark.fixed_defect
def test_struct_of_a_metatype_is_destroyed_with_the_class(mod):
    gc.collect()
    mod.take_destroyed()
    meta = make_meta(mod)

    def make_all():
        classes = [
            mod.make("Full", METACLASS, meta),
            meta("Class", (), {}),
            mod.make("Empty", METACLASS, meta),
        ]
        for cls, number in zip(classes, (1, 10, 100)):
            cls.meta_number = number
            cls.meta_object = [cls, classes]
        return [weakref.ref(cls) for cls in classes]

    references = make_all()
    gc.collect()
    assert [reference() for reference in references] == [None] * 3
    assert mod.take_destroyed() == 111


@pytest.mark.fixed_defect
def test_metatype_is_freed(mod):
    reference = weakref.ref(make_meta(mod))
    gc.collect()
    assert reference() is None
    reference = weakref.ref(type(mod.make("Full", METACLASS, make_meta(mod))))
    gc.collect()
    assert reference() is None
