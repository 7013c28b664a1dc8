"""The progress line at the bottom of a terminal during a long run."""

import builtins
import os
import sys
import threading

from hpy._printable import printable

from . import numbers

# Shorter runs show none.
FIRST_AFTER = 2.0
INTERVAL = 0.25
# For a terminal that does not tell its width.
DEFAULT_COLUMNS = 80
ERASE = "\r\x1b[K"


class ProgressLine:
    """Shows during a run, if `stream` is a terminal, what `recorder` has so far.

    The program may write to the same terminal, so `sys.stdout` and `sys.stderr` erase the line first. Nothing
    is drawn while the program is in the middle of a line of its own, or asks for input.
    """

    def __init__(self, recorder, stream, enabled=True):
        self._recorder = recorder
        self._stream = stream
        self._enabled = enabled and stream.isatty()
        self._ended = threading.Event()
        self._lock = threading.RLock()
        self._visible = False
        self._line_is_taken = False

    def __enter__(self):
        if self._enabled:
            self._replaced = sys.stdout, sys.stderr
            self._builtin_input, builtins.input = builtins.input, self._input
            sys.stdout, sys.stderr = (
                _Erasing(stream, self) if stream and stream.isatty() else stream for stream in self._replaced
            )
            if hasattr(os, "register_at_fork"):
                # In a child process, the thread that draws would not be there to release the lock.
                lock = self._lock
                release = dict.fromkeys(["after_in_parent", "after_in_child"], lock.release)
                os.register_at_fork(before=lock.acquire, **release)
            self._thread = threading.Thread(target=self._run, name="hpy trace progress", daemon=True)
            self._thread.start()
        return self

    def __exit__(self, *exc_info):
        if self._enabled:
            self._ended.set()
            self._thread.join()
            self.erase()
            builtins.input = self._builtin_input
            # Unless the program has replaced them.
            for name, stream in zip(("stdout", "stderr"), self._replaced):
                if isinstance(getattr(sys, name), _Erasing):
                    setattr(sys, name, stream)

    def _run(self):
        wait = FIRST_AFTER
        while not self._ended.wait(wait):
            wait = INTERVAL
            self._draw(line(self._recorder.profile(), _columns(self._stream)))

    def _draw(self, text):
        with self._lock:
            if self._line_is_taken:
                return
            self._stream.write(f"{ERASE}\x1b[2m{text}\x1b[0m")
            self._stream.flush()
            self._visible = True

    def erase(self):
        with self._lock:
            if self._visible:
                self._stream.write(ERASE)
                self._stream.flush()
                self._visible = False

    def _input(self, *prompt):
        with self._lock:
            self.erase()
            self._line_is_taken = True
        try:
            return self._builtin_input(*prompt)
        finally:
            self._line_is_taken = False


class _Erasing:
    """A stream that erases the progress line before it writes."""

    def __init__(self, stream, progress):
        self._stream = stream
        self._progress = progress

    def write(self, text):
        with self._progress._lock:
            self._progress.erase()
            if text:
                self._progress._line_is_taken = not text.endswith("\n")
            return self._stream.write(text)

    def writelines(self, lines):
        for text in lines:
            self.write(text)

    def __getattr__(self, name):
        return getattr(self._stream, name)


def line(profile, columns):
    """The text of the progress line, cut to the width of the terminal."""
    parts = [f"hpy trace  {numbers.duration(profile.wall)}"]
    calls = profile.calls("api")
    per_second = calls / profile.wall * 10**9 if profile.wall else 0
    parts.append(f"{numbers.compact(calls)} API calls ({numbers.compact(round(per_second))}/s)")
    if profile.own():
        busiest = profile.by_own_time()[0]
        name = printable(f"{busiest.module} {busiest.name}")
        parts.append(f"{name} {numbers.share(busiest.own, profile.own())}")
    return " · ".join(parts)[: max(columns - 1, 0)]


def _columns(stream):
    try:
        return os.get_terminal_size(stream.fileno()).columns or DEFAULT_COLUMNS
    except OSError:
        return DEFAULT_COLUMNS
