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


# ABI 0.1: decoding and encoding in general, searching, comparing, joining

SIZE = "HPyLong_AsSsize_t(ctx, {0})"
BYTES = "HPyBytes_AsString(ctx, {0}), HPyBytes_Size(ctx, {0})"
BYTES_OR_NULL = C_TEXT.format("a") + ", " + SIZE.format("b")


def in_range(name, what, result="index"):
    start, end, direction = (SIZE.format(letter) for letter in "cde")
    return function(name, 5, f"HPyUnicode_{name}(ctx, a, {what}, {start}, {end}, (int){direction})", result)


newer = module_fixture(
    function("decode_utf8", 3, f"HPyUnicode_DecodeUTF8(ctx, {BYTES_OR_NULL}, {C_TEXT.format('c')})")
    + function(
        "decode", 4, f"HPyUnicode_Decode(ctx, {BYTES_OR_NULL}, {C_TEXT.format('c')}, {C_TEXT.format('d')})"
    )
    + function("encode", 3, f"HPyUnicode_AsEncodedString(ctx, a, {C_TEXT.format('b')}, {C_TEXT.format('c')})")
    + in_range("Find", "b")
    + in_range("FindChar", "HPyLong_AsUInt32_t(ctx, b)")
    + in_range("Tailmatch", "b", "status")
    + function("compare", 2, "HPyUnicode_Compare(ctx, a, b)", "signed")
    + function("equal", 2, "HPyUnicode_Equal(ctx, a, b)", "status")
    + function("equal_utf8", 2, f"HPyUnicode_EqualToUTF8AndSize(ctx, a, {BYTES.format('b')})", "status")
    + function(
        "equal_c_string", 2, f"HPyUnicode_EqualToUTF8AndSize(ctx, a, {C_TEXT.format('b')}, -1)", "status"
    )
    + function("join", 2, "HPyUnicode_Join(ctx, a, b)"),
    macros=[("HPY_TARGET_ABI_VERSION", "0x00000001")],
)


@pytest.mark.after_0_9_0
@pytest.mark.smoke
def test_decode_utf8_with_size(newer):
    assert newer.decode_utf8("é\0日".encode(), 6, None) == "é\0日"
    assert newer.decode_utf8(b"abcdef", 3, None) == "abc"
    assert newer.decode_utf8(b"", 0, None) == newer.decode_utf8(None, 0, None) == ""
    assert newer.decode_utf8(b"a\xffb", 3, b"replace") == "a\ufffdb"


@pytest.mark.after_0_9_0
def test_decode_utf8_errors(newer):
    with pytest.raises(UnicodeDecodeError):
        newer.decode_utf8(b"a\xff", 2, None)
    with pytest.raises(LookupError, match="unknown error handler"):
        newer.decode_utf8(b"a\xff", 2, b"no such")


@pytest.mark.after_0_9_0
@pytest.mark.smoke
def test_decode_any_encoding(newer):
    assert newer.decode("é日".encode("utf-16-le"), 4, b"utf-16-le", None) == "é日"
    assert newer.decode("é".encode(), 2, None, None) == "é"
    assert newer.decode(b"a\x81", 2, b"cp1252", b"ignore") == "a"
    assert newer.decode(None, 0, b"latin-1", None) == ""
    with pytest.raises(LookupError, match="unknown encoding"):
        newer.decode(b"x", 1, b"no such", None)
    with pytest.raises(UnicodeDecodeError):
        newer.decode(b"\xff", 1, b"ascii", None)


@pytest.mark.after_0_9_0
@pytest.mark.smoke
def test_encode_with_any_encoding(newer):
    assert newer.encode("é日", b"utf-16-le", None) == "é日".encode("utf-16-le")
    assert newer.encode("é", None, None) == "é".encode()
    assert newer.encode("é", b"ascii", b"xmlcharrefreplace") == b"&#233;"
    assert newer.encode(SURROGATE, b"utf-8", b"surrogatepass") == b"\xed\xb2\x80"


@pytest.mark.after_0_9_0
def test_encode_errors(newer):
    with pytest.raises(UnicodeEncodeError):
        newer.encode("é", b"ascii", None)
    with pytest.raises(LookupError, match="unknown encoding"):
        newer.encode("é", b"no such", None)
    with pytest.raises(TypeError):
        newer.encode(b"bytes", None, None)


@pytest.mark.after_0_9_0
@pytest.mark.smoke
def test_find(newer):
    text = "aé日é😀"
    for part in ["a", "é", "日é", "😀", "", "x"]:
        for start, end in [(0, 9), (2, 9), (0, 3), (-2, 9), (0, -1), (3, 2)]:
            assert newer.Find(text, part, start, end, 1) == text.find(part, start, end)
            assert newer.Find(text, part, start, end, -1) == text.rfind(part, start, end)
            if len(part) == 1:
                assert newer.FindChar(text, ord(part), start, end, 1) == text.find(part, start, end)
                assert newer.FindChar(text, ord(part), start, end, -1) == text.rfind(part, start, end)
    assert newer.FindChar("abc", 0xFFFFFFFF, 0, 3, 1) == -1
    assert newer.FindChar(f"a{SURROGATE}", ord(SURROGATE), 0, 3, 1) == 1


@pytest.mark.after_0_9_0
@pytest.mark.smoke
def test_tailmatch(newer):
    for part in ["", "ab", "bc", "abc", "abcd"]:
        assert newer.Tailmatch("abc", part, 0, 9, 1) == "abc".endswith(part)
        assert newer.Tailmatch("abc", part, 0, 9, -1) == "abc".startswith(part)
    assert newer.Tailmatch("abc", "b", 0, 2, 1) == newer.Tailmatch("abc", "b", 1, 3, -1) == 1


@pytest.mark.after_0_9_0
@pytest.mark.smoke
def test_compare(newer):
    texts = ["", "a", "ab", "b", "é", "日", "😀", SURROGATE]
    for a in texts:
        for b in texts:
            assert newer.compare(a, b) == (a > b) - (a < b)
            assert newer.equal(a, b) == newer.equal(Derived(a), b) == (a == b)
            if SURROGATE not in (a, b):
                assert newer.equal_utf8(a, b.encode()) == newer.equal_c_string(a, b.encode()) == (a == b)


@pytest.mark.after_0_9_0
def test_compare_with_what_is_no_utf8(newer):
    assert newer.equal_utf8("é", b"\xe9") == newer.equal_utf8(SURROGATE, b"\xed\xb2\x80") == 0
    assert newer.equal_utf8("a\0b", b"a\0b") == newer.equal_c_string("a", b"a\0b") == 1
    assert newer.equal_utf8("a", b"a\0b") == 0


@pytest.mark.after_0_9_0
@pytest.mark.smoke
def test_join(newer):
    assert newer.join(", ", ["a", "é", "日"]) == "a, é, 日"
    assert newer.join("", (c for c in "abc")) == "abc"
    assert newer.join(" ", []) == ""
    for separator, items in [(b",", ["a", "b"]), (",", ["a", 3]), (",", 3)]:
        with pytest.raises(TypeError):
            newer.join(separator, items)


@pytest.mark.after_0_9_0
@pytest.mark.parametrize("wrong", [b"bytes", 3, None])
def test_newer_functions_of_what_is_no_str(newer, wrong):
    for call in [
        lambda: newer.Find(wrong, "a", 0, 1, 1),
        lambda: newer.Find("a", wrong, 0, 1, 1),
        lambda: newer.FindChar(wrong, 97, 0, 1, 1),
        lambda: newer.Tailmatch(wrong, "a", 0, 1, 1),
        lambda: newer.Tailmatch("a", wrong, 0, 1, 1),
        lambda: newer.compare(wrong, "a"),
        lambda: newer.compare("a", wrong),
        lambda: newer.equal(wrong, "a"),
        lambda: newer.equal("a", wrong),
        lambda: newer.equal_utf8(wrong, b"a"),
    ]:
        with pytest.raises(TypeError):
            call()


@pytest.mark.after_0_9_0
@pytest.mark.parametrize(
    ("name", "arguments"),
    {
        "HPyUnicode_DecodeUTF8": ("decode_utf8", (None, 1, None)),
        "HPyUnicode_Decode": ("decode", (None, 1, None, None)),
        "HPyUnicode_AsEncodedString": ("encode", (NULL, None, None)),
        "HPyUnicode_Find": ("Find", ("a", NULL, 0, 1, 1)),
        "HPyUnicode_FindChar": ("FindChar", (NULL, 97, 0, 1, 1)),
        "HPyUnicode_Tailmatch": ("Tailmatch", (NULL, "a", 0, 1, 1)),
        "HPyUnicode_Compare": ("compare", ("a", NULL)),
        "HPyUnicode_Equal": ("equal", ("a", NULL)),
        "HPyUnicode_EqualToUTF8AndSize": ("equal_c_string", ("a", None)),
        "HPyUnicode_Join": ("join", (NULL, [])),
    }.items(),
)
def test_null_for_newer_functions(newer, name, arguments):
    function, values = arguments
    with pytest.raises(SystemError, match=f"^null argument to {name}$"):
        getattr(newer, function)(*values)


@pytest.mark.after_0_9_0
def test_negative_sizes(newer):
    for name, call in [
        ("DecodeUTF8", lambda: newer.decode_utf8(b"abc", -1, None)),
        ("Decode", lambda: newer.decode(b"abc", -1, b"utf-8", None)),
    ]:
        with pytest.raises(ValueError, match=f"^negative size passed to HPyUnicode_{name}$"):
            call()
