/* A module with a state, and types that belong to it. */

typedef struct {
    long count;
    HPyField cache;
    int is_ready;
} module_state;

/* Of all modules that this binary has made. */
static int traversed;
static int destroyed;
static long destroyed_count;

HPyDef_SLOT(state_traverse, HPy_mod_traverse)
static int state_traverse_impl(void *self, HPyFunc_visitproc visit, void *arg)
{
    traversed++;
    HPy_VISIT(&((module_state *)self)->cache);
    return 0;
}

HPyDef_SLOT(state_destroy, HPy_mod_destroy)
static void state_destroy_impl(void *data)
{
    module_state *state = data;
    destroyed++;
    destroyed_count = state->count;
}

/* Functions of each signature that gets the state. */

HPyDef_METH(next, "next", HPyFunc_STATE_NOARGS, .doc = "next()\n--\n\nCounts.")
static HPy next_impl(HPyContext *ctx, void *state, HPy self)
{
    return HPyLong_FromLong(ctx, ++((module_state *)state)->count);
}

HPyDef_METH(put, "put", HPyFunc_STATE_O)
static HPy put_impl(HPyContext *ctx, void *state, HPy self, HPy arg)
{
    HPyField_Store(ctx, self, &((module_state *)state)->cache, arg);
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(first, "first", HPyFunc_STATE_VARARGS)
static HPy first_impl(HPyContext *ctx, void *state, HPy self, const HPy *args, size_t nargs)
{
    ((module_state *)state)->count = (long)nargs;
    return HPy_Dup(ctx, nargs ? args[0] : self);
}

HPyDef_METH(arguments, "arguments", HPyFunc_STATE_KEYWORDS)
static HPy arguments_impl(HPyContext *ctx, void *state, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    HPy_ssize_t keywords = HPy_IsNull(kwnames) ? 0 : HPy_Length(ctx, kwnames);
    HPy all = HPyTuple_FromArray(ctx, args, (HPy_ssize_t)nargs + keywords);
    if (HPy_IsNull(all))
        return HPy_NULL;
    HPy names = HPy_IsNull(kwnames) ? HPy_Dup(ctx, ctx->h_None) : HPy_Dup(ctx, kwnames);
    HPy result = HPy_BuildValue(ctx, "(lOO)", ((module_state *)state)->count, all, names);
    HPy_Close(ctx, all);
    HPy_Close(ctx, names);
    return result;
}

/* The same by a look-up. */

HPyDef_METH(look, "look", HPyFunc_NOARGS)
static HPy look_impl(HPyContext *ctx, HPy self)
{
    module_state *state = HPyModule_GetState(ctx, self);
    if (state == NULL)
        return HPy_NULL;
    if (HPyField_IsNull(state->cache))
        return HPyLong_FromLong(ctx, state->count);
    return HPyField_Load(ctx, self, state->cache);
}

HPyDef_METH(state_of, "state_of", HPyFunc_O)
static HPy state_of_impl(HPyContext *ctx, HPy self, HPy module)
{
    module_state *state = HPyModule_GetState(ctx, module);
    return state == NULL ? HPy_NULL : HPyLong_FromLong(ctx, state->count);
}

HPyDef_METH(module_of, "module_of", HPyFunc_O)
static HPy module_of_impl(HPyContext *ctx, HPy self, HPy type)
{
    return HPyType_GetModule(ctx, type);
}

HPyDef_METH(state_of_type, "state_of_type", HPyFunc_O)
static HPy state_of_type_impl(HPyContext *ctx, HPy self, HPy type)
{
    module_state *state = HPyType_GetModuleState(ctx, type);
    return state == NULL ? HPy_NULL : HPyLong_FromLong(ctx, state->count);
}

HPyDef_METH(statistics, "statistics", HPyFunc_NOARGS)
static HPy statistics_impl(HPyContext *ctx, HPy self)
{
    return HPy_BuildValue(ctx, "(iil)", traversed, destroyed, destroyed_count);
}

/* A type whose methods get the state of the module, or the class. */

HPyDef_METH(method_next, "next", HPyFunc_STATE_NOARGS)
static HPy method_next_impl(HPyContext *ctx, void *state, HPy self)
{
    return HPyLong_FromLong(ctx, ++((module_state *)state)->count);
}

HPyDef_METH(method_pair, "pair", HPyFunc_STATE_O)
static HPy method_pair_impl(HPyContext *ctx, void *state, HPy self, HPy arg)
{
    return HPy_BuildValue(ctx, "(lOO)", ((module_state *)state)->count, self, arg);
}

HPyDef_METH(method_all, "all", HPyFunc_STATE_KEYWORDS)
static HPy method_all_impl(HPyContext *ctx, void *state, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    return arguments_impl(ctx, state, self, args, nargs, kwnames);
}

HPyDef_METH(method_class, "defining_class", HPyFunc_METHOD)
static HPy method_class_impl(HPyContext *ctx, HPy defining_class, HPy self, const HPy *args, size_t nargs,
                             HPy kwnames)
{
    HPy_ssize_t keywords = HPy_IsNull(kwnames) ? 0 : HPy_Length(ctx, kwnames);
    return HPy_BuildValue(ctx, "(OOii)", defining_class, self, (int)nargs, (int)keywords);
}

static HPyDef *Counter_defines[] = {&method_next, &method_pair, &method_all, &method_class, NULL};
static HPyType_Spec Counter_spec = {
    .name = "mod.Counter",
    .flags = HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE,
    .defines = Counter_defines,
};

HPyAPI_UNUSED static int add_type(HPyContext *ctx, HPy mod)
{
    HPyType_SpecParam params[] = {{HPyType_SpecParam_Module, mod}, {(HPyType_SpecParam_Kind)0, HPy_NULL}};
    return HPyHelpers_AddType(ctx, mod, "Counter", &Counter_spec, params) ? 0 : -1;
}
