"""The buffer protocol with NumPy and PyArrow, which offer and use it more than anything else does.

The functions are those of `api/test_buffer.c`.
"""

import sys

import pytest
from api.test_buffer import FULL_RO, OPTIONS, SIMPLE, SOURCE, STRIDES, WRITABLE, look
from support import module_fixture

pytestmark = pytest.mark.after_0_9_0

CLOSED_BY_NUMPY = (BufferError, ValueError)

mod = module_fixture(SOURCE, **OPTIONS)


# From NumPy


@pytest.mark.smoke
def test_a_view_of_an_array(mod, np):
    array = np.arange(6.0).reshape(2, 3)
    view = look(mod, array, FULL_RO)
    assert view[2:] == (48, 8, 0, 2, "d", (2, 3), (24, 8), None)
    assert view.buf == array.ctypes.data
    assert view.obj is array


def test_a_layout_that_is_not_contiguous(mod, np):
    array = np.arange(24, dtype="i2").reshape(4, 6)
    part = array[::2, ::-3]
    view = look(mod, part, STRIDES)
    assert (view.buf, view.shape, view.strides) == (part.ctypes.data, (2, 2), (24, -6))
    with pytest.raises(CLOSED_BY_NUMPY):
        mod.look(part, SIMPLE)
    assert look(mod, array.T, 0x58).strides == (2, 12)


def test_memory_that_is_read_only(mod, np):
    array = np.arange(3)
    array.flags.writeable = False
    assert look(mod, array, SIMPLE).readonly == 1
    with pytest.raises(CLOSED_BY_NUMPY):
        mod.look(array, WRITABLE)


def test_formats(mod, np):
    record = np.dtype([("a", "i4"), ("b", "f8")], align=True)
    assert look(mod, np.zeros(2, record), FULL_RO).format == "T{i:a:xxxxd:b:}"
    assert look(mod, np.zeros(2, "complex64"), FULL_RO).format == "Zf"
    assert look(mod, np.array(1, "u1"), FULL_RO)[3:] == (1, 0, 0, "B", None, None, None)


def test_an_array_is_kept_and_written_to(mod, np):
    array = np.zeros(4, "S1")
    before = sys.getrefcount(array)
    mod.hold(array)
    assert sys.getrefcount(array) == before + 1
    mod.write_held()
    mod.release_held()
    assert array[0] == b"X"
    assert sys.getrefcount(array) == before


def test_contiguous_views(mod, np):
    array = np.zeros((2, 3, 4))
    for part in (array, array.T, array[:, :, :1], array[:, 1:2].T, array[:1].T, array[::2, :1]):
        expected = 8 * part.flags.c_contiguous + 4 * part.flags.f_contiguous + 2 * part.flags.forc
        assert mod.is_contiguous(part, FULL_RO) == expected


# To NumPy


def test_numpy_sees_the_memory(mod, np):
    exporter = mod.make("Exporter")()
    address = look(mod, exporter, FULL_RO).buf
    before = mod.get_exports()
    array = np.asarray(exporter)
    assert array.ctypes.data == address
    assert (array.shape, array.strides, array.dtype) == ((2, 3), (3, 1), np.dtype("S1"))
    assert array.tolist() == [[b"a", b"b", b"c"], [b"d", b"e", b"f"]]
    assert mod.get_exports() == before + 1
    del array
    assert mod.get_exports() == before


def test_numpy_sees_memory_that_is_passed_on(mod, np):
    """Through two types of HPy, from an array to an array."""
    source = np.arange(3)
    passing = type("Source", (mod.make("Passing"),), {})()
    passing.source = source
    array = np.asarray(passing)
    assert array.ctypes.data == source.ctypes.data
    assert array.tolist() == [0, 1, 2]


# PyArrow


def test_a_view_of_a_buffer_of_pyarrow(mod, pa):
    buffer = pa.array([1, 2, 3], pa.int32()).buffers()[1]
    view = look(mod, buffer, SIMPLE)
    assert (view.buf, view.len, view.readonly) == (buffer.address, buffer.size, not buffer.is_mutable)


def test_pyarrow_sees_the_memory(mod, pa):
    exporter = mod.make("Exporter")()
    before = mod.get_exports()
    buffer = pa.py_buffer(exporter)
    assert buffer.address == look(mod, exporter, FULL_RO).buf
    assert buffer.to_pybytes() == b"abcdef"
    array = pa.Array.from_buffers(pa.int8(), 6, [None, buffer])
    assert array.to_pylist() == list(b"abcdef")
    assert mod.get_exports() == before + 1
    del buffer, array
    assert mod.get_exports() == before
