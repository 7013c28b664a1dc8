import gc
import importlib
import sys

import pytest


@pytest.fixture(scope="module", params=["universal", "hybrid", "cpython"])
def modules(request, build_example):
    """The provider and one that uses it, built for each ABI."""
    matrix = build_example("matrix", "matrix", request.param)
    folder = matrix.__file__.rpartition("/")[0]
    sys.modules["matrix"] = matrix
    sys.path.insert(0, folder)
    try:
        yield matrix, importlib.import_module("matrix_stats")
    finally:
        sys.path.remove(folder)
        for name in ("matrix", "matrix_stats", "matrix_capi"):
            sys.modules.pop(name, None)


@pytest.fixture
def matrix(modules):
    return modules[0]


@pytest.fixture
def stats(modules):
    return modules[1]


@pytest.fixture
def capi(modules):
    """One of the limited C API, which CPython alone finds."""
    if sys.implementation.name != "cpython":
        pytest.skip("its binary is for CPython")
    return importlib.import_module("matrix_capi")


@pytest.fixture
def counting(matrix):
    """[[1, 2, 3], [4, 5, 6]]"""
    made = matrix.Matrix(2, 3)
    for i in range(6):
        made[i // 3, i % 3] = i + 1
    return made


def test_items(matrix, counting):
    assert (counting.rows, counting.columns) == (2, 3)
    assert counting[1, 2] == 6
    for key in [(2, 0), (0, 3), (-1, 0)]:
        with pytest.raises(IndexError, match="matrix index out of range"):
            counting[key]
    with pytest.raises(TypeError):
        del counting[0, 0]
    with pytest.raises(ValueError, match="cannot have this shape"):
        matrix.Matrix(-1, 2)
    with pytest.raises(ValueError, match="cannot have this shape"):
        matrix.Matrix(sys.maxsize, 2)


def test_another_extension_reads_the_struct(stats, counting):
    assert stats.trace(counting) == 6


def test_another_extension_calls_functions(matrix, stats, capi):
    fibonacci = matrix.Matrix(2, 2)
    fibonacci[0, 0] = fibonacci[0, 1] = fibonacci[1, 0] = 1
    assert stats.power(fibonacci, 10)[0, 0] == 89
    assert capi.square(fibonacci)[0, 0] == 2


def test_another_extension_passes_an_array(stats, counting):
    with memoryview(stats.total(counting, counting, counting)) as view:
        assert view.tolist() == [[3, 6, 9], [12, 15, 18]]


def test_the_c_api_writes_to_the_struct(capi, stats):
    assert stats.trace(capi.identity(4)) == 4


def test_errors_of_the_provider_arrive(matrix, stats, capi, counting):
    with pytest.raises(ValueError, match="the shapes do not fit"):
        stats.power(counting, 2)
    with pytest.raises(ValueError, match="the shapes differ"):
        stats.total(counting, matrix.Matrix(1, 1))
    with pytest.raises(ValueError, match="has no shape"):
        stats.total()
    with pytest.raises(TypeError, match="expected Matrix, list found"):
        stats.trace([])
    with pytest.raises(TypeError, match="expected Matrix, int found"):
        capi.square(1)


def test_the_memory_is_shared(matrix, counting):
    view = memoryview(counting)
    assert (view.shape, view.format, view.tolist()) == ((2, 3), "d", [[1, 2, 3], [4, 5, 6]])
    view[0, 0] = 10
    assert counting[0, 0] == 10
    del counting
    gc.collect()
    assert view[0, 0] == 10


def test_numpy_shares_the_memory(matrix, stats, counting):
    numpy = pytest.importorskip("numpy", reason="NumPy is not installed")
    array = numpy.asarray(counting)
    array *= 2
    assert stats.trace(counting) == 12
    assert array.__array_interface__["data"][0] == numpy.asarray(counting).__array_interface__["data"][0]


def test_a_subclass_is_a_matrix(matrix, stats):
    class Named(matrix.Matrix):
        name = "a name"

    assert stats.trace(Named(3, 3)) == 0
