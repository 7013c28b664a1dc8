"""What HPy extensions in debug mode do wrong: handles that they do not close, and more.

Only extensions that were loaded in debug mode are seen: set the variable `HPY=debug`, or use
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
    """Keep up to `limit` stack frames of where each handle is opened and closed; nothing for None."""
    from hpy.universal import _debug

    _debug.set_handle_stack_trace_limit(limit)


def disable_handle_stack_traces():
    """Keep nothing of where handles are opened and closed."""
    set_handle_stack_trace_limit(None)
