"""Compares the module in HPy with that in the C API and with json. Build both in place, then run this.

Prints the time of each, divided by that of the C API: the best of several rounds, in turns.
"""

import json
import random
import timeit
from functools import partial

import jsontext
import jsontext_capi

RNG = random.Random(1)
RECORDS = [
    {"id": i, "name": f"record {i}", "value": RNG.random(), "tags": ["a", "b\n", "é"], "next": None}
    for i in range(1000)
]
TEXT = json.dumps(RECORDS)
CASES = {
    "loads": lambda module: module.loads(TEXT),
    "dumps": lambda module: module.dumps(RECORDS),
}

for name, case in CASES.items():
    best = {module: float("inf") for module in (jsontext, jsontext_capi, json)}
    for _ in range(15):
        for module in best:
            best[module] = min(best[module], timeit.timeit(partial(case, module), number=3))
    ratios = [f"{module.__name__} {time / best[jsontext_capi]:.2f}" for module, time in best.items()]
    print(f"{name}: {', '.join(ratios)}")
