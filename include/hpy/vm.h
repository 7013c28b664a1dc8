/* Contexts for code that is not handed one: callbacks of C libraries, and threads that Python does not know.
 *
 * Pass the context on wherever that can be done. Where it cannot, keep an `HPyVM`, which names the interpreter, and
 * open a context for as long as the callback runs:
 *
 *     static void on_event(void *user_data)
 *     {
 *         struct listener *listener = user_data;
 *         HPyContext *ctx = HPyVM_OpenContext(&listener->vm);
 *         if (ctx == NULL)
 *             return; // the interpreter has ended, or is about to
 *         ...
 *         HPyVM_CloseContext(&listener->vm, ctx);
 *     }
 *
 * A thread that is inside Python gets a context of its interpreter. Any other thread is attached for as long as the
 * context is open, as by PyGILState_Ensure of CPython, which an interpreter that ends waits for. docs/design/
 * current-context.md explains why it is so, and what is given in which situation.
 *
 * An `HPyVM` belongs in what the callback gets (its user data), or beside what belongs to the interpreter. A static
 * variable is right only for modules that refuse to be loaded in several interpreters.
 */
#ifndef HPY_VM_H
#define HPY_VM_H

#include "hpy/context.h"

/** Why `HPyVM_TryOpenContext` gives a context or none. */
typedef enum {
    /** There is one. */
    HPyVM_Opened = 0,
    /** The `HPyVM` was not filled by `HPy_GetVM` in this process: all zeros, or made by another process or by another
     *  version of HPy. */
    HPyVM_Invalid = 1,
    /** The interpreter has ended. */
    HPyVM_Ended = 2,
    /** It is ending, and lets no more threads in. */
    HPyVM_Ending = 3,
    /** The thread runs another interpreter. */
    HPyVM_OtherInterpreter = 4,
    /** The process is a child made by `fork` without Python's knowledge. */
    HPyVM_Forked = 5,
    /** There is not enough memory. */
    HPyVM_NoMemory = 6,
    /** The closure was freed, or the garbage collector has taken what it captured. */
    HPyVM_Freed = 7,
} HPyVM_Status;

/**
 * Fills `storage` with the name of the interpreter that `ctx` belongs to. If it holds that already, nothing changes;
 * the name of an interpreter that has ended is replaced.
 *
 * Returns 0, or -1 with `RuntimeError` if it holds the name of another interpreter, or of one of another engine or
 * mode.
 */
HPy_ID(274, since=0.1, python=yes, error=-1)
HPyAPI_FUNC int HPy_GetVM(HPyContext *ctx, HPy_INOUT HPyVM *storage);

/* Tells threads that are inside an interpreter. Outlives it, as all that engines give here. */
typedef const uintptr_t *(*_HPyVM_thread)(void);
typedef struct {
    /* NULL, or words of which the third tells what this thread is inside of. */
    _HPyVM_thread _thread;
    /* The interpreter as that word tells it. 0 once it has ended, or if being inside is not enough to go on. */
    uintptr_t _interpreter;
} _HPyVM_Inside;

#if HPY_TARGET_ABI_VERSION >= 0x00000001

HPyAPI_FUNC int _HPyVM_is_inside(const _HPyVM_Inside *inside)
{
    const uintptr_t *thread = inside->_thread();
    return thread != NULL && thread[2] == *(const volatile uintptr_t *)&inside->_interpreter;
}

/* What an engine does. The struct may grow at its end, as the mark tells versions apart. */
typedef HPyVM_Status (*_HPyVM_open)(const HPyVM *vm, HPyContext **ctx);
typedef void (*_HPyVM_close)(const HPyVM *vm, HPyContext *ctx);
struct _HPyVM_Functions {
    _HPyVM_Inside _inside;
    _HPyVM_open _open;
    _HPyVM_close _close;
};

/* Known without a call through `_functions`, which may be a pointer of another process: where the C library is
 * differs between processes, and is the same for all libraries of one. */
#ifdef _WIN32
#  define _HPyVM_MARK ((uintptr_t)0x48500001)
#else
#  define _HPyVM_MARK ((uintptr_t)&abort ^ (uintptr_t)0x48500001)
#endif

/**
 * Opens a context for this thread, which is to be closed by `HPyVM_CloseContext` on the same thread. Contexts nest.
 * Never hangs but for the time that other threads keep the thread out of Python.
 *
 * Stores the context, or NULL, and returns why. A null pointer in place of either is `HPyVM_Invalid`.
 */
HPy_FACTS(since=0.1, python=no, error=none, pending)
HPyAPI_FUNC HPyVM_Status HPyVM_TryOpenContext(HPy_NULLABLE const HPyVM *vm, HPy_NULLABLE HPy_OUT HPyContext **ctx)
{
    if (ctx == NULL)
        return HPyVM_Invalid;
    *ctx = NULL;
    if (vm == NULL || vm->_mark != _HPyVM_MARK)
        return HPyVM_Invalid;
    if (!_HPyVM_is_inside(&vm->_functions->_inside))
        return vm->_functions->_open(vm, ctx);
    *ctx = vm->_inside;
    return HPyVM_Opened;
}

/** `HPyVM_TryOpenContext` for callers to whom the reason does not matter. Returns NULL if there is no context. */
HPy_FACTS(since=0.1, python=no, error=none, pending)
HPyAPI_FUNC HPyContext *HPyVM_OpenContext(HPy_NULLABLE const HPyVM *vm)
{
    HPyContext *ctx;
    HPyVM_TryOpenContext(vm, &ctx);
    return ctx;
}

/** Closes a context that this thread has opened, the last one first. All handles that were made with it must be
 *  closed. Does nothing with a null pointer in place of either, or with an `HPyVM` that `HPy_GetVM` did not fill. */
HPy_FACTS(since=0.1, python=finalizers, error=none, pending)
HPyAPI_FUNC void HPyVM_CloseContext(HPy_NULLABLE const HPyVM *vm, HPy_NULLABLE HPyContext *ctx)
{
    if (vm != NULL && ctx != vm->_inside && ctx != NULL && vm->_mark == _HPyVM_MARK)
        vm->_functions->_close(vm, ctx);
}

#endif

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/vm.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_VM_H */
