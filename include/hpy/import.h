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

/**
 * What the statement `import` does: `importlib.__import__(name, globals, locals, fromlist, level)`. `globals` is the dict of
 * the module that imports, of which a relative import, one with a `level` above 0, takes the package. `fromlist` is a
 * sequence of names; without one the result is the package that the name begins with.
 *
 * Returns a new handle, or `HPy_NULL` with an exception (`TypeError` if `name` is not a `str`, `ValueError` if `level`
 * is negative).
 */
HPy_ID(401, since=0.1, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPyImport_ImportModuleLevel(HPyContext *ctx, HPy name, HPy_NULLABLE HPy globals,
                                            HPy_NULLABLE HPy locals, HPy_NULLABLE HPy fromlist, int level);

/**
 * The module of that name, if it was imported already: `sys.modules.get(name)`.
 *
 * Returns a new handle; `HPy_NULL` without an exception if there is none, and with one on failure.
 */
HPy_ID(402, since=0.1, python=yes, error=HPy_NULL?)
HPyAPI_FUNC HPy HPyImport_GetModule(HPyContext *ctx, HPy name);

/**
 * The module of that name in `sys.modules`, which is new and empty if there was none. Nothing is loaded.
 *
 * Returns a new handle, or `HPy_NULL` with an exception.
 */
HPy_ID(403, since=0.1, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPyImport_AddModuleRef(HPyContext *ctx, const char *utf8_name);

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/import.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_IMPORT_H */
