#include <stdio.h>

static HPyDef definitions[5000];
static HPyDef *pointers[5001];
static char names[5000][8];

HPyDef_METH(nothing, "nothing", HPyFunc_NOARGS)
static HPy nothing_impl(HPyContext *ctx, HPy self) { return HPy_Dup(ctx, ctx->h_None); }
HPyDef_SLOT(call, HPy_tp_call)
static HPy call_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    return HPyLong_FromSize_t(ctx, nargs);
}
static HPyDef *callable_defines[] = {&call, NULL};
static HPyType_Spec callable_spec = {
    .name = "mod.Callable",
    .defines = callable_defines,
    .flags = HPy_TPFLAGS_DEFAULT,
};

static HPyCFunction nowhere(int number) { return (HPyCFunction)(uintptr_t)(0x10000 + number); }

static int use_up_methods(HPyContext *ctx, HPyFunc_Signature signature)
{
    HPyType_Spec spec = {.name = "mod.Methods", .defines = pointers, .flags = HPy_TPFLAGS_DEFAULT};
    for (int i = 0; i < 5000; i++) {
        definitions[i] = nothing;
        definitions[i].meth.impl = nowhere(i);
        definitions[i].meth.signature = signature;
        snprintf(names[i], sizeof(names[i]), "m%d", i);
        definitions[i].meth.name = names[i];
        pointers[i] = &definitions[i];
    }
    HPy type = HPyType_FromSpec(ctx, &spec, NULL);
    HPy_Close(ctx, type);
    return HPy_IsNull(type) ? -1 : 0;
}

static int use_up_call_functions(HPyContext *ctx)
{
    HPy type = HPyType_FromSpec(ctx, &callable_spec, NULL);
    if (HPy_IsNull(type))
        return -1;
    HPy object = HPyType_GenericNew(ctx, type, NULL, 0, HPy_NULL);
    int status = 0;
    for (int i = 0; i < 1000 && status == 0; i++) {
        HPyCallFunction function = {call_trampoline, (HPyFunc_keywords)nowhere(i)};
        status = HPy_SetCallFunction(ctx, object, &function);
    }
    HPy_Close(ctx, object);
    HPy_Close(ctx, type);
    return status;
}

HPyDef_METH(use_up, "use_up", HPyFunc_NOARGS)
static HPy use_up_impl(HPyContext *ctx, HPy self)
{
    if (use_up_methods(ctx, HPyFunc_NOARGS) < 0 || use_up_methods(ctx, HPyFunc_O) < 0
        || use_up_methods(ctx, HPyFunc_VARARGS) < 0 || use_up_methods(ctx, HPyFunc_KEYWORDS) < 0
        || use_up_call_functions(ctx) < 0)
        return HPy_NULL;
    return HPy_Dup(ctx, ctx->h_None);
}
