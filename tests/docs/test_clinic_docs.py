"""The examples of docs/clinic.md are what the clinic makes of them."""

import re
from pathlib import Path

import pytest
from hpy.universal import _clinic

TEXT = Path(__file__).parents[2].joinpath("docs", "clinic.md").read_text(encoding="utf-8")


def example(language, word):
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
    return next(text for kind, text in blocks if kind == language and word in text)


def test_the_first_example():
    source = example("c", "words.repeat")
    header, _ = _clinic("words.c", "words.c", source)
    (implementation,) = re.findall(r"^static HPy words_repeat_impl\(.*\)", source, re.MULTILINE)
    assert f"\n{implementation};\n" in header
    lines = re.findall(r'^    "(.*?)(?:\\n)?"\)?$', header, re.MULTILINE)
    _, _, shown = example("", "help(words.repeat)").partition(">>> help(words.repeat)\n")
    signature, *doc = [line.strip() for line in shown.splitlines()]
    assert lines[0].replace("$module, ", "") == signature
    assert [line.strip() for line in lines[3:]] == doc


def test_the_error():
    shown = example("", "there is no converter integer")
    block = "/*[clinic input]\nmodule words\n[clinic start generated code]*/\n\n/*[clinic input]\nwords.f\n"
    source = "\n" + block + "    a: integer\n[clinic start generated code]*/\n"
    with pytest.raises(ValueError) as caught:
        _clinic("words.c", "words.c", source)
    assert str(caught.value) == shown.rstrip("\n")
