/* Calls of the helpers with a format, for formats.py: the format and its arguments come from Python.
 *
 * Each function makes one call and checks what holds whatever the format is. AssertionError is a finding; any other
 * exception is that of the call itself, which refused its input.
 */
#include <hpy.h>

#include <stdlib.h>
#include <string.h>

static HPy finding(HPyContext *ctx, const char *text)
{
    HPyErr_Clear(ctx);
    return HPyErr_SetString(ctx, ctx->h_AssertionError, text);
}

/* Whether an exception is set exactly if there is no result. */
static bool is_consistent(HPyContext *ctx, bool has_result)
{
    return has_result == !HPyErr_Occurred(ctx);
}

/* ---- HPyArg_Parse and its kin ---- */

#define TARGETS 24
#define WORDS (2 * TARGETS)
#define TARGET_SIZE 32
#define UNTOUCHED 0xa5

typedef union {
    unsigned char bytes[TARGET_SIZE];
    HPy handle;
    const char *text;
    long long number;
    double real;
} Target;

/* How many bytes a unit stores. */
static size_t stored_size(char unit)
{
    switch (unit) {
    case 'b': case 'B': return sizeof(char);
    case 'h': case 'H': return sizeof(short);
    case 'i': case 'I': case 'p': return sizeof(int);
    case 'l': case 'k': return sizeof(long);
    case 'L': case 'K': return sizeof(long long);
    case 'n': return sizeof(HPy_ssize_t);
    case 'f': return sizeof(float);
    case 'd': return sizeof(double);
    case 'O': case 'U': case 'S': return sizeof(HPy);
    case 's': case 'z': case 'y': return sizeof(const char *);
    case '#': return sizeof(HPy_ssize_t);
    case 'C': return sizeof(int);
    case 'c': return sizeof(char);
    case '&': return sizeof(void *);
    default: return 0;
    }
}

static bool is_untouched(const Target *target, size_t from)
{
    for (size_t i = from; i < TARGET_SIZE; i++)
        if (target->bytes[i] != UNTOUCHED)
            return false;
    return true;
}

/* A converter that stores what is to be freed, refuses None, and fails without an exception for True. */
static int allocate(HPyContext *ctx, HPy arg, void *target)
{
    void **place = (void **)target;
    if (HPy_IsNull(arg)) {
        free(*place);
        *place = NULL;
        return 1;
    }
    if (HPy_Is(ctx, arg, ctx->h_None))
        HPyErr_SetString(ctx, ctx->h_LookupError, "refused");
    if (HPy_Is(ctx, arg, ctx->h_None) || HPy_Is(ctx, arg, ctx->h_True))
        return 0;
    *place = malloc(1);
    return HPyArg_CLEANUP_SUPPORTED;
}

/* Uses what was stored as the caller of a parsing function would. `next` is the unit behind it. */
static bool use_target(HPyContext *ctx, const Target *target, char unit, char next)
{
    if (is_untouched(target, 0))
        return true;
    if (strchr("szy", unit) != NULL && target->text != NULL) {
        /* for a sanitizer to see */
        volatile size_t size = next == '#' ? (size_t)target[1].number : strlen(target->text);
        volatile char last = target->text[size];
        (void)last;
    }
    if (unit == '&')
        free((void *)target->text);
    if (strchr("OUS", unit) == NULL)
        return true;
    HPy type = HPy_Type(ctx, target->handle);
    bool ok = !HPy_IsNull(type);
    HPy_Close(ctx, type);
    return ok;
}

static HPy check_parsed(HPyContext *ctx, int status, HPyTracker *tracker, const Target *targets, const char *units)
{
    if (status != 0 && status != 1)
        return finding(ctx, "the status is neither 0 nor 1");
    if (!is_consistent(ctx, status))
        return finding(ctx, status ? "success with an exception" : "failure without an exception");
    size_t count = strlen(units);
    for (size_t i = 0; i < TARGETS; i++) {
        char unit = i < count ? units[i] : '\0';
        if (!is_untouched(&targets[i], stored_size(unit)))
            return finding(ctx, "more was stored than the unit has");
        if (status && unit != '\0' && !use_target(ctx, &targets[i], unit, i + 1 < count ? units[i + 1] : '\0'))
            return finding(ctx, "what was stored cannot be used");
    }
    if (!status)
        return HPy_NULL;
    if (tracker != NULL)
        HPyTracker_Close(ctx, *tracker);
    return HPy_Dup(ctx, ctx->h_None);
}

/* What is passed for units: the addresses of targets, and before some a type or a converter, all in words. */
#define TWELVE_WORDS(w, n) \
    w[n], w[n + 1], w[n + 2], w[n + 3], w[n + 4], w[n + 5], w[n + 6], w[n + 7], w[n + 8], w[n + 9], w[n + 10], w[n + 11]
#define ALL_TARGETS(w) TWELVE_WORDS(w, 0), TWELVE_WORDS(w, 12), TWELVE_WORDS(w, 24), TWELVE_WORDS(w, 36)

/* Fills the words for units, and takes the letters out that stand for no target: T for a type, F for a converter. */
static void place_targets(HPyContext *ctx, const char *letters, Target *t, uintptr_t words[WORDS], char units[WORDS])
{
    size_t target = 0;
    for (size_t i = 0; i < WORDS; i++) {
        char letter = *letters != '\0' ? *letters++ : '?';
        if (letter == 'T') {
            memcpy(&words[i], &ctx->h_TupleType, sizeof(HPy));
        }
        else if (letter == 'F') {
            words[i] = (uintptr_t)allocate;
        }
        else {
            /* Those that are too many are not reached. */
            words[i] = (uintptr_t)&t[target < TARGETS ? target : TARGETS - 1];
            if (target < TARGETS)
                units[target++] = letter;
        }
    }
    units[target] = '\0';
}

#define MAX_NAMES 32

/* The names in bytes, each ended by a line feed, which become zeros in `buffer`. */
static bool read_names(HPyContext *ctx, HPy bytes, char buffer[MAX_NAMES * 16], const char *names[MAX_NAMES + 1])
{
    size_t size = (size_t)HPyBytes_Size(ctx, bytes), count = 0;
    if (size > MAX_NAMES * 16)
        return false;
    memcpy(buffer, HPyBytes_AsString(ctx, bytes), size);
    for (char *next = buffer; next < buffer + size && count < MAX_NAMES; count++) {
        names[count] = next;
        next = (char *)memchr(next, '\n', (size_t)(buffer + size - next));
        *next++ = '\0';
    }
    names[count] = NULL;
    return true;
}

/* parse(kind, format, units, with_tracker, names, keywords, positional, *arguments): one call of a parsing function.
 * `kind` is the place of the function in the order of argparse.h, `units` are those that the format has, as
 * `place_targets` reads them. `keywords` is
 * what the function takes as kwnames or kw, where `...` stands for HPy_NULL. As many arguments as `positional` says are
 * positional ones, those behind them belong to kwnames. */
HPyDef_METH(parse, "parse", HPyFunc_VARARGS)
static HPy parse_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    (void)self;
    enum { FIRST = 7 };
    if (nargs < FIRST)
        return finding(ctx, "parse() has more arguments");
    long kind = HPyLong_AsLong(ctx, args[0]);
    const char *format = HPyBytes_AsString(ctx, args[1]);
    char units[WORDS];
    uintptr_t words[WORDS];
    char buffer[MAX_NAMES * 16];
    const char *names[MAX_NAMES + 1];
    if (!read_names(ctx, args[4], buffer, names))
        return finding(ctx, "too many names");
    HPy keywords = HPy_Is(ctx, args[5], ctx->h_Ellipsis) ? HPy_NULL : args[5];
    size_t positional = HPyLong_AsSize_t(ctx, args[6]);
    HPyTracker place;
    HPyTracker *tracker = HPy_IsTrue(ctx, args[3]) ? &place : NULL;
    if (HPyErr_Occurred(ctx))
        return finding(ctx, "an argument of parse() is wrong");

    Target t[TARGETS];
    memset(t, UNTOUCHED, sizeof(t));
    place_targets(ctx, HPyBytes_AsString(ctx, args[2]), t, words, units);
    const HPy *given = args + FIRST;
    int status;
    if (kind == 0)
        status = HPyArg_Parse(ctx, tracker, given, positional, format, ALL_TARGETS(words));
    else if (kind == 1)
        status = HPyArg_ParseKeywords(ctx, tracker, given, positional, keywords, format, names, ALL_TARGETS(words));
    else
        status = HPyArg_ParseKeywordsDict(ctx, tracker, given, (HPy_ssize_t)positional, keywords, format, names,
                                          ALL_TARGETS(words));
    return check_parsed(ctx, status, tracker, t, units);
}

/* ---- HPy_BuildValue and HPyUnicode_FromFormat ---- */

/* How many variable arguments are passed in registers, behind two fixed ones; the rest is on the stack, each in a word
 * of its own, in order. That is what lets one call serve formats that are only known when it runs. */
#if defined(__x86_64__) && !defined(_WIN32)
#  define WORD_REGISTERS 4
#  define REAL_REGISTERS 8
#elif defined(__aarch64__) && defined(__linux__)
#  define WORD_REGISTERS 6
#  define REAL_REGISTERS 8
#else
#  define WORD_REGISTERS 0
#  define REAL_REGISTERS 0
#endif
#define STACK 40

typedef struct {
    size_t words_used;
    size_t reals_used;
    size_t stack_used;
    unsigned long long words[6];
    double reals[8];
    unsigned long long stack[STACK];
    void *allocated[STACK];
    size_t allocated_used;
} Arguments;

static bool add_word(Arguments *arguments, unsigned long long word)
{
    if (arguments->words_used < WORD_REGISTERS)
        arguments->words[arguments->words_used++] = word;
    else if (arguments->stack_used < STACK)
        arguments->stack[arguments->stack_used++] = word;
    else
        return false;
    return true;
}

static bool add_real(Arguments *arguments, double real)
{
    unsigned long long word;
    memcpy(&word, &real, sizeof(word));
    if (arguments->reals_used < REAL_REGISTERS)
        arguments->reals[arguments->reals_used++] = real;
    else if (arguments->stack_used < STACK)
        arguments->stack[arguments->stack_used++] = word;
    else
        return false;
    return true;
}

/* A copy of bytes without anything behind them. */
static void *copy_exactly(Arguments *arguments, const char *bytes, size_t size)
{
    if (arguments->allocated_used == STACK)
        return NULL;
    void *copy = malloc(size > 0 ? size : 1);
    if (copy != NULL) {
        memcpy(copy, bytes, size);
        arguments->allocated[arguments->allocated_used++] = copy;
    }
    return copy;
}

static bool add_argument(HPyContext *ctx, Arguments *arguments, char kind, HPy value)
{
    switch (kind) {
    case 'w': /* an integer of any size */
        return add_word(arguments, HPyLong_AsUnsignedLongLongMask(ctx, value));
    case 'd':
        return add_real(arguments, HPyFloat_AsDouble(ctx, value));
    case 's': /* the text of bytes */
        return add_word(arguments, (uintptr_t)HPyBytes_AsString(ctx, value));
    case 'x': { /* the same without its final zero byte */
        const char *bytes = HPyBytes_AsString(ctx, value);
        return add_word(arguments, (uintptr_t)copy_exactly(arguments, bytes, (size_t)HPyBytes_Size(ctx, value)));
    }
    case 'N':
        value = HPy_Dup(ctx, value); /* which the function closes */
        /* fall through */
    case 'O': {
        uintptr_t word = 0;
        memcpy(&word, &value, sizeof(value));
        return add_word(arguments, word);
    }
    default: /* NULL, HPy_NULL */
        return add_word(arguments, 0);
    }
}

#if WORD_REGISTERS == 4
#  define IN_WORDS(a) a.words[0], a.words[1], a.words[2], a.words[3],
#elif WORD_REGISTERS == 6
#  define IN_WORDS(a) a.words[0], a.words[1], a.words[2], a.words[3], a.words[4], a.words[5],
#else
#  define IN_WORDS(a)
#endif
#if REAL_REGISTERS == 8
#  define IN_REALS(a) a.reals[0], a.reals[1], a.reals[2], a.reals[3], a.reals[4], a.reals[5], a.reals[6], a.reals[7],
#else
#  define IN_REALS(a)
#endif
#define EIGHT(a, n) \
    a.stack[n], a.stack[n + 1], a.stack[n + 2], a.stack[n + 3], a.stack[n + 4], a.stack[n + 5], a.stack[n + 6], \
        a.stack[n + 7]
#define ALL(a) IN_WORDS(a) IN_REALS(a) EIGHT(a, 0), EIGHT(a, 8), EIGHT(a, 16), EIGHT(a, 24), EIGHT(a, 32)

/* A fault that a test of the targets wants, by the variable HPY_FUZZ_FAULT, in formats with a 'K'. */
static void commit_fault(HPyContext *ctx, const char *format)
{
    const char *fault = getenv("HPY_FUZZ_FAULT");
    if (fault == NULL || strchr(format, 'K') == NULL)
        return;
    if (strcmp(fault, "crash") == 0)
        *(volatile int *)(uintptr_t)8 = 1;
    else if (strcmp(fault, "leak") == 0)
        (void)HPyList_New(ctx, 0);
    else if (strcmp(fault, "lie") == 0)
        HPyErr_SetString(ctx, ctx->h_ValueError, "beside a result");
    while (strcmp(fault, "hang") == 0)
        ;
}

/* make(kind, format, kinds, *values): the result of a function that makes something of a format: HPy_BuildValue (0),
 * HPyUnicode_FromFormat (1). `kinds` has a letter for each value, see `add_argument`. */
HPyDef_METH(make, "make", HPyFunc_VARARGS)
static HPy make_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs)
{
    (void)self;
    if (nargs < 3)
        return finding(ctx, "make() has more arguments");
    long kind = HPyLong_AsLong(ctx, args[0]);
    const char *format = HPyBytes_AsString(ctx, args[1]);
    const char *kinds = HPyBytes_AsString(ctx, args[2]);
    Arguments a;
    memset(&a, 0, sizeof(a));
    for (size_t i = 0; i < nargs - 3; i++)
        if (!add_argument(ctx, &a, kinds[i], args[3 + i]))
            return finding(ctx, "make() takes no more arguments");
    if (HPyErr_Occurred(ctx))
        return finding(ctx, "an argument of make() is wrong");

    HPy result = kind == 0 ? HPy_BuildValue(ctx, format, ALL(a)) : HPyUnicode_FromFormat(ctx, format, ALL(a));
    commit_fault(ctx, format);
    for (size_t i = 0; i < a.allocated_used; i++)
        free(a.allocated[i]);
    if (is_consistent(ctx, !HPy_IsNull(result)))
        return result;
    bool has_result = !HPy_IsNull(result);
    HPy_Close(ctx, result);
    return finding(ctx, has_result ? "a result with an exception" : "neither a result nor an exception");
}
