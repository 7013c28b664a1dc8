"""Debug mode: integers that were exported and not freed, or used afterwards, and writers of integers."""

import pytest
from support import debugging
from support.source import unary

pytestmark = [pytest.mark.abis("universal", "hybrid"), pytest.mark.after_0_9_0]

EXPORT = "HPyLongExport e;\nif (HPyLong_Export(ctx, arg, &e) < 0)\n    return HPy_NULL;\n"
FREE = "HPyLong_FreeExport(ctx, &e);\n"
CREATE = (
    "void *digits;\nHPyLongWriter w = HPyLongWriter_Create(ctx, 0, 3, &digits);\n"
    "if (HPy_IsNull(w))\n    return HPy_NULL;\nmemset(digits, 1, 3 * sizeof(uint16_t));\n"
)
NONE = "return HPy_Dup(ctx, ctx->h_None);"
SOURCE = "#include <string.h>\n" + "".join(
    unary(name, body)
    for name, body in {
        "leak_export": EXPORT + NONE,
        "free_copy": EXPORT + "HPyLongExport copy = e;\n" + FREE + "HPyLong_FreeExport(ctx, &copy);\n" + NONE,
        "read": EXPORT
        + "const volatile uint16_t *d = (const uint16_t *)e.digits;\nd = d == NULL ? NULL : d;\n"
        "HPyLongExport copy = e;\n(void)copy;\n" + FREE + "d = (const uint16_t *)e.digits;\n"
        "return HPyLong_FromLong(ctx, d[1]);",
        "leak_writer": CREATE + NONE,
        "finish_twice": CREATE
        + "HPy_Close(ctx, HPyLongWriter_Finish(ctx, w));\nHPyLongWriter_Discard(ctx, w);\n"
        + NONE,
        "discard_twice": CREATE + "HPyLongWriter_Discard(ctx, w);\nHPyLongWriter_Discard(ctx, w);\n" + NONE,
    }.items()
)


@pytest.fixture
def run(compile_module):
    path = compile_module(SOURCE, macros=[("HPY_TARGET_ABI_VERSION", "0x00000001")])
    return lambda code, **environment: debugging.run(path, code, environment=environment)


LEAKS = "from hpy.debug import LeakDetector\nwith LeakDetector():\n    "


def test_an_export_that_is_not_freed_is_a_leak(run):
    ended = run(LEAKS + "mod.leak_export(10**30)")
    assert "1 handle not closed" in ended.stderr
    assert "opened by HPyLong_Export in method_leak_export_impl" in ended.stderr
    assert "HPyLong_FreeExport" in ended.stderr


def test_an_export_without_digits_needs_not_be_freed(run):
    assert run(LEAKS + "mod.leak_export(5)").stderr == ""


def test_a_copy_of_an_export_is_freed(run):
    report = run("mod.free_copy(10**30)").report
    assert report.rule == "closed-twice"
    assert debugging.line("HPyLong_FreeExport", "free_copy").match(report.misused)


def test_digits_are_used_after_they_were_freed(run):
    report = run("mod.read(10**30)").report
    assert report.rule == "raw-data"
    assert debugging.begins("HPyLong_Export", "read").match(report.opened)
    assert debugging.begins("HPyLong_FreeExport", "read").match(report.closed)


def test_a_writer_that_is_not_ended_is_a_leak(run):
    ended = run(LEAKS + "mod.leak_writer(0)")
    assert "1 int writer not closed" in ended.stderr
    assert "opened by HPyLongWriter_Create in method_leak_writer_impl" in ended.stderr
    assert "Finish or Discard a writer" in ended.stderr


@pytest.mark.parametrize("function", ["finish_twice", "discard_twice"])
def test_a_writer_is_used_after_its_end(run, function):
    report = run(f"mod.{function}(0)").report
    assert report.rule == "writer-ended"
    assert debugging.line("HPyLongWriter_Discard", function).match(report.misused)
