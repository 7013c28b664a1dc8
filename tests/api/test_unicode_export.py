"""str objects and arrays of code points: from kind and data, wide characters, views of the characters."""

import sys

import pytest
from support import NULL, function, module_fixture

pytestmark = pytest.mark.after_0_9_0

mod = module_fixture(
    function(
        "from_kind",
        3,
        "HPyUnicode_FromKindAndData(ctx, (int)HPyLong_AsLong(ctx, a), "
        "HPy_Is(ctx, b, ctx->h_None) ? NULL : HPyBytes_AsString(ctx, b), HPyLong_AsSsize_t(ctx, c))",
    )
    + """
/* What is written, with the character behind it; or without a size, how many are needed. */
HPyDef_METH(as_wide, "as_wide", HPyFunc_VARARGS)
static HPy as_wide_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    wchar_t w[16];
    HPy str = HPy_Is(ctx, args[0], ctx->h_Ellipsis) ? HPy_NULL : args[0];
    for (int i = 0; i < 16; i++)
        w[i] = L'#';
    if (nargs == 1)
        return HPyLong_FromSsize_t(ctx, HPyUnicode_AsWideChar(ctx, str, NULL, 0));
    HPy_ssize_t written = HPyUnicode_AsWideChar(ctx, str, w, HPyLong_AsSsize_t(ctx, args[1]));
    return written < 0 ? HPy_NULL : HPyUnicode_FromWideChar(ctx, w, written + 1);
}

static HPy_buffer held;

/* (format, its name, itemsize, bytes, whether they are the string's own); the view is held. */
HPyDef_METH(export, "export", HPyFunc_VARARGS)
static HPy export_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPy str = HPy_Is(ctx, args[0], ctx->h_Ellipsis) ? HPy_NULL : args[0];
    int format = HPyUnicode_Export(ctx, str, (int)HPyLong_AsLong(ctx, args[1]), &held);
    if (format < 0)
        return HPy_IsNull(held.obj) ? HPy_NULL : HPyErr_SetString(ctx, ctx->h_AssertionError, "not null");
    if (held.readonly != 1 || held.ndim != 1 || held.shape != NULL || held.strides != NULL)
        return HPyErr_SetString(ctx, ctx->h_AssertionError, "view");
    HPy bytes = HPyBytes_FromStringAndSize(ctx, (const char *)held.buf, held.len);
    HPy result = HPy_BuildValue(ctx, "(isnOO)", format, held.format, held.itemsize, bytes,
                                HPy_Is(ctx, held.obj, args[0]) ? ctx->h_True : ctx->h_False);
    HPy_Close(ctx, bytes);
    return result;
}

HPyDef_METH(release, "release", HPyFunc_NOARGS)
static HPy release_impl(HPyContext *ctx, HPy self)
{
    HPyBuffer_Release(ctx, &held);
    HPyBuffer_Release(ctx, &held);
    return HPyBool_FromBool(ctx, HPy_IsNull(held.obj));
}

HPyDef_METH(export_nowhere, "export_nowhere", HPyFunc_O)
static HPy export_nowhere_impl(HPyContext *ctx, HPy self, HPy arg)
{
    return HPyUnicode_Export(ctx, arg, HPyUnicode_FORMAT_UCS4, NULL) < 0 ? HPy_NULL : HPy_Dup(ctx, arg);
}
""",
    macros=[("HPY_TARGET_ABI_VERSION", "0x00000001")],
)

SURROGATE = "\udc80"

UCS1, UCS2, UCS4, UTF8, ASCII = 1, 2, 4, 8, 16
ANY_FORMAT = UCS1 | UCS2 | UCS4 | UTF8 | ASCII


def same_size(text, kind):
    """The characters of a text as they are in memory, `kind` bytes each."""
    return b"".join(ord(c).to_bytes(kind, sys.byteorder) for c in text)


class Derived(str):
    pass


@pytest.mark.smoke
def test_from_kind_and_data(mod):
    for text, kinds in [
        ("", [1, 2, 4]),
        ("aé", [1, 2, 4]),
        ("a日", [2, 4]),
        ("a😀", [4]),
        (SURROGATE, [2, 4]),
    ]:
        for kind in kinds:
            assert mod.from_kind(kind, same_size(text, kind), len(text)) == text
    assert mod.from_kind(1, None, 0) == ""


@pytest.mark.parametrize("kind", [2, 4])
def test_each_item_is_a_character(mod, kind):
    """None is a part of UTF-16 or of UTF-32."""
    for text in ["a\ud83d", "\ud83d\ude00", "\ud83da", "\udc80", "\ufeffab", "\ufffeab"]:
        assert mod.from_kind(kind, same_size(text, kind), len(text)) == text


def test_from_kind_and_data_errors(mod):
    for kind in [0, 3, 8, -1]:
        with pytest.raises(SystemError, match="invalid kind"):
            mod.from_kind(kind, b"abcd", 1)
    with pytest.raises(ValueError, match=r"^code point not in range\(0x110000\)$"):
        mod.from_kind(4, (0x110000).to_bytes(4, sys.byteorder), 1)


@pytest.mark.smoke
def test_as_wide_char(mod):
    assert mod.as_wide("wïde") == 5
    assert mod.as_wide("wïde", 16) == mod.as_wide("wïde", 5) == "wïde\0"
    assert mod.as_wide("wïde", 4) == "wïde#"
    assert mod.as_wide("wïde", 2) == "wï#"
    assert mod.as_wide("", 0) == "#"
    assert mod.as_wide(f"a{SURROGATE}", 16) == f"a{SURROGATE}\0"


@pytest.mark.smoke
def test_export_without_a_copy(mod):
    for text, formats in [("abc", [ASCII, UCS1, UTF8]), ("aé", [UCS1]), ("a日", [UCS2]), ("a😀", [UCS4])]:
        for wanted in [*formats, formats[0] | UCS4 | UTF8]:
            text = "".join(list(text))  # not interned
            before = sys.getrefcount(text)
            format, name, itemsize, data, is_own = mod.export(text, wanted)
            expected = wanted if wanted in formats else formats[0]
            assert (format, itemsize) == (expected, expected if expected < UTF8 else 1)
            assert name == {1: "B", 2: "H", 4: "I"}[itemsize]
            assert data == same_size(text, itemsize)
            assert is_own
            # The view keeps the string.
            assert sys.getrefcount(text) == before + 1
            assert mod.release()
            assert sys.getrefcount(text) == before


def test_export_to_what_the_string_is_not(mod):
    for text, wanted, expected in [
        ("abc", UCS2, UCS2),
        ("aé", UCS2 | UCS4 | UTF8, UCS2),
        ("aé", ASCII | UCS4, UCS4),
        ("a日", UCS1 | UCS4, UCS4),
        ("", UCS4, UCS4),
    ]:
        format, _name, itemsize, data, is_own = mod.export(text, wanted)
        assert (format, itemsize, data, is_own) == (expected, expected, same_size(text, expected), False)
        assert mod.release()
    for text in ["aé", "a日", "a😀\0"]:
        assert mod.export(text, ASCII | UTF8)[:4] == (UTF8, "B", 1, text.encode())
        assert mod.release()


def test_export_of_an_instance_of_a_subclass(mod):
    text = Derived("a日")
    assert mod.export(text, ANY_FORMAT) == (UCS2, "H", 2, same_size("a日", 2), True)
    assert mod.release()


@pytest.mark.skipif(sys.version_info < (3, 12), reason="classes have no buffers before")
def test_export_does_not_ask_a_subclass_with_buffers(mod):
    class WithBuffer(str):
        def __buffer__(self, flags):
            raise AssertionError

        def __release_buffer__(self, view):
            raise AssertionError

    for text in ["abc", "a日"]:
        *_, data, is_own = mod.export(WithBuffer(text), UCS1 | UCS2)
        assert (data, is_own) == (same_size(text, 1 if text == "abc" else 2), False)
        assert mod.release()


def test_export_errors(mod):
    for text, formats in [
        ("aé", ASCII),
        ("a日", UCS1 | ASCII),
        ("a😀", UCS1 | UCS2 | ASCII),
        ("a", 0),
        ("a", 64),
    ]:
        with pytest.raises(ValueError, match="none of the requested formats"):
            mod.export(text, formats)
        assert mod.release()
    with pytest.raises(UnicodeEncodeError):
        mod.export(SURROGATE, UTF8)
    with pytest.raises(TypeError, match="^expected str, bytes found$"):
        mod.export(b"abc", ANY_FORMAT)
    with pytest.raises(SystemError, match="^null argument to HPyUnicode_Export$"):
        mod.export_nowhere("abc")


@pytest.mark.parametrize("wrong", [b"bytes", 3, None])
def test_what_is_no_str(mod, wrong):
    name = type(wrong).__name__
    for call in [lambda: mod.as_wide(wrong, 3), lambda: mod.export(wrong, ANY_FORMAT)]:
        with pytest.raises(TypeError, match=f"^expected str, {name} found$"):
            call()


def test_null(mod):
    for name, call in [
        ("FromKindAndData", lambda: mod.from_kind(1, None, 1)),
        ("AsWideChar", lambda: mod.as_wide(NULL, 3)),
        ("Export", lambda: mod.export(NULL, ANY_FORMAT)),
    ]:
        with pytest.raises(SystemError, match=f"^null argument to HPyUnicode_{name}$"):
            call()


def test_negative_sizes(mod):
    for name, call in [
        ("FromKindAndData", lambda: mod.from_kind(1, b"abc", -1)),
        ("AsWideChar", lambda: mod.as_wide("abc", -1)),
    ]:
        with pytest.raises(ValueError, match=f"^negative size passed to HPyUnicode_{name}$"):
            call()
