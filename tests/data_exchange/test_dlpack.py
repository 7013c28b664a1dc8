"""Tensors, exchanged with NumPy and with what else knows DLPack: `hpy/dlpack.h`."""

import ctypes
import sys
import textwrap

import pytest
from data_exchange.tensors import (
    CPU,
    DOUBLE,
    IS_COPIED,
    OPTIONS,
    READ_ONLY,
    SOURCE,
    UNKNOWN,
    Producer,
    capsule,
    freed,
    look,
)
from support import module_fixture
from support.errors import error_of

pytestmark = pytest.mark.after_0_9_0

mod = module_fixture(SOURCE, **OPTIONS)


def knows_versions(np):
    return tuple(map(int, np.__version__.split(".")[:2])) >= (2, 1)


# From NumPy


@pytest.mark.smoke
def test_a_tensor_of_numpy(mod, np):
    array = np.arange(6.0).reshape(2, 3)
    shown = look(mod, array)
    assert shown.address == array.ctypes.data
    assert shown.shape == (2, 3)
    # DLPack before 1.2 let strides that say nothing new be left out, and so does NumPy before 2.3.
    assert shown.strides in [(3, 1), None]
    kind = "versioned" if knows_versions(np) else "unversioned"
    assert shown[3:] == (DOUBLE, CPU, 0, kind)


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [("int16", (0, 16, 1)), ("uint8", (1, 8, 1)), ("complex64", (5, 64, 1)), ("float32", (2, 32, 1))],
)
def test_types_of_items(mod, np, dtype, expected):
    assert look(mod, np.zeros(3, dtype)).dtype == expected


def test_a_tensor_that_is_not_contiguous(mod, np):
    array = np.arange(24.0).reshape(4, 6)[::2, 1::3].T
    shown = look(mod, array)
    assert (shown.address, shown.shape, shown.strides) == (array.ctypes.data, (2, 2), (3, 12))


def test_a_tensor_without_dimensions(mod, np):
    array = np.array(1.0)
    shown = look(mod, array)
    assert (shown.address, shown.shape or ()) == (array.ctypes.data, ())


def test_memory_that_is_read_only(mod, np):
    array = np.arange(3.0)
    array.flags.writeable = False
    if knows_versions(np):
        assert look(mod, array).flags == READ_ONLY
    else:
        with pytest.raises((BufferError, TypeError)):
            mod.look(array)


def test_memory_is_shared_and_kept(mod, np):
    array = np.zeros(3)
    before = sys.getrefcount(array)
    mod.hold(array)
    assert sys.getrefcount(array) > before
    mod.write_held(2.5)
    assert array.tolist() == [2.5, 0, 0]
    mod.release_held(False)
    assert sys.getrefcount(array) == before


def test_a_tensor_is_released_by_another_thread(mod, np):
    array = np.zeros(3)
    before = sys.getrefcount(array)
    mod.hold(array)
    mod.release_held(True)
    assert sys.getrefcount(array) == before


def test_what_numpy_cannot_give(mod, np):
    kind, text = error_of(mod.look, np.array(["text"]))
    assert kind in (BufferError, RuntimeError, TypeError)


# To NumPy


@pytest.mark.smoke
def test_numpy_sees_the_memory(mod, np):
    tensor = mod.make(2, 3, "")
    array = np.from_dlpack(tensor)
    assert array.ctypes.data == mod.address(tensor)
    assert (array.shape, array.strides, array.dtype) == ((2, 3), (24, 8), np.float64)
    assert array.tolist() == [[0, 1, 2], [3, 4, 5]]
    if knows_versions(np):
        array[1, 2] = 10
        assert mod.item(tensor, 1, 2) == 10


def test_numpy_sees_strides(mod, np):
    tensor = mod.make(2, 3, "transposed")
    array = np.from_dlpack(tensor)
    assert array.ctypes.data == mod.address(tensor)
    assert array.tolist() == [[0, 3], [1, 4], [2, 5]]


def test_a_tensor_without_strides(mod, np):
    assert np.from_dlpack(mod.make(2, 3, "no strides")).strides == (24, 8)


def test_numpy_keeps_the_tensor_alive(mod, np):
    tensor = mod.make(2, 3, "")
    before = freed(mod)
    array = np.from_dlpack(tensor)
    del tensor
    assert freed(mod) == before
    assert array.tolist() == [[0, 1, 2], [3, 4, 5]]
    del array
    assert freed(mod) == before + 1


def test_a_subclass_in_python(mod, np):
    class Sub(mod.Tensor):
        pass

    with pytest.raises(BufferError, match="no memory"):
        np.from_dlpack(Sub())
    with pytest.raises(BufferError, match="no memory"):
        mod.look(Sub())


def test_numpy_must_not_write(mod, np):
    tensor = mod.make(2, 3, "readonly")
    if not knows_versions(np):
        with pytest.raises(BufferError, match="read-only"):
            np.from_dlpack(tensor)
        return
    array = np.from_dlpack(tensor)
    assert not array.flags.writeable
    assert array.ctypes.data == mod.address(tensor)


def test_numpy_asks_for_the_device_that_it_is_on(mod, np):
    if not knows_versions(np):
        pytest.skip("NumPy before 2.1 does not ask")
    tensor = mod.make(2, 3, "")
    assert np.from_dlpack(tensor, device="cpu", copy=False).ctypes.data == mod.address(tensor)


@pytest.mark.parametrize("kind", ["", "transposed", "no strides", "readonly"])
def test_numpy_asks_for_a_copy(mod, np, kind):
    if not knows_versions(np):
        pytest.skip("NumPy before 2.1 does not ask")
    tensor = mod.make(2, 3, kind)
    before = sys.getrefcount(tensor)
    array = np.from_dlpack(tensor, copy=True)
    assert array.ctypes.data != mod.address(tensor)
    assert array.ctypes.data % 256 == 0
    assert array.flags.writeable and array.flags.c_contiguous
    assert array.tolist() == ([[0, 3], [1, 4], [2, 5]] if kind == "transposed" else [[0, 1, 2], [3, 4, 5]])
    assert sys.getrefcount(tensor) == before


def test_a_copy_is_marked(mod):
    tensor = mod.make(2, 3, "readonly")
    copy = Producer(lambda **_: tensor.__dlpack__(copy=True, max_version=(1, 0)))
    assert look(mod, copy).flags == IS_COPIED


# The methods


def test_the_device(mod):
    assert mod.make(2, 3, "").__dlpack_device__() == CPU


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({}, "dltensor"),
        ({"max_version": None}, "dltensor"),
        ({"max_version": (0, 8)}, "dltensor"),
        ({"max_version": (1, 0)}, "dltensor_versioned"),
        ({"max_version": (7, 3), "stream": None, "copy": False, "dl_device": CPU}, "dltensor_versioned"),
    ],
)
def test_the_capsule_is_what_the_caller_knows(mod, arguments, name):
    tensor = mod.make(2, 3, "")
    before = sys.getrefcount(tensor)
    capsule = tensor.__dlpack__(**arguments)
    assert f'"{name}"' in repr(capsule)
    assert sys.getrefcount(tensor) == before + 1
    del capsule
    assert sys.getrefcount(tensor) == before


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"stream": 1}, BufferError, "no streams"),
        ({"dl_device": (2, 0)}, BufferError, "another device"),
        ({"copy": True}, BufferError, "can tell of copies since 1.0 only"),
        ({"max_version": 1}, TypeError, "'max_version' must be a tuple of two integers or None"),
        ({"max_version": ("1", "0")}, TypeError, "integer"),
        ({"dl_device": (1,)}, TypeError, "'dl_device' must be a tuple of two integers or None"),
        ({"unknown": 1}, TypeError, "unknown"),
    ],
)
def test_what_the_method_refuses(mod, arguments, error, text):
    tensor = mod.make(2, 3, "")
    before = sys.getrefcount(tensor)
    with pytest.raises(error, match=text):
        tensor.__dlpack__(**arguments)
    assert sys.getrefcount(tensor) == before


def test_a_tensor_without_a_shape_is_not_exported(mod):
    assert error_of(mod.export_without_shape, 1) == (
        BufferError,
        "a tensor for other libraries needs a shape",
    )


def test_the_shape_is_copied(mod):
    owner = object()
    before = sys.getrefcount(owner)
    assert mod.new_and_delete(owner) is True
    assert sys.getrefcount(owner) == before


# Bad producers


def test_an_object_without_tensors(mod):
    text = "expected an object with a tensor, that is, with a method __dlpack__"
    assert error_of(mod.look, 1) == (TypeError, text)


def test_something_else_than_a_capsule(mod):
    text = "__dlpack__ did not return a capsule 'dltensor_versioned' or 'dltensor'"
    for result in (None, 1, capsule(UNKNOWN), capsule(None)):
        assert error_of(mod.look, Producer(lambda result=result, **_: result)) == (BufferError, text)


def test_a_capsule_that_was_used(mod):
    tensor = mod.make(2, 3, "")
    for arguments in ({}, {"max_version": (1, 3)}):
        once = tensor.__dlpack__(**arguments)
        producer = Producer(lambda once=once, **_: once)
        assert look(mod, producer).address == mod.address(tensor)
        assert '"used_dltensor' in repr(once)
        kind, text = error_of(mod.look, producer)
        assert kind is BufferError and "somebody else has taken" in text


def test_a_capsule_that_numpy_has_used(mod, np):
    once = mod.make(2, 3, "").__dlpack__()
    array = np.from_dlpack(DeviceProducer(once))
    assert array[1, 2] == 5
    kind, text = error_of(mod.look, DeviceProducer(once))
    assert kind is BufferError and "somebody else has taken" in text


class DeviceProducer:
    def __init__(self, once):
        self.once = once

    def __dlpack__(self, **_):
        return self.once

    def __dlpack_device__(self):
        return CPU


@pytest.mark.parametrize("major", [0, 2, 2**31])
def test_a_version_that_is_not_known(mod, major):
    """Its deleter is called all the same."""
    deleted = []
    deleter = ctypes.PYFUNCTYPE(None, ctypes.c_void_p)(deleted.append)
    block = ctypes.create_string_buffer(256)
    address = ctypes.addressof(block)
    ctypes.c_uint32.from_address(address).value = major
    ctypes.c_void_p.from_address(address + 16).value = ctypes.cast(deleter, ctypes.c_void_p).value
    kind, text = error_of(mod.look, Producer(lambda **_: capsule(b"dltensor_versioned", address)))
    assert (
        kind is BufferError
        and f"the layout of DLPack {major}.0, and this extension reads that of 1.x" in text
    )
    assert deleted == [address]


def test_a_tensor_without_a_shape(mod):
    block = ctypes.create_string_buffer(256)
    ctypes.c_int32.from_address(ctypes.addressof(block) + 16).value = 2  # ndim
    producer = Producer(lambda **_: capsule(b"dltensor", ctypes.addressof(block)))
    assert error_of(mod.look, producer) == (BufferError, "the tensor of the other library has no shape")


def test_a_producer_that_does_not_know_versions(mod):
    calls = []
    tensor = mod.make(2, 3, "")

    class Old:
        def __dlpack__(self, stream=None):
            calls.append(stream)
            return tensor.__dlpack__()

    shown = look(mod, Old())
    assert (shown.address, shown.kind, calls) == (mod.address(tensor), "unversioned", [None])


def test_a_producer_that_fails(mod):
    def fail(**_):
        raise ZeroDivisionError("no tensor")

    assert error_of(mod.look, Producer(fail)) == (ZeroDivisionError, "no tensor")


def test_the_interpreter_ends_before_tensors_do(run_in_subprocess, np):
    code = """
        import numpy
        array = numpy.from_dlpack(mod.make(2, 3, ""))
        mod.hold(numpy.zeros(3))
        mod.kept = array, mod.make(2, 3, "").__dlpack__(max_version=(1, 0))
        print(array.tolist())
    """
    done = run_in_subprocess(textwrap.dedent(code), SOURCE, **OPTIONS)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]\n")
