"""Leaving Python execution, so that other threads run meanwhile."""

import threading

import pytest
from support import module_fixture

mod = module_fixture(
    """
#include <time.h>

static volatile int signalled = 0;

/* Wait until another thread calls signal(), at most 20 seconds. */
static int wait_for_signal(void)
{
    const struct timespec pause = { 0, 1000000 };
    for (int i = 0; i < 20000 && !signalled; i++)
        nanosleep(&pause, NULL);
    return signalled;
}

HPyDef_METH(reset, "reset", HPyFunc_NOARGS)
static HPy reset_impl(HPyContext *ctx, HPy self)
{
    signalled = 0;
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(signal, "signal", HPyFunc_NOARGS)
static HPy signal_impl(HPyContext *ctx, HPy self)
{
    signalled = 1;
    return HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(wait_with_functions, "wait_with_functions", HPyFunc_O)
static HPy wait_with_functions_impl(HPyContext *ctx, HPy self, HPy arg)
{
    HPyThreadState state = HPy_LeavePythonExecution(ctx);
    int result = wait_for_signal();
    HPy_ReenterPythonExecution(ctx, state);
    return result ? HPy_Dup(ctx, arg) : HPy_Dup(ctx, ctx->h_None);
}

HPyDef_METH(wait_with_macros, "wait_with_macros", HPyFunc_O)
static HPy wait_with_macros_impl(HPyContext *ctx, HPy self, HPy arg)
{
    int result;
    HPy_BEGIN_LEAVE_PYTHON(ctx)
    result = wait_for_signal();
    HPy_END_LEAVE_PYTHON(ctx)
    return result ? HPy_Dup(ctx, arg) : HPy_Dup(ctx, ctx->h_None);
}
""",
    macros=[("_DEFAULT_SOURCE", "1")],
)


@pytest.mark.smoke
@pytest.mark.parametrize("name", ["wait_with_functions", "wait_with_macros"])
def test_another_thread_runs_meanwhile(mod, name):
    mod.reset()
    results = []
    thread = threading.Thread(target=lambda: results.append(getattr(mod, name)("done")))
    thread.start()
    mod.signal()
    thread.join()
    assert results == ["done"]


def test_main_thread_may_leave_too(mod):
    mod.reset()
    thread = threading.Thread(target=mod.signal)
    thread.start()
    assert mod.wait_with_macros("done") == "done"
    thread.join()


def test_several_threads_call_at_once(mod):
    mod.reset()
    results = []
    threads = [threading.Thread(target=lambda: results.append(mod.wait_with_functions(1))) for _ in range(8)]
    for thread in threads:
        thread.start()
    mod.signal()
    for thread in threads:
        thread.join()
    assert results == [1] * 8
