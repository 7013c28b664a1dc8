"""File name suffixes of extensions. Part of the import hook, which may run at each start of Python."""

from hpy._abi_tag import HPY_ABI_TAG


def split_ext_suffix(ext_suffix):
    """Tag of the interpreter, "" if there is none, and file extension in a suffix of extension modules."""
    # A debug build on Windows has "_d" before the first dot.
    *_, tag, extension = ext_suffix.split(".")
    parts = tag.split("-")
    if parts[0] == "cpython":
        tag = "cp" + parts[1]
    elif parts[0].startswith("cp"):
        tag = parts[0]
    elif parts[0].startswith("pypy"):
        tag = "-".join(parts[:2])
    elif parts[0].startswith("graalpy"):
        tag = "-".join(parts[:3])
    return tag, extension


def hpy_suffixes(ext_suffix):
    """The suffixes of extensions, best first, for the interpreter with this suffix of its own extensions."""
    tag, extension = split_ext_suffix(ext_suffix)
    suffixes = [f".{HPY_ABI_TAG}-{tag}.{extension}"] if tag else []
    if tag.startswith("cp") and tag.endswith("d"):
        # A debug build also loads what is made for the release build of the same version.
        suffixes.append(f".{HPY_ABI_TAG}-{tag[:-1]}.{extension}")
    return [*suffixes, f".{HPY_ABI_TAG}.{extension}"]
