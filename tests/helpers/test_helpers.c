static HPyType_Spec Plain_spec = {.name = "mod.Plain"};

/* add_type(obj, name): HPyHelpers_AddType, and its result */
HPyDef_METH(add_type, "add_type", HPyFunc_VARARGS)
static HPy add_type_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    int result = HPyHelpers_AddType(ctx, args[0], HPyBytes_AsString(ctx, args[1]), &Plain_spec, NULL);
    if (result == 0) return HPy_NULL;
    return HPyLong_FromLong(ctx, result);
}

/* add_subtype(obj, name, base) */
HPyDef_METH(add_subtype, "add_subtype", HPyFunc_VARARGS)
static HPy add_subtype_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPyType_SpecParam params[] = {{HPyType_SpecParam_Base, args[2]}, {(HPyType_SpecParam_Kind)0, HPy_NULL}};
    int result = HPyHelpers_AddType(ctx, args[0], HPyBytes_AsString(ctx, args[1]), &Plain_spec, params);
    if (result == 0) return HPy_NULL;
    return HPyLong_FromLong(ctx, result);
}

static HPy or_none(HPyContext *ctx, HPy h)
{
    return HPy_IsNull(h) ? HPy_Dup(ctx, ctx->h_None) : h;
}

/* pack(*args, **kwargs): (tuple or None, dict or None) */
HPyDef_METH(pack, "pack", HPyFunc_KEYWORDS)
static HPy pack_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    HPy pair[2];
    if (!HPyHelpers_PackArgsAndKeywords(ctx, args, nargs, kwnames, &pair[0], &pair[1])) return HPy_NULL;
    pair[0] = or_none(ctx, pair[0]);
    pair[1] = or_none(ctx, pair[1]);
    HPy result = HPyTuple_FromArray(ctx, pair, 2);
    HPy_Close(ctx, pair[0]);
    HPy_Close(ctx, pair[1]);
    return result;
}

/* pack_kwnames(kwnames, *args): one positional argument, the rest by name; checks that a failure leaves the
   outputs */
HPyDef_METH(pack_kwnames, "pack_kwnames", HPyFunc_VARARGS)
static HPy pack_kwnames_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPy positional = args[0], keywords = args[0];
    if (HPyHelpers_PackArgsAndKeywords(ctx, args + 1, 1, args[0], &positional, &keywords)) {
        HPy_Close(ctx, positional);
        return keywords;
    }
    if (!HPy_Is(ctx, positional, args[0]) || !HPy_Is(ctx, keywords, args[0]))
        return HPyErr_SetString(ctx, ctx->h_AssertionError, "outputs were touched");
    return HPy_NULL;
}

/* pack_nowhere(which): one output is NULL */
HPyDef_METH(pack_nowhere, "pack_nowhere", HPyFunc_O)
static HPy pack_nowhere_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPy out = HPy_NULL;
    int first = HPy_IsTrue(ctx, arg);
    if (HPyHelpers_PackArgsAndKeywords(ctx, NULL, 0, HPy_NULL, first ? NULL : &out, first ? &out : NULL))
        return HPy_Dup(ctx, ctx->h_None);
    return HPy_NULL;
}
