"""The public headers as a C or C++ compiler sees them: each compiles alone, and refuses what it should.

What the functions do is tested elsewhere, by topic; here next to nothing is loaded into Python but plain C.
"""

import ctypes
import importlib.machinery
import itertools
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from headers.compilers import (
    FLAGS,
    INCLUDE,
    UNIVERSAL,
    WARNINGS,
    WITH_PYTHON_H,
    fails_with,
    succeeds,
)
from hpy.devel.abi_versions import VERSIONS
from support.toolchain import static_library

HEADERS = ["hpy.h"] + sorted(f"hpy/{path.name}" for path in (INCLUDE / "hpy").glob("*.h"))

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the commands are those of gcc and clang")


def test_all_headers_are_in_the_umbrella():
    included = (INCLUDE / "hpy.h").read_text()
    base = {
        "hpy.h",
        "hpy/extension_api.h",  # of those that have functions for others, or use them
        "hpy/abi.h",
        "hpy/base.h",
        "hpy/macros.h",
        "hpy/signatures.h",
        "hpy/slots.h",
        "hpy/version.h",
    }
    # They define names that other headers of the extension may define, too.
    separate = {"hpy/arrow.h", "hpy/clinic.h", "hpy/dlpack.h", "hpy/extension_api.h", "hpy/typed.h"}
    assert [h for h in HEADERS if h not in base | separate and f'#include "{h}"' not in included] == []


def test_each_header_compiles_alone(compiler, tmp_path, flags_of_abi, request):
    """Also twice in one file, and with nothing declared static that is not defined."""
    if compiler.program != "gcc" and flags_of_abi != UNIVERSAL and not request.config.getoption("slow"):
        pytest.skip("with Python.h, of which each file takes long to compile, only gcc runs without --slow")
    failures = {}
    for header in HEADERS:
        result = compiler(
            tmp_path,
            alone=f'#include "{header}"\n#include "{header}"\nextern int some_declaration;\n',
            flags=["-fsyntax-only", *WARNINGS, *flags_of_abi],
        )
        if result.returncode:
            failures[header] = result.stderr
    assert failures == {}


def test_umbrella_has_no_redundant_declarations(compiler, tmp_path, flags_of_abi):
    flags = ["-fsyntax-only", *WARNINGS, "-Wredundant-decls", *flags_of_abi]
    if compiler.language == "c":
        flags += ["-Wstrict-prototypes", "-Wmissing-prototypes"]
    assert succeeds(compiler(tmp_path, umbrella='#include "hpy.h"\n', flags=flags))


@pytest.mark.parametrize("variable", ["module", "spec", "def"])
def test_entry_point_for_cpython(compiler, tmp_path, flags_of_abi, variable):
    """In the CPython ABI, the macro changes nothing."""
    text = f"""
        #include <hpy.h>
        static HPyModuleDef {variable} = {{NULL, 0, NULL, NULL, NULL}};
        HPy_MODINIT(name, {variable})
    """
    flags = ["-fsyntax-only", *WARNINGS, *flags_of_abi, "-DHPY_CPYTHON_ENTRY"]
    assert succeeds(compiler(tmp_path, module=text, flags=flags))


@pytest.mark.parametrize(
    "header",
    [
        "hpy.h",
        "hpy/dict.h",
        pytest.param("hpy/defs.h", marks=pytest.mark.slow("as for the others")),
        pytest.param("hpy/structseq.h", marks=pytest.mark.slow("as for the others")),
    ],
)
def test_header_in_two_files_of_one_program(compiler, tmp_path, flags_of_abi, header):
    text = f'#include "{header}"\nconst char *name_%s(HPyContext *ctx) {{ return ctx->name; }}\n'
    flags = ["-shared", "-fPIC", "-o", str(tmp_path / "program.so"), *flags_of_abi]
    assert succeeds(compiler(tmp_path, first=text % "first", second=text % "second", flags=flags))


def test_one_topic_is_enough_to_call_its_functions(compiler, tmp_path):
    text = """
#include "hpy/dict.h"
HPy f(HPyContext *ctx, HPy h);
HPy f(HPyContext *ctx, HPy h) { return HPyDict_Copy(ctx, h); }
"""
    flags = ["-shared", "-fPIC", "-Wl,-z,defs", "-o", str(tmp_path / "one.so"), *WARNINGS, *UNIVERSAL]
    if sys.platform == "darwin":
        flags.remove("-Wl,-z,defs")
    assert succeeds(compiler(tmp_path, one=text, flags=flags))


FUNCTION = re.compile(r"^HPy_ID\(\d+(.*, legacy)?.*\)\s+HPyAPI_FUNC\s[^(;]*?\b(_?HPy\w*)\(", re.MULTILINE)


@pytest.mark.smoke
@pytest.mark.parametrize("abi", FLAGS)
def test_every_function_is_defined(cc, tmp_path, abi):
    """A function that is only declared, as static, is a warning once it is used."""
    text = "".join((INCLUDE / header).read_text() for header in HEADERS)
    functions = {name: bool(legacy) for legacy, name in FUNCTION.findall(text)}
    context = (INCLUDE / "hpy" / "generated" / "context.h").read_text()
    assert len(functions) == context.count("(*ctx_") >= 191
    if abi == "universal":
        functions = [name for name, is_legacy in functions.items() if not is_legacy]
    if abi == "cpython":
        # Trampolines call implementations themselves.
        for name in ("_HPy_CallRealFunctionFromTrampoline", "_HPyAPI_GetSlot", "_HPyAPI_Call"):
            del functions[name]
    newest = f"-DHPY_TARGET_ABI_VERSION={list(VERSIONS.values())[-1]}"
    uses = "".join(f"    (void (*)(void)){name},\n" for name in functions)
    text = '#include "hpy.h"\n#include "hpy/extension_api.h"\n'
    text += f"void (*const functions[])(void) = {{\n{uses}}};\n"
    flags = ["-c", "-o", os.devnull, *WARNINGS, "-Wno-cast-function-type", newest, *FLAGS[abi]]
    assert succeeds(cc(tmp_path, functions=text, flags=flags))


@pytest.mark.parametrize("abi", ["hybrid", "cpython"])
def test_buffers_of_both_apis_have_the_same_layout(cc, tmp_path, abi):
    members = "obj len itemsize readonly ndim format shape strides suboffsets internal".split()
    text = '#include "hpy.h"\n_Static_assert(sizeof(HPy_buffer) == sizeof(Py_buffer), "size");\n' + "".join(
        f'_Static_assert(offsetof(HPy_buffer, {name}) == offsetof(Py_buffer, {name}), "{name}");\n'
        for name in members
    )
    assert succeeds(cc(tmp_path, buffers=text, flags=["-fsyntax-only", *FLAGS[abi]]))


# --- the choice of the ABI


NO_ABI = (
    "Cannot determine the desired HPy ABI: "
    "you must set one of HPY_ABI_CPYTHON, HPY_ABI_UNIVERSAL or HPY_ABI_HYBRID"
)
FORBIDDEN = "It is forbidden to #include <Python.h> when targeting the HPy Universal ABI"
MISPLACED = (
    "Internal HPy error, something is wrong with your build system. "
    "The directory hpy/forbid_python_h has been added to the include_dirs "
    "but the target ABI does not seems to be 'universal'"
)


@pytest.mark.parametrize(
    "macros, message",
    [
        ("", NO_ABI),
        ("CPYTHON HYBRID", "Conflicting macros are defined: HPY_ABI_CPYTHON and HPY_ABI_HYBRID"),
        ("CPYTHON UNIVERSAL", "Conflicting macros are defined: HPY_ABI_CPYTHON and HPY_ABI_UNIVERSAL"),
        ("HYBRID UNIVERSAL", "Conflicting macros are defined: HPY_ABI_HYBRID and HPY_ABI_UNIVERSAL"),
    ],
)
@pytest.mark.parametrize("header", ["hpy.h", "hpy/long.h"])
def test_abi_error(cc, tmp_path, header, macros, message):
    flags = ["-fsyntax-only", *(f"-DHPY_ABI_{macro}" for macro in macros.split())]
    assert fails_with(cc(tmp_path, abi=f'#include "{header}"\n', flags=flags), f'#error "{message}"')


AS_WITHOUT_VALUE = pytest.mark.slow("is the same as no value")
LIMITED_IN_CPYTHON = "The CPython ABI of HPy is for one version of CPython and excludes Py_LIMITED_API"
LIMITED_IN_HYBRID = "The hybrid ABI of HPy needs Py_buffer, which is in the limited API from CPython 3.11 on"


@pytest.mark.parametrize(
    "value",
    [""] + [pytest.param(value, marks=AS_WITHOUT_VALUE) for value in ("=3", "=0x03090000")] + ["=0x030b0000"],
)
@pytest.mark.parametrize(
    "abi, message",
    [("universal", None), ("hybrid", LIMITED_IN_HYBRID), ("cpython", LIMITED_IN_CPYTHON)],
)
def test_limited_api(compiler, tmp_path, abi, message, value):
    """Compiles, or fails with one error."""
    flags = ["-fsyntax-only", f"-DPy_LIMITED_API{value}", *FLAGS[abi]]
    result = compiler(tmp_path, limited='#include "hpy.h"\n', flags=flags)
    if message is None or (abi == "hybrid" and value == "=0x030b0000" and sys.version_info >= (3, 11)):
        assert succeeds(result)
    else:
        assert fails_with(result, f'"{message}')  # gcc shows the directive, clang the text
        assert result.stderr.count("error:") == 1, result.stderr


@pytest.mark.parametrize("abi", FLAGS)
def test_abi_name(cc, tmp_path, abi):
    text = f"""
#include "hpy.h"
const char abi[] = HPY_ABI "/" HPY_ABI_TAG;
_Static_assert(sizeof abi == sizeof "{abi}/hpy0", "another length");
const char *name(void);
const char *name(void) {{ return abi; }}
"""
    name = ctypes.CDLL(str(build(cc, tmp_path, flags=FLAGS[abi], name=text))).name
    name.restype = ctypes.c_char_p
    assert name() == f"{abi}/hpy0".encode()


@pytest.mark.parametrize(
    "flags, message",
    [(UNIVERSAL, FORBIDDEN), (FLAGS["hybrid"], MISPLACED), ([], MISPLACED)],
    ids=["universal", "hybrid", "none"],
)
def test_decoy_of_python_h(cc, tmp_path, flags, message):
    flags = ["-fsyntax-only", f"-I{INCLUDE / 'hpy' / 'forbid_python_h'}", *flags]
    assert fails_with(cc(tmp_path, decoy="#include <Python.h>\n", flags=flags), f'#error "{message}"')


@pytest.mark.parametrize("call", ["HPy_AsPyObject(ctx, HPy_NULL)", "HPy_AsVoidP(HPy_FromPyObject(ctx, 0))"])
def test_legacy_function_is_a_compile_error(compiler, tmp_path, call):
    text = f'#include "hpy.h"\nvoid *f(HPyContext *ctx) {{ return {call}; }}\n'
    result = compiler(tmp_path, legacy=text, flags=["-c", "-O1", "-o", os.devnull, *UNIVERSAL])
    assert fails_with(result, "Cannot use legacy functions when targeting the HPy Universal ABI")


LEGACY_TYPES = "Cannot use legacy types when targeting the HPy Universal ABI"


@pytest.mark.parametrize(
    "macro", ["HPyType_LEGACY_HELPERS(Point)", "HPyType_HELPERS(Point, HPyType_BuiltinShape_Legacy)"]
)
def test_legacy_shape_is_a_compile_error(compiler, tmp_path, macro):
    text = f'#include "hpy.h"\ntypedef struct {{ int x; }} Point;\n{macro}\n'
    result = compiler(tmp_path, legacy=text, flags=["-fsyntax-only", *UNIVERSAL])
    assert fails_with(result, LEGACY_TYPES)


# What needs Python.h. Without it the compiler names what is missing; whoever includes it is told more.
LEGACY_CODE = {
    "methods": ("PyMethodDef", "static PyMethodDef list[1];\nHPyModuleDef m = {.legacy_methods = list};"),
    "slots": ("PyType_Slot", "static PyType_Slot slots[1];\nHPyType_Spec s = {.legacy_slots = slots};"),
    "struct": ("PyObject_HEAD", "typedef struct { PyObject_HEAD int x; } Point;\nPoint point;"),
    "static type": ("PyTypeObject", "static PyTypeObject type;\nvoid *base = &type;"),
}


@pytest.mark.parametrize("name", LEGACY_CODE)
def test_legacy_code(compiler, tmp_path, name):
    missing, code = LEGACY_CODE[name]
    source = f'#include "hpy.h"\n{code}\n'
    assert succeeds(compiler(tmp_path, legacy=source, flags=["-fsyntax-only", *FLAGS["hybrid"]]))

    assert fails_with(compiler(tmp_path, legacy=source, flags=["-fsyntax-only", *UNIVERSAL]), missing)
    flags = ["-fsyntax-only", f"-I{INCLUDE / 'hpy' / 'forbid_python_h'}", *WITH_PYTHON_H, *UNIVERSAL]
    result = compiler(tmp_path, legacy=f"#include <Python.h>\n{source}", flags=flags)
    assert fails_with(result, FORBIDDEN)


@pytest.mark.parametrize(
    "use, tag",
    [
        ("int f(cpy_PyObject *o) { return sizeof(*o); }", "FORBIDDEN_cpy_PyObject"),
        ("int f(cpy_PyMethodDef *o) { return sizeof(*o); }", "FORBIDDEN_PyMethodDef"),
        ("int f(cpy_PyModuleDef *o) { return sizeof(*o); }", "FORBIDDEN_PyModuleDef"),
        ("int f(cpy_Py_buffer *o) { return sizeof(*o); }", "FORBIDDEN_bufferinfo"),
    ],
)
def test_types_of_cpython_are_incomplete(compiler, tmp_path, use, tag):
    result = compiler(tmp_path, incomplete=f'#include "hpy.h"\n{use}\n', flags=["-fsyntax-only", *UNIVERSAL])
    assert fails_with(result, f"struct {tag}" if compiler.language == "c" else tag)


# --- definitions


EXTENSION = Path(__file__).with_name("every_definition.c").read_text()
# What HPyArg_Parse would be compiled from.
HELPER = """
#include "hpy.h"
int HPyArg_Parse(HPyContext *ctx, HPyTracker *ht, const HPy *args, size_t nargs, const char *fmt, ...)
{
    (void)ctx, (void)ht, (void)args, (void)nargs, (void)fmt;
    return 0;
}
"""
SYMBOLS = {
    "get_required_hpy_major_version_everything",
    "get_required_hpy_minor_version_everything",
    "HPyInitGlobalContext_everything",
    "HPyInit_everything",
}


def exported(library):
    command = ["nm", "-gU", library] if sys.platform == "darwin" else ["nm", "-D", "--defined-only", library]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return {line.split()[-1].removeprefix("_" if sys.platform == "darwin" else "") for line in lines}


def build(compiler, tmp_path, *more_flags, flags=UNIVERSAL, libraries=(), **texts):
    library = tmp_path / "extension.so"
    flags = ["-shared", "-fPIC", "-o", str(library), *WARNINGS, *flags, *more_flags]
    if compiler.standard == "c++17":
        flags.append("-Wno-pedantic")  # the designated initialisers of the texts are of C++20
    if sys.platform == "darwin":
        flags.append("-Wl,-undefined,dynamic_lookup")
    assert succeeds(compiler(tmp_path, flags=flags, libraries=libraries, **texts))
    return library


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("abi", ["universal", "hybrid"])
def test_every_definition_macro(compiler, tmp_path, abi, version):
    flags = [*FLAGS[abi], f"-DHPY_TARGET_ABI_VERSION={VERSIONS[version]}"]
    library = build(compiler, tmp_path, flags=flags, everything=EXTENSION, helper=HELPER)
    more = set() if version == "0.0" else {"get_required_hpy_member_count_everything"}
    assert {s for s in exported(library) if not s.startswith("_")} == SYMBOLS | more


FATAL = """
#include "hpy.h"
int fails(HPyContext *ctx, int value);
int fails(HPyContext *ctx, int value)
{
    if (value)
        return value;
    HPy_FatalError(ctx, "no value");
}
"""


@pytest.mark.parametrize("abi", FLAGS)
def test_fatal_error_does_not_return(compiler, tmp_path, abi):
    for level in ["-O0", "-O2"]:
        flags = ["-c", "-o", os.devnull, level, *WARNINGS, "-Wmissing-noreturn", *FLAGS[abi]]
        assert succeeds(compiler(tmp_path, fatal=FATAL, flags=flags))


@pytest.mark.parametrize("abi", FLAGS)
def test_functions_of_stdlib_h_are_declared(compiler, tmp_path, abi):
    """As by the headers of HPy 0.9."""
    text = (
        '#include "hpy.h"\nvoid release(void *p);\nvoid release(void *p) { va_list a; (void)a; free(p); }\n'
    )
    assert succeeds(compiler(tmp_path, libc=text, flags=["-fsyntax-only", *WARNINGS, *FLAGS[abi]]))


NO_TRAILING_ARGUMENTS = """
#include "hpy.h"
typedef struct { long x; } Struct;
HPyDef_METH(none, "none", HPyFunc_NOARGS)
static HPy none_impl(HPyContext *ctx, HPy self) { return HPy_Dup(ctx, self); }
HPyDef_METH(comma, "comma", HPyFunc_NOARGS,)
static HPy comma_impl(HPyContext *ctx, HPy self) { return HPy_Dup(ctx, self); }
HPyDef_METH_IMPL(other, "other", none_impl, HPyFunc_NOARGS)
HPyDef_MEMBER(member, "member", HPyMember_LONG, offsetof(Struct, x))
HPyDef_GET(get, "get")
static HPy get_get(HPyContext *ctx, HPy self, void *closure) { (void)closure; return HPy_Dup(ctx, self); }
HPyDef_SET(set, "set")
static int set_set(HPyContext *ctx, HPy self, HPy value, void *closure)
{
    (void)ctx, (void)self, (void)value, (void)closure;
    return 0;
}
HPyDef_GETSET_IMPL(getset, "getset", get_get, set_set)
"""


@pytest.mark.parametrize("abi", FLAGS)
def test_trailing_arguments_of_definition_macros_may_be_left_out(compiler, tmp_path, abi):
    if compiler.program.startswith("clang"):
        pytest.skip("clang reports it where the macro is used, unless -Wno-gnu-zero-variadic-macro-arguments")
    flags = ["-fsyntax-only", *WARNINGS, *FLAGS[abi]]
    assert succeeds(compiler(tmp_path, definitions=NO_TRAILING_ARGUMENTS, flags=flags))


@pytest.mark.skipif(sys.platform != "linux", reason="the flags are those of its linkers")
def test_symbols_in_the_cpython_abi(compiler, tmp_path):
    library = build(
        compiler,
        tmp_path,
        *["-Wl,--gc-sections", "-Wl,--exclude-libs,ALL"],
        flags=FLAGS["cpython"],
        libraries=[static_library()],
        everything=EXTENSION,
        helper=HELPER,
    )
    assert exported(library) == {"PyInit_everything", "PyInitU_everything"}


def test_embedded_modules_in_the_cpython_abi(cc, tmp_path):
    text = """
#include "hpy.h"
HPY_MOD_EMBEDDABLE(NAME)
HPyDef_METH(NAME_f, "f", HPyFunc_NOARGS)
static HPy NAME_f_impl(HPyContext *ctx, HPy self) { return HPy_Dup(ctx, self); }
static HPyDef *defines[] = {&NAME_f, NULL};
static HPyModuleDef definition = {NULL, 0, NULL, defines, NULL};
HPy_MODINIT(NAME, definition)
"""
    sources = {name: text.replace("NAME", name) for name in ("first", "second")}
    flags = ["-DHPY_EMBEDDED_MODULES", *FLAGS["cpython"]]
    library = build(cc, tmp_path, flags=flags, libraries=[static_library()], **sources)
    for name in sources:
        loader = importlib.machinery.ExtensionFileLoader(name, str(library))
        module = loader.create_module(importlib.machinery.ModuleSpec(name, loader, origin=str(library)))
        assert module.f() is module


@pytest.mark.parametrize("abi", ["universal", "hybrid"])
def test_required_version(compiler, tmp_path, abi):
    library = build(compiler, tmp_path, flags=FLAGS[abi], everything=EXTENSION, helper=HELPER)
    library = ctypes.CDLL(str(library))
    assert library.get_required_hpy_major_version_everything() == 0
    assert library.get_required_hpy_minor_version_everything() == 0


def test_definitions_have_external_linkage(compiler, tmp_path):
    here = """
#include "hpy.h"
HPyDef_METH(f, "f", HPyFunc_NOARGS)
static HPy f_impl(HPyContext *ctx, HPy self) { return HPy_Dup(ctx, self); }
"""
    there = """
#include "hpy.h"
extern HPyDef f;
static HPyDef *defines[] = {&f, NULL};
static HPyModuleDef definition = {NULL, 0, NULL, defines, NULL};
HPy_MODINIT(m, definition)
"""
    assert build(compiler, tmp_path, here=here, there=there)


def test_embedded_modules_share_a_binary(compiler, tmp_path):
    """Each has its own context for trampolines."""
    text = """
#include "hpy.h"
HPY_MOD_EMBEDDABLE(NAME)
HPyDef_METH(NAME_f, "f", HPyFunc_NOARGS)
static HPy NAME_f_impl(HPyContext *ctx, HPy self) { return HPy_Dup(ctx, self); }
static HPyDef *defines[] = {&NAME_f, NULL};
static HPyModuleDef definition = {NULL, 0, NULL, defines, NULL};
HPy_MODINIT(NAME, definition)
HPy_EXPORTED_SYMBOL HPyContext *context_of_NAME(void);
HPy_EXPORTED_SYMBOL HPyContext *context_of_NAME(void) { return _ctx_for_trampolines; }
"""
    sources = {name: text.replace("NAME", name) for name in ("first", "second")}
    library = ctypes.CDLL(str(build(compiler, tmp_path, "-DHPY_EMBEDDED_MODULES", **sources)))
    for context, name in enumerate(sources, start=1):
        getattr(library, f"HPyInitGlobalContext_{name}")(ctypes.c_void_p(context))
    for context, name in enumerate(sources, start=1):
        getter = getattr(library, f"context_of_{name}")
        getter.restype = ctypes.c_void_p
        assert getter() == context


@pytest.mark.parametrize(
    "definition, name",
    [
        ('HPyDef_METH(f, "f", HPyFunc_NOARG)', "HPyFunc_NOARG"),
        ("HPyDef_SLOT(f, HPy_tp_nwe)", "HPy_tp_nwe"),
        ("HPyDef_SLOT(f, HPy_tp_alloc)", "HPy_tp_alloc"),
        ('HPyDef_METH(f, "f", HPyFunc_VECTORCALLFUNC)', "HPyFunc_VECTORCALLFUNC"),
    ],
)
def test_wrong_signature_or_slot_is_named(compiler, tmp_path, definition, name):
    result = compiler(
        tmp_path, wrong=f'#include "hpy.h"\n{definition}\n', flags=["-fsyntax-only", *UNIVERSAL]
    )
    assert fails_with(result, name)


def test_implementation_with_another_signature_is_an_error(cc, tmp_path):
    """In C; in C++ it is another overload, and the declared one is missing at link time."""
    text = """
#include "hpy.h"
HPyDef_METH(f, "f", HPyFunc_O)
static HPy f_impl(HPyContext *ctx, HPy self) { return HPy_Dup(ctx, self); }
"""
    result = cc(tmp_path, other=text, flags=["-fsyntax-only", *UNIVERSAL])
    assert fails_with(result, "conflicting types for")


# --- what is computed in the headers themselves


def test_slice_adjust_indices_agrees_with_slice_indices(cc, tmp_path):
    text = """
#include "hpy/slice.h"
HPy_ssize_t adjust(HPy_ssize_t length, HPy_ssize_t *start, HPy_ssize_t *stop, HPy_ssize_t step);
HPy_ssize_t adjust(HPy_ssize_t length, HPy_ssize_t *start, HPy_ssize_t *stop, HPy_ssize_t step)
{
    return HPySlice_AdjustIndices(NULL, length, start, stop, step);
}
"""
    adjust = ctypes.CDLL(
        str(build(cc, tmp_path, "-fsanitize=undefined", "-fno-sanitize-recover", adjust=text))
    ).adjust
    adjust.restype = ctypes.c_ssize_t
    adjust.argtypes = [ctypes.c_ssize_t, *[ctypes.POINTER(ctypes.c_ssize_t)] * 2, ctypes.c_ssize_t]
    ends = [-sys.maxsize - 1, -7, -5, -4, -1, 0, 1, 3, 4, 5, 7, sys.maxsize]
    steps = [-sys.maxsize, -3, -1, 1, 2, 5, sys.maxsize]
    for length, first, last, step in itertools.product([0, 1, 4, 5, sys.maxsize], ends, ends, steps):
        start, stop = ctypes.c_ssize_t(first), ctypes.c_ssize_t(last)
        count = adjust(length, ctypes.byref(start), ctypes.byref(stop), step)
        indices = slice(first, last, step).indices(length)
        assert ((start.value, stop.value), count) == (indices[:2], len(range(*indices))), (
            length,
            first,
            last,
            step,
        )


def test_null_values(compiler, tmp_path):
    text = """
#include "hpy.h"
int test(void);
int test(void)
{
    HPy null = HPy_NULL;
    HPyField field = HPyField_NULL;
    HPyTracker tracker = {0};
    int object;
    HPy h = HPy_FromVoidP(&object);
    return HPy_IsNull(null) && HPyField_IsNull(field) && HPy_IsNull(tracker) && HPy_AsVoidP(null) == NULL
        && !HPy_IsNull(h) && HPy_AsVoidP(h) == (void *)&object && HPY_SSIZE_T_MIN < 0 && HPY_SSIZE_T_MAX > 0;
}
"""
    if compiler.language == "c++":
        text = text.replace("int test(void);", 'extern "C" int test(void);')
    assert ctypes.CDLL(str(build(compiler, tmp_path, null=text))).test() == 1


@pytest.mark.parametrize("size, unit", [(None, "i"), (4, "i"), (8, "l" if sys.maxsize > 2**32 else "L")])
def test_process_ids(cc, tmp_path, size, unit):
    text = """
#include "hpy.h"
_Static_assert(sizeof _HPy_PARSE_PID == 2, "one unit");
const char *unit(void);
const char *unit(void) { return _HPy_PARSE_PID; }
HPy round_trip(HPyContext *ctx, HPy h);
HPy round_trip(HPyContext *ctx, HPy h) { return HPyLong_FromPid(ctx, HPyLong_AsPid(ctx, h)); }
"""
    flags = [] if size is None else [f"-DSIZEOF_PID_T={size}"]
    function = ctypes.CDLL(str(build(cc, tmp_path, *flags, pid=text))).unit
    function.restype = ctypes.c_char_p
    assert function() == unit.encode()
