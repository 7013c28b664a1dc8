/* Sequences as a whole: many items at once, in an array of the caller's.
 *
 * These functions have the purpose of `PySequence_Fast`, without pointers into the object. Between two calls the sequence
 * may change, so each call says how many items there were:
 *
 *     HPy items[16];
 *     HPy_ssize_t start = 0, n;
 *     while ((n = HPySequence_GetItems(ctx, seq, start, 16, items)) > 0) {
 *         ...
 *         HPy_CloseArray(ctx, items, n);
 *         start += n;
 *     }
 *     if (n < 0) ... // an exception
 *
 * Of a list or a tuple, or an instance of a subclass, they read the items that it has, whatever `__getitem__` a subclass
 * defines, and no Python code runs. Any other sequence is asked for its length and then for each item; one that raises
 * `IndexError` has become shorter, and ends there.
 */
#ifndef HPY_SEQUENCE_H
#define HPY_SEQUENCE_H

#include "hpy/context.h"

/* Many items. */

/**
 * Stores new handles of the items from index `start` on, `count` at most. Close them with `HPy_CloseArray`. The rest of the
 * array is left as it is.
 *
 * Returns how many were stored: less than `count` at the end of the sequence, 0 from the end on. Returns -1 with an
 * exception, and nothing to close, if `start` or `count` is negative (`ValueError`), if `seq` is not a sequence
 * (`TypeError`), or with what a sequence raises.
 */
HPy_ID(306, since=0.1, python=yes, error=-1)
HPyAPI_FUNC HPy_ssize_t HPySequence_GetItems(HPyContext *ctx, HPy seq, HPy_ssize_t start, HPy_ssize_t count,
                                             HPy_OUT HPy_ARRAY(count) HPy *items);

/**
 * Stores the values of the items from index `start` on, `count` at most: up to the end, or to the first item that is not an
 * `int` (an instance of a subclass, such as `bool`, is none here) or does not fit. No item is converted, so nothing is
 * raised for that one: it is at `start` plus the result.
 *
 * Returns how many were stored, or -1 with an exception as `HPySequence_GetItems`.
 */
HPy_ID(307, since=0.1, python=yes, error=-1)
HPyAPI_FUNC HPy_ssize_t HPySequence_AsInt64s(HPyContext *ctx, HPy seq, HPy_ssize_t start, HPy_ssize_t count,
                                             HPy_OUT HPy_ARRAY(count) int64_t *values);

/** As `HPySequence_AsInt64s`, for items that are `float` or `int`; of an `int` the nearest `double`. */
HPy_ID(308, since=0.1, python=yes, error=-1)
HPyAPI_FUNC HPy_ssize_t HPySequence_AsDoubles(HPyContext *ctx, HPy seq, HPy_ssize_t start, HPy_ssize_t count,
                                              HPy_OUT HPy_ARRAY(count) double *values);

/* Conversions and searches. */

/** `list(iterable)`. Returns a new handle, or `HPy_NULL` with an exception (`TypeError` if it is not iterable). */
HPy_ID(309, since=0.1, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPySequence_List(HPyContext *ctx, HPy iterable);

/** `tuple(iterable)`; of a `tuple` itself, another handle to it. Returns a new handle, or `HPy_NULL` with an exception
 *  (`TypeError` if it is not iterable). */
HPy_ID(310, since=0.1, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPySequence_Tuple(HPyContext *ctx, HPy iterable);

/** How many items of an iterable are equal to `value`, whatever its `count` says. Returns -1 with an exception. */
HPy_ID(311, since=0.1, python=yes, error=-1)
HPyAPI_FUNC HPy_ssize_t HPySequence_Count(HPyContext *ctx, HPy iterable, HPy value);

/** The index of the first item of an iterable that is equal to `value`, whatever its `index` says. Returns -1 with an
 *  exception (`ValueError` if there is none). */
HPy_ID(312, since=0.1, python=yes, error=-1)
HPyAPI_FUNC HPy_ssize_t HPySequence_Index(HPyContext *ctx, HPy iterable, HPy value);

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/sequence.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_SEQUENCE_H */
