/* Iteration. */
#ifndef HPY_ITER_H
#define HPY_ITER_H

#include "hpy/context.h"

/**
 * `iter(obj)`. Returns a new handle, or `HPy_NULL` with an exception (`TypeError` if `obj` is not iterable).
 */
HPy_ID(269, since=0.0, after_0_9_0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPy_GetIter(HPyContext *ctx, HPy obj);

/**
 * An iterator over a sequence, which asks it for the items from 0 on until it raises `IndexError` or `StopIteration`: for
 * `HPy_tp_iter` of types that have `HPy_sq_item`.
 *
 * Returns a new handle, or `HPy_NULL` with an exception (`SystemError` if `seq` is not a sequence).
 */
HPy_ID(302, since=0.1, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPySeqIter_New(HPyContext *ctx, HPy seq);

/**
 * The next item of an iterator, one for which `HPyIter_Check` returns 1.
 *
 * Returns a new handle; at the end `HPy_NULL` without an exception, on failure `HPy_NULL` with an exception.
 */
HPy_ID(270, since=0.0, after_0_9_0, python=yes, error=HPy_NULL?)
HPyAPI_FUNC HPy HPyIter_Next(HPyContext *ctx, HPy obj);

/** Whether the object is an iterator. Returns 1 or 0. */
HPy_ID(271, since=0.0, after_0_9_0, python=no, error=none)
HPyAPI_FUNC int HPyIter_Check(HPyContext *ctx, HPy_NULLABLE HPy obj);

/** Whether the object is an asynchronous iterator. Returns 1 or 0. */
HPy_ID(396, since=0.1, python=no, error=none)
HPyAPI_FUNC int HPyAIter_Check(HPyContext *ctx, HPy_NULLABLE HPy obj);

/**
 * Sends `arg`, which is `None` at first, to an iterator, generator or coroutine, as `await` does. Stores in `*result` a new
 * handle to what was yielded or, at the end, to the result; on failure `HPy_NULL`.
 *
 * Returns an `HPySendResult`: `HPy_SEND_NEXT`, `HPy_SEND_RETURN`, or `HPy_SEND_ERROR` with an exception.
 */
HPy_ID(397, since=0.1, python=yes, error=-1)
HPyAPI_FUNC int HPyIter_Send(HPyContext *ctx, HPy iter, HPy arg, HPy_OUT HPy *result);

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/iter.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_ITER_H */
