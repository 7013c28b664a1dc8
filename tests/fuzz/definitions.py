"""The C structs of definitions, made of pieces.

    ("slot", slot, changes)                      one of the extension, with some of its fields changed
    ("meth", number in the pool, changes)
    ("getset", number in the pool, changes)
    ("member", name, type, offset, read-only, doc)
    ("constants", number in the pool, ())
    ("kind", number)                             a definition of another kind

Changes are pairs of a field and its value. Strings are bytes, or None for NULL. All layouts are those of
a platform with 64 bits.
"""

import ctypes
import struct

SIZE = 64
SLOT, METHOD, MEMBER, GETSET, CLASS_METHOD, STATIC_METHOD, CONSTANTS = 1, 2, 3, 4, 6, 7, 8

#: Where the fields of definitions are, and their format; "s" is a pointer to a C string.
FIELDS = {
    "slot": {"slot": (8, "i"), "impl": (16, "P"), "trampoline": (24, "P")},
    "meth": {"name": (8, "s"), "impl": (16, "P"), "signature": (32, "i"), "doc": (40, "s")},
    "member": {
        "name": (8, "s"),
        "type": (16, "i"),
        "offset": (24, "q"),
        "readonly": (32, "i"),
        "doc": (40, "s"),
    },
    "getset": {
        "name": (8, "s"),
        "getter": (16, "P"),
        "setter": (24, "P"),
        "doc": (48, "s"),
        "closure": (56, "P"),
    },
}
NAMES_OF_KINDS = {SLOT: "slot", METHOD: "meth", MEMBER: "member", GETSET: "getset", CONSTANTS: "constants"}
NAMES_OF_KINDS |= {CLASS_METHOD: "meth", STATIC_METHOD: "meth"}

#: Not `__hash__`: CPython leaks what it gets from it if that is no `int`.
NAMES = [b"method", b"computed", b"x", b"", b"a b", b"\xc3\xa9", b"\xff", b"n" * 500]
NAMES += [b"__init__", b"__new__", b"__eq__", b"__getattr__", b"__call__", b"__del__", b"__reduce__"]
NAMES += [b"__doc__", b"__dict__", b"__slots__", b"__module__", b"__class__", b"__weakref__", b"__set_name__"]
NAMES += [b"__init_subclass__", b"__class_getitem__", b"__text_signature__", b"__qualname__", b"__getstate__"]
DOCS = [None, b"", b"doc", b"f($self, a)\n--\n\ndoc", b"\xff\xfe", b"f(\n--\n\n", b"d" * 3000]
#: No slots of HPy; those that CPython knows get no function.
NUMBERS = [
    0,
    -1,
    48,
    49,
    51,
    52,
    55,
    56,
    58,
    64,
    69,
    72,
    73,
    74,
    81,
    82,
    83,
    999,
    1001,
    2006,
    2**31 - 1,
    -(2**31),
]


class Memory:
    """What the structs of some definitions are in."""

    def __init__(self):
        self.kept = []

    def bytes(self, data):
        buffer = ctypes.create_string_buffer(bytes(data), len(data))
        self.kept.append(buffer)
        return ctypes.addressof(buffer)

    def string(self, text):
        return 0 if text is None else self.bytes(text + b"\0")

    def pointers(self, addresses):
        """An array of pointers that ends with NULL."""
        return self.bytes(struct.pack(f"={len(addresses) + 1}Q", *addresses, 0))


class Pool:
    """The definitions of the extension."""

    def __init__(self, module):
        # By what pieces call them.
        self.definitions = {name: {} for name in NAMES_OF_KINDS.values()}
        for address in module.all_definitions():
            data = ctypes.string_at(address, SIZE)
            kind, slot = struct.unpack_from("=i4xi", data)
            same = self.definitions[NAMES_OF_KINDS[kind]]
            same[slot if kind == SLOT else len(same)] = data
        self.slots = list(self.definitions["slot"])

    def build(self, memory, piece):
        """The address of a new definition."""
        kind, *rest = piece
        if kind == "kind":
            return memory.bytes(struct.pack("=i60x", rest[0]))
        if kind == "member":
            data = bytearray(self.definitions["member"][0])
            changes = zip(("name", "type", "offset", "readonly", "doc"), rest)
        else:
            data = bytearray(self.definitions[kind][rest[0]])
            changes = rest[1]
        for field, value in changes:
            offset, form = FIELDS[kind][field]
            if form == "s":
                form, value = "Q", memory.string(value)
            struct.pack_into("=" + form.replace("P", "Q"), data, offset, value)
        return memory.bytes(data)

    def make_slot(self, rng, slots=None):
        """A piece for one of these slots, by default of all, mostly as it is."""
        changes = ()
        if rng.random() < 0.02:
            changes = (("impl", 0), ("trampoline", 0))
        elif rng.random() < 0.02:
            changes = (("slot", rng.choice(NUMBERS)), ("impl", 0), ("trampoline", 0))
        return ("slot", rng.choice(slots or self.slots), changes)

    def make_method(self, rng):
        changes = [("name", rng.choice(NAMES)), ("doc", rng.choice(DOCS))]
        if rng.random() < 0.03:
            changes.append(
                rng.choice([("name", None), ("impl", 0), ("signature", rng.choice([0, 5, 7, 99, -1]))])
            )
        return ("meth", rng.randrange(len(self.definitions["meth"])), tuple(changes))

    def make_getset(self, rng):
        if rng.random() < 0.1:
            return ("constants", 0, ())
        changes = [("name", rng.choice(NAMES)), ("doc", rng.choice(DOCS))]
        if rng.random() < 0.1:
            changes.append(rng.choice([("name", None), ("getter", 0), ("setter", 0)]))
        return ("getset", rng.randrange(len(self.definitions["getset"])), tuple(changes))


def is_broken_promise(error):
    """Whether an exception says that a function gave a result with an exception, or neither of them."""
    text = str(error)
    return isinstance(error, AssertionError) or (
        isinstance(error, SystemError)
        and any(part in text for part in ("without setting", "with an exception set", "without exception"))
    )
