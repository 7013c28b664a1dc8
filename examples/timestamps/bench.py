"""Compares the module in HPy with that in the C API. Build both in place, then run this.

Prints the time of each function, divided by that of the C API: the best of several rounds, in turns.
"""

import timeit
from array import array
from functools import partial

import timestamps
import timestamps_capi

NUMBERS = array("q", range(0, 10**15, 10**12))
TIMES = timestamps_capi.from_epoch(NUMBERS)
TEXT = "\n".join(time.isoformat() for time in TIMES).encode()
OUT = array("q", bytes(8 * len(NUMBERS)))
CASES = {
    "parse": lambda module: module.parse("2024-02-29T12:30:15.25+01:00"),
    "parse_lines": lambda module: module.parse_lines(TEXT),
    "from_epoch": lambda module: module.from_epoch(NUMBERS),
    "to_epoch": lambda module: module.to_epoch(TIMES, OUT),
}

for name, case in CASES.items():
    number = 3000 if name == "parse" else 10
    best = {module: float("inf") for module in (timestamps, timestamps_capi)}
    for _ in range(15):
        for module in best:
            best[module] = min(best[module], timeit.timeit(partial(case, module), number=number))
    print(f"{name}: {best[timestamps] / best[timestamps_capi]:.2f}")
