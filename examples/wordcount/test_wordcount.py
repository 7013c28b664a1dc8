import pytest


@pytest.fixture(scope="module", params=["universal", "hybrid", "cpython"])
def wordcount(request, build_example):
    """The module, built for each ABI."""
    return build_example("wordcount", "wordcount", request.param)


@pytest.fixture
def counter(wordcount):
    counter = wordcount.Counter()
    counter.feed("the cat, the dog")
    counter.feed("the Größe")
    return counter


def test_counts(counter):
    assert len(counter) == 4
    assert (counter["the"], counter["Größe"], counter["mouse"]) == (3, 1, 0)


def test_most_common(counter):
    assert counter.most_common(2) == [("the", 3), ("Größe", 1)]
    assert len(counter.most_common(10)) == 4
    assert counter.most_common(0) == []


def test_errors(wordcount, counter):
    with pytest.raises(TypeError):
        wordcount.Counter(1)
    with pytest.raises(TypeError):
        counter.feed(b"bytes")
    with pytest.raises(TypeError):
        counter.most_common("all")
    with pytest.raises(OverflowError):
        counter.most_common(-1)
    assert len(counter) == 4
