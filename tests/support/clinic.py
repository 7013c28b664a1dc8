"""C text with Argument Clinic blocks: the generated header in the place of its include."""


def generated(source, name="mod"):
    """The text of `NAME.c` with what follows from its blocks."""
    from hpy.universal import _clinic

    header, _ = _clinic(f"{name}.c", f"{name}.c", source)
    include = f'#include "{name}.clinic.h"\n'
    assert source.count(include) == 1
    return source.replace(include, header)


def stub(source, name="mod"):
    """The stub file that follows from the blocks."""
    from hpy.universal import _clinic

    return _clinic(f"{name}.c", f"{name}.c", source)[1]
