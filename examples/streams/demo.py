"""One line for the table of `cargo xtask demo`."""

import gc
import io

import streams

file = io.BytesIO(b"".join(b"line %d\n" % number for number in range(10_000)))
lines = streams.Lines(file)
count = sum(1 for _ in lines)
assert count == 10_000 and not file.closed
del lines
for _ in range(3):  # PyPy closes it when it collects
    gc.collect()
assert file.closed
print(f"{count} lines, closed by the library")
