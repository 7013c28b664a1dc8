"""Finding what extensions in debug mode opened and did not close.

`hpy.universal` is imported when it is needed: pytest imports this package whether or not its tests use HPy.
"""

import warnings

from hpy._printable import printable


class HPyDebugError(Exception):
    """An extension made a mistake that debug mode found."""


class HPyLeakError(HPyDebugError):
    """An extension did not close everything that it opened.

    `leaks` is the list of `DebugHandle`s. `report` tells where they were opened, and may be None.
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
        # Names in it are the extension's.
        return printable("\n".join(lines), keep="\n")


class LeakDetector:
    """Tells whether all that extensions opened between `start` and `stop` was closed by then.

    Of all extensions in debug mode, on all threads. As a context manager it starts with the `with` block and
    stops at its end. If the block raises, that goes on, with a note about the leaks.
    """

    def __init__(self):
        #: The number of the generation of handles that `start` began.
        self.generation = None
        self._running = False

    def start(self):
        """Begin; after a `stop`, begin anew."""
        from hpy.universal import _debug

        if self._running:
            raise ValueError("LeakDetector already started")
        self.generation = _debug.new_generation()
        self._running = True

    def stop(self):
        """Raise `HPyLeakError` if there is a leak. May be called again, to ask again."""
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
            # It came first, and is often the reason.
            if hasattr(error, "add_note"):
                error.add_note(f"Besides, HPy extensions leak: {leak}")
            else:
                warnings.warn(f"HPy extensions leak: {leak}", ResourceWarning, stacklevel=2)
