"""Finding what extensions in debug mode opened and did not close.

`hpy.universal` is only imported when it is needed, since pytest imports this package even for tests that do
not use HPy.
"""

import warnings

from hpy._printable import printable


class HPyDebugError(Exception):
    """An extension made a mistake that debug mode found."""


class HPyLeakError(HPyDebugError):
    """An extension did not close everything that it opened.

    `leaks` is a list of `DebugHandle`s. `report` is a text about where they were opened, or None.
    """

    def __init__(self, leaks, report=None):
        super().__init__()
        self.leaks = leaks
        self.report = report

    def __str__(self):
        count = len(self.leaks)
        lines = ["1 unclosed handle:" if count == 1 else f"{count} unclosed handles:"]
        lines += (
            self.report.rstrip("\n").split("\n") if self.report else (f"    {leak!r}" for leak in self.leaks)
        )
        # It contains names from the extension.
        return printable("\n".join(lines), keep="\n")


class LeakDetector:
    """Checks whether extensions closed everything that they opened between `start` and `stop`.

    This covers all extensions in debug mode, on all threads. As a context manager, the detector starts with
    the `with` block and stops at its end. If the block raises an exception, that gets a note about the leaks.
    """

    def __init__(self):
        #: The number of the generation of handles that `start` began.
        self.generation = None
        self._running = False

    def start(self):
        """Start, or start anew after a `stop`."""
        from hpy.universal import _debug

        if self._running:
            raise ValueError("LeakDetector already started")
        self.generation = _debug.new_generation()
        self._running = True

    def stop(self):
        """Raise `HPyLeakError` if there is a leak. May be called again, to check again."""
        from hpy.universal import _debug

        if self.generation is None:
            raise ValueError("LeakDetector not started yet")
        self._running = False
        leaks = _debug.get_leaks(self.generation)
        if leaks:
            raise HPyLeakError(leaks, _debug.get_leak_report(self.generation))

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, error, traceback):
        try:
            self.stop()
        except HPyLeakError as leak:
            if error is None:
                raise
            # The exception came first, and is often the reason for the leak.
            if hasattr(error, "add_note"):
                error.add_note(f"Besides, HPy extensions leak: {leak}")
            else:
                warnings.warn(f"HPy extensions leak: {leak}", ResourceWarning, stacklevel=2)
