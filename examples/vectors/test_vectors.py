"""Tests of the type written with Argument Clinic blocks, in each ABI, and of that in CPython's C API."""

import inspect
import sys

import pytest

VARIANTS = ["universal", "hybrid", "cpython", None]


@pytest.fixture(scope="module", params=VARIANTS, ids=lambda abi: abi or "C API")
def vectors(request, build_example):
    if request.param:
        return build_example("vectors", "vectors", request.param)
    return build_example("vectors", "vectors_capi", None, setup="setup_capi.py")


@pytest.fixture
def make(vectors):
    def make(*items):
        v = vectors.Vector()
        for x in items:
            v.append(x)
        return v

    return make


def test_construction(vectors):
    assert vectors.Vector().to_list() == []
    assert vectors.Vector(2).to_list() == [0, 0]
    assert vectors.Vector(fill=1.5, size=3).to_list() == [1.5] * 3
    with pytest.raises(ValueError):
        vectors.Vector(-1)
    with pytest.raises(TypeError):
        vectors.Vector("2")
    assert vectors.Vector.__doc__ == "An array of numbers."


def test_growing(make):
    v = make(1, 2)
    v.extend(make(3, 4))
    v.extend(v)
    v.insert(0, 0)
    v.insert(-1, 9)
    assert v.to_list() == [0, 1, 2, 3, 4, 1, 2, 3, 9, 4]
    assert (v.pop(), v.pop(-1), v.pop(0), v.size) == (4, 9, 0, 7)
    with pytest.raises(TypeError, match="must be Vector, not list"):
        v.extend([1])
    with pytest.raises(TypeError):
        v.append("1")


def test_items(make):
    v = make(1, 2, 3)
    v.set(-1, 5)
    assert (v.get(0), v.get(-1)) == (1, 5)
    for index in (3, -4):
        for access in (v.get, v.pop, lambda i: v.set(i, 0)):
            with pytest.raises(IndexError, match="index out of range"):
                access(index)
    with pytest.raises(OverflowError):
        v.get(1 << 70)


def test_searching(make):
    v = make(1, 2, 1)
    assert (v.index(1), v.index(1, 1), v.index(x=1, start=-1), v.count(1), v.count(x=7)) == (0, 2, 2, 2, 0)
    with pytest.raises(ValueError):
        v.index(2, stop=1)


def test_filling_and_slices(make):
    v = make(1, 2, 3, 4)
    v.fill(0, start=1, stop=-1)
    assert v.to_list() == [1, 0, 0, 4]
    assert v.slice(1).to_list() == [0, 0, 4]
    assert v.slice(stop=2).to_list() == [1, 0]
    assert v.slice(3, 1).to_list() == []


def test_order(make):
    v = make(2, 3, 1)
    v.reverse()
    assert v.to_list() == [1, 3, 2]
    v.sort()
    assert v.to_list() == [1, 2, 3]
    v.sort(order="descending")
    assert v.to_list() == [3, 2, 1]
    with pytest.raises(ValueError, match="'order' must be 'ascending' or 'descending', not 'up'"):
        v.sort(order="up")
    with pytest.raises(TypeError):
        v.sort("descending")


def test_arithmetic(make):
    v = make(3, -4)
    assert (v.sum(), v.sum(start=1), v.dot(make(1, 1))) == (-1, 0, -1)
    assert (v.norm(), v.norm("one"), v.norm(kind="max")) == (5, 7, 4)
    v.scale(2, offset=1)
    assert v.to_list() == [7, -7]
    v.add(make(1, 1), weight=-1)
    assert v.to_list() == [6, -8]
    v.clip(-2)
    v.clip(high=5)
    assert v.to_list() == [5, -2]
    for operation in (v.add, v.dot):
        with pytest.raises(ValueError, match="sizes differ"):
            operation(make(1))
        with pytest.raises(TypeError):
            operation(1)


def test_comparison(make):
    v = make(1, 2)
    assert v.close_to(make(1, 2 + 1e-12)) is True
    assert v.close_to(make(1, 3)) is v.close_to(make(1)) is False
    assert v.close_to(make(1, 3), abs_tol=1) is v.close_to(make(1, 3), rel_tol=0.5) is True


def test_attributes(make):
    v = make(1)
    v.unit = "m"
    assert (v.unit, v.size, v.slice().unit) == ("m", 1, "m")
    with pytest.raises(ValueError):
        v.unit = "x" * 16
    with pytest.raises(TypeError, match="must be str, not int"):
        v.unit = 1
    with pytest.raises(AttributeError, match="cannot delete attribute 'unit'"):
        del v.unit
    with pytest.raises(AttributeError):
        v.size = 2


def test_wrong_calls(make):
    v = make(1)
    for call in (
        lambda: v.scale(),
        lambda: v.scale(1, 2, 3),
        lambda: v.scale(1, factor=2),
        lambda: v.scale(1, by=2),
        lambda: v.append(),
        lambda: v.append(x=1),
        lambda: v.set(1),
    ):
        with pytest.raises(TypeError):
            call()


def test_signatures(vectors):
    def signature(name):
        return str(inspect.signature(getattr(vectors.Vector, name)))

    # CPython 3.9 takes the signature away from a type that is made by the C API.
    if vectors.__name__ == "vectors" or sys.version_info >= (3, 10):
        assert str(inspect.signature(vectors.Vector)) == "(size=0, fill=0.0)"
    assert signature("append") == "(self, x, /)"
    assert signature("scale") == "(self, /, factor, offset=0.0)"
    assert signature("sort") == "(self, /, *, order='ascending')"
    assert vectors.Vector.sum.__doc__ == "Return the sum."


def test_references(make):
    v, other = make(1), make(2)
    before = sys.getrefcount(other)
    v.add(other, weight=2)
    v.close_to(other=other)
    v.extend(other)
    assert sys.getrefcount(other) == before
