/* Handles: duplicating, closing, comparing.
 *
 * The types are in base.h. A handle is one reference: each handle that a function returns must be given up exactly
 * once, by `HPy_Close` or by returning it from an implementation.
 */
#ifndef HPY_HANDLE_H
#define HPY_HANDLE_H

#include "hpy/context.h"

/**
 * Makes another handle to the object of `h`.
 *
 * Returns a new handle; `HPy_NULL` for `HPy_NULL`, without an exception.
 */
HPy_ID(77, since=0.0, python=no, error=none)
HPyAPI_FUNC HPy HPy_Dup(HPyContext *ctx, HPy_NULLABLE HPy h);

/**
 * Closes a handle, which gives up its reference: the object is destroyed if that was the last one. Does nothing for
 * `HPy_NULL`. Leaves a pending exception as it is.
 */
HPy_ID(78, since=0.0, python=finalizers, error=none, pending)
HPyAPI_FUNC void HPy_Close(HPyContext *ctx, HPy_NULLABLE HPy_CONSUMED HPy h);

/**
 * Closes `n` handles of an array, as `HPy_Close` does with each. They are `HPy_NULL` then, so that closing them again does
 * nothing. Does nothing for NULL, or if `n` is not positive.
 */
HPy_ID(313, since=0.1, python=finalizers, error=none, pending)
HPyAPI_FUNC void HPy_CloseArray(HPyContext *ctx, HPy_NULLABLE HPy_CONSUMED HPy_INOUT HPy_ARRAY(n) HPy *handles,
                                HPy_ssize_t n);

/**
 * Whether both handles refer to the same object, as `obj is other`. The bits of two handles to one object may
 * differ.
 *
 * Returns 1 or 0.
 */
HPy_ID(167, since=0.0, python=no, error=none)
HPyAPI_FUNC int HPy_Is(HPyContext *ctx, HPy_NULLABLE HPy obj, HPy_NULLABLE HPy other);

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/handle.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_HANDLE_H */
