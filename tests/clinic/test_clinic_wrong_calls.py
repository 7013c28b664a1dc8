"""Calls with wrong arguments raise what functions written in Python raise, word for word."""

import re
import sys
import textwrap

import pytest
from support import loading
from support.clinic import generated
from support.subinterpreters import Interpreters

pytestmark = [pytest.mark.smoke, pytest.mark.after_0_9_0]

# Name, parameters in Python, and the lines of the block.
SIGNATURES = {
    "none": ("", ""),
    "one": ("a", "a: object"),
    "one_slash": ("a, /", "a: object\n/"),
    "two_slash": ("a, b, /", "a: object\nb: object\n/"),
    "optional_slash": ("a, b=0, /", "a: object\nb: object = None\n/"),
    "two": ("a, b", "a: object\nb: object"),
    "three": ("a, b, c", "a: object\nb: object\nc: object"),
    "optional": ("a, b=0", "a: object\nb: object = None"),
    "only_optional": ("a=0, b=0, c=0", "a: object = None\nb: object = None\nc: object = None"),
    "keyword": ("*, k", "*\nk: object"),
    "keywords": ("*, first, second, third", "*\nfirst: object\nsecond: object\nthird: object"),
    "mixed": ("a, /, b, *, k=0", "a: object\n/\nb: object\n*\nk: object = None"),
    "slash_optional": ("a=0, b=0, /, c=0", "a: object = None\nb: object = None\n/\nc: object = None"),
    "rest": ("a, *args, k", "a: object\n*args: tuple\nk: object"),
    "only_rest": ("*args", "*args: array"),
}

WRONG = [
    ("one", (), {}),
    ("one", (1, 2), {}),
    ("one", (1,), {"a": 2}),
    ("one", (), {"b": 2}),
    ("one", (1,), {"b": 2}),
    ("two_slash", (1,), {}),
    ("two_slash", (1, 2, 3), {}),
    ("optional_slash", (), {}),
    ("optional_slash", (1, 2, 3), {}),
    ("two", (), {}),
    ("two", (1,), {}),
    ("two", (), {"a": 1}),
    ("three", (), {}),
    ("three", (1,), {"c": 1}),
    ("three", (1, 2, 3, 4), {}),
    ("optional", (), {}),
    ("optional", (1, 2, 3), {}),
    ("optional", (1, 2), {"b": 3}),
    ("only_optional", (1, 2, 3, 4), {}),
    ("only_optional", (), {"colour": 1}),
    ("keyword", (), {}),
    ("keyword", (1,), {}),
    ("keyword", (1,), {"k": 1}),
    ("keywords", (), {}),
    ("keywords", (), {"second": 1}),
    ("keywords", (), {"first": 1, "secnd": 1}),
    ("mixed", (1,), {}),
    ("mixed", (), {"a": 1, "b": 2}),
    ("mixed", (1, 2, 3), {}),
    ("mixed", (1, 2, 3), {"k": 1}),
    ("slash_optional", (), {"a": 1, "b": 2}),
    ("rest", (1, 2, 3), {}),
    ("rest", (), {"k": 1}),
    ("rest", (1,), {"k": 1, "args": 2}),
    ("only_rest", (), {"args": 1}),
]


def block(path, lines):
    indented = "".join(f"    {line}\n" for line in lines.splitlines())
    return f"/*[clinic input]\n{path}\n{indented}[clinic start generated code]*/\n"


def implementation(name, lines, of_type=False):
    parameters = ["HPyContext *ctx", "HPy self"]
    for line in lines.splitlines():
        if ":" in line:
            parameter = line.partition(":")[0]
            if line.endswith("array"):
                parameters += ["const HPy *args_", "size_t args__count"]
            else:
                parameters.append(f"HPy {parameter.strip('*')}{'_' if parameter == '*args' else ''}")
    return f"static HPy {name}_impl({', '.join(parameters)})\n{{\n    return HPy_Dup(ctx, ctx->h_None);\n}}\n"


def source():
    blocks = ["/*[clinic input]\nmodule mod\n", 'class mod.C "" ""\n', "[clinic start generated code]*/\n"]
    functions = []
    for name, (_, lines) in SIGNATURES.items():
        for scope in ("mod", "mod.C"):
            blocks.append(block(f"{scope}.{name}", lines))
            functions.append(implementation(f"{scope}.{name}".replace(".", "_"), lines))
    new = SIGNATURES["mixed"][1]
    blocks.append(block("mod.C.__new__", new))
    functions.append(
        implementation("mod_C_new", new)
        .replace("HPy self", "HPy type")
        .replace("return HPy_Dup(ctx, ctx->h_None)", "return HPy_New(ctx, type, (void **)&(void *){NULL})")
    )
    spec = (
        "static HPyDef *C_defines[] = {mod_C_CLINIC NULL};\n"
        'static HPyType_Spec C_spec = {.name = "mod.C", .flags = HPy_TPFLAGS_DEFAULT, .doc = mod_C_new_DOC,\n'
        "    .builtin_shape = HPyType_BuiltinShape_Object, .basicsize = 8, .defines = C_defines};\n"
    )
    return "".join([*blocks, '#include "mod.clinic.h"\n', *functions, spec])


SOURCE = source()
METHODS = tuple(f"mod_{name}" for name in SIGNATURES)


@pytest.fixture(params=["0x00000000", "0x00000001"], ids=["ABI 0.0", "ABI 0.1"])
def mod(request, make_module):
    macros = [("HPY_TARGET_ABI_VERSION", request.param)]
    return make_module(generated(SOURCE), methods=METHODS, types=("C",), macros=macros)


def python_functions():
    """The same functions, and the same class with them, written in Python."""
    scope = {}
    for name, (parameters, _) in SIGNATURES.items():
        exec(f"def {name}({parameters}): pass", scope)
    methods = "".join(f" def {name}(self, {p}): pass\n" for name, (p, _) in SIGNATURES.items())
    new = SIGNATURES["mixed"][0]
    exec(f"class C:\n{methods} def __new__(cls, {new}): return object.__new__(cls)", scope)
    return scope


PYTHON = python_functions()


def message(function, args, kwargs):
    with pytest.raises(TypeError) as caught:
        function(*args, **kwargs)
    return str(caught.value)


@pytest.mark.parametrize("name, args, kwargs", WRONG, ids=map(repr, WRONG))
def test_functions(mod, name, args, kwargs):
    assert message(getattr(mod, name), args, kwargs) == message(PYTHON[name], args, kwargs)


@pytest.mark.parametrize("name, args, kwargs", WRONG, ids=map(repr, WRONG))
def test_methods(mod, name, args, kwargs):
    ours, theirs = mod.C(1, 2), PYTHON["C"](1, 2)
    assert message(getattr(ours, name), args, kwargs) == message(getattr(theirs, name), args, kwargs)


@pytest.mark.parametrize("args, kwargs", [case[1:] for case in WRONG if case[0] == "mixed"], ids=repr)
def test_constructors(mod, args, kwargs):
    assert message(mod.C, args, kwargs) == message(PYTHON["C"], args, kwargs)


def test_functions_without_keywords_are_refused_as_built_in_ones(mod):
    for function in (mod.none, mod.one_slash, mod.C(1, 2).none, mod.C(1, 2).one_slash):
        name = function.__name__
        for args, kwargs in [((1, 2), {}), ((1, 2), {"a": 1})]:
            assert re.search(rf"\b{name}\(\) takes ", message(function, args, kwargs))


def test_keywords_that_are_no_names(mod):
    for keyword in ("", "\0", "a\0", "\udc80", "é"):
        kwargs = {keyword: 1}
        assert message(mod.one, (), kwargs) == message(PYTHON["one"], (), kwargs)


def test_right_calls_beside_them(mod):
    assert mod.mixed(1, 2) is None
    assert mod.mixed(1, k=3, b=2) is None
    assert mod.C(1, b=2, k=3).rest(1, 2, 3, k=4) is None
    assert mod.only_rest() is mod.only_rest(1, 2) is None


def test_keywords_in_several_interpreters(make_module, compile_module):
    """The objects of the names belong to one interpreter after the other."""
    options = {
        "methods": METHODS,
        "types": ("C",),
        "macros": [("HPY_TARGET_ABI_VERSION", "0x00000001")],
    }
    # Names that no other test has used in this process.
    source = generated(SOURCE.replace("k: object", "own: object").replace("HPy k", "HPy own"))
    code = f"""
        import sys
        sys.path[:] = {sys.path!r}
        from support import loading
        loading.mode = {loading.mode!r}
        mod = loading.load_extension("mod", {str(compile_module(source, **options))!r})
        for name in ("o" + "wn", "own"):
            assert mod.keyword(**{{name: 1}}) is None
        assert mod.mixed(1, own=2, b=3) is None
    """
    interpreters = Interpreters()

    def in_another():
        interpreter = interpreters.create()
        interpreters.run(interpreter, textwrap.dedent(code))
        return interpreter

    first = in_another()
    mod = make_module(source, **options)
    assert mod.keyword(own=1) is mod.mixed(1, own=2, b=3) is None
    interpreters.destroy(first)
    assert mod.keyword(own=1) is mod.mixed(1, own=2, b=3) is None
    interpreters.destroy(in_another())
    assert mod.keyword(own=1) is mod.mixed(1, own=2, b=3) is None
    with pytest.raises(TypeError, match="unexpected keyword argument 'owns'"):
        mod.keyword(owns=1)
