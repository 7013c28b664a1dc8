"""Constants in the definition of a module or type, and adding types to modules."""

import pytest
from support import NULL, function, module_fixture
from support.specs import METACLASS, maker, type_spec

pytestmark = pytest.mark.after_0_9_0

MACROS = [("HPY_TARGET_ABI_VERSION", "0x00000001")]

TABLES = """
enum { CHOICE = 3 };
static const HPyConstant numbers[] = {
    HPyConstant_INT("ANSWER", 42),
    HPyConstant_INT("CHOICE", CHOICE),
    HPyConstant_INT("SMALLEST", INT64_MIN),
    HPyConstant_UINT("GREATEST", UINT64_MAX),
    HPyConstant_FLOAT("HALF", 0.5),
    HPyConstant_END,
    HPyConstant_INT("AFTER_THE_END", 1),
};
static const HPyConstant texts[] = {
    HPyConstant_STRING("\\xc3\\xa9t\\xc3\\xa9", "\\xc3\\xa9"),
    HPyConstant_STRING("NOTHING", NULL),
    HPyConstant_END,
};
static const HPyConstant empty[] = {HPyConstant_END};
HPyDef_CONSTANTS(number_constants, numbers)
HPyDef_CONSTANTS(text_constants, texts)
HPyDef_CONSTANTS(no_constants, empty)
HPyDef_CONSTANTS(null_constants, NULL)
"""
SYMBOLS = ["number_constants", "text_constants", "no_constants", "null_constants"]
EXPECTED = {
    "ANSWER": 42,
    "CHOICE": 3,
    "SMALLEST": -(2**63),
    "GREATEST": 2**64 - 1,
    "HALF": 0.5,
    "été": "é",
    "NOTHING": None,
}

mod = module_fixture(
    TABLES
    + "static HPyGlobal at_exec;\n"
    + function("seen", 0, "HPyGlobal_Load(ctx, at_exec)")
    + function("add_type", 2, "HPyModule_AddType(ctx, a, b)", "status")
    + type_spec("Constant", *SYMBOLS)
    + maker("Constant"),
    defines=SYMBOLS,
    globals=["at_exec"],
    exec_code="""
    HPy answer = HPy_GetAttr_s(ctx, mod, "ANSWER");
    if (HPy_IsNull(answer))
        return -1;
    HPyGlobal_Store(ctx, &at_exec, answer);
    HPy_Close(ctx, answer);
""",
    macros=MACROS,
)


class Meta(type):
    def __setattr__(cls, name, value):
        raise AssertionError(name)


@pytest.mark.smoke
def test_constants_of_a_module(mod):
    found = {name: value for name, value in vars(mod).items() if name in EXPECTED or name.isupper()}
    assert found == EXPECTED
    assert [type(found[name]) for name in ["ANSWER", "HALF", "été"]] == [int, float, str]


def test_constants_are_there_at_exec(mod):
    assert mod.seen() == 42


@pytest.mark.parametrize("params", [(), (METACLASS, Meta)], ids=["type", "metaclass"])
def test_constants_of_a_type(mod, params):
    cls = mod.make("Constant", *params)
    assert {name: value for name, value in vars(cls).items() if not name.startswith("__")} == EXPECTED
    assert cls().ANSWER == 42


WRONG = """
static HPyConstant wrong[] = {
    {"GOOD", HPyConstant_Kind_Int, {0}}, {"BAD", (HPyConstant_Kind)9, {0}}, HPyConstant_END,
};
HPyDef_CONSTANTS(wrong_constants, wrong)
"""
WRONG_KIND = "^the constant 'BAD' has the kind 9, which does not exist$"


def test_unknown_kind_in_a_module(make_module):
    with pytest.raises(SystemError, match=WRONG_KIND):
        make_module(WRONG, defines=["wrong_constants"], macros=MACROS)


def test_unknown_kind_in_a_type(make_module):
    mod = make_module(WRONG + type_spec("Wrong", "wrong_constants") + maker("Wrong"), macros=MACROS)
    with pytest.raises(SystemError, match=WRONG_KIND):
        mod.make("Wrong")


def test_name_that_is_not_utf_8(make_module):
    source = 'static HPyConstant bad[] = {HPyConstant_INT("\\xff", 1), HPyConstant_END};\n'
    source += "HPyDef_CONSTANTS(constants, bad)"
    with pytest.raises(UnicodeDecodeError):
        make_module(source, defines=["constants"], macros=MACROS)


# HPyModule_AddType


@pytest.mark.smoke
def test_add_type_under_its_name(mod):
    class Added:
        pass

    assert mod.add_type(mod, Added) == 0
    assert mod.Added is Added
    del mod.Added
    assert mod.add_type(mod, int) == 0
    assert vars(mod).pop("int") is int


def test_add_what_is_no_type(mod):
    with pytest.raises(TypeError):
        mod.add_type(mod, 3)


def test_add_type_of_null_is_an_error(mod):
    for call in [lambda: mod.add_type(NULL, int), lambda: mod.add_type(mod, NULL)]:
        with pytest.raises((SystemError, TypeError)):
            call()
