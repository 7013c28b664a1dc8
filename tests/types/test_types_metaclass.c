typedef struct { HPyField object; long long number; } MetaStruct;
typedef struct { MetaStruct base; long long more; } DerivedMetaStruct;
HPyType_HELPERS(MetaStruct, HPyType_BuiltinShape_Type)
HPyType_HELPERS(DerivedMetaStruct, HPyType_BuiltinShape_Type)
typedef struct { HPyField object; long long a, b, c; } Data;
HPyType_HELPERS(Data)

static long destroyed;

HPyDef_MEMBER(meta_object, "meta_object", HPyMember_OBJECT, offsetof(MetaStruct, object))
HPyDef_MEMBER(meta_number, "meta_number", HPyMember_LONGLONG, offsetof(MetaStruct, number))
HPyDef_MEMBER(meta_more, "meta_more", HPyMember_LONGLONG, offsetof(DerivedMetaStruct, more))
HPyDef_SLOT(meta_traverse, HPy_tp_traverse)
static int meta_traverse_impl(void *data, HPyFunc_visitproc visit, void *arg)
{
    HPy_VISIT(&((MetaStruct *)data)->object);
    return 0;
}
HPyDef_SLOT(meta_destroy, HPy_tp_destroy)
static void meta_destroy_impl(void *data) { destroyed += ((MetaStruct *)data)->number; }
HPyDef_SLOT(meta_repr, HPy_tp_repr)
static HPy meta_repr_impl(HPyContext *ctx, HPy self)
{
    return HPyUnicode_FromFormat(ctx, "<%lld>", MetaStruct_AsStruct(ctx, self)->number);
}
HPyDef_METH(meta_name, "meta_name", HPyFunc_NOARGS)
static HPy meta_name_impl(HPyContext *ctx, HPy self)
{
    return HPyUnicode_FromString(ctx, HPyType_GetName(ctx, self));
}
HPyDef_SLOT(meta_new, HPy_tp_new)
static HPy meta_new_impl(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    HPyErr_SetString(ctx, ctx->h_AssertionError, "tp_new was called");
    return HPy_NULL;
}
HPyDef_SLOT(meta_init, HPy_tp_init)
static int meta_init_impl(HPyContext *ctx, HPy self, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    HPyErr_SetString(ctx, ctx->h_AssertionError, "tp_init was called");
    return -1;
}

HPyDef_MEMBER(object, "object", HPyMember_OBJECT, offsetof(Data, object))
HPyDef_MEMBER(a, "a", HPyMember_LONGLONG, offsetof(Data, a), .doc = "A number.")
HPyDef_MEMBER(b, "b", HPyMember_LONGLONG, offsetof(Data, b), .readonly = 1)
HPyDef_MEMBER(c, "c", HPyMember_LONGLONG, offsetof(Data, c))
HPyDef_GETSET(total, "total", .doc = "The sum.")
static HPy total_get(HPyContext *ctx, HPy self, void *closure)
{
    Data *data = Data_AsStruct(ctx, self);
    return HPyLong_FromLongLong(ctx, data->a + data->b + data->c);
}
static int total_set(HPyContext *ctx, HPy self, HPy value, void *closure)
{
    Data_AsStruct(ctx, self)->b = HPyLong_AsLongLong(ctx, value);
    return HPyErr_Occurred(ctx) ? -1 : 0;
}
HPyDef_METH(method, "method", HPyFunc_O, .doc = "method($self, value)\n--\n\nA method.")
static HPy method_impl(HPyContext *ctx, HPy self, HPy arg) { return HPyTuple_Pack(ctx, 2, self, arg); }
HPyDef_SLOT(traverse, HPy_tp_traverse)
static int traverse_impl(void *data, HPyFunc_visitproc visit, void *arg)
{
    HPy_VISIT(&((Data *)data)->object);
    return 0;
}
HPyDef_SLOT(call, HPy_tp_call)
static HPy call_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    return HPyLong_FromSize_t(ctx, nargs);
}
