/* Compiling and running source code. */
#ifndef HPY_EVAL_H
#define HPY_EVAL_H

#include "hpy/context.h"

/**
 * Compiles source code: one expression (`HPy_SourceKind_Expr`), a whole file (`HPy_SourceKind_File`) or one
 * interactive statement (`HPy_SourceKind_Single`). The file name appears in tracebacks.
 *
 * Returns a new handle to a code object, or `HPy_NULL` with an exception (`SyntaxError`; `SystemError` for
 * any other kind).
 */
HPy_ID(248, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_Compile_s(HPyContext *ctx, const char *utf8_source, const char *utf8_filename,
                              HPy_SourceKind kind);

/**
 * Runs a code object, with a dict as `globals` and any mapping as `locals`.
 *
 * Returns a new handle to the value of the expression, or to `None`; `HPy_NULL` with an exception.
 */
HPy_ID(249, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_EvalCode(HPyContext *ctx, HPy code, HPy globals, HPy_NULLABLE HPy locals);

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/eval.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_EVAL_H */
