#include <string.h>

/* A status, and the object with it, which it closes; None for a null one. */
static HPy found(HPyContext *ctx, int status, HPy value)
{
    if (status < 0) {
        if (!HPy_IsNull(value))
            HPy_FatalError(ctx, "a failure with a value");
        return HPy_NULL;
    }
    HPy result = HPy_BuildValue(ctx, "(iO)", status, HPy_IsNull(value) ? ctx->h_None : value);
    HPy_Close(ctx, value);
    return result;
}

static HPy set_default(HPyContext *ctx, HPy dict, HPy key, HPy value)
{
    HPy result = ctx->h_None; /* to be overwritten */
    int status = HPyDict_SetDefaultRef(ctx, dict, key, value, &result);
    return found(ctx, status, result);
}

static HPy pop(HPyContext *ctx, HPy dict, HPy key)
{
    HPy result = ctx->h_None; /* to be overwritten */
    int status = HPyDict_Pop(ctx, dict, key, &result);
    return found(ctx, status, result);
}

#define MOST 16

/* (dict, count, change): the items as a list of tuples; change() is called between two calls. */
HPyDef_METH(iterate, "iterate", HPyFunc_VARARGS)
static HPy iterate_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPyDictIter iter = HPyDictIter_INIT;
    HPy keys[MOST], values[MOST];
    HPy_ssize_t n, count = HPyLong_AsSsize_t(ctx, args[1]);
    bool failed = false;
    (void)self, (void)nargs;
    HPy list = HPyList_New(ctx, 0);
    if (HPy_IsNull(list))
        return list;
    while ((n = HPyDict_Next(ctx, args[0], &iter, keys, values, count)) > 0) {
        for (HPy_ssize_t i = 0; i < n && !failed; i++) {
            HPy item = HPyTuple_Pack(ctx, 2, keys[i], values[i]);
            failed = HPy_IsNull(item) || HPyList_Append(ctx, list, item) < 0;
            HPy_Close(ctx, item);
        }
        HPy_CloseArray(ctx, keys, n);
        HPy_CloseArray(ctx, values, n);
        if (!failed && !HPy_Is(ctx, args[2], ctx->h_None)) {
            HPy result = HPy_Call(ctx, args[2], NULL, 0, HPy_NULL);
            failed = HPy_IsNull(result);
            HPy_Close(ctx, result);
        }
        if (failed)
            break;
    }
    if (failed || n < 0) {
        HPy_Close(ctx, list);
        return HPy_NULL;
    }
    return list;
}

/* What is in one of the arrays. */
static HPy iterate_one(HPyContext *ctx, HPy dict, bool wants_keys)
{
    HPyDictIter iter = HPyDictIter_INIT;
    HPy items[MOST];
    HPy_ssize_t n = HPyDict_Next(ctx, dict, &iter, wants_keys ? items : NULL, wants_keys ? NULL : items, MOST);
    if (n < 0)
        return HPy_NULL;
    HPy list = HPyList_FromArray(ctx, items, n);
    HPy_CloseArray(ctx, items, n);
    return list;
}

HPyDef_METH(iterate_keys, "iterate_keys", HPyFunc_O)
static HPy iterate_keys_impl(HPyContext *ctx, HPy self, HPy dict)
{
    return iterate_one(ctx, dict, true);
}

HPyDef_METH(iterate_values, "iterate_values", HPyFunc_O)
static HPy iterate_values_impl(HPyContext *ctx, HPy self, HPy dict)
{
    return iterate_one(ctx, dict, false);
}

HPyDef_METH(iterate_neither, "iterate_neither", HPyFunc_O)
static HPy iterate_neither_impl(HPyContext *ctx, HPy self, HPy dict)
{
    HPyDictIter iter = HPyDictIter_INIT;
    return HPyLong_FromSsize_t(ctx, HPyDict_Next(ctx, dict, &iter, NULL, NULL, 100));
}

/* (dict, change, back): the errors of a call after change(), and of one after back(). */
HPyDef_METH(iterate_after_error, "iterate_after_error", HPyFunc_VARARGS)
static HPy iterate_after_error_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPyDictIter iter = HPyDictIter_INIT;
    HPy list = HPyList_New(ctx, 0);
    if (HPy_IsNull(list) || HPyDict_Next(ctx, args[0], &iter, NULL, NULL, 1) < 0)
        return HPy_NULL;
    for (int i = 1; i <= 2; i++) {
        HPy result = HPy_Call(ctx, args[i], NULL, 0, HPy_NULL);
        HPy_Close(ctx, result);
        bool is_error = HPyDict_Next(ctx, args[0], &iter, NULL, NULL, 1) < 0 &&
                        HPyErr_ExceptionMatches(ctx, ctx->h_RuntimeError);
        HPyErr_Clear(ctx);
        HPy text = HPyUnicode_FromString(ctx, is_error ? "RuntimeError" : "no error");
        HPyList_Append(ctx, list, text);
        HPy_Close(ctx, text);
    }
    return list;
}

HPyDef_METH(next_of_null, "next_of_null", HPyFunc_NOARGS)
static HPy next_of_null_impl(HPyContext *ctx, HPy self)
{
    HPyDictIter iter = HPyDictIter_INIT;
    return HPyDict_Next(ctx, HPy_NULL, &iter, NULL, NULL, 1) < 0 ? HPy_NULL : HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(next_without_iter, "next_without_iter", HPyFunc_O)
static HPy next_without_iter_impl(HPyContext *ctx, HPy self, HPy dict)
{
    return HPyDict_Next(ctx, dict, NULL, NULL, NULL, 1) < 0 ? HPy_NULL : HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(next_with_garbage, "next_with_garbage", HPyFunc_O)
static HPy next_with_garbage_impl(HPyContext *ctx, HPy self, HPy dict)
{
    HPyDictIter iter;
    HPy_ssize_t n = 0;
    for (int byte = 1; byte < 256; byte++) {
        memset(&iter, byte, sizeof(iter));
        iter._size = 1;
        n = HPyDict_Next(ctx, dict, &iter, NULL, NULL, 1);
        HPyErr_Clear(ctx);
    }
    return HPyLong_FromSsize_t(ctx, n);
}
