"""Functions of C that `@calls` names: declarations are all that there is of HPy."""

import inspect

import pytest
from support import c_text
from support.clinic import generated, stores_type, stub

pytestmark = [pytest.mark.smoke, pytest.mark.after_0_9_0]

SOURCE = c_text(__file__, "calls.c")


@pytest.fixture(params=["0x00000000", "0x00000001"], ids=["ABI 0.0", "ABI 0.1"])
def mod(request, make_module):
    return make_module(
        generated(SOURCE),
        methods=("halve",),
        types=("Tank",),
        globals=("Tank_type",),
        exec_code=stores_type("Tank"),
        macros=[("HPY_TARGET_ABI_VERSION", request.param)],
    )


def test_values_and_struct(mod):
    tank = mod.Tank()
    assert tank.fill() is None
    assert tank.fill(by=4) is None
    assert tank.level == 5
    other = mod.Tank()
    other.fill(6)
    assert (tank.difference(other), tank.difference()) == (-1, 5)
    assert tank.empty() is None
    assert tank.level == 0


def test_wrong_arguments(mod):
    tank = mod.Tank()
    with pytest.raises(TypeError, match="argument 'other' must be Tank, not int"):
        tank.difference(1)
    with pytest.raises(TypeError):
        tank.fill("1")
    with pytest.raises(AttributeError):
        del tank.name
    with pytest.raises(AttributeError):
        tank.level = 1


def test_check_raises(mod):
    tank = mod.Tank()
    with pytest.raises(ValueError, match="^too high$"):
        tank.fill(101)
    with pytest.raises(ValueError, match="^too low$"):
        tank.fill(-1)
    assert tank.level == 0
    assert mod.half(-0.0) == 0
    with pytest.raises(ValueError, match="^negative$"):
        mod.half(-2)


def test_any_number_but_0_is_true(mod):
    tank = mod.Tank()
    assert tank.is_full() is False
    tank.fill(100)
    assert tank.is_full() is True


def test_text(mod):
    tank = mod.Tank()
    with pytest.raises(LookupError, match="^no name$"):
        _ = tank.name
    tank.name = "Öl"
    assert tank.name == "Öl"
    with pytest.raises(ValueError, match="^too high$"):
        tank.name = "x" * 8


def test_signatures_and_docs(mod):
    assert str(inspect.signature(mod.Tank.fill)) == "(self, /, by=1)"
    assert (mod.Tank.fill.__doc__, mod.Tank.level.__doc__) == ("Fill, or empty.", "The level.")
    assert mod.Tank.empty.__doc__ in (None, "")


def test_stub():
    text = stub(SOURCE)
    assert "    def name(self) -> str: ..." in text
    assert "    def fill(self, by: SupportsIndex = 1) -> None: ..." in text
