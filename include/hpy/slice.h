/* Slices. */
#ifndef HPY_SLICE_H
#define HPY_SLICE_H

#include "hpy/context.h"

/**
 * `slice(start, stop, step)`; each may be `HPy_NULL` for `None`. Returns a new handle, or `HPy_NULL` with an
 * exception.
 */
HPy_ID(272, since=0.0, after_0_9_0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPySlice_New(HPyContext *ctx, HPy_NULLABLE HPy start, HPy_NULLABLE HPy stop,
                             HPy_NULLABLE HPy step);

/**
 * Stores the components of a slice: defaults take the place of `None`, and values that are out of range are clipped.
 * Call `HPySlice_AdjustIndices` afterwards. The `__index__` of components may run.
 *
 * Returns 0, or -1 with an exception (`ValueError` if the step is 0, `TypeError` if a component is not an
 * integer).
 */
HPy_ID(259, since=0.0, python=yes, error=-1)
HPyAPI_FUNC int HPySlice_Unpack(HPyContext *ctx, HPy slice, HPy_OUT HPy_ssize_t *start,
                                HPy_OUT HPy_ssize_t *stop, HPy_OUT HPy_ssize_t *step);

/**
 * Adjusts the indices that `HPySlice_Unpack` stored for a sequence of `length` items: negative indices count from the
 * end, and all are clipped. Returns the number of items in the slice.
 */
HPy_FACTS(since=0.0, python=no, error=none)
HPyAPI_FUNC HPy_ssize_t HPySlice_AdjustIndices(HPyContext *ctx, HPy_ssize_t length, HPy_INOUT HPy_ssize_t *start,
                                               HPy_INOUT HPy_ssize_t *stop, HPy_ssize_t step)
{
    /* Going down, the indices range over -1 ... length-1, so that a stop of -1 includes item 0. */
    HPy_ssize_t lowest = step < 0 ? -1 : 0;
    HPy_ssize_t highest = step < 0 ? length - 1 : length;
    HPy_ssize_t *ends[2] = {start, stop};
    (void)ctx;
    for (int i = 0; i < 2; i++) {
        HPy_ssize_t index = *ends[i];
        if (index < 0)
            index += length;
        *ends[i] = index < lowest ? lowest : index > highest ? highest : index;
    }
    if (step < 0)
        return *stop < *start ? (*start - *stop - 1) / -step + 1 : 0;
    return *start < *stop ? (*stop - *start - 1) / step + 1 : 0;
}

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/slice.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_SLICE_H */
