"""Columns of data, exchanged with PyArrow by the Arrow PyCapsule interface: `hpy/arrow.h`."""

import errno
import gc
import sys
import textwrap
from collections import namedtuple

import pytest
from support import c_text, module_fixture, unraisable_reports
from support.errors import error_of

pytestmark = pytest.mark.after_0_9_0

SOURCE = c_text(__file__, "columns.c")
OPTIONS = {
    "methods": (
        "make",
        "address",
        "get_freed",
        "look",
        "look_at_schema",
        "read_stream",
        "hold",
        "sum_of_held",
        "release_held",
    ),
    "defines": ("execute",),
    "globals": ("column_type",),
    "macros": (("HPY_TARGET_ABI_VERSION", "0x00000001"),),
}
mod = module_fixture(SOURCE, **OPTIONS)

Shown = namedtuple("Shown", "format name length null_count offset n_buffers address")


def look(mod, data, requested=None):
    return Shown(*mod.look(data, requested))


def freed(mod):
    gc.collect()
    return mod.get_freed()


# From PyArrow


@pytest.mark.smoke
def test_an_array_of_pyarrow(mod, pa):
    array = pa.array([1, 2, 3], pa.int64())
    assert look(mod, array) == ("l", "", 3, 0, 0, 2, array.buffers()[1].address)


def test_an_array_with_nulls(mod, pa):
    array = pa.array([1, None, 3], pa.int64())
    assert look(mod, array)[2:4] == (3, 1)


def test_a_slice(mod, pa):
    array = pa.array(range(10), pa.int32())
    shown = look(mod, array[4:7])
    assert (shown.format, shown.length, shown.offset) == ("i", 3, 4)
    assert shown.address == array.buffers()[1].address


def test_text(mod, pa):
    array = pa.array(["one", "two", "three"])
    shown = look(mod, array)
    assert (shown.format, shown.n_buffers, shown.address) == ("u", 3, array.buffers()[2].address)


def test_a_requested_type(mod, pa):
    array = pa.array([1, 2, 3], pa.int64())
    assert look(mod, array, pa.int32().__arrow_c_schema__()).format == "i"


def test_a_schema(mod, pa):
    assert mod.look_at_schema(pa.float64()) == ("g", "", "")
    schema = pa.schema([("first", pa.int64()), ("second", pa.string())])
    assert mod.look_at_schema(schema) == ("+s", "", "lu")
    assert mod.look_at_schema(pa.field("name", pa.bool_())) == ("b", "name", "")


def test_a_stream_of_pyarrow(mod, pa):
    chunks = [pa.array([1, 2]), pa.array([3, 4, 5])]
    *shown, end = mod.read(pa.chunked_array(chunks))
    addresses = [(len(chunk), chunk.buffers()[1].address) for chunk in chunks]
    assert [(Shown(*part).length, Shown(*part).address) for part in shown] == addresses
    assert end == (0, "")


@pytest.mark.parametrize("thread", [False, True], ids=["here", "another thread"])
def test_an_array_outlives_its_object(mod, pa, thread):
    before = pa.total_allocated_bytes()
    mod.hold(pa.array(range(10000), pa.int64()))
    gc.collect()
    assert pa.total_allocated_bytes() >= before + 80000
    assert mod.sum_of_held() == sum(range(10000))
    mod.release_held(thread)
    assert pa.total_allocated_bytes() < before + 80000


# To PyArrow


@pytest.mark.smoke
def test_pyarrow_sees_the_memory(mod, pa):
    column = mod.make(5, "plain")
    array = pa.array(column)
    assert array.buffers()[1].address == mod.address(column)
    assert array.type == pa.int64()
    assert array.to_pylist() == [0, 1, 2, 3, 4]
    array.validate(full=True)


def test_pyarrow_sees_nulls(mod, pa):
    array = pa.array(mod.make(5, "nulls"))
    assert array.to_pylist() == [0, None, 2, None, 4]
    assert array.null_count == 2


def test_pyarrow_sees_children(mod, pa):
    column = mod.make(3, "struct")
    batch = pa.record_batch(column)
    assert batch.schema == pa.schema([("first", pa.int64()), ("second", pa.int64())])
    assert batch.to_pydict() == {"first": [0, 1, 2], "second": [0, 1, 2]}
    assert batch.column(1).buffers()[1].address == mod.address(column)


def test_pyarrow_sees_a_dictionary(mod, pa):
    array = pa.array(mod.make(3, "dictionary"))
    assert array.type == pa.dictionary(pa.int8(), pa.int64())
    assert array.to_pylist() == [2, 1, 0]


def test_pyarrow_sees_the_schema(mod, pa):
    assert pa.schema(mod.make(3, "struct")).names == ["first", "second"]
    assert pa.field(mod.make(3, "plain")).type == pa.int64()


@pytest.mark.parametrize("kind", ["plain", "struct", "dictionary"])
def test_pyarrow_keeps_the_column_alive(mod, pa, kind):
    column = mod.make(5, kind)
    before = freed(mod)
    data = pa.record_batch(column) if kind == "struct" else pa.array(column)
    del column
    assert freed(mod) == before
    part = data.slice(1)
    del data
    assert freed(mod) == before
    assert part.num_rows == 4 if kind == "struct" else part.to_pylist()
    del part
    assert freed(mod) == before + 1


def test_pyarrow_reads_a_stream(mod, pa):
    """Without the GIL, and in parts that share the memory."""
    column = mod.make(3, "plain")
    before = sys.getrefcount(column)
    data = pa.chunked_array(column)
    assert data.to_pylist() == [0, 1, 2] * 3
    assert {chunk.buffers()[1].address for chunk in data.chunks} == {mod.address(column)}
    del data
    assert sys.getrefcount(column) == before


def test_pyarrow_reads_a_table(mod, pa):
    table = pa.table(mod.make(2, "struct"))
    assert table.to_pydict() == {"first": [0, 1] * 3, "second": [0, 1] * 3}


def test_a_stream_that_fails(mod, pa):
    column = mod.make(3, "last part is missing")
    before = sys.getrefcount(column)
    with unraisable_reports() as reports:
        with pytest.raises(OSError, match="which sys.unraisablehook has reported"):
            pa.chunked_array(column)
    assert [report[:2] for report in reports] == [(ZeroDivisionError, "no more data")]
    reports.clear()
    assert sys.getrefcount(column) == before


def test_a_provider_that_fails(mod, pa):
    with pytest.raises(ZeroDivisionError, match="no data"):
        pa.array(mod.make(3, "failing"))
    with pytest.raises(ZeroDivisionError, match="no data"):
        pa.field(mod.make(3, "failing"))


def test_the_interpreter_ends_before_the_data_do(run_in_subprocess, pa):
    code = """
        import pyarrow
        array = pyarrow.array(mod.make(3, "plain"))
        mod.hold(pyarrow.array([1, 2, 3]))
        mod.kept = array, mod.make(3, "plain").__arrow_c_stream__()
        pyarrow.kept = pyarrow.RecordBatchReader.from_stream(mod.make(3, "struct"))
        print(array.to_pylist(), mod.sum_of_held())
    """
    done = run_in_subprocess(textwrap.dedent(code), SOURCE, **OPTIONS)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "[0, 1, 2] 6\n")


# Between two of ours


def test_without_another_library(mod):
    column = mod.make(3, "plain")
    before = sys.getrefcount(column)
    assert look(mod, column) == ("l", "", 3, 0, 0, 2, mod.address(column))
    assert mod.look_at_schema(mod.make(3, "struct")) == ("+s", "", "ll")
    assert len(mod.read(column)) == 4
    assert sys.getrefcount(column) == before


def test_a_stream_of_ours_that_fails(mod):
    with unraisable_reports() as reports:
        *shown, (error, text) = mod.read(mod.make(3, "last part is missing"))
        assert len(shown) == 1
        assert error == errno.EIO
        assert text == "the provider raised an exception, which sys.unraisablehook has reported"
        assert len(reports) == 1


def test_capsules_that_nobody_takes(mod):
    column = mod.make(3, "struct")
    before = sys.getrefcount(column)
    capsules = [column.__arrow_c_schema__(), column.__arrow_c_array__(), column.__arrow_c_stream__()]
    assert sys.getrefcount(column) > before
    del capsules
    assert sys.getrefcount(column) == before


# Bad producers


class Producer:
    """What returns what was made elsewhere."""

    def __init__(self, result):
        self.__arrow_c_schema__ = lambda: result
        self.__arrow_c_array__ = self.__arrow_c_stream__ = lambda requested_schema=None: result


def test_an_object_without_data(mod):
    for function, method in (
        (mod.look_at_schema, "schema"),
        (mod.hold, "array"),
        (mod.read, "stream"),
    ):
        text = f"expected an object with Arrow data, that is, with a method __arrow_c_{method}__"
        assert error_of(function, 1) == (TypeError, text)


def test_something_else_than_capsules(mod):
    schema, array = mod.make(3, "plain").__arrow_c_array__()
    refused = "the other library did not give a capsule '{}', as the Arrow interface says"
    for result in (None, 1, array, (schema, array)):
        assert error_of(mod.look_at_schema, Producer(result)) == (ValueError, refused.format("arrow_schema"))
        name = refused.format("arrow_array_stream")
        assert error_of(mod.read, Producer(result)) == (ValueError, name)
    for result in (None, (schema,), (schema, array, array), [schema, array]):
        text = "__arrow_c_array__ did not return a tuple of two capsules"
        assert error_of(mod.hold, Producer(result)) == (ValueError, text)
    assert error_of(mod.hold, Producer((array, schema))) == (ValueError, refused.format("arrow_schema"))
    assert error_of(mod.hold, Producer((schema, schema))) == (ValueError, refused.format("arrow_array"))
    # They were not taken meanwhile.
    assert look(mod, Producer((schema, array))).length == 3


def test_capsules_that_were_used(mod):
    column = mod.make(3, "plain")
    gone = "somebody else has taken what was in the capsule '{}'; the method must return a new one each time"
    pair, schema, stream = (
        column.__arrow_c_array__(),
        column.__arrow_c_schema__(),
        column.__arrow_c_stream__(),
    )
    mod.look(Producer(pair), None)
    assert error_of(mod.hold, Producer(pair)) == (ValueError, gone.format("arrow_array"))
    mod.look_at_schema(Producer(schema))
    assert error_of(mod.look_at_schema, Producer(schema)) == (ValueError, gone.format("arrow_schema"))
    mod.read(Producer(stream))
    assert error_of(mod.read, Producer(stream)) == (ValueError, gone.format("arrow_array_stream"))
    before = sys.getrefcount(column)
    fresh = column.__arrow_c_array__()[1]
    assert error_of(mod.hold, Producer((schema, fresh))) == (ValueError, gone.format("arrow_schema"))
    assert sys.getrefcount(column) == before


def test_capsules_that_pyarrow_has_used(mod, pa):
    pair = mod.make(3, "plain").__arrow_c_array__()
    array = pa.array(Producer(pair))
    assert array.to_pylist() == [0, 1, 2]
    kind, text = error_of(mod.hold, Producer(pair))
    assert kind is ValueError and "somebody else has taken" in text


def test_a_producer_that_fails(mod):
    class Failing:
        def __arrow_c_array__(self, requested_schema=None):
            raise ZeroDivisionError("no array")

    assert error_of(mod.hold, Failing()) == (ZeroDivisionError, "no array")
