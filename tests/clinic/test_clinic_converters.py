"""What converters make of arguments, and return converters of results."""

import inspect
import sys

import pytest
from support import c_text
from support.clinic import generated, stores_type

pytestmark = [pytest.mark.smoke, pytest.mark.after_0_9_0]

SOURCE = c_text(__file__, "converters.c")
FUNCTIONS = (
    *(
        "objects",
        "point",
        "sum",
        "truth",
        "real",
        "single",
        "complex_number",
        "text",
        "data",
        "choice",
        "custom",
    ),
    *("index_of", "rest", "array", "nothing", "minus_one", "shared"),
)


@pytest.fixture(params=["0x00000000", "0x00000001"], ids=["ABI 0.0", "ABI 0.1"])
def mod(request, make_module):
    return make_module(
        generated(SOURCE),
        methods=FUNCTIONS,
        types=("Point",),
        globals=("Point_type",),
        exec_code=stores_type("Point"),
        macros=[("HPY_TARGET_ABI_VERSION", request.param)],
    )


def raises(kind, text, function, /, *args, **kwargs):
    with pytest.raises(kind) as caught:
        function(*args, **kwargs)
    assert str(caught.value) == text


def test_objects(mod):
    a, b = object(), object()
    before = sys.getrefcount(a)
    assert mod.objects(a) == (a, None, 1, None, None)
    assert mod.objects(a, b=b) == (a, b, 1, None, None)
    assert mod.objects(a, None, None, list=[1], text="t") == (a, None, 0, [1], "t")
    assert mod.objects(a, list=None) == (a, None, 1, None, None)
    assert sys.getrefcount(a) == before


def test_one_keyword_after_another(mod):
    """The names of a call with one keyword are known when the same place calls again."""

    def twice():
        mod.objects(1, a=2)

    def unknown():
        mod.objects(1, d=2)

    for value in range(3):
        for _ in range(2):
            assert mod.objects(a=value) == (value, None, 1, None, None)
            raises(TypeError, "objects() got multiple values for argument 'a'", twice)
            raises(TypeError, "objects() got an unexpected keyword argument 'd'", unknown)
        for name, place in ("b", 1), ("text", 4), ("b", 1):
            assert mod.objects(value, **{name: "text"})[place] == "text"


def test_objects_of_a_type(mod):
    raises(TypeError, "objects() argument 'list' must be list, not tuple", mod.objects, 1, list=())
    raises(TypeError, "objects() argument 'text' must be str, not int", mod.objects, 1, text=1)
    assert mod.point(mod.Point(2.5)) == 2.5
    raises(TypeError, "point() argument 1 must be Point, not None", mod.point, None)


def test_typed_handles(mod):
    assert mod.sum(mod.Point(2.5)) == mod.sum(mod.Point(2.5), None) == 2.5
    assert mod.sum(q=mod.Point(1), p=mod.Point(2.5)) == 3.5
    raises(TypeError, "sum() argument 'p' must be Point, not int", mod.sum, 1)
    raises(TypeError, "sum() argument 'q' must be Point, not str", mod.sum, mod.Point(1), "")


def test_truth(mod):
    assert mod.truth([1]) is True
    assert mod.truth([]) is mod.truth(1, default=0) is False

    class Untrue:
        def __bool__(self):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        mod.truth(Untrue())


def test_real_numbers(mod):
    assert mod.real(1) == 0.5
    assert mod.real(1, f=0.25) == 1.25
    assert mod.single(0.1) == pytest.approx(0.1) and mod.single(0.1) != 0.1
    assert mod.single(-1.0) == -1.0
    assert mod.single(1e300) == float("inf")
    raises(TypeError, "must be real number, not str", mod.real, "1")


def test_complex_numbers(mod):
    assert mod.complex(1 + 2j) == (1, 2, 2, 0)
    assert mod.complex(3, w=None) == (3, 0, 2, 0)
    assert mod.complex(-1.0, -1j) == (-1, 0, 0, -1)
    raises(TypeError, "complex() argument 'z' must be complex, not str", mod.complex, "1")
    with pytest.raises(TypeError):
        mod.complex([])


def test_text(mod):
    assert mod.text("ä") == ("ä", "h'\"i", 4, "none")
    assert mod.text("", "a\0b", None) == ("", "a", 3, "none")
    assert mod.text("", maybe="x")[3] == "x"
    raises(ValueError, "embedded null character", mod.text, "a\0b")
    raises(TypeError, "text() argument 's' must be str, not None", mod.text, None)
    raises(TypeError, "text() argument 'with_zeros' must be str, not bytes", mod.text, "", b"")
    with pytest.raises(UnicodeEncodeError):
        mod.text("\udc80")


def test_bytes(mod):
    assert mod.data(b"a\0b") == (b"a\0b", 1, 0)
    assert mod.data(b"", b"xy") == (b"", 0, 2)
    raises(TypeError, "data() argument 'b' must be bytes, not str", mod.data, "")


def test_names_of_an_enum(mod):
    assert (mod.choice(), mod.choice("read")) == (7, 5)
    raises(ValueError, "choice() argument 'mode' must be 'read' or 'write', not 'red'", mod.choice, "red")
    raises(TypeError, "choice() argument 'mode' must be str, not int", mod.choice, mode=5)


def test_a_converter_of_the_author(mod):
    assert mod.custom((3, 10)) == 7
    with pytest.raises(IndexError):
        mod.custom((3,))


def test_an_index_or_none(mod):
    assert mod.index() == mod.index(None) == sys.maxsize
    assert mod.index(-1) == -1
    assert mod.index(i=5) == 5
    with pytest.raises(TypeError):
        mod.index(1.5)
    with pytest.raises(OverflowError):
        mod.index(1 << 64)


def test_the_rest_of_the_arguments(mod):
    assert mod.rest(1) == (1, (), None)
    assert mod.rest(1, 2, 3, last=4) == (1, (2, 3), 4)
    assert mod.rest(first=1, last=4) == (1, (), 4)
    assert [mod.array(*range(n)) for n in (0, 1, 9)] == [0, 1, 9]
    value = object()
    before = sys.getrefcount(value)
    mod.rest(1, value)
    assert sys.getrefcount(value) == before


def test_a_status(mod):
    assert mod.nothing() is None
    raises(ValueError, "as asked", mod.nothing, True)


def test_minus_one_is_a_result_unless_there_is_an_exception(mod):
    assert mod.minus_one(False) == -1
    assert mod.shared(False) == -1.0
    raises(ValueError, "as asked", mod.minus_one, True)
    raises(ValueError, "as asked", mod.shared, fail=True)


def test_methods_get_the_struct(mod):
    point = mod.Point(x=1)
    before = sys.getrefcount(point)
    assert point.moved(2, times=3).x == 7
    assert sys.getrefcount(point) == before


def test_attributes(mod):
    point = mod.Point()
    point.x = 3
    assert point.x == 3.0
    raises(TypeError, "must be real number, not str", setattr, point, "x", "1")
    raises(AttributeError, "cannot delete attribute 'x'", delattr, point, "x")
    point.write_only = "four"
    assert point.x == 4
    raises(TypeError, "Point.write_only must be str, not int", setattr, point, "write_only", 1)


def test_signatures(mod):
    assert str(inspect.signature(mod.objects)) == "(a, b=None, c=Ellipsis, *, list=None, text=None)"
    assert str(inspect.signature(mod.text)) == "(s, with_zeros='h\\'\"i', maybe=None)"
    assert str(inspect.signature(mod.rest)) == "(first, *others, last=None)"
    assert str(inspect.signature(mod.point)) == "(p, /)"
    assert str(inspect.signature(mod.Point)) == "(x=0)"
    assert str(inspect.signature(mod.Point.moved)) == "(self, /, by, *, times=1)"


def test_docstrings(mod):
    assert mod.objects.__doc__ == "Objects, of any type and of some.\n\n  - and a list"
    assert mod.truth.__doc__ in ("", None)
    assert mod.Point.__doc__ == "A point on a line.\n\n  x\n    The coordinate.\n\nSee also nothing."
    assert mod.Point.x.__doc__ == "The coordinate."


def test_an_implementation_is_called_with_all_arguments_by_keyword(mod):
    assert mod.objects(text="t", list=[], c=1, b=2, a=3) == (3, 2, 0, [], "t")
