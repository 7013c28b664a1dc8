/* What the tests of argument parsing share.
 *
 * The functions take the format at run time and pass targets that hold every type; they return a tuple of what was
 * stored, with `...` for a target that was left untouched. Formats and names are bytes. */

#include <string.h>

#define TARGETS 16
#define EACH_TARGET &t[0], &t[1], &t[2], &t[3], &t[4], &t[5], &t[6], &t[7], \
                    &t[8], &t[9], &t[10], &t[11], &t[12], &t[13], &t[14], &t[15]

typedef union {
    unsigned char b; short h; unsigned short H; int i; unsigned int I; long l; unsigned long k; long long L;
    unsigned long long K; HPy_ssize_t n; float f; double d; HPy O; const char *s;
    unsigned char bytes[16];
} Target;

static int is_untouched(const Target *t)
{
    for (size_t i = 0; i < sizeof(t->bytes); i++)
        if (t->bytes[i] != 0xa5) return 0;
    return 1;
}

static HPy stored(HPyContext *ctx, char unit, const Target *t)
{
    if (is_untouched(t)) return HPy_Dup(ctx, ctx->h_Ellipsis);
    switch (unit) {
    case 'b': case 'B': return HPyLong_FromLong(ctx, t->b);
    case 'h': return HPyLong_FromLong(ctx, t->h);
    case 'H': return HPyLong_FromLong(ctx, t->H);
    case 'i': case 'p': return HPyLong_FromLong(ctx, t->i);
    case 'I': return HPyLong_FromUnsignedLong(ctx, t->I);
    case 'l': return HPyLong_FromLong(ctx, t->l);
    case 'k': return HPyLong_FromUnsignedLong(ctx, t->k);
    case 'L': return HPyLong_FromLongLong(ctx, t->L);
    case 'K': return HPyLong_FromUnsignedLongLong(ctx, t->K);
    case 'n': return HPyLong_FromSsize_t(ctx, t->n);
    case 'f': return HPyFloat_FromDouble(ctx, t->f);
    case 'd': return HPyFloat_FromDouble(ctx, t->d);
    case 'O': return HPy_Dup(ctx, t->O);
    case 's': return HPyBytes_FromString(ctx, t->s);
    default: return HPyErr_SetString(ctx, ctx->h_AssertionError, "parsed an unknown unit");
    }
}

static HPy all_stored(HPyContext *ctx, const char *fmt, const Target *t)
{
    HPy items[TARGETS];
    HPy_ssize_t n = 0;
    HPy result = HPy_NULL;
    for (; *fmt != '\0' && *fmt != ':' && *fmt != ';'; fmt++) {
        if (*fmt == '|' || *fmt == '$') continue;
        items[n] = stored(ctx, *fmt, &t[n]);
        if (HPy_IsNull(items[n])) goto done;
        n++;
    }
    result = HPyTuple_FromArray(ctx, items, n);
done:
    while (n > 0) HPy_Close(ctx, items[--n]);
    return result;
}

/* Splits "a b" in place; "-" stands for an empty name, "" for no names. */
static void split_names(char *text, const char *names[])
{
    int n = 0;
    for (char *name = strtok(text, " "); name != NULL; name = strtok(NULL, " "))
        names[n++] = *name == '-' ? "" : name;
    names[n] = NULL;
}

/* parse(fmt, *args) */
HPyDef_METH(parse, "parse", HPyFunc_VARARGS)
static HPy parse_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    const char *fmt = HPyBytes_AsString(ctx, args[0]);
    if (fmt == NULL) return HPy_NULL;
    Target t[TARGETS];
    memset(t, 0xa5, sizeof(t));
    if (!HPyArg_Parse(ctx, NULL, args + 1, nargs - 1, fmt, EACH_TARGET)) return HPy_NULL;
    return all_stored(ctx, fmt, t);
}

/* parse_tracked(fmt, *args): with a tracker */
HPyDef_METH(parse_tracked, "parse_tracked", HPyFunc_VARARGS)
static HPy parse_tracked_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    const char *fmt = HPyBytes_AsString(ctx, args[0]);
    if (fmt == NULL) return HPy_NULL;
    Target t[TARGETS];
    memset(t, 0xa5, sizeof(t));
    HPyTracker ht;
    if (!HPyArg_Parse(ctx, &ht, args + 1, nargs - 1, fmt, EACH_TARGET)) return HPy_NULL;
    HPy result = all_stored(ctx, fmt, t);
    HPyTracker_Close(ctx, ht);
    return result;
}

/* keywords(fmt, names, use_tracker, *args, **kwargs) */
HPyDef_METH(keywords, "keywords", HPyFunc_KEYWORDS)
static HPy keywords_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    const char *fmt = HPyBytes_AsString(ctx, args[0]);
    char text[400];
    const char *names[100];
    strcpy(text, HPyBytes_AsString(ctx, args[1]));
    split_names(text, names);
    HPyTracker ht;
    HPyTracker *tracker = HPy_IsTrue(ctx, args[2]) ? &ht : NULL;
    Target t[TARGETS];
    memset(t, 0xa5, sizeof(t));
    if (!HPyArg_ParseKeywords(ctx, tracker, args + 3, nargs - 3, kwnames, fmt, names, EACH_TARGET))
        return HPy_NULL;
    HPy result = all_stored(ctx, fmt, t);
    if (tracker) HPyTracker_Close(ctx, ht);
    return result;
}

/* keywords_dict(fmt, names, use_tracker, args, kw, callback): kw `None` is HPy_NULL; the callback, unless
   None, is called between parsing and closing the tracker. */
HPyDef_METH(keywords_dict, "keywords_dict", HPyFunc_VARARGS)
static HPy keywords_dict_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    const char *fmt = HPyBytes_AsString(ctx, args[0]);
    char text[400];
    const char *names[100];
    strcpy(text, HPyBytes_AsString(ctx, args[1]));
    split_names(text, names);
    HPyTracker ht;
    HPyTracker *tracker = HPy_IsTrue(ctx, args[2]) ? &ht : NULL;
    HPy items[TARGETS];
    HPy_ssize_t n = HPy_Length(ctx, args[3]);
    for (HPy_ssize_t i = 0; i < n; i++) items[i] = HPy_GetItem_i(ctx, args[3], i);
    HPy kw = HPy_Is(ctx, args[4], ctx->h_None) ? HPy_NULL : args[4];
    Target t[TARGETS];
    memset(t, 0xa5, sizeof(t));
    HPy result = HPy_NULL;
    if (HPyArg_ParseKeywordsDict(ctx, tracker, items, n, kw, fmt, names, EACH_TARGET)) {
        int ok = 1;
        if (!HPy_Is(ctx, args[5], ctx->h_None)) {
            HPy r = HPy_Call(ctx, args[5], NULL, 0, HPy_NULL);
            ok = !HPy_IsNull(r);
            HPy_Close(ctx, r);
        }
        if (ok) result = all_stored(ctx, fmt, t);
        if (tracker) HPyTracker_Close(ctx, ht);
    }
    for (HPy_ssize_t i = 0; i < n; i++) HPy_Close(ctx, items[i]);
    return result;
}

/* with_kwnames(kwnames, *args): what a caller in C may pass, which Python's own calls do not */
HPyDef_METH(with_kwnames, "with_kwnames", HPyFunc_VARARGS)
static HPy with_kwnames_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    const char *names[] = {"a", "b", NULL};
    int a = -1, b = -1;
    HPyTracker ht;
    if (!HPyArg_ParseKeywords(ctx, &ht, args + 1, 0, args[0], "|ii:f", names, &a, &b)) return HPy_NULL;
    HPyTracker_Close(ctx, ht);
    return HPyLong_FromLong(ctx, a * 100 + b);
}
