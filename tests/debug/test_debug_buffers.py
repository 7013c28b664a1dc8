"""Debug mode: views that are not released, or used after they were."""

import pytest
from support import debugging
from support.source import unary

pytestmark = [pytest.mark.abis("universal", "hybrid"), pytest.mark.after_0_9_0]

GET = "HPy_buffer view;\nif (HPy_GetBuffer(ctx, arg, &view, HPyBUF_FULL_RO) < 0)\n    return HPy_NULL;\n"
EXPORT = GET.replace("HPy_GetBuffer", "HPyUnicode_Export").replace(
    "&view, HPyBUF_FULL_RO", "HPyUnicode_FORMAT_UCS1, &view"
)
RELEASE = "HPyBuffer_Release(ctx, &view);\n"
NONE = "return HPy_Dup(ctx, ctx->h_None);"
AGAIN = GET.partition("\n")[2]
SOURCE = "".join(
    unary(name, GET + body)
    for name, body in {
        "read": RELEASE + "return HPyLong_FromLong(ctx, ((volatile char *)view.buf)[3]);",
        "read_shape": RELEASE + "return HPyLong_FromSsize_t(ctx, *(volatile HPy_ssize_t *)view.shape);",
        "leak": NONE,
        "release_copy": "HPy_buffer copy = view;\n" + RELEASE + "HPyBuffer_Release(ctx, &copy);\n" + NONE,
        "close_owner": "HPy_Close(ctx, view.obj);\n" + RELEASE + NONE,
        "use_owner": "HPy owner = view.obj;\n" + RELEASE + "return HPy_Repr(ctx, owner);",
        "again": RELEASE + AGAIN + RELEASE + NONE,
    }.items()
) + "".join(
    unary(name, EXPORT + body)
    for name, body in {
        "read_characters": RELEASE + "return HPyLong_FromLong(ctx, ((volatile char *)view.buf)[3]);",
        "leak_characters": NONE,
    }.items()
)


@pytest.fixture
def run(compile_module):
    path = compile_module(SOURCE, macros=[("HPY_TARGET_ABI_VERSION", "0x00000001")])
    return lambda code, **environment: debugging.run(path, code, environment=environment)


@pytest.mark.parametrize(
    ("function", "access"),
    [
        ("read", "to 3 bytes behind a pointer of the view"),
        ("read_shape", "to 0 bytes behind a pointer of the view"),
    ],
)
def test_memory_is_used_after_the_release(run, function, access):
    report = run(f"mod.{function}(b'data')").report
    assert report.rule == "buffer-released"
    assert report.access == access
    assert debugging.begins("HPy_GetBuffer", function).match(report.opened)
    assert debugging.begins("HPyBuffer_Release", function).match(report.closed)
    assert report.misused.startswith(f"method_{function}_impl (mod.c:")


@pytest.mark.unsanitized(debugging.DETOUR)
def test_reading_goes_on_after_a_report(run):
    ended = run("print(mod.read(b'data'))", HPY_DEBUG="warn")
    assert [report.rule for report in ended.reports] == ["buffer-released"]
    assert ended.stdout == "0\n"


def test_a_view_that_is_not_released_is_a_leak(run):
    ended = run("from hpy.debug import LeakDetector\nwith LeakDetector():\n    mod.leak(b'data')")
    assert "1 handle not closed" in ended.stderr
    assert "opened by HPy_GetBuffer in method_leak_impl" in ended.stderr
    assert "HPyBuffer_Release" in ended.stderr


def test_a_copy_of_a_view_is_released(run):
    report = run("mod.release_copy(b'data')").report
    assert report.rule == "closed-twice"
    assert debugging.line("HPyBuffer_Release", "release_copy").match(report.misused)


def test_the_owner_is_closed_and_the_view_released(run):
    report = run("mod.close_owner(b'data')").report
    assert report.rule == "closed-twice"
    assert debugging.line("HPyBuffer_Release", "close_owner").match(report.misused)


def test_the_owner_is_used_after_the_release(run):
    report = run("mod.use_owner(b'data')").report
    assert report.rule == "used-after-close"
    assert debugging.begins("HPyBuffer_Release", "use_owner").match(report.closed)


def test_a_view_is_filled_again_after_the_release(run):
    ended = run("print(mod.again(b'data'))")
    assert (ended.stdout, ended.stderr) == ("None\n", "")


def test_characters_are_read_after_the_release(run):
    report = run("mod.read_characters('text')").report
    assert report.rule == "buffer-released"
    assert debugging.begins("HPyUnicode_Export", "read_characters").match(report.opened)
    assert debugging.begins("HPyBuffer_Release", "read_characters").match(report.closed)


def test_a_view_of_characters_that_is_not_released_is_a_leak(run):
    ended = run("from hpy.debug import LeakDetector\nwith LeakDetector():\n    mod.leak_characters('text')")
    assert "opened by HPyUnicode_Export in method_leak_characters_impl" in ended.stderr
    assert "HPyBuffer_Release a view of memory or characters" in ended.stderr
