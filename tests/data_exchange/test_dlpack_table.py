"""The C exchange table of DLPack 1.3: ours, called from C, and those of others: `hpy/dlpack.h`."""

import ctypes
import importlib.machinery
import sys

import pytest
from data_exchange.tensors import (
    CPU,
    DOUBLE,
    OPTIONS,
    READ_ONLY,
    SOURCE,
    UNKNOWN,
    Shown,
    capsule,
    freed,
    look,
)
from support import loading, module_fixture
from support.errors import error_of

pytestmark = pytest.mark.after_0_9_0

mod = module_fixture(SOURCE, **OPTIONS)


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


def test_the_table_is_found_by_the_type(mod):
    table = Table.of(mod.Tensor)
    assert (table.major, table.minor, table.prev_api) == (1, 3, None)
    stream = ctypes.c_void_p(1)
    assert table.stream(1, 0, stream) == 0
    assert stream.value is None


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


@pytest.mark.parametrize("make", [int, lambda: capsule(UNKNOWN)], ids=["int", "capsule"])
def test_a_forged_table(mod, make):
    kind = type("Forged", (mod.Tensor,), {"__dlpack_c_exchange_api__": make()})
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


def test_apache_tvm_ffi_uses_our_table(mod, np, tvm_ffi):
    tensor = mod.make(2, 3, "")
    before = sys.getrefcount(tensor)
    other = tvm_ffi.from_dlpack(tensor)
    assert np.from_dlpack(other).ctypes.data == mod.address(tensor)
    assert sys.getrefcount(tensor) == before + 1
    del other
    assert sys.getrefcount(tensor) == before
