/* Building objects from C values. Compiled into the extension (buildvalue.c).
 *
 * The units of the format, and the C arguments they take:
 *
 *   i I   int, unsigned int                        f d   double
 *   l k   long, unsigned long                      s     const char * in UTF-8; NULL gives None
 *   L K   long long, unsigned long long            O S   HPy, which remains the caller's
 *   n     HPy_ssize_t                                N     HPy, which is closed, whatever the call returns
 *
 *   (...)  a tuple      [...]  a list      {k:v, ...}  a dict
 *
 * Commas are optional between items and after the last one, but required between the pairs of a dict. Spaces are
 * ignored. Brackets can be nested up to 200 deep.
 */
#ifndef HPY_BUILDVALUE_H
#define HPY_BUILDVALUE_H

#include "hpy/context.h"

/**
 * Builds an object: `None` for an empty format, the object itself for one unit, a tuple for several.
 *
 * A null handle as argument is an error, which keeps an exception that is already pending. So the result of another
 * function can be passed without a check.
 *
 * Returns a new handle, or `HPy_NULL` with an exception (`SystemError` for an invalid format). Python code
 * runs only when a dict is built.
 */
HPy_FACTS(since=0.0, python=yes, error=HPy_NULL, pending)
HPyAPI_HELPER HPy HPy_BuildValue(HPyContext *ctx, const char *fmt, ...);

#if !defined(HPY_H) && !defined(HPY_ABI_CPYTHON)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_BUILDVALUE_H */
