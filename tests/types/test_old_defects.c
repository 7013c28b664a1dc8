typedef struct { HPyField field; long long number; } NodeStruct;

HPyDef_MEMBER(field, "field", HPyMember_OBJECT, offsetof(NodeStruct, field))
HPyDef_MEMBER(readonly, "readonly", HPyMember_OBJECT_EX, offsetof(NodeStruct, field), .readonly = 1)
HPyDef_MEMBER(number, "number", HPyMember_LONGLONG, offsetof(NodeStruct, number))
HPyDef_GET(computed, "computed")
static HPy computed_get(HPyContext *ctx, HPy self, void *closure) { return HPy_Dup(ctx, self); }
HPyDef_METH(itself, "itself", HPyFunc_NOARGS)
static HPy itself_impl(HPyContext *ctx, HPy self) { return HPy_Dup(ctx, self); }
HPyDef_SLOT(traverse, HPy_tp_traverse)
static int traverse_impl(void *object, HPyFunc_visitproc visit, void *arg)
{
    HPy_VISIT(&((NodeStruct *)object)->field);
    return 0;
}
HPyDef_SLOT(destroy, HPy_tp_destroy)
static void destroy_impl(void *object) { (void)object; }
HPyDef_SLOT(getbuffer, HPy_bf_getbuffer)
static int getbuffer_impl(HPyContext *ctx, HPy self, HPy_buffer *view, int flags)
{
    HPyErr_SetString(ctx, ctx->h_BufferError, "none");
    return -1;
}
HPyDef_SLOT(in_a_type, HPy_mod_exec)
static int in_a_type_impl(HPyContext *ctx, HPy self) { return 0; }

HPyDef_METH(new, "new", HPyFunc_O)
static HPy new_impl(HPyContext *ctx, HPy self, HPy arg)
{
    void *data;
    return HPy_New(ctx, arg, &data);
}
