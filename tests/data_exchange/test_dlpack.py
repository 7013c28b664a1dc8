"""Tensors, exchanged with NumPy and with what else knows DLPack: `hpy/dlpack.h`."""

import ctypes
import gc
import importlib.machinery
import sys
import textwrap
from collections import namedtuple

import pytest
from support import c_text, loading, module_fixture
from support.errors import error_of

pytestmark = pytest.mark.after_0_9_0

SOURCE = c_text(__file__, "tensors.c")
OPTIONS = {
    "methods": (
        "make",
        "address",
        "item",
        "get_freed",
        "export_without_shape",
        "new_and_delete",
        "look",
        "borrow",
        "hold",
        "write_held",
        "release_held",
    ),
    "defines": ("execute",),
    "globals": ("tensor_type",),
    "macros": (("HPY_TARGET_ABI_VERSION", "0x00000001"),),
}
mod = module_fixture(SOURCE, **OPTIONS)

Shown = namedtuple("Shown", "address shape strides dtype device flags kind")
CPU = (1, 0)
DOUBLE = (2, 64, 1)
READ_ONLY = 1


@pytest.fixture(scope="module")
def np():
    return pytest.importorskip("numpy", reason="NumPy has no wheels for this Python", minversion="1.22")


@pytest.fixture(scope="module")
def tvm_ffi():
    return pytest.importorskip("tvm_ffi", reason="apache-tvm-ffi has no wheels for this Python")


def look(mod, tensor):
    return Shown(*mod.look(tensor))


def freed(mod):
    gc.collect()
    return mod.get_freed()


def knows_versions(np):
    return tuple(map(int, np.__version__.split(".")[:2])) >= (2, 1)


# From NumPy


@pytest.mark.smoke
def test_a_tensor_of_numpy(mod, np):
    array = np.arange(6.0).reshape(2, 3)
    shown = look(mod, array)
    assert shown.address == array.ctypes.data
    # Before 1.2, strides that say nothing new were left out.
    strides, kind = ((3, 1), "versioned") if knows_versions(np) else (None, "unversioned")
    assert shown[1:] == ((2, 3), strides, DOUBLE, CPU, 0, kind)


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


@pytest.mark.smoke
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


@pytest.mark.smoke
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
    with pytest.raises(BufferError, match="without a copy"):
        np.from_dlpack(tensor, copy=True)


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
        ({"copy": True}, BufferError, "without a copy"),
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


class Producer:
    """What gives a capsule that was made elsewhere."""

    def __init__(self, make):
        self.__dlpack__ = make


def capsule(name, pointer=None):
    new = ctypes.pythonapi.PyCapsule_New
    new.restype, new.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
    return new(pointer if pointer is not None else ctypes.addressof(BLOCK), name, None)


#: Zeros, which have no deleter; not a version that is known.
BLOCK = ctypes.create_string_buffer(256)
UNKNOWN = b"something else"


@pytest.mark.smoke
def test_an_object_without_tensors(mod):
    text = "expected an object with a tensor, that is, with a method __dlpack__"
    assert error_of(mod.look, 1) == (TypeError, text)


def test_something_else_than_a_capsule(mod):
    text = "__dlpack__ did not return a capsule 'dltensor_versioned' or 'dltensor'"
    for result in (None, 1, capsule(UNKNOWN), capsule(None)):
        assert error_of(mod.look, Producer(lambda result=result, **_: result)) == (BufferError, text)


@pytest.mark.smoke
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


# The C exchange table


def c_function(*parameters):
    """The type of a function that returns a status, and may raise."""
    return ctypes.PYFUNCTYPE(ctypes.c_int, *parameters)


OUT = ctypes.POINTER(ctypes.c_void_p)


class Table(ctypes.Structure):
    _fields_ = [
        ("major", ctypes.c_uint32),
        ("minor", ctypes.c_uint32),
        ("prev_api", ctypes.c_void_p),
        ("allocate", ctypes.c_void_p),
        ("get", c_function(ctypes.py_object, OUT)),
        ("make", c_function(ctypes.c_void_p, OUT)),
        ("borrow", c_function(ctypes.py_object, ctypes.c_void_p)),
        ("stream", c_function(ctypes.c_int, ctypes.c_int32, OUT)),
    ]

    DELETER = ctypes.PYFUNCTYPE(None, ctypes.c_void_p)
    SET_ERROR = ctypes.PYFUNCTYPE(None, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p)
    ALLOCATE = c_function(ctypes.c_void_p, OUT, ctypes.c_void_p, SET_ERROR)

    @classmethod
    def of(cls, kind):
        pointer = ctypes.pythonapi.PyCapsule_GetPointer
        pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
        return cls.from_address(pointer(kind.__dlpack_c_exchange_api__, b"dlpack_exchange_api"))

    def object_of(self, managed):
        """The object that it makes, of which the reference is taken over."""
        made = ctypes.c_void_p()
        assert self.make(managed, made) == 0
        result = ctypes.cast(made, ctypes.py_object).value
        ctypes.pythonapi.Py_DecRef(ctypes.py_object(result))
        return result

    def delete(self, tensor):
        self.DELETER(ctypes.c_void_p.from_address(tensor + 16).value)(tensor)


@pytest.mark.smoke
def test_the_table_is_found_by_the_type(mod):
    table = Table.of(mod.Tensor)
    assert (table.major, table.minor, table.prev_api) == (1, 3, None)
    stream = ctypes.c_void_p(1)
    assert table.stream(1, 0, stream) == 0
    assert stream.value is None


@pytest.mark.smoke
def test_the_table_gives_a_tensor(mod):
    """To a program in C, which calls it with a `PyObject *`."""
    tensor = mod.make(2, 3, "")
    before = sys.getrefcount(tensor)
    table, managed = Table.of(mod.Tensor), ctypes.c_void_p()
    assert table.get(tensor, managed) == 0
    assert sys.getrefcount(tensor) == before + 1
    # version, manager_ctx, deleter, flags; then data
    assert ctypes.c_uint32.from_address(managed.value).value == 1
    assert ctypes.c_void_p.from_address(managed.value + 32).value == mod.address(tensor)
    table.delete(managed.value)
    assert sys.getrefcount(tensor) == before


def test_the_table_shows_a_tensor(mod):
    tensor = mod.make(2, 3, "")
    before = sys.getrefcount(tensor)
    shown = (ctypes.c_void_p * 6)()
    assert Table.of(mod.Tensor).borrow(tensor, ctypes.addressof(shown)) == 0
    assert shown[0] == mod.address(tensor)
    assert sys.getrefcount(tensor) == before


def test_the_table_passes_exceptions_on(mod):
    tensor, managed = mod.make(2, 3, "empty"), ctypes.c_void_p(1)
    with pytest.raises(BufferError, match="the tensor has no memory"):
        Table.of(mod.Tensor).get(tensor, managed)
    assert managed.value is None


@pytest.mark.smoke
def test_the_table_makes_an_object(mod):
    """Which has taken over the tensor, and with it another object."""
    table, tensor = Table.of(mod.Tensor), mod.make(2, 3, "")
    managed = ctypes.c_void_p()
    table.get(tensor, managed)
    made = table.object_of(managed)
    address = mod.address(tensor)
    before = freed(mod)
    del tensor
    assert freed(mod) == before
    assert mod.address(made) == address and mod.item(made, 1, 2) == 5
    del made
    assert freed(mod) == before + 2


@pytest.mark.smoke
def test_the_table_allocates(mod):
    table, managed = Table.of(mod.Tensor), ctypes.c_void_p()
    shape = (ctypes.c_int64 * 2)(3, 4)
    prototype = (ctypes.c_uint64 * 6)()
    prototype[1] = 1  # the device
    prototype[2] = 2 | (2 | 64 << 8 | 1 << 16) << 32  # ndim, dtype
    prototype[3] = ctypes.addressof(shape)
    errors = []
    set_error = Table.SET_ERROR(lambda _, kind, text: errors.append((kind, text)))
    allocate = Table.ALLOCATE(table.allocate)
    assert allocate(ctypes.addressof(prototype), managed, None, set_error) == 0
    shown = look(mod, table.object_of(managed))
    assert (shown.shape, shown.strides, shown.address % 256) == ((3, 4), (4, 1), 0)
    for device, length in ((2, 3), (1, 2**62), (1, -1)):
        prototype[1], shape[0] = device, length
        assert allocate(ctypes.addressof(prototype), managed, None, set_error) == -1
        assert managed.value is None
    assert [kind for kind, _ in errors] == [b"BufferError", b"MemoryError", b"MemoryError"]


@pytest.mark.smoke
def test_our_consumer_uses_the_table(mod):
    tensor = mod.make(2, 3, "readonly")
    shown = look(mod, tensor)
    assert shown == (mod.address(tensor), (2, 3), (3, 1), DOUBLE, CPU, READ_ONLY, "versioned")
    borrowed = Shown(*mod.borrow(tensor))
    assert borrowed[:5] == shown[:5]
    with pytest.raises(BufferError, match="no strides"):
        mod.borrow(mod.make(2, 3, "no strides"))


def test_a_type_without_a_table(mod, np):
    if not hasattr(np.ndarray, "__dlpack_c_exchange_api__"):
        assert mod.borrow(np.zeros(3)) is None
    assert mod.borrow(1) is None


def test_a_table_that_is_none(mod):
    kind = type("Without", (mod.Tensor,), {"__dlpack_c_exchange_api__": None})
    assert mod.borrow(kind()) is None


@pytest.mark.parametrize("attribute", [1, capsule(UNKNOWN)], ids=["int", "capsule"])
def test_a_forged_table(mod, attribute):
    kind = type("Forged", (mod.Tensor,), {"__dlpack_c_exchange_api__": attribute})
    for function in (mod.look, mod.borrow):
        error, text = error_of(function, kind())
        assert error is BufferError and "is not a capsule 'dlpack_exchange_api'" in text


def test_a_table_of_another_version(mod):
    """An older one that it points to is used, or the method if there is none."""
    newer = Table()
    newer.major, newer.minor = 2, 0
    api = capsule(b"dlpack_exchange_api", ctypes.addressof(newer))
    kind = type("Newer", (mod.Tensor,), {"__dlpack_c_exchange_api__": api})
    assert mod.borrow(kind()) is None
    newer.prev_api = ctypes.addressof(Table.of(mod.Tensor))
    with pytest.raises(BufferError, match="the tensor has no memory"):
        mod.borrow(kind())


def test_the_interpreter_ends_before_tensors_do(run_in_subprocess, np):
    code = """
        import numpy
        array = numpy.from_dlpack(mod.make(2, 3, ""))
        mod.hold(array)
        mod.kept = array, mod.make(2, 3, "").__dlpack__(max_version=(1, 0))
        print(array.tolist())
    """
    done = run_in_subprocess(textwrap.dedent(code), SOURCE, **OPTIONS)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]\n")


@pytest.mark.abis("universal")
def test_each_mode_has_a_table_of_its_own(compile_module):
    """One binary, loaded twice: the functions of each table get the context of their own module."""
    from hpy.debug import LeakDetector

    path = compile_module(SOURCE, **OPTIONS)
    plain, debugged = (load_in_mode(path, mode) for mode in ("universal", "debug"))
    tables = [Table.of(module.Tensor) for module in (plain, debugged)]
    assert ctypes.addressof(tables[0]) != ctypes.addressof(tables[1])
    with LeakDetector():
        for one, other in ((plain, debugged), (debugged, plain)):
            tensor = one.make(2, 3, "")
            assert look(other, tensor).address == one.address(tensor)
            assert Shown(*other.borrow(tensor)).address == one.address(tensor)
            managed = ctypes.c_void_p()
            Table.of(one.Tensor).get(tensor, managed)
            assert other.address(Table.of(other.Tensor).object_of(managed)) == one.address(tensor)


def load_in_mode(path, mode):
    import hpy.universal

    spec = importlib.machinery.ModuleSpec("mod", None, origin=str(path))
    return hpy.universal.load("mod", str(path), spec, mode=loading.MODES[mode])


@pytest.mark.smoke
def test_a_table_of_apache_tvm_ffi(mod, np, tvm_ffi):
    array = np.arange(6.0).reshape(2, 3)
    other = tvm_ffi.core.DLTensorTestWrapper(tvm_ffi.from_dlpack(array))
    shown = look(mod, other)
    assert (shown.address, shown.shape, shown.dtype, shown.kind) == (
        array.ctypes.data,
        (2, 3),
        DOUBLE,
        "versioned",
    )
    assert mod.borrow(other) is None  # the function is NULL there


@pytest.mark.smoke
def test_apache_tvm_ffi_uses_our_table(mod, np, tvm_ffi):
    tensor = mod.make(2, 3, "")
    before = sys.getrefcount(tensor)
    other = tvm_ffi.from_dlpack(tensor)
    assert np.from_dlpack(other).ctypes.data == mod.address(tensor)
    assert sys.getrefcount(tensor) == before + 1
    del other
    assert sys.getrefcount(tensor) == before
