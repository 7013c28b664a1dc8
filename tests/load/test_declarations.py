"""What a module declares of itself: in which interpreters it runs, and whether without the GIL."""

import sys
import textwrap

import pytest
from support import loading
from support.source import noargs
from support.subinterpreters import Interpreters

pytestmark = pytest.mark.after_0_9_0

ABI_0_1 = [("HPY_TARGET_ABI_VERSION", "0x00000001")]
NUMBER = noargs("number", "return HPyLong_FromLong(ctx, 42);")
INTERPRETERS = "HPyDef_VALUE(interpreters, HPy_mod_multiple_interpreters, {})\n"
GIL = "HPyDef_VALUE(gil, HPy_mod_gil, {})\n"


def options(*defines):
    return {"defines": defines, "macros": ABI_0_1}


def load_in_interpreter(path):
    """The exception of loading the module in another interpreter, as text; None if it works."""
    code = f"""
        import sys
        sys.path[:] = {sys.path!r}
        from support import loading
        loading.mode = {loading.mode!r}
        mod = loading.load_extension("mod", {str(path)!r})
        assert mod.number() == 42
    """
    interpreters = Interpreters()
    interpreter = interpreters.create()
    try:
        interpreters.run(interpreter, textwrap.dedent(code))
    except AssertionError as error:
        return str(error)
    except Exception as error:
        return str(error)
    finally:
        interpreters.destroy(interpreter)
    return None


@pytest.mark.smoke
def test_the_main_interpreter_only(make_module, compile_module):
    source = NUMBER + INTERPRETERS.format("HPy_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED")
    assert make_module(source, **options("interpreters")).number() == 42
    error = load_in_interpreter(compile_module(source, **options("interpreters")))
    assert "ImportError" in error
    assert "main interpreter" in error or "does not support loading in subinterpreters" in error


@pytest.mark.smoke
def test_interpreters_that_share_the_gil(compile_module):
    source = NUMBER + INTERPRETERS.format("HPy_MOD_MULTIPLE_INTERPRETERS_SUPPORTED")
    error = load_in_interpreter(compile_module(source, **options("interpreters")))
    if sys.version_info < (3, 12):  # all interpreters share it
        assert error is None
    else:
        assert "does not support loading in subinterpreters" in error


@pytest.mark.smoke
def test_interpreters_with_a_gil_of_their_own(compile_module):
    source = NUMBER + INTERPRETERS.format("HPy_MOD_PER_INTERPRETER_GIL_SUPPORTED")
    assert load_in_interpreter(compile_module(source, **options("interpreters"))) is None


def test_without_a_declaration_all_interpreters(compile_module):
    assert load_in_interpreter(compile_module(NUMBER, macros=ABI_0_1)) is None


@pytest.mark.parametrize("value", ["HPy_MOD_GIL_USED", "HPy_MOD_GIL_NOT_USED"])
def test_with_a_gil_either_declaration_loads(make_module, value):
    assert make_module(NUMBER + GIL.format(value), **options("gil")).number() == 42


@pytest.mark.parametrize(
    ("source", "symbol", "name"),
    [
        (INTERPRETERS.format("3"), "interpreters", "HPy_mod_multiple_interpreters has the value 3"),
        (GIL.format("2"), "gil", "HPy_mod_gil has the value 2"),
    ],
)
def test_a_value_that_does_not_exist(make_module, source, symbol, name):
    with pytest.raises(SystemError, match=name):
        make_module(source, **options(symbol))
