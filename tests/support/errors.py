"""What a call raises, as plain values."""

import pytest


def error_of(function, *args, **kwargs):
    """(type, text) of the exception that the call raises. Keeps no traceback: references can be counted."""
    try:
        result = function(*args, **kwargs)
    except Exception as error:
        return type(error), str(error)
    pytest.fail(f"no exception but {result!r}")
