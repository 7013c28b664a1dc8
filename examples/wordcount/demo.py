"""One line for the table of `cargo xtask demo`."""

import wordcount

counter = wordcount.Counter()
for number in range(100_000):
    counter.feed(f"tick tock tick {'odd' if number % 2 else 'even'}")
(word, count), *_ = counter.most_common(1)
assert (word, count, len(counter)) == ("tick", 200_000, 4)
print(f"{count:,} × {word!r}, {len(counter)} words")
