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
#: Something that goes may hide a leak of one reference, so a single round without growth tells nothing.
QUIET_ROUNDS = 2


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
    """Whether differences are a leak: [5, 5, 6] and [-2, 1, 1] are, [3, 0, 0] and [8, -8, -1] are noise."""
    return sum(delta < 1 for delta in deltas) < QUIET_ROUNDS


def find_growth(run):
    """Call `run` again and again; returns {counter name: differences} of what grew each time."""
    # What is here already is not the test's, and collecting it would take most of the time. It stays frozen,
    # since to thaw it would thaw the suite with it.
    gc.freeze()
    return _count_rounds(run)


def _count_rounds(run):
    names, functions = zip(*counters().items())
    # Filled in place: what this function keeps must not look like growth.
    values = [array.array("q", [0] * (ROUNDS + 1)) for _ in names]
    for round_number in range(-WARMUPS, ROUNDS + 1):
        run()
        clear_caches()
        for taken, count in zip(values, functions):
            taken[max(round_number, 0)] = count()
        if round_number >= QUIET_ROUNDS and not any(grows(_deltas(taken, round_number)) for taken in values):
            break
    found = {name: _deltas(taken, round_number) for name, taken in zip(names, values)}
    return {name: deltas for name, deltas in found.items() if grows(deltas)}


def _deltas(taken, rounds):
    return [after - before for before, after in zip(taken, taken[1 : rounds + 1])]
