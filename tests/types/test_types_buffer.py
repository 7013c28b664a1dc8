"""Types that give others access to their memory: `HPy_bf_getbuffer` and `HPy_bf_releasebuffer`."""

import gc
import sys
import weakref

import pytest
from support import c_text, function, module_fixture, noargs
from support.specs import BASE, METACLASS, maker, type_spec

SOURCE = c_text(__file__)

mod = module_fixture(
    SOURCE
    + type_spec("Matrix", "getbuffer", "releasebuffer", "exports", basicsize="sizeof(Data)")
    + type_spec("Unreleased", "getbuffer", "exports", basicsize="sizeof(Data)")
    + type_spec("Borrowing", "borrowing_getbuffer")
    + type_spec("Derived", "exports", basicsize="sizeof(Data)")
    + maker("Matrix", "Unreleased", "Borrowing", "Derived")
    + noargs(
        "observed",
        '    return HPy_BuildValue(ctx, "(iii)", last_flags, was_zeroed, released_as_given);',
    )
    + function("set_closed", 1, "closed = HPy_IsTrue(ctx, a)", "status"),
    methods=["make", "method_observed", "method_set_closed"],
)


class Meta(type):
    pass


@pytest.fixture(params=["type", "metaclass", "python subclass", "derived"])
def matrix(mod, request):
    if request.param == "metaclass":
        return mod.make("Matrix", METACLASS, Meta)()
    cls = mod.make("Matrix")
    if request.param == "python subclass":
        cls = type("Sub", (cls,), {})
    elif request.param == "derived":
        cls = mod.make("Derived", BASE, cls)
    return cls()


@pytest.fixture
def closed(mod):
    mod.set_closed(True)
    yield
    mod.set_closed(False)


@pytest.mark.smoke
def test_memoryview(mod):
    instance = mod.make("Matrix")()
    view = memoryview(instance)
    assert (view.format, view.itemsize, view.nbytes) == ("i", 4, 24)
    assert (view.ndim, view.shape, view.strides, view.suboffsets) == (2, (2, 3), (12, 4), ())
    assert (view.readonly, view.contiguous) == (False, True)
    assert view.obj is instance


def test_memory_is_shared(matrix):
    view = memoryview(matrix)
    for number in (42, 0):
        view[1, 2] = number
        view.cast("B").cast("i")[0] = number + 1
        assert memoryview(matrix).tolist() == [[number + 1, 0, 0], [0, 0, number]]
    assert bytes(matrix) == view.tobytes()


def test_every_view_is_released(mod, matrix):
    assert matrix.exports == 0
    first, second = memoryview(matrix), memoryview(matrix)
    assert matrix.exports == 2
    first.release()
    assert matrix.exports == 1
    with second:
        pass
    assert matrix.exports == 0
    assert mod.observed()[2] == 1
    b"".join([matrix, matrix])
    assert matrix.exports == 0


def test_flags_are_passed(mod):
    instance = mod.make("Matrix")()
    memoryview(instance)
    full_readonly = 0x100 | 0x18 | 0x4  # PyBUF_FULL_RO
    assert mod.observed()[0] == full_readonly
    b"".join([instance])
    assert mod.observed()[0] == 0  # PyBUF_SIMPLE


@pytest.mark.fixed_defect
def test_view_is_zeroed(mod):
    """It held whatever was on the stack."""
    instance = mod.make("Matrix")()
    for use in (memoryview, bytes, bytearray):
        use(instance)
        assert mod.observed()[1] == 1


def test_failure(mod, matrix, closed):
    for use in (memoryview, bytes, bytearray):
        with pytest.raises(BufferError, match="closed"):
            use(matrix)
    assert matrix.exports == 0


def test_view_owns_a_reference(mod):
    instance = mod.make("Matrix")()
    before = sys.getrefcount(instance)
    view = memoryview(instance)
    assert sys.getrefcount(instance) == before + 1
    view.release()
    assert sys.getrefcount(instance) == before
    for _ in range(10):
        bytes(instance)
    mod.set_closed(True)
    for _ in range(10):
        with pytest.raises(BufferError):
            bytes(instance)
    mod.set_closed(False)
    assert sys.getrefcount(instance) == before


def test_view_keeps_the_object_alive(mod):
    class Sub(mod.make("Unreleased")):
        pass

    instance = Sub()
    reference = weakref.ref(instance)
    view = memoryview(instance)
    del instance
    gc.collect()
    assert reference() is not None
    view.release()
    gc.collect()
    assert reference() is None


def test_type_without_releasebuffer(mod):
    instance = mod.make("Unreleased")()
    memoryview(instance).release()
    assert instance.exports == 1


def test_view_of_another_object(mod):
    class Sub(mod.make("Borrowing")):
        pass

    instance = Sub()
    instance.source = bytes([1, 2, 3])
    view = memoryview(instance)
    # A memoryview names the owner of the memory.
    assert view.obj is instance.source and view.readonly
    instance.source = None
    assert (view.tolist(), view.format) == ([1, 2, 3], "B")
    with pytest.raises(TypeError):
        view[0] = 1


def test_object_without_buffer(mod):
    with pytest.raises(TypeError, match="a bytes-like object is required, not 'mod.Derived'"):
        memoryview(mod.make("Derived")())


def test_types_with_buffers_are_freed(mod):
    def make():
        cls = mod.make("Matrix")
        memoryview(cls())
        return weakref.ref(cls)

    reference = make()
    gc.collect()
    assert reference() is None
