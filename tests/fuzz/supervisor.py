"""Runs inputs in processes, batch by batch, so that a crash is told by its input, and shrinks the input."""

import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from fuzz.engine import Place

#: Stands in front of the number that a process tells, among whatever else is printed.
RESULT = "the result is"
#: What an input that takes longer does is hang.
PATIENCE = 60
#: How long shrinking may take.
SHRINKING = 60


@dataclass
class Options:
    target: str
    seed: int
    abi: str
    mode: str

    def environment(self):
        """Random definitions break rules of debug mode all the time; a report must not be the end."""
        is_random = "debug" in self.mode and self.target in ("types", "modules")
        return {**os.environ, "HPY_DEBUG": "warn"} if is_random else None

    def arguments(self):
        return [self.target, "--seed", str(self.seed), "--abi", self.abi, "--mode", self.mode]


@dataclass
class Found:
    """What was found: the input and what it did."""

    index: int
    text: str
    #: How many inputs of the batch were accepted before.
    accepted: int = 0

    def kind(self):
        """What it did in short, without what differs between inputs."""
        if "ERROR: AddressSanitizer" in self.text:
            return self.text.partition("ERROR: AddressSanitizer:")[2].split()[0]
        if "\nTimeout (" in self.text:
            return "it hangs"
        return re.sub(r"\d+|\[.*", "", self.text.splitlines()[-1])[:60]


def work(options, arguments):
    """Runs a part apart. Returns its output, and what was found or None."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "place")
        Place.make(place)
        output = Path(folder, "output")
        command = [
            sys.executable,
            "-X",
            "faulthandler",
            "-m",
            "fuzz",
            *options.arguments(),
            "--worker",
            str(place),
        ]
        with output.open("wb") as file:
            process = subprocess.Popen(
                [*command, *arguments],
                cwd=Path(__file__).parents[1],
                env=options.environment(),
                stdout=file,
                stderr=subprocess.STDOUT,
            )
            is_stuck = wait(process, place)
        text = output.read_text(errors="replace")
        if process.returncode == 0:
            return text, None
        index, accepted = Place.read(place)
        if is_stuck:
            text = f"{text}\nit takes more than {PATIENCE} seconds"
        elif process.returncode < 0:
            text = f"{text}\nthe process died of signal {-process.returncode}"
        return text, Found(index, text.strip(), accepted)


def result_in(text):
    return int(text.rpartition(RESULT)[2].split()[0])


def wait(process, place):
    """Waits for the end of a process; whether it had to be ended."""
    seen, since = None, time.monotonic()
    while True:
        try:
            process.wait(timeout=1 if seen else 0.2)
            return False
        except subprocess.TimeoutExpired:
            now = Place.read(place)
        if now != seen:
            seen, since = now, time.monotonic()
        elif time.monotonic() - since > PATIENCE:
            process.kill()
            process.wait()
            return True


def replay_command(options, index):
    arguments = " ".join(options.arguments())
    return f"cargo xtask fuzz {arguments} --input {index}"


def run(options, first, count, batch):
    """Runs inputs to the first that does what it must not: how many were accepted, and what was found or
    None."""
    accepted = 0
    for start in range(first, first + count, batch):
        size = min(batch, first + count - start)
        text, found = work(options, ["--first", str(start), "--inputs", str(size)])
        if found:
            return accepted + found.accepted, found
        accepted += result_in(text)
    return accepted, None


def shrink(options, index):
    """The numbers of the pieces of an input that are enough for it to fail still, and how it does."""
    text, _ = work(options, ["--input", str(index), "--count-pieces"])
    keep = list(range(result_in(text)))
    end = time.monotonic() + SHRINKING

    def run(numbers):
        chosen = ",".join(map(str, numbers))
        return work(options, ["--input", str(index), "--keep", chosen])[1]

    def fails(numbers):
        found = run(numbers)
        return found if found and found.kind() == kind else None

    found = run(keep)
    if not found:
        return None, None
    kind = found.kind()
    size = max(len(keep) // 2, 1)
    while time.monotonic() < end:
        for start in range(0, len(keep), size):
            fewer = keep[:start] + keep[start + size :]
            smaller = fails(fewer)
            if smaller:
                keep, found = fewer, smaller
                break
            if time.monotonic() > end:
                break
        else:
            if size == 1:
                break
            size = max(size // 2, 1)
    return keep, found


def environment_note():
    """What else has to be the same for an input to be repeated."""
    return " ".join(
        f"{name}={os.environ[name]}" for name in ("PYTHONMALLOC", "LD_PRELOAD", "CC") if name in os.environ
    )
