"""Which functions of the HPy API extensions call, how often, and how long that takes.

Only extensions that were loaded in trace mode are counted, see `HPY=trace` and `python -m hpy trace`. The
numbers are those of this interpreter, for all of its threads, since it began to load its first traced module.
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
    """The calls of one function of the API by one module, or of one of the module's own functions."""

    module: str
    #: "api" for a function of the API that the module calls, "function" for a function of the module,
    #: "import" for
    #: a function of another extension that the module has imported from there.
    kind: str
    #: The name of the function, such as `HPy_Dup`, or `matrix._api.Matrix_Zeros` for one that was imported.
    name: str
    calls: int
    #: Nanoseconds from call to return, including everything in between. A call within another one of the same
    #: row adds nothing.
    total: int
    #: Nanoseconds without the traced calls inside, so that no time is counted twice over all rows.
    own: int


def get_profile():
    """A `Row` for each function that a traced module called, or that was called in it."""
    return [Row(*row) for row in _trace.get_profile()]
