typedef struct { long long number; } Data;
typedef struct { Data base; long long more[4]; } BigData;
typedef struct { long long number; HPyCallFunction *call; } OwnData;
HPyType_HELPERS(Data)

/* (name, self, positionals, names of keywords, their values) */
static HPy report(HPyContext *ctx, const char *name, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    HPy_ssize_t nkw = HPy_IsNull(kwnames) ? 0 : HPy_Length(ctx, kwnames);
    HPy positionals = HPyTuple_FromArray(ctx, (HPy *)args, (HPy_ssize_t)nargs);
    HPy values = HPyTuple_FromArray(ctx, (HPy *)args + nargs, nkw);
    HPy names = HPy_IsNull(kwnames) ? ctx->h_None : kwnames;
    HPy result = HPy_BuildValue(ctx, "(sOOOO)", name, self, positionals, names, values);
    HPy_Close(ctx, positionals);
    HPy_Close(ctx, values);
    return result;
}

HPyDef_SLOT(call, HPy_tp_call)
static HPy call_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    return report(ctx, "type", self, args, nargs, kwnames);
}
HPyDef_SLOT(derived_call, HPy_tp_call)
static HPy derived_call_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    return report(ctx, "derived", self, args, nargs, kwnames);
}
HPyDef_SLOT(count_call, HPy_tp_call)
static HPy count_call_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    return HPyLong_FromSize_t(ctx, nargs);
}
HPyDef_SLOT(raising_call, HPy_tp_call)
static HPy raising_call_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    HPyErr_SetString(ctx, ctx->h_ValueError, "from the call");
    return HPy_NULL;
}

HPyDef_CALL_FUNCTION(special)
static HPy special_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    return report(ctx, "special", self, args, nargs, kwnames);
}
HPyDef_CALL_FUNCTION(other)
static HPy other_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    return report(ctx, "other", self, args, nargs, kwnames);
}

/* `T(...)` gives an object of the default, `T("special")` one with a call function of its own. */
static HPy make_object(HPyContext *ctx, HPy type, HPy_ssize_t nargs, int generic)
{
    void *data;
    HPy result = generic ? HPyType_GenericNew(ctx, type, NULL, 0, HPy_NULL) : HPy_New(ctx, type, &data);
    if (!HPy_IsNull(result) && nargs > 0 && HPy_SetCallFunction(ctx, result, &special) < 0) {
        HPy_Close(ctx, result);
        return HPy_NULL;
    }
    return result;
}
HPyDef_SLOT(new, HPy_tp_new)
static HPy new_impl(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    return make_object(ctx, type, nargs, 0);
}
HPyDef_SLOT(generic_new, HPy_tp_new)
static HPy generic_new_impl(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    return make_object(ctx, type, nargs, 1);
}
HPyDef_MEMBER(number, "number", HPyMember_LONGLONG, offsetof(Data, number))
HPyDef_MEMBER(more_first, "more_first", HPyMember_LONGLONG, offsetof(BigData, more[0]))
HPyDef_MEMBER(more_last, "more_last", HPyMember_LONGLONG, offsetof(BigData, more[3]))
HPyDef_MEMBER(offset, "__vectorcalloffset__", HPyMember_HPYSSIZET, offsetof(OwnData, call), .readonly = 1)
HPyDef_MEMBER(wrong_offset, "__vectorcalloffset__", HPyMember_HPYSSIZET, offsetof(OwnData, call))
