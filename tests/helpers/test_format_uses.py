"""Formats for other uses than text: HPyBytes_FromFormat, HPyErr_WarnFormat, HPyErr_FormatUnraisable.

There is a C function per type of argument; each takes the format, as bytes, at run time.
"""

import sys

import pytest
from support import module_fixture, varargs
from support.errors import error_of

pytestmark = pytest.mark.after_0_9_0

# Function name: the C expression of the argument.
ARGUMENTS = {
    "int": "(int)HPyLong_AsLong(ctx, args[1])",
    "unsigned": "(unsigned int)HPyLong_AsUnsignedLong(ctx, args[1])",
    "long": "HPyLong_AsLong(ctx, args[1])",
    "ssize": "HPyLong_AsSsize_t(ctx, args[1])",
    "pointer": "HPyLong_AsVoidPtr(ctx, args[1])",
    "string": "string_or_null(ctx, args[1])",
}

C_ARGUMENTS = """
static HPy handle_or_null(HPyContext *ctx, HPy h)
{
    return HPy_Is(ctx, h, ctx->h_Ellipsis) ? HPy_NULL : h;
}

static const char *string_or_null(HPyContext *ctx, HPy h)
{
    return HPy_Is(ctx, h, ctx->h_None) ? NULL : HPyBytes_AsString(ctx, h);
}

static HPy forward(HPyContext *ctx, const char *fmt, ...)
{
    va_list vargs;
    va_start(vargs, fmt);
    HPy result = HPyBytes_FromFormatV(ctx, fmt, vargs);
    va_end(vargs);
    return result;
}
"""
mod = module_fixture(
    C_ARGUMENTS
    + varargs(
        "forwarded",
        """    const char *fmt = HPyBytes_AsString(ctx, args[0]);
    return forward(ctx, fmt, (int)HPyLong_AsLong(ctx, args[1]), HPyBytes_AsString(ctx, args[2]));""",
    )
    + "".join(
        varargs(
            f"bytes_{name}",
            f"""    const char *fmt = HPyBytes_AsString(ctx, args[0]);
    return HPyBytes_FromFormat(ctx, fmt, {expression});""",
        )
        for name, expression in ARGUMENTS.items()
    )
    + varargs(
        "bytes_any",
        """    HPy o = args[1];
    return HPyBytes_FromFormat(ctx, HPyBytes_AsString(ctx, args[0]), o, o, o);""",
    )
    + varargs(
        "warn",
        """    HPy category = handle_or_null(ctx, args[0]);
    int status = HPyErr_WarnFormat(ctx, category, 1, HPyBytes_AsString(ctx, args[1]), args[2], 42);
    return status < 0 ? HPy_NULL : HPyLong_FromLong(ctx, status);""",
    )
    + varargs(
        "null_format",
        """    const char *fmt = string_or_null(ctx, ctx->h_None);
    return HPyLong_AsLong(ctx, args[0]) ? HPyUnicode_FromFormat(ctx, fmt) : HPyBytes_FromFormat(ctx, fmt);""",
    )
    + varargs(
        "unraisable",
        """    HPy result = HPy_Call(ctx, args[0], NULL, 0, HPy_NULL);
    HPyErr_FormatUnraisable(ctx, HPyBytes_AsString(ctx, args[1]), args[2]);
    HPy_Close(ctx, result);
    return HPyBool_FromBool(ctx, HPyErr_Occurred(ctx));""",
    ),
    macros=[("HPY_TARGET_ABI_VERSION", "0x00000001")],
)


@pytest.mark.smoke
def test_arguments_in_a_va_list(mod):
    assert mod.forwarded(b"%d\xff%s", 42, b"text") == b"42\xfftext"


@pytest.mark.smoke
def test_bytes(mod):
    assert mod.bytes_int(b"\xff%d%%", -42) == b"\xff-42%"
    assert mod.bytes_int(b"%c", 0xE9) == b"\xe9"
    assert mod.bytes_int(b"%x", 255) == b"ff"
    assert mod.bytes_unsigned(b"%u", 2**32 - 1) == b"4294967295"
    assert mod.bytes_long(b"%ld", -1) == b"-1"
    assert mod.bytes_ssize(b"%zd", sys.maxsize) == str(sys.maxsize).encode()
    assert mod.bytes_string(b"<%s>", b"\xff\xfe") == b"<\xff\xfe>"
    assert mod.bytes_string(b"%.2s|", b"\xff\xfe\xfd") == b"\xff\xfe|"
    assert mod.bytes_pointer(b"%p", 0x1F).lower() == b"0x1f"


def test_bytes_errors(mod):
    for value in [-1, 256]:
        assert error_of(mod.bytes_int, b"%c", value) == (
            OverflowError, "character argument not in range(0x100)")  # fmt: skip
    for unit in [b"U", b"V", b"S", b"R", b"A", b"y", b""]:
        assert error_of(mod.bytes_any, b"%" + unit, "x") == (SystemError, "invalid format string")
    assert error_of(mod.bytes_string, b"%s", None)[0] is SystemError


def test_null_format(mod):
    for is_text in [0, 1]:
        assert error_of(mod.null_format, is_text) == (SystemError, "invalid format string")


@pytest.mark.smoke
def test_warning(mod):
    with pytest.warns(UserWarning, match="^é 42$"):
        assert mod.warn(UserWarning, b"%S %d", "é") == 0
    with pytest.warns(RuntimeWarning, match="^x$"):
        assert mod.warn(..., b"%S", "x") == 0


@pytest.mark.filterwarnings("error")
def test_warning_errors(mod):
    with pytest.raises(DeprecationWarning, match="^x$"):
        mod.warn(DeprecationWarning, b"%S", "x")
    assert error_of(mod.warn, UserWarning, b"%!", "x") == (SystemError, "invalid format string")
    assert error_of(mod.warn, 3, b"%S", "x")[0] is TypeError
    assert error_of(mod.warn, UserWarning, b"%S", "\udc80")[0] is UnicodeEncodeError


def fail():
    raise ValueError("lost")


@pytest.fixture
def reports(monkeypatch):
    """What is reported as unraisable."""
    found = []
    monkeypatch.setattr(sys, "unraisablehook", lambda report: found.append(
        (report.exc_type, str(report.exc_value), report.exc_traceback is None, report.err_msg, report.object)
    ))  # fmt: skip
    return found


@pytest.mark.smoke
def test_unraisable(mod, reports):
    assert mod.unraisable(fail, b"Exception ignored while %S", "formatting") is False
    assert mod.unraisable(int, b"Exception ignored while %S", "formatting") is False
    assert reports == [(ValueError, "lost", False, "Exception ignored while formatting", None)]
    reports.clear()


def test_unraisable_with_a_message_that_fails(mod, reports):
    assert mod.unraisable(fail, b"%!", "x") is False
    assert [report[:2] for report in reports] == [(ValueError, "lost")]
    reports.clear()


def test_unraisable_with_a_hook_that_fails(mod, monkeypatch, capfd):
    def hook(report):
        raise ZeroDivisionError("hook")

    monkeypatch.setattr(sys, "unraisablehook", hook)
    assert mod.unraisable(fail, b"while %S", "x") is False
    monkeypatch.undo()
    assert "ZeroDivisionError: hook" in capfd.readouterr().err
