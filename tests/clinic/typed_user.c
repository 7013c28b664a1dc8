/* An extension that calls functions of another one with values in C, where it finds them. */
#include <hpy.h>
#include <hpy/typed.h>

/* `find(callable, signature)`: whether there is such a function. */
HPyDef_METH(find, "find", HPyFunc_VARARGS)
static HPy find_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    const char *signature = HPyUnicode_AsUTF8AndSize(ctx, args[1], NULL);
    if (signature == NULL)
        return HPy_NULL;
    HPyCFunction function = HPyTyped_Find(ctx, args[0], signature);
    return HPyErr_Occurred(ctx) ? HPy_NULL : HPyBool_FromBool(ctx, function != NULL);
}

static HPy not_found(HPyContext *ctx)
{
    return HPyErr_Occurred(ctx) ? HPy_NULL : HPyErr_SetString(ctx, ctx->h_LookupError, "not found");
}

HPyDef_METH(add, "add", HPyFunc_VARARGS)
static HPy add_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    double (*function)(HPyContext *, double, long);
    *(HPyCFunction *)&function = HPyTyped_Find(ctx, args[0], "double (double,long)");
    if (function == NULL)
        return not_found(ctx);
    double sum = function(ctx, 0.5, HPyLong_AsLong(ctx, args[1]));
    return HPyErr_Occurred(ctx) ? HPy_NULL : HPyFloat_FromDouble(ctx, sum);
}

HPyDef_METH(pair, "pair", HPyFunc_VARARGS)
static HPy pair_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPy (*function)(HPyContext *, HPy, HPy);
    *(HPyCFunction *)&function = HPyTyped_Find(ctx, args[0], "HPy (HPy, HPy)");
    return function == NULL ? not_found(ctx) : function(ctx, args[1], args[2]);
}

HPyDef_METH(distance, "distance", HPyFunc_VARARGS)
static HPy distance_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    double (*function)(HPyContext *, HPy, HPy);
    *(HPyCFunction *)&function = HPyTyped_Find(ctx, args[0], "double (HPy, HPy)");
    if (function == NULL)
        return not_found(ctx);
    double distance = function(ctx, args[1], nargs > 2 ? args[2] : HPy_NULL);
    return HPyErr_Occurred(ctx) ? HPy_NULL : HPyFloat_FromDouble(ctx, distance);
}

static HPyDef *defines[] = {&find, &add, &pair, &distance, NULL};
static HPyModuleDef module = {.defines = defines};

HPy_MODINIT(typed_user, module)
