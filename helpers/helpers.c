/* Small helpers: HPyHelpers_AddType, HPyHelpers_PackArgsAndKeywords. Declared in include/hpy/helpers.h. */
#define _HPY_HELPER
#include "hpy.h"

#include <stdbool.h>

HPyAPI_HELPER int HPyHelpers_AddType(HPyContext *ctx, HPy obj, const char *name, HPyType_Spec *hpyspec,
                                     HPyType_SpecParam *params)
{
    HPy type = HPyType_FromSpec(ctx, hpyspec, params);
    if (HPy_IsNull(type))
        return 0;
    int status = HPy_SetAttr_s(ctx, obj, name, type);
    HPy_Close(ctx, type);
    return status >= 0;
}

/* A new dict from names to the values in the same order. */
static HPy pack_keywords(HPyContext *ctx, HPy names, HPy_ssize_t count, const HPy *values)
{
    HPy dict = HPyDict_New(ctx);
    if (HPy_IsNull(dict))
        return HPy_NULL;
    for (HPy_ssize_t i = 0; i < count; i++) {
        HPy name = HPy_GetItem_i(ctx, names, i);
        bool ok = !HPy_IsNull(name) && HPy_SetItem(ctx, dict, name, values[i]) >= 0;
        HPy_Close(ctx, name);
        if (!ok) {
            HPy_Close(ctx, dict);
            return HPy_NULL;
        }
    }
    return dict;
}

HPyAPI_HELPER int HPyHelpers_PackArgsAndKeywords(HPyContext *ctx, const HPy *args, size_t nargs, HPy kwnames,
                                                 HPy *out_pos_args, HPy *out_kwd)
{
    if (out_pos_args == NULL) {
        HPyErr_SetString(ctx, ctx->h_SystemError, "argument 'out_pos_args' must not be NULL");
        return 0;
    }
    if (out_kwd == NULL) {
        HPyErr_SetString(ctx, ctx->h_SystemError, "argument 'out_kwd' must not be NULL");
        return 0;
    }

    HPy_ssize_t keywords = HPy_IsNull(kwnames) ? 0 : HPy_Length(ctx, kwnames);
    if (keywords < 0)
        return 0;
    HPy pos_args = HPy_NULL;
    if (nargs > 0) {
        pos_args = HPyTuple_FromArray(ctx, args, (HPy_ssize_t)nargs);
        if (HPy_IsNull(pos_args))
            return 0;
    }
    HPy kwd = HPy_NULL;
    if (keywords > 0) {
        kwd = pack_keywords(ctx, kwnames, keywords, args + nargs);
        if (HPy_IsNull(kwd)) {
            HPy_Close(ctx, pos_args);
            return 0;
        }
    }
    *out_pos_args = pos_args;
    *out_kwd = kwd;
    return 1;
}
