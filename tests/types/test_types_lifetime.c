static long destroyed, finalized;

typedef struct { HPyField a; HPyField b; long tag; } NodeStruct;

static int visit_node(void *object, HPyFunc_visitproc visit, void *arg)
{
    NodeStruct *node = (NodeStruct *)object;
    HPy_VISIT(&node->a);
    HPy_VISIT(&node->b);
    return 0;
}

#define NODE_TYPE(NAME, SHAPE_NAME)                                                                   \
    HPyDef_MEMBER(NAME##_a, "a", HPyMember_OBJECT, offsetof(NodeStruct, a))                            \
    HPyDef_MEMBER(NAME##_b, "b", HPyMember_OBJECT, offsetof(NodeStruct, b))                            \
    HPyDef_SLOT(NAME##_traverse, HPy_tp_traverse)                                                      \
    static int NAME##_traverse_impl(void *object, HPyFunc_visitproc visit, void *arg)                  \
    { return visit_node(object, visit, arg); }                                                         \
    HPyDef_SLOT(NAME##_destroy, HPy_tp_destroy)                                                        \
    static void NAME##_destroy_impl(void *object)                                                      \
    { if (HPyField_IsNull(((NodeStruct *)object)->a)) destroyed++; else destroyed += 1000000; }        \
    static HPyDef *NAME##_defines[] = {&NAME##_a, &NAME##_b, &NAME##_traverse, &NAME##_destroy, NULL}; \
    static HPyType_Spec NAME##_spec = {                                                                \
        .name = "mod." #NAME, .basicsize = sizeof(NodeStruct),                                         \
        .builtin_shape = HPyType_BuiltinShape_##SHAPE_NAME,                                            \
        .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_GC,                     \
        .defines = NAME##_defines};

NODE_TYPE(Node, Object)
NODE_TYPE(ListNode, List)
NODE_TYPE(TupleNode, Tuple)
NODE_TYPE(UnicodeNode, Unicode)

HPyDef_SLOT(Final_finalize, HPy_tp_finalize)
static void Final_finalize_impl(HPyContext *ctx, HPy self)
{
    finalized++;
    HPyErr_Clear(ctx);
}
static HPyDef *Final_defines[] = {&Final_finalize, NULL};
static HPyType_Spec Final_spec = {.name = "mod.Final", .basicsize = sizeof(NodeStruct),
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE, .defines = Final_defines};

HPyDef_SLOT(Raising_finalize, HPy_tp_finalize)
static void Raising_finalize_impl(HPyContext *ctx, HPy self)
{
    HPyErr_SetString(ctx, ctx->h_ValueError, "from the finalizer");
}
static HPyDef *Raising_defines[] = {&Raising_finalize, NULL};
static HPyType_Spec Raising_spec = {.name = "mod.Raising", .basicsize = sizeof(NodeStruct),
    .defines = Raising_defines, .flags = HPy_TPFLAGS_DEFAULT};

HPyDef_SLOT(Saving_finalize, HPy_tp_finalize)
static HPyGlobal saved;
static int let_go;
static void Saving_finalize_impl(HPyContext *ctx, HPy self)
{
    finalized++;
    if (!let_go)
        HPyGlobal_Store(ctx, &saved, self);
}
HPyDef_METH(set_let_go, "let_go", HPyFunc_O)
static HPy set_let_go_impl(HPyContext *ctx, HPy self, HPy arg)
{
    let_go = HPy_IsTrue(ctx, arg);
    return HPy_Dup(ctx, ctx->h_None);
}
HPyDef_SLOT(Saving_destroy, HPy_tp_destroy)
static void Saving_destroy_impl(void *object) { (void)object; destroyed++; }
static HPyDef *Saving_defines[] = {&Saving_finalize, &Saving_destroy, NULL};
static HPyType_Spec Saving_spec = {.name = "mod.Saving", .basicsize = sizeof(NodeStruct),
    .defines = Saving_defines, .flags = HPy_TPFLAGS_DEFAULT};

HPyDef_SLOT(Plain_destroy, HPy_tp_destroy)
static void Plain_destroy_impl(void *object) { destroyed += ((NodeStruct *)object)->tag; }
HPyDef_MEMBER(Plain_tag, "tag", HPyMember_LONG, offsetof(NodeStruct, tag))
static HPyDef *Plain_defines[] = {&Plain_destroy, &Plain_tag, NULL};
static HPyType_Spec Plain_spec = {.name = "mod.Plain", .basicsize = sizeof(NodeStruct),
    .defines = Plain_defines, .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE};

typedef struct { HPyField field; HPy_ssize_t dict; HPy_ssize_t weaklist; } OpenStruct;
HPyDef_MEMBER(Open_dict, "__dictoffset__", HPyMember_HPYSSIZET, offsetof(OpenStruct, dict), .readonly = 1)
HPyDef_MEMBER(Open_weak, "__weaklistoffset__", HPyMember_HPYSSIZET, offsetof(OpenStruct, weaklist),
    .readonly = 1)
HPyDef_SLOT(Open_traverse, HPy_tp_traverse)
static int Open_traverse_impl(void *object, HPyFunc_visitproc visit, void *arg)
{ HPy_VISIT(&((OpenStruct *)object)->field); return 0; }
static HPyDef *Open_defines[] = {&Open_dict, &Open_weak, &Open_traverse, NULL};
static HPyType_Spec Open_spec = {.name = "mod.Open", .basicsize = sizeof(OpenStruct), .defines = Open_defines,
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_GC};

static HPyType_Spec Bare_spec = {.name = "mod.Bare", .builtin_shape = HPyType_BuiltinShape_List,
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE};

HPyDef_METH(counts, "counts", HPyFunc_NOARGS)
static HPy counts_impl(HPyContext *ctx, HPy self)
{
    long d = destroyed, f = finalized;
    destroyed = finalized = 0;
    return HPy_BuildValue(ctx, "ll", d, f);
}

HPyDef_METH(take_saved, "take_saved", HPyFunc_NOARGS)
static HPy take_saved_impl(HPyContext *ctx, HPy self)
{
    HPy result = HPyGlobal_Load(ctx, saved);
    HPyGlobal_Store(ctx, &saved, HPy_NULL);
    return result;
}

static int same_result(HPyContext *ctx, HPy base, HPyType_Spec *spec, HPy *result)
{
    HPyType_SpecParam params[] = {{HPyType_SpecParam_Base, base}, {(HPyType_SpecParam_Kind)0, base}};
    *result = HPyType_FromSpec(ctx, spec, params);
    return HPy_IsNull(*result) ? -1 : 0;
}

HPyDef_METH(node_over, "node_over", HPyFunc_O)
static HPy node_over_impl(HPyContext *ctx, HPy self, HPy base)
{
    HPy result;
    return same_result(ctx, base, &Node_spec, &result) < 0 ? HPy_NULL : result;
}

HPyDef_METH(plain_over, "plain_over", HPyFunc_O)
static HPy plain_over_impl(HPyContext *ctx, HPy self, HPy base)
{
    HPy result;
    return same_result(ctx, base, &Plain_spec, &result) < 0 ? HPy_NULL : result;
}

static int add(HPyContext *ctx, HPy mod, const char *name, HPyType_Spec *spec, HPy base)
{
    HPy type;
    if (same_result(ctx, base, spec, &type) < 0)
        return -1;
    int status = HPy_SetAttr_s(ctx, mod, name, type);
    HPy_Close(ctx, type);
    return status;
}
