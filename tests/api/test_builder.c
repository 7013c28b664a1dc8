HPyDef_METH(@_build, "@_build", HPyFunc_VARARGS)
static HPy @_build_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPy@Builder builder = HPy@Builder_New(ctx, (HPy_ssize_t)nargs);
    for (size_t i = nargs; i-- > 0;)
        HPy@Builder_Set(ctx, builder, (HPy_ssize_t)i,
                        HPy_Is(ctx, args[i], ctx->h_Ellipsis) ? HPy_NULL : args[i]);
    return HPy@Builder_Build(ctx, builder);
}

HPyDef_METH(@_cancel, "@_cancel", HPyFunc_O)
static HPy @_cancel_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPy@Builder builder = HPy@Builder_New(ctx, 3);
    HPy@Builder_Set(ctx, builder, 0, arg);
    HPy@Builder_Set(ctx, builder, 2, arg);
    HPy@Builder_Cancel(ctx, builder);
    return HPyBool_FromBool(ctx, !HPyErr_Occurred(ctx));
}

HPyDef_METH(@_impossible, "@_impossible", HPyFunc_O)
static HPy @_impossible_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPy@Builder builder = HPy@Builder_New(ctx, HPyLong_AsSsize_t(ctx, arg));
    if (HPyErr_Occurred(ctx))
        return HPyErr_SetString(ctx, ctx->h_AssertionError, "New raised");
    HPy@Builder_Set(ctx, builder, 0, arg);
    HPy@Builder_Set(ctx, builder, 1, arg);
    if (HPyErr_Occurred(ctx))
        return HPyErr_SetString(ctx, ctx->h_AssertionError, "Set raised");
    return HPy@Builder_Build(ctx, builder);
}

HPyDef_METH(@_negative_cancel, "@_negative_cancel", HPyFunc_NOARGS)
static HPy @_negative_cancel_impl(HPyContext *ctx, HPy self)
{
    HPy@Builder builder = HPy@Builder_New(ctx, -1);
    HPy@Builder_Cancel(ctx, builder);
    return HPyBool_FromBool(ctx, !HPyErr_Occurred(ctx));
}

HPyDef_METH(@_set_at, "@_set_at", HPyFunc_VARARGS)
static HPy @_set_at_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPy_ssize_t size = HPyLong_AsSsize_t(ctx, args[0]);
    HPy@Builder builder = HPy@Builder_New(ctx, size);
    for (HPy_ssize_t i = 0; i < size; i++)
        HPy@Builder_Set(ctx, builder, i, ctx->h_None);
    HPy@Builder_Set(ctx, builder, HPyLong_AsSsize_t(ctx, args[1]), args[2]);
    return HPy@Builder_Build(ctx, builder);
}

HPyDef_METH(@_unset, "@_unset", HPyFunc_O)
static HPy @_unset_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPy@Builder builder = HPy@Builder_New(ctx, 3);
    HPy@Builder_Set(ctx, builder, 0, arg);
    HPy@Builder_Set(ctx, builder, 2, arg);
    return HPy@Builder_Build(ctx, builder);
}
