/* "NumPy" of the sketch: `my_api_function` for others. */
#include <hpy.h>

#include "sketch_api.h"

HPyDef_API(numpy_api, NUMPY_API)

static HPy my_api_function_pointer_impl(HPyContext *ctx, HPy h)
{
    return HPyTuple_Pack(ctx, 2, h, h);
}

HPyDef_SLOT(execute, HPy_mod_exec)
static int execute_impl(HPyContext *ctx, HPy module)
{
    return HPyAPI_Publish(ctx, module, numpy_api);
}

static HPyDef *defines[] = {&execute, NULL};
static HPyModuleDef module = {.defines = defines};
HPy_MODINIT(sketch_numpy, module)
