"""Which functions of the HPy API extensions call, how often, and how long that takes.

Only extensions that were loaded in trace mode are seen, see `HPY=trace` and `python -m hpy trace`. The
numbers are those of this interpreter, of all its threads, since its first traced module began to load.
"""

from typing import NamedTuple

from hpy.universal import _trace

__all__ = [
    "Row",
    "get_call_counts",
    "get_durations",
    "get_frequency",
    "get_profile",
    "reset",
    "set_trace_functions",
]

get_call_counts = _trace.get_call_counts
get_durations = _trace.get_durations
get_frequency = _trace.get_frequency
set_trace_functions = _trace.set_trace_functions
reset = _trace.reset


class Row(NamedTuple):
    """What one module called of one function, or how one of its own functions was called."""

    module: str
    #: "api" for a function of the API that the module calls, "function" for a function of the module.
    kind: str
    #: The name of the function of the API, as `HPy_Dup`, or what the module calls its own.
    name: str
    calls: int
    #: Nanoseconds from call to return, whatever ran in between. A call within another of the same row adds
    #: nothing.
    total: int
    #: Nanoseconds without what was spent in other traced calls: over all rows, no time is counted twice.
    own: int


def get_profile():
    """A `Row` for each function that each traced module called, or that was called of it."""
    return [Row(*row) for row in _trace.get_profile()]
