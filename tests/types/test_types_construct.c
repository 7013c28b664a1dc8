typedef struct { long tag; HPyField args; } Data;
HPyType_HELPERS(Data)

HPyDef_SLOT(traverse, HPy_tp_traverse)
static int traverse_impl(void *self, HPyFunc_visitproc visit, void *arg)
{
    HPy_VISIT(&((Data *)self)->args);
    return 0;
}

/* (name, positionals, dict of keywords or None) */
static HPy report(HPyContext *ctx, const char *name, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    HPy positionals = HPyTuple_FromArray(ctx, (HPy *)args, nargs);
    HPy result = HPy_BuildValue(ctx, "(sOO)", name, positionals, HPy_IsNull(kw) ? ctx->h_None : kw);
    HPy_Close(ctx, positionals);
    return result;
}

static HPy make_data(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    Data *data;
    HPy told = report(ctx, "new", args, nargs, kw);
    if (HPy_IsNull(told))
        return HPy_NULL;
    HPy self = HPy_New(ctx, type, &data);
    if (!HPy_IsNull(self))
        HPyField_Store(ctx, self, &data->args, told);
    HPy_Close(ctx, told);
    return self;
}

HPyDef_SLOT(new, HPy_tp_new)
static HPy new_impl(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    return make_data(ctx, type, args, nargs, kw);
}

/* `T(x, ...)` is x, or what x makes if it can be called. */
HPyDef_SLOT(first, HPy_tp_new)
static HPy first_impl(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    if (nargs == 0)
        return HPyErr_SetString(ctx, ctx->h_TypeError, "an argument, please");
    if (HPyCallable_Check(ctx, args[0]))
        return HPy_Call(ctx, args[0], args + 1, (size_t)nargs - 1, HPy_NULL);
    return HPy_Dup(ctx, args[0]);
}

HPyDef_SLOT(init, HPy_tp_init)
static int init_impl(HPyContext *ctx, HPy self, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    if (nargs == 1 && HPy_Is(ctx, args[0], ctx->h_Ellipsis)) {
        HPyErr_SetString(ctx, ctx->h_ValueError, "from init");
        return -1;
    }
    HPy told = report(ctx, "init", args, nargs, kw);
    if (HPy_IsNull(told))
        return -1;
    HPyField_Store(ctx, self, &Data_AsStruct(ctx, self)->args, told);
    HPy_Close(ctx, told);
    return 0;
}

HPyDef_GET(args, "args")
static HPy args_get(HPyContext *ctx, HPy self, void *closure)
{
    Data *data = Data_AsStruct(ctx, self);
    return HPyField_IsNull(data->args) ? HPy_Dup(ctx, ctx->h_None) : HPyField_Load(ctx, self, data->args);
}
