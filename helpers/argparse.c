/* Argument parsing: HPyArg_Parse, HPyArg_ParseKeywords, HPyArg_ParseKeywordsDict.
 *
 * First positional arguments, then keywords, in the long way and in the short one. What the units of a format do is in
 * argparse_units.h. The declarations, with the table of units, are in include/hpy/argparse.h.
 */
#define _HPY_HELPER
#include "argparse_units.h"

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
    const char *utf8; /* lives as long as `key`; NULL if there is no such text */
    size_t size;
    bool is_plain; /* whether it equals nothing but its text */
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

/* Reads the text of the key once. That is enough to find it, unless the key is of a subclass of str with an equality of
 * its own, or the text has no UTF-8 form. */
static bool read_keyword(HPyContext *ctx, Keyword *keyword)
{
    keyword->utf8 = NULL;
    keyword->size = 0;
    int is_exact = is_exact_str(ctx, keyword->key);
    if (is_exact < 0)
        return false;
    keyword->is_plain = is_exact;
    if (!is_exact && !HPyUnicode_Check(ctx, keyword->key))
        return true;
    HPy_ssize_t size = 0;
    keyword->utf8 = HPyUnicode_AsUTF8AndSize(ctx, keyword->key, &size);
    keyword->size = (size_t)size;
    if (keyword->utf8 != NULL)
        return true;
    keyword->is_plain = false;
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

static inline bool is_text(const char *utf8, size_t size, const char *name)
{
    /* Names are short: this takes less than to call memcmp. */
    size_t i = 0;
    while (utf8[i] == name[i] && name[i] != '\0')
        i++;
    return name[i] == '\0' && i == size;
}

/* A key with the text of the name is the name, as for functions of CPython. 1, 0, or -1 with an exception set. */
static int is_named(HPyContext *ctx, const Keyword *keyword, const char *name)
{
    if (keyword->utf8 != NULL && is_text(keyword->utf8, keyword->size, name))
        return 1;
    return keyword->is_plain ? 0 : is_equal(ctx, keyword, name);
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

/* How far the short way has come in a format. */
typedef struct {
    const char *position;
    size_t parameters; /* before it */
    bool optional;
} Progress;

/* `progress` says what is done already; no parameter before it is positional only. */
static bool parse_with_names(Call *call, Progress progress, const char *const names[], va_list *targets)
{
    HPyContext *ctx = call->ctx;
    const char *fmt = call->fmt;

    size_t positional_only = 0;
    bool optional = progress.optional;
    bool keyword_only = false;
    size_t i = progress.parameters;
    for (const char *position = progress.position; !is_end(*position); position += unit_size(position)) {
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

/* The long way, for calls with arguments in an array, after the short one has used the first `used` of them. */
NOINLINE static int go_long_way(HPyContext *ctx, HPyTracker *ht, const HPy *args, size_t nargs, HPy kwnames,
                                const char *fmt, const char *const names[], Progress progress, size_t used,
                                va_list *targets)
{
    HPyErr_Clear(ctx);
    Call call;
    Conversions conversions;
    start_call(&call, ctx, ht, args, nargs, fmt, &conversions);
    if (used > nargs)
        call.used = used - nargs;
    bool ok = (HPy_IsNull(kwnames) || read_keywords(&call, kwnames))
              && parse_with_names(&call, progress, names, targets);
    close_keywords(&call);
    return finish(ctx, ht, &conversions, ok);
}

/* ---- the short way, which most calls go: all is as it should be, and keywords are in the order of the parameters ---- */

/* Whether a unit is one letter, stores what it converts to and nothing else. */
static inline bool is_plain_unit(const char *unit)
{
    if (*unit == 'O')
        return unit[1] != '!' && unit[1] != '&';
    return unit_size(unit) == 1 && strchr("bBhHiIlkLKnfdps", *unit) != NULL;
}

/* Whether the keyword with this index has this name: 1, 0, or -1, perhaps with an exception, if its key has to be asked.
 * The text decides for most keys, so their type is looked at only where it differs. */
static inline int has_name(HPyContext *ctx, HPy kwnames, size_t index, const char *name)
{
    HPy key = HPy_GetItem_i(ctx, kwnames, (HPy_ssize_t)index);
    if (HPy_IsNull(key))
        return -1;
    HPy_ssize_t size;
    const char *utf8 = HPyUnicode_AsUTF8AndSize(ctx, key, &size);
    int found = -1;
    if (utf8 != NULL && is_text(utf8, (size_t)size, name))
        found = 1;
    else if (utf8 != NULL && is_exact_str(ctx, key) > 0)
        found = 0;
    HPy_Close(ctx, key);
    return found;
}

/* The same, and 0 only if no later keyword has this name, so that its parameter is absent. */
static inline int is_next(HPyContext *ctx, HPy kwnames, size_t index, size_t given, const char *name)
{
    int found = has_name(ctx, kwnames, index, name);
    while (found == 0 && ++index < given) {
        if (has_name(ctx, kwnames, index, name) != 0)
            return -1;
    }
    return found;
}

static int parse_keywords(HPyContext *ctx, HPyTracker *ht, const HPy *args, size_t nargs, HPy kwnames, const char *fmt,
                          const char *const names[], va_list *targets)
{
    if (!start_tracker(ctx, ht))
        return 0;
    const char *const *name = names;
    const char *position = fmt;
    bool optional = false;
    size_t all = nargs, used = 0; /* of the arguments */
    if (!HPy_IsNull(kwnames)) {
        HPy_ssize_t given = HPy_Length(ctx, kwnames);
        if (UNLIKELY(given < 0))
            goto long_way;
        all += (size_t)given;
    }
    for (; !is_end(*position); position++) {
        char unit = *position;
        if (unit == '|' || (unit == '$' && used >= nargs)) {
            optional = true;
            continue;
        }
        if (UNLIKELY(*name == NULL || **name == '\0' || !is_plain_unit(position) || (unit == 'O' && ht == NULL)))
            goto long_way;
        if (used >= nargs) {
            int found = used == all ? 0 : is_next(ctx, kwnames, used - nargs, all - nargs, *name);
            if (UNLIKELY(found < 0 || (!found && !optional)))
                goto long_way;
            if (UNLIKELY(!found)) {
                name++;
                convert_one(ctx, fmt, position, HPy_NULL, NULL, targets);
                continue;
            }
        }
        name++;
        HPy arg = args[used++];
        bool ok;
        if (unit != 'O') {
            ok = convert_one(ctx, fmt, position, arg, NULL, targets);
        }
        else {
            HPy *target = va_arg(*targets, HPy *);
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
    if (*name == NULL && used == all)
        return 1;
long_way:;
    Progress progress = {position, (size_t)(name - names), optional};
    return go_long_way(ctx, ht, args, nargs, kwnames, fmt, names, progress, used, targets);
}

HPyAPI_HELPER int HPyArg_ParseKeywords(HPyContext *ctx, HPyTracker *ht, const HPy *args, size_t nargs, HPy kwnames,
                                       const char *fmt, const char *keywords[], ...)
{
    va_list targets;
    va_start(targets, keywords);
    int ok = parse_keywords(ctx, ht, args, nargs, kwnames, fmt, (const char *const *)keywords, &targets);
    va_end(targets);
    return ok;
}

HPyAPI_HELPER int _HPyArg_ParseKeywordsBy(_HPyArg_TrackFunction track_objects, HPyContext *ctx, HPyTracker *ht,
                                          const HPy *args, size_t nargs, HPy kwnames, const char *fmt,
                                          const char *keywords[], ...)
{
    const char *const *names = (const char *const *)keywords;
    va_list targets;
    va_start(targets, keywords);
    const HPy *objects = NULL;
    if (*fmt == 'O' && ht != NULL)
        objects = track_objects(ctx, ht, args, nargs, kwnames, fmt, names);
    int ok = 1;
    if (UNLIKELY(objects == NULL)) {
        ok = parse_keywords(ctx, ht, args, nargs, kwnames, fmt, names, &targets);
    }
    else {
        for (; *names != NULL; names++, objects++) {
            HPy *target = va_arg(targets, HPy *);
            if (!HPy_IsNull(*objects))
                *target = *objects;
        }
    }
    va_end(targets);
    return ok;
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
    Progress progress = {fmt, 0, false};
    ok = ok && parse_with_names(&call, progress, (const char *const *)keywords, &targets);
    va_end(targets);
    close_keywords(&call);
    return finish(ctx, ht, &conversions, ok);
}
