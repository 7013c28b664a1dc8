"""Targets for the helpers that have a format: HPyArg_Parse and its kin, HPy_BuildValue,
HPyUnicode_FromFormat.

A piece is a part of the format with the arguments that it takes, so formats that have lost a piece still
have the arguments that fit.
"""

import re


class Target:
    #: Whether memory and handles that are left are looked at.
    looks_at_leaks = True
    #: How many inputs one process runs.
    batch = 50_000

    def __init__(self, module, path, mode):
        self.module = module
        self.mode = mode


# ---- values ----


class Strange:
    """Raises, or gives what is wrong, whenever it is asked."""

    def __init__(self, answer):
        self.answer = answer

    def __index__(self):
        return self.tell()

    __int__ = __float__ = __bool__ = __str__ = __repr__ = __index__

    def tell(self):
        if self.answer is None:
            raise KeyError("strange")
        return self.answer


class StrangeName(str):
    """Equal to whatever it likes."""

    def __eq__(self, other):
        if len(self) > 2:
            raise ValueError("no comparison")
        return len(self) == 2

    __hash__ = str.__hash__


class AnyKey(dict):
    """Has a value for any key."""

    def __missing__(self, key):
        if key == "c":
            raise ValueError("missing")
        return f"made for {key}"


INTEGERS = [
    0,
    1,
    -1,
    127,
    128,
    255,
    256,
    -129,
    2**15,
    2**31 - 1,
    2**31,
    -(2**31) - 1,
    2**63,
    -(2**63),
    2**64,
    10**40,
]
STRINGS = [
    "",
    "a",
    "text",
    "\xe9\u20ac\U0001f600",
    "zero\0inside",
    "lone \ud800",
    "x" * 300,
    StrangeName("sub"),
]
OTHERS = [None, True, 1.5, float("nan"), float("inf"), 1e300, b"bytes", [], (1, 2), {}, object(), int]
OTHERS += [[1, ["x\0y"], "z"], [[], (1,)]]
OTHERS += [Strange(answer) for answer in (None, 1, 2.5, "text", True)]
VALUES = [*INTEGERS, *STRINGS, *OTHERS]


def text_of(pieces):
    return b"".join(piece[0] for piece in pieces)


# ---- HPyArg_Parse ----

UNITS = [*"bBhHiIlkLKnfdOps", *"zyCcUS", "s#", "z#", "y#", "O!", "O&", "(ii)", "(O(s#)O&)", "()"]
#: How many targets the C side has.
MAX_TARGETS = 24
#: What is passed for a unit: a target each, and before some a type (T) or a converter (F).
WORDS = {"s#": "s#", "z#": "z#", "y#": "y#", "O!": "TO", "O&": "F&"}
NOISE = [
    b"?",
    b"\x80",
    b"\xc3\xa9",
    b")",
    b"(",
    b"#",
    b"!",
    b"&",
    b"%",
    b" ",
    b"|",
    b"$",
    b"||",
    b"$|",
    b"|$",
]
NAMES = ["", "a", "b", "c", "dd", "long_name", "\xe9", "k1", "k2", "k3"]


def other(value):
    """The place of one of OTHERS in VALUES."""
    return len(INTEGERS) + len(STRINGS) + OTHERS.index(value)


#: Values that units take, by their places in VALUES; the other units take small numbers.
FITTING = {
    "s": [VALUES.index("a"), VALUES.index("text")],
    "O": range(len(VALUES)),
    "p": [0, 1, len(INTEGERS + STRINGS)],
    "z": [VALUES.index("a"), other(None)],
    "y": [other(b"bytes")],
    "C": [VALUES.index("a")],
    "U": [VALUES.index("text")],
    "S": [other(b"bytes")],
    "s#": [VALUES.index("zero\0inside")],
    "z#": [VALUES.index("zero\0inside"), other(None)],
    "y#": [other(b"bytes")],
    "O!": [other((1, 2))],
    "O&": [VALUES.index("text"), other([])],
    "(ii)": [other((1, 2))],
    "(O(s#)O&)": [other([1, ["x\0y"], "z"])],
    "()": [other([])],
}

#: Units for which a tracker is needed.
NEEDS_TRACKER = {"O", "U", "S", "O!", "(ii)", "(O(s#)O&)", "()"}


class ArgParse(Target):
    """Pieces: (text, units, name), (None, call), where a call is what `make_call` gives."""

    name = "argparse"

    def make(self, rng):
        return self.make_fitting(rng) if rng.random() < 0.5 else self.make_any(rng)

    @staticmethod
    def make_fitting(rng):
        """A format, and a call that fits it but for one value now and then."""
        units = fitting_units(rng)
        kind = rng.randrange(3)
        by_position = rng.randrange(len(units) + 1) if kind else len(units)
        given = rng.randrange(by_position, len(units) + 1)
        only_by_position = rng.randrange(by_position + 1)
        names = ["" if number < only_by_position else f"k{number}" for number in range(len(units))]
        values = [rng.choice(FITTING.get(unit, [1, 3])) for unit in units]
        if values and rng.random() < 0.1:
            values[rng.randrange(len(values))] = rng.randrange(len(VALUES))
        keywords = list(zip(names[by_position:given], values[by_position:given]))
        rng.shuffle(keywords)
        pieces = [
            (
                None,
                (
                    kind,
                    bool(NEEDS_TRACKER & set(units)) or rng.random() < 0.5,
                    0.5,
                    values[:by_position],
                    keywords,
                ),
            )
        ]
        if given < len(units):
            pieces.append((b"|", "", None))
        return pieces + [(unit.encode(), unit, name) for unit, name in zip(units, names)]

    def make_any(self, rng):
        pieces = [(None, self.make_call(rng))]
        for number, unit in enumerate(fitting_units(rng)):
            # Mostly names that are all different, and empty ones in front.
            name = (
                rng.choice(NAMES) if rng.random() < 0.2 else f"k{number}" if number > rng.random() * 3 else ""
            )
            pieces.append((unit.encode(), unit, name))
            if rng.random() < 0.08:
                noise = rng.choice(NOISE)
                # Units that follow one which does not exist are not read.
                pieces.append((noise, "?" * len(noise.strip(b"|$")), None))
        if rng.random() < 0.3:
            end = rng.choice(
                [b":name", b";message", b":", b";", b":" + b"n" * 300, b";\xc3\xa9" + b"m" * 600]
            )
            pieces.append((end, "", None))
        if rng.random() < 0.05:
            rng.shuffle(pieces)
        return pieces

    def make_call(self, rng):
        many = rng.choice([0, 1, 2, 3, 5, 8, 20, 30])
        positional = [rng.randrange(len(VALUES)) for _ in range(many)]
        if rng.random() < 0.5:  # right for most units
            positional = [rng.choice([1, 2, len(INTEGERS) + 1]) for _ in positional]
        count = rng.choice([0, 0, 1, 2, 4, 20])
        keywords = [
            (rng.choice(NAMES) if rng.random() < 0.4 else f"k{rng.randrange(20)}", rng.randrange(len(VALUES)))
            for _ in range(count)
        ]
        return (rng.randrange(3), rng.random() < 0.7, rng.random(), positional, keywords)

    def run(self, pieces, rng):
        calls = [piece[1] for piece in pieces if piece[0] is None]
        pieces = [piece for piece in pieces if piece[0] is not None]
        kind, with_tracker, how, positional, keywords = calls[0] if calls else (1, True, 0.5, [1, 2], [])
        units = read_units(text_of(pieces))
        names = b"".join(name.encode() + b"\n" for *_, name in pieces if name is not None)
        given = [VALUES[i] for i in positional]
        places = len(given)
        if kind == 2 and "debug" in self.mode:
            # Text of a value that only the dict keeps is used after its handle: a mistake for debug mode.
            with_tracker = True
        keys = [self.key(name, how) for name, _ in keywords]
        if kind == 1:
            given += [VALUES[i] for _, i in keywords]
        try:
            words = self.keywords(kind, how, keys, keywords)
            self.module.parse(kind, text_of(pieces), units, with_tracker, names, words, places, *given)
        except AssertionError:
            raise
        except Exception:
            return False
        return True

    @staticmethod
    def key(name, how):
        if how < 0.05:
            return StrangeName(name)
        return 5 if how < 0.06 else "\ud800" if how < 0.07 else name

    @staticmethod
    def keywords(kind, how, keys, keywords):
        if kind == 0 or not keys and how < 0.5:
            return ...
        if kind == 1:
            return keys if how > 0.97 else tuple(keys)
        pairs = {key: VALUES[i] for key, (_, i) in zip(keys, keywords)}
        return AnyKey(pairs) if how > 0.9 else pairs


def fitting_units(rng):
    """Units for which the C side has targets."""
    units, targets = [], 0
    for _ in range(rng.choice([0, 1, 2, 3, 5, 8, 20, MAX_TARGETS])):
        unit = rng.choice(UNITS)
        targets += len(read_units(unit.encode()).replace(b"T", b"").replace(b"F", b""))
        if targets > MAX_TARGETS:
            break
        units.append(unit)
    return units


def read_units(text):
    """What is passed for the units of a format in order, as the C side wants to know it."""
    end = min((text + b":;").index(c) for c in b":;")
    units = re.findall(rb"[szy]#|O[!&]|[^|$()]", text[:end], re.DOTALL)
    words = b"".join(
        WORDS.get(unit.decode("latin-1"), unit.decode("latin-1")).encode("latin-1") for unit in units
    )
    return words.replace(b"\0", b"?")


# ---- HPy_BuildValue ----

#: What the C side has room for on the stack.
MAX_VALUES = 40
BRACKETS = {b"(": b")", b"[": b"]", b"{": b"}"}
BYTES = [b"", b"text", "\xe9\u20ac".encode(), b"\xff\xfe", b"\xed\xa0\x80", b"x" * 500]
HANDLES = [1, "text", 2.5, (), [], {}, None, object(), Strange(None)]


class BuildValue(Target):
    """Pieces: (text, kind, value), where kind is empty without value."""

    name = "buildvalue"

    def make(self, rng):
        pieces = []
        if rng.random() < 0.02:
            depth = rng.choice([150, 200, 201, 300])
            opener = rng.choice(list(BRACKETS))
            closer = BRACKETS[opener]
            if opener == b"{":
                return (
                    [(b"{i:", "w", 1)] * min(depth, MAX_VALUES)
                    + [(b"i", "w", 1)]
                    + [(closer, "", None)] * depth
                )
            return [(opener, "", None)] * depth + [(closer, "", None)] * depth
        self.add_items(rng, pieces, 0)
        for _ in range(rng.choice([0, 0, 0, 1, 3])):  # what makes it wrong, mostly
            where = rng.randrange(len(pieces) + 1)
            wrong = [b"(", b")", b"[", b"]", b"{", b"}", b",", b":", b" ", b"z", b"\x80", b"?"]
            text = rng.choice(wrong)
            pieces.insert(where, (text, "", None))
            if text in [b"z", b"\x80", b"?"]:  # units behind it are not read
                pieces[where:] = [
                    (b"O", "O", value) if kind == "N" else (unit, kind, value)
                    for unit, kind, value in pieces[where:]
                ]
        return pieces

    def add_items(self, rng, pieces, depth):
        for number in range(rng.choice([0, 1, 1, 2, 3, 6])):
            if number > 0 and rng.random() < 0.6:
                pieces.append((rng.choice([b",", b", ", b" ,"]), "", None))
            if rng.random() < 0.25 and depth < 4:
                opener = rng.choice(list(BRACKETS))
                pieces.append((opener, "", None))
                if opener == b"{":
                    for _ in range(rng.randrange(3)):
                        pieces.append(self.unit(rng))
                        pieces.append((rng.choice([b":", b" : "]), "", None))
                        pieces.append(self.unit(rng))
                        pieces.append((b",", "", None))
                else:
                    self.add_items(rng, pieces, depth + 1)
                pieces.append((BRACKETS[opener], "", None))
            else:
                pieces.append(self.unit(rng))
        if rng.random() < 0.1:
            pieces.append((b",", "", None))

    @staticmethod
    def unit(rng):
        unit = rng.choice("iIlkLKnfdsOSN")
        if unit in "fd":
            return (unit.encode(), "d", rng.choice([0.0, 1.5, float("nan"), -1e308]))
        if unit == "s":
            return (b"s", "s", rng.choice(BYTES)) if rng.random() < 0.9 else (b"s", "0", None)
        if unit in "OS":
            text = unit.encode()
            return (text, "O", rng.randrange(len(HANDLES))) if rng.random() < 0.95 else (text, "0", None)
        if unit == "N":
            return (b"N", "N", rng.randrange(len(HANDLES)))
        return (unit.encode(), "w", rng.choice(INTEGERS))

    kind = 0

    def run(self, pieces, rng):
        values = [piece for piece in pieces if piece[1]][:MAX_VALUES]
        kinds = "".join(kind for _, kind, _ in values).encode()
        arguments = [HANDLES[value] if kind in "ON" else value for _, kind, value in values]
        # Beyond what there is room for, the format ends.
        text, count = b"", 0
        for piece in pieces:
            count += bool(piece[1])
            if count > MAX_VALUES:
                break
            text += piece[0]
        try:
            result = self.module.make(self.kind, text, kinds, *arguments)
        except AssertionError:
            raise
        except Exception:
            return False
        self.check(result)
        return True

    def check(self, result):
        try:
            repr(result)
        except Exception:  # Strange, or deeply nested
            pass


# ---- HPyUnicode_FromFormat ----

NUMBERS = ["", "", "", "0", "1", "5", "20", "05", "00", "007", "300", "99999999999999999", "9" * 19, "9" * 30]


class Format(BuildValue):
    """Pieces: (text, kind, value) or (text, kinds, values)."""

    name = "format"
    kind = 1

    def make(self, rng):
        pieces = []
        for _ in range(rng.choice([0, 1, 1, 2, 3, 6, 15])):
            if rng.random() < 0.3:
                pieces.append((rng.choice([b"text", b" ", b"%%", b"\x01", b"x" * 260, b"(", b"z"]), "", None))
            else:
                pieces.append(self.unit(rng))
        if rng.random() < 0.15:
            wrong = [
                b"%5",
                b"%l",
                b"%ll",
                b"%z",
                b"%q",
                b"%\x80",
                b"\x80",
                b"%.",
                b"%5.",
                b"%-5d",
                b"%lx",
                b"%zx",
            ]
            pieces.insert(rng.randrange(len(pieces) + 1), (rng.choice(wrong), "w", 1))
        if rng.random() < 0.03:
            # Only here, as two of them would be a text: then the arguments would go to other units.
            pieces.append((b"%", "", None))
        return pieces

    @staticmethod
    def unit(rng):
        unit = rng.choice("d i u x ld li lu lld lli llu zd zi zu c p s s U V S R A".split())
        plain = unit in "cp" and rng.random() < 0.9
        width = "" if plain else rng.choice(NUMBERS)
        if unit in "sUVSRA" and rng.random() < 0.9:
            width = width.lstrip("0")
        precision = "." + rng.choice(NUMBERS) if not plain and rng.random() < 0.3 else ""
        text = f"%{width}{precision}{unit}".encode()
        if unit == "c":
            return (text, "w", rng.choice([0, 65, 0xE9, 0x20AC, 0x1F600, 0xD800, 0x10FFFF, 0x110000, -1]))
        if unit == "s":
            return Format.c_string(rng, text, precision)
        if unit == "U":
            return (text, "O", 1) if rng.random() < 0.9 else (text, "0", None)
        if unit == "V":
            return (text, "Os", [1, b""]) if rng.random() < 0.5 else (text, "0s", [None, rng.choice(BYTES)])
        if unit in "SRA":
            return (text, "O", rng.randrange(len(HANDLES))) if rng.random() < 0.95 else (text, "0", None)
        return (text, "w", rng.choice(INTEGERS))

    @staticmethod
    def c_string(rng, text, precision):
        value = rng.choice(BYTES)
        if rng.random() < 0.05:
            return (text, "0", None)
        # With a precision of no more than its size, the string need not end.
        is_enough = precision[1:].isdigit() and int(precision[1:]) <= len(value)
        return (text, "x" if is_enough else "s", value)

    def run(self, pieces, rng):
        flat = []
        for text, kinds, values in pieces:
            if len(kinds) > 1:
                flat += [(text, kinds[0], values[0]), (b"", kinds[1], values[1])]
            else:
                flat.append((text, kinds, values))
        return super().run(flat, rng)

    def check(self, result):
        if type(result) is not str:
            raise AssertionError(f"a format made {result!r}")
        result.encode("utf-8", "surrogatepass")
