"""Compiling and evaluating Python source."""

import pytest
from support import NULL, function, module_fixture

mod = module_fixture(
    function(
        "compile",
        2,
        'HPy_Compile_s(ctx, HPyUnicode_AsUTF8AndSize(ctx, a, NULL), "dir/fïle.py",'
        " (HPy_SourceKind)HPyLong_AsLong(ctx, b))",
    )
    + function("eval", 3, "HPy_EvalCode(ctx, a, b, c)")
)

EXPRESSION, FILE, SINGLE = range(3)


@pytest.mark.smoke
def test_expression(mod):
    code = mod.compile("x + 2", EXPRESSION)
    assert code.co_filename == "dir/fïle.py"
    assert mod.eval(code, {"x": 1}, {}) == 3


@pytest.mark.smoke
def test_file(mod):
    variables = {}
    assert mod.eval(mod.compile("x = 1\ndef f():\n    return x\n", FILE), variables, variables) is None
    assert variables["f"]() == 1


def test_single(mod, capsys):
    mod.eval(mod.compile("1 + 1", SINGLE), {}, {})
    assert capsys.readouterr().out == "2\n"


def test_locals_apart_from_globals(mod):
    variables, own = {"x": 1}, {}
    mod.eval(mod.compile("y = x", FILE), variables, own)
    assert own == {"y": 1}
    assert "y" not in variables


def test_locals_may_be_any_mapping(mod):
    class Mapping:
        def __getitem__(self, key):
            return key * 2

    assert mod.eval(mod.compile("ab", EXPRESSION), {}, Mapping()) == "abab"


def test_syntax_error(mod):
    with pytest.raises(SyntaxError) as error:
        mod.compile("x = (", FILE)
    assert error.value.filename == "dir/fïle.py"
    with pytest.raises(SyntaxError):
        mod.compile("x = 1", EXPRESSION)


@pytest.mark.breaks_rules("wrong-constant", reason="about such numbers")
def test_unknown_kind_text(mod):
    for kind in [3, -1, 256]:
        with pytest.raises(SystemError, match="^invalid source kind$"):
            mod.compile("1", kind)


def test_error_in_the_code_propagates(mod):
    with pytest.raises(ZeroDivisionError):
        mod.eval(mod.compile("1 / 0", EXPRESSION), {}, {})


def test_globals_must_be_a_dict(mod):
    with pytest.raises((TypeError, SystemError)):
        mod.eval(mod.compile("1", EXPRESSION), [], {})


@pytest.mark.fixed_defect
def test_code_must_be_code(mod):
    with pytest.raises(TypeError):
        mod.eval("1", {}, {})


@pytest.mark.fixed_defect
def test_null_is_an_error(mod):
    for arguments in [(NULL, {}, {}), (mod.compile("1", EXPRESSION), NULL, {})]:
        with pytest.raises(SystemError):
            mod.eval(*arguments)
