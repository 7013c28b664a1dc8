/* Argument parsing: the short way, which most calls with keywords go. All is as it should be there, and each unit is one
 * letter and stores what it converts to. What cannot go it, and each error about names, is left to argparse.c.
 */
#ifndef HPY_HELPERS_ARGPARSE_SHORT_H
#define HPY_HELPERS_ARGPARSE_SHORT_H

#include "argparse_units.h"

/* ---- names ---- */

/* 1, 0 for an instance of a subclass or another type, or -1 with an exception set. */
static int is_exact_str(HPyContext *ctx, HPy key)
{
    HPy type = HPy_Type(ctx, key);
    if (HPy_IsNull(type))
        return -1;
    int is_exact = HPy_Is(ctx, type, ctx->h_UnicodeType);
    HPy_Close(ctx, type);
    return is_exact;
}

static inline bool is_text(const char *utf8, size_t size, const char *name)
{
    /* Names are short: this takes less than to call memcmp. */
    size_t i = 0;
    while (utf8[i] == name[i] && name[i] != '\0')
        i++;
    return name[i] == '\0' && i == size;
}

/* ---- formats ---- */

#define PARAMETERS_ON_STACK 16

/* What the short way needs to know of a format. */
typedef struct {
    size_t parameters;
    size_t positional; /* those before `$` */
    size_t required; /* those before the first of `|` and `$` */
} Format;

/* Whether the short way can be gone with this format and these names. */
static inline bool read_format(const char *fmt, const char *const names[], bool has_tracker, Format *format)
{
    size_t n = 0, positional = PARAMETERS_ON_STACK, required = PARAMETERS_ON_STACK;
    for (const char *unit = fmt; !is_end(*unit); unit++) {
        switch (*unit) {
        case '$':
            if (positional > n)
                positional = n;
            /* fall through */
        case '|':
            if (required > n)
                required = n;
            continue;
        case 'O':
            if (!has_tracker)
                return false;
            break;
        case 'b': case 'B': case 'h': case 'H': case 'i': case 'I': case 'l': case 'k': case 'L': case 'K': case 'n':
        case 'f': case 'd': case 'p': case 's':
            break;
        default: /* also the second letter of a unit */
            return false;
        }
        /* Those without names come first. */
        if (n == PARAMETERS_ON_STACK || names[n] == NULL || (*names[n] == '\0' && n > 0 && *names[n - 1] != '\0'))
            return false;
        n++;
    }
    format->parameters = n;
    format->positional = positional;
    format->required = required < n ? required : n;
    return names[n] == NULL;
}

/* ---- calls ---- */

/* Which of the names a key is, `count` if it is none or it is not known. */
static size_t find_key(HPyContext *ctx, HPy key, const char *const names[], size_t count, size_t first)
{
    HPy_ssize_t size;
    const char *utf8 = is_exact_str(ctx, key) > 0 ? HPyUnicode_AsUTF8AndSize(ctx, key, &size) : NULL;
    /* An empty name is none. */
    if (utf8 == NULL || size == 0)
        return count;
    /* Most calls have keywords in the order of the parameters. */
    for (size_t i = first; i < count; i++) {
        if (is_text(utf8, (size_t)size, names[i]))
            return i;
    }
    for (size_t i = 0; i < first; i++) {
        if (is_text(utf8, (size_t)size, names[i]))
            return i;
    }
    return count;
}

/* Stores the arguments that are given by keyword in the places of their parameters. False, perhaps with an exception, if
 * they do not fit. */
static inline bool bind_keywords(HPyContext *ctx, const HPy *args, HPy kwnames, const char *const names[], size_t count,
                                 HPy *bound, size_t next)
{
    HPy_ssize_t given = HPy_Length(ctx, kwnames);
    for (HPy_ssize_t i = 0; i < given; i++) {
        HPy key = HPy_GetItem_i(ctx, kwnames, i);
        if (HPy_IsNull(key))
            return false;
        size_t found = find_key(ctx, key, names, count, next);
        HPy_Close(ctx, key);
        if (found == count || !HPy_IsNull(bound[found]))
            return false;
        bound[found] = args[i];
        next = found + 1;
    }
    return given >= 0;
}

/* Finds the argument of each parameter, HPy_NULL if it has none. False, without an exception, if they do not fit. */
static bool bind_arguments(HPyContext *ctx, const HPy *args, size_t nargs, HPy kwnames, const char *const names[],
                           size_t count, HPy *bound)
{
    if (nargs > count)
        return false;
    for (size_t i = 0; i < count; i++)
        bound[i] = i < nargs ? args[i] : HPy_NULL;
    if (HPy_IsNull(kwnames) || bind_keywords(ctx, args + nargs, kwnames, names, count, bound, nargs))
        return true;
    HPyErr_Clear(ctx);
    return false;
}

static inline bool has_required(const Format *format, size_t nargs, const HPy *bound)
{
    size_t i = nargs;
    while (i < format->required && !HPy_IsNull(bound[i]))
        i++;
    return i >= format->required;
}

/* Stores what is bound. */
static inline int store(HPyContext *ctx, HPyTracker *ht, const char *fmt, const HPy *bound,
                        va_list *targets)
{
    if (!start_tracker(ctx, ht))
        return 0;
    for (const char *unit = fmt; !is_end(*unit); unit++) {
        if (*unit == '|' || *unit == '$')
            continue;
        HPy arg = *bound++;
        bool ok = true;
        if (*unit != 'O') {
            ok = convert_one(ctx, fmt, unit, arg, NULL, targets);
        }
        else {
            HPy *target = va_arg(*targets, HPy *);
            if (HPy_IsNull(arg))
                continue;
            *target = HPy_Dup(ctx, arg);
            /* Even if the tracker fails to grow, it has taken the handle. */
            ok = HPyTracker_Add(ctx, *ht, *target) >= 0;
        }
        if (UNLIKELY(!ok)) {
            if (ht != NULL)
                HPyTracker_Close(ctx, *ht);
            return 0;
        }
    }
    return 1;
}

#endif /* HPY_HELPERS_ARGPARSE_SHORT_H */
