import csv
import io
import pathlib
import threading

import csvscan
import pytest


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return file.read()


@pytest.fixture(scope="module")
def readings():
    return read(pathlib.Path(__file__).parent / "readings.csv")


def expected(text, delimiter=","):
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def test_file_as_the_csv_module_reads_it(readings):
    rows = csvscan.parse(readings)
    assert rows == expected(readings)
    assert len(rows) == 2506
    assert csvscan.count(readings) == (len(rows), sum(map(len, rows)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a,b\n",
        "a,b",
        "a,",
        ",",
        ",\n,\n",
        "\n",
        "\n\na\n",
        "a\rb\r\nc\n",
        '"a"',
        '""',
        '"a""b"',
        '"a,b",c\n',
        '"a\r\nb\rc\nd",e',
        '"a"b"c",d',
        'a"b",c',
        ' "a",b',
        '"é ""ü""",œ\n松,"本"',
        "a\0b,c",
    ],
)
def test_details_as_the_csv_module_reads_them(text):
    try:
        rows = expected(text)
    except csv.Error:  # before 3.11 it refuses NUL
        rows = [["a\0b", "c"]]
    assert csvscan.parse(text) == rows
    assert csvscan.count(text) == (len(rows), sum(map(len, rows)))


def test_delimiter():
    assert csvscan.parse("a;b,c", ";") == [["a", "b,c"]]
    assert csvscan.parse("a\tb", delimiter="\t") == [["a", "b"]]
    for bad in ["", ";;", '"', "é"]:
        with pytest.raises(ValueError, match="delimiter must be one ASCII character"):
            csvscan.parse("a", bad)


@pytest.mark.parametrize("function", [csvscan.parse, csvscan.count])
def test_bad_arguments(function):
    with pytest.raises(TypeError):
        function()
    with pytest.raises(TypeError):
        function(b"a,b")
    with pytest.raises(UnicodeEncodeError):
        function("\ud800")


@pytest.mark.parametrize("function", [csvscan.parse, csvscan.count])
def test_field_without_end(function):
    assert issubclass(csvscan.Error, ValueError)
    with pytest.raises(csvscan.Error, match="line 2: the quoted field does not end"):
        function('a,b\nc,"d\ne')


def test_threads(readings):
    results = []
    threads = [threading.Thread(target=lambda: results.append(csvscan.count(readings))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [csvscan.count(readings)] * 4
