/* Argument parsing: the units of formats. What argparse.c needs of each argument: messages, the conversion of one argument,
 * and of a sequence of them. The declarations, with the table of units, are in include/hpy/argparse.h.
 */
#ifndef HPY_HELPERS_ARGPARSE_UNITS_H
#define HPY_HELPERS_ARGPARSE_UNITS_H

#include "hpy.h"

#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* For what few calls need: out of the way of the others. */
#if defined(__GNUC__) || defined(__clang__)
#  define NOINLINE __attribute__((noinline))
#  define UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#else
#  define NOINLINE
#  define UNLIKELY(condition) (condition)
#endif
/* For what is long and slow: gcc makes a copy of it for a constant argument. */
#if defined(__GNUC__) && !defined(__clang__)
#  define NOCLONE __attribute__((noclone))
#else
#  define NOCLONE
#endif

/* ---- messages ---- */

/* Limits, in bytes. */
#define MAX_NAME 200
#define MAX_MESSAGE 256
#define MAX_CUSTOM_MESSAGE 511

/* The size of `text` in bytes, at most `limit`, without cutting a UTF-8 character in two. */
static size_t limited_size(const char *text, size_t limit)
{
    size_t size = strlen(text);
    if (size <= limit)
        return size;
    size = limit;
    while (size > 0 && ((unsigned char)text[size] & 0xc0) == 0x80)
        size--;
    return size;
}

/* Writes the beginning of a message, "function " or "name() ", and returns false; or, if the format replaces all
 * messages, writes that text and returns true. */
static bool begin_message(char buffer[MAX_CUSTOM_MESSAGE + 1], const char *fmt)
{
    const char *mark = strpbrk(fmt, ":;");
    if (mark != NULL && *mark == ';') {
        size_t size = limited_size(mark + 1, MAX_CUSTOM_MESSAGE);
        memcpy(buffer, mark + 1, size);
        buffer[size] = '\0';
        return true;
    }
    if (mark != NULL) {
        size_t size = limited_size(mark + 1, MAX_NAME);
        memcpy(buffer, mark + 1, size);
        strcpy(buffer + size, "() ");
    }
    else {
        strcpy(buffer, "function ");
    }
    return false;
}

/* Always returns false, for use in a return statement. */
static bool fail(HPyContext *ctx, HPy type, const char *fmt, const char *message)
{
    char buffer[MAX_CUSTOM_MESSAGE + 1]; /* also enough for name and message */
    if (!begin_message(buffer, fmt)) {
        char *end = buffer + strlen(buffer);
        size_t size = limited_size(message, MAX_MESSAGE);
        memcpy(end, message, size);
        end[size] = '\0';
    }
    HPyErr_SetString(ctx, type, buffer);
    return false;
}

/* The same with `key` at the end of the message, in quotes. */
static bool fail_about_keyword(HPyContext *ctx, const char *fmt, const char *message, HPy key)
{
    char buffer[MAX_CUSTOM_MESSAGE + 1];
    if (begin_message(buffer, fmt))
        HPyErr_SetString(ctx, ctx->h_TypeError, buffer);
    else
        HPyErr_Format(ctx, ctx->h_TypeError, "%s%s '%U'", buffer, message, key);
    return false;
}

/* The same with the name of a type in the message. */
static bool fail_about_type(HPyContext *ctx, const char *fmt, const char *message, HPy type)
{
    char text[MAX_MESSAGE + 1];
    const char *name = HPyType_GetName(ctx, type);
    if (name == NULL)
        return false;
    snprintf(text, sizeof(text), message, name);
    return fail(ctx, ctx->h_TypeError, fmt, text);
}

/* ---- converters ---- */

#define CONVERSIONS_ON_STACK 4

typedef struct {
    HPyArg_Converter converter;
    void *target;
} Conversion;

/* What converters with HPyArg_CLEANUP_SUPPORTED have stored, until it is known that the caller gets it. */
typedef struct {
    size_t count;
    size_t room; /* of `more` */
    Conversion *more; /* those for which there is no place in `few` */
    Conversion few[CONVERSIONS_ON_STACK];
} Conversions;

static inline void start_conversions(Conversions *conversions)
{
    conversions->count = conversions->room = 0;
    conversions->more = NULL;
}

static Conversion *conversion_at(Conversions *conversions, size_t i)
{
    return i < CONVERSIONS_ON_STACK ? &conversions->few[i] : &conversions->more[i - CONVERSIONS_ON_STACK];
}

/* Makes room for one more. */
static bool reserve_conversion(HPyContext *ctx, Conversions *conversions)
{
    if (conversions->count < CONVERSIONS_ON_STACK + conversions->room)
        return true;
    size_t room = 2 * conversions->room + CONVERSIONS_ON_STACK;
    void *more = realloc(conversions->more, room * sizeof(Conversion));
    if (more == NULL) {
        HPyErr_NoMemory(ctx);
        return false;
    }
    conversions->more = (Conversion *)more;
    conversions->room = room;
    return true;
}

/* Ends them; if the parsing failed, the converters release what they have stored. */
static void end_conversions(HPyContext *ctx, Conversions *conversions, bool ok)
{
    while (!ok && conversions->count > 0) {
        Conversion *last = conversion_at(conversions, --conversions->count);
        last->converter(ctx, HPy_NULL, last->target);
    }
    free(conversions->more);
}

static bool convert_by_function(HPyContext *ctx, const char *fmt, HPy arg, Conversions *conversions, va_list *targets)
{
    HPyArg_Converter converter = va_arg(*targets, HPyArg_Converter);
    void *target = va_arg(*targets, void *);
    if (HPy_IsNull(arg))
        return true;
    if (converter == NULL)
        return fail(ctx, ctx->h_SystemError, fmt, "the converter of a unit O& is NULL");
    if (!reserve_conversion(ctx, conversions))
        return false;
    int result = converter(ctx, arg, target);
    if (result == 0) {
        if (!HPyErr_Occurred(ctx))
            fail(ctx, ctx->h_SystemError, fmt, "a converter failed without setting an exception");
        return false;
    }
    if (result == HPyArg_CLEANUP_SUPPORTED) {
        Conversion *added = conversion_at(conversions, conversions->count++);
        added->converter = converter;
        added->target = target;
    }
    return true;
}

static bool fail_without_tracker(HPyContext *ctx, const char *fmt)
{
    return fail(ctx, ctx->h_SystemError, fmt,
                "HPyArg_ParseKeywords cannot use the format character 'O' unless an HPyTracker is provided. "
                "Please supply an HPyTracker.");
}

/* ---- one argument ---- */

static bool as_long(HPyContext *ctx, HPy arg, long *value)
{
    *value = HPyLong_AsLong(ctx, arg);
    return *value != -1 || !HPyErr_Occurred(ctx);
}

static bool as_mask(HPyContext *ctx, HPy arg, unsigned long *value)
{
    *value = HPyLong_AsUnsignedLongMask(ctx, arg);
    return *value != (unsigned long)-1 || !HPyErr_Occurred(ctx);
}

static bool as_long_long(HPyContext *ctx, HPy arg, long long *value)
{
    *value = HPyLong_AsLongLong(ctx, arg);
    return *value != -1 || !HPyErr_Occurred(ctx);
}

static bool as_long_mask(HPyContext *ctx, HPy arg, unsigned long long *value)
{
    *value = HPyLong_AsUnsignedLongLongMask(ctx, arg);
    return *value != (unsigned long long)-1 || !HPyErr_Occurred(ctx);
}

static bool as_ssize(HPyContext *ctx, HPy arg, HPy_ssize_t *value)
{
    *value = HPyLong_AsSsize_t(ctx, arg);
    return *value != -1 || !HPyErr_Occurred(ctx);
}

static bool as_double(HPyContext *ctx, HPy arg, double *value)
{
    *value = HPyFloat_AsDouble(ctx, arg);
    return *value != -1.0 || !HPyErr_Occurred(ctx);
}

/* The size may have any place to be stored, or none if the text is to end at the first NUL. */
static bool check_size(HPyContext *ctx, const char *fmt, const char *text, HPy_ssize_t size, HPy_ssize_t *stored)
{
    if (stored != NULL)
        *stored = size;
    else if (strlen(text) != (size_t)size)
        return fail(ctx, ctx->h_ValueError, fmt, "embedded null character");
    return true;
}

static bool as_bytes(HPyContext *ctx, const char *fmt, HPy arg, const char **value, HPy_ssize_t *stored_size)
{
    if (!HPyBytes_Check(ctx, arg))
        return fail(ctx, ctx->h_TypeError, fmt, "a bytes object is required");
    const char *bytes = HPyBytes_AsString(ctx, arg);
    HPy_ssize_t size = HPyBytes_Size(ctx, arg);
    if (bytes == NULL || size < 0 || !check_size(ctx, fmt, bytes, size, stored_size))
        return false;
    *value = bytes;
    return true;
}

static bool as_string(HPyContext *ctx, const char *fmt, HPy arg, const char **value, HPy_ssize_t *stored_size)
{
    if (!HPyUnicode_Check(ctx, arg))
        return fail(ctx, ctx->h_TypeError, fmt, "a str is required");
    HPy_ssize_t size;
    const char *utf8 = HPyUnicode_AsUTF8AndSize(ctx, arg, &size);
    if (utf8 == NULL)
        return false; /* a lone surrogate has no UTF-8, which the exception says */
    if (utf8[size] != '\0')
        return fail(ctx, ctx->h_SystemError, fmt, "missing terminating null character");
    if (!check_size(ctx, fmt, utf8, size, stored_size))
        return false;
    *value = utf8;
    return true;
}

static bool as_character(HPyContext *ctx, const char *fmt, HPy arg, int *value)
{
    if (!HPyUnicode_Check(ctx, arg) || HPy_Length(ctx, arg) != 1)
        return HPyErr_Occurred(ctx) ? false : fail(ctx, ctx->h_TypeError, fmt, "a str of length 1 is required");
    HPy_UCS4 character = HPyUnicode_ReadChar(ctx, arg, 0);
    if (character == (HPy_UCS4)-1)
        return false;
    *value = (int)character;
    return true;
}

static bool as_byte(HPyContext *ctx, const char *fmt, HPy arg, char *value)
{
    if (!HPyBytes_Check(ctx, arg) || HPyBytes_Size(ctx, arg) != 1)
        return fail(ctx, ctx->h_TypeError, fmt, "a bytes object of length 1 is required");
    *value = HPyBytes_AsString(ctx, arg)[0];
    return true;
}

/* Where to store the argument. An absent argument leaves its target unchanged. */
#define TARGET(type)                                                                              \
    type *target = va_arg(*targets, type *);                                                      \
    if (HPy_IsNull(arg))                                                                          \
        return true;

/* The body of a case: reads the argument into `variable` by `function`, narrows it to `type`. */
#define STORE(type, function, variable)                                                           \
    {                                                                                             \
        TARGET(type)                                                                              \
        if (!function(ctx, arg, &variable))                                                       \
            return false;                                                                         \
        *target = (type)variable;                                                                 \
        return true;                                                                              \
    }

#define STORE_IN_RANGE(type, minimum, maximum, what)                                              \
    {                                                                                             \
        TARGET(type)                                                                              \
        if (!as_long(ctx, arg, &number))                                                          \
            return false;                                                                         \
        if (number < (minimum))                                                                   \
            return fail(ctx, ctx->h_OverflowError, fmt, what " integer is less than minimum");    \
        if (number > (maximum))                                                                   \
            return fail(ctx, ctx->h_OverflowError, fmt, what " integer is greater than maximum"); \
        *target = (type)number;                                                                   \
        return true;                                                                              \
    }

/* The length of a unit in the format. */
static inline size_t unit_size(const char *unit)
{
    switch (unit[1]) {
    case '#':
        return *unit == 's' || *unit == 'z' || *unit == 'y' ? 2 : 1;
    case '!':
    case '&':
        return *unit == 'O' ? 2 : 1;
    default:
        return 1;
    }
}

/* Text of a str (s, z) or bytes (y), with its size for those with #. */
static bool convert_text(HPyContext *ctx, const char *fmt, const char *unit, HPy arg, va_list *targets)
{
    const char **target = va_arg(*targets, const char **);
    HPy_ssize_t *size = unit[1] == '#' ? va_arg(*targets, HPy_ssize_t *) : NULL;
    if (HPy_IsNull(arg))
        return true;
    if (*unit == 'z' && HPy_Is(ctx, arg, ctx->h_None)) {
        *target = NULL;
        if (size != NULL)
            *size = 0;
        return true;
    }
    return *unit == 'y' ? as_bytes(ctx, fmt, arg, target, size) : as_string(ctx, fmt, arg, target, size);
}

/* An object of a type that is given in front of the target. */
static bool convert_instance(HPyContext *ctx, const char *fmt, HPy arg, va_list *targets)
{
    HPy type = va_arg(*targets, HPy);
    TARGET(HPy)
    if (HPy_IsNull(type))
        return fail(ctx, ctx->h_SystemError, fmt, "the type of a unit O! is HPy_NULL");
    if (!HPy_TypeCheck(ctx, arg, type))
        return fail_about_type(ctx, fmt, "an instance of '%s' is required", type);
    *target = arg;
    return true;
}

/* The units that are rarer. */
static bool convert_more(HPyContext *ctx, const char *fmt, const char *unit, HPy arg, Conversions *conversions,
                         va_list *targets)
{
    switch (*unit) {
    case 'O':
        return unit[1] == '&' ? convert_by_function(ctx, fmt, arg, conversions, targets)
                              : convert_instance(ctx, fmt, arg, targets);
    case 's':
    case 'y':
    case 'z':
        return convert_text(ctx, fmt, unit, arg, targets);
    case 'C': {
        TARGET(int)
        return as_character(ctx, fmt, arg, target);
    }
    case 'c': {
        TARGET(char)
        return as_byte(ctx, fmt, arg, target);
    }
    case 'U': {
        TARGET(HPy)
        if (!HPyUnicode_Check(ctx, arg))
            return fail(ctx, ctx->h_TypeError, fmt, "a str is required");
        *target = arg;
        return true;
    }
    case 'S': {
        TARGET(HPy)
        if (!HPyBytes_Check(ctx, arg))
            return fail(ctx, ctx->h_TypeError, fmt, "a bytes object is required");
        *target = arg;
        return true;
    }
    default:
        return fail(ctx, ctx->h_SystemError, fmt, "unknown arg format code");
    }
}

/* Converts `arg` as `unit` says and stores it in the next target; HPy_NULL stands for an absent argument. */
static inline bool convert(HPyContext *ctx, const char *fmt, const char *unit, HPy arg, Conversions *conversions,
                           va_list *targets)
{
    long number;
    unsigned long mask;
    long long long_number;
    unsigned long long long_mask;
    HPy_ssize_t size;
    double real;
    if (unit_size(unit) > 1)
        return convert_more(ctx, fmt, unit, arg, conversions, targets);
    switch (*unit) {
    case 'b':
        STORE_IN_RANGE(unsigned char, 0, UCHAR_MAX, "unsigned byte")
    case 'B':
        STORE(unsigned char, as_mask, mask)
    case 'h':
        STORE_IN_RANGE(short, SHRT_MIN, SHRT_MAX, "signed short")
    case 'H':
        STORE(unsigned short, as_mask, mask)
    case 'i':
        STORE_IN_RANGE(int, INT_MIN, INT_MAX, "signed")
    case 'I':
        STORE(unsigned int, as_mask, mask)
    case 'l':
        STORE(long, as_long, number)
    case 'k':
        STORE(unsigned long, as_mask, mask)
    case 'L':
        STORE(long long, as_long_long, long_number)
    case 'K':
        STORE(unsigned long long, as_long_mask, long_mask)
    case 'n':
        STORE(HPy_ssize_t, as_ssize, size)
    case 'f':
        STORE(float, as_double, real)
    case 'd':
        STORE(double, as_double, real)
    case 'O': {
        TARGET(HPy)
        *target = arg;
        return true;
    }
    case 'p': {
        TARGET(int)
        int value = HPy_IsTrue(ctx, arg);
        if (value < 0)
            return false;
        *target = value;
        return true;
    }
    case 's': {
        TARGET(const char *)
        return as_string(ctx, fmt, arg, target, NULL);
    }
    default:
        return convert_more(ctx, fmt, unit, arg, conversions, targets);
    }
}

/* The same not inlined, once for all who need it seldom. */
NOINLINE static bool convert_one(HPyContext *ctx, const char *fmt, const char *unit, HPy arg, Conversions *conversions,
                        va_list *targets)
{
    return convert(ctx, fmt, unit, arg, conversions, targets);
}

/* Compilers make one comparison of it for letters. */
static inline bool is_end(char c)
{
    return c <= ';' && (c == '\0' || c == ':' || c == ';');
}

/* Does nothing if `tracker` is NULL. */
static bool start_tracker(HPyContext *ctx, HPyTracker *tracker)
{
    if (tracker == NULL)
        return true;
    *tracker = HPyTracker_New(ctx, 0);
    return !HPy_IsNull(*tracker);
}

/* The result of the parsing functions. After a failure there is nothing for the caller to close. */
static int finish(HPyContext *ctx, HPyTracker *tracker, Conversions *conversions, bool ok)
{
    if (conversions->count > 0)
        end_conversions(ctx, conversions, ok);
    if (!ok && tracker != NULL)
        HPyTracker_Close(ctx, *tracker);
    return ok;
}

/* ---- sequences ---- */

#define MAX_DEPTH 20

/* The number of units up to the closing bracket; -1 if there is none. */
static HPy_ssize_t count_units(const char *position)
{
    HPy_ssize_t count = 0;
    for (int depth = 0; !is_end(*position); position += unit_size(position)) {
        if (*position == ')' && depth-- == 0)
            return count;
        if (*position != ')')
            count += depth == 0;
        if (*position == '(')
            depth++;
    }
    return -1;
}

/* The units in brackets, for the items of a tuple or list. `position` is at the opening bracket, and advances to the closing
 * one. */
NOCLONE
static bool parse_items(HPyContext *ctx, HPyTracker *tracker, const char *fmt, const char **position, int depth,
                        HPy arg, Conversions *conversions, va_list *targets)
{
    HPy_ssize_t count = count_units(*position + 1);
    if (count < 0)
        return fail(ctx, ctx->h_SystemError, fmt, "unmatched '(' in the format");
    if (depth == MAX_DEPTH)
        return fail(ctx, ctx->h_SystemError, fmt, "too many nested brackets in the format");
    bool is_given = !HPy_IsNull(arg);
    if (is_given) {
        if (tracker == NULL)
            return fail(ctx, ctx->h_SystemError, fmt,
                        "the format character '(' cannot be used unless an HPyTracker is provided. "
                        "Please supply an HPyTracker.");
        char message[80];
        snprintf(message, sizeof(message), "a tuple or list of length %ld is required", (long)count);
        if (!(HPyTuple_Check(ctx, arg) || HPyList_Check(ctx, arg)))
            return fail(ctx, ctx->h_TypeError, fmt, message);
        HPy_ssize_t length = HPy_Length(ctx, arg);
        if (length != count)
            return length >= 0 && fail(ctx, ctx->h_TypeError, fmt, message);
    }
    ++*position;
    for (HPy_ssize_t i = 0; i < count; i++) {
        HPy item = HPy_NULL;
        if (is_given) {
            item = HPy_GetItem_i(ctx, arg, i);
            if (HPy_IsNull(item) || HPyTracker_Add(ctx, *tracker, item) < 0)
                return false;
        }
        bool ok = **position == '('
                      ? parse_items(ctx, tracker, fmt, position, depth + 1, item, conversions, targets)
                      : convert(ctx, fmt, *position, item, conversions, targets);
        if (!ok)
            return false;
        *position += unit_size(*position);
    }
    return true;
}

#endif /* HPY_HELPERS_ARGPARSE_UNITS_H */
