/* What the tests of units share. */

#include <string.h>

/* A size of -1 stands for text that ends at a NUL. */
static HPy text(HPyContext *ctx, const char *s, HPy_ssize_t size)
{
    if (s == NULL)
        return HPy_Dup(ctx, ctx->h_None);
    if (strcmp(s, "untouched") == 0)
        size = -1;
    return size == -1 ? HPyBytes_FromString(ctx, s) : HPyBytes_FromStringAndSize(ctx, s, size);
}

/* A converter: fails for negative numbers, and for 0 without an exception. */
static int twice(HPyContext *ctx, HPy arg, void *target)
{
    long number = HPyLong_AsLong(ctx, arg);
    if (number == -1 && HPyErr_Occurred(ctx))
        return 0;
    if (number < 0)
        HPyErr_SetString(ctx, ctx->h_LookupError, "negative");
    if (number <= 0)
        return 0;
    *(long *)target = 2 * number;
    return 1;
}

/* The numbers that were stored and released since. */
static long released[40];
static int released_count;

static int noting(HPyContext *ctx, HPy arg, void *target)
{
    if (HPy_IsNull(arg)) {
        released[released_count++] = *(long *)target;
        return 0;
    }
    *(long *)target = HPyLong_AsLong(ctx, arg);
    return *(long *)target == -1 ? 0 : HPyArg_CLEANUP_SUPPORTED;
}

#define SIX(t) \
    noting, &(t)[0], noting, &(t)[1], noting, &(t)[2], noting, &(t)[3], noting, &(t)[4], noting, &(t)[5]

/* convert_many(numbers, fails): converts at most 30 numbers, and fails then because of one argument more, or not; returns
 * what was released. */
HPyDef_METH(convert_many, "convert_many", HPyFunc_VARARGS)
static HPy convert_many_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    long t[30];
    HPy given[31];
    char fmt[64] = "";
    HPy_ssize_t count = HPy_Length(ctx, args[0]);
    for (HPy_ssize_t i = 0; i < count; i++) {
        given[i] = HPy_GetItem_i(ctx, args[0], i);
        strcat(fmt, "O&");
    }
    given[count] = args[1];
    released_count = 0;
    int ok = HPyArg_Parse(ctx, NULL, given, (size_t)count + (HPy_IsTrue(ctx, args[1]) != 0), fmt, SIX(t), SIX(t + 6),
                          SIX(t + 12), SIX(t + 18), SIX(t + 24));
    for (HPy_ssize_t i = 0; i < count; i++)
        HPy_Close(ctx, given[i]);
    if (!ok)
        HPyErr_Clear(ctx);
    HPy list = HPyList_New(ctx, 0);
    for (int i = 0; i < released_count; i++) {
        HPy number = HPyLong_FromLong(ctx, released[i]);
        HPyList_Append(ctx, list, number);
        HPy_Close(ctx, number);
    }
    return list;
}

HPyDef_METH(null_converter, "null_converter", HPyFunc_VARARGS)
static HPy null_converter_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPyArg_Converter none = NULL;
    HPyArg_Parse(ctx, NULL, args, nargs, "O&", none, &self);
    return HPy_NULL;
}

HPyDef_METH(null_type, "null_type", HPyFunc_VARARGS)
static HPy null_type_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    HPyArg_Parse(ctx, NULL, args, nargs, "O!", HPy_NULL, &self);
    return HPy_NULL;
}

/* parse_format(fmt, *args): for formats that fail, or store an int in each target */
HPyDef_METH(parse_format, "parse_format", HPyFunc_VARARGS)
static HPy parse_format_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    int t[4];
    HPyTracker ht;
    const char *fmt = HPyBytes_AsString(ctx, args[0]);
    if (!HPyArg_Parse(ctx, &ht, args + 1, nargs - 1, fmt, &t[0], &t[1], &t[2], &t[3]))
        return HPy_NULL;
    HPyTracker_Close(ctx, ht);
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(parse_without_tracker, "parse_without_tracker", HPyFunc_VARARGS)
static HPy parse_without_tracker_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    int a, b;
    HPyArg_Parse(ctx, NULL, args, nargs, "(ii)", &a, &b);
    return HPy_NULL;
}

/* keywords_without_tracker(fmt, value) */
HPyDef_METH(keywords_without_tracker, "keywords_without_tracker", HPyFunc_VARARGS)
static HPy keywords_without_tracker_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    static const char *names[] = {"a", NULL};
    HPyArg_ParseKeywords(ctx, NULL, args + 1, 1, HPy_NULL, HPyBytes_AsString(ctx, args[0]), names, &self, &self);
    return HPy_NULL;
}
