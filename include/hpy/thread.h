/* Leaving Python execution: letting other threads run while this one does long work that needs no objects.
 *
 * Between leaving and entering again, which must happen on the same thread and cannot be nested, no function
 * of the API may be called. Pointers got before, to the characters of a string for instance, stay good as
 * long as their handles do.
 */
#ifndef HPY_THREAD_H
#define HPY_THREAD_H

#include "hpy/context.h"

/** Lets other threads run Python code. Returns what `HPy_ReenterPythonExecution` needs. */
HPy_ID(224, since=0.0, python=no, error=none)
HPyAPI_FUNC HPyThreadState HPy_LeavePythonExecution(HPyContext *ctx);

/** Waits until this thread may run Python code again. */
HPy_ID(223, since=0.0, python=no, error=none)
HPyAPI_FUNC void HPy_ReenterPythonExecution(HPyContext *ctx, HPy_CONSUMED HPyThreadState state);

/** Opens a block of C outside Python execution. To be closed by `HPy_END_LEAVE_PYTHON` in the same block,
 *  without leaving it in between. */
#define HPy_BEGIN_LEAVE_PYTHON(ctx) \
    { \
        HPyThreadState _hpy_thread_state = HPy_LeavePythonExecution(ctx);

/** Closes the block that `HPy_BEGIN_LEAVE_PYTHON` opened. */
#define HPy_END_LEAVE_PYTHON(ctx) \
        HPy_ReenterPythonExecution((ctx), _hpy_thread_state); \
    }

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/thread.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_THREAD_H */
