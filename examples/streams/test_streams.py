import gc
import io
import sys
import weakref

import pytest


@pytest.fixture(scope="module", params=["universal", "hybrid", "cpython"])
def streams(request, build_example):
    """The module, built for each ABI."""
    return build_example("streams", "streams", request.param)


class File(io.BytesIO):
    reads = 0

    def read(self, size=-1):
        self.reads += 1
        return super().read(size)


@pytest.mark.parametrize("text", [b"", b"a", b"a\n", b"a\nb", b"\n\n", b"x" * 1000 + b"\n" + b"y" * 300])
def test_lines(streams, text):
    assert list(streams.Lines(io.BytesIO(text))) == io.BytesIO(text).readlines()


def test_reading_is_done_when_it_is_needed(streams):
    file = File(b"a\nb\n" * 1000)
    lines = streams.Lines(file)
    assert file.reads == 0
    assert next(lines) == b"a\n"
    assert file.reads == 1


def test_the_library_closes_the_file(streams):
    file = File(b"a")
    lines = streams.Lines(file)
    assert not file.closed
    del lines
    gc.collect()
    assert file.closed


def test_a_cycle_through_the_closure(streams):
    file = File(b"a\n")
    file.lines = streams.Lines(file)
    assert next(file.lines) == b"a\n"
    gone = weakref.ref(file)
    del file
    gc.collect()
    assert gone() is None


def test_an_exception_of_the_file(streams):
    file = File(b"a\nb\n")
    lines = streams.Lines(file)
    file.close()
    with pytest.raises(ValueError, match="closed"):
        next(lines)


def test_a_text_file(streams):
    with pytest.raises(TypeError, match="binary"):
        next(streams.Lines(io.StringIO("a")))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_exception_at_the_end(streams, monkeypatch):
    class Stubborn(File):
        def close(self):
            raise OSError("not closed")

    reports = []
    monkeypatch.setattr(sys, "unraisablehook", lambda report: reports.append(str(report.exc_value)))
    lines = streams.Lines(Stubborn(b"a"))
    del lines
    gc.collect()
    assert "not closed" in reports
