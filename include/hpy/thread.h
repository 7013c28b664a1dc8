/* Leaving Python execution: letting other threads run Python code during long work that needs no objects.
 *
 * No function of the API may be called between leaving and re-entering, both of which must happen on the same thread
 * and cannot be nested. Pointers obtained before, for instance to the characters of a string, stay valid as long as
 * their handles are open.
 */
#ifndef HPY_THREAD_H
#define HPY_THREAD_H

#include "hpy/context.h"

/** Lets other threads run Python code. Returns the state that `HPy_ReenterPythonExecution` needs. */
HPy_ID(224, since=0.0, python=no, error=none)
HPyAPI_FUNC HPyThreadState HPy_LeavePythonExecution(HPyContext *ctx);

/** Waits until this thread may run Python code again. */
HPy_ID(223, since=0.0, python=no, error=none)
HPyAPI_FUNC void HPy_ReenterPythonExecution(HPyContext *ctx, HPy_CONSUMED HPyThreadState state);

/** Opens a block that runs outside Python execution. `HPy_END_LEAVE_PYTHON` must close it, and control must not leave
 *  the block in any other way. */
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
