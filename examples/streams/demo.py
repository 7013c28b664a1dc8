"""One line for the table of `cargo xtask demo`."""

import io

import streams

file = io.BytesIO(b"".join(b"line %d\n" % number for number in range(10_000)))
lines = streams.Lines(file)
count = sum(1 for _ in lines)
assert count == 10_000 and not file.closed
del lines
assert file.closed
print(f"{count} lines, closed by the library")
