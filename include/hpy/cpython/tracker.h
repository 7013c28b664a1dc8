/* tracker.h in the CPython ABI. */
#ifndef HPY_CPYTHON_TRACKER_H
#define HPY_CPYTHON_TRACKER_H

#include "hpy/cpython/base.h"

HPyAPI_IMPL HPyTracker _HPyC_Tracker_New(HPyContext *ctx, HPy_ssize_t size);
HPyAPI_IMPL int _HPyC_Tracker_Add(HPyContext *ctx, HPyTracker ht, HPy h);
HPyAPI_IMPL void _HPyC_Tracker_ForgetAll(HPyContext *ctx, HPyTracker ht);
HPyAPI_IMPL void _HPyC_Tracker_Close(HPyContext *ctx, HPyTracker ht);

HPyAPI_FUNC HPyTracker HPyTracker_New(HPyContext *ctx, HPy_ssize_t size)
{
    return _HPyC_Tracker_New(ctx, size);
}

HPyAPI_FUNC int HPyTracker_Add(HPyContext *ctx, HPyTracker ht, HPy h)
{
    return _HPyC_Tracker_Add(ctx, ht, h);
}

HPyAPI_FUNC void HPyTracker_ForgetAll(HPyContext *ctx, HPyTracker ht)
{
    _HPyC_Tracker_ForgetAll(ctx, ht);
}

HPyAPI_FUNC void HPyTracker_Close(HPyContext *ctx, HPyTracker ht)
{
    _HPyC_Tracker_Close(ctx, ht);
}

#endif /* HPY_CPYTHON_TRACKER_H */
