/* How the structs of other libraries are taken out of their capsules. Not to be included directly; arrow.h explains it.
 */
#ifndef HPY_ARROW_CONSUMER_H
#define HPY_ARROW_CONSUMER_H

#include "hpy/arrow.h"

/* Calls a method of the interface; HPy_NULL with an exception. */
HPyAPI_FUNC HPy _HPyArrow_ask(HPyContext *ctx, HPy h, const char *method_name, HPy requested_schema, size_t nargs)
{
    HPy method;
    HPy argument = HPy_IsNull(requested_schema) ? ctx->h_None : requested_schema;
    int found = HPy_GetOptionalAttr_s(ctx, h, method_name, &method);
    if (found == 0) {
        char text[80];
        snprintf(text, sizeof(text), "expected an object with Arrow data, that is, with a method %s", method_name);
        HPyErr_SetString(ctx, ctx->h_TypeError, text);
    }
    if (found <= 0)
        return HPy_NULL;
    HPy result = HPy_Call(ctx, method, &argument, nargs, HPy_NULL);
    HPy_Close(ctx, method);
    return result;
}

/* The pointer in a capsule of that name; NULL with an exception. */
HPyAPI_FUNC void *_HPyArrow_pointer(HPyContext *ctx, HPy capsule, const char *name)
{
    if (!HPyCapsule_IsValid(ctx, capsule, name)) {
        char text[100];
        snprintf(text, sizeof(text), "the other library did not give a capsule '%s', as the Arrow interface says",
                 name);
        HPyErr_SetString(ctx, ctx->h_ValueError, text);
        return NULL;
    }
    return HPyCapsule_GetPointer(ctx, capsule, name);
}

HPyAPI_FUNC int _HPyArrow_is_gone(HPyContext *ctx, const char *name)
{
    char text[120];
    snprintf(text, sizeof(text),
             "somebody else has taken what was in the capsule '%s'; the method must return a new one each time", name);
    HPyErr_SetString(ctx, ctx->h_ValueError, text);
    return -1;
}

/* A function that moves a struct out of its capsule, whose destructor then finds nothing to release. */
#define _HPyArrow_DEFINE_TAKE(FUNCTION, STRUCT, NAME) \
    HPyAPI_FUNC int FUNCTION(HPyContext *ctx, HPy capsule, STRUCT *out) \
    { \
        STRUCT *held = (STRUCT *)_HPyArrow_pointer(ctx, capsule, NAME); \
        if (held == NULL) \
            return -1; \
        if (held->release == NULL) \
            return _HPyArrow_is_gone(ctx, NAME); \
        *out = *held; \
        held->release = NULL; \
        return 0; \
    }
_HPyArrow_DEFINE_TAKE(_HPyArrow_take_schema, struct ArrowSchema, "arrow_schema")
_HPyArrow_DEFINE_TAKE(_HPyArrow_take_array, struct ArrowArray, "arrow_array")
_HPyArrow_DEFINE_TAKE(_HPyArrow_take_stream, struct ArrowArrayStream, "arrow_array_stream")

/* The array first: if that fails, the schema stays in its capsule. */
HPyAPI_FUNC int _HPyArrow_take_pair(HPyContext *ctx, HPy pair, struct ArrowSchema *schema, struct ArrowArray *array)
{
    if (!HPyTuple_Check(ctx, pair) || HPy_Length(ctx, pair) != 2) {
        HPyErr_SetString(ctx, ctx->h_ValueError, "__arrow_c_array__ did not return a tuple of two capsules");
        return -1;
    }
    HPy first = HPy_GetItem_i(ctx, pair, 0);
    HPy second = HPy_GetItem_i(ctx, pair, 1);
    int status = -1;
    if (!HPy_IsNull(first) && !HPy_IsNull(second) && _HPyArrow_pointer(ctx, first, "arrow_schema") != NULL)
        status = _HPyArrow_take_array(ctx, second, array);
    if (status == 0) {
        struct ArrowSchema *held = (struct ArrowSchema *)HPyCapsule_GetPointer(ctx, first, "arrow_schema");
        if (held->release == NULL) {
            /* Before there is an exception. */
            HPyArrow_ReleaseArray(array);
            status = _HPyArrow_is_gone(ctx, "arrow_schema");
        } else {
            status = _HPyArrow_take_schema(ctx, first, schema);
        }
    }
    HPy_Close(ctx, first);
    HPy_Close(ctx, second);
    return status;
}

#endif /* HPY_ARROW_CONSUMER_H */
