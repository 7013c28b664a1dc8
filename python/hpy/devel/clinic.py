"""Argument Clinic: the headers and stub files that follow from declarations in C sources.

What they mean is in `docs/clinic.md`; they are read by `hpy.universal`, which is needed when this is called.
"""

from pathlib import Path

#: The sources in which blocks are looked for.
SUFFIXES = (".c", ".cc", ".cpp", ".cxx", ".c++")


def update(sources, check=False, stubs=False):
    """Write the files that follow from the sources, where they differ. Returns the paths of those that did.

    With `check`, nothing is written. With `stubs`, stub files are among them. Raises ValueError if a
    declaration is wrong; its text shows the place in the source.
    """
    changed = []
    for source in map(Path, sources):
        for path, text in _generate(source, stubs):
            if not path.exists() or path.read_bytes().replace(b"\r\n", b"\n") != text.encode():
                changed.append(path)
                if not check:
                    path.write_bytes(text.encode())
    return changed


def _generate(source, stubs):
    content = source.read_bytes()
    if b"[clinic" not in content.lower():
        return
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise ValueError(f"{source} has Argument Clinic blocks, but is not UTF-8: {error}") from None
    from hpy.universal import _clinic

    output = _clinic(source.name, str(source), text)
    if output is not None:
        header, stub = output
        yield source.with_suffix(".clinic.h"), header
        if stubs:
            yield source.with_suffix(".pyi"), stub
