"""Finding leaks by repetition (`--leaks`): a test that makes the process grow each time it runs is reported.

Counts allocated memory blocks, and references where Python was built to (`sys.gettotalrefcount`).
"""

import array
import gc
import linecache
import re
import sys

WARMUPS = 1
ROUNDS = 8


def counters():
    """What is counted, by name."""
    found = {"memory blocks": sys.getallocatedblocks}
    if hasattr(sys, "gettotalrefcount"):
        found["references"] = sys.gettotalrefcount
    return found


def clear_caches():
    """Empty what grows on its own, and collect cycles, again and again: finalizers make new garbage."""
    re.purge()
    linecache.clearcache()
    if hasattr(sys, "_clear_internal_caches"):
        sys._clear_internal_caches()
    else:
        sys._clear_type_cache()
    while gc.collect():
        pass


def grows(deltas):
    """Whether differences are a leak: [5, 5, 6] and [10, 1, 1] are, [3, 0, 0] and [8, -8, 1] are noise."""
    return all(delta >= 1 for delta in deltas)


def find_growth(run):
    """Call `run` again and again; returns {counter name: differences} of what grew each time."""
    gc.freeze()  # what is here already is not the test's, and collecting it would take most of the time
    try:
        return _count_rounds(run)
    finally:
        gc.unfreeze()


def _count_rounds(run):
    suspects = counters()
    # Filled in place: what this function keeps must not look like growth.
    values = {name: array.array("q", [0] * (ROUNDS + 1)) for name in suspects}
    for round_number in range(-WARMUPS, ROUNDS + 1):
        run()
        clear_caches()
        for name in list(suspects):
            taken = values[name]
            taken[max(round_number, 0)] = suspects[name]()
            if round_number > 0 and not grows([taken[round_number] - taken[round_number - 1]]):
                del suspects[name]  # one round without growth tells that it is none
        if not suspects:
            break
    return {
        name: [after - before for before, after in zip(values[name], values[name][1:])] for name in suspects
    }
