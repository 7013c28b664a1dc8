/* Small helpers for types and calls. Compiled into the extension (helpers.c). */
#ifndef HPY_HELPERS_H
#define HPY_HELPERS_H

#include "hpy/types.h"

/**
 * Creates a type, as `HPyType_FromSpec`, and sets it as the attribute `name` of `obj`, which is usually a module.
 *
 * Returns 1, or 0 with an exception.
 */
HPy_FACTS(since=0.0, python=yes, error=0)
HPyAPI_HELPER int HPyHelpers_AddType(HPyContext *ctx, HPy obj, const char *name, HPy_KEPT HPyType_Spec *hpyspec,
                                     HPy_NULLABLE HPy_ARRAY(until kind == 0) HPyType_SpecParam *params);

/**
 * Turns the arguments of an implementation with the signature `HPyFunc_KEYWORDS` into a tuple and a dict, as
 * `HPy_CallTupleDict` takes them. Both are new handles, or `HPy_NULL` if there are no arguments of that kind.
 *
 * Returns 1, or 0 with an exception; then the outputs are unchanged.
 */
HPy_FACTS(since=0.0, python=yes, error=0)
HPyAPI_HELPER int HPyHelpers_PackArgsAndKeywords(HPyContext *ctx, HPy_ARRAY(nargs + kwnames) const HPy *args,
                                                 size_t nargs, HPy_NULLABLE HPy kwnames,
                                                 HPy_OUT HPy *out_pos_args, HPy_OUT HPy *out_kwd);

#if !defined(HPY_H) && !defined(HPY_ABI_CPYTHON)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_HELPERS_H */
