#include <hpy.h>

/* A method of one argument. Its implementation is the function `greet_impl`. */
HPyDef_METH(greet, "greet", HPyFunc_O, .doc = "greet(name)\n--\n\nSay hello to someone.")
static HPy greet_impl(HPyContext *ctx, HPy self, HPy name)
{
    (void)self; /* the module */
    return HPyUnicode_FromFormat(ctx, "Hello, %S!", name);
}

static HPyDef *defines[] = {&greet, NULL};

static HPyModuleDef quickstart = {
    .doc = "The smallest HPy module.",
    .defines = defines,
};

HPy_MODINIT(quickstart, quickstart)
