"""Tests that every step of the port passes. The fixture `ringbuf` is in conftest.py."""

import gc
import struct
import sys
import weakref

import pytest


@pytest.fixture
def ring(ringbuf):
    """Full and wrapped around: the newest item is stored before the oldest."""
    ring = ringbuf.Ring(3)
    ring.extend([1, 2, 3, 4])
    return ring


def test_keeps_the_newest(ringbuf):
    ring = ringbuf.Ring(2)
    assert list(ring) == []
    ring.push(1)
    ring.push(2.5)
    assert list(ring) == [1, 2.5]
    ring.push(3)
    assert list(ring) == [2.5, 3]


def test_sequence(ring):
    assert len(ring) == 3
    assert (ring[0], ring[2], ring[-1]) == (2, 4, 4)
    with pytest.raises(IndexError, match="ring index out of range"):
        ring[3]
    with pytest.raises(IndexError, match="ring index out of range"):
        ring[-4]


def test_take(ring):
    assert ring.take() == [2]
    assert ring.take(2) == [3, 4]
    assert ring.take(0) == []
    with pytest.raises(IndexError, match="cannot take 1 of 0 items"):
        ring.take()
    ring.push(5)
    assert list(ring) == [5]


def test_capacity(ringbuf):
    ring = ringbuf.Ring(capacity=3)
    assert ring.capacity == 3
    with pytest.raises(AttributeError):
        ring.capacity = 4
    for capacity in [0, -1, 2**62]:
        with pytest.raises(ValueError, match="capacity out of range"):
            ringbuf.Ring(capacity)


def test_bad_arguments(ringbuf):
    ring = ringbuf.Ring(3)
    with pytest.raises(TypeError):
        ringbuf.Ring()
    with pytest.raises(TypeError):
        ringbuf.Ring("3")
    with pytest.raises(TypeError):
        ring.push("1")
    with pytest.raises(TypeError):
        ring.extend(1)
    with pytest.raises(TypeError):
        ring.extend([1, None])
    with pytest.raises(TypeError):
        ring.take("1")
    assert list(ring) == [1]


def test_repr_and_documentation(ringbuf, ring):
    assert repr(ring) == "<ringbuf.Ring of 3, with 3 items>"
    assert ringbuf.__doc__ == "The last numbers of a stream."
    assert ringbuf.Ring.__module__ == "ringbuf"
    assert ringbuf.Ring.__doc__ == "The last numbers of a stream."
    assert ringbuf.Ring.take.__text_signature__ == "($self, count=1, /)"
    assert ringbuf.Ring.take.__doc__ == "Remove the oldest items."
    assert ringbuf.Ring.on_drop.__doc__ == "called with what is pushed out"


def test_on_drop_is_called(ringbuf):
    dropped = []
    ring = ringbuf.Ring(2, dropped.append)
    ring.extend((1, 2, 3, 4))
    assert dropped == [1, 2]
    assert ring.on_drop == dropped.append

    ring.on_drop = None
    ring.push(5)
    assert dropped == [1, 2]
    assert ring.on_drop is None

    ring.on_drop = dropped.append
    del ring.on_drop
    assert ring.on_drop is None


def test_on_drop_may_fail(ringbuf):
    def fail(item):
        raise LookupError(item)

    ring = ringbuf.Ring(1, on_drop=fail)
    ring.push(1)
    with pytest.raises(LookupError, match=r"1\.0"):
        ring.push(2)
    assert list(ring) == [2]


def test_on_drop_may_change_the_ring(ringbuf):
    def replace(item):
        ring.on_drop = None
        ring.take(2)

    ring = ringbuf.Ring(2, replace)
    ring.extend([1, 2, 3])
    assert list(ring) == []


def test_iterator(ring):
    iterator = iter(ring)
    assert iter(iterator) is iterator
    assert type(iterator).__name__ == "RingIterator"
    assert list(iterator) == [2, 3, 4]
    assert list(iterator) == []
    ring.push(5)
    assert list(iterator) == []


def test_iterator_notices_changes(ring):
    iterator = iter(ring)
    assert next(iterator) == 2
    ring.push(5)
    with pytest.raises(RuntimeError, match="ring changed during iteration"):
        next(iterator)


def test_iterator_keeps_the_ring(ringbuf):
    ring = ringbuf.Ring(2)
    ring.extend([1, 2])
    iterator = iter(ring)
    del ring
    gc.collect()
    assert list(iterator) == [1, 2]


def test_buffer_shares_memory(ring):
    with memoryview(ring) as view:
        assert (view.shape, view.strides, view.format) == ((3,), (8,), "d")
        view[1] = 10
        assert struct.unpack("3d", view.tobytes()) == (2, 10, 4)
    assert list(ring) == [2, 10, 4]


def test_buffer_of_an_empty_ring(ringbuf):
    with memoryview(ringbuf.Ring(2)) as view:
        assert view.shape == (0,)


def test_cannot_change_while_a_buffer_exists(ring):
    with memoryview(ring), memoryview(ring):
        with pytest.raises(BufferError, match="a ring cannot change while a buffer of it exists"):
            ring.push(1)
        with pytest.raises(BufferError):
            ring.take()
    ring.push(5)
    assert ring[-1] == 5


def test_python_subclass(ringbuf):
    class Named(ringbuf.Ring):
        def __init__(self, capacity, name):
            self.name = name

        def __new__(cls, capacity, name):
            return super().__new__(cls, capacity)

    ring = Named(2, "inlet")
    ring.extend([1, 2, 3])
    assert (ring.name, list(ring)) == ("inlet", [2, 3])
    with memoryview(ring) as view:
        assert view.tolist() == [2, 3]


class Listener:
    """Refers to a ring that refers to it."""

    def __init__(self, ring_type):
        self.ring = ring_type(2, self.drop)
        self.ring.extend([1, 2])
        self.iterator = iter(self.ring)

    def drop(self, item):
        pass


def test_cycle_is_collected(ringbuf):
    listener = Listener(ringbuf.Ring)
    assert next(listener.iterator) == 1
    alive = weakref.ref(listener)
    del listener
    gc.collect()
    assert alive() is None


def test_references_balance(ringbuf):
    def callback(item):
        return item

    def counts():
        gc.collect()
        objects = [callback, ringbuf.Ring, type(iter(ringbuf.Ring(1)))]
        return [sys.getrefcount(obj) for obj in objects]

    before = counts()
    for _ in range(10):
        ring = ringbuf.Ring(2, on_drop=callback)
        ring.extend([1, 2, 3])
        ring.on_drop = ring.on_drop
        next(iter(ring))
        with memoryview(ring):
            pass
        with pytest.raises(TypeError):
            ring.extend([callback])
        with pytest.raises(TypeError):
            ringbuf.Ring(2, callback, callback)
        del ring
    assert counts() == before


def test_smooth(ringbuf):
    assert ringbuf.smooth([4, 8, 0]) == [4, 6, 3]
    assert ringbuf.smooth((4, 8), factor=0.25) == [4, 5]
    assert ringbuf.smooth([]) == []
    ring = ringbuf.Ring(2)
    ring.extend([1, 4, 8])
    assert ringbuf.smooth(ring, 1) == [4, 8]
    for bad in [1, ["1"], [1, None]]:
        with pytest.raises(TypeError):
            ringbuf.smooth(bad)
    with pytest.raises(TypeError):
        ringbuf.smooth([1], "half")
