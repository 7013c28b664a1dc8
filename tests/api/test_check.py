"""Checks of types: exact and inherited, of built-in types and of protocols."""

import contextlib
import types

import pytest
from support import NULL, function, module_fixture

CALLS = {
    "HPyBool": bool,
    "HPyLong": int,
    "HPyFloat": float,
    "HPyComplex": complex,
    "HPyUnicode": str,
    "HPyBytes": bytes,
    "HPyByteArray": bytearray,
    "HPyMemoryView": memoryview,
    "HPyList": list,
    "HPyTuple": tuple,
    "HPyDict": dict,
    "HPySet": set,
    "HPyFrozenSet": frozenset,
    "HPyRange": range,
    "HPySlice": slice,
    "HPyType": type,
    "HPyModule": types.ModuleType,
    "HPyExceptionInstance": BaseException,
}
#: Those of which there can be no subclass, or whose subclasses matter.
WITHOUT_EXACT = {bool, memoryview, range, slice, BaseException}
EXACT = {name: kind for name, kind in CALLS.items() if kind not in WITHOUT_EXACT}

mod = module_fixture(
    "".join(function(name, 1, f"{name}_Check(ctx, a)", "status") for name in CALLS)
    + "".join(function(f"{name}_exact", 1, f"{name}_CheckExact(ctx, a)", "status") for name in EXACT)
    + function("any_set", 1, "HPyAnySet_Check(ctx, a)", "status")
    + function("exception_class", 1, "HPyExceptionClass_Check(ctx, a)", "status")
    + function("capsule", 1, "HPyCapsule_Check(ctx, a)", "status")
    + function("new_capsule", 0, 'HPyCapsule_New(ctx, &self, "name", NULL)')
    + function("exact", 2, "HPy_TypeCheckExact(ctx, a, b)", "status")
    + function("is_instance", 2, "HPy_IsInstance(ctx, a, b)", "status")
    + function("is_subclass", 2, "HPy_IsSubclass(ctx, a, b)", "status")
    + function("sequence", 1, "HPySequence_Check(ctx, a)", "status")
    + function("mapping", 1, "HPyMapping_Check(ctx, a)", "status")
    + function("index", 1, "HPyIndex_Check(ctx, a)", "status"),
    macros=[("HPY_TARGET_ABI_VERSION", "0x00000001")],
)

pytestmark = pytest.mark.after_0_9_0


def generator():
    yield


async def coroutine():
    pass


class Getting:
    def __getitem__(self, index):
        raise IndexError

    def __index__(self):
        return 1


def derived(kind):
    """An instance of a subclass; none where there can be none."""
    with contextlib.suppress(TypeError):
        arguments = {type: ("C", (), {}), types.ModuleType: ("name",)}.get(kind, ())
        yield types.new_class("Derived", (kind,))(*arguments)


@pytest.fixture
def values():
    waiting = coroutine()
    yield [
        *[True, 3, 2.5, 1j, "text", b"bytes", bytearray(), memoryview(b""), [], (), {}, set(), frozenset()],
        *[range(3), slice(1), int, types, generator, len, [].append, Getting().__getitem__, generator()],
        *[waiting, ValueError(), ValueError, Getting(), None],
    ]
    waiting.close()


@pytest.mark.smoke
@pytest.mark.parametrize("name", CALLS)
def test_check_is_that_of_isinstance(mod, values, name):
    derived_values = [value for kind in (int, float, str, list, dict, set) for value in derived(kind)]
    values = [*values, *derived_values]
    expected = [isinstance(value, CALLS[name]) for value in values]
    assert [getattr(mod, name)(value) for value in values] == expected
    assert any(expected) and not all(expected)


@pytest.mark.smoke
@pytest.mark.parametrize("name", EXACT)
def test_exact_check(mod, values, name):
    subclass_instances = list(derived(EXACT[name]))
    assert len(subclass_instances) == 1
    check = getattr(mod, f"{name}_exact")
    assert getattr(mod, name)(subclass_instances[0]) == 1
    assert check(subclass_instances[0]) == 0
    expected = [type(value) is EXACT[name] for value in values]
    assert [check(value) for value in values] == expected
    assert any(expected)


def test_checks_of_null(mod):
    for name in [*CALLS, *(f"{name}_exact" for name in EXACT)]:
        assert getattr(mod, name)(NULL) == 0
    assert mod.any_set(NULL) == mod.exception_class(NULL) == mod.capsule(NULL) == 0
    assert mod.exact(NULL, int) == mod.exact(3, NULL) == mod.exact(NULL, NULL) == 0
    assert mod.sequence(NULL) == mod.mapping(NULL) == mod.index(NULL) == 0


def test_other_checks(mod, values):
    assert [mod.any_set(value) for value in [set(), frozenset(), {}, 3]] == [1, 1, 0, 0]
    assert [mod.exception_class(value) for value in [KeyError, int, KeyError()]] == [1, 0, 0]
    assert [mod.capsule(value) for value in [mod.new_capsule(), 3]] == [1, 0]


def test_check_of_any_type(mod):
    class A:
        pass

    class B(A):
        pass

    assert (mod.exact(A(), A), mod.exact(B(), A), mod.exact(B(), B), mod.exact(B, type)) == (1, 0, 1, 1)


# isinstance and issubclass


class Yes(type):
    def __instancecheck__(cls, instance):
        return instance == "yes"

    def __subclasscheck__(cls, derived):
        if derived is str:
            raise LookupError("failed")
        return derived is int


class Strange(metaclass=Yes):
    pass


@pytest.mark.smoke
def test_is_instance(mod):
    assert (mod.is_instance(True, int), mod.is_instance(1, str), mod.is_instance(1, (str, int))) == (1, 0, 1)
    assert (mod.is_instance("yes", Strange), mod.is_instance("no", Strange)) == (1, 0)


@pytest.mark.smoke
def test_is_subclass(mod):
    assert (mod.is_subclass(bool, int), mod.is_subclass(int, str)) == (1, 0)
    assert (mod.is_subclass(int, (str, int)), mod.is_subclass(int, Strange)) == (1, 1)
    with pytest.raises(LookupError, match="^failed$"):
        mod.is_subclass(str, Strange)


def test_is_instance_of_what_is_no_class(mod):
    with pytest.raises(TypeError, match="arg 2 must be a type"):
        mod.is_instance(1, 3)
    with pytest.raises(TypeError, match="arg 2 must be a class"):
        mod.is_subclass(int, 3)
    with pytest.raises(TypeError, match="arg 1 must be a class"):
        mod.is_subclass(3, int)


def test_is_instance_of_null_is_an_error(mod):
    for call in [
        lambda: mod.is_instance(NULL, int),
        lambda: mod.is_instance(1, NULL),
        lambda: mod.is_subclass(NULL, int),
        lambda: mod.is_subclass(int, NULL),
    ]:
        with pytest.raises(SystemError, match="^null argument to HPy_Is"):
            call()


# Protocols


@pytest.mark.smoke
def test_protocols(mod):
    values = [[], (), "text", {}, types.MappingProxyType({}), set(), 3, Getting(), None]
    assert [mod.sequence(value) for value in values] == [1, 1, 1, 0, 0, 0, 0, 1, 0]
    assert [mod.mapping(value) for value in values] == [1, 1, 1, 1, 1, 0, 0, 1, 0]
    assert [mod.index(value) for value in [3, True, Getting(), 2.5, "3"]] == [1, 1, 1, 0, 0]
