"""The harness itself: it must be able to fail."""

import pytest
from support import function, leaks, noargs
from support.toolchain import CompileError

LEAKY = (
    noargs("leak", "HPyTuple_Pack(ctx, 1, ctx->h_None); return HPy_Dup(ctx, ctx->h_None);")
    + noargs("leak_reference", "HPy_Dup(ctx, self); return HPy_Dup(ctx, ctx->h_None);")
    + noargs("keep_quiet", "return HPy_Dup(ctx, ctx->h_None);")
)


def test_compile_error_shows_message_and_source(compile_module):
    with pytest.raises(CompileError) as error:
        compile_module("static int wrong(void) { return nowhere; }")
    assert "nowhere" in str(error.value)
    assert "--- mod.c" in str(error.value)


def test_warnings_are_errors(compile_module, request):
    if request.config.getoption("headers") == "peer":
        pytest.skip("warnings are not errors with the headers of HPy 0.9")
    with pytest.raises(CompileError, match="unused"):
        compile_module("static int unused_function(void) { return 0; }")


def test_extension_is_compiled_once(compile_module):
    first = compile_module(LEAKY)
    modified = first.stat().st_mtime_ns
    assert compile_module(LEAKY) == first
    assert first.stat().st_mtime_ns == modified


def test_extra_source_and_macro(make_module):
    mod = make_module(
        "int other(void);\n" + function("f", 0, "other()", "signed"),
        extra_sources=[("other.c", "int other(void) { return ANSWER; }")],
        macros=[("ANSWER", 42)],
    )
    assert mod.f() == 42


def test_exec_code_doc_and_dotted_name(make_module):
    mod = make_module("", name="pkg.sub", doc="día", exec_code='HPy_SetAttr_s(ctx, mod, "x", ctx->h_True);')
    assert mod.__name__ == "pkg.sub"
    assert mod.__doc__ == "día"
    assert mod.x is True


@pytest.mark.breaks_rules("no-exception", reason="failure without an exception")
def test_error_value_without_exception_is_found(run_in_subprocess):
    result = run_in_subprocess("mod.f()", function("f", 0, "-1", "status"))
    # A SystemError, or a fatal one where Python is a debug build.
    assert result.returncode != 0
    assert "without setting an" in result.stderr


def test_subprocess_reports_a_crash(run_in_subprocess):
    result = run_in_subprocess("import os; os.abort()")
    assert result.returncode < 0
    assert "Fatal Python error: Aborted" in result.stderr


def test_subprocess_loads_extension(run_in_subprocess):
    result = run_in_subprocess("print(mod.keep_quiet())", LEAKY)
    assert (result.returncode, result.stdout) == (0, "None\n")


@pytest.mark.not_repeatable("leaks on purpose")
@pytest.mark.unsanitized("AddressSanitizer keeps freed memory")
@pytest.mark.breaks_rules("leak", reason="leaks")
def test_leak_is_found(make_module):
    mod = make_module(LEAKY)
    assert leaks.find_growth(mod.leak)
    assert not leaks.find_growth(mod.keep_quiet)
    if "references" in leaks.counters():
        assert leaks.find_growth(mod.leak_reference)


@pytest.mark.parametrize(
    "deltas, expected", [([5, 5, 6], True), ([-2, 1, 1], True), ([3, 0, 0], False), ([8, -8, -1], False)]
)
def test_growth_is_told_from_noise(deltas, expected):
    assert leaks.grows(deltas) is expected
