/* Booleans. The truth value of an object is `HPy_IsTrue`, in object.h. */
#ifndef HPY_BOOLEAN_H
#define HPY_BOOLEAN_H

#include "hpy/context.h"

/** `True` or `False`. Returns a new handle. */
HPy_ID(97, since=0.0, python=no, error=none)
HPyAPI_FUNC HPy HPyBool_FromBool(HPyContext *ctx, bool v);

/** `True` if `v` is not 0, otherwise `False`. Returns a new handle. */
HPy_FACTS(since=0.0, python=no, error=none)
HPyAPI_FUNC HPy HPyBool_FromLong(HPyContext *ctx, long v)
{
    return HPyBool_FromBool(ctx, v != 0);
}

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/boolean.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_BOOLEAN_H */
