"""Finding mistakes of HPy extensions, such as handles that they do not close.

Only extensions that were loaded in debug mode are checked: set the environment variable `HPY=debug`, or use
`python -m hpy run --mode debug` or `pytest --hpy-debug` (see `hpy.debug.pytest`).
"""

from .leakdetector import HPyDebugError, HPyLeakError, LeakDetector

__all__ = [
    "HPyDebugError",
    "HPyLeakError",
    "LeakDetector",
    "disable_handle_stack_traces",
    "set_handle_stack_trace_limit",
]


def set_handle_stack_trace_limit(limit):
    """Keep up to `limit` stack frames for each opening and closing of a handle; None keeps none."""
    from hpy.universal import _debug

    _debug.set_handle_stack_trace_limit(limit)


def disable_handle_stack_traces():
    """Keep no stack frames."""
    set_handle_stack_trace_limit(None)
