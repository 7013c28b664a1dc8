"""Memory views as objects. What is in them is read with `HPy_GetBuffer`, see `test_buffer.py`."""

import array
import ctypes

import pytest
from support import NULL, function, module_fixture

pytestmark = pytest.mark.after_0_9_0

mod = module_fixture(
    """
static char memory[] = "abcdef";
static int32_t numbers[6] = {1, 2, 3, 4, 5, 6};

/* Of all that is in the view, only the memory and the format have to stay. */
static HPy from_buffer(HPyContext *ctx, bool is_null)
{
    HPy_ssize_t shape[2] = {3, 2}, strides[2] = {4, 12};
    HPy_buffer view = {0};
    view.buf = is_null ? NULL : numbers;
    view.len = sizeof(numbers);
    view.itemsize = sizeof(numbers[0]);
    view.ndim = 2;
    view.format = (char *)"i";
    view.shape = shape;
    view.strides = strides;
    return HPyMemoryView_FromBuffer(ctx, &view);
}

static HPy from_memory(HPyContext *ctx, HPy size, HPy access)
{
    int flags = (int)HPyLong_AsLong(ctx, access);
    return HPyMemoryView_FromMemory(ctx, memory, HPyLong_AsSsize_t(ctx, size), flags);
}

static HPy contiguous(HPyContext *ctx, HPy obj, HPy access, HPy order)
{
    char order_char = (char)HPyLong_AsLong(ctx, order);
    return HPyMemoryView_GetContiguous(ctx, obj, (int)HPyLong_AsLong(ctx, access), order_char);
}
"""
    + function("from_object", 1, "HPyMemoryView_FromObject(ctx, a)")
    + function("from_buffer", 0, "from_buffer(ctx, false)")
    + function("from_buffer_of_null", 0, "from_buffer(ctx, true)")
    + function("from_no_buffer", 0, "HPyMemoryView_FromBuffer(ctx, NULL)")
    + function("from_memory", 2, "from_memory(ctx, a, b)")
    + function("from_no_memory", 0, "HPyMemoryView_FromMemory(ctx, NULL, 3, HPyBUF_READ)")
    + function("contiguous", 3, "contiguous(ctx, a, b, c)"),
    macros=[("HPY_TARGET_ABI_VERSION", "0x00000001")],
)

READ, WRITE = 0x100, 0x200


@pytest.mark.smoke
def test_from_object(mod):
    data = bytearray(b"abc")
    view = mod.from_object(data)
    assert type(view) is memoryview and view.obj is data
    view[0] = 120
    assert data == b"xbc"
    view.release()


def test_from_what_has_no_memory(mod):
    for other in [3, None, "text"]:
        with pytest.raises(TypeError):
            mod.from_object(other)
    with pytest.raises(SystemError):
        mod.from_object(NULL)


@pytest.mark.smoke
def test_from_buffer(mod):
    view = mod.from_buffer()
    assert view.obj is None
    assert (view.format, view.shape, view.strides) == ("i", (3, 2), (4, 12))
    assert view.tolist() == [[1, 4], [2, 5], [3, 6]]
    assert not view.readonly


def test_from_buffer_of_null(mod):
    with pytest.raises(ValueError):
        mod.from_buffer_of_null()
    with pytest.raises(SystemError, match="null argument to HPyMemoryView_FromBuffer"):
        mod.from_no_buffer()


@pytest.mark.smoke
def test_from_memory(mod):
    readable, writable = mod.from_memory(3, READ), mod.from_memory(6, WRITE)
    assert readable == b"abc" and readable.readonly
    writable[0] = ord("x")
    assert readable == b"xbc" and writable == b"xbcdef"
    writable[0] = ord("a")
    with pytest.raises(TypeError):
        readable[0] = 1
    assert mod.from_memory(0, READ) == b""


def test_from_memory_that_is_not_there(mod):
    for call in [
        mod.from_no_memory,
        lambda: mod.from_memory(-1, READ),
        lambda: mod.from_memory(3, 0),
        lambda: mod.from_memory(3, READ | WRITE),
    ]:
        with pytest.raises(ValueError, match="a memory view is of memory"):
            call()


@pytest.mark.smoke
def test_what_is_contiguous_is_not_copied(mod):
    numbers = array.array("i", range(6))
    for order in "CFA":
        view = mod.contiguous(numbers, WRITE, ord(order))
        assert view.tolist() == list(range(6)) and view.obj is numbers
        view.release()


@pytest.mark.smoke
def test_what_is_not_contiguous_is_copied_to_be_read(mod):
    numbers = memoryview(array.array("i", range(6)))[::2]
    for order in "CFA":
        copy = mod.contiguous(numbers, READ, ord(order))
        assert copy.tolist() == [0, 2, 4] and copy.contiguous
    with pytest.raises(BufferError):
        mod.contiguous(numbers, WRITE, ord("C"))


def test_the_order_of_a_copy(mod):
    rows = (ctypes.c_int * 3 * 2)((1, 2, 3), (4, 5, 6))
    copy = mod.contiguous(rows, READ, ord("F"))
    assert copy.f_contiguous and copy == memoryview(rows)
    assert copy.tobytes("A") == bytes((ctypes.c_int * 6)(1, 4, 2, 5, 3, 6))


def test_read_only_memory_is_not_written_to(mod):
    with pytest.raises(BufferError):
        mod.contiguous(b"abc", WRITE, ord("C"))


@pytest.mark.parametrize("access, order", [(0, "C"), (READ | WRITE, "C"), (READ, "X"), (READ, "\0")])
def test_another_access_or_order(mod, access, order):
    with pytest.raises(ValueError, match="access must be HPyBUF_READ or HPyBUF_WRITE"):
        mod.contiguous(b"abc", access, ord(order))


def test_contiguous_of_what_has_no_memory(mod):
    with pytest.raises(TypeError):
        mod.contiguous(3, READ, ord("C"))
    with pytest.raises(SystemError):
        mod.contiguous(NULL, READ, ord("C"))
