"""The C text of types, and of a module function that makes them anew for each test.

mod = module_fixture(type_spec("A") + type_spec("B", "B_repr", basicsize="8") + maker("A", "B"))

mod.make("A")
mod.make("B", BASE, A, METACLASS, Meta)
"""

# Kinds of parameters.
BASE, BASES, METACLASS = 1, 2, 3


def type_spec(symbol, *defines, const="", **fields):
    """C text of `HPyType_Spec {symbol}_spec`, a subclassable type "mod.{symbol}".

    `defines` are symbols of definitions; `fields` are C expressions for the members of the spec.
    """
    members = {"name": f'"mod.{symbol}"', "flags": "HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE", **fields}
    text = ""
    if defines:
        pointers = "".join(f"(HPyDef *)&{define}, " for define in defines)
        text = f"static HPyDef *{const} {symbol}_defines[] = {{{pointers}NULL}};\n"
        members["defines"] = f"(HPyDef **){symbol}_defines"
    initializers = "".join(f"    .{name} = {value},\n" for name, value in members.items())
    return f"{text}static {const} HPyType_Spec {symbol}_spec = {{\n{initializers}}};\n\n"


def maker(*symbols):
    """C text of the module function `make(name, *params)`.

    `params` are kinds and objects in turn (`BASE, list`); the object `...` stands for HPy_NULL.
    """
    rows = "".join(f'    {{"{symbol}", (HPyType_Spec *)&{symbol}_spec}},\n' for symbol in symbols)
    return (
        "#include <string.h>\nstatic const struct { const char *name; HPyType_Spec *spec; } all_specs[] = "
        f"{{\n{rows}}};\n"
        """
HPyDef_METH(make, "make", HPyFunc_VARARGS)
static HPy make_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPyType_SpecParam params[8] = {{(HPyType_SpecParam_Kind)0, HPy_NULL}};
    const char *name = nargs % 2 && nargs < 16 ? HPyUnicode_AsUTF8AndSize(ctx, args[0], NULL) : "";
    if (name == NULL)
        return HPy_NULL;
    for (size_t i = 0; i < nargs / 2; i++) {
        params[i].kind = (HPyType_SpecParam_Kind)HPyLong_AsLong(ctx, args[2 * i + 1]);
        if (!HPy_Is(ctx, args[2 * i + 2], ctx->h_Ellipsis))
            params[i].object = args[2 * i + 2];
    }
    for (size_t i = 0; i < sizeof(all_specs) / sizeof(all_specs[0]); i++)
        if (strcmp(all_specs[i].name, name) == 0)
            return HPyType_FromSpec(ctx, all_specs[i].spec, nargs > 1 ? params : NULL);
    HPyErr_SetString(ctx, ctx->h_LookupError, "make: no such type, or wrong arguments");
    return HPy_NULL;
}

"""
    )
