"""Target: types. Each spec must be refused, or make a type that can be used and goes away.

Pieces: ("spec", fields) begins a type, the pieces of `definitions` and ("base", what), ("metaclass", what),
("module", what), ("bases", tuple) belong to the one before them, and ("use", operation) is what is done
with all types.

The structs of all types of an input have the same plan, as those of derived types begin with those of
their bases:

    0 a field    8 a `char *`    16 `char[8]`    24 a dict    32 weak references    40 a call function
    48 numbers

So any member may stand beside any other, and whatever goes wrong is not the doing of the extension.
"""

import abc
import gc
import struct
import sys
import warnings
import weakref

from fuzz import engine
from fuzz.definitions import DOCS, NAMES, Memory, Pool, is_broken_promise
from fuzz.formats import Target
from fuzz.uses import USES, Uses

LEGACY, OBJECT, TYPE, LONG, FLOAT, UNICODE, TUPLE, LIST, DICT = range(-1, 8)
TRAVERSE, NEW = 71, 65


class Plain:
    pass


class WithSlots:
    __slots__ = ("a", "b")


class Meta(type):
    pass


class MetaWithNew(type):
    def __new__(mcs, *args, **kwargs):
        return super().__new__(mcs, *args, **kwargs)


class MetaWithFields(type):
    pass


class IntClass(int):
    pass


class ListClass(list):
    __slots__ = ("a",)


class Failure(Exception):
    __slots__ = ("a",)


#: What a base or metaclass may be. `...` is HPy_NULL.
OBJECTS = {
    cls.__name__: cls
    for cls in (
        object,
        int,
        float,
        str,
        tuple,
        list,
        dict,
        type,
        bytes,
        set,
        bool,
        range,
        property,
        BaseException,
    )
}
OBJECTS |= {
    cls.__name__: cls
    for cls in (Plain, WithSlots, Meta, MetaWithNew, IntClass, ListClass, Failure, abc.ABCMeta, abc.ABC)
}
OBJECTS |= {"5": 5, "None": None, "NULL": ..., "()": ()}
FITTING = {
    LEGACY: ["object", "Plain", "list", "int", "BaseException"],
    OBJECT: ["object", "object", "Plain", "WithSlots", "BaseException", "Failure", "ABC", "set"],
    TYPE: ["type", "type", "Meta", "ABCMeta"],
    LONG: ["int", "int", "IntClass"],
    FLOAT: ["float"],
    UNICODE: ["str"],
    TUPLE: ["tuple"],
    LIST: ["list", "ListClass"],
    DICT: ["dict"],
}

TYPE_NAMES = [b"fuzz.Type"] * 8 + [
    b"Type",
    b"",
    None,
    b"a.b.c.D",
    b"\xc3\xa9.\xc3\x9c",
    b"mod.",
    b".x",
    b"\xff.x",
    b"x" * 999,
]
SIZES = [0, 8, 16, 24, 40, 48, 56, 64, 64, 96, 200]
WRONG_SIZES = [1, 3, 7, 9, 17, 33, 63, -1, -8, 2**31 - 1, 2**30, 100_000]
DEFAULT, BASETYPE, VECTORCALL, GC = 1 << 9 | 1 << 18, 1 << 10, 1 << 11, 1 << 14
#: Sequence, mapping, no instances, immutable, abstract. Other flags make CPython read what is not there.
OTHER_FLAGS = [1 << 5, 1 << 6, 1 << 7, 1 << 8, 1 << 20]
SHAPES = [OBJECT] * 6 + [TYPE, LONG, FLOAT, UNICODE, TUPLE, LIST, DICT, LEGACY]

#: Types of members, and where they stand.
STRING, OBJECT_MEMBER, INPLACE, OBJECT_EX, SSIZE = 5, 6, 13, 16, 19
OFFSETS = {STRING: 8, OBJECT_MEMBER: 0, INPLACE: 16, OBJECT_EX: 0}
MEMBER_TYPES = list(range(15)) + [16, 17, 18, 19, 20] + [15, 21, 99, -1, 2**31 - 1]
SPECIAL = {b"__dictoffset__": 24, b"__weaklistoffset__": 32, b"__vectorcalloffset__": 40}


class Types(Target):
    name = "types"
    batch = 20_000

    def __init__(self, module, path, mode):
        super().__init__(module, path, mode)
        self.pool = Pool(module)

    # ---- making ----

    def make(self, rng):
        pieces = []
        count = rng.choice([1, 1, 1, 2, 2, 3])
        shape = rng.choice(SHAPES)
        for number in range(count):
            if rng.random() < 0.1:
                shape = rng.choice([*SHAPES, 8, -2, 99])
            self.add_type(rng, pieces, shape, number)
        for _ in range(rng.randrange(3, 12)):
            pieces.append(("use", rng.choice(USES)))
        return pieces

    def add_type(self, rng, pieces, shape, number):
        slots = [self.pool.make_slot(rng) for _ in range(rng.choice([0, 1, 2, 4, 10, 30]))]
        has_traverse = rng.random() < 0.3
        if has_traverse:
            slots.append(("slot", TRAVERSE, ()))
        flags = DEFAULT
        flags |= BASETYPE if rng.random() < 0.85 else 0
        flags |= GC if rng.random() < (0.9 if has_traverse else 0.03) else 0
        flags |= VECTORCALL if rng.random() < 0.1 else 0
        flags |= rng.choice(OTHER_FLAGS) if rng.random() < 0.05 else 0
        size = rng.choice(SIZES) if rng.random() < 0.95 else rng.choice(WRONG_SIZES)
        if shape == LEGACY and 0 < size < 2**30:
            size += 16
        item = 0 if rng.random() < 0.97 else rng.choice([1, 8, -1, 2**31 - 1])
        has_slots = rng.random() < 0.02
        fields = (rng.choice(TYPE_NAMES), size, item, flags, shape, has_slots, rng.choice(DOCS))
        pieces.append(("spec", *fields))
        self.add_parents(rng, pieces, shape, number)
        pieces += slots
        for _ in range(rng.choice([0, 0, 1, 3])):
            pieces.append(self.pool.make_method(rng))
        for _ in range(rng.choice([0, 0, 1, 3])):
            pieces.append(self.pool.make_getset(rng))
        for _ in range(rng.choice([0, 0, 0, 1, 4])):
            pieces.append(self.make_member(rng))
        if rng.random() < 0.02:
            pieces.append(("kind", rng.choice([0, 5, -1, 2**31 - 1])))

    def add_parents(self, rng, pieces, shape, number):
        def parent():
            if number > 0 and rng.random() < 0.7:
                return rng.randrange(number)
            if rng.random() < 0.9:
                return rng.choice(FITTING.get(shape, ["object"]))
            return rng.choice(list(OBJECTS))

        if shape not in (OBJECT, LEGACY) or number > 0 or rng.random() < 0.4:
            many = rng.choice([1] * 8 + [2, 3])
            if rng.random() < 0.8:
                pieces += [("base", parent()) for _ in range(many)]
            else:
                pieces.append(("bases", tuple(parent() for _ in range(many))))
        if rng.random() < 0.1:
            pieces.append(
                ("metaclass", rng.choice(["type", "Meta", "ABCMeta", "MetaWithNew", "5", "NULL", "int", 0]))
            )
        if rng.random() < 0.01:
            pieces.append(("param", rng.choice([5, 99])))
        if rng.random() < 0.5:
            pieces.append(("module", rng.choice(["fuzzing"] * 8 + ["sys", "5", "NULL"])))

    @staticmethod
    def make_member(rng):
        if rng.random() < 0.2:
            name = rng.choice(list(SPECIAL))
            kind = SSIZE if rng.random() < 0.9 else rng.choice(MEMBER_TYPES)
            return ("member", name, kind, SPECIAL[name], int(rng.random() < 0.9), None)
        kind = rng.choice(MEMBER_TYPES)
        offset = OFFSETS.get(kind, 48 + 8 * rng.randrange(3))
        name = rng.choice(NAMES) if rng.random() < 0.97 else None
        return ("member", name, kind, offset, rng.randrange(2), rng.choice(DOCS))

    # ---- running ----

    def run(self, pieces, rng):
        memory = Memory()
        made = []
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error" if rng.random() < 0.05 else "ignore")
                for group in self.groups(pieces):
                    self.make_type(memory, group, made)
                uses = Uses(rng, made)
                for kind, *rest in pieces:
                    if kind == "use":
                        uses.run(rest[0])
        except Exception as error:
            if isinstance(error, engine.Finding) or is_broken_promise(error):
                raise
            raise engine.Finding(f"{type(error).__name__} in the target itself: {error}") from error
        accepted = len(made) > 0
        # Types of PyPy live until the process ends.
        alive = [weakref.ref(cls) for cls in made] if engine.IS_CPYTHON else []
        uses.forget()
        made.clear()
        gc.collect()
        if any(ref() for ref in alive):
            # What was resurrected by a finalizer goes with the next collection.
            gc.collect()
        for ref in alive:
            if ref():
                raise engine.Finding(f"the type is still alive: {gc.get_referrers(ref())}")
        return accepted

    @staticmethod
    def groups(pieces):
        groups = []
        for piece in pieces:
            if piece[0] == "spec" or not groups:
                groups.append([])
            groups[-1].append(piece)
        return groups

    def make_type(self, memory, pieces, made):
        default = (b"fuzz.Type", 0, 0, DEFAULT | BASETYPE, OBJECT, False, None)
        spec = next((piece[1:] for piece in pieces if piece[0] == "spec"), default)
        name, size, item, flags, shape, has_slots, doc = spec
        kinds, objects = self.params(pieces, made)
        bases = [base for each in objects for base in (each if isinstance(each, tuple) else (each,))]

        def derives_from(*classes):
            return any(isinstance(base, type) and issubclass(base, classes) for base in bases)

        # With a legacy type in between, the struct begins with the fields of the built-in type.
        has_own_struct = shape not in (LEGACY, OBJECT) or not derives_from(int, list, BaseException)
        definitions = self.definitions(pieces, size, flags, shape, has_own_struct)
        if derives_from(BaseException, set):
            # HPy_New leaves out what `__new__` of the base puts there: the arguments of an exception,
            # the table of a set. CPython does not work without.
            definitions = [piece for piece in definitions if piece[:2] != ("slot", NEW)]
        defines = (
            memory.pointers([self.pool.build(memory, piece) for piece in definitions]) if definitions else 0
        )
        address = memory.bytes(
            struct.pack(
                "=QiiQi4xQQQ",
                memory.string(name),
                size,
                item,
                flags,
                shape,
                memory.bytes(bytes(16)) if has_slots else 0,
                defines,
                memory.string(doc),
            )
        )
        try:
            made.append(self.module.make_type(address, kinds, *objects))
        except Exception as error:
            if is_broken_promise(error):
                raise

    def definitions(self, pieces, size, flags, shape, has_own_struct):
        """The definitions of a type, without what would be the fault of an extension."""
        # The function visits the beginning of the struct.
        has_field = size >= 8 and shape != LEGACY and has_own_struct
        has_bases = any(piece[0] in ("base", "bases") for piece in pieces)
        if not has_own_struct or (shape == LEGACY and has_bases):
            # The struct is that of the base, whichever it is.
            pieces = [piece for piece in pieces if piece[0] != "member"]
        is_traversed = has_field and ("slot", TRAVERSE, ()) in pieces and flags & GC
        chosen = []
        for piece in pieces:
            kind = piece[0]
            if kind in ("slot", "meth", "getset", "kind"):
                if has_field or piece[:2] != ("slot", TRAVERSE):
                    chosen.append(piece)
            elif kind == "member":
                chosen += self.member(piece, size, shape, is_traversed, flags & GC)
        return chosen

    @staticmethod
    def member(piece, size, shape, is_traversed, is_collected):
        _, name, kind, offset, readonly, doc = piece
        if shape == LEGACY:
            offset += 16
        if size != 0 and offset + 8 > size:
            return []
        # Objects in fields that nobody visits are never released, nor are cycles through a dict.
        if kind in (OBJECT_MEMBER, OBJECT_EX) and not is_traversed:
            readonly = 1
        if name == b"__dictoffset__" and not is_collected:
            return []
        return [("member", name, kind, offset, readonly, doc)]

    def params(self, pieces, made):
        modules = {"fuzzing": self.module, "sys": sys}

        def find(what):
            if isinstance(what, int):
                return made[what % len(made)] if made else object
            return OBJECTS[what]

        kinds, objects = [], []
        for kind, *rest in pieces:
            if kind == "base":
                kinds.append(1)
                objects.append(find(rest[0]))
            elif kind == "bases":
                kinds.append(2)
                objects.append(tuple(None if what == "NULL" else find(what) for what in rest[0]))
            elif kind == "metaclass":
                kinds.append(3)
                objects.append(find(rest[0]))
            elif kind == "module":
                kinds.append(4)
                objects.append(modules.get(rest[0]) or find(rest[0]))
            elif kind == "param":
                kinds.append(rest[0])
                objects.append(object)
        return (bytes(kinds) if kinds else None), objects
