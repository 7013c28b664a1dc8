import gc
import struct
import weakref

import points
import pytest


def square():
    path = points.Path()
    for x, y in [(0, 0), (3, 0), (3, 3), (0, 3)]:
        path.append(x, y)
    return path


def test_length_and_scale():
    path = square()
    assert path.length() == 9
    path.scale = 0.5
    assert path.length() == 4.5


def test_sequence():
    path = square()
    assert len(path) == 4
    assert path[0] == (0, 0)
    assert path[-1] == (0, 3)
    assert list(path) == [(0, 0), (3, 0), (3, 3), (0, 3)]
    with pytest.raises(IndexError, match="path index out of range"):
        path[4]


def test_equality_and_repr():
    assert square() == square()
    assert square() != points.Path()
    assert square() != "square"
    assert repr(square()) == "<points.Path of 4 points>"


def test_bad_arguments():
    with pytest.raises(TypeError):
        points.Path().append(1)
    with pytest.raises(TypeError):
        points.Path().append("1", "2")
    with pytest.raises(TypeError):
        points.Path(scale="large")


def test_owner():
    owner = ["somebody"]
    path = points.Path(owner, scale=2)
    assert path.owner is owner
    assert path.scale == 2
    del path.owner
    assert path.owner is None
    path.owner = "somebody else"
    assert path.owner == "somebody else"


def test_buffer_shares_memory():
    path = square()
    with memoryview(path) as view:
        assert view.shape == (4, 2)
        assert view.format == "d"
        assert view.nbytes == 64
        view[1, 0] = 10.0
        assert struct.unpack("8d", view.tobytes()) == (0, 0, 10, 0, 3, 3, 0, 3)
    assert path[1] == (10, 0)


def test_empty_buffer():
    with memoryview(points.Path()) as view:
        assert view.shape == (0, 2)
        assert view.tobytes() == b""


def test_cannot_grow_while_a_buffer_exists():
    path = square()
    with memoryview(path), pytest.raises(BufferError):
        path.append(1, 1)
    path.append(1, 1)
    assert len(path) == 5


class Named(points.Path):
    def __init__(self, owner=None, **kwargs):
        self.name = "named"


def test_python_subclass():
    path = Named(scale=3)
    path.append(0, 0)
    path.append(0, 1)
    assert path.length() == 3
    assert path.name == "named"


def test_cycle_is_collected():
    path = Named()  # has weak references, which the base type has not
    path.owner = {"path": path}
    alive = weakref.ref(path)
    del path
    gc.collect()
    assert alive() is None
