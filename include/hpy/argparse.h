/* Parsing the arguments of a call into C variables. Compiled into the extension (argparse.c).
 *
 * The format has one unit per parameter, in order:
 *
 *   b B   unsigned char, checked and modulo 256        O   HPy: the argument itself
 *   h H   short; unsigned short modulo 2**16           p   int: 1 or 0, the truth value
 *   i I   int; unsigned int modulo 2**32               s   const char *: a str in UTF-8 without zero bytes,
 *   l k   long; unsigned long, modulo its range            which lives as long as the argument
 *   L K   long long; unsigned long long modulo 2**64   f   float
 *   n     HPy_ssize_t                                  d   double
 *
 * and between or after them:
 *
 *   |       what follows is optional: variables of absent arguments are left as they are
 *   $       with keywords: what follows is optional and cannot be passed by position
 *   :name   ends the format; the name of the function, for messages
 *   ;text   ends the format; the whole message in place of the ones made here
 */
#ifndef HPY_ARGPARSE_H
#define HPY_ARGPARSE_H

#include "hpy/context.h"

/**
 * Parses positional arguments, as implementations with the signature `HPyFunc_VARARGS` get them. The variable
 * arguments are the addresses of the variables, one per unit.
 *
 * A unit `O` gives the handle of the caller, which must not be closed, so a tracker is not needed: `ht` may
 * be NULL. If it is not, a tracker is stored there, to be closed by the caller after success only.
 *
 * Returns 1, or 0 with an exception.
 */
HPy_FACTS(since=0.0, python=yes, error=0)
HPyAPI_HELPER int HPyArg_Parse(HPyContext *ctx, HPy_NULLABLE HPy_OUT HPyTracker *ht,
                               HPy_ARRAY(nargs) const HPy *args, size_t nargs, const char *fmt, ...);

/**
 * Parses positional and keyword arguments, as implementations with the signature `HPyFunc_KEYWORDS` get them:
 * `kwnames` is a tuple of names or `HPy_NULL`. `keywords` has the name of each parameter, ended by NULL; the
 * empty string stands for parameters that can be passed by position only, which come first.
 *
 * A unit `O` gives a handle that the tracker owns, so `ht` must not be NULL then. If it is not NULL, a
 * tracker is stored there, to be closed by the caller after success only, when the variables are no longer
 * used.
 *
 * Returns 1, or 0 with an exception.
 */
HPy_FACTS(since=0.0, python=yes, error=0)
HPyAPI_HELPER int HPyArg_ParseKeywords(HPyContext *ctx, HPy_NULLABLE HPy_OUT HPyTracker *ht,
                                       HPy_ARRAY(nargs + kwnames) const HPy *args, size_t nargs,
                                       HPy_NULLABLE HPy kwnames, const char *fmt,
                                       HPy_ARRAY(until NULL) const char *keywords[], ...);

/**
 * As `HPyArg_ParseKeywords`, with the keywords in a dict or `HPy_NULL`, as implementations of `HPy_tp_new`
 * and `HPy_tp_init` get them.
 *
 * A unit `s` wants a tracker too: what it gives for a keyword lives as long as the tracker. Without one it
 * lives as long as the dict keeps the value; with a subclass of dict, which may make values on request, that
 * is a `SystemError`.
 */
HPy_FACTS(since=0.0, python=yes, error=0)
HPyAPI_HELPER int HPyArg_ParseKeywordsDict(HPyContext *ctx, HPy_NULLABLE HPy_OUT HPyTracker *ht,
                                           HPy_ARRAY(nargs) const HPy *args, HPy_ssize_t nargs,
                                           HPy_NULLABLE HPy kw, const char *fmt,
                                           HPy_ARRAY(until NULL) const char *keywords[], ...);

#if !defined(HPY_H) && !defined(HPY_ABI_CPYTHON)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_ARGPARSE_H */
