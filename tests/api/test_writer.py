"""Writers of str and bytes."""

import random
import sys

import pytest
from support import NULL, c_text, module_fixture

pytestmark = pytest.mark.after_0_9_0

METHODS = ["UnicodeWriter_story", "BytesWriter_story", "null_writer"]

mod = module_fixture(c_text(__file__), methods=METHODS, macros=[("HPY_TARGET_ABI_VERSION", "0x00000001")])


@pytest.fixture
def text(mod):
    """`text(step, ...)`: what is written."""
    return lambda *steps: mod.UnicodeWriter(0, True, *steps)


@pytest.fixture
def data(mod):
    return lambda *steps: mod.BytesWriter(0, True, *steps)


def ucs4(text):
    return text.encode(f"utf-32-{'le' if sys.byteorder == 'little' else 'be'}", "surrogatepass")


# str


@pytest.mark.smoke
def test_nothing_is_written(mod):
    assert mod.UnicodeWriter(0, True) == mod.UnicodeWriter(100, True) == ""
    assert mod.UnicodeWriter(0, None) is mod.UnicodeWriter(100, None, ("char", None, 65)) is None


@pytest.mark.smoke
@pytest.mark.parametrize("room", [0, 1, 5, 1000])
def test_pieces_of_each_kind(mod, room):
    steps = [
        ("char", None, ord("a")),
        ("utf8", b" b\0", 3),
        ("utf8", b" c\0d", -1),
        ("ucs4", ucs4("xyz"), 3),
        ("str", " text"),
        ("str", 12.5),
        ("repr", "text"),
        ("part", "0123456", 2, 5),
        ("format", "object", 42),
    ]
    assert mod.UnicodeWriter(room, True, *steps) == "a b\0 cxyz text12.5'text'234<42 object>"


@pytest.mark.smoke
@pytest.mark.parametrize("first", ["", "a", "é", "日", "😀"])
@pytest.mark.parametrize("second", ["b", "ü", "本", "🐍", "\udc80"])
def test_width_grows_with_what_is_written(text, first, second):
    assert text(("str", first), ("str", second), ("str", first)) == first + second + first
    assert text(("str", first), ("char", None, ord(second)), ("str", first)) == first + second + first
    assert text(("str", first), ("ucs4", ucs4(second), 1), ("char", None, 65)) == first + second + "A"
    if second != "\udc80":
        utf8 = second.encode()
        assert text(("str", first), ("utf8", utf8, len(utf8)), ("utf8", b"z", 1)) == first + second + "z"


def test_surrogates_stay_as_they_are(text):
    for written in ["a\ud83d", "\ud83d\ude00", "\ufeffa", "\ufffea"]:
        assert text(*[("char", None, ord(c)) for c in written]) == written


def test_many_pieces(text):
    pieces = [str(i) for i in range(2000)] + ["é" * 50, "日" * 50] + [str(i) for i in range(2000)]
    assert text(*[("str", piece) for piece in pieces]) == "".join(pieces)


def test_random_pieces(mod):
    choose = random.Random(5)
    characters = ["a", "é", "日", "😀", "\udc80"]
    for _ in range(200):
        expected, steps = "", []
        for _ in range(choose.randrange(30)):
            piece = "".join(choose.choices(characters, [40, 2, 1, 0.5, 0.5], k=choose.randrange(40)))
            start, end = sorted(choose.choices(range(len(piece) + 1), k=2))
            if choose.random() < 0.3:
                steps.append(("part", piece, start, end))
                piece = piece[start:end]
            elif choose.random() < 0.3:
                steps.append(("ucs4", ucs4(piece), len(piece)))
            elif choose.random() < 0.5 and "\udc80" not in piece:
                steps.append(("utf8", piece.encode(), len(piece.encode())))
            else:
                steps.append(("str", piece))
            expected += piece
        assert mod.UnicodeWriter(choose.choice([0, 10, 1000]), True, *steps) == expected


@pytest.mark.smoke
def test_integers(text):
    for number in [0, 7, -1, 10, 2**63 - 1, -(2**63), 2**63, -(2**63) - 1, 10**40, True]:
        assert text(("str", number), ("char", None, 32), ("repr", number)) == f"{number!s} {number!r}"


def test_str_of_an_instance_of_a_subclass(text):
    class Derived(str):
        def __str__(self):
            return "other"

    class Number(int):
        def __repr__(self):
            return "number"

    assert text(("str", Derived("x")), ("part", Derived("xyz"), 1, 2), ("str", Number(3))) == "otherynumber"


def test_a_failure_writes_nothing(text):
    class Failing:
        def __repr__(self):
            raise ZeroDivisionError

    failing = [
        ("char?", None, 0x110000),
        ("utf8?", b"abc\xff", 4),
        ("utf8?", b"abc", -2),
        ("utf8?", NULL, 1),
        ("ucs4?", ucs4("abc") + b"\xff\xff\xff\x7f", 4),
        ("ucs4?", ucs4("abc"), -1),
        ("str?", NULL),
        ("repr?", Failing()),
        ("part?", "abc", 1, 4),
        ("part?", b"abc", 0, 1),
        ("bad_format?", "x", 1),
    ]
    steps = [step for fails in failing for step in [fails, ("str", "+")]]
    assert text(*steps) == "+" * len(failing)


def test_errors_of_what_is_written(text):
    class Failing:
        def __str__(self):
            raise ZeroDivisionError

    for step, error, message in [
        (("char", None, 0x110000), ValueError, r"^code point not in range\(0x110000\)$"),
        (("ucs4", b"\xff\xff\xff\xff", 1), ValueError, r"^code point not in range\(0x110000\)$"),
        (("ucs4", b"", -1), ValueError, "^negative size passed to HPyUnicodeWriter_WriteUCS4$"),
        (("utf8", b"", -2), ValueError, "^negative size passed to HPyUnicodeWriter_WriteUTF8$"),
        (("utf8", b"\xff", 1), UnicodeDecodeError, None),
        (("str", Failing()), ZeroDivisionError, None),
        (("part", "abc", -1, 2), ValueError, "^the string has no such characters$"),
        (("part", "abc", 2, 1), ValueError, "^the string has no such characters$"),
        (("part", "abc", 0, 4), ValueError, "^the string has no such characters$"),
        (("part", 3, 0, 1), TypeError, "^expected str, int found$"),
        (("str", NULL), SystemError, "^null argument to HPyUnicodeWriter_WriteStr$"),
        (("repr", NULL), SystemError, "^null argument to HPyUnicodeWriter_WriteRepr$"),
        (("part", NULL, 0, 0), SystemError, "^null argument to HPyUnicodeWriter_WriteSubstring$"),
        (("utf8", NULL, 0), SystemError, "^null argument to HPyUnicodeWriter_WriteUTF8$"),
        (("ucs4", NULL, 0), SystemError, "^null argument to HPyUnicodeWriter_WriteUCS4$"),
    ]:
        with pytest.raises(error, match=message):
            text(("str", "before"), step)


@pytest.mark.parametrize("kind", ["UnicodeWriter", "BytesWriter"])
def test_room_that_cannot_be(mod, kind):
    with pytest.raises(ValueError, match=f"^negative size passed to HPy{kind}_Create$"):
        getattr(mod, kind)(-1, True)
    with pytest.raises(MemoryError):
        getattr(mod, kind)(sys.maxsize, True)
    with pytest.raises(MemoryError):
        getattr(mod, kind)(sys.maxsize // 2, True)


NULL_WRITER = [
    *[
        "UnicodeWriter_" + n
        for n in ["Finish", "WriteChar", "WriteUTF8", "WriteUCS4", "WriteStr", "WriteRepr"]
    ],
    "UnicodeWriter_WriteSubstring",
    *["BytesWriter_" + n for n in ["Finish", "FinishWithSize", "GetData", "GetSize", "Resize", "Grow"]],
    "BytesWriter_WriteBytes",
]


@pytest.mark.parametrize(("number", "name"), list(enumerate(NULL_WRITER)))
def test_null_writer(mod, number, name):
    with pytest.raises(SystemError, match=f"^null argument to HPy{name}$"):
        mod.null_writer(number)


def test_null_writer_is_discarded(mod):
    assert mod.null_writer(-1) is None


def test_memory_is_counted(mod):
    """By the allocator of Python, as long as the writer is at work."""
    tracemalloc = pytest.importorskip("tracemalloc")

    class Looking:
        def __str__(self):
            sizes.append(tracemalloc.get_traced_memory()[0])
            return "x" * 100_000

    sizes = []
    tracemalloc.start()
    try:
        mod.UnicodeWriter(0, None, *[("str", Looking())] * 3)
        sizes.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    first, second, third, after = sizes
    assert 100_000 <= second - first < third - first
    assert after - first < 50_000


# bytes


@pytest.mark.smoke
def test_bytes_of_a_size(mod):
    for size in [0, 1, 5, 255, 256, 257, 100_000]:
        content = bytes(i % 251 for i in range(size))
        assert mod.BytesWriter(size, True, ("size", None, size), ("fill", content, 0)) == content
        assert mod.BytesWriter(size, size // 2, ("fill", content, 0)) == content[: size // 2]
        assert mod.BytesWriter(size, None, ("fill", content, 0)) is None


@pytest.mark.smoke
def test_bytes_in_pieces(data):
    assert data(("write", b"ab\0c", 4), ("write", b"de\0f", -1), ("write", b"", 0)) == b"ab\0cde"
    assert data(*[("write", b"%d," % i, -1) for i in range(1000)]) == b"".join(
        b"%d," % i for i in range(1000)
    )
    assert (
        data(("format", b"text", 7, ord("!")), ("format", b"", -1, 0xFE)) == b"\xff<7 ! text>\xff<-1 \xfe >"
    )


@pytest.mark.smoke
@pytest.mark.parametrize("size", [10, 300])
def test_bytes_change_their_size(data, size):
    start = bytes(i % 256 for i in range(size))
    fill = ("fill", start, 0)
    assert data(("resize", None, size), fill, ("resize", None, 4)) == start[:4]
    assert data(("resize", None, size), fill, ("grow", None, 300), ("grow", None, -300)) == start
    assert data(("grow", None, size), fill, ("grow", None, 3), ("fill", b"end", size)) == start + b"end"
    assert data(("grow", None, size), fill, ("grow", None, -size)) == b""


@pytest.mark.parametrize("size", [100, 250, 300])
def test_bytes_of_the_writer_itself(data, size):
    start = bytes(i % 256 for i in range(size))
    for begin, count in [(0, size), (10, 50)]:
        copied = data(("write", start, size), ("own", None, begin, count))
        assert copied == start + start[begin : begin + count]


def test_errors_of_bytes(mod, data):
    for step, error, message in [
        (("write", b"", -2), ValueError, "^negative size passed to HPyBytesWriter_WriteBytes$"),
        (("write", NULL, 1), SystemError, "^null argument to HPyBytesWriter_WriteBytes$"),
        (("resize", None, -1), ValueError, "^negative size passed to HPyBytesWriter_Resize$"),
        (("grow", None, -4), ValueError, "^negative size passed to HPyBytesWriter_Grow$"),
        (("resize", None, sys.maxsize), MemoryError, None),
        (("grow", None, sys.maxsize), MemoryError, None),
        (("format", b"", 0, 256), OverflowError, r"^character argument not in range\(0x100\)$"),
        (("bad_format", 3), SystemError, "^invalid format string$"),
    ]:
        with pytest.raises(error, match=message):
            data(("write", b"abc", 3), step)
        assert data(("write", b"abc", 3), (step[0] + "?", *step[1:]), ("write", b"d", 1)) == b"abcd"
    for size in [-1, 4, sys.maxsize]:
        with pytest.raises(ValueError, match="^the writer has not so many bytes$"):
            mod.BytesWriter(3, size)
