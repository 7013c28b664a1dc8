/* Complex numbers: to and from two doubles. */
#ifndef HPY_COMPLEX_H
#define HPY_COMPLEX_H

#include "hpy/context.h"

/** Creates a `complex`. Returns a new handle, or `HPy_NULL` with `MemoryError`. */
HPy_ID(405, since=0.1, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyComplex_FromDoubles(HPyContext *ctx, double real, double imag);

/**
 * The value of a `complex`, or of an object with `__complex__`, `__float__` or `__index__`, for which Python code may run.
 * Each part is stored where the argument for it says, and left out for NULL.
 *
 * Returns 0, or -1 with an exception (`TypeError` if `h` is not a number); then nothing is stored.
 */
HPy_ID(406, since=0.1, python=yes, error=-1)
HPyAPI_FUNC int HPyComplex_AsDoubles(HPyContext *ctx, HPy h, HPy_NULLABLE HPy_OUT double *real,
                                     HPy_NULLABLE HPy_OUT double *imag);

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/complex.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_COMPLEX_H */
