"""The page that `python -m hpy trace --html` writes: its markup, and how it looks and works in a browser."""

import html.parser
import json
import os
import re
import shutil
import subprocess
import zlib
from dataclasses import replace

import pytest
from hpy.cli import page
from hpy.trace import Row
from support.profiles import make_profile


class Markup(html.parser.HTMLParser):
    """Checks that tags match, and collects text, links and tables."""

    VOID = {"meta", "input", "wbr", "br"}

    def __init__(self, text):
        super().__init__()
        self.open, self.links, self.text = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.links += [value for name, value in attributes if name in ("src", "href", "action", "data")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("style", "script"):
            self.text.append(data)


def test_page_needs_nothing_else():
    text = page.render(make_profile())
    markup = Markup(text)
    assert markup.links == []
    assert not re.search(r"https?:|url\(|@import|\bimport\s*[('*]|fetch\(", text)


def test_page_shows_functions_of_other_extensions():
    """Only where there are such calls."""
    profile = make_profile()
    assert "Functions of other extensions" not in page.render(profile)
    row = Row("user", "import", "matrix._api.Matrix_Zeros", 12, 5000, 4000)
    text = "".join(Markup(page.render(replace(profile, rows=[*profile.rows, row]))).text)
    for expected in [
        "Functions of other extensions",
        "in functions that they import from others",
        "other extension",
    ]:
        assert expected in text, expected
    assert text.count("matrix._api.Matrix_Zeros") == 2


def test_page_shows_texts_as_they_are():
    markup = Markup(page.render(make_profile()))
    text = "".join(markup.text)
    assert "script.py --name '<b> & co'" in text
    assert "Type.<method>" in text


def test_page_has_all_numbers():
    text = "".join(Markup(page.render(make_profile())).text)
    for expected in ["3.00 s", "2.10 s", "1.50M", "703", "1,500,000", "97.6 %", "9 March 2025, 14:05"]:
        assert expected in text, expected


def test_many_bars_are_summed_up():
    rows = [Row("m", "api", f"HPy_F{i:02}", 1, 10, 10) for i in range(40)]
    text = page.render(make_profile(rows))
    assert f"{40 - page.BARS} others" in text
    widths = [float(width) for width in re.findall(r"width:([\d.]+)%", text)]
    assert max(widths) == 100
    assert "None was called." in text


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [Row("m", "api", "HPy_Dup", 1, 0, 0)],
        [Row("m", "function", "f", 1, 10**13, 10**13)],
        [Row("m", "api", "HPy_Dup", 0, 5, 5)],
    ],
)
def test_page_of_little(rows):
    Markup(page.render(make_profile(rows, wall=10)))


@pytest.fixture(scope="module")
def browser():
    for name in ["chromium", "chromium-browser", "google-chrome", "chrome"]:
        if shutil.which(name):
            return shutil.which(name)
    pytest.skip("no Chromium")


def browse(browser, tmp_path, text, *options):
    path = tmp_path / "page.html"
    path.write_text(text, encoding="utf-8")
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    command += [f"--user-data-dir={tmp_path / 'browser'}", "--force-color-profile=srgb", *options]
    # What Python is run with, such as a sanitizer, is not for the browser.
    environment = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
    return subprocess.run(
        [*command, path.as_uri()],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        env=environment,
    )


def colors(png):
    """How many pixels of each colour an RGB or RGBA image has."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = (int.from_bytes(png[place : place + 4], "big") for place in (16, 20))
    size = {2: 3, 6: 4}[png[25]]
    data, place = b"", 8
    while place < len(png):
        length = int.from_bytes(png[place : place + 4], "big")
        if png[place + 4 : place + 8] == b"IDAT":
            data += png[place + 8 : place + 8 + length]
        place += length + 12
    data = zlib.decompress(data)
    found, stride = {}, width * size
    above = bytearray(stride)
    for row in range(height):
        start = row * (stride + 1)
        method, line = data[start], bytearray(data[start + 1 : start + 1 + stride])
        for i in range(stride) if method else ():
            left, up = (line[i - size] if i >= size else 0), above[i]
            corner = above[i - size] if i >= size else 0
            if method == 4:
                estimate = left + up - corner
                predicted = min((left, up, corner), key=lambda value: abs(estimate - value))
            else:
                predicted = (0, left, up, (left + up) // 2)[method]
            line[i] = line[i] + predicted & 0xFF
        above = line
        for i in range(0, stride, size):
            color = tuple(line[i : i + 3])
            found[color] = found.get(color, 0) + 1
    return found


@pytest.mark.parametrize(
    "scheme, background, ink, api, function",
    [
        ("light", (244, 245, 247), (23, 26, 33), (47, 111, 222), (224, 123, 57)),
        ("dark", (15, 18, 23), (233, 236, 241), (107, 162, 247), (240, 154, 94)),
    ],
)
def test_page_in_a_browser(browser, tmp_path, scheme, background, ink, api, function):
    picture = tmp_path / "page.png"
    options = ["--blink-settings=preferredColorScheme=0"] if scheme == "dark" else []
    options += [f"--screenshot={picture}", "--window-size=720,760"]
    result = browse(browser, tmp_path, page.render(make_profile()), *options)
    assert picture.is_file(), result.stderr
    found = colors(picture.read_bytes())
    assert found.get(background, 0) > 20_000, "the page"
    assert found.get(ink, 0) > 300, "text"
    # The bar that splits the time alone has more of each.
    assert found.get(api, 0) > 2_000
    assert found.get(function, 0) > 2_000


def test_script_of_the_page(browser, tmp_path):
    actions = """
    <script>
    const press = (column) => document.querySelectorAll("#rows thead button")[column].click();
    const cells = () => document.querySelectorAll("#rows tbody tr:not([hidden]) th");
    const names = () => Array.from(cells(), (cell) => cell.textContent);
    const results = [names()];
    press(3); results.push(names());
    press(3); results.push(names());
    press(0); results.push(names());
    const search = document.getElementById("filter");
    search.value = " BETA"; search.dispatchEvent(new Event("input")); results.push(names());
    search.value = "zzz"; search.dispatchEvent(new Event("input")); results.push(names());
    document.querySelector("[value=own]").click();
    results.push([document.querySelector(".matrix").dataset.show]);
    const output = document.createElement("pre");
    output.id = "results"; output.textContent = JSON.stringify(results); document.body.append(output);
    </script></body>"""
    text = page.render(make_profile()).replace("</body>", actions)
    result = browse(browser, tmp_path, text, "--dump-dom")
    output = re.search('<pre id="results">(.*?)</pre>', result.stdout)
    assert output, result.stderr
    own, calls, fewest, name, beta, nothing, shown = json.loads(html.unescape(output.group(1)))
    assert own == ["HPy_Call", "work", "Type.<method>", "HPy_Dup", "HPy_Dup"]
    assert calls == ["HPy_Dup", "Type.<method>", "HPy_Call", "HPy_Dup", "work"]
    assert fewest == calls[::-1]
    assert name == ["HPy_Call", "HPy_Dup", "HPy_Dup", "Type.<method>", "work"]
    assert sorted(beta) == ["HPy_Dup", "work"]
    assert nothing == []
    assert shown == ["own"]
