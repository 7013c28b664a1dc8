"""Memory of the engine's allocator."""

import sys

import pytest
from support import function, module_fixture, noargs, unary

pytestmark = pytest.mark.after_0_9_0

mod = module_fixture(
    "#include <string.h>\n"
    "static char *held;\n"
    + function("allocate", 1, "held = (char *)HPyMem_Malloc(ctx, HPyLong_AsSize_t(ctx, a))", "address")
    + function(
        "allocate_items",
        2,
        "held = (char *)HPyMem_Calloc(ctx, HPyLong_AsSize_t(ctx, a), HPyLong_AsSize_t(ctx, b))",
        "address",
    )
    + unary(
        "resize",
        """
    char *block = (char *)HPyMem_Realloc(ctx, held, HPyLong_AsSize_t(ctx, arg));
    if (block == NULL)
        return HPy_NULL;
    held = block;
    return HPy_Dup(ctx, ctx->h_None);""",
    )
    + noargs("free", "HPyMem_Free(ctx, held);\nheld = NULL;\nreturn HPy_Dup(ctx, ctx->h_None);")
    + unary("write", "memcpy(held, HPyBytes_AsString(ctx, arg), (size_t)HPyBytes_Size(ctx, arg));\n"
            "return HPy_Dup(ctx, ctx->h_None);")
    + function("read", 1, "HPyBytes_FromStringAndSize(ctx, held, HPyLong_AsSsize_t(ctx, a))")
    + noargs(
        "free_with_exception",
        """
    HPyErr_SetString(ctx, ctx->h_ValueError, "stays");
    HPyMem_Free(ctx, held);
    held = NULL;
    return HPy_NULL;""",
    ),
    macros=[("HPY_TARGET_ABI_VERSION", "0x00000001")],
)  # fmt: skip


@pytest.mark.smoke
def test_allocate_write_and_free(mod):
    mod.allocate(6)
    mod.write(b"abc\0de")
    assert mod.read(6) == b"abc\0de"
    mod.free()
    mod.free()  # of NULL


@pytest.mark.smoke
def test_items_are_zero(mod):
    mod.allocate_items(100, 8)
    assert mod.read(800) == bytes(800)
    mod.free()


@pytest.mark.smoke
def test_contents_stay_when_the_size_changes(mod):
    mod.resize(3)  # of NULL
    mod.write(b"abc")
    mod.resize(100_000)
    assert mod.read(3) == b"abc"
    mod.resize(2)
    assert mod.read(2) == b"ab"
    mod.free()


def test_blocks_of_no_size(mod):
    for allocate in [lambda: mod.allocate(0), lambda: mod.allocate_items(0, 8), lambda: mod.resize(0)]:
        allocate()
        mod.resize(0)
        mod.free()


def test_more_than_there_is(mod):
    for allocate in [
        lambda: mod.allocate(sys.maxsize + 1),
        lambda: mod.allocate_items(sys.maxsize, 8),
        lambda: mod.allocate_items(1 << 33, 1 << 33),
    ]:
        with pytest.raises(MemoryError):
            allocate()
        mod.free()
    mod.allocate(3)
    mod.write(b"abc")
    with pytest.raises(MemoryError):
        mod.resize(sys.maxsize + 1)
    assert mod.read(3) == b"abc"
    mod.free()


def test_free_keeps_an_exception(mod):
    mod.allocate(3)
    with pytest.raises(ValueError, match="^stays$"):
        mod.free_with_exception()


@pytest.mark.smoke
def test_memory_is_counted(mod):
    size = 1_000_000
    tracemalloc = pytest.importorskip("tracemalloc")
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for allocate, expected in [
            (lambda: mod.allocate(size), size),
            (lambda: mod.resize(2 * size), 2 * size),
            (lambda: mod.free(), 0),
            (lambda: mod.allocate_items(size, 3), 3 * size),
            (lambda: mod.free(), 0),
        ]:
            allocate()
            assert 0 <= tracemalloc.get_traced_memory()[0] - before - expected < 100_000
    finally:
        tracemalloc.stop()
