#include <string.h>

#define ROOM 16
#define UNTOUCHED 0x5a

/* The arguments (seq, start, count). */
typedef struct {
    HPy seq;
    HPy_ssize_t start, count;
} Arguments;

static bool read_arguments(HPyContext *ctx, const HPy *args, Arguments *read)
{
    read->seq = HPy_Is(ctx, args[0], ctx->h_Ellipsis) ? HPy_NULL : args[0];
    read->start = HPyLong_AsSsize_t(ctx, args[1]);
    read->count = HPyLong_AsSsize_t(ctx, args[2]);
    return !HPyErr_Occurred(ctx);
}

/* Whether nothing was written from `from` on. */
static bool is_untouched(const void *array, size_t from, size_t size)
{
    for (size_t i = from; i < size; i++)
        if (((const unsigned char *)array)[i] != UNTOUCHED)
            return false;
    return true;
}

/* BULK stores elements of a type and gives their number; MAKE makes a list of them, or of null an exception. */
#define BULK(NAME, TYPE, STORE, MAKE, CLOSE)                                                         \
    static HPy NAME##_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)                 \
    {                                                                                                \
        TYPE array[ROOM];                                                                            \
        Arguments a;                                                                                 \
        (void)self, (void)nargs;                                                                     \
        memset(array, UNTOUCHED, sizeof(array));                                                     \
        if (!read_arguments(ctx, args, &a))                                                          \
            return HPy_NULL;                                                                         \
        HPy_ssize_t n = STORE(ctx, a.seq, a.start, a.count, array);                                  \
        if (n < 0)                                                                                   \
            return HPy_NULL;                                                                         \
        if (n > a.count || n > ROOM || !is_untouched(array, (size_t)n * sizeof(TYPE), sizeof(array))) \
            return HPyErr_SetString(ctx, ctx->h_AssertionError, "more was stored than said");        \
        HPy list = MAKE(ctx, array, n);                                                              \
        CLOSE;                                                                                       \
        return list;                                                                                 \
    }                                                                                                \
                                                                                                     \
    static HPy NAME##_without_array_impl(HPyContext *ctx, HPy self, HPy arg)                         \
    {                                                                                                \
        (void)self;                                                                                  \
        return STORE(ctx, arg, 0, 1, NULL) < 0 ? HPy_NULL : HPy_Dup(ctx, ctx->h_None);               \
    }

#define NOTHING

HPyDef_METH(items, "items", HPyFunc_VARARGS)
HPyDef_METH(items_without_array, "items_without_array", HPyFunc_O)
BULK(items, HPy, HPySequence_GetItems, HPyList_FromArray, HPy_CloseArray(ctx, array, n))

HPyDef_METH(int64s, "int64s", HPyFunc_VARARGS)
HPyDef_METH(int64s_without_array, "int64s_without_array", HPyFunc_O)
BULK(int64s, int64_t, HPySequence_AsInt64s, HPyList_FromInt64s, NOTHING)

HPyDef_METH(doubles, "doubles", HPyFunc_VARARGS)
HPyDef_METH(doubles_without_array, "doubles_without_array", HPyFunc_O)
BULK(doubles, double, HPySequence_AsDoubles, HPyList_FromDoubles, NOTHING)

/* Gives how many handles are null then. */
HPyDef_METH(close_array, "close_array", HPyFunc_O)
static HPy close_array_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPy array[ROOM];
    long nulls = 0;
    HPy_ssize_t n = HPySequence_GetItems(ctx, arg, 0, ROOM, array);
    if (n < 0)
        return HPy_NULL;
    HPy_CloseArray(ctx, array, n);
    for (HPy_ssize_t i = 0; i < n; i++)
        nulls += HPy_IsNull(array[i]);
    return HPyLong_FromLong(ctx, nulls);
}

HPyDef_METH(close_array_twice, "close_array_twice", HPyFunc_O)
static HPy close_array_twice_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPy array[3] = {HPy_Dup(ctx, arg), HPy_NULL, HPy_Dup(ctx, arg)};
    HPy_CloseArray(ctx, array, 3);
    HPy_CloseArray(ctx, array, 3);
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(close_no_array, "close_no_array", HPyFunc_NOARGS)
static HPy close_no_array_impl(HPyContext *ctx, HPy self)
{
    HPy array[1] = {HPy_Dup(ctx, ctx->h_None)};
    HPy_CloseArray(ctx, NULL, 3);
    HPy_CloseArray(ctx, array, 0);
    HPy_CloseArray(ctx, array, -1);
    return array[0];
}

HPyDef_METH(close_array_with_exception, "close_array_with_exception", HPyFunc_O)
static HPy close_array_with_exception_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPy array[2] = {HPy_Dup(ctx, arg), HPy_Dup(ctx, arg)};
    HPyErr_SetString(ctx, ctx->h_KeyError, "set before");
    HPy_CloseArray(ctx, array, 2);
    return HPy_NULL;
}
