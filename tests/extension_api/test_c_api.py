"""What an importer that uses CPython's C API can do with objects of a provider, beyond calling its
functions."""

import ctypes
import sys

import pytest
from extension_api import parties
from support.source import c_text

pytestmark = pytest.mark.after_0_9_0


@pytest.fixture(params=parties.PARTIES)
def user(request):
    with parties.published(request.param):
        return parties.user("c")


@pytest.mark.smoke
def test_the_struct_of_an_object_is_directly_behind_its_head(user):
    """So a header for the C API may declare a struct that begins with `PyObject_HEAD`, and code that reads
    its fields
    is compiled as it is: what NumPy's port needs for `PyArrayObject`."""
    assert user.is_behind_head(user.new_pair()) is True


def test_also_of_an_object_whose_class_is_made_in_python(user):
    class Sub(type(user.new_pair())):
        pass

    assert user.is_behind_head(Sub()) is True


def test_a_macro_of_the_header_reads_a_field_without_a_call():
    """As `PyArray_NDIM` does."""
    with parties.published("universal"):
        assert parties.user("c").first_of(parties.user("c").new_pair()) == 1.5


# The sketch in the discussion of such APIs, completed: `HPy_AsAPI` became a list of functions.
SKETCH_HEADER = """
#include <hpy/extension_api.h>
#define NUMPY_API(FUNCTION, TYPE) FUNCTION(0, HPy, my_api_function_pointer, HPy)
HPyAPI_DECLARE(numpy_api, "sketch_numpy._api", 1, 0, NUMPY_API)
"""


@pytest.mark.parametrize("provider", parties.PARTIES)
@pytest.mark.parametrize("importer", parties.USERS)
def test_the_sketch_of_the_discussion(provider, importer):
    numpy = c_text(__file__, "sketch_numpy.c").replace('#include "sketch_api.h"\n', SKETCH_HEADER)
    name = "sketch_c_user.c" if importer == "c" else "sketch_user.c"
    third_party = c_text(__file__, name).replace('#include "sketch_api.h"\n', SKETCH_HEADER)
    sys.modules["sketch_numpy"] = parties.load("sketch_numpy", provider, (), numpy)
    try:
        user = parties.load("sketch_user", importer, (), third_party)
    finally:
        del sys.modules["sketch_numpy"]
    assert user.call("x") == ("x", "x")


# What docs/design/cross-extension-api.md says of the layout, for who reads a table without any of its
# headers.


class Entry(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        ("signature", ctypes.c_char_p),
        ("since", ctypes.c_uint32),
        ("struct_version", ctypes.c_uint32),
        ("struct_size", ctypes.c_size_t),
    ]


class Head(ctypes.Structure):
    _fields_ = [
        ("mark", ctypes.c_uint32),
        ("major", ctypes.c_uint32),
        ("minor", ctypes.c_uint32),
        ("count", ctypes.c_uint32),
        ("name", ctypes.c_char_p),
        ("entries", ctypes.POINTER(Entry)),
        ("functions", ctypes.POINTER(ctypes.c_void_p)),
    ]


@pytest.mark.parametrize("provider", parties.PARTIES)
def test_a_table_is_read_by_its_specification_alone(provider):
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype = ctypes.c_void_p
    pointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
    with parties.published(provider) as pairs:
        head = Head.from_address(pointer(pairs._api_objects, b"pairs._api_objects"))
        assert (head.mark, head.major, head.minor, head.name) == (0x4F415001, 1, 2, b"pairs._api_objects")
        entries = {head.entries[i].name: (i, head.entries[i]) for i in range(head.count)}
        place, entry = entries[b"Pairs_Tuple"]
        assert (entry.signature, entry.since) == (b"HPy (const HPy *, size_t)", 0)
        assert (entry.struct_version, entry.struct_size) == (0, 0)
        function = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.POINTER(ctypes.py_object), ctypes.c_size_t)
        array = (ctypes.py_object * 2)("a", "b")
        assert function(head.functions[place])(array, 2) == ("a", "b")
        _, entry = entries[b"Pair_AsStruct"]
        assert (entry.signature, entry.since) == (b"Pair * (HPy)", 2)
        assert (entry.struct_version, entry.struct_size) == (3, 16)
