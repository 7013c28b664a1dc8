/* Lists. Items are read and written through item.h; many at once through sequence.h. To create a list with
 * items, use the builder of builder.h or an array. */
#ifndef HPY_LIST_H
#define HPY_LIST_H

#include "hpy/context.h"

/** Whether the object is an instance of `list` or of a subclass. Returns 1 or 0. */
HPy_ID(198, since=0.0, python=no, error=none)
HPyAPI_FUNC int HPyList_Check(HPyContext *ctx, HPy_NULLABLE HPy h);

/**
 * Creates a list of `len` items that are not set: all of them must be set before anything else can see the list. Use
 * this for empty lists, and `HPyListBuilder_New` for others.
 *
 * Returns a new handle, or `HPy_NULL` with an exception (`SystemError` for a negative length).
 */
HPy_ID(199, since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyList_New(HPyContext *ctx, HPy_ssize_t len);

/**
 * `h_list.append(h_item)`. The item remains the caller's. Returns 0, or -1 with an exception (`SystemError` if
 * `h_list` is not a list).
 */
HPy_ID(200, since=0.0, python=no, error=-1)
HPyAPI_FUNC int HPyList_Append(HPyContext *ctx, HPy h_list, HPy h_item);

/**
 * `h_list.insert(index, h_item)`. The item remains the caller's. Returns 0, or -1 with an exception
 * (`SystemError` if `h_list` is not a list).
 */
HPy_ID(265, since=0.0, after_0_9_0, python=no, error=-1)
HPyAPI_FUNC int HPyList_Insert(HPyContext *ctx, HPy h_list, HPy_ssize_t index, HPy h_item);

/**
 * Creates a list of the first `n` items of an array. The items remain the caller's.
 *
 * Returns a new handle, or `HPy_NULL` with an exception (`SystemError` for a null item or a negative `n`).
 */
HPy_ID(314, since=0.1, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyList_FromArray(HPyContext *ctx, HPy_ARRAY(n) const HPy items[], HPy_ssize_t n);

/** Creates a list of `n` new `int`. Returns a new handle, or `HPy_NULL` with an exception (`SystemError` for a negative
 *  `n`). `HPySequence_AsInt64s` is the way back. */
HPy_ID(315, since=0.1, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyList_FromInt64s(HPyContext *ctx, HPy_ARRAY(n) const int64_t *values, HPy_ssize_t n);

/** Creates a list of `n` new `float`. Returns a new handle, or `HPy_NULL` with an exception (`SystemError` for a negative
 *  `n`). `HPySequence_AsDoubles` is the way back. */
HPy_ID(316, since=0.1, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyList_FromDoubles(HPyContext *ctx, HPy_ARRAY(n) const double *values, HPy_ssize_t n);

/** `h_list.extend(iterable)`. Returns 0, or -1 with an exception (`SystemError` if `h_list` is not a list). */
HPy_ID(317, since=0.1, python=yes, error=-1)
HPyAPI_FUNC int HPyList_Extend(HPyContext *ctx, HPy h_list, HPy iterable);

/** `h_list.sort()`. A list that the comparisons change is a `ValueError`. Returns 0, or -1 with an exception (`SystemError`
 *  if `h_list` is not a list). */
HPy_ID(318, since=0.1, python=yes, error=-1)
HPyAPI_FUNC int HPyList_Sort(HPyContext *ctx, HPy h_list);

/** `h_list.reverse()`. Returns 0, or -1 with an exception (`SystemError` if `h_list` is not a list). */
HPy_ID(319, since=0.1, python=no, error=-1)
HPyAPI_FUNC int HPyList_Reverse(HPyContext *ctx, HPy h_list);

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/list.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_LIST_H */
