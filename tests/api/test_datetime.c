HPyDef_METH(from_fields, "from_fields", HPyFunc_VARARGS)
static HPy from_fields_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPyDateTime_Fields fields;
    (void)self, (void)nargs;
    fields.kind = (HPyDateTime_Kind)HPyLong_AsInt32_t(ctx, args[0]);
    int *numbers[] = {&fields.year,   &fields.month,  &fields.day,         &fields.hour, &fields.minute,
                      &fields.second, &fields.microsecond, &fields.fold, &fields.days};
    for (int i = 0; i < 9; i++)
        *numbers[i] = HPyLong_AsInt32_t(ctx, args[1 + i]);
    if (HPyErr_Occurred(ctx))
        return HPy_NULL;
    return HPyDateTime_FromFields(ctx, &fields, HPy_Is(ctx, args[10], ctx->h_Ellipsis) ? HPy_NULL : args[10]);
}

HPyDef_METH(from_no_fields, "from_no_fields", HPyFunc_NOARGS)
static HPy from_no_fields_impl(HPyContext *ctx, HPy self)
{
    return HPyDateTime_FromFields(ctx, NULL, HPy_NULL);
}

HPyDef_METH(get_fields, "get_fields", HPyFunc_O)
static HPy get_fields_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPyDateTime_Fields f;
    HPy tzinfo = ctx->h_None; /* to be overwritten */
    HPy h = HPy_Is(ctx, arg, ctx->h_Ellipsis) ? HPy_NULL : arg;
    int kind = HPyDateTime_GetFields(ctx, h, &f, &tzinfo);
    if (kind < 0)
        return HPy_NULL;
    if (kind != (int)f.kind)
        return HPyErr_SetString(ctx, ctx->h_AssertionError, "two kinds");
    HPy result = HPy_BuildValue(ctx, "(iiiiiiiiiiO)", kind, f.year, f.month, f.day, f.hour, f.minute, f.second,
                                f.microsecond, f.fold, f.days, HPy_IsNull(tzinfo) ? ctx->h_None : tzinfo);
    HPy_Close(ctx, tzinfo);
    return result;
}

/* Without asking for the time zone. */
HPyDef_METH(kind_of, "kind_of", HPyFunc_O)
static HPy kind_of_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPyDateTime_Fields fields;
    int kind = HPyDateTime_GetFields(ctx, arg, &fields, NULL);
    return kind < 0 ? HPy_NULL : HPyLong_FromLong(ctx, kind);
}

HPyDef_METH(get_no_fields, "get_no_fields", HPyFunc_O)
static HPy get_no_fields_impl(HPyContext *ctx, HPy self, HPy arg)
{
    return HPyDateTime_GetFields(ctx, arg, NULL, NULL) < 0 ? HPy_NULL : HPy_Dup(ctx, ctx->h_None);
}
