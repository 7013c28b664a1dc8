"""Typed functions: called with values in C by other extensions, in every combination of ABI and mode, and by
what uses the C API."""

import ctypes
import sys

import pytest
from extension_api import parties
from support import c_text, loading
from support.clinic import generated

pytestmark = [pytest.mark.after_0_9_0]

PROVIDER = c_text(__file__, "typed.c")
USER = c_text(__file__, "typed_user.c")
EVERY_PAIR = [(provider, user) for provider in parties.PARTIES for user in parties.PARTIES]


def load_provider(party):
    return parties.load("typed", party, source=generated(PROVIDER, "typed"))


@pytest.fixture(scope="module", params=EVERY_PAIR, ids=lambda pair: "-from-".join(pair))
def pair(request):
    """The extension with typed functions, and a user of them."""
    provider, user = request.param
    typed = load_provider(provider)
    sys.modules["typed"] = typed
    yield typed, parties.load("typed_user", user, source=USER)
    del sys.modules["typed"]


@pytest.fixture(scope="module", params=parties.PARTIES)
def typed(request):
    return load_provider(request.param)


@pytest.fixture(autouse=True)
def no_leaks():
    from hpy.debug import LeakDetector

    with LeakDetector():
        yield


def test_numbers(pair):
    typed, user = pair
    assert user.add(typed.add, 2) == typed.add(0.5, 2) == 2.5


def test_an_exception(pair):
    typed, user = pair
    with pytest.raises(ValueError, match="b is 0"):
        user.add(typed.add, 0)


def test_objects(pair):
    typed, user = pair
    a, b = object(), object()
    before = sys.getrefcount(a)
    assert user.pair(typed.pair, a, b) == (a, b)
    assert sys.getrefcount(a) == before


def test_a_method(pair):
    typed, user = pair
    point = typed.Point(1.5)
    assert user.distance(typed.Point.distance, point) == 1.5
    assert user.distance(typed.Point.distance, point, typed.Point(2)) == 0.5
    with pytest.raises(TypeError, match=r"Point.distance\(\) argument 'self' must be Point, not int"):
        user.distance(typed.Point.distance, 1)
    with pytest.raises(TypeError, match=r"Point.distance\(\) argument 'other' must be Point, not int"):
        user.distance(typed.Point.distance, point, 1)


def test_what_has_no_typed_function(pair):
    typed, user = pair
    assert user.find(typed.add, "double (double, long)")
    assert user.find(typed.name, "int (const char *, HPy_ssize_t)")
    assert not user.find(typed.add, "double (double, int)")
    assert not user.find(typed.untyped, "double (double)")
    for other in (len, "".join, str.join, object(), lambda: 0, typed.Point(1).distance, typed):
        assert not user.find(other, "double (double, long)")


def test_another_function_in_the_place_of_a_typed_one(pair):
    typed, user = pair

    class Forged:
        __self__ = typed
        __name__ = __qualname__ = "add"

    assert not user.find(Forged(), "double (double, long)")


def pointer(capsule, signature):
    get = ctypes.pythonapi.PyCapsule_GetPointer
    get.restype, get.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    return get(capsule, signature)


def test_ctypes_calls_them(typed):
    capi = typed.__pyx_capi__
    assert set(capi) == {"add", "pair", "name"}
    kind = ctypes.PYFUNCTYPE(ctypes.c_double, ctypes.c_double, ctypes.c_long)
    add = kind(pointer(capi["add"], b"double (double, long)"))
    assert add(1.5, 2) == 3.5
    with pytest.raises(ValueError, match="b is 0"):
        add(1.5, 0)
    kind = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object, ctypes.py_object)
    value = object()
    before = sys.getrefcount(value)
    assert kind(pointer(capi["pair"], b"PyObject *(PyObject *, PyObject *)"))(value, 1) == (value, 1)
    assert sys.getrefcount(value) == before


def test_defaults_are_those_of_python_calls(typed):
    assert typed.add(1.5) == 2.5


def test_before_abi_0_1_there_are_none():
    text = generated(PROVIDER, "typed")
    macros = [("HPY_TARGET_ABI_VERSION", "0x00000000")]
    typed = loading.load_extension("typed", compile_old(text, macros))
    assert typed.add(1.5) == 2.5
    assert not hasattr(typed, "__typed__")


def compile_old(text, macros):
    from support.source import Extension

    extension = Extension(text, name="typed", raw=True, macros=tuple(macros))
    return parties.toolchain_of("cpython").compile(extension)
