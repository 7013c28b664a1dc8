"""Views of the memory of other objects: `HPy_GetBuffer` and `HPyBuffer_Release`.

What types do for their part is in `test_types_buffer.py`, what packages do with it in `data_exchange/`.
"""

import array
import ctypes
import gc
import mmap
import sys
import weakref
from collections import namedtuple

import pytest
from support import c_text, module_fixture, unraisable_reports
from support.errors import error_of
from support.specs import maker, type_spec

pytestmark = pytest.mark.after_0_9_0

METHODS = [
    "look",
    "points_into_view",
    "hold",
    "write_held",
    "owner_of_held",
    "release_held",
    "release_held_with_exception",
    "release_zeros",
    "get_without_view",
    "get_of_null",
    "get_exports",
    "get_saw_exception",
    "set_fails",
    "set_read_only",
    "is_contiguous",
    "make",
]

SOURCE = (
    c_text(__file__)
    + type_spec("Exporter", "getbuffer", "releasebuffer")
    + type_spec("Passing", "passing_getbuffer")
    + type_spec("Filling", "filling_getbuffer")
    + maker("Exporter", "Passing", "Filling")
)
OPTIONS = {"methods": METHODS, "macros": [("HPY_TARGET_ABI_VERSION", "0x00000001")]}

mod = module_fixture(SOURCE, **OPTIONS)

View = namedtuple("View", "buf obj len itemsize readonly ndim format shape strides suboffsets")

SIMPLE, WRITABLE, FORMAT, ND, STRIDES, FULL_RO = 0, 1, 4, 8, 0x18, 0x11C
C_CONTIGUOUS, F_CONTIGUOUS = 0x38, 0x58


def look(mod, exporter, flags):
    return View(*mod.look(exporter, flags))


@pytest.mark.smoke
def test_a_view_of_an_array(mod):
    numbers = array.array("i", range(6))
    view = look(mod, numbers, FULL_RO)
    address, count = numbers.buffer_info()
    assert view == (address, numbers, 4 * count, 4, 0, 1, "i", (6,), (4,), None)


def test_a_view_of_several_dimensions(mod):
    numbers = (ctypes.c_int16 * 3 * 2)()
    view = look(mod, memoryview(numbers)[::-1], FULL_RO)
    assert view.obj.obj is numbers
    assert (view.ndim, view.shape, view.strides) == (2, (2, 3), (-6, 2))
    assert view.buf == ctypes.addressof(numbers) + 6


def test_what_was_not_asked_for_is_null(mod):
    numbers = array.array("i", range(6))
    view = look(mod, numbers, SIMPLE)
    assert (view.format, view.shape, view.strides) == (None, None, None)
    view = look(mod, numbers, ND)
    assert (view.format, view.shape, view.strides) == (None, (6,), None)


@pytest.mark.parametrize("exporter", [b"bytes", memoryview(b"bytes")], ids=["bytes", "memoryview"])
def test_memory_that_is_read_only(mod, exporter):
    assert look(mod, exporter, SIMPLE).readonly == 1
    with pytest.raises(BufferError):
        mod.look(exporter, WRITABLE)


def test_a_layout_that_the_memory_has_not_got(mod):
    every_second = memoryview(bytearray(10))[::2]
    assert look(mod, every_second, STRIDES).strides == (2,)
    for flags in (SIMPLE, ND, C_CONTIGUOUS, F_CONTIGUOUS):
        with pytest.raises(BufferError):
            mod.look(every_second, flags)


@pytest.mark.smoke
def test_a_type_without_buffers(mod):
    kind, text = error_of(mod.look, [1, 2], SIMPLE)
    assert kind is TypeError
    assert text == "a bytes-like object is required, not 'list'"


@pytest.mark.smoke
@pytest.mark.parametrize("exporter", [b"bytes", bytearray(b"bytes")], ids=["bytes", "bytearray"])
def test_pointers_into_the_view_are_right(mod, exporter):
    """`PyBuffer_FillInfo` makes them."""
    assert mod.points_into_view(exporter)


@pytest.mark.smoke
def test_a_view_keeps_memory_in_its_place(mod):
    data = bytearray(b"data")
    assert mod.hold(data) == 4
    with pytest.raises(BufferError):
        data.append(1)
    mod.write_held()
    mod.release_held()
    data.append(1)
    assert data == b"Xata\x01"


def test_a_view_of_a_file(mod):
    memory = mmap.mmap(-1, 4096)
    mod.hold(memory)
    with pytest.raises(BufferError):
        memory.close()
    mod.release_held()
    memory.close()


@pytest.mark.smoke
def test_a_view_keeps_its_object_alive(mod):
    class Numbers(array.array):
        pass

    numbers = Numbers("b", b"data")
    reference = weakref.ref(numbers)
    mod.hold(numbers)
    assert mod.owner_of_held() is numbers
    del numbers
    gc.collect()
    assert bytes(reference()) == b"data"
    mod.release_held()
    gc.collect()
    assert reference() is None


def test_references_are_counted(mod):
    data = bytearray(b"data")
    before = sys.getrefcount(data)
    mod.hold(data)
    assert sys.getrefcount(data) == before + 1
    mod.release_held()
    mod.look(data, FULL_RO)
    assert sys.getrefcount(data) == before
    with pytest.raises(BufferError):
        mod.look(memoryview(data).toreadonly(), WRITABLE)
    assert sys.getrefcount(data) == before


@pytest.mark.smoke
def test_releasing_twice_does_nothing(mod):
    data = bytearray(b"data")
    before = sys.getrefcount(data)
    mod.hold(data)
    for _ in range(3):
        mod.release_held()
    assert mod.owner_of_held() is None
    assert sys.getrefcount(data) == before


def test_releasing_what_was_not_given_does_nothing(mod):
    mod.release_zeros()
    with pytest.raises(TypeError):
        mod.hold(1)
    mod.release_held()


def test_null_is_refused(mod):
    refused = (SystemError, "null argument to HPy_GetBuffer")
    assert error_of(mod.get_without_view, b"") == refused
    assert error_of(mod.get_of_null) == refused


@pytest.mark.smoke
def test_an_exporter_that_uses_hpy(mod):
    exporter = mod.make("Exporter")()
    view = look(mod, exporter, FULL_RO)
    assert view[1:] == (exporter, 6, 1, 0, 2, "c", (2, 3), (3, 1), None)
    assert mod.get_exports() == 0
    mod.hold(exporter)
    mod.hold_again = memoryview(exporter)
    assert mod.get_exports() == 2
    del mod.hold_again
    mod.release_held()
    assert mod.get_exports() == 0


def test_an_exporter_that_fails(mod):
    exporter = mod.make("Exporter")()
    before = sys.getrefcount(exporter)
    mod.set_fails(True)
    try:
        assert error_of(mod.look, exporter, SIMPLE) == (BufferError, "no view today")
    finally:
        mod.set_fails(False)
    assert (sys.getrefcount(exporter), mod.get_exports()) == (before, 0)


def test_a_view_that_is_passed_on(mod):
    """By a type whose own slot asks another object."""
    passing = type("Source", (mod.make("Passing"),), {})()
    passing.source = bytearray(b"data")
    source = passing.source
    before = sys.getrefcount(source)
    view = look(mod, passing, FULL_RO)
    assert (view.obj is source, view.len, view.shape) == (True, 4, (4,))
    del view
    assert bytes(passing) == b"data"
    assert sys.getrefcount(source) == before
    passing.source = None
    with pytest.raises(TypeError):
        mod.look(passing, SIMPLE)


@pytest.mark.smoke
def test_an_exporter_with_one_block_of_memory(mod):
    exporter = mod.make("Filling")()
    before = sys.getrefcount(exporter)
    view = memoryview(exporter)
    assert (view.tobytes(), view.format, view.shape, view.readonly) == (b"block", "B", (5,), False)
    del view
    assert look(mod, exporter, SIMPLE)[2:] == (5, 1, 0, 1, None, None, None, None)
    assert look(mod, exporter, STRIDES | FORMAT)[6:] == ("B", (5,), (1,), None)
    assert mod.points_into_view(exporter)
    mod.set_read_only(True)
    try:
        assert look(mod, exporter, SIMPLE).readonly == 1
        assert error_of(mod.look, exporter, WRITABLE) == (BufferError, "Object is not writable.")
    finally:
        mod.set_read_only(False)
    assert sys.getrefcount(exporter) == before


C_ORDER, F_ORDER, ANY_ORDER = 8, 4, 2


@pytest.mark.parametrize(
    ("shape", "select", "expected"),
    [
        ((6,), slice(None), C_ORDER | F_ORDER | ANY_ORDER),
        ((6,), slice(None, None, 2), 0),
        ((6,), slice(None, None, -1), 0),
        ((6,), slice(0, 0), C_ORDER | F_ORDER | ANY_ORDER),
        ((6,), slice(4, 5, 2), C_ORDER | F_ORDER | ANY_ORDER),
        ((2, 3), slice(None), C_ORDER | ANY_ORDER),
        ((2, 3), slice(0, 1), C_ORDER | F_ORDER | ANY_ORDER),
        ((1, 6), slice(None), C_ORDER | F_ORDER | ANY_ORDER),
        ((2, 3), slice(None, None, -1), 0),
    ],
)
def test_contiguous_views(mod, shape, select, expected):
    view = memoryview(bytearray(6)).cast("B", shape)[select]
    assert mod.is_contiguous(view, FULL_RO) == expected
    assert (view.c_contiguous, view.f_contiguous) == (bool(expected & C_ORDER), bool(expected & F_ORDER))
    if view.c_contiguous:
        # Without strides.
        assert mod.is_contiguous(view, ND) == expected


def test_an_exception_outlives_the_release(mod):
    """The exporter does not see it, either."""
    mod.hold(mod.make("Exporter")())
    assert error_of(mod.release_held_with_exception) == (KeyError, "'set before'")
    assert (mod.get_exports(), mod.get_saw_exception()) == (0, False)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="PEP 688 came with 3.12")
def test_an_exporter_in_python(mod):
    released = []

    class Exporter:
        def __buffer__(self, flags):
            return memoryview(b"data")

        def __release_buffer__(self, view):
            released.append(bytes(view))
            raise ZeroDivisionError

    with unraisable_reports() as reports:
        assert look(mod, Exporter(), SIMPLE).len == 4
        assert [report[0] for report in reports] == [ZeroDivisionError]
    assert released == [b"data"]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="inspect.BufferFlags came with 3.12")
def test_flags_are_those_of_pep_688(mod):
    import inspect
    import re
    from pathlib import Path

    header = Path(__file__).parents[2].joinpath("include/hpy/buffer.h").read_text(encoding="utf-8")
    ours = dict(re.findall(r"HPyBUF_(\w+) = (0x[0-9a-f]+)", header))
    theirs = {name: flag.value for name, flag in inspect.BufferFlags.__members__.items()}
    # Of memoryview alone, which has no flag for it.
    theirs = {name: value for name, value in theirs.items() if name not in {"READ", "WRITE"}}
    assert {name: int(value, 16) for name, value in ours.items()} == theirs


@pytest.mark.abis("hybrid", "cpython")
def test_an_exporter_of_the_c_api(make_module):
    """A type with the slots of the C API, and one that looks at the struct that it filled."""
    module = make_module(
        """
static char memory[] = "legacy";
static Py_buffer *filled;
static int released;

static int getbuffer(PyObject *self, Py_buffer *view, int flags)
{
    filled = view;
    return PyBuffer_FillInfo(view, self, memory, 6, 1, flags);
}

static void releasebuffer(PyObject *self, Py_buffer *view)
{
    released += view == filled && view->obj == self && (view->shape == NULL || view->shape == &view->len);
}

static PyType_Slot slots[] = {
    {Py_bf_getbuffer, (void *)getbuffer}, {Py_bf_releasebuffer, (void *)releasebuffer}, {0, NULL}};
static HPyType_Spec Legacy_spec = {
    .name = "mod.Legacy", .builtin_shape = HPyType_BuiltinShape_Legacy, .legacy_slots = slots};

HPyDef_METH(look, "look", HPyFunc_O)
static HPy look_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPy_buffer view;
    if (HPy_GetBuffer(ctx, arg, &view, HPyBUF_FULL_RO) < 0)
        return HPy_NULL;
    HPy bytes = HPyBytes_FromStringAndSize(ctx, (const char *)view.buf, view.len);
    HPyBuffer_Release(ctx, &view);
    HPy result = HPy_BuildValue(ctx, "(Oi)", bytes, released);
    released = 0;
    HPy_Close(ctx, bytes);
    return result;
}
""",
        types=("Legacy",),
        methods=("look",),
        macros=(("HPY_TARGET_ABI_VERSION", "0x00000001"),),
    )
    assert module.look(module.Legacy()) == (b"legacy", 1)
