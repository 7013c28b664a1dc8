"""Numbers in human-readable form."""

_UNITS = [(10**9, "s"), (10**6, "ms"), (10**3, "µs")]


def duration(nanoseconds):
    """Three digits and a unit.

    >>> [duration(n) for n in (0, 999, 1234, 99_960, 56_700_000, 1_500_000_000, 75_000_000_000)]
    ['0 ns', '999 ns', '1.23 µs', '100 µs', '56.7 ms', '1.50 s', '1 min 15 s']
    """
    if nanoseconds >= 60 * 10**9:
        minutes, seconds = divmod(round(nanoseconds / 10**9), 60)
        return f"{minutes} min {seconds} s"
    for size, unit in _UNITS:
        # Whatever would be rounded to 1000 of the smaller unit is shown as 1 of this one.
        if nanoseconds >= size * 0.9995:
            return f"{_three_digits(nanoseconds / size)} {unit}"
    return f"{round(nanoseconds)} ns"


def count(number):
    """
    >>> count(1234567)
    '1,234,567'
    """
    return f"{number:,}"


def compact(number):
    """At most three digits, for narrow places.

    >>> [compact(n) for n in (7, 999, 1234, 56_700, 999_950, 1_234_567)]
    ['7', '999', '1.23k', '56.7k', '1.00M', '1.23M']
    """
    for size, unit in [(10**9, "G"), (10**6, "M"), (10**3, "k")]:
        if number >= (size * 0.9995 if size > 1000 else size):
            return f"{_three_digits(number / size)}{unit}"
    return str(number)


def share(part, whole):
    """
    >>> [share(part, 1000) for part in (0, 0.01, 5, 123, 1000)]
    ['0 %', '<0.1 %', '0.5 %', '12.3 %', '100 %']
    """
    percent = 100 * part / whole if whole else 0
    if 0 < percent < 0.05:
        return "<0.1 %"
    return f"{percent:.0f} %" if percent in (0, 100) else f"{percent:.1f} %"


def _three_digits(value):
    return f"{value:.2f}" if value < 9.995 else f"{value:.1f}" if value < 99.95 else f"{value:.0f}"
