/* Parsing the arguments of a call into C variables. Compiled into the extension (argparse.c).
 *
 * The format has one unit per parameter, in order:
 *
 *   b B   unsigned char, checked and modulo 256        s     const char *: a str in UTF-8 without NULs,
 *   h H   short; unsigned short modulo 2**16                 which lives as long as the argument
 *   i I   int; unsigned int modulo 2**32               z     the same; NULL for None
 *   l k   long; unsigned long, modulo its range        y     const char *: a bytes object without NULs
 *   L K   long long; unsigned long long modulo 2**64   s# z# y#  const char *, HPy_ssize_t: with the size, so
 *   n     HPy_ssize_t                                        that there may be NULs
 *   f     float                                        C     int: the code point of a str of length 1
 *   d     double                                       c     char: the byte of a bytes object of length 1
 *   p     int: 1 or 0, the truth value                 O     HPy: the argument itself
 *   U     HPy: a str                                   O!    HPy, HPy: an instance of the type that is given first
 *   S     HPy: a bytes object                          O&    a converter, void *: see `HPyArg_Converter`
 *   (...) the items of a tuple or list, a unit each; with a tracker only
 *
 * The units `O!` and `O&` take two variable arguments: the type itself, or the function, before the address. Memory of
 * other objects comes by a converter: `HPyBuffer_Convert`.
 *
 * Between or after the units:
 *
 *   |       what follows is optional: variables of absent arguments are left unchanged
 *   $       with keywords: what follows is optional and cannot be passed by position
 *   :name   ends the format: the name of the function, for error messages
 *   ;text   ends the format: an error message that replaces the default ones
 */
#ifndef HPY_ARGPARSE_H
#define HPY_ARGPARSE_H

#include "hpy/context.h"

/** What a converter returns if it wants to be called again in case that the parsing fails. */
#define HPyArg_CLEANUP_SUPPORTED 0x20000

/**
 * The function of a unit `O&`: converts `arg`, and stores the result where `target` says. `arg` is valid until the parsing
 * function returns; what is taken from it lives as long as for the unit `s`.
 *
 * Returns 0 with an exception, 1, or `HPyArg_CLEANUP_SUPPORTED`. In the last case it is called once more if the parsing fails
 * after it, with `HPy_NULL` as `arg`, to release what it has stored. An exception is set then, and its result is not used.
 */
typedef int (*HPyArg_Converter)(HPyContext *ctx, HPy_NULLABLE HPy arg, void *target);

/**
 * Parses positional arguments, as implementations with the signature `HPyFunc_VARARGS` receive them. The variable
 * arguments are the addresses of the variables, one per unit.
 *
 * The unit `O`, and others that store a handle, store that from `args`, which must not be closed. No tracker is needed but
 * for items of sequences, so `ht` may be NULL. If it is not, a tracker is stored there, which the caller must close after success, and only then.
 *
 * Returns 1, or 0 with an exception.
 */
HPy_FACTS(since=0.0, python=yes, error=0)
HPyAPI_HELPER int HPyArg_Parse(HPyContext *ctx, HPy_NULLABLE HPy_OUT HPyTracker *ht,
                               HPy_ARRAY(nargs) const HPy *args, size_t nargs, const char *fmt, ...);

/**
 * Parses positional and keyword arguments, as implementations with the signature `HPyFunc_KEYWORDS` receive them:
 * `kwnames` is a tuple of names or `HPy_NULL`. `keywords` lists the names of the parameters, terminated by NULL; the
 * empty string stands for a positional-only parameter, and these come first.
 *
 * The unit `O`, and others that store a handle, store one that the tracker owns, so `ht` must not be NULL then. If it is not NULL, a tracker is
 * stored there, which the caller must close after success, and only then, once the variables are no longer used.
 *
 * Returns 1, or 0 with an exception.
 */
HPy_FACTS(since=0.0, python=yes, error=0)
HPyAPI_HELPER int HPyArg_ParseKeywords(HPyContext *ctx, HPy_NULLABLE HPy_OUT HPyTracker *ht,
                                       HPy_ARRAY(nargs + kwnames) const HPy *args, size_t nargs,
                                       HPy_NULLABLE HPy kwnames, const char *fmt,
                                       HPy_ARRAY(until NULL) const char *keywords[], ...);

/**
 * As `HPyArg_ParseKeywords`, with the keywords in a dict or `HPy_NULL`, as implementations of `HPy_tp_new` and
 * `HPy_tp_init` receive them.
 *
 * With a tracker, the string that the unit `s` stores for a keyword is valid as long as the tracker; without one, as
 * long as the dict keeps the value. A subclass of `dict` may create values on request, so without a tracker it raises
 * `SystemError`.
 */
HPy_FACTS(since=0.0, python=yes, error=0)
HPyAPI_HELPER int HPyArg_ParseKeywordsDict(HPyContext *ctx, HPy_NULLABLE HPy_OUT HPyTracker *ht,
                                           HPy_ARRAY(nargs) const HPy *args, HPy_ssize_t nargs,
                                           HPy_NULLABLE HPy kw, const char *fmt,
                                           HPy_ARRAY(until NULL) const char *keywords[], ...);

/* The names of the parameters of a function, by which arguments are given. A static variable. */
struct _HPyArg_Names_s {
    /* In UTF-8. */
    const char *const *_names;
    /* The same as objects, each once it is known; as many places, which are zero at first. The engine's. */
    uintptr_t *_objects;
    uint32_t _count;
    /* Those before this one cannot be given by name. */
    uint32_t _first;
    /* The interpreter that the objects belong to; 0 if they are not known. The engine's. */
    uintptr_t _owner;
    /* A handle for the names in a call with one keyword, as a number, and the index of its parameter. As long as it is here,
     * no other names have that handle, so a call with the same one need not ask. 0 if there is none. The engine's. */
    uintptr_t _known;
    uintptr_t _known_index;
};

/**
 * Stores for each name in `kwnames` which of `names` it is; their number if none. What follows at more than that many names
 * is left out. Not to be called directly.
 *
 * Returns the number of names in `kwnames`. Never fails.
 */
HPy_ID(288, since=0.1, python=no, error=none)
HPyAPI_FUNC HPy_ssize_t _HPyArg_FindNames(HPyContext *ctx, HPy_INOUT _HPyArg_Names *names, HPy kwnames,
                                          HPy_OUT HPy_ARRAY(names) int32_t *found);

/**
 * What `HPyArg_ParseKeywords` does in most calls if all units of `fmt` are `O`, apart from storing objects in the variables.
 * Stores a tracker, which the caller must close. Not to be called directly.
 *
 * Returns an array with a handle for each parameter, `HPy_NULL` for an absent one; both belong to the tracker, and last as long
 * as it. Returns NULL, without an exception and without a tracker, for any other format or call, and if the engine or a layer
 * does not do this: the caller has to do it by other functions.
 */
HPy_ID(429, since=0.1, python=no, error=none)
HPyAPI_FUNC const HPy *_HPyArg_TrackObjects(HPyContext *ctx, HPy_OUT HPyTracker *ht,
                                            HPy_ARRAY(nargs + kwnames) const HPy *args, size_t nargs,
                                            HPy_NULLABLE HPy kwnames, const char *fmt,
                                            HPy_ARRAY(until NULL) const char *const *names);

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/argparse.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#include "hpy/argparse/keywords.h"

#endif /* HPY_ARGPARSE_H */
