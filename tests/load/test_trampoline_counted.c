static HPyContext *real, counting;
static long calls;

static void count(HPyContext *ctx, HPyFunc_Signature signature, HPyCFunction function, void *args)
{
    calls++;
    real->ctx_CallRealFunctionFromTrampoline(real, signature, function, args);
}

HPyDef_METH(take_calls, "take_calls", HPyFunc_NOARGS)
static HPy take_calls_impl(HPyContext *ctx, HPy self)
{
    long result = calls;
    calls = 0;
    return HPyLong_FromLong(ctx, result);
}
HPyDef_METH(one, "one", HPyFunc_O)
static HPy one_impl(HPyContext *ctx, HPy self, HPy arg) { return HPyTuple_Pack(ctx, 1, arg); }
HPyDef_METH(many, "many", HPyFunc_VARARGS)
static HPy many_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    return HPyTuple_FromArray(ctx, (HPy *)args, (HPy_ssize_t)nargs);
}
HPyDef_METH(named, "named", HPyFunc_KEYWORDS)
static HPy named_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    return HPy_IsNull(kwnames) ? HPyLong_FromSize_t(ctx, nargs) : HPy_Dup(ctx, kwnames);
}
