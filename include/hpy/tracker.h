/* Trackers: sets of handles that are closed together.
 *
 * A tracker from `HPyTracker_New(ctx, n)` has room for `n` handles, so the first `n` calls of `HPyTracker_Add` cannot
 * fail.
 */
#ifndef HPY_TRACKER_H
#define HPY_TRACKER_H

#include "hpy/context.h"

/**
 * Creates a tracker with room for `size` handles, or for a few if `size` is 0. It must be ended with
 * `HPyTracker_Close`.
 *
 * Returns a null tracker with an exception on failure (`MemoryError`; `ValueError` for a negative size).
 */
HPy_ID(217, since=0.0, python=no, error=null)
HPyAPI_FUNC HPyTracker HPyTracker_New(HPyContext *ctx, HPy_ssize_t size);

/**
 * Hands a handle over to the tracker, which will close it. `HPy_NULL` may be added.
 *
 * Returns 0, or -1 with `MemoryError`. Even then the tracker has taken the handle over, but no more handles may be
 * added.
 */
HPy_ID(218, since=0.0, python=no, error=-1)
HPyAPI_FUNC int HPyTracker_Add(HPyContext *ctx, HPyTracker ht, HPy_NULLABLE HPy_CONSUMED HPy h);

/** Gives all handles back to the caller without closing them. The tracker must still be closed. */
HPy_ID(219, since=0.0, python=no, error=none)
HPyAPI_FUNC void HPyTracker_ForgetAll(HPyContext *ctx, HPyTracker ht);

/** Closes all handles in the tracker, as `HPy_Close` does, and ends it. */
HPy_ID(220, since=0.0, python=finalizers, error=none, pending)
HPyAPI_FUNC void HPyTracker_Close(HPyContext *ctx, HPy_CONSUMED HPyTracker ht);

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/tracker.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_TRACKER_H */
