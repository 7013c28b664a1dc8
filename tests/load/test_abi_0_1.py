"""ABI 0.1: asking for it, what one gets, and what the runtimes say that are too old."""

import ctypes
import subprocess
import sys
from pathlib import Path

import pytest
from support import NULL, function, module_fixture, noargs
from support.loading import load_extension, runtime_is_peer
from support.toolchain import CompileError

ASK = ("HPY_TARGET_ABI_VERSION", "0x00000001")
INCLUDE = Path(__file__).resolve().parents[2] / "include"

after_0_9_0 = pytest.mark.after_0_9_0
with_loader = pytest.mark.abis("universal", "hybrid")
# The headers of HPy 0.9 know nothing of it; its runtime may have something to say.
repository_headers = pytest.mark.after_0_9_0("headers")

GET = """
HPyDef_METH(get, "get", HPyFunc_O)
static HPy get_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPy value = ctx->h_None;
    int found = HPy_GetOptionalAttr_s(ctx, arg, "été", &value);
    if (found < 0)
        return HPy_IsNull(value) ? HPy_NULL : HPyErr_NoMemory(ctx);
    HPy result = HPy_BuildValue(ctx, "(iO)", found, HPy_IsNull(value) ? ctx->h_Ellipsis : value);
    HPy_Close(ctx, value);
    return result;
}
"""

mod = module_fixture(
    GET
    + function("get_null", 1, 'HPy_GetOptionalAttr_s(ctx, a, "x", &self)', "status")
    + function("get_no_name", 1, "HPy_GetOptionalAttr_s(ctx, a, NULL, &self)", "status")
    + function("get_bad_name", 1, r'HPy_GetOptionalAttr_s(ctx, a, "\xff", &self)', "status")
    + function("get_nowhere", 1, 'HPy_GetOptionalAttr_s(ctx, a, "x", NULL)', "status"),
    macros=[ASK],
)


class Attributes:
    pass


class Failing:
    def __getattr__(self, name):
        raise ZeroDivisionError(name)


# HPy_GetOptionalAttr_s


@after_0_9_0
@pytest.mark.smoke
def test_optional_attribute_that_is_there(mod):
    x = Attributes()
    x.été = x
    assert mod.get(x) == (1, x)


@after_0_9_0
@pytest.mark.smoke
def test_optional_attribute_that_is_missing(mod):
    assert mod.get(Attributes()) == (0, ...)
    assert sys.exc_info() == (None, None, None)


@after_0_9_0
def test_optional_attribute_that_getattr_misses(mod):
    class Missing:
        def __getattr__(self, name):
            raise AttributeError(name)

    assert mod.get(Missing()) == (0, ...)


@after_0_9_0
def test_optional_attribute_error_propagates(mod):
    with pytest.raises(ZeroDivisionError, match="été"):
        mod.get(Failing())


@after_0_9_0
def test_optional_attribute_with_a_name_that_is_no_utf8(mod):
    with pytest.raises(UnicodeDecodeError):
        mod.get_bad_name(Attributes())


@after_0_9_0
@pytest.mark.parametrize("name", ["get_null", "get_no_name", "get_nowhere"])
def test_optional_attribute_of_null(mod, name):
    with pytest.raises(SystemError, match="null argument to HPy_GetOptionalAttr_s"):
        getattr(mod, name)(NULL if name == "get_null" else Attributes())


# What binaries say


def number(path, name):
    try:
        return getattr(ctypes.CDLL(str(path)), f"get_required_hpy_{name}_mod")()
    except AttributeError:
        return None


@with_loader
@repository_headers
def test_without_asking_a_binary_needs_0_0(compile_module):
    path = compile_module(noargs("answer", "return HPyLong_FromLong(ctx, 42);"))
    assert (number(path, "major_version"), number(path, "minor_version")) == (0, 0)
    assert number(path, "member_count") is None
    assert load_extension("mod", path).answer() == 42


def members():
    """How many members the context has in the headers."""
    headers = [header.read_text(encoding="utf-8") for header in (INCLUDE / "hpy").glob("*.h")]
    return sum(text.count("\nHPy_ID(") for text in headers)


@with_loader
@repository_headers
def test_a_binary_says_what_it_asked_for_and_how_much_there_was(compile_module):
    path = compile_module(GET, macros=[ASK])
    assert (number(path, "major_version"), number(path, "minor_version")) == (0, 1)
    assert number(path, "member_count") == members()


# What runtimes say


@with_loader
@repository_headers
def test_an_older_runtime_refuses_it_by_its_version(compile_module):
    path = compile_module(GET, macros=[ASK])
    if not runtime_is_peer():
        assert load_extension("mod", path).get(Attributes()) == (0, ...)
        return
    with pytest.raises(RuntimeError) as info:
        load_extension("mod", path)
    assert str(info.value) == (
        "HPy extension module 'mod' requires unsupported version of the HPy runtime. "
        "Requested version: 0.1. Current HPy version: 0.0."
    )


def exports(minor, count=None):
    """C text of a binary that says so."""
    needs = {"major_version": 0, "minor_version": minor, "member_count": count}
    functions = [
        *(
            f"uint32_t get_required_hpy_{name}_mod(void) {{ return {n}; }}"
            for name, n in needs.items()
            if n is not None
        ),
        "void HPyInitGlobalContext_mod(HPyContext *ctx) { (void)ctx; }",
        "HPyModuleDef *HPyInit_mod(void) { static HPyModuleDef definition; return &definition; }",
    ]
    return (
        "#include <hpy.h>\n" + "\n".join(f"HPy_EXPORTED_SYMBOL {function}" for function in functions) + "\n"
    )


def load_error(path):
    with pytest.raises(RuntimeError) as info:
        load_extension("mod", path)
    return str(info.value)


@with_loader
@after_0_9_0
def test_a_version_that_is_too_new_is_refused_with_what_to_install(compile_module):
    message = load_error(compile_module(exports(2), raw=True))
    assert "Current HPy version: 0.1. Install a version of HPy that supports ABI 0.2" in message
    assert message.endswith("pip install --upgrade hpy")


@with_loader
@after_0_9_0
def test_a_binary_made_when_the_version_had_more_members_is_refused(compile_module):
    message = load_error(compile_module(exports(1, 100_000), raw=True))
    assert message.startswith(
        "HPy extension module 'mod' requires a newer HPy runtime: it was compiled with a version of ABI "
        f"0.1 whose context has 100000 members, but the context of this runtime (ABI 0.1) has {members()}. "
        "Install a version of HPy that "
        "supports ABI 0.1"
    )
    assert message.endswith("pip install --upgrade hpy")


@with_loader
@after_0_9_0
def test_a_binary_made_when_the_version_had_fewer_members_is_loaded(compile_module):
    load_extension("mod", compile_module(exports(1, 273), raw=True))


@with_loader
@after_0_9_0
def test_a_binary_that_does_not_say_how_many_members_it_needs_is_refused(compile_module):
    message = load_error(compile_module(exports(1), raw=True))
    symbol = "get_required_hpy_member_count_mod"
    assert f"It requires ABI 0.1, but has no symbol '{symbol}', which tells how many members" in message


# Asking


HOW = (
    "it was added in ABI 0.1; to ask for that version, define HPY_TARGET_ABI_VERSION as 0x00000001 before "
    "#include <hpy.h>, or build with the option --hpy-abi-version=0.1 of hpy.devel"
)


@after_0_9_0
def test_without_asking_a_function_is_an_error_that_says_how_to_ask(compile_module):
    with pytest.raises(CompileError) as info:
        compile_module(GET)
    assert HOW in str(info.value)


@with_loader
@after_0_9_0
def test_without_asking_a_member_is_an_error(compile_module):
    source = noargs("f", "return ctx->ctx_GetOptionalAttr_s ? self : HPy_NULL;")
    with pytest.raises(CompileError):
        compile_module(source)
    compile_module(source, macros=[ASK])


@after_0_9_0
def test_asking_in_the_source_before_the_include(compile_module):
    source = "#define HPY_TARGET_ABI_VERSION 0x00000001\n#include <hpy.h>\n" + GET
    compile_module(source + "static HPyModuleDef definition;\nHPy_MODINIT(mod, definition)\n", raw=True)


@after_0_9_0
@pytest.mark.parametrize(
    "value, message",
    [
        ("0x00000002", "these headers have: 0x00000000 (0.0), 0x00000001 (0.1)"),
        ("0x00010000", "these headers have: 0x00000000 (0.0), 0x00000001 (0.1)"),
        ("HPY_ABI_0_1", "undeclared"),
        ("0.1", "floating"),
        ("", "these headers have: 0x00000000 (0.0), 0x00000001 (0.1)"),
    ],
)
def test_asking_for_what_there_is_not(compile_module, value, message):
    with pytest.raises(CompileError) as info:
        compile_module(noargs("f", "return HPy_Dup(ctx, self);"), macros=[("HPY_TARGET_ABI_VERSION", value)])
    assert message in str(info.value)


# Files that ask differently

SAME = "HPy_all_files_of_an_extension_must_ask_for_the_same_ABI_version"
OTHER_FILE = """#include <hpy.h>
HPy other(HPyContext *ctx, HPy h);
HPy other(HPyContext *ctx, HPy h) { return HPy_Dup(ctx, h); }
"""
CALL_OTHER = "HPy other(HPyContext *ctx, HPy h);\n" + noargs("f", "return other(ctx, self);")
ASKING = "#define HPY_TARGET_ABI_VERSION 0x00000001\n"

only_elf = pytest.mark.skipif(
    sys.platform != "linux", reason="there linkers keep one section for each version"
)


@only_elf
@after_0_9_0
@pytest.mark.parametrize(
    "first, second", [("", ASKING), (ASKING, "")], ids=["module asks not", "module asks"]
)
def test_files_that_ask_differently_do_not_link(compile_module, first, second):
    source = f"{first}#include <hpy.h>\n{CALL_OTHER}static HPyModuleDef definition;\n"
    source += "HPy_MODINIT(mod, definition)\n"
    with pytest.raises(CompileError) as info:
        compile_module(source, raw=True, extra_sources=[("other.c", second + OTHER_FILE)])
    message = str(info.value)
    assert f"multiple definition of `{SAME}'" in message
    assert "HPy_ABI_0_0" in message and "HPy_ABI_0_1" in message and "other.c" in message


@after_0_9_0
@pytest.mark.parametrize("macros", [[], [ASK]], ids=["0.0", "0.1"])
def test_files_that_ask_for_the_same_link_with_each_other_and_the_helpers(make_module, macros):
    source = CALL_OTHER + noargs("g", 'return HPy_BuildValue(ctx, "i", 7);')
    others = [("other.c", OTHER_FILE), ("third.c", OTHER_FILE.replace("other", "third"))]
    module = make_module(source, macros=macros, extra_sources=others)
    assert module.f() is module and module.g() == 7


@only_elf
@after_0_9_0
@pytest.mark.abis("universal")
def test_link_time_optimization_makes_no_difference(c_toolchain, tmp_path):
    files = []
    for name, ask in [("a", ""), ("b", ""), ("c", ASKING)]:
        files.append(tmp_path / f"{name}.c")
        files[-1].write_text(ask + OTHER_FILE.replace("other", name))
    empty = tmp_path / "empty.c"
    empty.write_text("int empty;\n")

    def link(*files):
        flags = [*c_toolchain.flags, "-flto", *c_toolchain.link_flags]
        command = [*c_toolchain.compiler, *flags, "-o", tmp_path / "m.so", *files]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)

    if link(empty).returncode != 0:
        pytest.skip("the compiler has no link-time optimization")
    assert link(*files[:2]).returncode == 0
    refused = link(*files)
    assert refused.returncode != 0 and SAME in refused.stderr


@after_0_9_0
@pytest.mark.abis("universal")
def test_helpers_need_0_0_whatever_the_extension_asks_for(c_toolchain, tmp_path):
    use = tmp_path / "use.c"
    use.write_text(
        "#define _HPY_HELPER\n#include <hpy.h>\n#if HPY_TARGET_ABI_VERSION != 0\n#error asked\n#endif\n"
    )
    command = [*c_toolchain.compiler, *c_toolchain.flags, f"-D{'='.join(ASK)}", "-fsyntax-only", use]
    subprocess.run(command, check=True)
    for helper in c_toolchain.helpers:
        assert "#define _HPY_HELPER\n#include" in helper.read_text(encoding="utf-8"), helper


# Enumerators and types: none is newer than 0.0 yet.


@after_0_9_0
@pytest.mark.abis("universal")
@pytest.mark.parametrize("use", ["int i = NEWER;", "Newer *p;", "int size = sizeof(Newer);"])
def test_enumerators_and_types_can_be_newer(compile_module, use):
    source = "typedef struct { int i; } Newer HPy_SINCE(0, 1);\nenum { OLDER, NEWER HPy_SINCE(0, 1) = 5 };\n"
    source += noargs("f", f"{use} return HPy_Dup(ctx, self);")
    with pytest.raises(CompileError) as info:
        compile_module(source)
    assert HOW in str(info.value)


@after_0_9_0
def test_a_compiler_without_an_attribute_for_it_leaves_a_symbol_that_says_why(c_toolchain, tmp_path):
    source = tmp_path / "use.c"
    # As with compilers that know none of them: macros.h asks for each.
    source.write_text(
        "#include <hpy/macros.h>\n#undef _HPy_UNAVAILABLE\n#define _HPy_UNAVAILABLE(message)\n"
        "#undef _HPy_IS_ERROR\n#define _HPy_IS_ERROR(message)\n"
        "#include <hpy.h>\nint f(HPyContext *ctx, HPy h, HPy *p);\n"
        'int f(HPyContext *ctx, HPy h, HPy *p) { return HPy_GetOptionalAttr_s(ctx, h, "x", p); }\n'
    )
    output = tmp_path / "use.o"
    command = [*c_toolchain.compiler, *c_toolchain.flags, "-c", "-o", output, source]
    subprocess.run(command, check=True)
    assert b"HPy_GetOptionalAttr_s_needs_ABI_0_1" in output.read_bytes()
