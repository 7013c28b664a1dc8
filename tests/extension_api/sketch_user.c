/* The "third party" of the sketch. */
#include <hpy.h>

#include "sketch_api.h"

static const numpy_api *numpy_api_capsule;

HPyDef_METH(call, "call", HPyFunc_O)
static HPy call_impl(HPyContext *my_hpy_context, HPy self, HPy my_handle)
{
    (void)self;
    return numpy_api_capsule->my_api_function_pointer(my_hpy_context, my_handle);
}

HPyDef_SLOT(execute, HPy_mod_exec)
static int execute_impl(HPyContext *ctx, HPy module)
{
    numpy_api_capsule = numpy_api_Import(ctx, module);
    return numpy_api_capsule == NULL ? -1 : 0;
}

static HPyDef *defines[] = {&call, &execute, NULL};
static HPyModuleDef module = {.defines = defines};
HPy_MODINIT(sketch_user, module)
