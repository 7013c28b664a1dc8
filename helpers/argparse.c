/* Argument parsing: HPyArg_Parse, HPyArg_ParseKeywords, HPyArg_ParseKeywordsDict.
 *
 * First the messages, then the conversion of one argument, which all three share, then sequences, then positional
 * arguments, then keywords. The declarations, with the table of units, are in include/hpy/argparse.h.
 *
 * This is one long file because hpy.devel lists the helper sources by name, as HPy 0.9 did, and so that shared
 * functions can be static.
 */
#define _HPY_HELPER
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
#else
#  define NOINLINE
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

/* What converters with HPyArg_CLEANUP_SUPPORTED have stored, until it is known that the caller gets it. */
typedef struct {
    size_t count;
    size_t room; /* 0 for that of `few` */
    struct Conversion {
        HPyArg_Converter converter;
        void *target;
    } *more, few[CONVERSIONS_ON_STACK];
} Conversions;

static inline void start_conversions(Conversions *conversions)
{
    conversions->count = conversions->room = 0;
    conversions->more = NULL;
}

static struct Conversion *conversion_at(Conversions *conversions, size_t i)
{
    return i < CONVERSIONS_ON_STACK ? &conversions->few[i] : &conversions->more[i - CONVERSIONS_ON_STACK];
}

/* Makes room for one more. */
static bool reserve_conversion(HPyContext *ctx, Conversions *conversions)
{
    if (conversions->count < CONVERSIONS_ON_STACK + conversions->room)
        return true;
    size_t room = 2 * conversions->room + CONVERSIONS_ON_STACK;
    void *more = realloc(conversions->more, room * sizeof(struct Conversion));
    if (more == NULL) {
        HPyErr_NoMemory(ctx);
        return false;
    }
    conversions->more = (struct Conversion *)more;
    conversions->room = room;
    return true;
}

/* Ends them; if the parsing failed, the converters release what they have stored. */
static void end_conversions(HPyContext *ctx, Conversions *conversions, bool ok)
{
    while (!ok && conversions->count > 0) {
        struct Conversion *last = conversion_at(conversions, --conversions->count);
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
        struct Conversion *added = conversion_at(conversions, conversions->count++);
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

/* ---- positional arguments ---- */

static bool parse_positional(HPyContext *ctx, HPyTracker *tracker, const HPy *args, size_t nargs, const char *fmt,
                             Conversions *conversions, va_list *targets)
{
    bool optional = false;
    size_t i = 0;
    for (const char *position = fmt; !is_end(*position); position += unit_size(position)) {
        if (*position == '|') {
            optional = true;
            continue;
        }
        HPy arg = HPy_NULL;
        if (i < nargs)
            arg = args[i++];
        else if (!optional)
            return fail(ctx, ctx->h_TypeError, fmt, "required positional argument missing");
        if (*position == '(') {
            if (!parse_items(ctx, tracker, fmt, &position, 0, arg, conversions, targets))
                return false;
            continue;
        }
        if (!convert(ctx, fmt, position, arg, conversions, targets))
            return false;
    }
    if (i < nargs)
        return fail(ctx, ctx->h_TypeError, fmt, "mismatched args (too many arguments for fmt)");
    return true;
}

HPyAPI_HELPER int HPyArg_Parse(HPyContext *ctx, HPyTracker *ht, const HPy *args, size_t nargs, const char *fmt, ...)
{
    if (!start_tracker(ctx, ht))
        return 0;
    Conversions conversions;
    start_conversions(&conversions);
    va_list targets;
    va_start(targets, fmt);
    bool ok = parse_positional(ctx, ht, args, nargs, fmt, &conversions, &targets);
    va_end(targets);
    return finish(ctx, ht, &conversions, ok);
}

/* ---- keywords ---- */

/* The name of a keyword argument. */
typedef struct {
    HPy key;
    const char *utf8; /* lives as long as `key`; NULL if `key` has to be asked what it equals */
    size_t size;
} Keyword;

#define KEYWORDS_ON_STACK 16

typedef struct {
    HPyContext *ctx;
    const char *fmt;
    HPyTracker *tracker;
    const HPy *args;
    size_t nargs;
    HPy dict; /* if not null, values given by keyword are there, otherwise in `args` behind the positional ones */
    int is_plain_dict; /* -1 until somebody needs to know */
    size_t given;
    size_t used;
    Conversions *conversions;
    Keyword *keywords; /* as many as are given */
    Keyword fixed[KEYWORDS_ON_STACK];
} Call;

/* An argument; `owned` is a handle that nobody has closed yet. */
typedef struct {
    HPy handle;
    bool owned;
} Value;

static void close_keywords(Call *call)
{
    for (size_t i = 0; i < call->given; i++)
        HPy_Close(call->ctx, call->keywords[i].key);
    if (call->keywords != call->fixed)
        free(call->keywords);
}

/* Reads the text of the key once. That is enough to find it, unless the key is of a subclass of str with an equality of
 * its own, or the text has no UTF-8 form. */
static bool read_keyword(HPyContext *ctx, Keyword *keyword)
{
    keyword->utf8 = NULL;
    keyword->size = 0;
    HPy type = HPy_Type(ctx, keyword->key);
    if (HPy_IsNull(type))
        return false;
    bool is_exact = HPy_Is(ctx, type, ctx->h_UnicodeType);
    HPy_Close(ctx, type);
    if (!is_exact)
        return true;
    HPy_ssize_t size = 0;
    keyword->utf8 = HPyUnicode_AsUTF8AndSize(ctx, keyword->key, &size);
    keyword->size = (size_t)size;
    if (keyword->utf8 != NULL)
        return true;
    if (!HPyErr_ExceptionMatches(ctx, ctx->h_UnicodeEncodeError))
        return false;
    HPyErr_Clear(ctx);
    return true;
}

/* `names` is a sequence of keys. After a failure, the keys read so far still have to be closed. */
static bool read_keywords(Call *call, HPy names)
{
    HPyContext *ctx = call->ctx;
    HPy_ssize_t length = HPy_Length(ctx, names);
    if (length < 0) {
        HPyErr_Clear(ctx);
        return fail(ctx, ctx->h_SystemError, call->fmt, "could not retrieve length of keyword names tuple");
    }
    if (length > KEYWORDS_ON_STACK) {
        Keyword *allocated = (Keyword *)calloc((size_t)length, sizeof(Keyword));
        if (allocated == NULL) {
            HPyErr_NoMemory(ctx);
            return false;
        }
        call->keywords = allocated;
    }
    for (HPy_ssize_t i = 0; i < length; i++) {
        Keyword *keyword = &call->keywords[i];
        keyword->key = HPy_GetItem_i(ctx, names, i);
        if (HPy_IsNull(keyword->key))
            return false;
        call->given++;
        if (!read_keyword(ctx, keyword))
            return false;
    }
    return true;
}

/* Asks the key whether it equals the name. 1, 0, or -1 with an exception set. */
static int is_equal(HPyContext *ctx, const Keyword *keyword, const char *name)
{
    HPy other = HPyUnicode_FromString(ctx, name);
    if (HPy_IsNull(other))
        return -1;
    int result = HPy_RichCompareBool(ctx, keyword->key, other, HPy_EQ);
    HPy_Close(ctx, other);
    return result;
}

/* 1, 0, or -1 with an exception set. */
static inline int is_named(HPyContext *ctx, const Keyword *keyword, const char *name)
{
    const char *utf8 = keyword->utf8;
    if (utf8 == NULL)
        return is_equal(ctx, keyword, name);
    /* Names are short: this takes less than to call memcmp. */
    size_t i = 0;
    while (utf8[i] == name[i] && name[i] != '\0')
        i++;
    return i == keyword->size && name[i] == '\0';
}

/* A subclass of dict may create values on request, for any key. */
static bool is_plain_dict(Call *call)
{
    HPyContext *ctx = call->ctx;
    if (call->is_plain_dict < 0) {
        /* ABI 0.0 has no handle for the type. */
        HPy dict = HPyDict_New(ctx);
        if (HPy_IsNull(dict)) {
            HPyErr_Clear(ctx);
            return false;
        }
        HPy plain = HPy_Type(ctx, dict);
        HPy type = HPy_Type(ctx, call->dict);
        call->is_plain_dict = HPy_Is(ctx, plain, type);
        HPy_Close(ctx, type);
        HPy_Close(ctx, plain);
        HPy_Close(ctx, dict);
    }
    return call->is_plain_dict;
}

/* Looks up a key that the dict does not list. A KeyError means that it is absent. */
static bool find_unlisted(Call *call, const char *name, Value *value)
{
    HPyContext *ctx = call->ctx;
    if (HPy_IsNull(call->dict) || is_plain_dict(call))
        return true;
    value->handle = HPy_GetItem_s(ctx, call->dict, name);
    value->owned = true;
    if (!HPy_IsNull(value->handle))
        return true;
    if (!HPyErr_ExceptionMatches(ctx, ctx->h_KeyError))
        return false;
    HPyErr_Clear(ctx);
    return true;
}

/* Leaves `value` unchanged if there is no argument of that name. */
static bool find_by_name(Call *call, const char *name, Value *value)
{
    if (call->used < call->given) {
        for (size_t i = 0; i < call->given; i++) {
            int found = is_named(call->ctx, &call->keywords[i], name);
            if (found < 0)
                return false;
            if (found == 0)
                continue;
            call->used++;
            if (HPy_IsNull(call->dict)) {
                value->handle = call->args[call->nargs + i];
                return true;
            }
            value->handle = HPy_GetItem(call->ctx, call->dict, call->keywords[i].key);
            value->owned = true;
            return !HPy_IsNull(value->handle);
        }
    }
    return find_unlisted(call, name, value);
}

/* Hands the value over to the tracker, so that what is stored in the target outlives this call. */
static bool track(Call *call, Value *value)
{
    HPyContext *ctx = call->ctx;
    HPy handle = value->owned ? value->handle : HPy_Dup(ctx, value->handle);
    value->handle = handle;
    value->owned = false;
    /* Even if the tracker fails to grow, it has taken the handle. */
    return HPyTracker_Add(ctx, *call->tracker, handle) >= 0;
}

/* Whether a unit stores a handle. */
static bool stores_handle(const char *unit)
{
    return (*unit == 'O' && unit[1] != '&') || *unit == 'U' || *unit == 'S';
}

/* Whether a unit stores what an object has, other than numbers. */
static bool stores_pointer(const char *unit)
{
    return *unit == 's' || *unit == 'z' || *unit == 'y' || *unit == 'O';
}

/* Makes sure that what `unit` stores stays valid. */
static bool keep_alive(Call *call, const char *unit, Value *value)
{
    HPyContext *ctx = call->ctx;
    if (HPy_IsNull(value->handle))
        return true;
    if (stores_handle(unit))
        return track(call, value);
    if (stores_pointer(unit) && value->owned) {
        if (call->tracker != NULL)
            return track(call, value);
        /* A plain dict keeps the str, and thereby the text. A subclass may have created the str just now. */
        if (!is_plain_dict(call))
            return fail(ctx, ctx->h_SystemError, call->fmt,
                        *unit == 's' ? "HPyArg_ParseKeywordsDict cannot use the format character 's' with a subclass of "
                                       "dict unless an HPyTracker is provided. Please supply an HPyTracker."
                                     : "HPyArg_ParseKeywordsDict cannot use this format character with a subclass of "
                                       "dict unless an HPyTracker is provided. Please supply an HPyTracker.");
    }
    return true;
}

/* There is a keyword argument that was not used: reports which, and why. */
static bool check_leftovers(Call *call, const char *const names[])
{
    HPyContext *ctx = call->ctx;
    for (size_t i = 0; i < call->given; i++) {
        const Keyword *keyword = &call->keywords[i];
        if (!HPyUnicode_Check(ctx, keyword->key))
            return fail(ctx, ctx->h_TypeError, call->fmt, "keywords must be strings");
        const char *match = NULL;
        size_t n = 0;
        for (; names[n] != NULL; n++) {
            if (*names[n] == '\0') /* positional only */
                continue;
            int found = is_named(ctx, keyword, names[n]);
            if (found < 0)
                return false;
            if (found) {
                match = names[n];
                break;
            }
        }
        if (match == NULL)
            return fail_about_keyword(ctx, call->fmt, "got an unexpected keyword argument", keyword->key);
        bool is_duplicate = n < call->nargs;
        for (size_t earlier = 0; earlier < i && !is_duplicate; earlier++) {
            int found = is_named(ctx, &call->keywords[earlier], match);
            if (found < 0)
                return false;
            is_duplicate = found;
        }
        if (is_duplicate)
            return fail_about_keyword(ctx, call->fmt, "got multiple values for argument", keyword->key);
    }
    return true;
}

static bool parse_one(Call *call, const char **position, Value *value, bool optional, va_list *targets)
{
    HPyContext *ctx = call->ctx;
    if (HPy_IsNull(value->handle) && !optional)
        return fail(ctx, ctx->h_TypeError, call->fmt, "no value for required argument");
    if (**position == '(')
        return parse_items(ctx, call->tracker, call->fmt, position, 0, value->handle, call->conversions, targets);
    return keep_alive(call, *position, value)
           && convert_one(ctx, call->fmt, *position, value->handle, call->conversions, targets);
}

static bool parse_with_names(Call *call, const char *const names[], va_list *targets)
{
    HPyContext *ctx = call->ctx;
    const char *fmt = call->fmt;

    size_t positional_only = 0;
    bool optional = false;
    bool keyword_only = false;
    size_t i = 0;
    for (const char *position = fmt; !is_end(*position); position += unit_size(position)) {
        char unit = *position;
        if (unit == '|') {
            optional = true;
            continue;
        }
        if (unit == '$') {
            optional = keyword_only = true;
            continue;
        }
        const char *name = names[i];
        if (name == NULL)
            return fail(ctx, ctx->h_TypeError, fmt, "mismatched args (too few keywords for fmt)");
        if (call->tracker == NULL && stores_handle(position))
            return fail_without_tracker(ctx, fmt);
        if (*name == '\0') {
            if (positional_only != i)
                return fail(ctx, ctx->h_SystemError, fmt, "empty keyword parameter name");
            positional_only++;
        }
        Value value = {HPy_NULL, false};
        if (i < call->nargs) {
            if (keyword_only)
                return fail(ctx, ctx->h_TypeError, fmt, "keyword only argument passed as positional argument");
            value.handle = call->args[i];
        }
        else if (i >= positional_only && !find_by_name(call, name, &value)) {
            return false;
        }
        i++;
        /* The most frequent, which needs nothing else. */
        if (unit == 'O' && position[1] != '!' && position[1] != '&' && !HPy_IsNull(value.handle)) {
            if (!track(call, &value))
                return false;
            *va_arg(*targets, HPy *) = value.handle;
            continue;
        }
        bool ok = parse_one(call, &position, &value, optional, targets);
        if (value.owned)
            HPy_Close(ctx, value.handle);
        if (!ok)
            return false;
    }

    if (names[i] != NULL)
        return fail(ctx, ctx->h_TypeError, fmt, "mismatched args (too many keywords for fmt)");
    if (i < call->nargs)
        return fail(ctx, ctx->h_TypeError, fmt, "mismatched args (too many arguments for fmt)");
    return call->used == call->given || check_leftovers(call, names);
}

static void start_call(Call *call, HPyContext *ctx, HPyTracker *tracker, const HPy *args, size_t nargs, const char *fmt,
                       Conversions *conversions)
{
    call->ctx = ctx;
    call->fmt = fmt;
    call->tracker = tracker;
    call->args = args;
    call->nargs = nargs;
    call->dict = HPy_NULL;
    call->is_plain_dict = -1;
    call->given = 0;
    call->used = 0;
    call->keywords = call->fixed;
    call->conversions = conversions;
    start_conversions(conversions);
}

/* The long way, for calls with arguments in an array. */
NOINLINE static bool parse_arguments(HPyContext *ctx, HPyTracker *tracker, const HPy *args, size_t nargs, HPy kwnames,
                            const char *fmt, const char *const names[], Conversions *conversions, va_list *targets)
{
    HPyErr_Clear(ctx);
    Call call;
    start_call(&call, ctx, tracker, args, nargs, fmt, conversions);
    bool ok = (HPy_IsNull(kwnames) || read_keywords(&call, kwnames)) && parse_with_names(&call, names, targets);
    close_keywords(&call);
    return ok;
}

/* ---- the short way, which most calls go: all is as it should be, and keywords are in the order of the parameters ---- */

#define PARAMETERS_ON_STACK 16

/* Whether a unit is one letter, stores what it converts to and nothing else. */
static inline bool is_plain_unit(const char *unit)
{
    if (*unit == 'O')
        return unit[1] != '!' && unit[1] != '&';
    return unit_size(unit) == 1 && strchr("bBhHiIlkLKnfdps", *unit) != NULL;
}

/* Whether the keyword with this index has this name, and there is nothing to ask its key. An exception may be set if not. */
static inline bool has_name(HPyContext *ctx, HPy kwnames, HPy_ssize_t index, const char *name)
{
    Keyword keyword;
    keyword.key = HPy_GetItem_i(ctx, kwnames, index);
    bool found = !HPy_IsNull(keyword.key) && read_keyword(ctx, &keyword) && keyword.utf8 != NULL
                 && is_named(ctx, &keyword, name) > 0;
    HPy_Close(ctx, keyword.key);
    return found;
}

/* Finds the argument of each parameter, HPy_NULL for one that is absent. Returns false, perhaps with an exception, for a
 * call that goes the long way, which finds the same if it is right after all. */
static bool find_arguments(HPyContext *ctx, const HPy *args, size_t nargs, HPy kwnames, const char *fmt,
                           const char *const names[], HPy found[PARAMETERS_ON_STACK])
{
    HPy_ssize_t given = HPy_IsNull(kwnames) ? 0 : HPy_Length(ctx, kwnames);
    size_t all = nargs + (given > 0 ? (size_t)given : 0);
    size_t n = 0, used = 0;
    bool optional = false;
    for (; !is_end(*fmt); fmt++) {
        if (*fmt == '|' || (*fmt == '$' && nargs <= n)) {
            optional = true;
            continue;
        }
        const char *name = names[n];
        if (name == NULL || *name == '\0' || !is_plain_unit(fmt) || n == PARAMETERS_ON_STACK)
            return false;
        if (used < all && (used < nargs || has_name(ctx, kwnames, (HPy_ssize_t)(used - nargs), name)))
            found[n] = args[used++];
        else if (optional)
            found[n] = HPy_NULL;
        else
            return false;
        n++;
    }
    return names[n] == NULL && used == all && given >= 0;
}

/* Stores the arguments that were found. */
static bool store_arguments(HPyContext *ctx, HPyTracker *tracker, const HPy *found, const char *fmt, va_list *targets)
{
    for (const char *position = fmt; !is_end(*position); position++) {
        if (*position == '|' || *position == '$')
            continue;
        HPy arg = *found++;
        if (*position == 'O') {
            if (tracker == NULL)
                return fail_without_tracker(ctx, fmt);
            HPy *target = va_arg(*targets, HPy *);
            if (HPy_IsNull(arg))
                continue;
            arg = HPy_Dup(ctx, arg);
            /* Even if the tracker fails to grow, it has taken the handle. */
            if (HPyTracker_Add(ctx, *tracker, arg) < 0)
                return false;
            *target = arg;
        }
        else if (!convert_one(ctx, fmt, position, arg, NULL, targets)) {
            return false;
        }
    }
    return true;
}

HPyAPI_HELPER int HPyArg_ParseKeywords(HPyContext *ctx, HPyTracker *ht, const HPy *args, size_t nargs, HPy kwnames,
                                       const char *fmt, const char *keywords[], ...)
{
    if (!start_tracker(ctx, ht))
        return 0;
    const char *const *names = (const char *const *)keywords;
    HPy found[PARAMETERS_ON_STACK];
    Conversions conversions;
    conversions.count = 0;
    va_list targets;
    va_start(targets, keywords);
    bool ok = find_arguments(ctx, args, nargs, kwnames, fmt, names, found)
                  ? store_arguments(ctx, ht, found, fmt, &targets)
                  : parse_arguments(ctx, ht, args, nargs, kwnames, fmt, names, &conversions, &targets);
    va_end(targets);
    return finish(ctx, ht, &conversions, ok);
}

HPyAPI_HELPER int HPyArg_ParseKeywordsDict(HPyContext *ctx, HPyTracker *ht, const HPy *args, HPy_ssize_t nargs, HPy kw,
                                           const char *fmt, const char *keywords[], ...)
{
    if (!start_tracker(ctx, ht))
        return 0;
    Call call;
    Conversions conversions;
    start_call(&call, ctx, ht, args, (size_t)nargs, fmt, &conversions);
    bool ok = true;
    if (!HPy_IsNull(kw)) {
        call.dict = kw;
        HPy keys = HPyDict_Keys(ctx, kw);
        ok = !HPy_IsNull(keys) && read_keywords(&call, keys);
        HPy_Close(ctx, keys);
    }
    va_list targets;
    va_start(targets, keywords);
    ok = ok && parse_with_names(&call, (const char *const *)keywords, &targets);
    va_end(targets);
    close_keywords(&call);
    return finish(ctx, ht, &conversions, ok);
}
