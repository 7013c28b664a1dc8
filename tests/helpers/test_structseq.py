"""HPyStructSequence_NewType, HPyStructSequence_New."""

import sys

import pytest
from support import c_text, module_fixture
from support.errors import error_of

headers_defect = pytest.mark.fixed_defect("headers")

SOURCE = c_text(__file__)

mod = module_fixture(SOURCE)


def fields(*names):
    return tuple((name if name is ... else name.encode(), None) for name in names)


@pytest.fixture
def pair(mod):
    return mod.new_type(b"pkg.sub.SS", b"the doc", fields("a", "b"))


@pytest.mark.smoke
def test_new_type(pair):
    assert isinstance(pair, type)
    assert issubclass(pair, tuple)
    assert pair.__name__ == pair.__qualname__ == "SS"
    assert pair.__module__ == "pkg.sub"
    assert pair.__doc__ == "the doc"
    assert pair.n_fields == 2


@pytest.mark.smoke
def test_new(mod, pair):
    first, second = object(), object()
    thing = mod.new(pair, first, second)
    assert type(thing) is pair
    assert thing.a is thing[0] is first
    assert thing.b is thing[1] is second
    assert len(thing) == 2
    assert thing == (first, second)


def test_repr(mod, pair):
    assert repr(mod.new(pair, 1, "x")) == "SS(a=1, b='x')"


def test_items_cannot_be_set(mod, pair):
    with pytest.raises(AttributeError):
        mod.new(pair, 1, 2).a = 3


def test_items_are_not_consumed(mod, pair):
    thing = object()
    before = sys.getrefcount(thing)
    for _ in range(10):
        mod.new(pair, thing, thing)
    assert sys.getrefcount(thing) == before


def test_name_without_a_module(mod):
    kind = mod.new_type(b"SS", None, fields("a"))
    assert kind.__name__ == kind.__qualname__ == "SS"


def test_name_that_is_not_ascii(mod):
    kind = mod.new_type("p\u00e4.S\u00e4".encode(), None, fields("\u00e4"))
    assert (kind.__module__, kind.__name__, kind._fields) == ("p\u00e4", "S\u00e4", ("\u00e4",))


def test_no_doc(mod):
    assert mod.new_type(b"m.SS", None, fields("a")).__doc__ is None


def test_no_name(mod):
    assert error_of(mod.new_type, None, None, fields("a")) == (
        SystemError,
        "Struct sequence descriptor does not define the name field.",
    )


def test_no_fields(mod):
    kind = mod.new_type(b"m.Empty", None, ())
    assert kind.n_fields == 0
    assert mod.new(kind) == ()


def test_unnamed_field(mod):
    assert mod.unnamed() == b"_"
    kind = mod.new_type(b"m.SS", None, fields("a", ..., "c"))
    assert kind._fields == ("a", "_1", "c")
    assert mod.new(kind, 1, 2, 3)._1 == 2


def test_names_that_cannot_be(mod):
    assert mod.new_type(b"m.SS", None, fields("class", "a", "a", "1", "_x"))._fields == (
        "_0",
        "a",
        "_2",
        "_3",
        "_4",
    )


@headers_defect
def test_docs_of_fields(mod):
    kind = mod.new_type(b"m.SS", None, ((b"a", b"doc of a"), (b"b", None), (..., b"doc of c")))
    assert kind.a.__doc__ == "doc of a"
    assert kind.b.__doc__ == mod.new_type(b"m.SS", None, fields("x", "b")).b.__doc__
    assert kind._2.__doc__ == "doc of c"


def test_bad_utf8(mod):
    for arguments in [
        (b"m.\xff", None, ()),
        (b"\xff.m", None, ()),
        (b"m", b"\xff", ()),
        (b"m", None, ((b"\xff", None),)),
    ]:
        assert error_of(mod.new_type, *arguments)[0] is UnicodeDecodeError


@pytest.mark.parametrize("name", ["two words", "class", "1", ""])
def test_name_that_is_no_identifier(mod, name):
    kind = mod.new_type(f"m.{name}".encode(), None, fields("a"))
    assert (kind.__module__, kind.__name__, kind.__qualname__) == ("m", name, name)
    assert repr(mod.new(kind, 1)) == f"{name}(a=1)"


@headers_defect
@pytest.mark.parametrize("count", [0, 1, 3])
def test_wrong_number_of_items(mod, pair, count):
    assert error_of(mod.new, pair, *range(count)) == (
        TypeError,
        f"expected exactly 2 arguments but got {count}",
    )


@pytest.mark.parametrize("other", [int, tuple, 5, "text"])
def test_not_a_struct_sequence_type(mod, other):
    assert error_of(mod.new, other, 1) == (
        TypeError,
        f"object '{other!r}' does not look like a struct sequence type ",
    )


@headers_defect
def test_error_of_the_type_propagates(mod):
    class Bad:
        @property
        def n_fields(self):
            raise ZeroDivisionError("no count")

    assert error_of(mod.new, Bad(), 1) == (ZeroDivisionError, "no count")


def test_subclass(mod, pair):
    class Sub(pair):
        pass

    thing = mod.new(Sub, 1, 2)
    assert type(thing) is Sub and thing == (1, 2)
