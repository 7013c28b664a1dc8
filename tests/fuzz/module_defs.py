"""Target: definitions of modules. Each must be refused or make a module that can be used and goes away.

Pieces: ("module", doc, size), ("global", number), and those of `definitions`.
"""

import ctypes
import gc
import struct
import weakref

from fuzz import engine
from fuzz.definitions import DOCS, Memory, Pool, is_broken_promise
from fuzz.formats import Target

CREATE, EXEC, TRAVERSE, DESTROY, INTERPRETERS, GIL = range(2000, 2006)
#: What most modules have, more often.
SLOTS = [[EXEC], [EXEC], [EXEC, CREATE], [TRAVERSE, DESTROY], [INTERPRETERS, GIL]]


class Modules(Target):
    name = "modules"
    # The runtime keeps what it has made of a definition, so the definitions stay as well.
    looks_at_leaks = False
    batch = 5_000

    def __init__(self, module, path, mode):
        super().__init__(module, path, mode)
        self.path = path
        self.pool = Pool(module)
        self.definition = ctypes.c_void_p.in_dll(ctypes.CDLL(str(path)), "fuzzed_definition")
        self.memory = Memory()

    def make(self, rng):
        size = rng.choice([0, 1, 8, 1000]) if rng.random() < 0.97 else rng.choice([-1, 2**62, -(2**63)])
        pieces = [("module", rng.choice(DOCS) if rng.random() < 0.5 else None, size)]
        for _ in range(rng.choice([0, 1, 1, 2, 5])):
            pieces.append(self.pool.make_slot(rng, rng.choice(SLOTS) if rng.random() < 0.97 else None))
        for _ in range(rng.choice([0, 1, 2, 6])):
            pieces.append(self.pool.make_method(rng))
        if rng.random() < 0.1:
            pieces.append(self.pool.make_getset(rng))
        if rng.random() < 0.1:
            pieces.append(("member", b"m", 1, 0, 0, None))
        if rng.random() < 0.05:
            pieces.append(("kind", rng.choice([0, 5, -1, 2**31 - 1])))
        for _ in range(rng.choice([0, 0, 1, 3])):
            pieces.append(("global", rng.randrange(4)))
        if rng.random() < 0.2:
            only = [piece for piece in pieces if piece[0] == "slot"][:1]
            pieces = [("module", None, 0), *only]
        return pieces

    def build(self, pieces):
        memory = self.memory
        doc, size = next((piece[1:] for piece in pieces if piece[0] == "module"), (None, 0))
        defines = [self.pool.build(memory, piece) for piece in pieces if piece[0] not in ("module", "global")]
        variables = [memory.bytes(bytes(8)) for _ in range(4)]
        used = [variables[number] for kind, number, *_ in pieces if kind == "global"]
        return memory.bytes(
            struct.pack(
                "=QqQQQ",
                memory.string(doc),
                size,
                0,
                memory.pointers(defines) if defines else 0,
                memory.pointers(used) if used else 0,
            )
        )

    def run(self, pieces, rng):
        self.definition.value = self.build(pieces)
        accepted = False
        for _ in range(2):
            try:
                module = engine.load("fuzzed", self.path, self.mode)
            except Exception as error:
                if is_broken_promise(error):
                    raise
                continue
            accepted = True
            self.use(module, rng)
            alive = weakref.ref(module) if type(module) is type(gc) else None
            del module
            gc.collect()
            # On PyPy it goes at a later collection.
            if alive and alive() and engine.IS_CPYTHON:
                raise engine.Finding(f"the module is still alive: {gc.get_referrers(alive())}")
        return accepted

    def use(self, module, rng):
        for name in dir(module):
            try:
                value = getattr(module, name)
                if name.startswith("__") and name != "__reduce__":
                    continue
                repr(value)
                value(*[1] * rng.randrange(3))
                value(k=2)
            except Exception as error:
                if is_broken_promise(error):
                    raise
