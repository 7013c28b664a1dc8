"""str objects: making, encoding, decoding, reading."""

import os
import sys

import pytest
from support import NULL, function, module_fixture

# Encodings and error handlers arrive as bytes; None is a NULL pointer.
C_TEXT = "(HPy_Is(ctx, {0}, ctx->h_None) ? NULL : HPyBytes_AsString(ctx, {0}))"

mod = module_fixture(
    "#include <wchar.h>\n"
    + function("check", 1, "HPyUnicode_Check(ctx, a)", "status")
    + function("from_string", 1, "HPyUnicode_FromString(ctx, HPyBytes_AsString(ctx, a))")
    + "".join(
        function(name, 1, f"HPyUnicode_{name}(ctx, a)")
        for name in ["AsASCIIString", "AsLatin1String", "AsUTF8String", "EncodeFSDefault"]
    )
    + function("from_wide", 1, 'HPyUnicode_FromWideChar(ctx, L"w\\u00efde\\0x", HPyLong_AsSsize_t(ctx, a))')
    + function("from_wide_null", 1, "HPyUnicode_FromWideChar(ctx, NULL, HPyLong_AsSsize_t(ctx, a))")
    + function("decode_fs", 1, "HPyUnicode_DecodeFSDefault(ctx, HPyBytes_AsString(ctx, a))")
    + function(
        "decode_fs_size",
        2,
        "HPyUnicode_DecodeFSDefaultAndSize(ctx, HPyBytes_AsString(ctx, a), HPyLong_AsSsize_t(ctx, b))",
    )
    + function("read_char", 2, "HPyUnicode_ReadChar(ctx, a, HPyLong_AsSsize_t(ctx, b))", "char")
    + "".join(
        function(
            name,
            2,
            f"HPyUnicode_{name}(ctx, HPyBytes_AsString(ctx, a), HPyBytes_Size(ctx, a), {C_TEXT.format('b')})",
        )
        for name in ["DecodeASCII", "DecodeLatin1"]
    )
    + function(
        "from_encoded", 3, f"HPyUnicode_FromEncodedObject(ctx, a, {C_TEXT.format('b')}, {C_TEXT.format('c')})"
    )
    + function(
        "substring", 3, "HPyUnicode_Substring(ctx, a, HPyLong_AsSsize_t(ctx, b), HPyLong_AsSsize_t(ctx, c))"
    )
    + function("as_utf8", 1, "HPyUnicode_AsUTF8AndSize(ctx, a, NULL)", "string")
    + """
HPyDef_METH(as_utf8_and_size, "as_utf8_and_size", HPyFunc_O)
static HPy as_utf8_and_size_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPy_ssize_t size = -7;
    const char *text = HPyUnicode_AsUTF8AndSize(ctx, arg, &size);
    if (text == NULL)
        return HPy_NULL;
    if (text[size] != 0)
        return HPyErr_SetString(ctx, ctx->h_AssertionError, "no final NUL");
    return HPyBytes_FromStringAndSize(ctx, text, size);
}
"""
)

SURROGATE = "\udc80"


class Derived(str):
    pass


@pytest.mark.smoke
def test_check(mod):
    assert mod.check("") == mod.check(Derived()) == 1
    assert mod.check(b"") == mod.check(None) == 0


@pytest.mark.smoke
def test_from_string(mod):
    for text in ["", "ascii", "é", "日本", "😀"]:
        assert mod.from_string(text.encode()) == text


def test_from_string_that_is_not_utf8(mod):
    with pytest.raises(UnicodeDecodeError):
        mod.from_string(b"\xff")


@pytest.mark.smoke
def test_encode(mod):
    assert mod.AsASCIIString("abc") == b"abc"
    assert mod.AsLatin1String("é") == b"\xe9"
    assert mod.AsUTF8String("é日\0") == "é日\0".encode()
    assert mod.EncodeFSDefault("é") == os.fsencode("é")


def test_encode_what_does_not_fit(mod):
    for name, text in [("AsASCIIString", "é"), ("AsLatin1String", "日"), ("AsUTF8String", SURROGATE)]:
        with pytest.raises(UnicodeEncodeError):
            getattr(mod, name)(text)


def test_encode_for_the_file_system_round_trips(mod):
    name = b"x\xff"
    assert mod.EncodeFSDefault(os.fsdecode(name)) == name


@pytest.mark.parametrize(
    "name", ["AsASCIIString", "AsLatin1String", "AsUTF8String", "EncodeFSDefault", "as_utf8"]
)
def test_encode_what_is_no_str(mod, name):
    with pytest.raises(TypeError):
        getattr(mod, name)(b"bytes")


@pytest.mark.smoke
def test_as_utf8(mod):
    for text in ["", "abc", "é日😀"]:
        assert mod.as_utf8(text) == mod.as_utf8_and_size(text) == text.encode()


def test_as_utf8_of_an_instance_of_a_subclass(mod):
    class Str(str):
        pass

    for text in ["", "abc", "é日😀"]:
        assert mod.as_utf8_and_size(Str(text)) == text.encode()


def test_as_utf8_with_embedded_nul(mod):
    assert mod.as_utf8_and_size("a\0b") == b"a\0b"
    assert mod.as_utf8("a\0b") == b"a"


def test_as_utf8_of_a_surrogate(mod):
    with pytest.raises(UnicodeEncodeError):
        mod.as_utf8_and_size(SURROGATE)


def test_from_wide_char(mod):
    assert mod.from_wide(4) == "wïde"
    assert mod.from_wide(6) == "wïde\0x"
    assert mod.from_wide(-1) == "wïde"
    assert mod.from_wide(0) == ""


def test_from_wide_char_of_null_pointer(mod):
    assert mod.from_wide_null(0) == ""
    with pytest.raises(SystemError):
        mod.from_wide_null(3)


def test_decode_for_the_file_system(mod):
    for name in [b"", b"abc", "é".encode(), b"\xff"]:
        assert mod.decode_fs(name) == os.fsdecode(name)
    assert mod.decode_fs_size(b"abcdef", 3) == "abc"
    assert mod.decode_fs_size(b"a\0b", 3) == "a\0b"


@pytest.mark.smoke
def test_read_char(mod):
    assert [mod.read_char("aé😀", i) for i in range(3)] == [ord("a"), ord("é"), ord("😀")]


def test_read_char_out_of_range_text(mod):
    for index in [3, -1]:
        with pytest.raises(IndexError, match="^string index out of range$"):
            mod.read_char("abc", index)


def test_read_char_of_what_is_no_str(mod):
    with pytest.raises(TypeError):
        mod.read_char(b"abc", 0)


@pytest.mark.smoke
def test_decode_ascii(mod):
    assert mod.DecodeASCII(b"abc", None) == "abc"
    assert mod.DecodeASCII(b"a\xff", b"replace") == "a\ufffd"
    assert mod.DecodeASCII(b"a\xff", b"ignore") == "a"
    with pytest.raises(UnicodeDecodeError):
        mod.DecodeASCII(b"a\xff", None)
    with pytest.raises(LookupError):
        mod.DecodeASCII(b"a\xff", b"no such handler")


@pytest.mark.smoke
def test_decode_latin1(mod):
    assert mod.DecodeLatin1(b"a\xff", None) == "a\xff"
    assert mod.DecodeLatin1(b"", b"strict") == ""


def test_from_encoded_object(mod):
    assert mod.from_encoded("é".encode(), None, None) == "é"
    assert mod.from_encoded(b"\xe9", b"latin-1", None) == "é"
    assert mod.from_encoded(bytearray(b"abc"), b"ascii", b"strict") == "abc"
    assert mod.from_encoded(b"a\xff", b"utf-8", b"ignore") == "a"


def test_from_encoded_object_errors(mod):
    with pytest.raises(UnicodeDecodeError):
        mod.from_encoded(b"\xff", None, None)
    with pytest.raises(LookupError, match="unknown encoding"):
        mod.from_encoded(b"x", b"no-such", None)
    with pytest.raises(TypeError, match="^decoding str is not supported$"):
        mod.from_encoded("text", None, None)
    with pytest.raises(TypeError):
        mod.from_encoded(3, None, None)


def test_substring(mod):
    assert mod.substring("aé日😀", 1, 3) == "é日"
    assert mod.substring("abc", 0, 100) == "abc"
    assert mod.substring("abc", 2, 1) == ""
    assert mod.substring("abc", 5, 9) == ""


def test_substring_negative_index_text(mod):
    for start, end in [(-1, 2), (0, -1)]:
        with pytest.raises(IndexError, match="^string index out of range$"):
            mod.substring("abc", start, end)


def test_substring_to_the_end(mod):
    assert mod.substring("abc", 1, sys.maxsize) == "bc"


@pytest.mark.fixed_defect
def test_null_is_an_error(mod):
    for call in [
        *[
            lambda name=n: getattr(mod, name)(NULL)
            for n in ["AsASCIIString", "AsLatin1String", "AsUTF8String"]
        ],
        lambda: mod.EncodeFSDefault(NULL),
        lambda: mod.as_utf8(NULL),
        lambda: mod.as_utf8_and_size(NULL),
        lambda: mod.read_char(NULL, 0),
        lambda: mod.from_encoded(NULL, None, None),
        lambda: mod.substring(NULL, 0, 1),
    ]:
        with pytest.raises((SystemError, TypeError)):
            call()


@pytest.mark.fixed_defect
def test_check_of_null_is_false(mod):
    assert mod.check(NULL) == 0


# Interned strings

interned = module_fixture(
    function("from_string", 1, f"HPyUnicode_InternFromString(ctx, {C_TEXT.format('a')})")
    + function("intern", 1, "HPyUnicode_Intern(ctx, a)"),
    macros=[("HPY_TARGET_ABI_VERSION", "0x00000001")],
)


@pytest.mark.after_0_9_0
@pytest.mark.smoke
def test_interned_strings_are_one(interned):
    texts = ["interned " + name for name in ["été", "other"]]
    for text in texts:
        one = sys.intern(text + "!")
        assert interned.from_string((text + "!").encode()) is one
        assert interned.intern("".join([text, "!"])) is one


@pytest.mark.after_0_9_0
def test_intern_of_an_instance_of_a_subclass(interned):
    class Derived(str):
        pass

    text = Derived("interned derived")
    assert interned.intern(text) is text
    assert interned.from_string(b"interned derived") is not text


@pytest.mark.after_0_9_0
def test_intern_leaves_the_argument_with_its_owner(interned):
    one = sys.intern("".join(["interned ", "references"]))
    for text in [one, "".join(["interned ", "references"])]:
        before = sys.getrefcount(text), sys.getrefcount(one)
        interned.intern(text)
        assert (sys.getrefcount(text), sys.getrefcount(one)) == before


@pytest.mark.after_0_9_0
def test_intern_of_what_is_no_str(interned):
    for x in [3, b"x", None]:
        with pytest.raises(TypeError, match="^expected str, .* found$"):
            interned.intern(x)


@pytest.mark.after_0_9_0
def test_intern_of_what_is_no_utf8(interned):
    with pytest.raises(UnicodeDecodeError):
        interned.from_string(b"\xff")


@pytest.mark.after_0_9_0
def test_intern_of_null(interned):
    with pytest.raises(SystemError, match="^null argument to HPyUnicode_Intern$"):
        interned.intern(NULL)
    with pytest.raises(SystemError, match="^null argument to HPyUnicode_InternFromString$"):
        interned.from_string(None)
