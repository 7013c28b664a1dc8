#include <string.h>
static char long_name[64 << 20];
static HPyType_Spec large_spec = {.name = long_name, .flags = HPy_TPFLAGS_DEFAULT};
HPyDef_METH(make_long_name, "make_long_name", HPyFunc_NOARGS)
static HPy make_long_name_impl(HPyContext *ctx, HPy self) { return HPyType_FromSpec(ctx, &large_spec, NULL); }
HPyDef_METH(prepare, "prepare", HPyFunc_NOARGS)
static HPy prepare_impl(HPyContext *ctx, HPy self)
{
    memcpy(long_name, "mod.", 4);
    memset(long_name + 4, 'x', sizeof(long_name) - 5);
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_SLOT(call, HPy_tp_call)
static HPy call_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kw)
{
    return HPyLong_FromSize_t(ctx, nargs);
}
static HPyDef *callable_defines[] = {&call, NULL};
static HPyType_Spec callable_spec = {.name = "mod.Callable", .basicsize = 8, .defines = callable_defines,
    .flags = HPy_TPFLAGS_DEFAULT, .builtin_shape = HPyType_BuiltinShape_Tuple};
HPyDef_METH(make_callable, "make_callable", HPyFunc_NOARGS)
static HPy make_callable_impl(HPyContext *ctx, HPy self)
{
    HPyType_SpecParam params[] = {{HPyType_SpecParam_Base, ctx->h_TupleType}, {0}};
    return HPyType_FromSpec(ctx, &callable_spec, params);
}

static HPyType_SpecParam many[(4 << 20) + 1];
HPyDef_METH(make_many_bases, "make_many_bases", HPyFunc_NOARGS)
static HPy make_many_bases_impl(HPyContext *ctx, HPy self)
{
    for (size_t i = 0; i < (4 << 20); i++) {
        many[i].kind = HPyType_SpecParam_Base;
        many[i].object = ctx->h_ListType;
    }
    return HPyType_FromSpec(ctx, &callable_spec, many);
}
