/* Importing modules. */
#ifndef HPY_IMPORT_H
#define HPY_IMPORT_H

#include "hpy/context.h"

/**
 * Imports a module by its full name, as `importlib.import_module(name)`.
 *
 * Returns a new handle, or `HPy_NULL` with an exception.
 */
HPy_ID(205, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPyImport_ImportModule(HPyContext *ctx, const char *utf8_name);

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/import.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_IMPORT_H */
