"""The version of the HPy ABI, and the file name suffixes that contain it."""

import sys
import sysconfig

from hpy._suffixes import split_ext_suffix

from .abi_versions import HPY_ABI_TAG, HPY_ABI_VERSION, HPY_ABI_VERSION_MINOR

__all__ = [
    "HPY_ABI_TAG",
    "HPY_ABI_VERSION",
    "HPY_ABI_VERSION_MINOR",
    "get_entry_suffix",
    "get_hpy_ext_suffix",
    "parse_ext_suffix",
]


def parse_ext_suffix(ext_suffix=None):
    """Split the suffix of extension modules (default: this interpreter's) into tag and extension.

    >>> parse_ext_suffix(".cpython-310-x86_64-linux-gnu.so")
    ('cp310', 'so')

    The tag names an interpreter, and is empty when the suffix has none, as in ".so".
    """
    if ext_suffix is None:
        ext_suffix = sysconfig.get_config_var("EXT_SUFFIX")
    return split_ext_suffix(ext_suffix)


def get_hpy_ext_suffix(hpy_abi, ext_suffix=None):
    """The file name suffix of an extension built for `hpy_abi` ("universal", "hybrid" or "cpython").

    `ext_suffix` is the suffix of an interpreter's own extension modules (default: this interpreter's).
    """
    assert hpy_abi in ("cpython", "universal", "hybrid")
    if hpy_abi == "cpython":
        return sysconfig.get_config_var("EXT_SUFFIX")
    tag, extension = parse_ext_suffix(ext_suffix)
    if hpy_abi == "universal":
        return f".{HPY_ABI_TAG}.{extension}"
    # A hybrid binary runs on one interpreter only, so its name must say which, even if the suffix does not.
    tag = tag or parse_ext_suffix(f".{sys.implementation.cache_tag}.{extension}")[0]
    return f".{HPY_ABI_TAG}-{tag}.{extension}"


def get_entry_suffix(ext_suffix=None):
    """The file name suffix of a universal extension that CPython itself imports, whichever version it is.

    `ext_suffix` is the suffix of an interpreter's own extension modules (default: this interpreter's).
    """
    tag, extension = parse_ext_suffix(ext_suffix)
    # Windows has no more than this; free-threaded CPython does not look at abi3 before the others.
    return f".{extension}" if extension == "pyd" or tag.endswith("t") else f".abi3.{extension}"
