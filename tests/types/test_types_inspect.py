"""What can be asked of a type: its names, bases and dict, whatever its metaclass says."""

import collections
import sys
import types

import pytest
from support import NULL, function, module_fixture
from support.specs import maker, type_spec

pytestmark = pytest.mark.after_0_9_0

QUESTIONS = ["GetQualName", "GetModuleName", "GetBase", "GetBases", "GetMRO", "GetDict"]

mod = module_fixture(
    "".join(function(name, 1, f"HPyType_{name}(ctx, a)") for name in QUESTIONS)
    + """
HPyDef_METH(method, "method", HPyFunc_NOARGS)
static HPy method_impl(HPyContext *ctx, HPy self) { return HPy_Dup(ctx, self); }
"""
    + type_spec("Spam", "method")
    + type_spec("Bare", name='"Bare"')
    + maker("Spam", "Bare"),
    methods=["make", *(f"method_{name}" for name in QUESTIONS)],
    macros=[("HPY_TARGET_ABI_VERSION", "0x00000001")],
)

ATTRIBUTES = {
    "GetQualName": "__qualname__",
    "GetModuleName": "__module__",
    "GetBase": "__base__",
    "GetBases": "__bases__",
    "GetMRO": "__mro__",
}


class Outer:
    class Inner(int, collections.abc.Sized):
        pass


class Lying(type):
    """A metaclass with other answers."""

    __qualname__ = __module__ = __base__ = __bases__ = __mro__ = __dict__ = "a lie"


class Honest(Outer, metaclass=Lying):
    pass


KINDS = [object, type, int, Outer, Outer.Inner, Lying, collections.OrderedDict, types.ModuleType]


@pytest.mark.smoke
@pytest.mark.parametrize("name", ATTRIBUTES)
def test_answers_are_those_of_python(mod, name):
    for kind in [*KINDS, mod.make("Spam")]:
        assert getattr(mod, name)(kind) == getattr(kind, ATTRIBUTES[name])


@pytest.mark.smoke
def test_dict_is_a_read_only_view(mod):
    kind = mod.make("Spam")
    view = mod.GetDict(kind)
    assert type(view) is types.MappingProxyType
    assert view["method"] is kind.method
    kind.added = 1
    assert view["added"] == 1
    with pytest.raises(TypeError):
        view["x"] = 1
    assert mod.GetDict(int)["bit_length"] is int.bit_length


def test_a_metaclass_does_not_change_the_answers(mod):
    assert mod.GetQualName(Honest) == "Honest"
    assert mod.GetModuleName(Honest) == __name__
    assert mod.GetBase(Honest) is Outer
    assert mod.GetBases(Honest) == (Outer,)
    assert mod.GetMRO(Honest) == (Honest, Outer, object)
    assert mod.GetDict(Honest)["__module__"] == __name__


def test_a_renamed_type(mod):
    class Renamed:
        pass

    Renamed.__qualname__ = "a.b"
    Renamed.__module__ = 3
    assert (mod.GetQualName(Renamed), mod.GetModuleName(Renamed)) == ("a.b", 3)


@pytest.mark.filterwarnings("ignore:builtin type Bare has no __module__ attribute:DeprecationWarning")
def test_a_type_without_a_module(mod):
    kind = mod.make("Bare")
    assert mod.GetQualName(kind) == "Bare"
    with pytest.raises(
        AttributeError, match="^type 'Bare' has no __module__; give its spec a name with a dot"
    ):
        mod.GetModuleName(kind)


@pytest.mark.parametrize("name", QUESTIONS)
def test_answers_are_new_references(mod, name):
    before = sys.getrefcount(Outer.Inner.__mro__), sys.getrefcount(Outer.Inner.__base__)
    for _ in range(10):
        getattr(mod, name)(Outer.Inner)
    assert (sys.getrefcount(Outer.Inner.__mro__), sys.getrefcount(Outer.Inner.__base__)) == before


@pytest.mark.parametrize("name", QUESTIONS)
def test_what_is_no_type(mod, name):
    for x in [3, "x", Outer(), NULL]:
        with pytest.raises(TypeError, match=f"^HPyType_{name} arg must be a type$"):
            getattr(mod, name)(x)


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_type_that_is_being_made(mod, name):
    class Asking(type):
        def mro(cls):
            with pytest.raises(TypeError, match="^type 'New' cannot be used yet"):
                getattr(mod, name)(cls)
            return super().mro()

    Asking("New", (), {})
