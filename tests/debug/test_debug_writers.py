"""Debug mode: writers left behind or used after their end; taken exceptions; memory that is not allocated."""

import pytest
from support import debugging
from support.source import noargs, unary

pytestmark = [pytest.mark.abis("universal", "hybrid"), pytest.mark.after_0_9_0]

NONE = "return HPy_Dup(ctx, ctx->h_None);"
NONE_OR_FAIL = " < 0 ? HPy_NULL : HPy_Dup(ctx, ctx->h_None);"
TEXT = (
    'HPyUnicodeWriter w = HPyUnicodeWriter_Create(ctx, 0);\nHPyUnicodeWriter_WriteUTF8(ctx, w, "text", 4);\n'
)
BYTES = 'HPyBytesWriter w = HPyBytesWriter_Create(ctx, 0);\nHPyBytesWriter_WriteBytes(ctx, w, "bytes", 5);\n'
END_TEXT = "HPy_Close(ctx, HPyUnicodeWriter_Finish(ctx, w));\n"
END_BYTES = "HPy_Close(ctx, HPyBytesWriter_Finish(ctx, w));\n"

SOURCE = "static void *kept;\n" + "".join(
    noargs(name, body)
    for name, body in {
        "text": TEXT + "return HPyUnicodeWriter_Finish(ctx, w);",
        "leak_text": TEXT + NONE,
        "leak_bytes": BYTES + NONE,
        "write_text": TEXT + END_TEXT + "return HPyUnicodeWriter_WriteChar(ctx, w, 65)" + NONE_OR_FAIL,
        "finish_text": TEXT + END_TEXT + "return HPyUnicodeWriter_Finish(ctx, w);",
        "discard_text": TEXT + END_TEXT + "HPyUnicodeWriter_Discard(ctx, w);\n" + NONE,
        "write_bytes": BYTES + END_BYTES + "return HPyBytesWriter_Resize(ctx, w, 1)" + NONE_OR_FAIL,
        "finish_bytes": BYTES + END_BYTES + "return HPyBytesWriter_FinishWithSize(ctx, w, 1);",
        "discard_bytes": BYTES + "HPyBytesWriter_Discard(ctx, w);\nHPyBytesWriter_Discard(ctx, w);\n" + NONE,
        "other_writer": BYTES
        + "HPyUnicodeWriter other;\nother._i = w._i;\nHPyUnicodeWriter_Discard(ctx, other);\n"
        + END_BYTES
        + NONE,
        "as_handle": TEXT + "HPy h;\nh._i = w._i;\nHPy_Close(ctx, h);\n" + END_TEXT + NONE,
        "free_twice": "void *p = HPyMem_Malloc(ctx, 5);\nHPyMem_Free(ctx, p);\nHPyMem_Free(ctx, p);\n" + NONE,
        "free_moved": "void *p = HPyMem_Malloc(ctx, 5);\nvoid *q = HPyMem_Realloc(ctx, p, 1000000);\n"
        "HPyMem_Free(ctx, p);\nHPyMem_Free(ctx, q);\n" + NONE,
        "free_foreign": "void *p = malloc(5);\nHPyMem_Free(ctx, p);\nfree(p);\n" + NONE,
        "resize_freed": "void *p = HPyMem_Calloc(ctx, 5, 1);\nHPyMem_Free(ctx, p);\n"
        "HPyMem_Free(ctx, HPyMem_Realloc(ctx, p, 7));\n" + NONE,
        "keep_memory": "kept = HPyMem_Malloc(ctx, 5);\n" + NONE,
        "free_kept": "HPyMem_Free(ctx, kept);\n" + NONE,
    }.items()
) + unary(
    "lose",
    "HPy result = HPy_Call(ctx, arg, NULL, 0, HPy_NULL);\nHPy exc = HPyErr_GetRaisedException(ctx);\n"
    "return HPy_IsNull(exc) ? result : HPyErr_SetRaisedException(ctx, exc);",
)  # fmt: skip


@pytest.fixture
def run(compile_module):
    path = compile_module(SOURCE, macros=[("HPY_TARGET_ABI_VERSION", "0x00000001")])
    return lambda code, **environment: debugging.run(path, code, environment=environment)


LEAKS = "from hpy.debug import LeakDetector\nwith LeakDetector():\n    "


def test_nothing_wrong(run):
    ended = run(LEAKS + "print(mod.text(), mod.lose(int), mod.keep_memory(), mod.free_kept())")
    assert (ended.stdout, ended.stderr) == ("text 0 None None\n", "")


@pytest.mark.parametrize(("kind", "name"), [("text", "str"), ("bytes", "bytes")])
def test_a_writer_that_is_not_ended_is_a_leak(run, kind, name):
    ended = run(LEAKS + f"mod.leak_{kind}()")
    assert f"1 {name} writer not closed" in ended.stderr
    api = "HPyUnicodeWriter" if kind == "text" else "HPyBytesWriter"
    assert f"1 × opened by {api}_Create in method_leak_{kind}_impl" in ended.stderr
    assert "Finish or Discard a writer" in ended.stderr


@pytest.mark.parametrize(
    ("function", "api"),
    [
        ("write_text", "HPyUnicodeWriter_WriteChar"),
        ("finish_text", "HPyUnicodeWriter_Finish"),
        ("discard_text", "HPyUnicodeWriter_Discard"),
        ("write_bytes", "HPyBytesWriter_Resize"),
        ("finish_bytes", "HPyBytesWriter_FinishWithSize"),
        ("discard_bytes", "HPyBytesWriter_Discard"),
    ],
)
def test_a_writer_is_used_after_its_end(run, function, api):
    report = run(f"mod.{function}()").report
    assert report.rule == "writer-ended"
    assert report.title == report.fatal == "A writer was used after its end"
    assert report.writer == f"of a {'str' if 'text' in function else 'bytes'}"
    created = api.partition("_")[0] + "_Create"
    assert debugging.begins(created, function).match(report.opened)
    assert debugging.begins(r"HPy\w+Writer_(Finish|Discard)", function).match(report.closed)
    assert report.misused.startswith(f"{api} in method_{function}_impl (mod.c:")


@pytest.mark.parametrize("function", ["write_text", "finish_text", "write_bytes", "finish_bytes"])
def test_use_goes_on_as_with_a_null_writer(run, function):
    ended = run(f"try: mod.{function}()\nexcept SystemError as error: print(error)", HPY_DEBUG="warn")
    assert [report.rule for report in ended.reports] == ["writer-ended"]
    assert ended.stdout.startswith("null argument to HPy")


def test_a_writer_of_another_kind(run):
    report = run("mod.other_writer()").report
    assert report.rule == "writer-ended"
    assert report.writer.endswith("which is not a known writer")


def test_a_writer_is_no_handle(run):
    report = run("mod.as_handle()").report
    assert report.rule == "foreign-handle"
    assert report.handle.endswith(": a writer")


def test_a_taken_exception_that_is_left_behind_is_a_leak(run):
    code = "try: mod.lose(lambda: [].pop())\n    except IndexError: pass"
    ended = run(LEAKS + code)
    assert "1 handle not closed" in ended.stderr
    assert "1 × opened by HPyErr_GetRaisedException in method_lose_impl" in ended.stderr
    assert "IndexError IndexError('pop from empty list')" in ended.stderr
    assert "HPyErr_SetRaisedException raises it again. That does not close its handle" in ended.stderr


@pytest.mark.parametrize(
    ("function", "allocated", "freed", "misused"),
    [
        ("free_twice", "Malloc", "Free", "Free"),
        ("free_moved", "Malloc", "Realloc", "Free"),
        ("resize_freed", "Calloc", "Free", "Realloc"),
    ],
)
def test_memory_that_was_freed(run, function, allocated, freed, misused):
    report = run(f"mod.{function}()").report
    assert report.rule == "not-allocated"
    assert debugging.begins(f"HPyMem_{allocated}", function).match(report.opened)
    assert debugging.begins(f"HPyMem_{freed}", function).match(report.closed)
    assert debugging.line(f"HPyMem_{misused}", function).match(report.misused)


def test_memory_of_another_allocator(run):
    report = run("mod.free_foreign()").report
    assert report.rule == "not-allocated"
    assert report.block.startswith("0x")
    assert report.opened == ""


def test_memory_that_was_freed_is_not_freed_again(run):
    functions = ["free_twice", "free_moved", "free_foreign", "resize_freed"]
    ended = run("".join(f"print(mod.{function}())\n" for function in functions), HPY_DEBUG="warn")
    assert [report.rule for report in ended.reports] == ["not-allocated"] * 4
    assert (ended.returncode, ended.stdout) == (0, "None\n" * 4)


def test_memory_that_is_kept_is_no_leak(run):
    ended = run(LEAKS + "mod.keep_memory()\nmod.free_kept()")
    assert ended.stderr == ""
