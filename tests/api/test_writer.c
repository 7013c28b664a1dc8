/* What test_writer.py calls: a writer that is at work cannot be handed to Python, so each function is one story.
 *
 * The steps of a story are tuples: the name of a function and its arguments. A step that fails ends the story with its
 * exception, unless its name ends with '?': then the exception is cleared, and the story goes on.
 */
#include <string.h>

typedef int (*Step)(HPyContext *ctx, const void *writer, HPy argument, HPy_ssize_t first, HPy_ssize_t second);

typedef struct {
    const char *name;
    Step step;
} Entry;

#define STEP(kind, name, expression) \
    static int kind##_##name(HPyContext *ctx, const void *pointer, HPy argument, HPy_ssize_t first, HPy_ssize_t second) \
    { \
        HPy##kind writer = *(const HPy##kind *)pointer; \
        (void)argument, (void)first, (void)second; \
        return expression; \
    }

static const char *data_of(HPyContext *ctx, HPy h)
{
    return HPy_IsNull(h) ? NULL : HPyBytes_AsString(ctx, h);
}

STEP(UnicodeWriter, char, HPyUnicodeWriter_WriteChar(ctx, writer, (HPy_UCS4)first))
STEP(UnicodeWriter, utf8, HPyUnicodeWriter_WriteUTF8(ctx, writer, data_of(ctx, argument), first))
STEP(UnicodeWriter, ucs4, HPyUnicodeWriter_WriteUCS4(ctx, writer, (const HPy_UCS4 *)(const void *)data_of(ctx, argument), first))
STEP(UnicodeWriter, str, HPyUnicodeWriter_WriteStr(ctx, writer, argument))
STEP(UnicodeWriter, repr, HPyUnicodeWriter_WriteRepr(ctx, writer, argument))
STEP(UnicodeWriter, part, HPyUnicodeWriter_WriteSubstring(ctx, writer, argument, first, second))
STEP(UnicodeWriter, format, HPyUnicodeWriter_Format(ctx, writer, "<%zd %S é>", first, argument))
STEP(UnicodeWriter, good_format, HPyUnicodeWriter_Format(ctx, writer, "<%zd %S>", first, argument))

static const Entry UnicodeWriter_steps[] = {
    {"char", UnicodeWriter_char},     {"utf8", UnicodeWriter_utf8},
    {"ucs4", UnicodeWriter_ucs4},     {"str", UnicodeWriter_str},
    {"repr", UnicodeWriter_repr},     {"part", UnicodeWriter_part},
    {"format", UnicodeWriter_good_format}, {"bad_format", UnicodeWriter_format},
    {NULL, NULL},
};

/* Writes at the place where the writer has its bytes. */
static int fill(HPyContext *ctx, HPyBytesWriter writer, HPy_ssize_t start, HPy argument)
{
    char *data = (char *)HPyBytesWriter_GetData(ctx, writer);
    HPy_ssize_t size = HPyBytesWriter_GetSize(ctx, writer);
    if (data == NULL || size < 0)
        return -1;
    if (start + HPyBytes_Size(ctx, argument) > size) {
        HPyErr_SetString(ctx, ctx->h_AssertionError, "the writer is smaller");
        return -1;
    }
    memcpy(data + start, HPyBytes_AsString(ctx, argument), (size_t)HPyBytes_Size(ctx, argument));
    return 0;
}

static int own(HPyContext *ctx, HPyBytesWriter writer, HPy_ssize_t start, HPy_ssize_t size)
{
    return HPyBytesWriter_WriteBytes(ctx, writer, (const char *)HPyBytesWriter_GetData(ctx, writer) + start, size);
}

static int has_size(HPyContext *ctx, HPyBytesWriter writer, HPy_ssize_t size)
{
    if (HPyBytesWriter_GetSize(ctx, writer) == size)
        return 0;
    HPyErr_SetString(ctx, ctx->h_AssertionError, "another size");
    return -1;
}

STEP(BytesWriter, write, HPyBytesWriter_WriteBytes(ctx, writer, data_of(ctx, argument), first))
STEP(BytesWriter, resize, HPyBytesWriter_Resize(ctx, writer, first))
STEP(BytesWriter, grow, HPyBytesWriter_Grow(ctx, writer, first))
STEP(BytesWriter, fill, fill(ctx, writer, first, argument))
STEP(BytesWriter, own, own(ctx, writer, first, second))
STEP(BytesWriter, size, has_size(ctx, writer, first))
STEP(BytesWriter, format, HPyBytesWriter_Format(ctx, writer, "\xff<%zd %c %s>", first, (int)second, data_of(ctx, argument)))
STEP(BytesWriter, bad_format, HPyBytesWriter_Format(ctx, writer, "%R", argument))

static const Entry BytesWriter_steps[] = {
    {"write", BytesWriter_write},   {"resize", BytesWriter_resize}, {"grow", BytesWriter_grow},
    {"fill", BytesWriter_fill},     {"own", BytesWriter_own},       {"size", BytesWriter_size},
    {"format", BytesWriter_format}, {"bad_format", BytesWriter_bad_format}, {NULL, NULL},
};

/* Returns 0, or -1 with an exception. */
static int run(HPyContext *ctx, const Entry *entries, const void *writer, HPy step)
{
    static const char may_fail = '?';
    HPy parts[4] = {HPy_NULL, HPy_NULL, HPy_NULL, HPy_NULL};
    HPy_ssize_t numbers[2] = {0, 0}, length = HPy_Length(ctx, step);
    int status = -1;
    for (HPy_ssize_t i = 0; i < length; i++)
        parts[i] = HPy_GetItem_i(ctx, step, i);
    for (int i = 0; i < 2; i++) {
        if (!HPy_IsNull(parts[i + 2]))
            numbers[i] = HPyLong_AsSsize_t(ctx, parts[i + 2]);
    }
    const char *name = HPyUnicode_AsUTF8AndSize(ctx, parts[0], NULL);
    size_t size = strlen(name);
    int fails = name[size - 1] == may_fail;
    HPy argument = HPy_Is(ctx, parts[1], ctx->h_Ellipsis) ? HPy_NULL : parts[1];
    const Entry *entry = entries;
    while (entry->name != NULL && (strlen(entry->name) != size - (size_t)fails || strncmp(entry->name, name, strlen(entry->name)) != 0))
        entry++;
    if (entry->name == NULL)
        HPyErr_SetString(ctx, ctx->h_AssertionError, "no such step");
    else
        status = entry->step(ctx, writer, argument, numbers[0], numbers[1]);
    if (fails && status < 0) {
        HPyErr_Clear(ctx);
        status = 0;
    }
    for (int i = 0; i < 4; i++)
        HPy_Close(ctx, parts[i]);
    return status;
}

/* story(room, how it ends, step, ...) */
#define STORY(kind, finish) \
    HPyDef_METH(kind##_story, #kind, HPyFunc_VARARGS) \
    static HPy kind##_story_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs) \
    { \
        HPy##kind writer = HPy##kind##_Create(ctx, HPyLong_AsSsize_t(ctx, args[0])); \
        (void)self; \
        if (HPy_IsNull(writer)) \
            return HPy_NULL; \
        for (size_t i = 2; i < nargs; i++) { \
            if (run(ctx, kind##_steps, &writer, args[i]) < 0) { \
                HPy##kind##_Discard(ctx, writer); \
                return HPy_NULL; \
            } \
        } \
        if (HPy_Is(ctx, args[1], ctx->h_None)) { \
            HPy##kind##_Discard(ctx, writer); \
            return HPy_Dup(ctx, ctx->h_None); \
        } \
        return finish; \
    }

STORY(UnicodeWriter, HPyUnicodeWriter_Finish(ctx, writer))
STORY(BytesWriter, HPy_Is(ctx, args[1], ctx->h_True)
                       ? HPyBytesWriter_Finish(ctx, writer)
                       : HPyBytesWriter_FinishWithSize(ctx, writer, HPyLong_AsSsize_t(ctx, args[1])))

/* The functions with a null writer, by number. */
HPyDef_METH(null_writer, "null_writer", HPyFunc_O)
static HPy null_writer_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPyUnicodeWriter text = {0};
    HPyBytesWriter bytes = {0};
    HPy_UCS4 ucs4 = 'x';
    int status = 0;
    (void)self;
    switch (HPyLong_AsLong(ctx, arg)) {
    case 0: return HPyUnicodeWriter_Finish(ctx, text);
    case 1: status = HPyUnicodeWriter_WriteChar(ctx, text, 'x'); break;
    case 2: status = HPyUnicodeWriter_WriteUTF8(ctx, text, "x", 1); break;
    case 3: status = HPyUnicodeWriter_WriteUCS4(ctx, text, &ucs4, 1); break;
    case 4: status = HPyUnicodeWriter_WriteStr(ctx, text, arg); break;
    case 5: status = HPyUnicodeWriter_WriteRepr(ctx, text, arg); break;
    case 6: status = HPyUnicodeWriter_WriteSubstring(ctx, text, ctx->h_None, 0, 0); break;
    case 7: return HPyBytesWriter_Finish(ctx, bytes);
    case 8: return HPyBytesWriter_FinishWithSize(ctx, bytes, 0);
    case 9: status = HPyBytesWriter_GetData(ctx, bytes) == NULL ? -1 : 0; break;
    case 10: status = (int)HPyBytesWriter_GetSize(ctx, bytes); break;
    case 11: status = HPyBytesWriter_Resize(ctx, bytes, 1); break;
    case 12: status = HPyBytesWriter_Grow(ctx, bytes, 1); break;
    case 13: status = HPyBytesWriter_WriteBytes(ctx, bytes, "x", 1); break;
    default:
        HPyUnicodeWriter_Discard(ctx, text);
        HPyBytesWriter_Discard(ctx, bytes);
    }
    return status < 0 ? HPy_NULL : HPy_Dup(ctx, ctx->h_None);
}
