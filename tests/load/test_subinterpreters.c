static HPyGlobal stored;
static HPyGlobal unregistered;

typedef struct { HPyField value; } BoxStruct;
HPyType_HELPERS(BoxStruct)

HPyDef_MEMBER(Box_value, "value", HPyMember_OBJECT, offsetof(BoxStruct, value))
HPyDef_SLOT(Box_traverse, HPy_tp_traverse)
static int Box_traverse_impl(void *object, HPyFunc_visitproc visit, void *arg)
{
    HPy_VISIT(&((BoxStruct *)object)->value);
    return 0;
}
HPyDef_SLOT(Box_new, HPy_tp_new)
static long alive;
static HPy Box_new_impl(HPyContext *ctx, HPy cls, const HPy *args, HPy_ssize_t nargs, HPy kw)
{
    BoxStruct *data;
    HPy box = HPy_New(ctx, cls, &data);
    if (!HPy_IsNull(box))
        __atomic_add_fetch(&alive, 1, __ATOMIC_RELAXED);
    return box;
}
HPyDef_SLOT(Box_destroy, HPy_tp_destroy)
static void Box_destroy_impl(void *object) { (void)object; __atomic_sub_fetch(&alive, 1, __ATOMIC_RELAXED); }
static HPyDef *Box_defines[] = {&Box_value, &Box_traverse, &Box_new, &Box_destroy, NULL};
static HPyType_Spec Box_spec = {
    .name = "mod.Box", .basicsize = sizeof(BoxStruct), .defines = Box_defines,
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE | HPy_TPFLAGS_HAVE_GC,
};

HPyDef_METH(store, "store", HPyFunc_O)
static HPy store_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPyGlobal_Store(ctx, &stored, arg);
    HPyGlobal_Store(ctx, &unregistered, arg);
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(load, "load", HPyFunc_NOARGS)
static HPy load_impl(HPyContext *ctx, HPy self)
{
    HPy value = HPyGlobal_Load(ctx, stored);
    HPy other = HPyGlobal_Load(ctx, unregistered);
    int same = HPy_Is(ctx, value, other);
    HPy_Close(ctx, other);
    if (!same) {
        HPy_Close(ctx, value);
        return HPyErr_SetString(ctx, ctx->h_SystemError, "the two globals differ");
    }
    return HPy_IsNull(value) ? HPy_Dup(ctx, ctx->h_Ellipsis) : value;
}

HPyDef_METH(context, "context", HPyFunc_NOARGS)
static HPy context_impl(HPyContext *ctx, HPy self) { return HPyLong_FromSize_t(ctx, (size_t)ctx); }

/* The number of boxes in all interpreters. */
HPyDef_METH(alive_boxes, "alive", HPyFunc_NOARGS)
static HPy alive_boxes_impl(HPyContext *ctx, HPy self)
{
    return HPyLong_FromLong(ctx, __atomic_load_n(&alive, __ATOMIC_RELAXED));
}

/* Destructors of capsules are reached through the trampoline, thus through the one context of the binary. */
static long capsules;
HPyCapsule_DESTRUCTOR(count_destroyed)
static void count_destroyed_impl(const char *name, void *pointer, void *context)
{
    (void)name, (void)context;
    __atomic_add_fetch((long *)pointer, 1, __ATOMIC_RELAXED);
}

HPyDef_METH(capsule, "capsule", HPyFunc_NOARGS)
static HPy capsule_impl(HPyContext *ctx, HPy self)
{
    return HPyCapsule_New(ctx, &capsules, "n", &count_destroyed);
}
