"""What a list of functions for other extensions may declare, as a compiler sees it: extension_api.h."""

import pytest
from headers.compilers import FLAGS, UNIVERSAL, WARNINGS, fails_with, succeeds

CALLBACK = "typedef int (*CallbackWithContext)(HPyContext *, double);\n"
NEWEST = ["-DHPY_TARGET_ABI_VERSION=0x00000001"]
BEGIN = """
#include "hpy.h"
#include "hpy/extension_api.h"
typedef struct { int first; double second; } Small;
typedef int (*Callback)(int, HPy);
"""
DECLARED = 'HPyAPI_DECLARE(Functions, "module.api", 1, 0, LIST)\n'
DEFINED = "HPyDef_API(Functions, LIST)\n"
PUBLISHED = """
int publish(HPyContext *ctx, HPy module);
int publish(HPyContext *ctx, HPy module) { return HPyAPI_Publish(ctx, module, Functions); }
"""

pytestmark = pytest.mark.after_0_9_0


def list_of(functions):
    """The list of `F0`, `F1` and so on, with these results and parameters."""
    lines = [f"FUNCTION(0, {returns}, F{i}, {types})" for i, (returns, types) in enumerate(functions)]
    return "#define LIST(FUNCTION, TYPE) " + " ".join(lines) + "\n"


def implementation(name, returns, parameters):
    types = [] if parameters == "void" else parameters.split(", ")
    more = "".join(f", {kind} p{i}" for i, kind in enumerate(types))
    uses = "".join(f"(void)p{i}; " for i in range(len(types)))
    result = "" if returns == "void" else f"static {returns} zero; return zero;"
    return f"static {returns} {name}_impl(HPyContext *ctx{more}) {{ (void)ctx; {uses}{result} }}\n"


def compile_list(compiler, tmp_path, *functions, abi="universal", before=""):
    """A provider of functions, whose implementations do nothing."""
    text = BEGIN + before + list_of(functions) + DECLARED + DEFINED + PUBLISHED
    text += "".join(implementation(f"F{i}", *function) for i, function in enumerate(functions))
    flags = ["-c", "-o", str(tmp_path / "provider.o"), *WARNINGS, *NEWEST, *FLAGS[abi]]
    if "clang" in compiler.program:
        flags.append("-ferror-limit=0")
    return compiler(tmp_path, provider=text, flags=flags)


@pytest.mark.parametrize("abi", FLAGS)
def test_what_can_be_passed(compiler, tmp_path, abi):
    functions = [
        ("void", "void"),
        ("HPy", "HPy, const HPy *, size_t, HPy *"),
        ("Small", "Small, Small *, const Small *, const char *, void *"),
        ("double", "char, float, long long, HPy_ssize_t, size_t, Callback"),
        ("int", "HPyAPI_AS_IS(HPyField *), HPyAPI_AS_IS(HPyTracker), HPyAPI_AS_IS(HPyContext *)"),
        ("const char *", "int, int, int, int, int, int, int, int, int, int"),
    ]
    assert succeeds(compile_list(compiler, tmp_path, *functions, abi=abi))


def refused(compiler, tmp_path, functions, text, before=""):
    """Each of the functions is, with this text after its name is put in."""
    result = compile_list(compiler, tmp_path, *functions, before=before)
    assert result.returncode != 0
    assert [i for i in range(len(functions)) if text.format(f"F{i}") not in result.stderr] == []


def test_what_means_nothing_in_another_extension_is_refused(compiler, tmp_path):
    handles = ["HPyField", "HPyField *", "HPyGlobal", "HPyGlobal *", "HPyTracker", "HPyThreadState"]
    others = ["HPyListBuilder", "HPyTupleBuilder", "HPyContext *", "HPyFunc_o", "HPyFunc_destructor"]
    parameters = [*handles, *others, "int, HPy, HPyFunc_keywords, int"]
    text = "a parameter of {} means nothing in another extension"
    refused(compiler, tmp_path, [("int", each) for each in parameters], text)


def test_a_refusal_says_what_to_do(compiler, tmp_path):
    assert "declare it with HPyAPI_AS_IS" in compile_list(compiler, tmp_path, ("int", "HPyField")).stderr


def test_an_array_without_its_length_is_refused(compiler, tmp_path):
    parameters = ["const HPy *", "const HPy *, int", "HPy, const HPy *, HPy *, size_t"]
    text = "a parameter of {} is an array (const HPy *) that is not followed by the number"
    refused(compiler, tmp_path, [("int", each) for each in parameters], text)


def test_a_result_that_means_nothing_in_another_extension_is_refused(compiler, tmp_path):
    results = ["HPy *", "const HPy *", "HPyField", "HPyContext *"]
    text = "{} returns what means nothing in another extension; a handle is returned as HPy"
    refused(compiler, tmp_path, [(each, "void") for each in results], text)


def test_a_function_that_takes_a_context_is_refused_in_cpp(compiler, tmp_path):
    if compiler.language == "c":
        pytest.skip("C has no way to ask for any function, only for those of HPy's signatures")
    text = "a parameter of {} means nothing in another extension"
    refused(compiler, tmp_path, [("int", "CallbackWithContext")], text, before=CALLBACK)


def test_too_many_parameters_are_refused(compiler, tmp_path):
    assert compile_list(compiler, tmp_path, ("int", ", ".join(["int"] * 11))).returncode != 0


def test_an_implementation_with_other_types_is_refused(compiler, tmp_path):
    text = BEGIN + list_of([("int", "double")]) + DECLARED + DEFINED + implementation("F0", "int", "float")
    # In C++ it is an overload, and then the one that is declared is missing.
    flags = ["-c", "-o", str(tmp_path / "provider.o"), *NEWEST, *UNIVERSAL, "-Werror"]
    assert compiler(tmp_path, provider=text, flags=flags).returncode != 0


@pytest.mark.parametrize("abi", FLAGS)
def test_abi_0_0_has_no_functions_for_others(compiler, tmp_path, abi):
    text = BEGIN + list_of([("int", "void")]) + DECLARED
    flags = ["-fsyntax-only", "-DHPY_TARGET_ABI_VERSION=0x00000000", *FLAGS[abi]]
    message = "an API for other extensions needs ABI 0.1: build with --hpy-abi-version=0.1"
    assert fails_with(compiler(tmp_path, provider=text, flags=flags), message)


@pytest.mark.parametrize("abi", [*FLAGS, "c"])
def test_a_header_of_a_provider_in_two_files_of_one_importer(compiler, tmp_path, abi):
    """As most files that include it do not import anything."""
    text = BEGIN + list_of([("HPy", "HPy, const HPy *, size_t")]) + DECLARED
    if abi == "c":
        text = text.replace('"hpy.h"', '"Python.h"')
    flags = FLAGS["hybrid"][-1:] if abi == "c" else [*NEWEST, *FLAGS[abi]]
    flags = ["-shared", "-fPIC", "-o", str(tmp_path / "two.so"), *WARNINGS, *flags]
    assert succeeds(compiler(tmp_path, first=text, second=text, flags=flags))
