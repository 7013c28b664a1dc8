/* Context variables, as in the module `contextvars`. */
#ifndef HPY_CONTEXTVAR_H
#define HPY_CONTEXTVAR_H

#include "hpy/context.h"

/**
 * Creates a context variable with a name and a default value; `HPy_NULL` means that it has none.
 *
 * Returns a new handle, or `HPy_NULL` with an exception.
 */
HPy_ID(250, since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyContextVar_New(HPyContext *ctx, const char *name, HPy_NULLABLE HPy default_value);

/**
 * Stores in `*result` a new handle to the value of a variable. If it has no value, that is `default_value`, or else
 * the default of the variable, or else `HPy_NULL`.
 *
 * Returns 0, or -1 with an exception (`TypeError` if `context_var` is not a context variable) and `HPy_NULL` in
 * `*result`.
 */
HPy_ID(251, since=0.0, python=no, error=-1)
HPyAPI_FUNC int32_t HPyContextVar_Get(HPyContext *ctx, HPy context_var, HPy_NULLABLE HPy default_value,
                                      HPy_OUT HPy *result);

/**
 * Sets the value of a variable in the current context.
 *
 * Returns a new handle to the token for `ContextVar.reset`, or `HPy_NULL` with an exception.
 */
HPy_ID(252, since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyContextVar_Set(HPyContext *ctx, HPy context_var, HPy value);

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/contextvar.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_CONTEXTVAR_H */
