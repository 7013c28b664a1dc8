"""A profile as `python -m hpy trace` makes them, with round numbers."""

import datetime

from hpy.cli import profile
from hpy.trace import Row


def make_profile(rows=None, **changes):
    if rows is None:
        rows = [
            Row("alpha", "api", "HPy_Dup", 1_500_000, 30_000_000, 30_000_000),
            Row("alpha", "api", "HPy_Call", 10, 2_000_000_000, 1_200_000_000),
            Row("alpha", "function", "Type.<method>", 700, 2_100_000_000, 70_000_000),
            Row("beta", "api", "HPy_Dup", 7, 140, 140),
            Row("beta", "function", "work", 3, 800_000_000, 799_000_000),
        ]
    started = datetime.datetime(2025, 3, 9, 14, 5, tzinfo=datetime.timezone.utc)
    values = dict(
        command=["script.py", "--name", "<b> & co"],
        started=started,
        wall=3_000_000_000,
        rows=rows,
        python="CPython 3.11.7 on linux",
        hpy="0.10.0",
    )
    return profile.Profile(**{**values, **changes})
