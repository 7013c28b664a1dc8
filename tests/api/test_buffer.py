"""Buffers of other objects. Those of an extension's types are in tests/types."""

import sys

import pytest
from support import varargs

pytestmark = [pytest.mark.smoke, pytest.mark.after_0_9_0]

SOURCE = varargs(
    "read",
    """
    HPy_buffer view;
    if (HPy_GetBuffer(ctx, args[0], &view, (int)HPyLong_AsLong(ctx, args[1])) < 0)
        return HPy_NULL;
    HPy copy = HPyBytes_FromStringAndSize(ctx, (const char *)view.buf, view.len);
    HPy result = HPy_IsNull(copy) ? HPy_NULL : HPy_BuildValue(ctx, "(Oii)", copy, view.readonly, view.ndim);
    HPy_Close(ctx, copy);
    HPy_ReleaseBuffer(ctx, &view);
    HPy_ReleaseBuffer(ctx, &view);
    return result;
    """,
)


@pytest.fixture
def mod(make_module):
    return make_module(SOURCE, macros=[("HPY_TARGET_ABI_VERSION", "0x00000001")])


def test_memory_is_read(mod):
    assert mod.read(b"abc", 0) == (b"abc", 1, 1)
    assert mod.read(memoryview(bytearray(b"abc")), 1) == (b"abc", 0, 1)


def test_the_buffer_is_released(mod):
    data = bytearray(b"abc")
    before = sys.getrefcount(data)
    mod.read(data, 0)
    data.append(0)
    assert sys.getrefcount(data) == before


def test_what_cannot_be_had_is_refused(mod):
    with pytest.raises(BufferError):
        mod.read(b"abc", 1)
    with pytest.raises(TypeError, match="bytes-like object is required, not 'str'"):
        mod.read("abc", 0)
