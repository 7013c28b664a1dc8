/* An extension with functions for others: the provider. */
#include <hpy.h>

#include "pairs_api.h"

HPyType_HELPERS(Pair)

static HPyGlobal pair_type;
static long count;

HPyDef_API(PairsAPI, PAIRS_API)

static HPy Pair_Type(HPyContext *ctx)
{
    return HPyGlobal_Load(ctx, pair_type);
}

static HPy Pairs_New_impl(HPyContext *ctx, double first, double second)
{
    HPy type = HPyGlobal_Load(ctx, pair_type);
    Pair *pair;
    HPy h = HPy_New(ctx, type, &pair);
    HPy_Close(ctx, type);
    if (!HPy_IsNull(h)) {
        pair->first = first;
        pair->second = second;
    }
    return h;
}

static double Pairs_Add_impl(HPyContext *ctx, double a, int times, double b)
{
    if (times < 0) {
        HPyErr_SetString(ctx, ctx->h_ValueError, "times must not be negative");
        return -1;
    }
    return a + times * b;
}

static HPy Pairs_Tuple_impl(HPyContext *ctx, const HPy *items, size_t n)
{
    return HPyTuple_FromArray(ctx, items, (HPy_ssize_t)n);
}

/* Stores the remainder also where it fails. */
static int Pairs_Divide_impl(HPyContext *ctx, HPy a, HPy b, HPy *quotient, HPy *remainder)
{
    if (quotient == NULL || !HPy_IsNull(*quotient) || (remainder != NULL && !HPy_IsNull(*remainder))) {
        HPyErr_SetString(ctx, ctx->h_SystemError, "the results are not empty");
        return -1;
    }
    if (remainder != NULL)
        *remainder = HPy_Dup(ctx, a);
    *quotient = HPy_FloorDivide(ctx, a, b);
    if (HPy_IsNull(*quotient))
        return -1;
    if (remainder != NULL) {
        HPy_Close(ctx, *remainder);
        *remainder = HPy_Remainder(ctx, a, b);
    }
    return 0;
}

static void Pairs_Count_impl(HPyContext *ctx)
{
    (void)ctx;
    count++;
}

static const char *Pairs_Context_impl(HPyContext *ctx)
{
    return ctx->name;
}

static int Pairs_IsContext_impl(HPyContext *ctx, const void *other)
{
    return ctx == other;
}

static HPy Pairs_Ten_impl(HPyContext *ctx, HPy a, short b, HPy c, long d, const HPy *items, size_t n, float f, HPy *out,
                          unsigned char g, HPy h)
{
    *out = HPyTuple_FromArray(ctx, items, (HPy_ssize_t)n);
    return HPy_BuildValue(ctx, "(OiOldiO)", a, (int)b, c, d, (double)f, (int)g, HPy_IsNull(h) ? ctx->h_None : h);
}

HPyDef_METH(get_count, "get_count", HPyFunc_NOARGS)
static HPy get_count_impl(HPyContext *ctx, HPy self)
{
    (void)self;
    return HPyLong_FromLong(ctx, count);
}

HPyDef_MEMBER(pair_first, "first", HPyMember_DOUBLE, offsetof(Pair, first))
HPyDef_MEMBER(pair_second, "second", HPyMember_DOUBLE, offsetof(Pair, second))
static HPyDef *pair_defines[] = {&pair_first, &pair_second, NULL};
static HPyType_Spec pair_spec = {
    .name = "pairs.Pair",
    .basicsize = sizeof(Pair),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE,
    .builtin_shape = SHAPE(Pair),
    .defines = pair_defines,
};

HPyDef_SLOT(execute, HPy_mod_exec)
static int execute_impl(HPyContext *ctx, HPy module)
{
    HPy type = HPyType_FromSpec(ctx, &pair_spec, NULL);
    if (HPy_IsNull(type))
        return -1;
    HPyGlobal_Store(ctx, &pair_type, type);
    int status = HPy_SetAttr_s(ctx, module, "Pair", type);
    HPy_Close(ctx, type);
    return status < 0 ? -1 : HPyAPI_Publish(ctx, module, PairsAPI);
}

static HPyDef *defines[] = {&get_count, &execute, NULL};
static HPyGlobal *globals[] = {&pair_type, NULL};
static HPyModuleDef module = {.defines = defines, .globals = globals};

HPy_MODINIT(pairs, module)
