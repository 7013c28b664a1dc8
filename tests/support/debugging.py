"""Extensions in debug mode, and what is reported of them."""

import importlib.machinery
import re
from dataclasses import dataclass, field

from support import loading


def load_debug(path, name="mod"):
    """A new module object of the extension at `path`, in debug mode."""
    import hpy.universal

    spec = importlib.machinery.ModuleSpec(name, None, origin=str(path))
    return hpy.universal.load(name, str(path), spec, debug=True)


@dataclass
class Report:
    """What debug mode printed about one mistake."""

    title: str
    #: The short name of the rule.
    rule: str
    #: What the fatal error after it says, if there is one.
    fatal: str = ""
    #: All text with a label, such as "opened": its lines with blanks between.
    parts: dict = field(default_factory=dict)

    def __getattr__(self, label):
        return self.parts.get(label, "")


def parse(text):
    """The reports in a text."""
    reports = []
    report = label = None
    for line in text.splitlines():
        title = re.fullmatch(r"HPy debug mode: (.*) \[([\w-]+)\]", line)
        if title:
            report = Report(*title.groups())
            reports.append(report)
        elif report and re.match(r"  (\w+ *| {8})  ", line) and line[10:12] == "  ":
            label = line[2:10].strip() or label
            parts = report.parts
            parts[label] = f"{parts[label]} {line[12:]}" if label in parts else line[12:]
        else:
            report = None
    return reports


@dataclass
class Run:
    """How a process ended that ran Python code with an extension in debug mode."""

    returncode: int
    stdout: str
    stderr: str

    @property
    def aborted(self):
        return self.returncode == -6

    @property
    def reports(self):
        reports = parse(self.stderr)
        fatal = re.search("^Fatal Python error: ctx_FatalError: (.*)$", self.stderr, re.MULTILINE)
        if reports and fatal:
            reports[-1].fatal = fatal.group(1)
        return reports

    @property
    def report(self):
        """The only one."""
        reports = self.reports
        assert len(reports) == 1, self.stderr
        return reports[0]


#: Why `cargo xtask sanitize` leaves out tests in which the process goes on after an access was reported.
DETOUR = "AddressSanitizer does not know of the frames that a detour leaves behind"

PRELUDE = """
import sys
from support.debugging import load_debug
mod = load_debug(sys.argv[1])
from hpy.universal import _debug
"""


def run(path, code, *, environment=None):
    """Run Python `code` apart, in which `mod` is the extension at `path` in debug mode: a `Run`."""
    result = loading.run_in_subprocess(
        PRELUDE + code, arguments=[str(path)], environment={"HPY_DEBUG": "", **(environment or {})}
    )
    return Run(result.returncode, result.stdout, result.stderr)


def begins(api, function):
    """What a report says of a call of the API in a module function, of which the line is not known."""
    return re.compile(rf"{api} in method_{function}_impl \(begins at mod\.c:\d+\)$")


def line(api, function):
    """What it says if it is known."""
    return re.compile(rf"{api} in method_{function}_impl \(mod\.c:\d+\)$")
