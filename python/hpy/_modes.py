"""What a value of the environment variable HPY says."""

from hpy.universal import _parse_modes


def modes_of(value):
    """The modes in a value, such as "debug+trace", whichever modules they are for; none if it is invalid."""
    try:
        return _parse_modes(value)
    except ValueError:
        return []
