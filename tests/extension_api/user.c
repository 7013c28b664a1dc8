/* An extension that uses the functions of `pairs`: the importer. */
#include <hpy.h>

#include "pairs_api.h"

static const PairsAPI *api;

HPyDef_METH(import_api, "import_api", HPyFunc_NOARGS)
static HPy import_api_impl(HPyContext *ctx, HPy self)
{
    const PairsAPI *imported = PairsAPI_Import(ctx, self);
    if (imported == NULL)
        return HPy_NULL;
    api = imported;
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(new_pair, "new_pair", HPyFunc_NOARGS)
static HPy new_pair_impl(HPyContext *ctx, HPy self)
{
    (void)self;
    return api->Pairs_New(ctx, 1.5, 2.5);
}

HPyDef_METH(add, "add", HPyFunc_O)
static HPy add_impl(HPyContext *ctx, HPy self, HPy arg)
{
    (void)self;
    long times = HPyLong_AsLong(ctx, arg);
    double sum = api->Pairs_Add(ctx, 0.5, (int)times, 2.0);
    return HPyErr_Occurred(ctx) ? HPy_NULL : HPyFloat_FromDouble(ctx, sum);
}

HPyDef_METH(tuple, "tuple", HPyFunc_VARARGS)
static HPy tuple_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    (void)self;
    return api->Pairs_Tuple(ctx, args, nargs);
}

/* `(status, quotient, remainder, exception type)`, with None for HPy_NULL. */
HPyDef_METH(divide, "divide", HPyFunc_VARARGS)
static HPy divide_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    (void)self;
    HPy quotient = HPy_NULL, remainder = HPy_NULL;
    int status = api->Pairs_Divide(ctx, args[0], args[1], &quotient, nargs > 2 ? NULL : &remainder);
    int raised = HPyErr_ExceptionMatches(ctx, ctx->h_ZeroDivisionError);
    if (raised)
        HPyErr_Clear(ctx);
    HPy result = HPyErr_Occurred(ctx) ? HPy_NULL
                                      : HPy_BuildValue(ctx, "(iOOi)", status, HPy_IsNull(quotient) ? ctx->h_None : quotient,
                                                       HPy_IsNull(remainder) ? ctx->h_None : remainder, raised);
    HPy_Close(ctx, quotient);
    HPy_Close(ctx, remainder);
    return result;
}

HPyDef_METH(count, "count", HPyFunc_NOARGS)
static HPy count_impl(HPyContext *ctx, HPy self)
{
    (void)self;
    api->Pairs_Count(ctx);
    return HPyErr_Occurred(ctx) ? HPy_NULL : HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(names, "names", HPyFunc_NOARGS)
static HPy names_impl(HPyContext *ctx, HPy self)
{
    (void)self;
    const char *name = api->Pairs_Context(ctx);
    return name == NULL ? HPy_NULL : HPy_BuildValue(ctx, "(ss)", ctx->name, name);
}

/* Whether the function has the context of its caller. */
HPyDef_METH(shares_context, "shares_context", HPyFunc_NOARGS)
static HPy shares_context_impl(HPyContext *ctx, HPy self)
{
    (void)self;
    return HPyBool_FromBool(ctx, api->Pairs_IsContext(ctx, ctx));
}

HPyDef_METH(ten, "ten", HPyFunc_VARARGS)
static HPy ten_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    (void)self;
    HPy out = HPy_NULL;
    HPy h = api->Pairs_Ten(ctx, args[0], -2, args[1], 1L << 30, args, nargs, 0.25f, &out, 255, HPy_NULL);
    HPy result = HPy_IsNull(h) ? HPy_NULL : HPy_BuildValue(ctx, "(OO)", h, out);
    HPy_Close(ctx, out);
    HPy_Close(ctx, h);
    return result;
}

HPyDef_METH(swap, "swap", HPyFunc_O)
static HPy swap_impl(HPyContext *ctx, HPy self, HPy arg)
{
    (void)self;
    Pair *pair = api->Pair_AsStruct(ctx, arg);
    if (pair == NULL)
        return HPy_NULL;
    double first = pair->first;
    pair->first = pair->second;
    pair->second = first;
    return HPy_Dup(ctx, ctx->h_None);
}

static HPyDef *defines[] = {&import_api, &new_pair, &add, &tuple, &divide, &count, &names, &shares_context, &ten, &swap, NULL};
static HPyModuleDef module = {.defines = defines};

HPy_MODINIT(user, module)
