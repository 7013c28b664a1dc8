/* tracker.h in the CPython ABI. */
#ifndef HPY_CPYTHON_TRACKER_H
#define HPY_CPYTHON_TRACKER_H

#include "hpy/cpython/base.h"

HPy_CALLS(HPyTracker_New, _HPyC_Tracker_New)
HPy_CALLS(HPyTracker_Add, _HPyC_Tracker_Add)
HPy_CALLS(HPyTracker_ForgetAll, _HPyC_Tracker_ForgetAll)
HPy_CALLS(HPyTracker_Close, _HPyC_Tracker_Close)

#include "hpy/generated/cpython/tracker.h"

#endif /* HPY_CPYTHON_TRACKER_H */
