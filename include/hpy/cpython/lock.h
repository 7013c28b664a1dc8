/* lock.h in the CPython ABI. */
#ifndef HPY_CPYTHON_LOCK_H
#define HPY_CPYTHON_LOCK_H

#include "hpy/cpython/base.h"

HPy_CALLS(HPyMutex_Lock, _HPyC_Mutex_Lock)
HPy_CALLS(HPyMutex_TryLock, _HPyC_Mutex_TryLock)
HPy_CALLS(HPyMutex_Unlock, _HPyC_Mutex_Unlock)
HPy_CALLS(HPyCriticalSection_Begin, _HPyC_CriticalSection_Begin)
HPy_CALLS(HPyCriticalSection_End, _HPyC_CriticalSection_End)

#include "hpy/generated/cpython/lock.h"

#ifndef HPY_H
#  include "hpy/generated/newer.h"
#endif

#endif /* HPY_CPYTHON_LOCK_H */
