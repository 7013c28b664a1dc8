/* Small conveniences on types and calls. Compiled into the extension (helpers.c). */
#ifndef HPY_HELPERS_H
#define HPY_HELPERS_H

#include "hpy/types.h"

/**
 * Makes a type, as `HPyType_FromSpec`, and sets it as the attribute `name` of `obj`, which is a module as a
 * rule.
 *
 * Returns 1, or 0 with an exception. May run Python code.
 */
HPyAPI_HELPER int HPyHelpers_AddType(HPyContext *ctx, HPy obj, const char *name, HPyType_Spec *hpyspec,
                                     HPyType_SpecParam *params);

/**
 * Turns the arguments of an implementation with the signature `HPyFunc_KEYWORDS` into a tuple and a dict, as
 * `HPy_CallTupleDict` takes them. Both are new handles, or `HPy_NULL` if there are no arguments of that kind.
 *
 * Returns 1, or 0 with an exception, and the outputs as they were.
 */
HPyAPI_HELPER int HPyHelpers_PackArgsAndKeywords(HPyContext *ctx, const HPy *args, size_t nargs, HPy kwnames,
                                                 HPy *out_pos_args, HPy *out_kwd);

#if !defined(HPY_H) && !defined(HPY_ABI_CPYTHON)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_HELPERS_H */
