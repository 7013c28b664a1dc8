/* Exceptions that know more than their message: HPyErr_SetAttributeError, HPyErr_SetImportError. Declared in
 * include/hpy/err.h. */
#define _HPY_HELPER
#include "hpy.h"

/* Raises type(message) with these attributes. Takes over `message`. */
static HPy raise_with(HPyContext *ctx, HPy type, HPy message, const char *name, HPy value, const char *other_name,
                      HPy other)
{
    if (HPy_IsNull(message))
        return HPy_NULL;
    HPy exc = HPy_Call(ctx, type, &message, 1, HPy_NULL);
    HPy_Close(ctx, message);
    /* Not as keywords, which AttributeError takes from Python 3.10 on. */
    if (!HPy_IsNull(exc) && HPy_SetAttr_s(ctx, exc, name, value) == 0 &&
        HPy_SetAttr_s(ctx, exc, other_name, other) == 0)
        HPyErr_SetObject(ctx, type, exc);
    HPy_Close(ctx, exc);
    return HPy_NULL;
}

HPyAPI_HELPER HPy HPyErr_SetAttributeError(HPyContext *ctx, HPy obj, HPy name)
{
    HPyErr_Clear(ctx);
    int is_type = HPy_TypeCheck(ctx, obj, ctx->h_TypeType);
    HPy type = is_type ? HPy_Dup(ctx, obj) : HPy_Type(ctx, obj);
    if (HPy_IsNull(type))
        return HPy_NULL;
    const char *type_name = HPyType_GetName(ctx, type);
    HPy message = HPy_NULL;
    if (type_name != NULL)
        message = HPyUnicode_FromFormat(ctx, is_type ? "type object '%.100s' has no attribute '%U'"
                                                     : "'%.100s' object has no attribute '%U'",
                                        type_name, name);
    HPy_Close(ctx, type);
    return raise_with(ctx, ctx->h_AttributeError, message, "name", name, "obj", obj);
}

HPyAPI_HELPER HPy HPyErr_SetImportError(HPyContext *ctx, HPy message, HPy name, HPy path)
{
    HPyErr_Clear(ctx);
    if (HPy_IsNull(message))
        return HPyErr_SetString(ctx, ctx->h_SystemError, "null argument to HPyErr_SetImportError");
    return raise_with(ctx, ctx->h_ImportError, HPy_Dup(ctx, message), "name", HPy_IsNull(name) ? ctx->h_None : name,
                      "path", HPy_IsNull(path) ? ctx->h_None : path);
}
