/* HPy_BuildValue: an object from a format and C values.
 *
 * A format is a sequence of items: units, or sequences in brackets. Each function below reads from `position`, which
 * advances past what it has read. The declaration, with the table of units, is in include/hpy/buildvalue.h.
 */
#define _HPY_HELPER
#include "hpy.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The limit for nested brackets: a deeper format is an error instead of a stack overflow. */
#define MAX_DEPTH 200

typedef struct {
    HPyContext *ctx;
    const char *position;
    int depth;
    va_list args;
} Builder;

static HPy build_item(Builder *builder);

static HPy fail(Builder *builder, const char *message)
{
    return HPyErr_SetString(builder->ctx, builder->ctx->h_SystemError, message);
}

static HPy fail_at_character(Builder *builder)
{
    unsigned char c = (unsigned char)*builder->position;
    char message[96];
    snprintf(message, sizeof(message),
             c < 0x80 ? "bad format char '%c' in the format string passed to HPy_BuildValue"
                      : "bad format char '\\x%02x' in the format string passed to HPy_BuildValue",
             c);
    return fail(builder, message);
}

static HPy fail_unmatched(Builder *builder, char opener)
{
    char message[96];
    snprintf(message, sizeof(message), "unmatched '%c' in the format string passed to HPy_BuildValue", opener);
    return fail(builder, message);
}

static void skip_blanks(Builder *builder)
{
    while (*builder->position == ' ')
        builder->position++;
}

/* Skips what separates items: spaces and at most one comma. */
static void skip_separator(Builder *builder)
{
    skip_blanks(builder);
    if (*builder->position == ',') {
        builder->position++;
        skip_blanks(builder);
    }
}

/* Whether there is nothing but separators. */
static bool is_blank(const char *position)
{
    while (*position == ' ' || *position == ',')
        position++;
    return *position == '\0';
}

static bool is_closer(char c)
{
    return c == ')' || c == ']' || c == '}';
}

/* The number of items up to the closing bracket of this level, or up to the end of the format. Brackets are only counted
 * here; building the items checks whether they match. */
static HPy_ssize_t count_items(const char *position)
{
    HPy_ssize_t count = 0;
    size_t depth = 0;
    for (; *position != '\0'; position++) {
        char c = *position;
        if (is_closer(c)) {
            if (depth == 0)
                break;
            depth--;
            continue;
        }
        if (depth == 0 && c != ' ' && c != ',')
            count++;
        if (c == '(' || c == '[' || c == '{')
            depth++;
    }
    return count;
}

/* Items of a tuple up to this number are collected on the stack. */
#define ITEMS_ON_STACK 16

static void close_items(HPyContext *ctx, const HPy *items, HPy_ssize_t count)
{
    for (HPy_ssize_t i = 0; i < count; i++)
        HPy_Close(ctx, items[i]);
}

/* What comes after the items of a tuple in place of the closing bracket. */
static HPy fail_to_close(Builder *builder, char opener)
{
    if (*builder->position == ',')
        return fail_at_character(builder);
    return opener != '\0' ? fail_unmatched(builder, opener) : fail(builder, "internal error in HPy_BuildValue");
}

/* The rest of a tuple, of which there are `count` items. */
static HPy build_long_tuple(Builder *builder, const HPy *items, HPy_ssize_t count, char opener, char closer)
{
    HPyContext *ctx = builder->ctx;
    HPy_ssize_t size = count + count_items(builder->position);
    HPyTupleBuilder tuple = HPyTupleBuilder_New(ctx, size);
    for (HPy_ssize_t i = 0; i < count; i++)
        HPyTupleBuilder_Set(ctx, tuple, i, items[i]);
    for (HPy_ssize_t i = count; i < size; i++) {
        HPy item = build_item(builder);
        if (HPy_IsNull(item)) {
            HPyTupleBuilder_Cancel(ctx, tuple);
            return HPy_NULL;
        }
        HPyTupleBuilder_Set(ctx, tuple, i, item);
        HPy_Close(ctx, item);
        skip_separator(builder);
    }
    if (*builder->position == closer) {
        builder->position += closer != '\0';
        return HPyTupleBuilder_Build(ctx, tuple);
    }
    HPyTupleBuilder_Cancel(ctx, tuple);
    return fail_to_close(builder, opener);
}

/* The items of a tuple, without the brackets. `opener` is '\0' if the tuple ends with the format. `first` is an item that
 * is there already, or HPy_NULL. */
static HPy build_tuple(Builder *builder, HPy first, char opener, char closer)
{
    HPyContext *ctx = builder->ctx;
    HPy items[ITEMS_ON_STACK];
    HPy_ssize_t count = HPy_IsNull(first) ? 0 : 1;
    HPy result = HPy_NULL;
    items[0] = first;
    skip_blanks(builder);
    while (*builder->position != closer) {
        if (*builder->position == '\0' || is_closer(*builder->position)) {
            fail_to_close(builder, opener);
            goto end;
        }
        if (count == ITEMS_ON_STACK) {
            result = build_long_tuple(builder, items, count, opener, closer);
            goto end;
        }
        items[count] = build_item(builder);
        if (HPy_IsNull(items[count]))
            goto end;
        count++;
        skip_separator(builder);
    }
    builder->position += closer != '\0';
    result = HPyTuple_FromArray(ctx, items, count);
end:
    close_items(ctx, items, count);
    return result;
}

static HPy build_list(Builder *builder)
{
    HPyContext *ctx = builder->ctx;
    HPy_ssize_t count = count_items(builder->position);
    HPyListBuilder list = HPyListBuilder_New(ctx, count);
    skip_blanks(builder);
    for (HPy_ssize_t i = 0; i < count; i++) {
        HPy item = build_item(builder);
        if (HPy_IsNull(item)) {
            HPyListBuilder_Cancel(ctx, list);
            return HPy_NULL;
        }
        HPyListBuilder_Set(ctx, list, i, item);
        HPy_Close(ctx, item);
        skip_separator(builder);
    }
    if (*builder->position == ']') {
        builder->position++;
        return HPyListBuilder_Build(ctx, list);
    }
    HPyListBuilder_Cancel(ctx, list);
    return *builder->position == ',' ? fail_at_character(builder) : fail_unmatched(builder, '[');
}

/* Reads `key:value` and stores it. */
static bool build_pair(Builder *builder, HPy dict)
{
    HPyContext *ctx = builder->ctx;
    HPy key = build_item(builder);
    if (HPy_IsNull(key))
        return false;
    skip_blanks(builder);
    if (*builder->position != ':') {
        HPy_Close(ctx, key);
        if (*builder->position == '\0')
            fail_unmatched(builder, '{');
        else
            fail(builder, "missing ':' in the format string passed to HPy_BuildValue");
        return false;
    }
    builder->position++;
    skip_blanks(builder);
    bool ok = false;
    if (*builder->position == '\0') {
        fail_unmatched(builder, '{');
    }
    else {
        HPy value = build_item(builder);
        ok = !HPy_IsNull(value) && HPy_SetItem(ctx, dict, key, value) >= 0;
        HPy_Close(ctx, value);
    }
    HPy_Close(ctx, key);
    return ok;
}

static bool build_pairs(Builder *builder, HPy dict)
{
    skip_blanks(builder);
    while (*builder->position != '}') {
        if (*builder->position == '\0') {
            fail_unmatched(builder, '{');
            return false;
        }
        if (*builder->position == ',') {
            fail(builder, "unexpected ',' in the format string passed to HPy_BuildValue");
            return false;
        }
        if (!build_pair(builder, dict))
            return false;
        skip_blanks(builder);
        if (*builder->position == ',') {
            builder->position++;
            skip_blanks(builder);
        }
        else if (*builder->position != '}' && *builder->position != '\0') {
            fail(builder, "missing ',' in the format string passed to HPy_BuildValue");
            return false;
        }
    }
    builder->position++;
    return true;
}

static HPy build_dict(Builder *builder)
{
    HPy dict = HPyDict_New(builder->ctx);
    if (!HPy_IsNull(dict) && !build_pairs(builder, dict)) {
        HPy_Close(builder->ctx, dict);
        return HPy_NULL;
    }
    return dict;
}

/* The argument may be the result of another call; if that failed, its exception says more. */
static HPy fail_for_null(Builder *builder)
{
    if (!HPyErr_Occurred(builder->ctx))
        fail(builder, "HPy_NULL object passed to HPy_BuildValue");
    return HPy_NULL;
}

static HPy build_object(Builder *builder)
{
    HPy object = va_arg(builder->args, HPy);
    return HPy_IsNull(object) ? fail_for_null(builder) : HPy_Dup(builder->ctx, object);
}

static HPy build_string(Builder *builder)
{
    const char *utf8 = va_arg(builder->args, const char *);
    if (utf8 == NULL)
        return HPy_Dup(builder->ctx, builder->ctx->h_None);
    return HPyUnicode_FromString(builder->ctx, utf8);
}

static HPy build_brackets(Builder *builder, char opener)
{
    if (builder->depth == MAX_DEPTH)
        return fail(builder, "too many nested brackets in the format string passed to HPy_BuildValue");
    builder->depth++;
    HPy result;
    if (opener == '(')
        result = build_tuple(builder, HPy_NULL, '(', ')');
    else if (opener == '[')
        result = build_list(builder);
    else
        result = build_dict(builder);
    builder->depth--;
    return result;
}

static HPy build_item(Builder *builder)
{
    HPyContext *ctx = builder->ctx;
    char unit = *builder->position;
    if (unit == '\0') /* cannot happen: callers look for the end first */
        return fail(builder, "internal error in HPy_BuildValue");
    builder->position++;
    switch (unit) {
    case '(':
    case '[':
    case '{':
        return build_brackets(builder, unit);
    case 'i':
        return HPyLong_FromLong(ctx, va_arg(builder->args, int));
    case 'I':
        return HPyLong_FromUnsignedLong(ctx, va_arg(builder->args, unsigned));
    case 'l':
        return HPyLong_FromLong(ctx, va_arg(builder->args, long));
    case 'k':
        return HPyLong_FromUnsignedLong(ctx, va_arg(builder->args, unsigned long));
    case 'L':
        return HPyLong_FromLongLong(ctx, va_arg(builder->args, long long));
    case 'K':
        return HPyLong_FromUnsignedLongLong(ctx, va_arg(builder->args, unsigned long long));
    case 'n':
        return HPyLong_FromSsize_t(ctx, va_arg(builder->args, HPy_ssize_t));
    case 'f': /* a float argument arrives as a double */
    case 'd':
        return HPyFloat_FromDouble(ctx, va_arg(builder->args, double));
    case 's':
        return build_string(builder);
    case 'N': {
        HPy object = va_arg(builder->args, HPy);
        return HPy_IsNull(object) ? fail_for_null(builder) : object;
    }
    case 'O':
    case 'S':
        return build_object(builder);
    default:
        builder->position--;
        return fail_at_character(builder);
    }
}

/* After a failure: closes the handles of the units `N` that were not reached. What follows a unit that does not exist is not
 * read. */
static void close_rest(Builder *builder)
{
    for (;; builder->position++) {
        switch (*builder->position) {
        case 'i':
        case 'I':
            (void)va_arg(builder->args, int);
            break;
        case 'l':
        case 'k':
            (void)va_arg(builder->args, long);
            break;
        case 'L':
        case 'K':
            (void)va_arg(builder->args, long long);
            break;
        case 'n':
            (void)va_arg(builder->args, HPy_ssize_t);
            break;
        case 'f':
        case 'd':
            (void)va_arg(builder->args, double);
            break;
        case 's':
            (void)va_arg(builder->args, const char *);
            break;
        case 'O':
        case 'S':
            (void)va_arg(builder->args, HPy);
            break;
        case 'N':
            HPy_Close(builder->ctx, va_arg(builder->args, HPy));
            break;
        default:
            if (strchr("()[]{}:, ", *builder->position) == NULL || *builder->position == '\0')
                return;
        }
    }
}

HPyAPI_HELPER HPy HPy_BuildValue(HPyContext *ctx, const char *fmt, ...)
{
    Builder builder;
    builder.ctx = ctx;
    builder.position = fmt;
    builder.depth = 0;
    va_start(builder.args, fmt);
    skip_blanks(&builder);
    HPy result;
    if (is_closer(*builder.position)) {
        result = fail_to_close(&builder, '\0');
    }
    else if (is_blank(fmt)) {
        result = HPy_Dup(ctx, ctx->h_None);
    }
    else {
        result = build_item(&builder);
        skip_separator(&builder);
        if (!HPy_IsNull(result) && *builder.position != '\0')
            result = build_tuple(&builder, result, '\0', '\0');
    }
    if (HPy_IsNull(result))
        close_rest(&builder);
    va_end(builder.args);
    return result;
}
