"""What types must not be, as long as these faults are known and there. Each goes with its fault, the file with the last.

`HPY_FUZZ_KNOWN_FAULTS=1` lets them through.
"""

import os

TRAVERSE, CALL = 71, 50
#: Bases that have fields after the object header, so that a struct cannot begin there.
WITH_FIELDS = {"BaseException", "Failure", "WithSlots", "set", "IntClass", "ListClass"}


def without_known_faults(groups):
    """The pieces of types, group by group, changed so that they keep clear of known faults."""
    return groups if os.environ.get("HPY_FUZZ_KNOWN_FAULTS") else [avoid(groups, i) for i in range(len(groups))]


def avoid(groups, number):
    pieces = []
    has_fields = any(WITH_FIELDS & set(map(str, parents(group))) for group in groups[: number + 1])
    has_call = any(piece[:2] == ("slot", CALL) for piece in groups[number])
    is_derived = number > 0
    size = 0
    for piece in groups[number]:
        kind = piece[0]
        if kind == "spec":
            _, name, size, _, flags, shape, *rest = piece
            size = -(-size // 8) * 8 if 0 < size < 2**31 - 8 else size
            if has_fields:  # struct_overlaps_slots
                size = 0
            piece = ("spec", name, size, 0, flags, shape, *rest)  # itemsize_accepted
        elif kind == "base" and piece[1] == "IntClass":  # traverse_dict_of_int_subclass
            piece = ("base", "int")
        elif kind == "bases" and "IntClass" in piece[1]:
            piece = ("bases", tuple("int" if base == "IntClass" else base for base in piece[1]))
        elif piece[:2] == ("slot", TRAVERSE) and is_derived:  # base_fields_visited_twice
            continue
        elif kind == "member" and has_call and size == 0:  # members beside HPy_tp_call
            continue
        pieces.append(piece)
    return pieces


def parents(group):
    for kind, *rest in group:
        if kind == "base":
            yield rest[0]
        elif kind == "bases":
            yield from rest[0]
