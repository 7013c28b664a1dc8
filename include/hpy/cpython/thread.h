/* thread.h in the CPython ABI. */
#ifndef HPY_CPYTHON_THREAD_H
#define HPY_CPYTHON_THREAD_H

#include "hpy/cpython/base.h"

HPyAPI_FUNC HPyThreadState HPy_LeavePythonExecution(HPyContext *ctx)
{
    HPyThreadState state;
    (void)ctx;
    state._i = (intptr_t)PyEval_SaveThread();
    return state;
}

HPyAPI_FUNC void HPy_ReenterPythonExecution(HPyContext *ctx, HPyThreadState state)
{
    (void)ctx;
    PyEval_RestoreThread((PyThreadState *)state._i);
}

#endif /* HPY_CPYTHON_THREAD_H */
