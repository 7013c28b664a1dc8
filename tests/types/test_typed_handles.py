"""Handles that say of which type their object is: `HPyType_HANDLE`.

What a compiler refuses is in `headers/test_typed_handle.py`.
"""

import sys

import pytest
from support import c_text, module_fixture

pytestmark = pytest.mark.after_0_9_0

new_mod = module_fixture(
    c_text(__file__),
    methods=["check", "check_null", "add_types", "forget_types"],
    globals=["point_type", "line_type"],
)


@pytest.fixture
def mod(new_mod):
    new_mod.add_types()
    return new_mod


def test_a_struct_is_fetched(mod):
    assert mod.Point(3, 4).squared_norm() == 25


def test_an_object_of_the_type_is_accepted(mod):
    point = mod.Point(1, 2)
    before = sys.getrefcount(point)
    assert mod.check(point) is point
    assert sys.getrefcount(point) == before


def test_an_object_of_a_subtype_is_accepted(mod):
    class Sub(mod.Point):
        pass

    point = Sub(1, 2)
    assert mod.check(point) is point


@pytest.mark.parametrize("value", [1, "text", None])
def test_another_object_is_refused(mod, value):
    before = sys.getrefcount(mod.Point)
    for _ in range(10):
        with pytest.raises(TypeError, match=f"^expected Point, {type(value).__name__} found$"):
            mod.check(value)
    # The last exception is still there.
    assert sys.getrefcount(mod.Point) - before < 5


def test_null_is_refused(mod):
    with pytest.raises(TypeError, match="^expected Point, HPy_NULL found$"):
        mod.check_null()


def test_before_the_type_is_made(new_mod):
    new_mod.forget_types()
    with pytest.raises(TypeError, match="^there is no type Point yet$"):
        new_mod.check(1)


def test_fields(mod):
    near, far = mod.Point(0, 1), mod.Point(2, 0)
    before = sys.getrefcount(near)
    assert mod.Line(near, far).far_end() is far
    assert mod.Line(far, near).far_end() is far
    assert sys.getrefcount(near) == sys.getrefcount(far) == before
    with pytest.raises(TypeError, match="expected Point, Line found"):
        mod.Line(near, mod.Line(near, far))


def test_a_field_of_nothing(mod):
    point = mod.Point(0, 1)
    before = sys.getrefcount(point)
    line = mod.Line(point, point)
    assert line.forget() is True
    assert sys.getrefcount(point) == before + 1
    del line
    assert sys.getrefcount(point) == before
