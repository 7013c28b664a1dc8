/* Functions that break the rules about handles, and with CARELESS_USER their importer, which breaks some, too. */
#include <hpy.h>
#include <hpy/extension_api.h>

#define CARELESS_API(FUNCTION, TYPE) \
    FUNCTION(0, HPy, Careless_CloseArgument, HPy) \
    FUNCTION(0, HPy, Careless_Leak, HPy) \
    FUNCTION(0, HPy, Careless_KeepOpen, const HPy *, size_t) \
    FUNCTION(0, int, Careless_Store, HPy, HPy *)
HPyAPI_DECLARE(CarelessAPI, "careless._api", 1, 0, CARELESS_API)

#ifndef CARELESS_USER

static HPy kept;
HPyDef_API(CarelessAPI, CARELESS_API)

static HPy Careless_CloseArgument_impl(HPyContext *ctx, HPy h)
{
    HPy_Close(ctx, h);
    return HPy_Dup(ctx, ctx->h_None);
}

static HPy Careless_Leak_impl(HPyContext *ctx, HPy h)
{
    HPy_Dup(ctx, h);
    return HPy_Dup(ctx, ctx->h_None);
}

/* Uses an argument of the call before. */
static HPy Careless_KeepOpen_impl(HPyContext *ctx, const HPy *items, size_t n)
{
    HPy result = HPy_IsNull(kept) ? HPy_Dup(ctx, ctx->h_None) : HPy_Type(ctx, kept);
    kept = n > 0 ? items[0] : HPy_NULL;
    return result;
}

static int Careless_Store_impl(HPyContext *ctx, HPy h, HPy *out)
{
    *out = HPy_Dup(ctx, h);
    return 0;
}

HPyDef_SLOT(execute, HPy_mod_exec)
static int execute_impl(HPyContext *ctx, HPy module)
{
    return HPyAPI_Publish(ctx, module, CarelessAPI);
}

static HPyDef *defines[] = {&execute, NULL};
static HPyModuleDef module = {.defines = defines};
HPy_MODINIT(careless, module)

#else

static const CarelessAPI *api;

HPyDef_SLOT(execute, HPy_mod_exec)
static int execute_impl(HPyContext *ctx, HPy module)
{
    api = CarelessAPI_Import(ctx, module);
    return api == NULL ? -1 : 0;
}

HPyDef_METH(close_argument, "close_argument", HPyFunc_O)
static HPy close_argument_impl(HPyContext *ctx, HPy self, HPy arg)
{
    (void)self;
    return api->Careless_CloseArgument(ctx, arg);
}

HPyDef_METH(leak, "leak", HPyFunc_O)
static HPy leak_impl(HPyContext *ctx, HPy self, HPy arg)
{
    (void)self;
    return api->Careless_Leak(ctx, arg);
}

HPyDef_METH(keep_open, "keep_open", HPyFunc_VARARGS)
static HPy keep_open_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    (void)self;
    return api->Careless_KeepOpen(ctx, args, nargs);
}

HPyDef_METH(pass_closed, "pass_closed", HPyFunc_O)
static HPy pass_closed_impl(HPyContext *ctx, HPy self, HPy arg)
{
    (void)self;
    HPy h = HPy_Dup(ctx, arg);
    HPy_Close(ctx, h);
    return api->Careless_KeepOpen(ctx, &h, 1);
}

HPyDef_METH(forget_result, "forget_result", HPyFunc_O)
static HPy forget_result_impl(HPyContext *ctx, HPy self, HPy arg)
{
    (void)self;
    HPy h = HPy_NULL;
    api->Careless_Store(ctx, arg, &h);
    return HPy_Dup(ctx, ctx->h_None);
}

static HPyDef *defines[] = {&execute, &close_argument, &leak, &keep_open, &pass_closed, &forget_result, NULL};
static HPyModuleDef module = {.defines = defines};
HPy_MODINIT(careless_user, module)

#endif
