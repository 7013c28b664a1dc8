static HPyGlobal stored;
HPyDef_METH(keep, "keep", HPyFunc_O)
static HPy keep_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPy_Dup(ctx, arg);
    return HPy_Dup(ctx, ctx->h_None);
}
HPyDef_METH(builtins, "builtins", HPyFunc_NOARGS)
static HPy builtins_impl(HPyContext *ctx, HPy self) { return HPy_Dup(ctx, ctx->h_Builtins); }
HPyDef_METH(exchange, "exchange", HPyFunc_O)
static HPy exchange_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPy former = HPyGlobal_Load(ctx, stored);
    HPyGlobal_Store(ctx, &stored, arg);
    return HPy_IsNull(former) ? HPy_Dup(ctx, ctx->h_Ellipsis) : former;
}
static HPyType_Spec spec = {.name = "mod.Type", .flags = HPy_TPFLAGS_DEFAULT};
HPyDef_METH(new_type, "new_type", HPyFunc_NOARGS)
static HPy new_type_impl(HPyContext *ctx, HPy self) { return HPyType_FromSpec(ctx, &spec, NULL); }
