/* Floats: to and from `double`. `HPyFloat_Check` is in check.h. */
#ifndef HPY_FLOAT_H
#define HPY_FLOAT_H

#include "hpy/context.h"

/** Creates a `float`. Returns a new handle, or `HPy_NULL` with `MemoryError`. */
HPy_ID(95, since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyFloat_FromDouble(HPyContext *ctx, double v);

/**
 * The value of a `float`, or of an object with `__float__` or `__index__`, for which Python code may run.
 *
 * Returns -1.0 with an exception (`TypeError` if `h` is not a number); ask `HPyErr_Occurred`, since -1.0 may also
 * be the value.
 */
HPy_ID(96, since=0.0, python=yes, error=-1.0?)
HPyAPI_FUNC double HPyFloat_AsDouble(HPyContext *ctx, HPy h);

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/float.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_FLOAT_H */
