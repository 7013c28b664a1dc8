"""The profile of a program that ran in trace mode."""

import datetime
import json
import platform
import sys
import time
from dataclasses import dataclass

import hpy.trace
import hpy.universal

# The version of the JSON format; changes when existing keys change their meaning.
FORMAT_VERSION = 1


@dataclass(frozen=True)
class Profile:
    command: "list[str]"
    #: When the program started, with the time zone.
    started: datetime.datetime
    #: How long it ran, in nanoseconds.
    wall: int
    #: As returned by `hpy.trace.get_profile`.
    rows: "list[hpy.trace.Row]"
    python: str
    hpy: str

    def by_own_time(self, kind=None):
        """Rows of one kind or of all, sorted by own time in descending order."""
        rows = [row for row in self.rows if kind in (None, row.kind)]
        return sorted(rows, key=lambda row: (-row.own, -row.calls, row.name, row.module))

    def calls(self, kind):
        return sum(row.calls for row in self.rows if row.kind == kind)

    def own(self, kind=None):
        """Nanoseconds spent in traced extensions, summed over all threads."""
        return sum(row.own for row in self.rows if kind in (None, row.kind))

    def modules(self):
        """Names, in the order of loading."""
        return list(dict.fromkeys(row.module for row in self.rows))

    def to_json(self):
        rows = [
            {
                "module": row.module,
                "kind": row.kind,
                "name": row.name,
                "calls": row.calls,
                "total_ns": row.total,
                "self_ns": row.own,
            }
            for row in self.by_own_time()
        ]
        document = {
            "format": "hpy-trace",
            "version": FORMAT_VERSION,
            "command": self.command,
            "started": self.started.isoformat(timespec="seconds"),
            "wall_ns": self.wall,
            "python": self.python,
            "hpy": self.hpy,
            "rows": rows,
        }
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


class Recorder:
    """Records the profile of a program that starts now."""

    def __init__(self, command):
        hpy.trace.reset()
        self._command = command
        self._started = datetime.datetime.now().astimezone()
        self._begin = time.perf_counter_ns()

    def profile(self):
        """The profile so far. Any thread may call this while the program runs."""
        return Profile(
            command=self._command,
            started=self._started,
            wall=time.perf_counter_ns() - self._begin,
            rows=hpy.trace.get_profile(),
            python=f"{platform.python_implementation()} {platform.python_version()} on {sys.platform}",
            hpy=hpy.universal.get_version()[0],
        )
