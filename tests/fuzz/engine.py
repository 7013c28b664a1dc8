"""Runs inputs of a target one after the other. What was found ends the run, so it happens in a process
of its own.

The number of the input that is being run stands in a file that the supervisor reads when this process
has died.
"""

import gc
import mmap
import os
import random
import struct
import sys
import warnings

from support.engines import IS_CPYTHON
from support.loading import MODES, load_extension
from support.source import Extension
from support.toolchain import Toolchain, headers_of_repository

#: How many inputs there are between two looks at leaks.
WINDOW = 500
#: Growth of a window, in blocks of memory, that is looked into.
SUSPICIOUS = 60
#: How often each input of a suspicious window is repeated: a leak grows with each.
REPETITIONS = 40
#: As often, one after the other, memory has to be left.
ROUNDS = 15


class Finding(Exception):
    """An input did what none may do."""


def extension(abi):
    """Path of the compiled extension."""
    folder = os.path.dirname(__file__)
    sources = [os.path.join(folder, name) for name in ("calls.c", "definitions.c")]
    with open(sources[0], encoding="utf-8") as file:
        source = file.read()
    toolchain = Toolchain(*headers_of_repository(), abi=abi)
    macros = (("HPY_TARGET_ABI_VERSION", "0x00000001"),)
    extension = Extension(source, name="fuzzing", raw=True, extra_sources=(sources[1],), macros=macros)
    return toolchain.compile(extension)


def load(name, path, mode):
    """The module `name` of the extension: `fuzzing` or `fuzzed`."""
    if mode == "universal":
        return load_extension(name, path)
    # The context is made for the extension as a whole.
    from importlib.machinery import ModuleSpec

    import hpy.universal

    return hpy.universal.load(name, str(path), ModuleSpec(name, None, origin=str(path)), mode=MODES[mode])


class Place:
    """The number of the input that is being run, and how many of those before were accepted, in a file."""

    FORMAT = struct.Struct("=qq")

    def __init__(self, path):
        self.map = None
        if path:
            with open(path, "r+b") as file:
                self.map = mmap.mmap(file.fileno(), self.FORMAT.size)

    def set(self, index, accepted):
        if self.map:
            self.FORMAT.pack_into(self.map, 0, index, accepted)

    @classmethod
    def make(cls, path):
        with open(path, "wb") as file:
            file.write(cls.FORMAT.pack(-1, 0))

    @classmethod
    def read(cls, path):
        with open(path, "rb") as file:
            return cls.FORMAT.unpack(file.read())


def generator(seed, index):
    """The source of chance of one input."""
    return random.Random(seed << 40 | index)


class Engine:
    def __init__(self, target, seed, mode, place=None):
        self.target = target
        self.seed = seed
        self.place = Place(place)
        self.count_open = open_handles if "debug" in mode else lambda: 0

    def pieces(self, index, keep=None):
        """The pieces of an input, or of them those with these numbers."""
        pieces = self.target.make(generator(self.seed, index))
        return pieces if keep is None else [pieces[i] for i in keep]

    def run_one(self, index, keep=None):
        """Whether the input is accepted."""
        pieces = self.pieces(index, keep)
        # What happens by chance in the extension depends on the input alone, too.
        self.target.module.seed(self.seed << 40 | index)
        return self.target.run(pieces, generator(self.seed, ~index))

    def run(self, first, count):
        """Runs inputs. Returns how many were accepted."""
        warnings.simplefilter("ignore")
        # What is there is not of the inputs, and looking at it would take most of the time of a collection.
        gc.collect()
        if IS_CPYTHON:
            gc.freeze()
        accepted = 0
        for start in range(first, first + count, WINDOW):
            window = range(start, min(start + WINDOW, first + count))
            before = self.measure()
            for index in window:
                self.place.set(index, accepted)
                accepted += self.run_one(index)
            if any(growth > SUSPICIOUS for growth in self.growth(before)) and self.target.looks_at_leaks:
                self.find_leak(window)
        return accepted

    def measure(self):
        gc.collect()
        # PyPy does not count blocks.
        return sys.getallocatedblocks() if IS_CPYTHON else 0, self.count_open()

    def growth(self, before):
        return [now - then for now, then in zip(self.measure(), before)]

    def find_leak(self, window):
        for index in window:
            self.check_leak(index)

    def check_leak(self, index, keep=None):
        """Raises if an input leaks."""
        self.place.set(index, 0)
        self.run_one(index, keep)
        # CPython's own caches (of pickle and copyreg, for instance) grow for a while, and then no more.
        for _ in range(ROUNDS):
            before = self.measure()
            for _ in range(REPETITIONS):
                self.run_one(index, keep)
            blocks, handles = self.growth(before)
            if blocks < REPETITIONS and handles < REPETITIONS:
                break
        else:
            raise Finding(f"leak: {REPETITIONS} times leave {blocks} blocks of memory, {handles} handles")


def open_handles():
    from hpy.universal import _debug

    return len(_debug.get_open_handles(0))
