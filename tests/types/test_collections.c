/* One of everything that keeps objects: types of each shape, with fields; globals, closures, trackers, builders. */

typedef struct {
    HPyField first;
    HPyField second;
    long long number;
} Data;

HPyDef_SLOT(traverse, HPy_tp_traverse)
static int traverse_impl(void *self, HPyFunc_visitproc visit, void *arg)
{
    Data *data = (Data *)self;
    HPy_VISIT(&data->first);
    HPy_VISIT(&data->second);
    return 0;
}

static int alive = 0;

HPyDef_SLOT(destroy, HPy_tp_destroy)
static void destroy_impl(void *self)
{
    if (((Data *)self)->number != 0)
        alive--;
}

static HPyDef *defines_of_types[] = {&traverse, &destroy, NULL};

static HPyType_Spec specs[] = {
#define SPEC(shape)                                                              \
    {                                                                            \
        .name = "mod." #shape, .basicsize = sizeof(Data),                        \
        .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_GC, \
        .builtin_shape = HPyType_BuiltinShape_##shape, .defines = defines_of_types, \
    }
    SPEC(Object), SPEC(List), SPEC(Dict), SPEC(Unicode), SPEC(Float), SPEC(Long), SPEC(Tuple),
};

/* make(shape, base) */
HPyDef_METH(make, "make", HPyFunc_VARARGS)
static HPy make_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPyType_SpecParam params[] = {{HPyType_SpecParam_Base, args[1]}, {(HPyType_SpecParam_Kind)0, HPy_NULL}};
    return HPyType_FromSpec(ctx, &specs[HPyLong_AsLong(ctx, args[0])], params);
}

static Data *data_of(HPyContext *ctx, HPy h)
{
    HPy type = HPy_Type(ctx, h);
    HPyType_BuiltinShape shape = _HPyType_GetBuiltinShape(ctx, type);
    HPy_Close(ctx, type);
    switch (shape) {
    case HPyType_BuiltinShape_Object: return (Data *)_HPy_AsStruct_Object(ctx, h);
    case HPyType_BuiltinShape_List: return (Data *)_HPy_AsStruct_List(ctx, h);
    case HPyType_BuiltinShape_Dict: return (Data *)_HPy_AsStruct_Dict(ctx, h);
    case HPyType_BuiltinShape_Unicode: return (Data *)_HPy_AsStruct_Unicode(ctx, h);
    case HPyType_BuiltinShape_Float: return (Data *)_HPy_AsStruct_Float(ctx, h);
    case HPyType_BuiltinShape_Long: return (Data *)_HPy_AsStruct_Long(ctx, h);
    case HPyType_BuiltinShape_Tuple: return (Data *)_HPy_AsStruct_Tuple(ctx, h);
    default: return NULL;
    }
}

/* fill(object, first, second, number) */
HPyDef_METH(fill, "fill", HPyFunc_VARARGS)
static HPy fill_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    Data *data = data_of(ctx, args[0]);
    if (data->number == 0)
        alive++;
    HPyField_Store(ctx, args[0], &data->first, args[1]);
    HPyField_Store(ctx, args[0], &data->second, args[2]);
    data->number = HPyLong_AsLongLong(ctx, args[3]);
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(content, "content", HPyFunc_O)
static HPy content_impl(HPyContext *ctx, HPy self, HPy arg)
{
    Data *data = data_of(ctx, arg);
    HPyTupleBuilder builder = HPyTupleBuilder_New(ctx, 3);
    HPy first = HPyField_Load(ctx, arg, data->first), second = HPyField_Load(ctx, arg, data->second);
    HPy number = HPyLong_FromLongLong(ctx, data->number);
    HPyTupleBuilder_Set(ctx, builder, 0, first);
    HPyTupleBuilder_Set(ctx, builder, 1, second);
    HPyTupleBuilder_Set(ctx, builder, 2, number);
    HPy_Close(ctx, first);
    HPy_Close(ctx, second);
    HPy_Close(ctx, number);
    return HPyTupleBuilder_Build(ctx, builder);
}

static HPyGlobal global;

HPyDef_METH(store, "store", HPyFunc_O)
static HPy store_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPyGlobal_Store(ctx, &global, arg);
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(load, "load", HPyFunc_NOARGS)
static HPy load_impl(HPyContext *ctx, HPy self)
{
    return HPyGlobal_Load(ctx, global);
}

static void *append_number(HPyContext *ctx, HPy captured, void *arg)
{
    HPy number = HPyLong_FromSsize_t(ctx, (HPy_ssize_t)arg);
    int status = HPyList_Append(ctx, captured, number);
    HPy_Close(ctx, number);
    return status == 0 ? arg : NULL;
}

HPyDef_METH(capture, "capture", HPyFunc_O)
static HPy capture_impl(HPyContext *ctx, HPy self, HPy arg)
{
    return HPyLong_FromSize_t(ctx, (size_t)HPyClosure_New(ctx, append_number, arg));
}

/* call(closure, n) */
HPyDef_METH(call, "call", HPyFunc_VARARGS)
static HPy call_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPyClosure *closure = (HPyClosure *)HPyLong_AsSize_t(ctx, args[0]);
    void *result = NULL;
    HPyVM_Status status = HPyClosure_TryCall(closure, (void *)HPyLong_AsSsize_t(ctx, args[1]), &result);
    return status == HPyVM_Opened && result != NULL ? HPy_Dup(ctx, ctx->h_None) : HPyErr_NoMemory(ctx);
}

HPyDef_METH(let_go, "let_go", HPyFunc_O)
static HPy let_go_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPyClosure_Free((HPyClosure *)HPyLong_AsSize_t(ctx, arg));
    return HPy_Dup(ctx, ctx->h_None);
}

/* Handles that live over collections: calls collect() between making and using them. */
HPyDef_METH(across, "across", HPyFunc_O)
static HPy across_impl(HPyContext *ctx, HPy self, HPy collect)
{
    HPy handles[16];
    for (int i = 0; i < 16; i++)
        handles[i] = i % 2 ? HPyLong_FromLong(ctx, 1000 + i) : HPyUnicode_FromString(ctx, "some text");
    HPy list = HPyList_New(ctx, 0);
    HPy none = HPy_Call(ctx, collect, NULL, 0, HPy_NULL);
    HPy_Close(ctx, none);
    for (int i = 0; i < 16; i++) {
        HPyList_Append(ctx, list, handles[i]);
        HPy_Close(ctx, handles[i]);
    }
    return list;
}

HPyDef_METH(count, "count", HPyFunc_NOARGS)
static HPy count_impl(HPyContext *ctx, HPy self)
{
    return HPyLong_FromLong(ctx, alive);
}
