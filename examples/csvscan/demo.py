"""One line for the table of `cargo xtask demo`."""

import csv
import io
import pathlib
import time

import csvscan


def best(function, repeat=7):
    """The result of a function, and its least time in milliseconds."""
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        result = function()
        times.append(time.perf_counter() - start)
    return result, min(times) * 1000


path = pathlib.Path(__file__).parent / "readings.csv"
text = path.read_bytes().decode()
rows, ours = best(lambda: csvscan.parse(text))
reference, theirs = best(lambda: list(csv.reader(io.StringIO(text, newline=""))))
assert rows == reference
assert csvscan.count(text) == (len(rows), sum(map(len, rows)))
print(f"{len(rows)} rows as csv, {ours:.1f} ms (csv {theirs:.1f})")
