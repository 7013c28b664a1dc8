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


def stores_type(name):
    """The code of `exec` that keeps the type of that name where its blocks look for it: in `NAME_type`."""
    return (
        f'    HPy type = HPy_GetAttr_s(ctx, mod, "{name}");\n'
        "    if (HPy_IsNull(type)) return -1;\n"
        f"    HPyGlobal_Store(ctx, &{name}_type, type);\n"
        "    HPy_Close(ctx, type);"
    )
