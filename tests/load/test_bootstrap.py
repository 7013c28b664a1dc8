"""What the stub beside an extension calls: `_load_bootstrap`, and the variables HPY and HPY_LOG."""

import importlib.machinery
import os
import re
import sys
import types

import pytest
from hpy.universal import _load_bootstrap, load
from support import loading, noargs

# Extensions of the cpython ABI are loaded by CPython alone.
pytestmark = pytest.mark.abis("universal", "hybrid")

fixed_defect = pytest.mark.fixed_defect


def spec(name="mod"):
    return importlib.machinery.ModuleSpec(name, None)


@pytest.fixture(scope="module")
def binary(compile_module):
    """A good extension `mod`."""
    return compile_module(
        noargs("answer", "return HPyLong_FromInt32_t(ctx, 42);")
        + noargs("context", "return HPyUnicode_FromString(ctx, ctx->name);")
    )


def bootstrap(
    path, env=None, *, name="mod", ext_name="pkg.mod", package="pkg", loader=None, module_spec=None
):
    return _load_bootstrap(
        name, ext_name, package, path, loader, module_spec or spec(ext_name), env or {"HPY": loading.mode}
    )


@pytest.mark.smoke
def test_bootstrap_makes_the_module_an_imported_one(binary):
    loader, module_spec = object(), spec("pkg.mod")
    mod = bootstrap(str(binary), loader=loader, module_spec=module_spec)
    assert mod.__file__ == mod.__spec__.origin == str(binary)
    assert mod.__loader__ is loader
    assert mod.__spec__ is module_spec
    assert (mod.__name__, mod.__package__) == ("pkg.mod", "pkg")
    assert mod.answer() == 42
    assert "pkg.mod" not in sys.modules


def test_bootstrap_takes_keywords_and_needs_all(binary):
    arguments = dict(
        name="mod", ext_name="mod", package=None, file=str(binary), loader=None, spec=spec(), env=os.environ
    )
    assert _load_bootstrap(**arguments).answer() == 42
    for position, name in enumerate(arguments, 1):
        message = f"missing required argument '{name}' (pos {position})"
        with pytest.raises(TypeError, match=re.escape(message)):
            _load_bootstrap(**{key: value for key, value in arguments.items() if key != name})


@fixed_defect
def test_bootstrap_checks_types(binary):
    with pytest.raises(TypeError, match="'name' must be str, not int"):
        bootstrap(str(binary), name=1)
    with pytest.raises(TypeError, match="'ext_name' must be str, not int"):
        bootstrap(str(binary), ext_name=1, module_spec=spec())
    with pytest.raises(TypeError, match="'file' must be str or os.PathLike, not int"):
        bootstrap(1)


@fixed_defect
def test_bootstrap_takes_a_path_like_file(binary):
    assert bootstrap(binary).__file__ == str(binary)


CUSTOM = """
HPyDef_SLOT(create, HPy_mod_create)
static HPy create_impl(HPyContext *ctx, HPy spec)
{
    return HPy_GetAttr_s(ctx, spec, "custom");
}
"""


@pytest.fixture(scope="module")
def custom(compile_module):
    """An extension whose "module" is the attribute `custom` of its spec."""
    path = compile_module(CUSTOM, defines=["create"])

    def make(value):
        module_spec = spec("pkg.mod")
        module_spec.custom = value
        return bootstrap(str(path), module_spec=module_spec)

    return make


def test_bootstrap_sets_the_attributes_of_custom_modules(custom):
    mod = custom(types.SimpleNamespace())
    assert (mod.__name__, mod.__package__) == ("pkg.mod", "pkg")
    assert mod.__file__ == mod.__spec__.origin


@fixed_defect
@pytest.mark.parametrize("value", ["text", 12345, None, [], (1, 2)])
def test_custom_modules_need_not_take_attributes(custom, value):
    assert custom(value) is value


@fixed_defect
def test_other_errors_of_custom_modules_propagate(custom):
    class Custom:
        def __setattr__(self, name, value):
            raise ZeroDivisionError(name)

    with pytest.raises(ZeroDivisionError, match="__file__"):
        custom(Custom())


@fixed_defect
def test_a_spec_that_takes_no_origin_is_an_error(binary):
    class Spec:
        __slots__ = ()
        name = "mod"

    with pytest.raises(AttributeError):
        bootstrap(str(binary), module_spec=Spec())


# HPY and HPY_LOG


def mode_of(path, value, **options):
    """The mode that a value of HPY asks for."""
    name = bootstrap(str(path), {"HPY": value}, **options).context()
    return re.match("HPy (Debug|Trace|Universal) ", name).group(1).lower()


@fixed_defect
@pytest.mark.parametrize(
    "value, mode",
    [
        ("debug", "debug"),
        ("DEBUG", "debug"),
        ("Trace", "trace"),
        ("universal", "universal"),
        ("", "universal"),
        ("mod:debug", "debug"),
        ("mod:DeBuG", "debug"),
        ("pkg.mod:trace", "trace"),
        ("other:debug", "universal"),
        ("other:debug,mod:trace", "trace"),
        ("mod:trace,mod:debug", "trace"),
        ("mod:universal,pkg.mod:debug", "universal"),
        ("mo:debug", "universal"),
        ("module:debug", "universal"),
        ("MOD:debug", "universal"),
        ("pkg:debug", "universal"),
        ("x.mod:debug", "universal"),
    ],
)
def test_mode_of_the_environment(binary, value, mode):
    assert mode_of(binary, value) == mode


@fixed_defect
@pytest.mark.parametrize(
    "value",
    [
        "d",
        "deb",
        "u",
        "mod:",
        "mod:d",
        ":debug",
        ":",
        ",",
        "mod:debug,",
        "mod:debug,x:y",
        "mod :debug",
        "a:debug,trace",
    ],
)
def test_invalid_modes_that_were_accepted(binary, value):
    with pytest.raises(ValueError) as info:
        bootstrap(str(binary), {"HPY": value})
    assert str(info.value) == f"invalid HPy mode: {value}"


@pytest.mark.parametrize(
    "value", ["x", "debugx", "debug ", " debug", "debug,trace", "a:debug, mod:trace", "x" * 60]
)
def test_invalid_modes(binary, value):
    with pytest.raises(ValueError) as info:
        bootstrap(str(binary), {"HPY": value})
    assert str(info.value) == f"invalid HPy mode: {value[:50]}"


@fixed_defect
@pytest.mark.parametrize(
    "value, outermost",
    [("debug+trace", "debug"), ("trace+debug", "trace"), ("mod:Trace+DEBUG,other:debug", "trace")],
)
def test_stacked_modes_of_the_environment(binary, value, outermost):
    assert mode_of(binary, value) == outermost


@pytest.mark.parametrize("value", [1, None, b"debug"])
def test_a_mode_must_be_a_string(binary, value):
    with pytest.raises(TypeError):
        bootstrap(str(binary), {"HPY": value})


def test_env_may_be_any_mapping(binary):
    class Env:
        def __getitem__(self, key):
            asked.append(key)
            raise KeyError(key)

    asked = []
    assert bootstrap(str(binary), Env()).answer() == 42
    assert asked == ["HPY", "HPY_LOG"]


def test_errors_of_env_propagate(binary):
    class Env:
        def __getitem__(self, key):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        bootstrap(str(binary), Env())
    with pytest.raises(TypeError):
        bootstrap(str(binary), 1)


@fixed_defect
def test_env_as_a_dict_keeps_its_values(binary, capsys):
    mode, log = "".join(["uni", "versal"]), "".join(["o", "n"])
    env = {"HPY": mode, "HPY_LOG": log}
    before = sys.getrefcount(mode), sys.getrefcount(log)
    for _ in range(10):
        bootstrap(str(binary), env)
    assert (sys.getrefcount(mode), sys.getrefcount(log)) == before


@pytest.mark.parametrize("value", ["1", "0", ""])
def test_log(binary, capsys, value):
    bootstrap(str(binary), {"HPY_LOG": value})
    assert capsys.readouterr().out == "Loading 'mod' in HPy universal mode\n"


@fixed_defect
@pytest.mark.parametrize("mode", ["debug", "trace", "trace+debug"])
def test_log_names_the_modes(binary, capsys, mode):
    bootstrap(str(binary), {"HPY_LOG": "1", "HPY": mode})
    assert capsys.readouterr().out == f"Loading 'mod' in HPy {mode} mode\n"


def test_no_log_without_the_variable(binary, capsys):
    bootstrap(str(binary), {"HPY": "universal"})
    assert capsys.readouterr().out == ""


def test_explicit_load_does_not_look_at_the_environment(binary, capsys):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HPY", "debug")
        patch.setenv("HPY_LOG", "1")
        assert load("mod", str(binary), spec()).answer() == 42
    assert capsys.readouterr().out == ""
