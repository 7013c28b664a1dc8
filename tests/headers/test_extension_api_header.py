"""What a list of functions for other extensions may declare, as a compiler sees it: extension_api.h."""

import pytest
from headers.compilers import FLAGS, UNIVERSAL, WARNINGS, fails_with, succeeds

CALLBACK = "typedef int (*CallbackWithContext)(HPyContext *, double);\n"
NEWEST = ["-DHPY_TARGET_ABI_VERSION=0x00000001"]
DECLARED = """
#include "hpy.h"
#include "hpy/extension_api.h"
typedef struct {{ int first; double second; }} Small;
typedef int (*Callback)(int, HPy);
#define LIST(FUNCTION, TYPE) FUNCTION(0, {returns}, Function, {parameters})
HPyAPI_DECLARE(Functions, "module.api", 1, 0, LIST)
"""
DEFINED = "HPyDef_API(Functions, LIST)\n"
NEEDED = "int publish(HPyContext *ctx, HPy module);\nint publish(HPyContext *ctx, HPy module)\n"
NEEDED += "{{ return HPyAPI_Publish(ctx, module, Functions); }}\n"
IMPLEMENTED = "static {returns} Function_impl(HPyContext *ctx{more}) {{ (void)ctx; {body} }}\n"

pytestmark = pytest.mark.after_0_9_0


def compile_list(compiler, tmp_path, returns, parameters, abi="universal", before=""):
    """A provider of one function, whose implementation has as many parameters without names."""
    types = [] if parameters == "void" else parameters.split(", ")
    more = "".join(f", {t} p{i}" for i, t in enumerate(types))
    body = "".join(f"(void)p{i}; " for i in range(len(types))) + ("" if returns == "void" else "return {};")
    if returns != "void" and compiler.language == "c":
        body = body.replace("return {};", f"{returns} zero; memset(&zero, 0, sizeof(zero)); return zero;")
    declared = DECLARED.replace("#define", before + "#define", 1)
    text = (declared + DEFINED + IMPLEMENTED + NEEDED).format(
        returns=returns, parameters=parameters, more=more, body=body
    )
    flags = [
        "-c",
        "-o",
        str(tmp_path / "provider.o"),
        *WARNINGS,
        "-Wno-missing-field-initializers",
        *NEWEST,
        *FLAGS[abi],
    ]
    return compiler(tmp_path, provider=text, flags=flags)


@pytest.mark.parametrize("abi", FLAGS)
@pytest.mark.parametrize(
    ("returns", "parameters"),
    [
        ("void", "void"),
        ("HPy", "HPy, const HPy *, size_t, HPy *"),
        ("Small", "Small, Small *, const Small *, const char *, void *"),
        ("double", "char, float, long long, HPy_ssize_t, size_t, Callback"),
        ("int", "HPyAPI_AS_IS(HPyField *), HPyAPI_AS_IS(HPyTracker), HPyAPI_AS_IS(HPyContext *)"),
        ("const char *", "int, int, int, int, int, int, int, int, int, int"),
    ],
)
def test_what_can_be_passed(compiler, tmp_path, returns, parameters, abi):
    assert succeeds(compile_list(compiler, tmp_path, returns, parameters, abi))


@pytest.mark.parametrize(
    "parameters",
    [
        "HPyField",
        "HPyField *",
        "HPyGlobal",
        "HPyGlobal *",
        "HPyTracker",
        "HPyListBuilder",
        "HPyTupleBuilder",
        "HPyThreadState",
        "HPyContext *",
        "HPyFunc_o",
        "HPyFunc_destructor",
        "int, HPy, HPyFunc_keywords, int",
    ],
)
def test_what_means_nothing_in_another_extension_is_refused(compiler, tmp_path, parameters):
    result = compile_list(compiler, tmp_path, "int", parameters)
    assert fails_with(result, "a parameter of Function means nothing in another extension")
    assert "declare it with HPyAPI_AS_IS" in result.stderr


@pytest.mark.parametrize("parameters", ["const HPy *", "const HPy *, int", "HPy, const HPy *, HPy *, size_t"])
def test_an_array_without_its_length_is_refused(compiler, tmp_path, parameters):
    result = compile_list(compiler, tmp_path, "int", parameters)
    assert fails_with(
        result, "a parameter of Function is an array (const HPy *) that is not followed by the number"
    )


@pytest.mark.parametrize("returns", ["HPy *", "const HPy *", "HPyField", "HPyContext *"])
def test_a_result_that_means_nothing_in_another_extension_is_refused(compiler, tmp_path, returns):
    result = compile_list(compiler, tmp_path, returns, "void")
    assert fails_with(
        result, "Function returns what means nothing in another extension; a handle is returned as HPy"
    )


def test_a_function_that_takes_a_context_is_refused_in_cpp(compiler, tmp_path):
    if compiler.language == "c":
        pytest.skip("C has no way to ask for any function, only for those of HPy's signatures")
    result = compile_list(compiler, tmp_path, "int", "CallbackWithContext", before=CALLBACK)
    assert fails_with(result, "a parameter of Function means nothing in another extension")


def test_too_many_parameters_are_refused(compiler, tmp_path):
    assert compile_list(compiler, tmp_path, "int", ", ".join(["int"] * 11)).returncode != 0


def test_an_implementation_with_other_types_is_refused(compiler, tmp_path):
    text = (DECLARED + DEFINED).format(returns="int", parameters="double")
    text += "static int Function_impl(HPyContext *ctx, float x) { (void)ctx; return (int)x; }\n"
    # In C++ it is an overload, and then the one that is declared is missing.
    flags = ["-c", "-o", str(tmp_path / "provider.o"), *NEWEST, *UNIVERSAL, "-Werror"]
    assert compiler(tmp_path, provider=text, flags=flags).returncode != 0


@pytest.mark.parametrize("abi", FLAGS)
def test_abi_0_0_has_no_functions_for_others(compiler, tmp_path, abi):
    text = DECLARED.format(returns="int", parameters="void")
    flags = ["-fsyntax-only", "-DHPY_TARGET_ABI_VERSION=0x00000000", *FLAGS[abi]]
    message = "an API for other extensions needs ABI 0.1: build with --hpy-abi-version=0.1"
    assert fails_with(compiler(tmp_path, provider=text, flags=flags), message)


@pytest.mark.parametrize("abi", [*FLAGS, "c"])
def test_a_header_of_a_provider_in_two_files_of_one_importer(compiler, tmp_path, abi):
    """As most files that include it do not import anything."""
    text = DECLARED.format(returns="HPy", parameters="HPy, const HPy *, size_t")
    if abi == "c":
        text = text.replace('"hpy.h"', '"Python.h"')
    flags = FLAGS["hybrid"][-1:] if abi == "c" else [*NEWEST, *FLAGS[abi]]
    flags = ["-shared", "-fPIC", "-o", str(tmp_path / "two.so"), *WARNINGS, *flags]
    assert succeeds(compiler(tmp_path, first=text, second=text, flags=flags))
