"""What the tests of tensors share: the extension of `tensors.c`, and producers made of nothing."""

import ctypes
import gc
from collections import namedtuple

from support import c_text

SOURCE = c_text(__file__, "tensors.c")
OPTIONS = {
    "methods": (
        "make",
        "address",
        "item",
        "get_freed",
        "export_without_shape",
        "new_and_delete",
        "look",
        "borrow",
        "hold",
        "write_held",
        "release_held",
    ),
    "defines": ("execute",),
    "globals": ("tensor_type",),
    "macros": (("HPY_TARGET_ABI_VERSION", "0x00000001"),),
}
Shown = namedtuple("Shown", "address shape strides dtype device flags kind")
CPU = (1, 0)
DOUBLE = (2, 64, 1)
READ_ONLY, IS_COPIED = 1, 2


def look(mod, tensor):
    return Shown(*mod.look(tensor))


def freed(mod):
    gc.collect()
    return mod.get_freed()


class Producer:
    """What gives a capsule that was made elsewhere."""

    def __init__(self, make):
        self.__dlpack__ = make


def capsule(name, pointer=None):
    new = ctypes.pythonapi.PyCapsule_New
    new.restype, new.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
    return new(pointer if pointer is not None else ctypes.addressof(BLOCK), name, None)


#: Zeros, which have no deleter; not a version that is known.
BLOCK = ctypes.create_string_buffer(256)
UNKNOWN = b"something else"
