/* Locks: what makes threads take turns.
 *
 * Where there is a GIL, only the thread that has it runs: from one call of the API to the next no other thread comes in
 * between, if neither of the two may run Python code, drops a reference or waits. So much C code needs no lock there.
 * Without a GIL nothing of that holds: all threads run at the same time, and data that several of them use, one of which
 * writes, needs a lock on each side. docs/free-threading.md says what the functions of the API do by themselves.
 *
 * An `HPyMutex` is a lock of its own, with and without a GIL. A critical section belongs to an object, like
 * Py_BEGIN_CRITICAL_SECTION of CPython: it keeps other threads out of critical sections of the same object, and is not
 * there at all where there is a GIL.
 *
 *     HPyCriticalSection section;
 *     HPyCriticalSection_Begin(ctx, &section, self);
 *     HPy value = HPyField_Load(ctx, self, data->field);
 *     HPyCriticalSection_End(ctx, &section);
 *
 * All functions are called inside Python. None of them sees or changes an exception that is set, and only NULL raises
 * one.
 */
#ifndef HPY_LOCK_H
#define HPY_LOCK_H

#include "hpy/context.h"

/**
 * Locks a mutex. While another thread has it, this one waits outside Python, as after `HPy_LeavePythonExecution`, so that
 * it keeps nobody from running and from unlocking.
 *
 * A mutex is a static variable or a member of a struct that other threads find it in. It is unlocked when all its bytes
 * are zero, needs no other preparation and no end, and must not be copied. A thread that locks a mutex that it has waits
 * forever. A child made by `fork` finds locked what was locked; only the thread that is left can unlock what it had.
 *
 * A mutex that holds something else is a fatal error.
 */
HPy_ID(279, since=0.1, python=no, error=none, pending)
HPyAPI_FUNC void HPyMutex_Lock(HPyContext *ctx, HPy_INOUT HPyMutex *mutex);

/** Locks a mutex if that can be done at once. Returns 1 if it is now this thread's, 0 if it is another one's, -1 with an
 *  exception for NULL. */
HPy_ID(280, since=0.1, python=no, error=-1, pending)
HPyAPI_FUNC int HPyMutex_TryLock(HPyContext *ctx, HPy_INOUT HPyMutex *mutex);

/** Unlocks a mutex, which any thread may do. That of a mutex that is not locked is a fatal error. */
HPy_ID(281, since=0.1, python=no, error=none, pending)
HPyAPI_FUNC void HPyMutex_Unlock(HPyContext *ctx, HPy_INOUT HPyMutex *mutex);

/**
 * Begins a critical section of the object of `h`, whose handle must stay open until `HPyCriticalSection_End`. Any struct
 * will do, whatever is in it; it stays where it is, usually a local variable, until the end.
 *
 * Sections nest, and end in reverse order. There can be no deadlock between them: a section is suspended while its thread
 * waits, leaves Python or begins another section, unless it gets that at once. So all that was known of the object is to
 * be looked at again after a call that may run Python code or wait.
 *
 * Where there is a GIL this does nothing: other threads get in between when the thread calls what may run Python code.
 */
HPy_ID(282, since=0.1, python=no, error=none, pending)
HPyAPI_FUNC void HPyCriticalSection_Begin(HPyContext *ctx, HPy_OUT HPyCriticalSection *section, HPy h);

/** Ends a critical section. That of a section that has not begun, or has ended, is a fatal error. */
HPy_ID(283, since=0.1, python=no, error=none, pending)
HPyAPI_FUNC void HPyCriticalSection_End(HPyContext *ctx, HPy_INOUT HPyCriticalSection *section);

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/lock.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_LOCK_H */
