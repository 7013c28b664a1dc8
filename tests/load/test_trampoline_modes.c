/* A type with functions of several kinds, each of which tells the name of the context that it got. */
typedef struct { HPyField field; } Object;

HPyDef_SLOT(new, HPy_tp_new)
static HPy new_impl(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    Object *object;
    HPy h = HPy_New(ctx, type, &object);
    if (HPy_IsNull(h))
        return HPy_NULL;
    HPy name = HPyUnicode_FromString(ctx, ctx->name);
    HPyField_Store(ctx, h, &object->field, name);
    HPy_Close(ctx, name);
    return h;
}
HPyDef_METH(made_by, "made_by", HPyFunc_NOARGS)
static HPy made_by_impl(HPyContext *ctx, HPy self)
{
    return HPyField_Load(ctx, self, ((Object *)_HPy_AsStruct_Object(ctx, self))->field);
}
HPyDef_GET(attribute, "attribute")
static HPy attribute_get(HPyContext *ctx, HPy self, void *closure)
{
    return HPyUnicode_FromString(ctx, ctx->name);
}
HPyDef_SLOT(add, HPy_nb_add)
static HPy add_impl(HPyContext *ctx, HPy left, HPy right) { return HPyUnicode_FromString(ctx, ctx->name); }
HPyDef_SLOT(traverse, HPy_tp_traverse)
static int traverse_impl(void *object, HPyFunc_visitproc visit, void *arg)
{
    HPy_VISIT(&((Object *)object)->field);
    return 0;
}
HPyDef_SLOT(destroy, HPy_tp_destroy)
static void destroy_impl(void *object) {}
